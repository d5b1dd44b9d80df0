"""Who takes something upon themselves in a text, and with what word: each subject with its verb of promise."""

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from operator import attrgetter

from bot.extraction.cues import one_line
from bot.extraction.gatherings import data
from bot.extraction.names import Names, Token, lists, names_before, tokens

_START = attrgetter("start")
_BEFORE_A_TASK = frozenset(
    ["", *": - , ; ] ) * . ( – — → for asked ask and suggesting let get is need volunteered with".split()]
)


@dataclass(frozen=True, slots=True)
class Frame:
    """A subject with the verb by which it takes something upon itself.

    `verb` is will, to, going, offered, doing, need, may, did or has; `start` and `end` are where subject and verb
    stand in the text.
    """

    subject: Names
    verb: str
    start: int
    end: int


@cache
def _verbs() -> tuple[tuple[str, tuple[str, ...], re.Pattern[str]], ...]:
    """The verbs of data/promises.toml, what a text with one holds, and their patterns, in its order."""
    return tuple(
        (verb["id"], tuple(verb["holds"]), re.compile(one_line(verb["pattern"]))) for verb in data("promises")["verb"]
    )


@lru_cache(maxsize=1_024)
def frames(text: str) -> tuple[Frame, ...]:
    """Every subject and verb of promise in a text, in the order they stand."""
    verbs = [
        (verb, match.span())
        for verb, pieces, pattern in _verbs()
        if any(map(text.__contains__, pieces))
        for match in pattern.finditer(text)
    ]
    words = tokens(text) if verbs else ()
    found: list[Frame] = []
    taken: set[int] = set()
    for verb, (start, end) in verbs:
        at = _token_at(words, start)
        if at is None or at in taken:
            continue
        subject = _subject(words, at, verb == "offered")
        if subject is not None and _believable(subject, verb, words, end):
            taken.add(at)
            found.append(Frame(subject, verb, words[subject.first].start, end))
    return tuple(sorted(found, key=lambda frame: frame.start))


def _token_at(words: Sequence[Token], place: int) -> int | None:
    """The token that begins at `place`, or whose ending ('ll, 're) does."""
    at = bisect_left(words, place, key=_START)
    if at < len(words) and words[at].start == place:
        return at
    return at if at and words[at - 1].end > place else None


def _subject(words: Sequence[Token], verb: int, says_so: bool) -> Names | None:
    """The names before the verb; adverbs, auxiliaries and short asides between are passed over."""
    at = verb
    contracted = at > 0 and re.fullmatch(r"(?i)(i|we|they)['’](ll|re|m|ve|d)", words[at - 1].text)
    if contracted:
        said = contracted.group(1).lower()
        return Names({"i": "I", "we": "we", "they": "they"}[said], (), at - 1)
    while at > 0 and (
        words[at - 1].lower in lists().adverbs
        or words[at - 1].lower in ("has", "have", "had", "'ll", "does", "do", "did", "who")
    ):
        at -= 1
    found = names_before(words, at)
    if (
        found is None
        and says_so
        and at > 0
        and words[at - 1].text[0].isupper()
        and words[at - 1].lower in lists().projects
    ):
        return Names(
            "team", (words[at - 1].text,), at - 1
        )  # "Azure intends to", "Nova agreed to": who stands behind it
    return found


def _believable(subject: Names, verb: str, words: Sequence[Token], end: int) -> bool:
    """Whether the subject is one who can promise: a bare word must be followed by work, and "to" must open a task."""
    behind = bisect_left(words, end, key=_START)
    after = [word.lower for word in words[behind : behind + 3]]
    work = lists().human_work if subject.bare and verb != "to" else lists().work
    does_work = next(
        (word in work for word in after if word not in lists().adverbs and word not in ("be", "not")), False
    )
    if verb == "to":
        if subject.kind in ("I", "we", "they", "he") or not does_work:
            return False
        before = words[subject.first - 1].lower if subject.first else ""
        return before in _BEFORE_A_TASK
    if verb in ("did", "doing", "has", "offered", "going"):
        return True
    if verb in ("will", "may", "need") and subject.kind == "person" and subject.bare:
        return (
            does_work
            or after[:2] == ["have", "time"]
            or after[:1] == ["be"]
            and len(after) > 1
            and after[1].endswith("ing")
        )
    return True
