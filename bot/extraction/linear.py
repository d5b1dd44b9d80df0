"""The linear layer: what every feature of a passage adds to the log-odds of a decision, an action, a question.

The weights (`data/weights.json`) are learned by tools/train_linear.py on top of the numbers that the cues carry. A
score of 0 is where an item becomes firm.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import exp

from bot.extraction.features import Seen
from bot.model import Kind


@dataclass(frozen=True, slots=True)
class Weights:
    """The weights of one kind: of each feature and of the prior, where the scale begins and how steep it is."""

    bias: float
    slope: float
    prior: float
    features: Mapping[str, float]


@cache
def weights() -> dict[Kind, Weights]:
    """The weights, read once."""
    told = json.loads((files("bot.extraction") / "data" / "weights.json").read_text(encoding="utf-8"))
    return {kind: Weights(**told[kind]) for kind in Kind}


def confidence(seen: Seen, kind: Kind) -> float:
    """How sure the reading of a passage as this kind is: 0 to 1, firm from 0.5 on."""
    own = weights()[kind]
    learned = sum(map(own.features.__getitem__, own.features.keys() & seen.features))
    score = own.bias + own.prior * seen.prior[kind] + learned
    return 1 / (1 + exp(-max(-30.0, min(30.0, own.slope * score))))
