"""Items: by their id, or by a filter.

Lists hold firm and confirmed items unless candidates or rejected ones are asked for, and never withdrawn ones. Newest
first: what was recorded by hand, then by the order of the cycles that the events prepare, then as the recaps have it.
Every list comes from one covering index (`items_list`), so that it stays quick over hundreds of thousands of items.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from bot.model import Item, Kind
from bot.queries.due import past_since
from bot.queries.events import event_ids, newest_events
from bot.queries.labels import read_label
from bot.queries.match import all_of
from bot.queries.rows import items_by_id
from bot.queries.teams import with_parts
from bot.store.database import Store

PAGE = 200
"""Items that a reply's pages may show; beyond that people narrow the list."""

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


@dataclass(frozen=True, slots=True)
class Found:
    """The first items of a list, and how long it is."""

    total: int
    unowned: int
    items: tuple[Item, ...]


def find_items(store: Store, wanted: Filter, now: date, limit: int = PAGE, *, oldest_first: bool = False) -> Found:
    """The items that `wanted` describes: how many, how many actions of them nobody owns, and the first `limit`.

    `now` is an instant, or the day it is where people ask.
    """
    where = _where(store, wanted, _day(now))
    if where is None:
        return Found(0, 0, ())
    total, unowned = store.db.execute(
        f"SELECT COUNT(*), COALESCE(SUM(i.kind = 'action' AND {_UNOWNED}), 0) FROM items i WHERE {where.sql}",
        where.values,
    ).fetchone()
    ids: list[int] = []
    for part, values, order in _parts_in_order(store, where, oldest_first) if total else ():
        if len(ids) >= limit:
            break
        rows = store.db.execute(
            f"SELECT i.id FROM items i WHERE {where.sql} AND {part} ORDER BY {order} LIMIT ?",
            [*where.values, *values, limit - len(ids)],
        )
        ids += [row[0] for row in rows]
    return Found(total, unowned, items_by_id(store, ids))


def _day(now: date) -> date:
    return now.date() if isinstance(now, datetime) else now


_Part = tuple[str, list[int | None], str]
"""Conditions, their values, and the order within them."""


def _parts_in_order(store: Store, where: "_Where", oldest_first: bool) -> list[_Part]:
    """A list in parts, one after the other: what was recorded by hand, then each event that occurs in it.

    Asked part by part, the database sorts one event at most, not the whole list.
    """
    recorded: _Part = ("i.recap_id IS NULL", [], "i.id" if oldest_first else "i.id DESC")
    rows = store.db.execute(f"SELECT DISTINCT i.event_id FROM items i WHERE {where.sql}", where.values)
    there = {row[0] for row in rows}
    ranked = [event for event in [*newest_events(store), None] if event in there]
    events: list[_Part] = [
        ("i.event_id IS ? AND i.recap_id IS NOT NULL", [event], 'i.recap_id, i."start", i.id') for event in ranked
    ]
    return [*reversed(events), recorded] if oldest_first else [recorded, *events]


def count_items(store: Store, wanted: Filter, now: date) -> int:
    """How many items `wanted` describes."""
    where = _where(store, wanted, _day(now))
    if where is None:
        return 0
    return int(store.db.execute(f"SELECT COUNT(*) FROM items i WHERE {where.sql}", where.values).fetchone()[0])


def by_label(store: Store, label: str, kind: Kind | None = None) -> Item | None:
    """The item of that id (`A17`, `a17`, `ACTION-17`), or None. Of a pair (`D4/A12`) the one of `kind`, else the first.

    Withdrawn and rejected items are found too: whoever changes things looks at `presence` and `reading`.
    """
    labels = [each for each in read_label(label) if each.kind is not None]
    if not labels:
        return None
    chosen = next((each for each in labels if each.kind is kind), labels[0])
    row = store.db.execute(
        "SELECT id FROM items WHERE kind = ? AND number = ?", [chosen.kind, chosen.number]
    ).fetchone()
    return items_by_id(store, [row[0]])[0] if row else None


@dataclass(slots=True)
class _Where:
    """Conditions on `items i`, with their values."""

    conditions: list[str]
    values: list[Any]

    def add(self, condition: str, *values: Any) -> None:
        self.conditions.append(condition)
        self.values.extend(values)

    @property
    def sql(self) -> str:
        return " AND ".join(self.conditions)


def _where(store: Store, wanted: Filter, today: date) -> _Where | None:
    """The conditions of a filter; None where nothing can fulfil them (an event that is not known)."""
    where = _Where([_kinds_and_states(wanted), "i.presence <> 'withdrawn'"], [])
    if wanted.reading == "firm":
        where.add("i.reading IN ('firm', 'confirmed')")
    else:
        where.add("i.reading = ?", wanted.reading)
    if wanted.event is not None or wanted.cycle is not None:
        events = event_ids(store, wanted.event, wanted.cycle)
        if not events and not wanted.or_recorded:
            return None
        recorded = " OR i.recap_id IS NULL" if wanted.or_recorded else ""
        where.add(f"({_IN.format('i.event_id')}{recorded})", json.dumps(events))
    if wanted.team is not None:
        where.add(_IN.format("i.team_id"), json.dumps(with_parts(store, wanted.team)))
    for column, value in (("i.recap_id", wanted.recap), ("i.session_id", wanted.session)):
        if value is not None:
            where.add(f"{column} = ?", value)
    if wanted.words:
        where.add("i.id IN (SELECT rowid FROM items_fts WHERE items_fts MATCH ?)", all_of(store, wanted.words))
    _add_what_actions_have(store, where, wanted, today)
    return where


def _add_what_actions_have(store: Store, where: _Where, wanted: Filter, today: date) -> None:
    """The conditions on owners, snoozing and due."""
    if wanted.person is not None:
        where.add("i.id IN (SELECT item_id FROM item_owners WHERE person_id = ?)", wanted.person)
    if wanted.unowned:
        where.add(_UNOWNED)
    if wanted.snoozed is not None:
        where.add(f"COALESCE(i.snoozed_until, '') {'>' if wanted.snoozed else '<='} ?", today.isoformat())
    if wanted.overdue:
        where.add(_OVERDUE, today.isoformat(), json.dumps(_past_dues(store, where, today)))


_IN = "{} IN (SELECT value FROM json_each(?))"

_UNOWNED = "NOT EXISTS (SELECT 1 FROM item_owners o WHERE o.item_id = i.id)"

_OVERDUE = """(i.due GLOB '[0-9]*' AND i.due < ? OR (i.due, COALESCE(i.event_id, 0)) IN
    (SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(?)))"""


def _kinds_and_states(wanted: Filter) -> str:
    """Kind and state, which `items_list` begins with. Every word here is ours.

    With several kinds, all their states are taken together: no state of one means another thing in another.
    """
    kinds = [wanted.kind] if wanted.kind else list(Kind)
    if wanted.overdue:
        kinds, states = [kind for kind in kinds if kind is Kind.ACTION], {"open"}
    elif wanted.state == "all" or wanted.reading == "rejected":
        states = {state for kind in kinds for state in ALL_STATES[kind]}
    else:
        states = {state for kind in kinds for state in STATES[kind][wanted.state]}
    # The plus keeps SQLite from this index where another one leads to a handful of rows.
    plus = "+" if wanted.session is not None or wanted.recap is not None else ""
    return f"{plus}i.kind IN ({_quoted(kinds)}) AND i.state IN ({_quoted(sorted(states))})"


def _quoted(words: Sequence[str]) -> str:
    return ", ".join(f"'{word}'" for word in words)


def _past_dues(store: Store, where: _Where, today: date) -> list[tuple[str, int]]:
    """The milestones and cycles, with the event they belong to, that are over: few, whatever the number of items."""
    rows = store.db.execute(
        "SELECT DISTINCT i.due, COALESCE(i.event_id, 0), e.cycle FROM items i LEFT JOIN events e ON e.id = i.event_id"
        f" WHERE {where.sql} AND i.due IS NOT NULL AND i.due NOT GLOB '[0-9]*'",
        where.values,
    ).fetchall()
    return [(due, event) for due, event, cycle in rows if past_since(due, cycle, today)]
