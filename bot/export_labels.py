"""What humans said of the readings, in the form of the labels that the reader is measured and taught with.

One object a recap, as in the label files of tools/labelled.py. What somebody confirmed (or did, dropped, answered: one
does not do what is none) is required; what somebody rejected is left out, so that it counts as wrong; what nobody
looked at is optional, and counts for nothing. Recaps that nobody touched are not told.
"""

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import Any

from bot.model import Item, Recap
from bot.queries.recaps import list_recaps
from bot.queries.sessions import list_sessions
from bot.queries.whole import items_of_recap
from bot.store.database import Store

EVERYTHING = 10**9
_UNTOUCHED = ("open", "decided", "proposed")


def export_labels(store: Store) -> Iterator[dict[str, Any]]:
    """The labels of every recap of which a human confirmed, rejected or finished something, newest event first."""
    for recap in list_recaps(store, limit=EVERYTHING)[1]:
        items = [item for item in items_of_recap(store, recap.id) if item.presence == "here"]
        if any(_judged(item) for item in items):
            yield _labels(store, recap, items)


def _judged(item: Item) -> bool:
    return item.reading in ("confirmed", "rejected") or item.state not in _UNTOUCHED


def _labels(store: Store, recap: Recap, items: Sequence[Item]) -> dict[str, Any]:
    sessions = {session.id: session for session in list_sessions(store, recap=recap.id, limit=EVERYTHING)[1]}
    passages: dict[tuple[int | None, int | None], list[Item]] = {}
    for item in items:
        if item.reading != "rejected":
            passages.setdefault((item.start, item.end), []).append(item)
    return {
        "document": PurePosixPath(recap.address).name,
        "title": recap.title,
        "author": recap.author,
        "published": recap.published.isoformat() if recap.published else None,
        "event": recap.event,
        "cycle": recap.cycle,
        "teams": list(recap.teams),
        "sessions": [list(session.path) for session in sessions.values()],
        "topics": [],
        "items": [
            {
                "kinds": [item.kind.value for item in same],
                "optional": [item.kind.value for item in same if not _judged(item)],
                "owners": _owners(recap, same),
                "session": next((sessions[item.session].title for item in same if item.session in sessions), None),
                "quote": same[0].quote,
            }
            for same in passages.values()
        ],
    }


def _owners(recap: Recap, items: Sequence[Item]) -> list[str]:
    """The owners of the passage, with "team" for the recap's own."""
    found = [owner for item in items for owner in item.owners]
    return list(dict.fromkeys("team" if owner.team and owner.name in recap.teams else owner.name for owner in found))
