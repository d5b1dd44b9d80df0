"""What people do to items: record, change, note. Every change leaves a row in the audit trail."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlite_utils import Database

from bot.model import Actor, Kind
from bot.store.changes import log_change, stamp
from bot.store.database import Store
from bot.store.people import find_team, person_id, team_id

FIRST_STATE = {Kind.DECISION: "decided", Kind.ACTION: "open", Kind.QUESTION: "open"}
"""The state that an item begins in."""

COLUMNS = frozenset("state snoozed_until due due_set owners_set edited verdict superseded_by answer presence".split())
"""The fields of an item that a change may set beside its owners; the `_set` ones keep a reload from setting theirs."""


def next_numbers(db: Database, kind: Kind, count: int = 1) -> range:
    """Numbers that no item of this kind ever had."""
    sql = "UPDATE numbers SET last = last + ? WHERE kind = ? RETURNING last"
    last = int(db.execute(sql, [count, kind.value]).fetchone()[0])
    return range(last - count + 1, last + 1)


_INDEX = """
INSERT OR REPLACE INTO items_fts (rowid, text, path, title, team, event)
SELECT i.id, COALESCE(i.edited, i.text), COALESCE(s.title, ''), COALESCE(r.title, ''), COALESCE(t.name, ''),
    COALESCE(e.name || ' ' || COALESCE(e.cycle, ''), '')
FROM items i LEFT JOIN sessions s ON s.id = i.session_id LEFT JOIN recaps r ON r.id = i.recap_id
LEFT JOIN teams t ON t.id = i.team_id LEFT JOIN events e ON e.id = i.event_id"""


def index_item(db: Database, item: int) -> None:
    """Write the item's row of the full-text index anew."""
    db.execute(f"{_INDEX} WHERE i.id = ?", [item])


def index_items_of(db: Database, recap: int) -> None:
    """The same for all items that stand in a recap."""
    db.execute(f"{_INDEX} WHERE i.recap_id = ? AND i.presence = 'here'", [recap])


Owner = tuple[int | None, int | None]
"""An owner as a row: the person or the team."""


def owners_called(store: Store, names: Iterable[str], team: str | None) -> list[Owner]:
    """The owners that names mean, each spelling once; who is new is made, so call it inside a write.

    "team" is the item's own `team`, and a team's name is that team.
    """
    found: list[Owner] = []
    for name in dict.fromkeys(name.strip() for name in names):
        if not name or name in ("author", "volunteers") or (name == "team" and team is None):
            continue
        owning_team = team_id(store, team) if name == "team" and team else find_team(store.db, name)
        found.append((None if owning_team else person_id(store, name), owning_team))
    return found


def add_owners(db: Database, owned: Iterable[tuple[int, Sequence[Owner]]]) -> None:
    """Write the owners of items that have none."""
    db.conn.executemany(
        "INSERT INTO item_owners (item_id, position, person_id, team_id) VALUES (?, ?, ?, ?)",
        [(item, position, *owner) for item, owners in owned for position, owner in enumerate(owners)],
    )


def set_owners(store: Store, item: int, names: Sequence[str], team: str | None) -> None:
    """Make these the owners of an item, as `owners_called` understands them."""
    with store.write() as db:
        owners = owners_called(store, names, team)
        db.execute("DELETE FROM item_owners WHERE item_id = ?", [item])
        add_owners(db, [(item, owners)])
        db.execute("UPDATE items SET owned = ?1 WHERE id = ?2 AND owned <> ?1", [len(owners), item])


def owner_names(db: Database, item: int) -> list[str]:
    """The owners of an item as the trail keeps them."""
    rows = db.query(
        "SELECT COALESCE(p.name, t.name) AS name FROM item_owners o LEFT JOIN people p ON p.id = o.person_id"
        " LEFT JOIN teams t ON t.id = o.team_id WHERE o.item_id = ? ORDER BY o.position",
        [item],
    )
    return [row["name"] for row in rows]


def label_of(db: Database, item: int) -> str:
    """The id of an item that people see."""
    kind, number = db.execute("SELECT kind, number FROM items WHERE id = ?", [item]).fetchone()
    return f"{Kind(kind).letter}{number}"


def record(
    store: Store,
    kind: Kind,
    *,
    team: str | None,
    text: str,
    owners: Sequence[str],
    due: str | None,
    actor: Actor,
    now: datetime,
) -> str:
    """Record an item by hand; its label. Undone, it is withdrawn, and its number stays used."""
    with store.write() as db:
        (number,) = next_numbers(db, kind)
        item = int(
            db.execute(
                "INSERT INTO items (kind, number, team_id, quote, text, confidence, presence, state, due, due_set,"
                " owners_set, recorded_by, created_at) VALUES (?, ?, ?, ?, ?, 1.0, 'recorded', ?, ?, 1, 1, ?, ?)"
                " RETURNING id",
                [
                    kind.value,
                    number,
                    team_id(store, team) if team else None,
                    text,
                    text,
                    FIRST_STATE[kind],
                    due,
                    actor.identity,
                    stamp(now),
                ],
            ).fetchone()[0]
        )
        set_owners(store, item, owners, team)
        index_item(db, item)
        label = f"{kind.letter}{number}"
        after = {"presence": "recorded"}
        log_change(store, label, kind.value, {"presence": "withdrawn"}, after, actor, now)
        return label


def change(
    store: Store, items: Sequence[int], what: str, actor: Actor, now: datetime, *, words: str = "", **values: Any
) -> None:
    """Set fields of items, all or none of them, as one batch of the trail.

    `values` are fields of COLUMNS, and `owners` (names; empty for nobody). A field that holds its value already is
    no change; an item where nothing changes leaves no row. `words` are kept as a note on each item that changes.
    """
    wanted = {key: value.isoformat() if isinstance(value, date) else value for key, value in values.items()}
    for chosen in ("due", "owners"):
        if chosen in wanted:
            wanted[f"{chosen}_set"] = 1
    with store.write() as db:
        for item in items:
            before = fields_of(db, item, wanted)
            apply(store, item, wanted)
            after = fields_of(db, item, wanted)
            changed = [key for key in before if before[key] != after[key]]
            if changed:
                old, new = {key: before[key] for key in changed}, {key: after[key] for key in changed}
                log_change(store, label_of(db, item), what, old, new, actor, now)
                if words:
                    _write_note(store, item, words, actor, now)


def fields_of(db: Database, item: int, names: Iterable[str]) -> dict[str, Any]:
    """What these fields of an item hold now, as the trail keeps them."""
    row = next(iter(db.query("SELECT * FROM items WHERE id = ?", [item])))
    return {name: owner_names(db, item) if name == "owners" else row[name] for name in names}


def apply(store: Store, item: int, values: Mapping[str, Any]) -> None:
    """Write fields of an item without a row in the trail."""
    unknown = set(values) - COLUMNS - {"owners"}
    if unknown:
        raise ValueError(f"no such field of an item: {', '.join(sorted(unknown))}")
    with store.write() as db:
        columns = {key: value for key, value in values.items() if key != "owners"}
        if columns:
            assignments = ", ".join(f"{key} = ?" for key in columns)
            db.execute(f"UPDATE items SET {assignments} WHERE id = ?", [*columns.values(), item])
        if "owners" in values:
            team = db.execute(
                "SELECT t.name FROM items i LEFT JOIN teams t ON t.id = i.team_id WHERE i.id = ?", [item]
            ).fetchone()[0]
            set_owners(store, item, values["owners"], team)
        if "edited" in columns:
            index_item(db, item)


def note(store: Store, item: int, text: str, actor: Actor, now: datetime) -> None:
    """Add a note to an item."""
    with store.write():
        _write_note(store, item, text, actor, now)


def _write_note(store: Store, item: int, text: str, actor: Actor, now: datetime) -> None:
    written = store.db.execute(
        "INSERT INTO notes (item_id, text, by_name, at) VALUES (?, ?, ?, ?) RETURNING id",
        [item, text, actor.name, stamp(now)],
    ).fetchone()[0]
    log_change(store, label_of(store.db, item), "note", {"note": None}, {"note": written}, actor, now)
