"""Reads the filters of the lists, in any order: `#kolla actions xena @yoctozepto`, `actions overdue kolla cinder`.

Pure: what teams, events and people there are comes as `Lookups`. A word that is a team, an event or cycle, a person, an
id of a session or recap, or a state narrows the list by it; what is left are words to search. A word that is one or two
letters away from a team, cycle or state is taken for it, and a note says so; in quotation marks words are left as they
are, save the name of an event of several words. Two that no item could fulfil at once are refused.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from rapidfuzz.distance import OSA

from bot.commands.addressing import LETTERS, mistyped
from bot.messages import UserError
from bot.model import Kind
from bot.queries.items import Filter
from bot.queries.labels import read_label
from bot.queries.people import Person


@dataclass(frozen=True, slots=True)
class Lookups:
    """What the names in a filter are looked up with."""

    team: Callable[[str], str | None]
    """The table name of a team, part or alias."""
    event: Callable[[str], str | None]
    """The name of an event, however its case is."""
    cycle: Callable[[str], str | None]
    """The cycle of that name or alias."""
    last: Callable[[str | None], str | None]
    """The name of the newest event of a team, or of all."""
    people: Callable[[str, bool], Sequence[Person]]
    """The people whom a name may mean; True asks for whole names only."""
    me: Callable[[], Sequence[int]]
    """The rows of the person who asks, one or two. Raises UserError where they are not known."""
    names: Callable[[], Sequence[str]]
    """Teams, aliases and cycles, to know a typo by."""
    names_of_people: Callable[[], Sequence[str]]
    """To know a typo by."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A filter as it was understood, with what had to be guessed for it."""

    filter: Filter
    notes: tuple[str, ...] = ()
    """Whole sentences, for the reply to begin with."""


STATES: dict[str, dict[str, Any]] = {
    "open": {"state": "open"},
    "done": {"state": "done"},
    "dropped": {"state": "dropped"},
    "snoozed": {"snoozed": True},
    "overdue": {"overdue": True},
    "unowned": {"unowned": True},
    "candidate": {"reading": "candidate"},
    "rejected": {"reading": "rejected"},
    "all": {"state": "all"},
}
"""What each state word sets."""

_OTHER_WORDS = {
    "closed": "done",
    "finished": "done",
    "answered": "done",
    "superseded": "dropped",
    "cancelled": "dropped",
    "late": "overdue",
    "unassigned": "unowned",
    "unclaimed": "unowned",
    "candidates": "candidate",
    "everything": "all",
}
_LAST = frozenset({"last", "latest", "newest"})
_ME = frozenset({"me", "my", "mine"})
_SMALL = frozenset("for in of about from by at during on the with ptg".split())
_SPAN = 3
"""Words that a name in a filter may have."""

_ONE = frozenset("state reading event cycle person recap session".split())
"""The fields of a filter that a list is of one of at a time. (A second team is a word.)"""


@dataclass(slots=True)
class _Found:
    """What the words so far have said."""

    values: dict[str, Any]
    said: dict[str, tuple[str, Any]] = field(default_factory=dict)
    """By the field, one of `_ONE`: the word that said so, and the value."""
    words: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    last: bool = False

    def add(self, word: str, values: dict[str, Any]) -> None:
        """Take what a word sets. Raises UserError where one before it set the same to something else."""
        for one in _ONE & values.keys():
            value = values[one]
            before, old = self.said.setdefault(one, (word, value))
            if old != value:
                search = f', or "{word}" to search the word' if one == "state" else ""
                raise UserError(f"`{before}` and `{word}` at once: say one {one}{search}.")
        self.values |= values

    def check(self) -> None:
        """Raise UserError where a state and a mark that only open actions bear were asked for."""
        state = self.values.get("state")
        for mark in ("overdue", "snoozed"):
            if state in ("done", "dropped") and self.values.get(mark):
                raise UserError(f"`{self.said['state'][0]}` and `{mark}` at once: only what is open is {mark}.")


def read_filter(args: str, kind: Kind | None, team: str | None, lookups: Lookups, *, tracked: bool = False) -> Reading:
    """The filter that `args` describe for a list of `kind`; `team` is the one meant where they name none.

    A list is of one team: after the first, and where one was `tracked` (`#kolla actions release`), a name that is
    another team's too is a word to search. Raises UserError where a person is named whom nobody knows, and where two of
    the words exclude each other.
    """
    found = _Found({"team": team} if tracked else {})
    tokens = [(quoted, bare) for quoted, bare in re.findall(r'"([^"]*)"|(\S+)', args)]
    while tokens:
        quoted, bare = tokens[0]
        if not bare:
            if " " in quoted and (event := lookups.event(quoted)):
                found.add(quoted, {"event": event})
            else:
                found.words += quoted.split()
            tokens.pop(0)
            continue
        run: list[str] = []
        for _, word in tokens[:_SPAN]:
            if not word:
                break
            run.append(word)
        del tokens[: _take(run, kind, found, lookups)]
    found.check()
    if found.last:
        found.values["event"] = lookups.last(found.values.get("team", team))
    filter_ = replace(Filter(kind=kind, team=team, words=tuple(found.words)), **found.values)
    return Reading(filter_, tuple(found.notes))


def _take(run: Sequence[str], kind: Kind | None, found: _Found, lookups: Lookups) -> int:
    """Read what the run of words begins with into `found`; the number of words it took."""
    if run[0].startswith("@") and len(run[0]) > 1:
        return _person(run, found, lookups)
    for length in range(len(run), 0, -1):
        name = " ".join(run[:length]).strip(",;?.")
        if values := _named(name, kind, found, lookups):
            found.add(name, values)
            return length
    word = run[0].strip(",;?.")
    if not word or word.casefold() in _SMALL:
        return 1
    if close := _close(word, [*lookups.names(), *STATES]):
        if values := _named(close, kind, found, lookups):
            found.add(word, values)
            found.notes.append(f'Did you mean `{close}`? I took `{word}` for it; to search the word, say "{word}".')
            return 1
    found.words.append(word)
    return 1


def _named(name: str, kind: Kind | None, found: _Found, lookups: Lookups) -> dict[str, Any] | None:
    """What a name of one or more words sets; None where it is no name."""
    plain = name.casefold()
    if state := STATES.get(_OTHER_WORDS.get(plain, plain)):
        return state
    if plain in _LAST:
        found.last = True
        return {"event": None}
    if plain in _ME:
        return _me(lookups)
    for key, look_up in (("team", lookups.team), ("event", lookups.event), ("cycle", lookups.cycle)):
        if (key != "team" or "team" not in found.values) and (value := look_up(name.removeprefix("#"))):
            return {key: value}
    for label in read_label(name):
        if label.letter in "SC":
            return {"session" if label.letter == "S" else "recap": label.number}
    people = lookups.people(name, True) if kind in (Kind.ACTION, None) else ()
    return {"person": people[0].id} if len(people) == 1 else None


def _me(lookups: Lookups) -> dict[str, Any]:
    person, *also = lookups.me()
    return {"person": person, "also": next(iter(also), None)}


def _person(run: Sequence[str], found: _Found, lookups: Lookups) -> int:
    """Read `@name`, of up to three words, into `found`."""
    if run[0][1:].casefold() in _ME:
        found.add(run[0], _me(lookups))
        return 1
    for length in range(len(run), 0, -1):
        name = " ".join(run[:length])[1:].strip(",;:?")
        people = lookups.people(f"@{name}", length > 1)
        if len(people) > 1:
            raise UserError(f"`{name}` may be {' or '.join(person.name for person in people[:4])}; say the whole name.")
        if people:
            found.add(f"@{name}", {"person": people[0].id})
            return length
    close = mistyped(name, lookups.names_of_people())
    if close is None:
        raise UserError(f"I know nobody called `{name[:40]}`.")
    found.add(f"@{name}", {"person": lookups.people(close, True)[0].id})
    if close.casefold() != name.casefold():
        found.notes.append(f"Did you mean `{close}`? I know no `{name}`.")
    return 1


def _close(word: str, names: Sequence[str]) -> str | None:
    """The name that a word is a typo of: alike by the rule for commands, and one or two letters away."""
    close = mistyped(word.casefold(), names) if len(word) >= LETTERS else None
    if (
        close is None
        or OSA.distance(word.casefold(), close.casefold()) > 2
        or close[0].casefold() != word[0].casefold()
    ):
        return None
    return close
