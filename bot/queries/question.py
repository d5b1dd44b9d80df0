"""What a question asks for: the kind of item, whose, where, and the words of the topic. Reads names, no passages.

The names of teams (with aliases), events, cycles and people are those the tables know; what the other words mean
stands in `data/asking.toml`.
"""

import json
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from bot.extraction.gatherings import cycle_of
from bot.extraction.names import lists
from bot.model import Kind
from bot.queries.events import Event
from bot.queries.teams import with_parts
from bot.store.database import Store
from bot.store.people import fold, team_key

MOST_WORDS = 24
"""Words of a question that are looked at; chat lines are shorter."""
LONGEST = 4_000
"""Characters of a question that are looked at."""
LONGEST_WORD = 60
LONGEST_PHRASE = 300
LONGEST_NAME = 3
"""Words of a name."""

_CHUNK = re.compile(r'"([^"]*)"|(\S+)')
_EDGE = re.compile(r"^\W+|\W+$")
_POSSESSIVE = re.compile(r"'s$")


@dataclass(frozen=True, slots=True)
class Lexicon:
    """`asking.toml`, as sets and tables."""

    stop_words: frozenset[str]
    who: frozenset[str]
    kinds: Mapping[str, Kind]
    states: Mapping[str, str]
    same: Mapping[str, tuple[str, ...]]
    """A name that people shorten, or its short form -> all names of that thing."""
    ordinary: frozenset[str]
    """Words of plain English: one that stands nowhere is no slip of another, and alone it tells no topic."""


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody wants to know."""

    text: str
    """The words as typed, without the marks around them."""
    words: tuple[str, ...]
    """What to search for: names, the words of the topic, and phrases that stood in quotation marks."""
    topic: tuple[str, ...]
    """Those of `words` that name no team, event, cycle or person."""
    phrases: frozenset[str] = frozenset()
    """Those of `words` that stood in quotation marks."""
    kind: Kind | None = None
    state: str | None = None
    """open, done or dropped, where it says so."""
    who: bool = False
    """Whether it asks for a person."""
    teams: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """The teams it speaks of, by their table names -> their rows, with those of their parts."""
    aliases: Mapping[str, str] = field(default_factory=dict)
    """Words that are a team's other name -> its table name."""
    events: tuple[Event, ...] = ()
    """The events, or those of the cycles, that it speaks of."""
    people: tuple[int, ...] = ()
    """Rows of the people it names."""


@cache
def lexicon() -> Lexicon:
    """The words of `asking.toml`."""
    data = tomllib.loads(files("bot.queries").joinpath("data/asking.toml").read_text("utf-8"))
    kinds = {word: kind for kind in Kind for word in data[f"{kind}s"].split()}
    states = {word: state for state in ("open", "done", "dropped") for word in data[state].split()}
    same: dict[str, tuple[str, ...]] = {}
    for line in data["same"].strip().splitlines():
        names = tuple(name.strip() for name in line.split(","))
        same.update(dict.fromkeys(names, names))
    stop_words, who = frozenset(data["stop_words"].split()), frozenset(data["who"].split())
    return Lexicon(stop_words, who, kinds, states, same, frozenset(data["everyday"].split()) | lists().words)


def chunks(text: str) -> tuple[list[str], frozenset[str]]:
    """The words of a text, each once and without the marks around it, and which were phrases in quotation marks."""
    plain = text[:LONGEST].encode("utf-8", "replace").decode().translate(_MARKS)
    found: dict[str, bool] = {}
    for phrase, word in _CHUNK.findall(plain):
        chunk = _EDGE.sub("", phrase)[:LONGEST_PHRASE] or _POSSESSIVE.sub("", _EDGE.sub("", word)[:LONGEST_WORD])
        if chunk:
            found.setdefault(chunk, bool(phrase))
    kept = list(found)[:MOST_WORDS]
    return kept, frozenset(chunk for chunk in kept if found[chunk])


_MARKS = str.maketrans({"“": '"', "”": '"', "„": '"', "’": "'", "\0": " "})


def read_question(store: Store, text: str) -> Question:
    """What `text` asks for."""
    known = lexicon()
    said, phrases = chunks(text)
    lower = [chunk.casefold() for chunk in said]
    kind, state, asking = _kind(lower, phrases)
    words = tuple(
        chunk
        for chunk, word in zip(said, lower, strict=True)
        if chunk in phrases or (word not in known.stop_words and word not in asking)
    )
    names = _Names(store, words)
    topic = tuple(word for word in words if word not in names.words)
    if (
        kind is None
        and topic
        and all(word.casefold() in known.states for word in topic)
        and (names.teams or names.people)
    ):
        kind, state, topic = Kind.ACTION, known.states[topic[0].casefold()], ()
    return Question(
        text=" ".join(said),
        words=words,
        topic=topic,
        phrases=phrases,
        kind=kind,
        state=state,
        who=not known.who.isdisjoint(lower),
        teams=names.teams,
        aliases=names.aliases,
        events=names.events,
        people=names.people,
    )


def read_words(text: str) -> Question:
    """`text` as mere words: what `find` looks for. Stop words count where there is nothing else."""
    said, phrases = chunks(text)
    stop_words = lexicon().stop_words
    telling = [word for word in said if word in phrases or word.casefold() not in stop_words]
    words = tuple(telling or said)
    return Question(" ".join(said), words, words, phrases)


def aliases_in(store: Store, words: Sequence[str]) -> Mapping[str, str]:
    """Which of the words are a team's other name, and its table name."""
    return _Names(store, words).aliases


def _kind(words: Sequence[str], phrases: frozenset[str]) -> tuple[Kind | None, str | None, set[str]]:
    """The kind and state that the words ask for, and the words that said so."""
    known = lexicon()
    for place, word in enumerate(words):
        if word in known.kinds and word not in phrases:
            before = words[place - 1] if place else ""
            state = known.states.get(before)
            return known.kinds[word], state, {word, before} if state else {word}
    return None, None, set()


class _Names:
    """The teams, events and people that words name, and the words that do."""

    def __init__(self, store: Store, words: Sequence[str]) -> None:
        self._store = store
        self.words: set[str] = set()
        self.aliases: dict[str, str] = {}
        runs = [
            tuple(words[start:end])
            for start in range(len(words))
            for end in range(start + 1, min(start + LONGEST_NAME, len(words)) + 1)
        ]
        self.teams = self._teams(runs)
        self.events = self._events(runs)
        keys = {fold(" ".join(run)): run for run in runs}
        people = self._rows(_PEOPLE, keys)
        self.words.update(word for _, key in people for word in keys[key])
        self.people = tuple(dict.fromkeys(row for row, _ in people))

    def _teams(self, runs: Iterable[tuple[str, ...]]) -> dict[str, tuple[int, ...]]:
        """`kolla-k8s` speaks of kolla too, but is a word of the topic."""
        keys: dict[str, tuple[str, ...]] = {}
        for run in runs:
            if len(run) == 1:
                keys |= {team_key(part): () for part in run[0].split("-")[:4]}
            keys[team_key(" ".join(run))] = run
        found = self._rows(_TEAMS, keys)
        self.words.update(word for _, key in found for word in keys[key])
        self.aliases |= {keys[key][0]: name for name, key in found if name != key and len(keys[key]) == 1}
        return {name: tuple(with_parts(self._store, name)) for name, _ in found}

    def _events(self, runs: Iterable[tuple[str, ...]]) -> tuple[Event, ...]:
        """The events of those names, else those of the cycles named."""
        keys = {" ".join(run).casefold(): run for run in runs}
        by_name = [(Event(*row[:3]), row[3]) for row in self._rows(_EVENTS, keys)]
        cycles = {cycle: (word,) for (word, *rest) in keys.values() if not rest and (cycle := cycle_of(word))}
        by_cycle = [(Event(*row[:3]), row[3]) for row in self._rows(_CYCLES, cycles)]
        self.words.update(word for _, key in by_cycle for word in cycles[key])
        self.words.update(word for _, key in by_name for word in keys[key])
        return tuple(dict.fromkeys(event for event, _ in by_name or by_cycle))

    def _rows(self, sql: str, keys: Iterable[str]) -> list[tuple[Any, ...]]:
        return self._store.db.execute(sql, [json.dumps(list(keys))]).fetchall()


_TEAMS = """
SELECT name, name FROM teams WHERE name IN (SELECT value FROM json_each(?1))
UNION SELECT t.name, a.alias FROM team_aliases a JOIN teams t ON t.id = a.team_id
WHERE a.alias IN (SELECT value FROM json_each(?1))"""

_EVENTS = """
SELECT id, name, cycle, lower(name) FROM events WHERE lower(name) IN (SELECT value FROM json_each(?))"""

_CYCLES = """
SELECT id, name, cycle, cycle FROM events WHERE cycle IN (SELECT value FROM json_each(?))"""

_PEOPLE = """
SELECT person_id, key FROM person_names
WHERE kind = 'name' AND network = '' AND key IN (SELECT value FROM json_each(?))"""
