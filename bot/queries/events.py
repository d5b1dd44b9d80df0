"""Events: which there are, and which is newer. Cycles have an order of their own (the alphabet starts again)."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.extraction.gatherings import cycle_index
from bot.store.database import Store


@dataclass(frozen=True, slots=True)
class Event:
    """A gathering, with the number of recaps that tell of it."""

    id: int
    name: str
    cycle: str | None
    recaps: int = 0


def list_events(store: Store, teams: Sequence[int] | None = None) -> list[Event]:
    """Every event that a loaded recap tells of, newest first; with `teams` (their rows) those of recaps about them."""
    condition, values = "", []
    if teams is not None:
        condition = " AND r.id IN (SELECT recap_id FROM recap_teams WHERE team_id IN (SELECT value FROM json_each(?)))"
        values = [json.dumps(list(teams))]
    recaps = dict(
        store.db.execute(
            "SELECT r.event_id, COUNT(*) FROM recaps r WHERE r.event_id IS NOT NULL AND r.unloaded_at IS NULL"
            f"{condition} GROUP BY r.event_id",
            values,
        ).fetchall()
    )
    return [replace(event, recaps=recaps[event.id]) for event in ranked_events(store) if event.id in recaps]


def ranked_events(store: Store) -> list[Event]:
    """All events, newest first: by cycle, then by date; those of no known cycle come last. Their recaps not counted."""

    def age(row: tuple[int, str, str | None, str | None]) -> tuple[int, str, int]:
        number, _, cycle, starts = row
        index = cycle_index(cycle) if cycle else None
        return (-1 if index is None else index, starts or "", number)

    rows = store.db.execute("SELECT id, name, cycle, starts FROM events").fetchall()
    return [Event(*row[:3]) for row in sorted(rows, key=age, reverse=True)]


def newest_events(store: Store) -> list[int]:
    """The rows of all events, newest first."""
    return [event.id for event in ranked_events(store)]


def event_ids(store: Store, name: str | None, cycle: str | None) -> list[int]:
    """The rows of the events of that name, of that cycle, or of both."""
    rows = store.db.execute(
        "SELECT id FROM events WHERE (?1 IS NULL OR name = ?1 COLLATE NOCASE) AND (?2 IS NULL OR cycle = ?2)",
        [name, cycle],
    )
    return [row[0] for row in rows]


def last_event(store: Store, teams: Sequence[int]) -> Event | None:
    """The newest event that a loaded recap of one of those teams tells of."""
    return next(iter(list_events(store, teams)), None)


def teams_of_events(store: Store) -> dict[int, list[str]]:
    """The names of the teams that each event's recaps are about, by the event's row."""
    rows = store.db.execute(
        "SELECT DISTINCT r.event_id, t.name FROM recaps r JOIN recap_teams x ON x.recap_id = r.id"
        " JOIN teams t ON t.id = x.team_id WHERE r.unloaded_at IS NULL AND r.event_id IS NOT NULL ORDER BY t.name"
    )
    found: dict[int, list[str]] = {}
    for event, team in rows:
        found.setdefault(event, []).append(team)
    return found
