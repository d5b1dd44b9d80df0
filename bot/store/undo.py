"""Taking a change back: the fields that it changed hold again what they held before it."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from bot.messages import UserError
from bot.model import Actor, Change, Kind
from bot.store.changes import stamp
from bot.store.database import Store
from bot.store.items import apply, fields_of
from bot.store.ledger import CATCH_UP

TIES = {
    "room": ("rooms", "network = ? AND name = ?"),
    "account": ("person_names", "kind = 'account' AND network = ? AND key = ?"),
    "link": ("linked_accounts", "network = ? AND key = ?"),
}
"""Where a change of the subject `room:network/name`, `account:network/name` or `link:network/name` is kept."""


class ChangedSince(UserError):
    """Somebody changed the same since; `subject` is the id of what it is."""

    def __init__(self, subject: str) -> None:
        super().__init__(f"{subject} was changed again since; nothing was undone.")
        self.subject = subject


def undo(store: Store, actor: Actor, now: datetime) -> list[Change]:
    """Take back the actor's last batch that is not undone yet; the changes taken back.

    Raises UserError where there is none, where somebody changed the same since, or where it cannot be undone.
    """
    with store.write() as db:
        rows = list(
            db.query(
                "SELECT * FROM changes WHERE identity = ? AND undone = 0 AND batch ="
                " (SELECT MAX(batch) FROM changes WHERE identity = ? AND undone = 0) ORDER BY id DESC",
                [actor.identity, actor.identity],
            )
        )
        if not rows:
            raise UserError("You have changed nothing that could be undone.")
        gone = []
        for row in rows:
            if len(rows) > 1 and row["what"] == "iam" and not _stands(db, row):
                # What came along with an action that was taken, and was confirmed since, stays for good.
                db.execute("UPDATE changes SET undone = 1 WHERE id = ?", [row["id"]])
                continue
            _take_back(store, row, now)
            db.execute(
                "UPDATE changes SET undone = 1, undone_at = ?, undone_room = ? WHERE id = ?",
                [stamp(now), actor.room, row["id"]],
            )
            gone.append(row)
        return [_change(row) for row in reversed(gone)]


def _change(row: Mapping[str, Any]) -> Change:
    return Change(
        id=row["id"],
        batch=row["batch"],
        subject=row["subject"],
        what=row["what"],
        before=json.loads(row["before"]),
        after=json.loads(row["after"]),
        actor=Actor(row["identity"], row["name"], row["network"], row["room"]),
        at=datetime.fromisoformat(row["at"]),
        undone=bool(row["undone"]),
    )


def _take_back(store: Store, row: Mapping[str, Any], now: datetime) -> None:
    subject, before, after = row["subject"], json.loads(row["before"]), json.loads(row["after"])
    if ":" in subject:
        _take_back_tie(store.db, row)
    elif subject[0] == "R":
        _take_back_rule(store.db, subject, before, after, now)
    elif subject[0] in "ADQ":
        if "presence" in after:
            _check_untouched(store.db, subject, row["identity"])
        _take_back_item(store, subject, before, after)
    else:
        raise UserError(f"Unloading {subject} cannot be undone; load its file again, and it comes back with its ids.")


def _check_untouched(db: Database, label: str, identity: str) -> None:
    """Raise UserError where anybody else worked on what was recorded: it is no longer its recorder's alone to undo."""
    others = "SELECT 1 FROM changes WHERE subject = ? AND identity <> ? AND undone = 0"
    if db.execute(others, [label, identity]).fetchone():
        raise ChangedSince(label)


def _take_back_item(store: Store, label: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    db = store.db
    if "note" in after:
        return  # the trail keeps its words; nobody is shown what was undone
    kind = next(kind for kind in Kind if kind.letter == label[0])
    item = db.execute("SELECT id FROM items WHERE kind = ? AND number = ?", [kind.value, int(label[1:])]).fetchone()[0]
    if fields_of(db, item, after) != dict(after):
        raise ChangedSince(label)
    newer = before.get("superseded_by")
    if newer is not None and db.execute(_LEADS_TO, [newer, item]).fetchone():
        raise UserError(f"{label} would then be superseded by itself; nothing was undone.")
    apply(store, item, before)


# Whether a decision, or one that it was superseded by in one step or several, is the other.
_LEADS_TO = """
WITH RECURSIVE chain (id) AS (
    VALUES (?) UNION SELECT i.superseded_by FROM items i JOIN chain ON chain.id = i.id
) SELECT 1 FROM chain WHERE id = ?"""


def _take_back_rule(
    db: Database, label: str, before: Mapping[str, Any], after: Mapping[str, Any], now: datetime
) -> None:
    """A stop taken back at once was none; of one that lasted, what it silenced long ago is neither owed nor missed."""
    rule = int(label[1:])
    if db.execute("SELECT state FROM rules WHERE id = ?", [rule]).fetchone()[0] != after["state"]:
        raise ChangedSince(label)
    if after["state"] == "removed" and (twin := db.execute(_TWIN, [rule]).fetchone()):
        raise UserError(f"R{twin[0]} does by now what {label} did; nothing was undone.")
    db.execute(
        "UPDATE rules SET state = ?, since = MAX(since, ?) WHERE id = ?", [before["state"], stamp(now - CATCH_UP), rule]
    )


# Another rule that says the same to the same at the same time.
_TWIN = """
SELECT other.id FROM rules r JOIN rules other USING (network, weekday, at, zone)
WHERE r.id = ? AND other.id <> r.id AND other.state <> 'removed' AND other.team_id IS r.team_id
    AND lower(other.room) IS lower(r.room) AND lower(other.account) IS lower(r.account)"""


def _take_back_tie(db: Database, row: Mapping[str, Any]) -> None:
    table, where, key = _tie(row["subject"])
    before, after = json.loads(row["before"]), json.loads(row["after"])
    if not _stands(db, row):
        raise UserError(f"`{key[1]}` was changed again since; nothing was undone.")
    if not before:
        db.execute(f"DELETE FROM {table} WHERE {where}", key)
        return
    assignments = ", ".join(f"{field} = ?" for field in after)
    db.execute(f"UPDATE {table} SET {assignments} WHERE {where}", [*(before[field] for field in after), *key])


def _stands(db: Database, row: Mapping[str, Any]) -> bool:
    """Whether a tie still holds what that change made of it."""
    table, where, key = _tie(row["subject"])
    there = next(iter(db.query(f"SELECT * FROM {table} WHERE {where}", key)), None)
    return there is not None and all(there[field] == made for field, made in json.loads(row["after"]).items())


def _tie(subject: str) -> tuple[str, str, list[str]]:
    """The table of a tie, the condition that finds it, and the network and name for that."""
    kind, _, rest = subject.partition(":")
    network, _, name = rest.partition("/")
    return *TIES[kind], [network, name]
