"""Items: by their id, or by a filter.

Newest first: what was recorded by hand, then by the order of the cycles that the events prepare, then as the recaps
have it. Every list and count comes from a covering index, so that it stays quick over hundreds of thousands of items:
`items_list`, or `items_due` for what is overdue.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import islice
from typing import Any, NamedTuple

from bot.model import Item, Kind
from bot.queries.due import past_since
from bot.queries.events import Event, ranked_events
from bot.queries.filter import FEW, Where, where_of
from bot.queries.filter import STATES as STATES
from bot.queries.filter import Filter as Filter
from bot.queries.labels import read_label
from bot.queries.rows import items_by_id
from bot.store.database import Store

SMALL = 100
"""Items of a list that is counted and put in order here: quicker than by the database, until they are many."""
PAGE = 200
"""Items that a reply's pages may show; beyond that people narrow the list."""


@dataclass(frozen=True, slots=True)
class Found:
    """A list: how long it is, what all of it shares, and the first items."""

    total: int = 0
    unowned: int = 0
    """Actions that nobody owns."""
    overdue: int = 0
    """Open actions that are overdue."""
    team: str | None = None
    """The team of every item, where it is one."""
    event: str | None = None
    """The event of every item, where it is one."""
    ids: tuple[int, ...] = ()
    """The rows of the first items, in order."""
    items: tuple[Item, ...] = ()


class _Row(NamedTuple):
    """What counts and order of a list need to know of an item."""

    id: int
    event: int | None
    recap: int | None
    start: int
    team: int | None
    unowned: int
    due: str | None


_ROW = "i.id, i.event_id, i.recap_id, i.start, i.team_id, i.kind = 'action' AND i.owned = 0, i.due"


def find_items(
    store: Store,
    wanted: Filter,
    now: date,
    limit: int = PAGE,
    *,
    built: int | None = None,
    oldest_first: bool = False,
) -> Found:
    """The items that `wanted` describes: how many there are, and the first `limit`.

    `now` is an instant, or the day it is where people ask. Where only the first `built` are made, `items_by_id` makes
    the others from `ids`.
    """
    day = _day(now)
    where = where_of(store, wanted, day)
    if where is not None and wanted.words:
        where = _looked_up(store, where)
    if where is None:
        return Found()
    events = ranked_events(store)
    dues = wanted.kind is Kind.ACTION and wanted.state == "open"
    few = list(islice(_each(store, where), SMALL + 1))
    if len(few) <= SMALL:
        found = _found(few, events, day if dues else None, oldest_first)
        ids = found.ids[:limit]
        items = items_by_id(store, ids[:built])
        shared = items[0].team if items and len({row.team for row in few}) == 1 else None
        return replace(found, ids=ids, items=items, team=shared)
    counts = list(_grouped(store, where, _COUNTS))
    there = {event for event, *_ in counts}
    first: list[int] = []
    for part, values, order in _parts([event.id for event in events], there, oldest_first):
        if len(first) >= limit:
            break
        rows = store.db.execute(
            f"SELECT i.id FROM items i WHERE {where.sql} AND {part} ORDER BY {order} LIMIT ?",
            [*where.values, *values, limit - len(first)],
        )
        first += [row[0] for row in rows]
    return Found(
        total=sum(number for _, number, _ in counts),
        unowned=sum(nobodys for *_, nobodys in counts),
        overdue=_overdue(store, where, day, events) if dues else 0,
        team=_one_team(store, where, first[0]) if first else None,
        event=next((event.name for event in events if there == {event.id}), None),
        ids=tuple(first),
        items=items_by_id(store, first[:built]),
    )


def _found(rows: list[_Row], events: Sequence[Event], day: date | None, oldest_first: bool) -> Found:
    """A short list, but for its items and their team: what `_parts` and the sums do for a long one."""
    rank: dict[int | None, int] = {event.id: number for number, event in enumerate(events)}
    cycles: dict[int | None, str | None] = {event.id: event.cycle for event in events}

    def place(row: _Row) -> tuple[int, int, int, int]:
        if row.recap is None:
            return (1, row.id, 0, 0) if oldest_first else (-1, -row.id, 0, 0)
        part = rank.get(row.event, len(rank))
        return -part if oldest_first else part, row.recap, row.start, row.id

    there = {row.event for row in rows}
    return Found(
        total=len(rows),
        unowned=sum(row.unowned for row in rows),
        overdue=sum(past_since(row.due, cycles.get(row.event), day) is not None for row in rows if row.due)
        if day
        else 0,
        event=next((event.name for event in events if there == {event.id}), None),
        ids=tuple(row.id for row in sorted(rows, key=place)),
    )


_COUNTS = "COUNT(*), COUNT(*) FILTER (WHERE i.owned = 0 AND i.kind = 'action')"


def _looked_up(store: Store, where: Where) -> Where:
    """The same as a list of rows, where they are few: words are then searched for once, not for each event again."""
    rows = store.db.execute(f"SELECT i.id FROM items i WHERE {where.sql} LIMIT {FEW}", where.values).fetchall()
    if len(rows) == FEW:
        return where
    return Where(["i.id IN (SELECT value FROM json_each(?))"], [json.dumps([row[0] for row in rows])], narrow=True)


def _one_team(store: Store, where: Where, first: int) -> str | None:
    """The team of the first item, where all the others are of the same."""
    row = store.db.execute(
        "SELECT t.name FROM items f JOIN teams t ON t.id = f.team_id WHERE f.id = ? AND NOT EXISTS"
        f" (SELECT 1 FROM items i WHERE {where.sql} AND i.team_id IS NOT f.team_id)",
        [first, *where.values],
    ).fetchone()
    return None if row is None else str(row[0])


def _overdue(store: Store, where: Where, day: date, events: Sequence[Event]) -> int:
    """How many of those open actions are overdue."""
    cycles = {event.id: event.cycle for event in events}
    index = "" if where.narrow else " INDEXED BY items_due"
    dues = store.db.execute(
        f"SELECT i.event_id, i.due, COUNT(*) FROM items i{index} WHERE {where.sql} AND i.due IS NOT NULL"
        " GROUP BY i.event_id, i.due",
        where.values,
    )
    return sum(number for event, due, number in dues if past_since(due, cycles.get(event), day))


def _grouped(store: Store, where: Where, sums: str) -> Iterator[tuple[Any, ...]]:
    """Aggregates of the items by event, those of none last; the first of them is their number.

    A narrow filter leads to few items, which are grouped as they come. For a wide one each event is asked for by
    itself: GROUP BY would compare every row with the one before, which takes as long again as counting them.
    """
    if where.narrow:
        yield from store.db.execute(
            f"SELECT i.event_id, {sums} FROM items i WHERE {where.sql} GROUP BY i.event_id", where.values
        )
        return
    asked = f" WHERE id IN ({where.events})" if where.events else ""
    events: list[int | None] = [row[0] for row in store.db.execute(f"SELECT id FROM events{asked}")]
    for event in [*events, None] if where.without else events:
        counted = store.db.execute(
            f"SELECT {sums} FROM items i INDEXED BY {where.index} WHERE i.event_id IS ? AND {where.sql}",
            [event, *where.values],
        ).fetchone()
        if counted[0]:
            yield event, *counted


def _each(store: Store, where: Where) -> Iterator[_Row]:
    """The items, event by event where the filter is wide: of a team no more is read than its own part of the index."""
    sources = [("items i", "1")]
    if not where.narrow:
        asked = f" AND e.id IN ({where.events})" if where.events else ""
        sources = [(f"events e CROSS JOIN items i INDEXED BY {where.index}", f"i.event_id = e.id{asked}")]
        if where.without:
            sources.append((f"items i INDEXED BY {where.index}", "i.event_id IS NULL"))
    for source, joined in sources:
        yield from map(
            _Row._make,
            store.db.execute(f"SELECT {_ROW} FROM {source} WHERE {joined} AND {where.sql}", where.values),
        )


def count_items(store: Store, wanted: Filter, now: date, most: int | None = None) -> int:
    """How many items `wanted` describes; where `most` is given, no more than that are counted."""
    where = where_of(store, wanted, _day(now))
    if where is None:
        return 0
    if most is None:
        return sum(number for _, number in _grouped(store, where, "COUNT(*)"))
    counted = f"SELECT COUNT(*) FROM (SELECT 1 FROM items i WHERE {where.sql} LIMIT ?)"
    return int(store.db.execute(counted, [*where.values, most]).fetchone()[0])


def _day(now: date) -> date:
    return now.date() if isinstance(now, datetime) else now


_Part = tuple[str, list[int | None], str]
"""Conditions, their values, and the order within them."""


def _parts(newest: Sequence[int], there: set[int | None], oldest_first: bool) -> list[_Part]:
    """A list in parts, one after the other: what was recorded by hand, then each event that occurs in it.

    Asked part by part, the database sorts one event at most, not the whole list.
    """
    recorded: _Part = ("i.recap_id IS NULL", [], "i.id" if oldest_first else "i.id DESC")
    events: list[_Part] = [
        ("i.event_id IS ? AND i.recap_id IS NOT NULL", [event], 'i.recap_id, i."start", i.id')
        for event in [*newest, None]
        if event in there
    ]
    if None not in there:
        return events[::-1] if oldest_first else events
    return [*reversed(events), recorded] if oldest_first else [recorded, *events]


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
