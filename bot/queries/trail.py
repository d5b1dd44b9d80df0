"""What happened to an item, a recap or a rule: the audit trail and the notes, oldest first."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.store.database import Store


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that somebody did: the command's word, and what it made of which fields."""

    batch: int
    """The same for all that one command did."""
    at: datetime
    by: str
    what: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    note: str | None = None
    """The words of a note."""


def history(store: Store, label: str) -> list[Entry]:
    """Everything that people did to what has that id, without what was undone."""
    rows = store.db.query(
        "SELECT c.batch, c.at, c.name, c.what, c.before, c.after, n.text AS note FROM changes c"
        " LEFT JOIN notes n ON n.id = json_extract(c.after, '$.note')"
        " WHERE c.subject = ? AND c.undone = 0 ORDER BY c.id",
        [label],
    )
    return [
        Entry(
            row["batch"],
            datetime.fromisoformat(row["at"]),
            row["name"],
            row["what"],
            json.loads(row["before"]),
            json.loads(row["after"]),
            row["note"],
        )
        for row in rows
    ]
