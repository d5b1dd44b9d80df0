"""Names of people and teams as recaps write them: "Ollie Walsh", "yoctozepto", "the Kolla team", "X and Y".

A name is told by its form and its place, never by a list of people: two words with capitals, or a word that is
neither plain English nor a piece of software, where a subject stands. What is plain and what is software are word
lists in `data/`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple

from bot.extraction.gatherings import cycle_of, data

_TOKEN = re.compile(r"@?\w+(?:[-.'’]\w+)*[_`^]*|[^\w\s]")

DETERMINERS = frozenset(
    "the a an this that these those our your their its his her my any some every each no both all".split()
)
_PREPOSITIONS = frozenset(
    "of in on at by with from for into about via per under over between within without through during since"
    " until".split()
)
_OF = frozenset(["from", "of", "at"])
_AND = frozenset(["and", "or", "&", "/", ",", "+"])
_PRONOUNS = {"i": "I", "we": "we", "they": "they", "us": "we", "he": "he", "she": "he"}
_SUFFIXES = ("'s", "’s", "ing", "ies", "ed", "es", "er", "ly", "s", "d")


class Token(NamedTuple):
    """A word or a mark of punctuation with its place in the text. (A tuple: a recap has thousands.)"""

    text: str
    start: int
    end: int
    lower: str
    """The word without the sign of a mention, in lower case."""


@dataclass(frozen=True, slots=True)
class Names:
    """Whom a run of tokens names. `kind` is person, team, I, we, they or he; a mixed run is what its last name is."""

    kind: str
    names: tuple[str, ...]
    first: int
    """Index of its first token."""
    bare: bool = False
    """A single lower-case or lone capitalised word: a name only where somebody promises something."""
    noun: str = ""
    """Of a team without a name, what it is called: "team", "sig"."""


@dataclass(frozen=True, slots=True)
class _Lists:
    words: frozenset[str]
    projects: frozenset[str]
    team_nouns: frozenset[str]
    weak_team_nouns: frozenset[str]
    team_words: frozenset[str]
    first_names: frozenset[str]
    particles: frozenset[str]
    adverbs: frozenset[str]
    work: frozenset[str]
    human_work: frozenset[str]


@cache
def lists() -> _Lists:
    """The word lists of `data/`, read once."""
    words = files("bot.extraction").joinpath("data/words.txt").read_text(encoding="utf-8")
    told = {key: frozenset(value.split()) for key, value in data("names").items()}
    return _Lists(words=frozenset(words.split()), **told)


@lru_cache(maxsize=1_024)
def tokens(text: str) -> tuple[Token, ...]:
    """The words and marks of a text. The passages of a recap are seen, then read again for their owners."""
    return tuple([Token(m[0], m.start(), m.end(), m[0].lower().lstrip("@")) for m in _TOKEN.finditer(text)])


@lru_cache(maxsize=20_000)
def is_plain(word: str) -> bool:
    """Whether a lower-case word is plain English, itself or without its ending."""
    known = lists().words
    if word in known:
        return True
    if "-" in word:
        return all(is_plain(part) for part in word.split("-") if part)
    for suffix in _SUFFIXES:
        stem = word.removesuffix(suffix)
        if (
            stem != word
            and len(stem) >= 3
            and (stem in known or stem + "e" in known or stem[:-1] in known and stem[-1] == stem[-2])
        ):
            return True
    return False


def names_before(words: Sequence[Token], end: int) -> Names | None:
    """The names that end right before token `end`, coordinated ones together ("X, Y and Z"), or None."""
    found: list[str] = []
    kind = noun = ""
    bare = False
    first = at = end
    while (unit := _unit_before(words, at, beside=kind == "person")) is not None:
        kind = kind or unit.kind
        noun = noun or unit.noun
        bare = bare or unit.bare
        found[:0] = unit.names
        first = at = unit.first
        if kind in ("I", "we", "they", "he") and len(found) == 0 and not _joined(words, at):
            break
        while at > 0 and words[at - 1].lower in _AND:
            at -= 1
        if at == first:
            break
    if not kind:
        return None
    if kind == "they" and found:
        kind = "team"
    return Names(kind, tuple(found), first, bare, noun)


def _joined(words: Sequence[Token], at: int) -> bool:
    return at > 0 and words[at - 1].lower in _AND


def _unit_before(words: Sequence[Token], end: int, beside: bool = False) -> Names | None:
    """One name that ends right before token `end`; `beside` a person's name, a plain word with a capital is one too."""
    at = _past_asides(words, end) - 1
    if at < 0:
        return None
    word = words[at]
    if word.lower in _PRONOUNS and (word.lower != "i" or word.text == "I"):
        return Names(_PRONOUNS[word.lower], (), at)
    if word.text.startswith("@") and len(word.text) > 1:
        return Names("person", (word.text.removeprefix("@"),), at)
    if word.lower in lists().team_nouns:
        return _team_before(words, at)
    if word.lower in lists().projects or not word.text[0].isalpha():
        return None
    if not word.text[0].isupper():
        return _nick_before(words, at)
    found = _full_name_before(words, at)
    if found is None and beside and at > 0 and word.text.isalpha() and not word.text.isupper():
        return Names("person", (word.text,), at)
    return found


def _past_asides(words: Sequence[Token], end: int) -> int:
    """Where a name ends that "(mnasiadka)" or "from Apple" follows."""
    if end > 0 and words[end - 1].text == ")":
        end = next((i for i in range(end - 2, max(end - 7, -1), -1) if words[i].text == "("), 0)
    if end > 2 and words[end - 2].lower in _OF and words[end - 1].text[0].isupper():
        person = _full_name_before(words, end - 3) if words[end - 3].text[0].isupper() else None
        return end - 2 if person is not None else end
    return end


def _team_before(words: Sequence[Token], at: int) -> Names | None:
    """ "the Kolla team", "OpenStack infra team", "the team"; `at` is the token of the team noun."""
    known = lists()
    first = at
    while first > 0 and at - first < 4 and _names_a_team(words[first - 1]):
        first -= 1
    named = first < at
    determined = first > 0 and words[first - 1].lower in DETERMINERS
    start = first - 1 if determined else first
    plural = words[at].lower in ("teams", "groups", "projects", "communities")
    if not named:
        if words[at].lower in known.weak_team_nouns or not determined:
            return None
        return Names("they" if plural else "we", (), start, noun=words[at].lower)
    if words[at].lower in known.weak_team_nouns and not any(w.text[0].isupper() for w in words[first:at]):
        return None
    return Names("team", (" ".join(w.text for w in words[first : at + 1]),), start)


def _names_a_team(word: Token) -> bool:
    if word.lower in DETERMINERS or word.lower in _PREPOSITIONS or word.lower in _AND or not word.text[0].isalnum():
        return False
    if word.lower in lists().projects or word.lower in lists().team_words:
        return True
    return word.text[0].isupper() and (word.text.isupper() or not is_plain(word.lower))


def _full_name_before(words: Sequence[Token], at: int) -> Names | None:
    first = at
    while (
        first > 0
        and at - first < 3
        and (_is_name_part(words[first - 1]) or words[first - 1].lower in lists().particles)
    ):
        first -= 1
    while first < at and not _is_name_part(words[first]):
        first += 1
    parts = words[first : at + 1]
    before = words[first - 1] if first > 0 else None
    if before is not None and (before.lower in DETERMINERS - {"that"} or before.text in "'’\"“[<"):
        return None
    if len(parts) == 1:
        if not _is_name_part(parts[0]) or first > 0 and words[first - 1].lower in _PREPOSITIONS:
            return None
        return Names("person", (parts[0].text,), first, bare=True)
    if not any(not is_plain(part.lower) for part in parts) and parts[0].lower not in lists().first_names:
        return None
    return Names("person", (" ".join(part.text for part in parts),), first)


def _is_name_part(word: Token) -> bool:
    if not word.text[0].isupper() or word.lower in lists().projects or word.lower in lists().team_nouns:
        return False
    if word.lower in lists().first_names:
        return True
    if cycle_of(word.lower) is not None:
        return False
    return not word.text.isupper() and not is_plain(word.lower) and not any(c.isdigit() for c in word.text)


def _nick_before(words: Sequence[Token], at: int) -> Names | None:
    """A single word in lower case that is no English: a name only at the start of a clause."""
    word = words[at]
    if (
        len(word.text) < 3
        or "." in word.text
        or is_plain(word.lower)
        or word.lower.endswith("ly")
        or "'" in word.text
        or "’" in word.text
    ):
        return None
    if at > 0:
        before = words[at - 1]
        if before.lower in DETERMINERS or before.lower in _PREPOSITIONS or before.text in "'’\"“`<$-":
            return None
        if before.text[0].isalnum() and not is_plain(before.lower):
            return None
    return Names("person", (word.text,), at, bare=True)


def teams_in(text: str) -> list[str]:
    """The teams that a text names with a team noun ("the Kolla team"), in the order they stand."""
    team_nouns = lists().team_nouns
    if not any(map(text.lower().__contains__, team_nouns)):
        return []
    words = tokens(text)
    found: list[str] = []
    for at, word in enumerate(words):
        if word.lower in team_nouns:
            unit = _team_before(words, at)
            if unit is not None and unit.names:
                found.extend(unit.names)
    return found


def person_in(text: str) -> tuple[str, ...]:
    """The person that a text names last where a subject may stand: whom "he" or "she" means after it."""
    words = tokens(text)
    for end in range(len(words), 0, -1):
        if words[end - 1].text[0].isupper():
            unit = _unit_before(words, end)
            if unit is not None and unit.kind == "person":
                return unit.names
    return ()
