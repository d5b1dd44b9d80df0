"""Recaps: which are loaded, where they stand, and the passages around what was read from them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from bot.model import Recap
from bot.queries.events import newest_events
from bot.queries.teams import with_parts
from bot.store.database import Store

PAGE = 200
"""Recaps that a reply's pages may show."""


@dataclass(frozen=True, slots=True)
class Totals:
    """What the memory holds, in figures."""

    recaps: int
    sessions: int
    decisions: int
    open_actions: int
    open_questions: int
    candidates: int
    events: int


def list_recaps(store: Store, team: str | None = None, limit: int = PAGE) -> tuple[int, tuple[Recap, ...]]:
    """How many recaps are loaded, of a team with its parts or of all, and the first of them, newest event first."""
    condition, values = "r.unloaded_at IS NULL", []
    if team is not None:
        condition += " AND r.id IN (SELECT recap_id FROM recap_teams WHERE team_id IN (SELECT value FROM json_each(?)))"
        values = [json.dumps(with_parts(store, team))]
    rows = store.db.execute(f"SELECT r.id, r.event_id FROM recaps r WHERE {condition}", values).fetchall()
    rank = {event: number for number, event in enumerate(newest_events(store))}
    ordered = sorted(rows, key=lambda row: (rank.get(row[1], len(rank)), row[0]))
    found = {recap.id: recap for recap in _recaps(store, [row[0] for row in ordered[:limit]])}
    return len(ordered), tuple(found[row[0]] for row in ordered[:limit])


def known_texts(store: Store) -> frozenset[str]:
    """The digests of the texts that are loaded, and of their older copies that still stand somewhere."""
    rows = store.db.execute(
        "SELECT r.text_hash, a.text_hash FROM recaps r LEFT JOIN recap_addresses a ON a.recap_id = r.id"
        " WHERE r.unloaded_at IS NULL"
    )
    return frozenset(digest for row in rows for digest in row if digest)


def recap_by_id(store: Store, recap: int) -> Recap | None:
    """The loaded recap of that number; None where there is none, or it was taken out."""
    return next(iter(_recaps(store, [recap])), None)


def _recaps(store: Store, ids: list[int]) -> list[Recap]:
    rows = store.db.query(
        "SELECT r.id, r.address, r.url, r.title, r.author, r.published, r.loaded_by, r.loaded_at,"
        " e.name AS event, e.cycle, (SELECT json_group_array(t.name ORDER BY x.position) FROM recap_teams x"
        " JOIN teams t ON t.id = x.team_id WHERE x.recap_id = r.id) AS teams"
        " FROM recaps r LEFT JOIN events e ON e.id = r.event_id"
        " WHERE r.unloaded_at IS NULL AND r.id IN (SELECT value FROM json_each(?))",
        [json.dumps(ids)],
    )
    return [_recap(row) for row in rows]


def _recap(row: Mapping[str, Any]) -> Recap:
    return Recap(
        id=row["id"],
        address=row["address"],
        title=row["title"],
        author=row["author"],
        published=date.fromisoformat(row["published"]) if row["published"] else None,
        event=row["event"],
        cycle=row["cycle"],
        teams=tuple(json.loads(row["teams"])),
        loaded_by=row["loaded_by"],
        loaded_at=datetime.fromisoformat(row["loaded_at"]),
        url=row["url"],
    )


def gaps(recap: Recap) -> tuple[str, ...]:
    """What a recap does not say and a reader would look for."""
    said = {
        "title": recap.title,
        "date": recap.published,
        "author": recap.author,
        "team": recap.teams,
        "event": recap.event,
    }
    return tuple(f"no {name}" for name, value in said.items() if not value)


def surroundings(store: Store, recap: int, start: int) -> str | None:
    """The paragraph, or list item, that the place `start` of a recap stands in, without markup."""
    row = store.db.execute(
        'SELECT text FROM blocks WHERE recap_id = ? AND "start" <= ? AND "end" > ? ORDER BY "start" DESC LIMIT 1',
        [recap, start, start],
    ).fetchone()
    return row[0] if row else None


def totals(store: Store) -> Totals:
    """What the memory holds, in figures."""
    counts = dict(store.db.execute(_STANDING).fetchall())
    recaps, sessions, candidates, events = store.db.execute(_TOTALS).fetchone()
    decisions, actions, questions = (counts.get(kind, 0) for kind in ("decision", "action", "question"))
    return Totals(recaps, sessions, decisions, actions, questions, candidates, events)


_STANDING = """
SELECT kind, COUNT(*) FROM items WHERE kind IN ('decision', 'action', 'question')
    AND state IN ('decided', 'proposed', 'open') AND reading IN ('firm', 'confirmed') AND presence <> 'withdrawn'
GROUP BY kind"""

_TOTALS = """
SELECT (SELECT COUNT(*) FROM recaps WHERE unloaded_at IS NULL),
    (SELECT COUNT(*) FROM sessions WHERE withdrawn = 0),
    (SELECT COUNT(*) FROM items WHERE reading = 'candidate' AND presence <> 'withdrawn'),
    (SELECT COUNT(DISTINCT event_id) FROM recaps WHERE unloaded_at IS NULL)"""
