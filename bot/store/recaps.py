"""Recaps going in and out: a document read once, again, edited, renamed or unloaded, without losing a human word."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from typing import Any

from sqlite_utils import Database

from bot.extraction.gatherings import gatherings
from bot.messages import UserError
from bot.model import Actor, Kind, ReadItem, ReadRecap
from bot.store.changes import log_change, stamp
from bot.store.database import Store, add_rows, next_ids
from bot.store.items import FIRST_STATE, add_owners, index_items_of, next_numbers, owners_called, set_owners
from bot.store.known import find_recap, forget_texts, remember_address
from bot.store.pairing import pair
from bot.store.people import person_id, team_id
from bot.store.sessions import save_blocks, save_sessions


@dataclass(frozen=True, slots=True)
class Saved:
    """What a load did to one recap: `status` is new, changed or same; the counts are of items."""

    label: str
    status: str
    added: int = 0
    missing: int = 0
    """Touched by a human and no longer in the recap."""
    withdrawn: int = 0


def save(store: Store, read: ReadRecap, *, loaded_by: str | None, now: datetime, reread: bool = False) -> Saved:
    """Store a recap that was read, or bring the stored one up to date, in one transaction.

    A recap of the same text is left alone unless `reread` asks for what a better reader makes of it. Of several copies
    the one that was edited last counts: a file that is as it was when it was loaded changes nothing.
    """
    with store.write() as db:
        known = find_recap(db, read)
        digest = read.document.digest
        outdated = known is not None and known["text_hash"] != digest == known.get("seen_hash")
        if known and not known["unloaded_at"] and (outdated or (known["text_hash"] == digest and not reread)):
            remember_address(db, read.document.address, known["id"], digest)
            return Saved(f"C{known['id']}", "same")
        recap = _write_recap(store, read, known, digest, loaded_by, now)
        if outdated:
            forget_texts(db, recap)
        remember_address(db, read.document.address, recap, digest)
        sessions = save_sessions(store, recap, read.sessions)
        save_blocks(store, recap, read.document, read.sessions, sessions)
        return _save_items(store, recap, read, sessions, "changed" if known else "new", now)


def _event_id(db: Database, read: ReadRecap) -> int | None:
    if not read.event:
        return None
    row = db.execute("SELECT id FROM events WHERE name = ?", [read.event]).fetchone()
    if row:
        return int(row[0])
    starts = next((each.starts for each in gatherings() if each.name == read.event), read.published)
    made = db.execute(
        "INSERT INTO events (name, cycle, starts) VALUES (?, ?, ?) RETURNING id",
        [read.event, read.cycle, starts.isoformat() if starts else None],
    )
    return int(made.fetchone()[0])


def _write_recap(
    store: Store,
    read: ReadRecap,
    known: Mapping[str, Any] | None,
    digest: str,
    loaded_by: str | None,
    now: datetime,
) -> int:
    db, document = store.db, read.document
    values = {
        "address": document.address,
        "url": document.fields.get("url") or (document.address if "://" in document.address else None),
        "format": document.format,
        "title": read.title,
        "author": read.author,
        "author_id": person_id(store, read.author) if read.author else None,
        "published": read.published.isoformat() if read.published else None,
        "event_id": _event_id(db, read),
        "text": document.text,
        "text_hash": digest,
        "unloaded_at": None,
    }
    if known:
        recap = int(known["id"])
        assignments = ", ".join(f"{key} = ?" for key in values)
        db.execute(f"UPDATE recaps SET {assignments} WHERE id = ?", [*values.values(), recap])
    else:
        values |= {"loaded_by": loaded_by, "loaded_at": stamp(now)}
        marks = ", ".join("?" for _ in values)
        made = db.execute(
            f"INSERT INTO recaps ({', '.join(values)}) VALUES ({marks}) RETURNING id", list(values.values())
        )
        recap = int(made.fetchone()[0])
    db.execute("DELETE FROM recap_teams WHERE recap_id = ?", [recap])
    for position, team in enumerate(dict.fromkeys(team_id(store, name) for name in read.teams)):
        db.execute("INSERT INTO recap_teams VALUES (?, ?, ?)", [recap, team, position])
    return recap


def _save_items(store: Store, recap: int, read: ReadRecap, sessions: list[int], status: str, now: datetime) -> Saved:
    db = store.db
    added = missing = withdrawn = 0
    event = db.execute("SELECT event_id FROM recaps WHERE id = ?", [recap]).fetchone()[0]
    team_row = cache(partial(team_id, store))
    made_at = stamp(now)
    ids = next_ids(db, "items")
    for kind in Kind:
        old = list(
            db.query('SELECT * FROM items WHERE recap_id = ? AND kind = ? ORDER BY "start"', [recap, kind.value])
        )
        new = [item for item in read.items if item.kind is kind]
        pairs = pair([row["quote"] for row in old], [item.quote for item in new])
        numbers = iter(next_numbers(db, kind, len(new) - len(pairs)))
        made, owned = [], []
        for index, item in enumerate(new):
            partner = old[pairs[index]] if index in pairs else None
            session = read.sessions[item.session] if item.session is not None else None
            team = (session.team if session else None) or (read.teams[0] if read.teams else None)
            values = {
                "session_id": sessions[item.session] if item.session is not None else None,
                "team_id": team_row(team) if team else None,
                "event_id": event,
            }
            if partner is None:
                row, owners = next(ids), owners_called(store, item.owners, team)
                values |= {"id": row, "number": next(numbers), "recap_id": recap, "owned": len(owners)}
                made.append(_new_row(item, values, made_at))
                owned.append((row, owners))
            else:
                _bring_up_to_date(db, item, values, partner)
                if not partner["owners_set"]:
                    set_owners(store, partner["id"], item.owners, team)
        add_rows(db, "items", made)
        add_owners(db, owned)
        added += len(made)
        for index in set(range(len(old))) - set(pairs.values()):
            presence = "missing" if _is_touched(db, old[index]) else "withdrawn"
            if presence != old[index]["presence"]:
                missing += presence == "missing"
                withdrawn += presence == "withdrawn"
                db.execute("UPDATE items SET presence = ? WHERE id = ?", [presence, old[index]["id"]])
    index_items_of(db, recap)
    return Saved(f"C{recap}", status, added, missing, withdrawn)


def _is_touched(db: Database, row: Mapping[str, Any]) -> bool:
    subject = f"{Kind(row['kind']).letter}{row['number']}"
    return bool(db.execute("SELECT 1 FROM changes WHERE subject = ? AND undone = 0", [subject]).fetchone())


def _as_read(item: ReadItem) -> dict[str, Any]:
    """What the reading says of an item, apart from when it is due."""
    return {
        '"start"': item.start,
        '"end"': item.end,
        "quote": item.quote,
        "text": item.text,
        "confidence": item.confidence,
        "reason": item.reason,
        "presence": "here",
        "links": json.dumps(item.links) if item.links else "[]",
    }


def _new_row(item: ReadItem, place: Mapping[str, Any], made_at: str) -> dict[str, Any]:
    """The row of an item that was not read before."""
    return _as_read(item) | {
        **place,
        "due": item.due,
        "kind": item.kind.value,
        "state": FIRST_STATE[item.kind],
        "created_at": made_at,
    }


def _bring_up_to_date(db: Database, item: ReadItem, place: Mapping[str, Any], partner: Mapping[str, Any]) -> None:
    """Write an item into the row of its partner, past every human word."""
    values = _as_read(item) | dict(place)
    if not partner["due_set"]:
        values["due"] = item.due
    assignments = ", ".join(f"{key} = ?" for key in values)
    db.execute(f"UPDATE items SET {assignments} WHERE id = ?", [*values.values(), partner["id"]])


def unload(store: Store, recap: int, actor: Actor, now: datetime) -> None:
    """Take a recap and what was read from it out again. Loaded once more, it comes back with its ids and corrections.

    Raises UserError where there is no such recap, or it is out already.
    """
    with store.write() as db:
        if not db.execute("SELECT 1 FROM recaps WHERE id = ? AND unloaded_at IS NULL", [recap]).fetchone():
            raise UserError(f"There is no recap C{recap}.")
        db.execute("DELETE FROM blocks_fts WHERE rowid IN (SELECT id FROM blocks WHERE recap_id = ?)", [recap])
        db.execute("DELETE FROM blocks WHERE recap_id = ?", [recap])
        db.execute("DELETE FROM items_fts WHERE rowid IN (SELECT id FROM items WHERE recap_id = ?)", [recap])
        db.execute("UPDATE items SET presence = 'withdrawn' WHERE recap_id = ?", [recap])
        db.execute("UPDATE sessions SET withdrawn = 1 WHERE recap_id = ?", [recap])
        db.execute("UPDATE recaps SET unloaded_at = ? WHERE id = ?", [stamp(now), recap])
        log_change(store, f"C{recap}", "unload", {"loaded": True}, {"loaded": False}, actor, now)
