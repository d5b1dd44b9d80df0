"""Which stored recap a document is: by the address it was loaded under, by its text, by its title, author and event.

An address is a URL, a Message-ID or a path below the folder given, and two folders may hold files of one name: under a
path, a text that shares nothing with the recap of that address is another recap, which then has the address too.
Copies are one recap with several addresses; what stood at each is kept, so that an old copy is told from an edit.
"""

import re
from collections.abc import Mapping
from typing import Any

from sqlite_utils import Database

from bot.model import ReadRecap

RUN = 5
"""Words that stand in a row in two texts by chance as good as never."""

SHARED = 0.2
"""The part of the shorter text's runs of words that an edited recap still has, however much was written anew."""

_COLUMNS = "r.id, r.text_hash, r.unloaded_at, r.text"


def find_recap(db: Database, read: ReadRecap) -> Mapping[str, Any] | None:
    """The stored recap that this is: by address, else by equal text, else by title, author and event.

    Found by its address it has a `seen_hash`: of the text that stood there when it was last loaded.
    """
    text, digest = read.document.text, read.document.digest
    by_address = (
        f"SELECT {_COLUMNS}, a.text_hash AS seen_hash FROM recaps r JOIN recap_addresses a ON a.recap_id = r.id"
        " WHERE a.address = ? ORDER BY r.text_hash = ? DESC, a.text_hash = ? DESC, r.id"
    )
    for row in db.query(by_address, [read.document.address, digest, digest]):
        same = digest in (row["text_hash"], row["seen_hash"])
        if same or "://" in read.document.address or likeness(row["text"], text) >= SHARED:
            return row
    by_text = f"SELECT {_COLUMNS} FROM recaps r WHERE r.text_hash = ?"
    by_name = (
        f"SELECT {_COLUMNS} FROM recaps r JOIN events e ON e.id = r.event_id"
        " WHERE r.title = ? AND r.author = ? AND e.name = ?"
    )
    for row in db.query(by_text, [digest]):
        return row
    # Of two mails under one subject (part 1, part 2) neither is the other, however alike their heads are.
    named = db.query(by_name, [read.title, read.author, read.event])
    return next((row for row in named if likeness(row["text"], text) >= SHARED), None)


def remember_address(db: Database, address: str, recap: int, digest: str) -> None:
    """Keep an address that a recap was loaded under, and which text stood there."""
    db.execute(
        "INSERT INTO recap_addresses VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET text_hash = excluded.text_hash"
        " WHERE text_hash <> excluded.text_hash",
        [address, recap, digest],
    )


def forget_texts(db: Database, recap: int) -> None:
    """Take what stands at the addresses of a recap for new, whatever stood there: it holds an older text again."""
    db.execute("UPDATE recap_addresses SET text_hash = '' WHERE recap_id = ?", [recap])


def likeness(one: str, other: str) -> float:
    """How much of the shorter text's runs of words stand in the other, from 0 to 1; short texts are alike."""
    runs = [_runs(one), _runs(other)]
    fewest = min(map(len, runs))
    return len(runs[0] & runs[1]) / fewest if fewest >= RUN else 1.0


def _runs(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text.casefold())
    return {tuple(words[start : start + RUN]) for start in range(len(words) - RUN + 1)}
