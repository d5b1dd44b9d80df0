"""The cues of `data/cues.toml`: which wordings a passage holds, and what they say of it."""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from bot.extraction.gatherings import data
from bot.model import Kind

_STRAIGHT = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-"})
_ADDRESS = re.compile(r"\b(?:https?://|www\.)\S+")
_WORD = re.compile(r"[#\w][\w'.-]*\w|\w|\?")


@dataclass(frozen=True, slots=True)
class Cue:
    """A wording, and what it adds to the log-odds of each kind."""

    id: str
    pattern: re.Pattern[str] | None
    weights: Mapping[Kind, float]


@cache
def _cues() -> tuple[list[Cue], dict[str, list[int]]]:
    """The cues in the order of the file, and which of them each trigger word wakes."""
    cues, woken = [], defaultdict(list)
    for n, entry in enumerate(data("cues")["cue"]):
        pattern = re.compile(one_line(entry["pattern"])) if "pattern" in entry else None
        cues.append(Cue(entry["id"], pattern, {kind: entry[kind.value] for kind in Kind if kind.value in entry}))
        for word in entry["words"].split():
            woken[word].append(n)
    return cues, dict(woken)


def one_line(pattern: str) -> str:
    """A pattern of a data file, which may be broken over lines, as it is meant."""
    return pattern.replace("\n", "")


def plain(text: str) -> str:
    """A text as cues are matched on it: lower case, straight quotes and dashes, addresses folded to "url"."""
    return _ADDRESS.sub("url", text).translate(_STRAIGHT).lower()


def words(text: str) -> list[str]:
    """The words of a `plain` text, and its question marks."""
    return _WORD.findall(text)


def cues_in(text: str, its_words: list[str]) -> list[Cue]:
    """The cues that speak in a `plain` text, in the order of the file."""
    cues, woken = _cues()
    awake = sorted({n for word in {*its_words} for n in woken.get(word, ())})
    return [cues[n] for n in awake if (pattern := cues[n].pattern) is None or pattern.search(text)]
