"""What came up again: sessions of an event whose topic a team had at an earlier event too.

Headings are compared by their words, not by their meaning: what is told is true, what is worded anew is missed.
"""

import re
import tomllib
from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from bot.extraction.gatherings import cycle_of
from bot.model import Session
from bot.queries.sessions import headings, sessions_by_id
from bot.store.database import Store

NEWEST = 1000
"""Sessions of a team that are looked at."""

SHARED = 0.6
"""The part of the longer heading's words that two headings must share; and two words at least, or all."""


@dataclass(frozen=True, slots=True)
class Again:
    """A session, and the newest one of an earlier event that had its topic."""

    session: Session
    before: Session


def came_up_again(store: Store, team: str, event: int) -> list[Again]:
    """The sessions of a team at an event (its row) whose topic it had before, each with the last time before."""
    rows = headings(store, team, NEWEST)
    order = list(dict.fromkeys(row for *_, row in rows))
    if event not in order:
        return []
    older = set(order[order.index(event) + 1 :])
    earlier = [(session, topic(title)) for session, title, row in rows if row in older]
    holding: defaultdict[str, list[int]] = defaultdict(list)
    for place, (_, words) in enumerate(earlier):
        for word in words:
            holding[word].append(place)
    found = {}
    for session, title, row in rows:
        words = topic(title) if row == event else frozenset()
        shared = Counter(place for word in words for place in holding.get(word, ()))
        # Newest first, as `earlier` is.
        before = next((p for p in sorted(shared) if _is_same(words, earlier[p][1], shared[p])), None)
        if before is not None:
            found[session] = earlier[before][0]
    sessions = {session.id: session for session in sessions_by_id(store, [*found, *found.values()])}
    return [Again(sessions[session], sessions[before]) for session, before in found.items()]


def _is_same(one: frozenset[str], other: frozenset[str], shared: int) -> bool:
    return one == other or (shared > 1 and shared >= SHARED * max(len(one), len(other)))


def topic(title: str) -> frozenset[str]:
    """The words of a heading that say what it is about; none where it stands in every recap."""
    filler, standing = _data()
    words = _words(title, filler)
    return frozenset() if words in standing else words


def _words(title: str, filler: frozenset[str]) -> frozenset[str]:
    words = {_singular(word) for word in re.findall(r"[^\W_]+", title.casefold())} - filler
    return frozenset(word for word in words if not word.isdigit() and not cycle_of(word))


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") else word


@cache
def _data() -> tuple[frozenset[str], frozenset[frozenset[str]]]:
    """The filler, and the topics of every recap."""
    data = tomllib.loads(files("bot.queries").joinpath("data/topics.toml").read_text("utf-8"))
    filler = frozenset(data["filler"].split())
    headings = data["standing"].replace("\n", " ").split(",")
    return filler, frozenset(_words(heading, filler) for heading in headings)
