"""Which items a list wants, and what that means in SQL: conditions on `items i`.

Lists hold firm and confirmed items unless candidates or rejected ones are asked for, and never withdrawn ones.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from bot.model import Kind
from bot.queries.due import past_since
from bot.queries.events import event_ids
from bot.queries.match import all_of
from bot.queries.teams import with_parts
from bot.store.database import Store

STATES: dict[Kind, dict[str, tuple[str, ...]]] = {
    Kind.ACTION: {"open": ("open",), "done": ("done",), "dropped": ("dropped",)},
    Kind.DECISION: {"open": ("decided", "proposed"), "done": ("decided",), "dropped": ("superseded",)},
    Kind.QUESTION: {"open": ("open",), "done": ("answered",), "dropped": ()},
}
"""What the words of a filter mean for each kind; `all` is every state."""

ALL_STATES: dict[Kind, tuple[str, ...]] = {
    Kind.ACTION: ("open", "done", "dropped"),
    Kind.DECISION: ("decided", "proposed", "superseded"),
    Kind.QUESTION: ("open", "answered"),
}


@dataclass(frozen=True, slots=True)
class Filter:
    """Which items a list wants. What is not said does not narrow it, save `state` and `reading`."""

    kind: Kind | None = None
    team: str | None = None
    """A team by its table name; its parts are included."""
    event: str | None = None
    """An event by its name."""
    cycle: str | None = None
    or_recorded: bool = False
    """Beside an event or cycle: what was recorded by hand too, which belongs to none."""
    person: int | None = None
    """An owner, by their row in `people` (`bot.queries.people.resolve`)."""
    also: int | None = None
    """Beside that one: the row of another name that the same person goes by."""
    state: str = "open"
    """open, done, dropped or all: `STATES` says what they mean for each kind."""
    reading: str = "firm"
    """firm (with confirmed), candidate or rejected; rejected ones are listed whatever their state."""
    snoozed: bool | None = None
    """True: only what is snoozed now. False: only what is not. None: both."""
    overdue: bool = False
    unowned: bool = False
    words: tuple[str, ...] = ()
    """All of them must stand in the text or the headings of an item; the beginning of a word is enough."""
    recap: int | None = None
    session: int | None = None


@dataclass(slots=True)
class Where:
    """Conditions on `items i`, with their values."""

    conditions: list[str]
    values: list[Any]
    narrow: bool
    """Whether they lead to few items, by an index of their own."""
    events: str = ""
    """The rows of the events asked for, comma by comma; empty for all."""
    without: bool = True
    """Whether what belongs to no event is wanted too."""
    index: str = "items_list"
    """The index that a wide filter walks."""

    def add(self, condition: str, *values: Any) -> None:
        self.conditions.append(condition)
        self.values.extend(values)

    @property
    def sql(self) -> str:
        return " AND ".join(self.conditions)


FEW = 5000
"""Items that are better looked up one by one than found in a walk through the index of all."""


def where_of(store: Store, wanted: Filter, today: date) -> Where | None:
    """The conditions of a filter; None where nothing can fulfil them (an unknown event, overdue decisions)."""
    kinds, states = _kinds_and_states(wanted)
    if not kinds or not states:
        return None
    match = all_of(store, wanted.words) if wanted.words else None
    where = Where(["i.presence <> 'withdrawn'"], [], _is_narrow(store, wanted, match))
    # The plus keeps SQLite from the index of the lists where another one leads to a handful of rows.
    where.add(f"{'+' if where.narrow else ''}i.kind IN ({_quoted(kinds)}) AND i.state IN ({_quoted(sorted(states))})")
    if wanted.reading == "firm":
        where.add("i.reading IN ('firm', 'confirmed')")
    else:
        where.add("i.reading = ?", wanted.reading)
    if wanted.event is not None or wanted.cycle is not None:
        events = event_ids(store, wanted.event, wanted.cycle)
        if not events and not wanted.or_recorded:
            return None
        where.events, where.without = _listed(events) or "NULL", wanted.or_recorded
        recorded = " OR i.event_id IS NULL AND i.recap_id IS NULL" if wanted.or_recorded else ""
        where.add(f"(i.event_id IN ({where.events}){recorded})")
    if wanted.team is not None:
        teams = with_parts(store, wanted.team)
        if not teams:
            return None
        where.add(f"i.team_id IN ({_listed(teams)})")
    for column, value in (("i.recap_id", wanted.recap), ("i.session_id", wanted.session)):
        if value is not None:
            where.add(f"{column} = ?", value)
    if match is not None:
        where.add("i.id IN (SELECT rowid FROM items_fts WHERE items_fts MATCH ?)", match)
    _add_what_actions_have(store, where, wanted, today)
    return where


def _is_narrow(store: Store, wanted: Filter, match: str | None) -> bool:
    """Whether a filter leads to few items by another index than that of the lists."""
    if wanted.recap is not None or wanted.session is not None:
        return True
    for source, value in (
        ("item_owners WHERE person_id = ?", wanted.person),
        ("items_fts WHERE items_fts MATCH ?", match),
    ):
        if value is not None:
            counted = f"SELECT COUNT(*) FROM (SELECT 1 FROM {source} LIMIT {FEW})"
            if store.db.execute(counted, [value]).fetchone()[0] < FEW:
                return True
    return False


def _listed(rows: Sequence[int]) -> str:
    return ", ".join(str(row) for row in rows)


def _add_what_actions_have(store: Store, where: Where, wanted: Filter, today: date) -> None:
    """The conditions on owners, snoozing and due."""
    if wanted.person is not None:
        owned = "i.id IN (SELECT item_id FROM item_owners WHERE person_id IN (?, ?))"
        where.add(owned, wanted.person, wanted.person if wanted.also is None else wanted.also)
    if wanted.unowned:
        where.add(_UNOWNED)
    if wanted.snoozed is not None:
        where.add(f"COALESCE(i.snoozed_until, '') {'>' if wanted.snoozed else '<='} ?", today.isoformat())
    if wanted.overdue:
        if wanted.team is None:  # a team's part of the lists is short, and `items_due` is not in order of teams
            where.index = "items_due"
        where.add(_OVERDUE, today.isoformat(), json.dumps(_past_dues(store, where, today)))


_UNOWNED = "i.owned = 0"

_OVERDUE = """i.due IS NOT NULL AND (i.due GLOB '[0-9]*' AND i.due < ? OR (i.due, COALESCE(i.event_id, 0)) IN
    (SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(?)))"""


def _kinds_and_states(wanted: Filter) -> tuple[list[Kind], set[str]]:
    """Kinds and states, which `items_list` begins with: every word is ours. One is empty where nothing is wanted.

    With several kinds, all their states are taken together: no state of one means another thing in another. Actions
    alone may be overdue, and a question is never dropped.
    """
    kinds = [wanted.kind] if wanted.kind else list(Kind)
    if wanted.overdue:
        return [kind for kind in kinds if kind is Kind.ACTION], {"open"}
    if wanted.state == "all" or wanted.reading == "rejected":
        return kinds, {state for kind in kinds for state in ALL_STATES[kind]}
    return kinds, {state for kind in kinds for state in STATES[kind][wanted.state]}


def _quoted(words: Sequence[str]) -> str:
    return ", ".join(f"'{word}'" for word in words)


def _past_dues(store: Store, where: Where, today: date) -> list[tuple[str, int]]:
    """The milestones and cycles, with the event they belong to, that are over: few, whatever the number of items."""
    rows = store.db.execute(
        "SELECT DISTINCT i.due, COALESCE(i.event_id, 0), e.cycle FROM items i LEFT JOIN events e ON e.id = i.event_id"
        f" WHERE {where.sql} AND i.due IS NOT NULL AND i.due NOT GLOB '[0-9]*'",
        where.values,
    ).fetchall()
    return [(due, event) for due, event, cycle in rows if past_since(due, cycle, today)]
