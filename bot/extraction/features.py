"""A passage as features: what the linear layer weighs, each with a name that a person can read.

Cues and structure come first; the words themselves count only where they are plain English, so that nothing is
learned about one team's software or people.
"""

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from bot.extraction.cues import Cue, cues_in, plain, words
from bot.extraction.frames import Frame, frames
from bot.extraction.names import is_plain
from bot.extraction.structure import Passage, reporting_team, told_by_somebody
from bot.model import BlockKind, Kind

_ANSWER = re.compile(
    r"\W{0,3}(?:(?:A|Ans|Answer|Yes|No|Nope|Yep|Sure|Correct)\b ?(?:[:.,!-]|$)"
    r"|(?:the answer|so we|we (?:decided|agreed)|it was (?:decided|agreed)|because|basically|simple"
    r"|well,|not? really|you can)\b)",
    re.I,
)
_NUMBER = re.compile(r"[\d.]+")
LENGTHS = (3, 6, 10, 16, 24, 34, 1_000)
"""Up to how many words passages are of one length to the judgement."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen in a passage: its cues, its subjects with their verbs, and the features made of all."""

    passage: Passage
    cues: Sequence[Cue]
    frames: Sequence[Frame]
    features: frozenset[str]
    prior: dict[Kind, float]
    """What the numbers of the cues and of the structure add up to, before anything learned."""


PRIOR = {Kind.DECISION: -2.2, Kind.ACTION: -2.2, Kind.QUESTION: -2.6}
_FIRMLY = ("will", "to", "going", "offered", "has")
PROMISE = (
    {("person", verb): 2.0 for verb in _FIRMLY}
    | {("team", verb): 1.2 for verb in _FIRMLY}
    | {("he", verb): 1.0 for verb in ("will", "going", "offered")}
    | {("person", "doing"): 1.0, ("person", "need"): 0.8, ("person", "may"): 0.6}
)
"""What a subject with a verb of promise adds to the log-odds of an action; the best of a passage counts."""
ZONE = {"entry": 1.6, "prose": 0.5, "plan": 1.2, "report": 0.8, "answered": -1.5, "label": 3.0, "lead": 0.5}
"""A heading or a lead-in speaks for the entries of a list below it, and little for prose; a label for all behind it."""


def see(passage: Passage) -> Seen:
    """Everything about a passage that the judgement rests on."""
    text, its_words, cues = _heard(passage.text)
    subjects = frames(passage.text)
    found = [f"cue {cue.id}" for cue in cues]
    found += [f"subject {f.subject.kind} {f.verb}" for f in subjects]
    found += _structure(passage, text, len(its_words))
    found += _wording(its_words)
    return Seen(passage, cues, subjects, frozenset(found), _prior(passage, cues, subjects))


def _prior(passage: Passage, cues: Sequence[Cue], subjects: Sequence[Frame]) -> dict[Kind, float]:
    told = _added_up(cues)
    lead = _added_up(_cues_of(passage.lead))
    standing = ZONE["prose" if passage.block.kind is BlockKind.PARAGRAPH else "entry"]
    for kind in Kind:
        told[kind] += PRIOR[kind] + ZONE["lead"] * max(-2.0, min(4.0, lead[kind]))
        told[kind] += ZONE["label"] * (passage.label == kind.value) + standing * (passage.zone == kind.value)
        if passage.leads:
            told[kind] -= 2.5
        elif passage.zone == "plan" and kind is not Kind.QUESTION and passage.block.kind is not BlockKind.PARAGRAPH:
            told[kind] += ZONE["plan"] * (passage.place in ("only", "first"))
    if _answered(passage):
        told[Kind.QUESTION] += ZONE["answered"]
    if passage.asked >= 0.05:  # notes of questions and answers: a question alone leaves nothing open
        told[Kind.QUESTION] -= 1.0 if passage.asked >= 0.1 else 0.3
    if passage.label == "none" or passage.zone == "none":
        for kind in Kind:
            told[kind] -= 1.0 if passage.label == "none" else 1.5
    if reporting_team(passage.block.path):
        told[Kind.ACTION] += ZONE["report"]
    told[Kind.ACTION] += max((PROMISE.get((f.subject.kind, f.verb), 0.0) for f in subjects), default=0.0)
    return told


def _added_up(cues: Sequence[Cue]) -> dict[Kind, float]:
    """What the numbers of cues add up to for each kind."""
    total = dict.fromkeys(Kind, 0.0)
    for cue in cues:
        for kind, weight in cue.weights.items():
            total[kind] += weight
    return total


@lru_cache(maxsize=512)
def _heard(text: str) -> tuple[str, tuple[str, ...], tuple[Cue, ...]]:
    """A text as cues are matched on it, its words and its cues: of a passage, asked for again as a neighbour's."""
    said = plain(text)
    its_words = words(said)
    return said, tuple(its_words), tuple(cues_in(said, its_words))


def _cues_of(text: str) -> tuple[Cue, ...]:
    """The cues of a lead-in or a neighbour."""
    return _heard(text)[2]


def _structure(passage: Passage, text: str, length: int) -> list[str]:
    """Where the passage stands and what shape it has; `length` in words."""
    block, place, zone = passage.block, passage.place, passage.zone
    kind = block.kind.value
    found = [f"block {kind}", f"place {place}", f"{place} of its {kind}", f"down {round(passage.depth * 3)}"]
    found.append(f"length {LENGTHS[bisect_left(LENGTHS, length)]}")
    if block.kind is BlockKind.ITEM:
        found.append(f"level {min(block.level, 3)}")
    if passage.label:
        found.append(f"label {passage.label}")
    if zone:
        found += [f"zone {zone}", f"zone {zone} {kind} {place}"]
    facts = (
        ("last of its section", not passage.after),
        ("questions some", 0.05 <= passage.asked < 0.1),
        ("questions many", passage.asked >= 0.1),
        ("leads a list", passage.leads),
        ("in a list", passage.lead),
        ("answered", _answered(passage)),
        ("told by somebody", told_by_somebody(passage.text)),
        ("notes of speakers", passage.spoken >= 0.15),
        ("in a team's report", reporting_team(block.path) is not None),
        ("owner's column", passage.cell is not None),
        ("bracket", text.startswith("(") or text.endswith(")")),
        (f"ends {text[-1]}", text.endswith(("?", ":", "!"))),
        ("no full stop", not text.endswith((".", "!", "?", ":"))),
    )
    found += [name for name, holds in facts if holds]
    for where, beside in (("lead", passage.lead), ("after", passage.after), ("before", passage.before)):
        found += [f"{where} {cue.id}" for cue in _cues_of(beside)]
    return found


def _answered(passage: Passage) -> bool:
    """Whether a question has its answer right behind it."""
    return passage.text.endswith("?") and bool(_ANSWER.match(passage.after))


def _wording(its_words: Sequence[str]) -> list[str]:
    """One and two words in a row, and how the passage opens; what is no plain English is "_", a number "0"."""
    told = [_shape(word) for word in its_words]
    found = [f"word {word}" for word in told if word not in ("_", "0")]
    found += [f"pair {a} {b}" for a, b in pairwise(told) if (a, b) != ("_", "_")]
    found += [f"opens {' '.join(told[:n])}" for n in (1, 2) if len(told) >= n]
    return found


@lru_cache(maxsize=20_000)
def _shape(word: str) -> str:
    if word == "?" or is_plain(word):
        return word
    return "0" if _NUMBER.fullmatch(word) else "_"
