"""Learns the weights of the linear reader (bot/extraction/data/weights.json) from labelled recaps.

    python -m tools.train_reader --shared ../shared [--dry-run]

It needs scipy, which the bot itself never imports; `make train` makes an environment for it. Nothing is drawn
at random: the same labels and the same reader give the same files.

What is learned. Each passage (a sentence, clause, list item or table row) is right for a kind if score_extraction.py
would match it with a required label of that kind, wrong if it matches none, and left out if it matches only optional
ones; where a second reader disagrees, how likely it is right (tools/second_reading.py). Per kind a logistic regression
is fitted over the features of bot/extraction/features.py on top of the prior that the cues carry (`a * prior + b + sum
of weights`), with a penalty on the square of the weights, so that where the labels say little the hand-made numbers
stand. A feature counts only if LEAST_AUTHORS authors use it, and the recaps of an author weigh together as the square
root of their length: nobody's habits rule. The invented recaps of tools/written teach the first step too, each passage
weighing INVENTED, and never count where anything is measured. A second, small regression weighs a passage's score,
where the encoder runs beside what that says (bot/extraction/linear.py, `second_step`; it is learned twice, without the
encoder and with it); then the threshold of firm items is set where F1 is best (without the encoder, the strictest
within GIVEN_UP of that), and the curve from scores to confidences.

What keeps it honest. Every author is left out in turn, and his recaps scored by what the others' taught: the weights,
the second step and the threshold. Those scores, without and with the encoder, are written to tools/out_of_fold.tsv
(keyed by a hash of the passage, no text) for tools/score_reading.py. Two things are less than strict: the scores from
which the second step and the threshold are learned come from models that saw the recaps which are then scored by them
(four numbers a kind), and the curve and the number of candidates are fitted to all. Neither moves what is firm by a
noticeable amount.
"""

import argparse
import json
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse
from scipy.optimize import minimize

from bot.extraction.encoder import KINDS
from bot.extraction.features import Seen
from bot.extraction.items import FAINT
from bot.extraction.linear import SecondStep, second_step
from bot.model import FIRM, Kind
from tools.labelled import ENCODER_LEFT_OUT, Labelled, marked, passage_key
from tools.second_reading import read_twice, settled

PENALTY = 20.0
LEAST_AUTHORS = 3
INVENTED = 0.5
"""What a passage of tools/written weighs beside the average one of a real recap."""
INVENTED_BIAS_PENALTY = 0.1
CANDIDATES = {Kind.DECISION: 2.8, Kind.ACTION: 2.6, Kind.QUESTION: 2.7}
"""Per firm item, before bot/extraction/items.py bounds those of each recap: about two remain."""
GRID = np.arange(-4.0, 2.01, 0.05)
SMOOTH = 8
"""Points of GRID to each side that F1 is averaged over before its best is looked for: a lone peak is chance."""
GIVEN_UP = 0.01
"""What F1 may lose for fewer wrong items, where the encoder is not there to tell."""
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


def learn(recaps: list[Labelled], invented: list[Labelled], kind: Kind) -> Model:
    """The first step of one kind from real recaps and invented ones, which have a bias of their own."""
    rows = [
        (seen, right, recap.author)
        for recap in [*recaps, *invented]
        for seen, right in zip(recap.seen, recap.right[kind], strict=True)
        if right is not None
    ]
    real = sum(right is not None for recap in recaps for right in recap.right[kind])
    users: dict[str, set[str]] = defaultdict(set)
    for seen, _, author in rows:
        for feature in seen.features:
            users[feature].add(author)
    names = sorted(feature for feature, who in users.items() if len(who) >= LEAST_AUTHORS)
    number = {name: n for n, name in enumerate(names)}
    cells = [(n, number[f]) for n, (seen, _, _) in enumerate(rows) for f in sorted(seen.features) if f in number]
    cells += [(n, len(names)) for n in range(real, len(rows))]
    matrix = scipy.sparse.csr_matrix(
        (np.ones(len(cells)), ([r for r, _ in cells], [c for _, c in cells])), shape=(len(rows), len(names) + 1)
    )
    prior = np.array([seen.prior[kind] for seen, _, _ in rows])
    truth = np.array([float(right) for _, right, _ in rows])
    weight = author_weights([author for _, _, author in rows[:real]])
    weight = np.concatenate([weight, np.full(len(rows) - real, INVENTED)])
    best = logistic(matrix, prior, truth, weight, np.append(np.full(len(names), PENALTY), INVENTED_BIAS_PENALTY))
    return Model(float(best[0]), float(best[1]), dict(zip(names, map(float, best[2:-1]), strict=True)))


Scores = dict[str, list[float]]


def learn_second(recaps: list[Labelled], odds: Scores, said: Scores | None, kind: Kind) -> SecondStep:
    """The second step, with what the encoder said where there is something, and where items become firm."""
    rows = [
        (float(right), odds[recap.name][n], said[recap.name][n] if said else 0.0, recap.author)
        for recap in recaps
        for n, right in enumerate(recap.right[kind])
        if right is not None
    ]
    numbers = np.array([row[:3] for row in rows])
    truth, own, beside = numbers[:, 0], numbers[:, 1], numbers[:, 2:]
    found = logistic(beside, own, truth, author_weights([row[3] for row in rows]), np.ones(1))
    step = SecondStep(float(found[0]), float(found[1]), float(found[2]), ())
    given_up = 0.0 if said else GIVEN_UP
    return replace(step, offset=step.offset - threshold(recaps, after(recaps, odds, said, step), kind, given_up))


def after(recaps: list[Labelled], odds: Scores, said: Scores | None, step: SecondStep) -> Scores:
    """The scores that the second step makes of log-odds."""
    return {recap.name: second_step(odds[recap.name], step, said[recap.name] if said else ()) for recap in recaps}


def threshold(recaps: list[Labelled], scores: Scores, kind: Kind, given_up: float) -> float:
    """Where F1 is best, or the strictest place where it is no lower by more than that; a lone peak does not count.

    F1 is as score_extraction.py counts it.
    """
    right, wrong, found = [], [], []
    for recap in recaps:
        best: dict[int, float] = {}
        for score, right_is, labels in zip(scores[recap.name], recap.right[kind], recap.found[kind], strict=True):
            if (is_right := settled(right_is)) is not None:
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
    window = np.ones(2 * SMOOTH + 1) / (2 * SMOOTH + 1)
    smooth = np.convolve(np.pad(f1, SMOOTH, mode="edge"), window, "valid")
    return float(GRID[np.flatnonzero(smooth >= smooth.max() - given_up)[-1]])


def odds_left_out(recaps: list[Labelled], invented: list[Labelled], kind: Kind) -> Scores:
    """The log-odds of each recap by what was learned from all other authors."""
    odds: Scores = {}
    for author in authors_of(recaps):
        model = learn([recap for recap in recaps if recap.author != author], invented, kind)
        for recap in recaps:
            if recap.author == author:
                odds[recap.name] = [model.odds(seen, kind) for seen in recap.seen]
    return odds


def scores_left_out(recaps: list[Labelled], odds: Scores, said: Scores | None, kind: Kind) -> Scores:
    """The final scores of each recap by a second step learned from all other authors."""
    scores: Scores = {}
    for author in authors_of(recaps):
        step = learn_second([recap for recap in recaps if recap.author != author], odds, said, kind)
        scores |= after([recap for recap in recaps if recap.author == author], odds, said, step)
    return scores


def authors_of(recaps: list[Labelled]) -> list[str]:
    """Everybody who wrote one of them."""
    return sorted({recap.author for recap in recaps})


def encoder_left_out(recaps: list[Labelled], kind: Kind) -> Scores:
    """What the encoder of tools/train_encoder.py said of each recap without having seen its author."""
    lines = (line.split("\t") for line in ENCODER_LEFT_OUT.read_text(encoding="utf-8").splitlines())
    said = {key: float(odds[KINDS.index(kind)]) for key, *odds in lines}
    try:
        return {recap.name: [said[passage_key(seen.passage, recap.text)] for seen in recap.seen] for recap in recaps}
    except KeyError:
        raise SystemExit("Passages are cut otherwise than when the encoder read them: make train ENCODER=1") from None


def curve(recaps: list[Labelled], scores: Scores, kind: Kind) -> list[tuple[float, float]]:
    """From scores to confidences: a logistic curve above 0; below, FAINT where there are CANDIDATES for a firm item."""
    pairs = [
        (score, right)
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
    recaps = list(read_twice(args.shared))
    invented = marked(args.shared)
    by = f"by {len(authors_of(recaps))} authors, each left out in turn"
    print(f"{len(recaps)} recaps {by}, and {len(invented)} invented ones")
    told: dict[str, Any] = {}
    scored: dict[Kind, list[Scores]] = {}
    for kind in Kind:
        odds = odds_left_out(recaps, invented, kind)
        steps, scored[kind] = {}, []
        for name, said in (("alone", None), ("beside", encoder_left_out(recaps, kind))):
            scored[kind].append(scores_left_out(recaps, odds, said, kind))
            step = learn_second(recaps, odds, said, kind)
            numbers = {key: round(value, 3) for key, value in asdict(step).items() if key != "curve"}
            steps[name] = {**numbers, "curve": curve(recaps, scored[kind][-1], kind)}
        model = learn(recaps, invented, kind)
        features = {f: round(w, 2) for f, w in sorted(model.weights.items()) if abs(w) >= SMALLEST}
        told[kind.value] = {"bias": round(model.bias, 3), "prior": round(model.prior, 3), "features": features, **steps}
        print(f"  {kind.value}: {len(features)} weights, {steps}")
    if args.dry_run:
        return
    TARGET.write_text(json.dumps(told, indent=0, ensure_ascii=False) + "\n", encoding="utf-8")
    lines = [
        "\t".join(
            [
                passage_key(seen.passage, recap.text),
                *(f"{scored[kind][step][recap.name][n]:.2f}" for step in (0, 1) for kind in Kind),
            ]
        )
        for recap in recaps
        for n, seen in enumerate(recap.seen)
    ]
    LEFT_OUT.write_text("\n".join(sorted(set(lines))) + "\n", encoding="utf-8")
    print(f"{TARGET}, {LEFT_OUT}: {len(lines)} passages; now `make score`")


if __name__ == "__main__":
    main()
