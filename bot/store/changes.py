"""The audit trail: every change by a person, with what was before and after it, and its undoing.

What one command changes is one `batch` (`Store.batch`). A change of a subject is undone by putting back the fields it
changed, and only while they still hold what it made of them.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from bot.model import Actor
from bot.store.database import Store


def stamp(moment: datetime) -> str:
    """An instant as the database keeps it, and compares it: as text, in UTC."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def log_change(
    store: Store,
    subject: str,
    what: str,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    actor: Actor,
    now: datetime,
) -> None:
    """Write one row of the trail; call it in the transaction of the change itself."""
    store.db.execute(
        "INSERT INTO changes (batch, subject, what, before, after, identity, name, network, room, at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            store.batch(),
            subject,
            what,
            json.dumps(before, ensure_ascii=False),
            json.dumps(after, ensure_ascii=False),
            actor.identity,
            actor.name,
            actor.network,
            actor.room,
            stamp(now),
        ],
    )
