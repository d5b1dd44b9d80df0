"""Learns the weights of the linear reader (bot/extraction/data/weights.json) from labelled recaps.

    python -m tools.train_reader --shared ../shared [--dry-run]

It needs numpy and scipy, which the bot itself never imports; `make train` makes an environment for it. Nothing is drawn
at random: the same labels and the same reader give the same files.

What is learned. Each passage (a sentence, clause, list item or table row) is right for a kind if
score_extraction.py would match it with a required label of that kind, wrong if it matches none, and left out if it
matches only optional ones. Per kind a logistic regression is fitted over the features of bot/extraction/features.py on
top of the prior that the cues carry (`a * prior + b + sum of weights`), with a penalty on the square of the weights, so
that where the labels say little the hand-made numbers stand. A feature counts only if LEAST_AUTHORS authors use it, and
the recaps of an author weigh together as the square root of their length: nobody's habits rule. A second, small
regression weighs a passage's score against those of its recap (bot/extraction/linear.py, `in_company`); then the
threshold of firm items is set where F1 is best, and the curve from scores to confidences.

What keeps it honest. Every author is left out in turn, and his recaps scored by what the others' taught: the weights,
the second step and the threshold. Those scores are written to tools/out_of_fold.tsv (keyed by a hash of the passage, no
text) for tools/score_reading.py. Two things are less than strict: the scores from which the second step and the
threshold are learned come from models that saw the recaps which are then scored by them (four numbers a kind), and the
curve and the number of candidates are fitted to all. Neither moves what is firm by a noticeable amount.
"""

import argparse
import json
from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse
from scipy.optimize import minimize

from bot.extraction.features import Seen
from bot.extraction.items import FAINT
from bot.extraction.linear import in_company
from bot.model import FIRM, Kind
from tools.labelled import GROUPS, Labelled, labelled, passage_key

PENALTY = 20.0
LEAST_AUTHORS = 3
CANDIDATES = {Kind.DECISION: 2.8, Kind.ACTION: 2.6, Kind.QUESTION: 3.4}
"""Per firm item, before bot/extraction/items.py bounds those of each recap: about two remain."""
GRID = np.arange(-4.0, 2.01, 0.05)
SMOOTH = 8
"""Points of GRID to each side that F1 is averaged over before its best is looked for: a lone peak is chance."""
SMALLEST = 0.03
"""Weights below this are not written."""
STEPS = (0.6, 0.7, 0.8, 0.9, 0.95, 0.98)
"""Confidences between which the curve is straight."""
TARGET = Path("bot/extraction/data/weights.json")
LEFT_OUT = Path("tools/out_of_fold.tsv")
Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Model:
    """What was learned for one kind: the first step."""

    bias: float
    prior: float
    weights: dict[str, float]

    def odds(self, seen: Seen, kind: Kind) -> float:
        """The log-odds of a passage."""
        return self.bias + self.prior * seen.prior[kind] + sum(self.weights.get(f, 0.0) for f in sorted(seen.features))


@dataclass(frozen=True)
class Second:
    """The second step; `offset` includes the threshold, so that 0 is where an item becomes firm."""

    offset: float
    scale: float
    crowd: float


def logistic(columns: Any, prior: Array, truth: Array, weight: Array, penalty: Array) -> Array:
    """Bias, slope of the prior and weights of the columns: logistic regression with a penalty on each weight."""

    def loss(point: Array) -> tuple[float, Array]:
        odds = point[0] + point[1] * prior + columns @ point[2:]
        wrong = weight * (1 / (1 + np.exp(-np.clip(odds, -500, 500))) - truth)
        value = (weight * (np.logaddexp(0, odds) - truth * odds)).sum() + (penalty * point[2:] ** 2).sum() / 2
        return value, np.concatenate([[wrong.sum(), (wrong * prior).sum()], columns.T @ wrong + penalty * point[2:]])

    start = np.concatenate([[0.0, 0.8], np.zeros(columns.shape[1])])
    return np.asarray(minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 300}).x)


def author_weights(authors: list[str]) -> Array:
    """The weight of each passage: an author counts as the square root of what he wrote."""
    lengths = Counter(authors)
    weight = np.array([lengths[author] ** -0.5 for author in authors])
    return weight * len(weight) / weight.sum()


def learn(recaps: list[Labelled], kind: Kind) -> Model:
    """The first step of one kind from some recaps."""
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
    weight = author_weights([author for _, _, author in rows])
    best = logistic(matrix, prior, truth, weight, np.full(len(names), PENALTY))
    return Model(float(best[0]), float(best[1]), dict(zip(names, map(float, best[2:]), strict=True)))


Scores = dict[str, list[float]]


def second_step(recaps: list[Labelled], odds: Scores, kind: Kind) -> Second:
    """How much the recap around a passage counts, and where items become firm."""
    truth, own, others, authors = [], [], [], []
    for recap in recaps:
        company = in_company(odds[recap.name], 0.0, 0.0, 1.0)
        for right, score, around in zip(recap.right[kind], odds[recap.name], company, strict=True):
            if right is not None:
                truth.append(float(right))
                own.append(score)
                others.append([around])
                authors.append(recap.author)
    found = logistic(np.array(others), np.array(own), np.array(truth), author_weights(authors), np.array([1.0]))
    step = Second(float(found[0]), float(found[1]), float(found[2]))
    firm_from = threshold(recaps, after(recaps, odds, step), kind)
    return Second(step.offset - firm_from, step.scale, step.crowd)


def after(recaps: list[Labelled], odds: Scores, step: Second) -> Scores:
    """The scores that the second step makes of log-odds."""
    return {recap.name: in_company(odds[recap.name], step.offset, step.scale, step.crowd) for recap in recaps}


def threshold(recaps: list[Labelled], scores: Scores, kind: Kind) -> float:
    """Where F1 is best, as score_extraction.py counts it; a peak of a single point does not count."""
    right, wrong, found = [], [], []
    for recap in recaps:
        best: dict[int, float] = {}
        for score, is_right, labels in zip(scores[recap.name], recap.right[kind], recap.found[kind], strict=True):
            if is_right is not None:
                (right if is_right else wrong).append(score)
            for label in labels:
                best[label] = max(best.get(label, score), score)
        found += best.values()
    wanted = sum(recap.wanted[kind] for recap in recaps)

    def count(values: list[float]) -> Array:
        return len(values) - np.searchsorted(np.sort(values), GRID)

    precision = count(right) / np.maximum(1, count(right) + count(wrong))
    recall = count(found) / max(1, wanted)
    f1 = 2 * precision * recall / np.maximum(1e-9, precision + recall)
    smooth = np.convolve(np.pad(f1, SMOOTH, mode="edge"), np.ones(2 * SMOOTH + 1), "valid")
    return float(GRID[np.argmax(smooth)])


def left_out(recaps: list[Labelled], kind: Kind) -> tuple[Scores, Scores]:
    """Log-odds and final scores of each recap by what was learned from all other authors."""
    odds: Scores = {}
    for author in sorted({recap.author for recap in recaps}):
        model = learn([recap for recap in recaps if recap.author != author], kind)
        for recap in recaps:
            if recap.author == author:
                odds[recap.name] = [model.odds(seen, kind) for seen in recap.seen]
    scores: Scores = {}
    for author in sorted({recap.author for recap in recaps}):
        step = second_step([recap for recap in recaps if recap.author != author], odds, kind)
        scores |= after([recap for recap in recaps if recap.author == author], odds, step)
    return odds, scores


def curve(recaps: list[Labelled], scores: Scores, kind: Kind) -> list[tuple[float, float]]:
    """From scores to confidences: a logistic curve above 0; below, FAINT where there are CANDIDATES for a firm item."""
    pairs = [
        (score, float(right))
        for recap in recaps
        for score, right in zip(scores[recap.name], recap.right[kind], strict=True)
        if right is not None
    ]
    own, truth = np.array([score for score, _ in pairs]), np.array([right for _, right in pairs])
    bias, slope = logistic(np.zeros((len(own), 0)), own, truth, np.ones(len(own)), np.zeros(0))
    ranked = sorted((score for of_recap in scores.values() for score in of_recap), reverse=True)
    firm = sum(score >= 0 for score in ranked)
    last = min(-0.05, ranked[min(len(ranked) - 1, int(firm * (1 + CANDIDATES[kind])))])
    points = [(-30.0, 0.0), (last, FAINT), (0.0, FIRM)]
    for sure in STEPS:
        at = float((np.log(sure / (1 - sure)) - bias) / slope)
        if at > points[-1][0] + 0.05:
            points.append((at, sure))
    if len(points) == 3:
        points.append((3.0, 0.99))
    assert all(a[0] < b[0] and a[1] <= b[1] for a, b in pairwise(points))
    return [(round(at, 3), sure) for at, sure in points]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--dry-run", action="store_true", help="write nothing")
    args = parser.parse_args()
    recaps = [recap for group in GROUPS for recap in labelled(args.shared, group)]
    print(f"{len(recaps)} recaps by {len({recap.author for recap in recaps})} authors, each left out in turn")
    told, scored = {}, {}
    for kind in Kind:
        odds, scores = left_out(recaps, kind)
        scored[kind] = scores
        model, step = learn(recaps, kind), second_step(recaps, odds, kind)
        told[kind.value] = {
            "bias": round(model.bias, 3),
            "prior": round(model.prior, 3),
            "offset": round(step.offset, 3),
            "scale": round(step.scale, 3),
            "crowd": round(step.crowd, 3),
            "curve": curve(recaps, scores, kind),
            "features": {f: round(w, 2) for f, w in sorted(model.weights.items()) if abs(w) >= SMALLEST},
        }
        print(f"  {kind.value}: {len(told[kind.value]['features'])} weights, {step}")
    if args.dry_run:
        return
    TARGET.write_text(json.dumps(told, indent=0, ensure_ascii=False) + "\n", encoding="utf-8")
    lines = [
        "\t".join([passage_key(seen.passage, recap.text), *(f"{scored[kind][recap.name][n]:.2f}" for kind in Kind)])
        for recap in recaps
        for n, seen in enumerate(recap.seen)
    ]
    LEFT_OUT.write_text("\n".join(sorted(set(lines))) + "\n", encoding="utf-8")
    print(f"{TARGET}, {LEFT_OUT}: {len(lines)} passages; now `make score`")


if __name__ == "__main__":
    main()
