"""What people type, as a pattern: for FTS5 each word a quoted string, for LIKE escaped. None of it is ever syntax."""

from collections.abc import Sequence

from bot.store.database import Store

COMMON = 10_000
"""A word that this many items hold narrows little and costs much: it is left out while a rarer one stands beside it."""


def all_of(store: Store, words: Sequence[str]) -> str:
    """Items whose text or headings hold every one of those words; from three letters on a beginning is enough."""
    terms = [_term(word) for word in words]
    rare = [term for term in terms if not _is_common(store, term)] if len(terms) > 1 else terms
    return " AND ".join(rare or terms)


def _term(word: str) -> str:
    quoted = word.replace('"', '""').replace("\0", " ")
    return f'{{text path}} : "{quoted}"' + ("*" if len(word) > 2 else "")


def _is_common(store: Store, term: str) -> bool:
    counted = "SELECT COUNT(*) FROM (SELECT 1 FROM items_fts WHERE items_fts MATCH ? LIMIT ?)"
    return bool(store.db.execute(counted, [term, COMMON]).fetchone()[0] == COMMON)


def like(text: str) -> str:
    """`text` for a LIKE pattern with `ESCAPE '\\'`."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
