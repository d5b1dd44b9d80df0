"""Sessions: the topics of the recaps, with what was read from each."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from bot.model import Session
from bot.queries.events import event_ids, newest_events
from bot.queries.match import like
from bot.queries.teams import with_parts
from bot.store.database import Store

PAGE = 200
"""Sessions that a reply's pages may show."""

# A session that names no team is of its recap's first one, as its items are.
_OF_TEAM = """(s.team_id IN (SELECT value FROM json_each(:teams)) OR s.team_id IS NULL AND s.recap_id IN
    (SELECT recap_id FROM recap_teams WHERE position = 0 AND team_id IN (SELECT value FROM json_each(:teams))))"""

_OF_EVENTS = "s.recap_id IN (SELECT id FROM recaps WHERE event_id {} AND unloaded_at IS NULL)"


def list_sessions(
    store: Store,
    *,
    team: str | None = None,
    event: str | None = None,
    cycle: str | None = None,
    words: Sequence[str] = (),
    recap: int | None = None,
    limit: int = PAGE,
) -> tuple[int, tuple[Session, ...]]:
    """How many sessions a team (with its parts), an event, a cycle or a recap has, and the first of them.

    `words` must stand in their headings. Newest event first, then as the recaps have them.
    """
    conditions = ["s.withdrawn = 0"]
    values: dict[str, Any] = {}
    if team is not None:
        conditions.append(_OF_TEAM)
        values["teams"] = json.dumps(with_parts(store, team))
    if recap is not None:
        conditions.append("s.recap_id = :recap")
        values["recap"] = recap
    for number, word in enumerate(words):
        conditions.append(f"s.title || ' ' || s.path LIKE :word{number} ESCAPE '\\'")
        values[f"word{number}"] = "%" + like(word) + "%"
    events: list[int | None] = [*newest_events(store), None]
    if event is not None or cycle is not None:
        events = list(event_ids(store, event, cycle))
        conditions.append(_OF_EVENTS.format("IN (SELECT value FROM json_each(:events))"))
        values["events"] = json.dumps(events)
    where = " AND ".join(conditions)
    total = store.db.execute(f"SELECT COUNT(*) FROM sessions s WHERE {where}", values).fetchone()[0]
    rows = _in_order(store, where, values, events if total else (), limit)
    return total, sessions_by_id(store, [row[0] for row in rows])


def headings(store: Store, team: str, limit: int) -> list[tuple[int, str, int | None]]:
    """The sessions of a team with its parts, newest event first: their rows, titles, and the rows of their events."""
    values = {"teams": json.dumps(with_parts(store, team))}
    return _in_order(store, f"s.withdrawn = 0 AND {_OF_TEAM}", values, [*newest_events(store), None], limit)


def _in_order(
    store: Store, where: str, values: Mapping[str, Any], events: Sequence[int | None], limit: int
) -> list[tuple[int, str, int | None]]:
    """The first sessions of those events, event by event: so no more than one event is ever sorted."""
    found: list[tuple[int, str, int | None]] = []
    for event in events:
        if len(found) >= limit:
            break
        found += store.db.execute(
            f"SELECT s.id, s.title, :event FROM sessions s WHERE {where} AND {_OF_EVENTS.format('IS :event')}"
            " ORDER BY s.recap_id, s.position LIMIT :limit",
            {**values, "event": event, "limit": limit - len(found)},
        )
    return found


def session_by_id(store: Store, session: int) -> Session | None:
    """The session of that number; None where there is none, or it is no longer in its recap."""
    return next(iter(sessions_by_id(store, [session])), None)


def sessions_by_id(store: Store, ids: Sequence[int]) -> tuple[Session, ...]:
    """The sessions of those rows, in that order, with their counts; those no longer in their recap are left out."""
    wanted = json.dumps(list(ids))
    counts: dict[int, dict[str, int]] = {}
    for session, kind, count in store.db.execute(_COUNTS, [wanted]):
        counts.setdefault(session, {})[kind] = count
    found = {row["id"]: _session(row, counts.get(row["id"], {})) for row in store.db.query(_SESSIONS, [wanted])}
    return tuple(found[each] for each in ids if each in found)


_SESSIONS = """
SELECT s.*, t.name AS team, e.name AS event FROM sessions s JOIN recaps r ON r.id = s.recap_id
LEFT JOIN teams t ON t.id = COALESCE(s.team_id,
    (SELECT x.team_id FROM recap_teams x WHERE x.recap_id = s.recap_id AND x.position = 0))
LEFT JOIN events e ON e.id = r.event_id
WHERE s.withdrawn = 0 AND s.id IN (SELECT value FROM json_each(?))"""

_COUNTS = """
SELECT session_id, kind, COUNT(*) FROM items
WHERE session_id IN (SELECT value FROM json_each(?)) AND presence <> 'withdrawn'
    AND reading IN ('firm', 'confirmed') AND state IN ('open', 'decided', 'proposed')
GROUP BY session_id, kind"""


def _session(row: Mapping[str, Any], counts: Mapping[str, int]) -> Session:
    return Session(
        id=row["id"],
        recap=row["recap_id"],
        title=row["title"],
        path=tuple(json.loads(row["path"])),
        team=row["team"],
        event=row["event"],
        decisions=counts.get("decision", 0),
        actions=counts.get("action", 0),
        questions=counts.get("question", 0),
    )
