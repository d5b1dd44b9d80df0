"""The linear reader: from the features of a recap's passages to how sure each is a decision, an action, a question.

Two steps, both learned by tools/train_reader.py (`data/weights.json`). A passage has log-odds: what its features add to
what its cues say. Then the recap around it counts: one in which much is decided is likelier to decide here too. What
comes out is a score that is 0 where an item becomes firm, and a curve turns that into a confidence.
"""

import json
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import exp, log

from bot.extraction.features import Seen
from bot.model import FIRM, Kind

Scores = dict[Kind, list[float]]
Scorer = Callable[[Sequence[Seen]], Scores]
"""Scores the passages of one recap, in their order; firm from 0 on."""
FIRM_SCORE = 0.0
ALONE = 0.05
"""How likely a passage of no known recap is to be an item: what stands for the others where there are none."""
LEAST = 0.001


@dataclass(frozen=True, slots=True)
class Weights:
    """What was learned for one kind."""

    bias: float
    prior: float
    features: Mapping[str, float]
    offset: float
    scale: float
    crowd: float
    """What the log of the others' mean probability adds."""
    curve: Sequence[tuple[float, float]]
    """Score and confidence, both rising; straight lines between."""


@cache
def weights() -> dict[Kind, Weights]:
    """The weights, read once."""
    told = json.loads((files("bot.extraction") / "data" / "weights.json").read_text(encoding="utf-8"))
    return {kind: Weights(**told[kind.value]) for kind in Kind}


def linear_scores(seen: Sequence[Seen]) -> Scores:
    """The scores of the passages of one recap."""
    return {
        kind: in_company(_odds(seen, kind, own), own.offset, own.scale, own.crowd) for kind, own in weights().items()
    }


def _odds(seen: Sequence[Seen], kind: Kind, own: Weights) -> list[float]:
    known = own.features
    return [
        own.bias + own.prior * one.prior[kind] + sum(map(known.__getitem__, known.keys() & one.features))
        for one in seen
    ]


def in_company(odds: Sequence[float], offset: float, scale: float, crowd: float) -> list[float]:
    """The second step: each passage's log-odds, beside how likely the others of its recap are on average."""
    likely = [1 / (1 + exp(-max(-30.0, min(30.0, one)))) for one in odds]
    total, others = sum(likely), len(likely) - 1
    return [
        offset + scale * one + crowd * log(max(LEAST, (total - own) / others) if others else ALONE)
        for one, own in zip(odds, likely, strict=True)
    ]


def confidence(kind: Kind, score: float) -> float:
    """How sure a score is: 0 to 1, FIRM or more from a score of 0 on and clearly less below, as two digits show it."""
    curve = weights()[kind].curve
    after = bisect_right(curve, score, key=lambda point: point[0])
    if after == 0:
        return curve[0][1]
    if after == len(curve):
        return curve[-1][1]
    (left, low), (right, high) = curve[after - 1], curve[after]
    sure = low + (high - low) * (score - left) / (right - left)
    return max(FIRM, sure) if score >= FIRM_SCORE else min(FIRM - 0.01, sure)
