"""The mailbox of one Matrix network: the rows behind `bot.mailbox.Journal`.

Rule: what is done about an event, the messages that it makes, and that it is done are one transaction.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from bot.mailbox import Answered, Incoming, Kind, KnownRoom, Outgoing, Session
from bot.store.changes import stamp
from bot.store.database import Store

KEPT_WORDLESS = (Kind.MESSAGE, Kind.REACTION)
"""What stays, without its words, when it was answered: an edit or a removal of it may be asked about."""

RELATION = "m.relates_to"
"""What stays of a message that was sent: a reaction to it is answered in its thread."""


class Mailbox:
    """Implements `bot.mailbox.Journal` for the network of that name. `clock` dates what is written."""

    def __init__(self, store: Store, network: str, clock: Callable[[], datetime]) -> None:
        self._store, self._network, self._clock = store, network, clock

    # --- the session ------------------------------------------------------------------------------------------------

    def session(self) -> Session | None:
        """The session of the last login."""
        row = self._row("SELECT * FROM matrix_sessions WHERE network = ?", [self._network])
        return Session(row["user_id"], row["device_id"], row["token"], row["homeserver"]) if row else None

    def keep_session(self, session: Session | None) -> None:
        """Remember a new login, which has read nothing yet; None forgets the old one."""
        with self._store.write() as db:
            db.execute("DELETE FROM matrix_sessions WHERE network = ?", [self._network])
            if session:
                db.execute(
                    "INSERT INTO matrix_sessions (network, user_id, device_id, token, homeserver)"
                    " VALUES (?, ?, ?, ?, ?)",
                    [self._network, session.user_id, session.device_id, session.token, session.homeserver],
                )

    def renew(self, token: str) -> None:
        """The same device logged in again."""
        with self._store.write() as db:
            db.execute("UPDATE matrix_sessions SET token = ? WHERE network = ?", [token, self._network])

    def cursor(self) -> str | None:
        """How far /sync was read."""
        row = self._row("SELECT cursor FROM matrix_sessions WHERE network = ?", [self._network])
        return row["cursor"] if row else None

    # --- the inbox --------------------------------------------------------------------------------------------------

    def receive(self, cursor: str, events: Sequence[Incoming]) -> None:
        """Store events, each once however often it comes, and how far that is."""
        with self._lightly() as db:
            for event in events:
                db.execute(
                    "INSERT OR IGNORE INTO matrix_inbox (network, room_id, event_id, sender, kind, content, role, at)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    [
                        self._network,
                        event.room_id,
                        event.event_id,
                        event.sender,
                        event.kind,
                        json.dumps(event.content),
                        event.role,
                        stamp(event.at),
                    ],
                )
            db.execute("UPDATE matrix_sessions SET cursor = ? WHERE network = ?", [cursor, self._network])

    def waiting(self) -> list[Incoming]:
        """What is not done yet, in the order it came."""
        return self._inbox("state = 'waiting'")

    def interrupted(self) -> list[Incoming]:
        """What long work was going on for when an earlier process died."""
        return self._inbox("state = 'working'")

    def replace(self, event: Incoming) -> None:
        """An event of the inbox became readable."""
        with self._store.write() as db:
            db.execute(
                "UPDATE matrix_inbox SET kind = ?, content = ? WHERE id = ?",
                [event.kind, json.dumps(event.content), event.id],
            )

    def handle(self, event: Incoming, work: Callable[[], Sequence[Outgoing]], *, goes_on: Callable[[], bool]) -> None:
        """Do the work for an event, store what it wants to say, and that the event is done: all or nothing."""
        with self._store.write() as db:
            before = self._last_change()
            messages = work()
            for message in messages:
                self.post(message)
            changed = self._last_change() > before
            if goes_on():
                db.execute(
                    "UPDATE matrix_inbox SET state = 'working', changed = ? WHERE id = ?", [int(changed), event.id]
                )
            elif messages and event.kind in KEPT_WORDLESS:
                self._done(event, changed)
            else:
                db.execute("DELETE FROM matrix_inbox WHERE id = ?", [event.id])

    def finish(self, event: Incoming, messages: Sequence[Outgoing]) -> None:
        """The long work for an event is over, and this is what it says."""
        with self._store.write():
            for message in messages:
                self.post(message)
            self._done(event, False)

    def _done(self, event: Incoming, changed: bool) -> None:
        self._store.db.execute(
            "UPDATE matrix_inbox SET state = 'done', content = '{}', changed = MAX(changed, ?) WHERE id = ?",
            [int(changed), event.id],
        )

    def answered(self, room_id: str, event_id: str) -> Answered | None:
        """What is remembered of an event that was handled."""
        row = self._row(
            "SELECT sender, kind, changed FROM matrix_inbox WHERE network = ? AND room_id = ? AND event_id = ?"
            " AND state = 'done'",
            [self._network, room_id, event_id],
        )
        return Answered(row["sender"], Kind(row["kind"]), bool(row["changed"])) if row else None

    def _inbox(self, condition: str) -> list[Incoming]:
        rows = self._store.db.query(
            f"SELECT * FROM matrix_inbox WHERE network = ? AND {condition} ORDER BY id", [self._network]
        )
        return [
            Incoming(
                room_id=row["room_id"],
                event_id=row["event_id"],
                sender=row["sender"],
                kind=Kind(row["kind"]),
                content=json.loads(row["content"]),
                at=datetime.fromisoformat(row["at"]),
                role=row["role"],
                id=row["id"],
            )
            for row in rows
        ]

    def _last_change(self) -> int:
        return int(self._store.db.execute("SELECT COALESCE(MAX(id), 0) FROM changes").fetchone()[0])

    # --- the outbox -------------------------------------------------------------------------------------------------

    def post(self, message: Outgoing) -> Outgoing:
        """Store a message to be sent, or give back the one of the same key, due again if it was refused."""
        with self._store.write() as db:
            if message.key is not None:
                row = self._row(
                    "SELECT * FROM matrix_outbox WHERE network = ? AND key = ?", [self._network, message.key]
                )
                if row and row["state"] == "failed":
                    db.execute(
                        "UPDATE matrix_outbox SET state = 'due', detail = NULL, content = ?, room_id = ? WHERE id = ?",
                        [json.dumps(message.content), message.room_id, row["id"]],
                    )
                    return self.message(row["id"]) or message
                if row:
                    return _outgoing(row)
            session = self.session()
            now = self._clock()
            device = session.device_id if session else ""
            row_id = db.execute(
                "INSERT INTO matrix_outbox (network, room_id, person, content, labels, key, device_id, created_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
                [
                    self._network,
                    message.room_id,
                    message.person,
                    json.dumps(message.content),
                    json.dumps(message.labels),
                    message.key,
                    device,
                    stamp(now),
                ],
            ).fetchone()[0]
            # As it is read back, so that the transaction id is the same after a restart.
            return replace(message, id=row_id, device_id=device, created_at=datetime.fromisoformat(stamp(now)))

    def due(self) -> list[Outgoing]:
        """What is to be sent, in order."""
        rows = self._store.db.query(
            "SELECT * FROM matrix_outbox WHERE network = ? AND state = 'due' ORDER BY id", [self._network]
        )
        return [_outgoing(row) for row in rows]

    def taken(self, message: Outgoing, event_id: str) -> None:
        """The homeserver took it, in that room."""
        self._close(message, "sent", event_id, None)

    def refused(self, message: Outgoing, reason: str) -> None:
        """It will never be taken."""
        self._close(message, "failed", None, reason)

    def _close(self, message: Outgoing, state: str, event_id: str | None, detail: str | None) -> None:
        with self._lightly() as db:
            # A reminder's words stay in the ledger; here only the place is needed any more.
            place = {key: message.content[key] for key in (RELATION,) if key in message.content}
            db.execute(
                "UPDATE matrix_outbox SET state = ?, room_id = ?, event_id = ?, detail = ?, content = ? WHERE id = ?",
                [state, message.room_id, event_id, detail, json.dumps(place), message.id],
            )

    def withdraw(self, message: Outgoing) -> None:
        """It was never sent and is not to be."""
        with self._store.write() as db:
            db.execute("DELETE FROM matrix_outbox WHERE id = ? AND state = 'due'", [message.id])

    def was_taken(self, key: str) -> bool:
        """Whether the homeserver took the message of that key."""
        row = self._row("SELECT state FROM matrix_outbox WHERE network = ? AND key = ?", [self._network, key])
        return row is not None and row["state"] == "sent"

    def message(self, message_id: int) -> Outgoing | None:
        """A message of the outbox as it is now."""
        row = self._row("SELECT * FROM matrix_outbox WHERE id = ?", [message_id])
        return _outgoing(row) if row else None

    def labels(self, room_id: str, event_id: str) -> tuple[str, ...]:
        """The items that a message of ours shows; none for anybody else's."""
        row = self._row(
            "SELECT labels FROM matrix_outbox WHERE network = ? AND room_id = ? AND event_id = ?",
            [self._network, room_id, event_id],
        )
        return tuple(json.loads(row["labels"])) if row else ()

    def thread(self, room_id: str, event_id: str) -> str | None:
        """The first event of the thread that a message of ours stands in."""
        row = self._row(
            "SELECT content FROM matrix_outbox WHERE network = ? AND room_id = ? AND event_id = ?",
            [self._network, room_id, event_id],
        )
        relation = json.loads(row["content"]).get(RELATION, {}) if row else {}
        return relation.get("event_id") if relation.get("rel_type") == "m.thread" else None

    # --- rooms ------------------------------------------------------------------------------------------------------

    def rooms(self) -> dict[str, KnownRoom]:
        """What is remembered of rooms."""
        rows = self._store.db.query("SELECT * FROM matrix_rooms WHERE network = ?", [self._network])
        return {row["room_id"]: KnownRoom(bool(row["encrypted"]), row["direct_with"]) for row in rows}

    def keep_room(self, room_id: str, room: KnownRoom) -> None:
        """Remember this of a room; that it is encrypted is never forgotten."""
        with self._store.write() as db:
            db.execute(
                "INSERT INTO matrix_rooms (network, room_id, encrypted, direct_with) VALUES (?, ?, ?, ?)"
                " ON CONFLICT DO UPDATE SET encrypted = MAX(encrypted, excluded.encrypted),"
                " direct_with = excluded.direct_with",
                [self._network, room_id, int(room.encrypted), room.direct_with],
            )

    def moved(self, old: str, new: str) -> None:
        """A room was replaced: what the bot's memory holds for the old one is the new one's from now on."""
        with self._store.write() as db:
            db.execute("UPDATE rules SET room = ? WHERE network = ? AND room = ?", [new, self._network, old])
            db.execute("UPDATE OR REPLACE rooms SET name = ? WHERE network = ? AND name = ?", [new, self._network, old])

    def prune(self, before: datetime) -> None:
        """Forget what was done before that."""
        with self._store.write() as db:
            values = [self._network, stamp(before)]
            db.execute("DELETE FROM matrix_inbox WHERE network = ? AND at < ? AND state = 'done'", values)
            db.execute("DELETE FROM matrix_outbox WHERE network = ? AND created_at < ? AND state <> 'due'", values)

    @contextmanager
    def _lightly(self) -> Iterator[Database]:
        """A write that waits for no disk: only a power cut can take it back, and then the homeserver tells it again.

        What is written after it with a wait brings it to the disk too, so that nothing is done without its cause.
        """
        if self._store.db.conn.in_transaction:
            with self._store.write() as db:
                yield db
            return
        self._store.db.execute("PRAGMA synchronous = NORMAL")
        try:
            with self._store.write() as db:
                yield db
        finally:
            self._store.db.execute("PRAGMA synchronous = FULL")

    def _row(self, sql: str, values: Sequence[object]) -> dict[str, Any] | None:
        return next(iter(self._store.db.query(sql, values)), None)


def _outgoing(row: Mapping[str, Any]) -> Outgoing:
    """A row of the outbox as a value."""
    return Outgoing(
        room_id=row["room_id"],
        content=json.loads(row["content"]),
        labels=tuple(json.loads(row["labels"])),
        person=row["person"],
        key=row["key"],
        id=row["id"],
        device_id=row["device_id"],
        created_at=datetime.fromisoformat(row["created_at"]),
        state=row["state"],
        event_id=row["event_id"],
        detail=row["detail"],
    )
