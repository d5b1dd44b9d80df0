"""Events: which there are, and which is newer. Cycles have an order of their own (the alphabet starts again)."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

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
    rows = store.db.query(
        "SELECT e.id, e.name, e.cycle, COUNT(*) AS recaps FROM events e"
        f" JOIN recaps r ON r.event_id = e.id AND r.unloaded_at IS NULL{condition} GROUP BY e.id",
        values,
    )
    known = {row["id"]: Event(row["id"], row["name"], row["cycle"], row["recaps"]) for row in rows}
    return [known[each] for each in newest_events(store) if each in known]


def newest_events(store: Store) -> list[int]:
    """The rows of all events, newest first: by cycle, then by date; those of no known cycle come last."""

    def age(row: tuple[int, str | None, str | None]) -> tuple[int, str, int]:
        number, cycle, starts = row
        index = cycle_index(cycle) if cycle else None
        return (-1 if index is None else index, starts or "", number)

    rows = store.db.execute("SELECT id, cycle, starts FROM events").fetchall()
    return [row[0] for row in sorted(rows, key=age, reverse=True)]


def cycles_of_events(store: Store) -> dict[int | None, str | None]:
    """The cycle that each event prepares, by the event's row."""
    return dict(store.db.execute("SELECT id, cycle FROM events").fetchall())


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
