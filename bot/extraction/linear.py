"""The linear reader: from the features of a recap's passages to how sure each is a decision, an action, a question.

Two steps, both learned by tools/train_reader.py (`data/weights.json`). A passage has log-odds: what its features add to
what its cues say. Then these are weighed, where there is one beside what the encoder says of it. What comes out is a
score that is 0 where an item becomes firm, and a curve turns that into a confidence.
"""

import json
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from bot.extraction.features import Seen
from bot.model import FIRM, Kind

Scores = dict[Kind, list[float]]
"""A number for each passage of a recap, in their order."""
Judge = Callable[[Sequence[Seen]], Scores]
"""How sure the passages of one recap are items of each kind: 0 to 1, firm from FIRM on."""
FIRM_SCORE = 0.0


@dataclass(frozen=True, slots=True)
class SecondStep:
    """The second step of one kind."""

    offset: float
    scale: float
    encoder: float
    """What the encoder's log-odds count; 0 where it is not asked."""
    curve: Sequence[tuple[float, float]]
    """Score and confidence, both rising; straight lines between."""


@dataclass(frozen=True, slots=True)
class Weights:
    """What was learned for one kind."""

    bias: float
    prior: float
    features: Mapping[str, float]
    alone: SecondStep
    beside: SecondStep
    """The second step with the encoder's log-odds."""


@cache
def weights() -> dict[Kind, Weights]:
    """The weights, read once."""
    told = json.loads((files("bot.extraction") / "data" / "weights.json").read_text(encoding="utf-8"))
    return {kind: _weights(told[kind.value]) for kind in Kind}


def _weights(told: dict[str, Any]) -> Weights:
    return Weights(**{**told, "alone": SecondStep(**told["alone"]), "beside": SecondStep(**told["beside"])})


@cache
def _added() -> dict[str, tuple[float, ...]]:
    """What a feature adds to each kind: looked up once for all of them."""
    told = [own.features for own in weights().values()]
    return {name: tuple([each.get(name, 0.0) for each in told]) for name in set().union(*told)}


def linear_judge(seen: Sequence[Seen]) -> Scores:
    """The judge that needs nothing beside this package."""
    judged = {}
    for kind, odds in linear_odds(seen).items():
        alone = weights()[kind].alone
        judged[kind] = [confidence(alone, score) for score in second_step(odds, alone)]
    return judged


def linear_odds(seen: Sequence[Seen]) -> Scores:
    """The first step: the log-odds of each passage."""
    own, added = list(weights().items()), _added()
    nothing = (0.0,) * len(own)  # so that a passage of no known feature adds up to nothing
    odds: Scores = {kind: [] for kind in Kind}
    for one in seen:
        sums = map(sum, zip(nothing, *filter(None, map(added.get, one.features)), strict=True))
        for (kind, its), total in zip(own, sums, strict=True):
            odds[kind].append(its.bias + its.prior * one.prior[kind] + total)
    return odds


def second_step(odds: Sequence[float], step: SecondStep, encoder: Sequence[float] = ()) -> list[float]:
    """The scores of passages, from their log-odds and, where it was asked, the encoder's."""
    said = encoder or [0.0] * len(odds)
    return [step.offset + step.scale * own + step.encoder * its for own, its in zip(odds, said, strict=True)]


def confidence(step: SecondStep, score: float) -> float:
    """How sure a score is: 0 to 1, FIRM or more from a score of 0 on and clearly less below, as two digits show it."""
    curve = step.curve
    after = bisect_right(curve, score, key=lambda point: point[0])
    if after == 0:
        return curve[0][1]
    if after == len(curve):
        return curve[-1][1]
    (left, low), (right, high) = curve[after - 1], curve[after]
    sure = low + (high - low) * (score - left) / (right - left)
    return max(FIRM, sure) if score >= FIRM_SCORE else min(FIRM - 0.01, sure)
