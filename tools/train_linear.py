"""Learns the weights of the reading's linear layer (bot/extraction/data/weights.json) from labelled recaps.

    python tools/train_linear.py --shared ../shared [--without more] [--learn-from seeds one-reader] [--dry-run]

It needs numpy and scipy, which the bot itself never imports: make a throw-away environment, install them and this
project there, and run it from the root of the repository. Nothing is drawn at random: the same labels and the same
reader give the same file, byte for byte.

What is learned. Each passage (a sentence, clause, list item or table row) is right for a kind if
tools/score_extraction.py would match it with a required label of that kind, wrong if it matches none, and left out if
it matches only optional ones. Per kind a logistic regression is fitted over the features of bot/extraction/features.py
on top of the prior that the cues carry (`a * prior + b + sum of weights`), with a penalty on the square of the weights,
so that where the labels say little the hand-made numbers stand. A feature counts only if LEAST_AUTHORS authors use it,
and the recaps of an author weigh together as the square root of their length: nobody's habits rule.

What keeps it honest. `--without more` (the default) leaves out every recap whose author, by recaps/INDEX.tsv, also
wrote one of gold/more, so that the figure on gold/more is one of authors never seen. Where an item becomes firm is set
by leaving each author out in turn, learning from the others, and taking the lowest threshold whose F1 over all that
was left out is within a hundredth of the best; FAINT (bot/extraction/items.py) is placed so that there are CANDIDATES
candidates for each firm item.
The same left-out readings give the table that is printed. No text of a recap is written: weights of cues, of structure
and of one or two plain English words alone.
"""

import argparse
import csv
import importlib.util
import json
import re
from bisect import bisect_left
from collections import Counter, defaultdict
from dataclasses import dataclass
from math import log
from pathlib import Path
from types import ModuleType
from typing import Any

import ftfy
import numpy as np
import scipy.sparse
from scipy.optimize import minimize

from bot.extraction.features import Seen, see
from bot.extraction.items import FAINT, readable_passages
from bot.model import Document, Kind
from bot.recaps.reading import NotARecap, read_document

PENALTY = 20.0
LEAST_AUTHORS = 3
CANDIDATES = 1.8
GOOD = 0.99
SMALLEST = 0.03
"""Weights below this are not written."""
TARGET = Path("bot/extraction/data/weights.json")


@dataclass(frozen=True)
class Labelled:
    """One labelled recap: its passages, and for each kind whether each is right (None: only optionally)."""

    name: str
    group: str
    author: str
    seen: list[Seen]
    right: dict[Kind, list[bool | None]]
    found: dict[Kind, list[list[int]]]
    """Which required labels each passage would find."""
    wanted: dict[Kind, int]


@dataclass(frozen=True)
class Model:
    """What was learned for one kind."""

    bias: float
    prior: float
    weights: dict[str, float]

    def score(self, seen: Seen, kind: Kind) -> float:
        """The log-odds of a passage."""
        return self.bias + self.prior * seen.prior[kind] + sum(self.weights.get(f, 0.0) for f in seen.features)


def scorer(shared: Path) -> ModuleType:
    """tools/score_extraction.py of the shared folder, whose way of matching is ours."""
    spec = importlib.util.spec_from_file_location("score_extraction", shared / "tools" / "score_extraction.py")
    if spec is None or spec.loader is None:
        raise SystemExit(f"no score_extraction.py in {shared / 'tools'}")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def labelled(shared: Path, group: str, authors: dict[str, str], score: ModuleType) -> list[Labelled]:
    """The labelled recaps of one folder of gold; one that the reader refuses is left out."""
    found = []
    for path in sorted((shared / "gold" / group).glob("*.json")):
        gold = json.loads(path.read_text(encoding="utf-8"))
        source = shared / ("seeds" if group == "seeds" else "recaps") / gold["document"]
        try:
            document = read_document(source.read_bytes(), gold["document"])[0]
        except NotARecap as refusal:
            print(f"{gold['document']}: left out: {refusal}")
            continue
        author = authors.get(gold["document"], gold["document"])
        found.append(matched(document, gold, group, author, score))
    return found


def matched(document: Document, gold: dict[str, Any], group: str, author: str, score: ModuleType) -> Labelled:
    """A recap with its passages matched against its labels."""
    places = [match.start() for match in re.finditer(r"[a-z0-9]+", document.text.lower())]
    words = score.tokens(document.text)
    labels = []
    for item in gold["items"]:
        where = score.locate(score.tokens(ftfy.fix_text(item["quote"])), words)
        where = where or score.locate(score.tokens(item["quote"]), words)
        if where is not None:
            labels.append((where, item))
    seen = [see(passage) for passage in readable_passages(document)]
    right: dict[Kind, list[bool | None]] = {kind: [] for kind in Kind}
    finds: dict[Kind, list[list[int]]] = {kind: [] for kind in Kind}
    for one in seen:
        start, end = (bisect_left(places, place) for place in one.passage.span)
        near = [(n, item) for n, (w, item) in enumerate(labels) if end > start and score.overlaps((start, end), w)]
        for kind in Kind:
            of_kind = [(n, item) for n, item in near if kind.value in item["kinds"]]
            required = [n for n, item in of_kind if kind.value not in item["optional"]]
            right[kind].append(True if required else None if of_kind else False)
            finds[kind].append(required)
    wanted = {
        kind: sum(kind.value in item["kinds"] and kind.value not in item["optional"] for item in gold["items"])
        for kind in Kind
    }
    return Labelled(gold["document"], group, author, seen, right, finds, wanted)


def learn(recaps: list[Labelled], kind: Kind) -> Model:
    """The weights of one kind from some recaps."""
    rows = [
        (seen, right, recap.author)
        for recap in recaps
        for seen, right in zip(recap.seen, recap.right[kind], strict=True)
        if right is not None
    ]
    users: dict[str, set[str]] = defaultdict(set)
    for seen, _, author in rows:
        for feature in seen.features:
            users[feature].add(author)
    names = sorted(feature for feature, who in users.items() if len(who) >= LEAST_AUTHORS)
    number = {name: n for n, name in enumerate(names)}
    cells = [(n, number[f]) for n, (seen, _, _) in enumerate(rows) for f in sorted(seen.features) if f in number]
    matrix = scipy.sparse.csr_matrix(
        (np.ones(len(cells)), ([r for r, _ in cells], [c for _, c in cells])), shape=(len(rows), len(names))
    )
    prior = np.array([seen.prior[kind] for seen, _, _ in rows])
    truth = np.array([float(right) for _, right, _ in rows])
    lengths = Counter(author for _, _, author in rows)
    weight = np.array([lengths[author] ** -0.5 for _, _, author in rows])
    weight *= len(weight) / weight.sum()

    def loss(point: np.ndarray) -> tuple[float, np.ndarray]:
        bias, slope, weights = point[0], point[1], point[2:]
        odds = bias + slope * prior + matrix @ weights
        wrong = weight * (1 / (1 + np.exp(-odds)) - truth)
        value = (weight * (np.logaddexp(0, odds) - truth * odds)).sum() + PENALTY * (weights @ weights) / 2
        return value, np.concatenate([[wrong.sum(), (wrong * prior).sum()], matrix.T @ wrong + PENALTY * weights])

    start = np.concatenate([[0.0, 0.8], np.zeros(len(names))])
    best = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 300}).x
    return Model(float(best[0]), float(best[1]), dict(zip(names, map(float, best[2:]), strict=True)))


Scores = dict[str, list[float]]


def left_out(recaps: list[Labelled], kind: Kind) -> Scores:
    """The scores of each recap by what was learned from all other authors."""
    scores: Scores = {}
    for author in sorted({recap.author for recap in recaps}):
        model = learn([recap for recap in recaps if recap.author != author], kind)
        for recap in recaps:
            if recap.author == author:
                scores[recap.name] = [model.score(seen, kind) for seen in recap.seen]
    return scores


def measure(recaps: list[Labelled], scores: Scores, kind: Kind, threshold: float) -> tuple[float, float, float]:
    """Precision, recall and F1, counted as score_extraction.py counts."""
    right = wrong = hit = wanted = 0
    for recap in recaps:
        found: set[int] = set()
        for score, is_right, labels in zip(scores[recap.name], recap.right[kind], recap.found[kind], strict=True):
            if score >= threshold:
                right += is_right is True
                wrong += is_right is False
                found.update(labels)
        hit += len(found)
        wanted += recap.wanted[kind]
    precision = right / (right + wrong) if right + wrong else 0.0
    recall = hit / wanted if wanted else 0.0
    return precision, recall, 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def threshold(recaps: list[Labelled], scores: Scores, kind: Kind) -> float:
    """The lowest point at which F1 is as good as at its best: of two alike, the one that misses less."""
    curve = {n / 20: measure(recaps, scores, kind, n / 20)[2] for n in range(-80, 41)}
    return min(point for point, f1 in curve.items() if f1 >= GOOD * max(curve.values()))


def slope(scores: Scores, firm_from: float) -> float:
    """The steepness by which FAINT falls where there are CANDIDATES candidates for each firm item."""
    ranked = sorted((score for of_recap in scores.values() for score in of_recap), reverse=True)
    firm = sum(score >= firm_from for score in ranked)
    last = ranked[min(len(ranked) - 1, int(firm * (1 + CANDIDATES)))]
    return log((1 - FAINT) / FAINT) / max(0.1, firm_from - last)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--learn-from", nargs="+", default=["seeds", "one-reader"])
    parser.add_argument("--without", nargs="*", default=["more"], help="folders whose authors are left out")
    parser.add_argument("--dry-run", action="store_true", help="print the table, write nothing")
    args = parser.parse_args()
    with (args.shared / "recaps" / "INDEX.tsv").open(encoding="utf-8") as index:
        authors = {row["file"]: row["author"] for row in csv.DictReader(index, delimiter="\t")}
    score = scorer(args.shared)
    kept_out = {
        authors.get(json.loads(path.read_text(encoding="utf-8"))["document"], path.name)
        for group in args.without
        for path in (args.shared / "gold" / group).glob("*.json")
    }
    recaps = [recap for group in args.learn_from for recap in labelled(args.shared, group, authors, score)]
    recaps = [recap for recap in recaps if recap.author not in kept_out]
    print(f"{len(recaps)} recaps by {len({recap.author for recap in recaps})} authors; each author left out in turn:")
    told = {}
    for kind in Kind:
        scores = left_out(recaps, kind)
        firm_from = threshold(recaps, scores, kind)
        for group in args.learn_from:
            of_group = [recap for recap in recaps if recap.group == group]
            precision, recall, f1 = measure(of_group, scores, kind, firm_from)
            print(f"  {kind.value:9} {group:11} P {precision:.2f}  R {recall:.2f}  F1 {f1:.2f}")
        model = learn(recaps, kind)
        told[kind.value] = {
            "bias": round(model.bias - firm_from, 3),
            "slope": round(slope(scores, firm_from), 3),
            "prior": round(model.prior, 3),
            "features": {f: round(w, 2) for f, w in sorted(model.weights.items()) if abs(w) >= SMALLEST},
        }
    if not args.dry_run:
        TARGET.write_text(json.dumps(told, indent=0, ensure_ascii=False) + "\n", encoding="utf-8")
        print(f"{TARGET}: {sum(len(of_kind['features']) for of_kind in told.values())} weights")


if __name__ == "__main__":
    main()
