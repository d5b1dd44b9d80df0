"""What a transport must not forget over restarts, and the protocol by which the store keeps it.

The rule that all of it serves: what a homeserver said is written down, with how far it was read, before anything is
done about it; what is done about it, what is answered, and that it is done are one transaction; and an answer has its
number before it is sent.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Session:
    """Who the bot is on a homeserver: one device, logged in once."""

    user_id: str
    device_id: str
    token: str = field(repr=False)
    homeserver: str
    """The address of its client API."""


class Kind(StrEnum):
    """What an event of the inbox is."""

    MESSAGE = "message"
    EDIT = "edit"
    REACTION = "reaction"
    REDACTION = "redaction"
    UNREADABLE = "unreadable"  # encrypted, and no key for it yet
    INVITATION = "invitation"
    TOMBSTONE = "tombstone"  # the room was replaced by another


@dataclass(frozen=True, slots=True)
class Incoming:
    """An event of the inbox. `id` is 0 until it is stored."""

    room_id: str
    event_id: str
    sender: str
    kind: Kind
    content: Mapping[str, Any]
    at: datetime
    role: int | None = None
    """The sender's role in the room when they said it; None where that is not known."""
    id: int = 0


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message of the outbox. `id` is 0 until it is stored."""

    room_id: str
    content: Mapping[str, Any]
    labels: tuple[str, ...] = ()
    """The items that it shows, line by line (`A17`, `D4/A12`)."""
    person: str | None = None
    """Who alone may read it: it goes to a room for two with them, made if there is none. Without a `room_id`, any."""
    key: str | None = None
    """What must not be said twice; a second message of the same key is not taken."""
    id: int = 0
    device_id: str = ""
    """The device that was the bot's when it was written: homeservers know a transaction by its device."""
    created_at: datetime | None = None
    state: str = "due"
    event_id: str | None = None
    detail: str | None = None

    @property
    def transaction(self) -> str:
        """The transaction id. The time is in it so that a restored backup, which counts on from an earlier row, does
        not say something new under a number that the homeserver knows."""
        made = int(self.created_at.timestamp()) if self.created_at else 0
        return f"recapbot-{self.id}-{made}"


@dataclass(frozen=True, slots=True)
class Answered:
    """An event of the inbox that is done: what is remembered of it."""

    sender: str
    kind: Kind
    changed: bool
    """Whether it changed anything in the bot's memory."""


@dataclass(frozen=True, slots=True)
class KnownRoom:
    """What is remembered of a room."""

    encrypted: bool = False
    direct_with: str | None = None
    """The other one, where somebody made the room for two."""


class Journal(Protocol):
    """Keeps what the transport must not forget. Every write is one transaction; errors are UserError."""

    def session(self) -> Session | None:
        """The session of the last login."""
        ...

    def keep_session(self, session: Session | None) -> None:
        """Remember a new login, which has read nothing yet; None forgets the old one."""
        ...

    def renew(self, token: str) -> None:
        """The same device logged in again."""
        ...

    def cursor(self) -> str | None:
        """How far /sync was read."""
        ...

    def receive(self, cursor: str, events: Sequence[Incoming]) -> None:
        """Store events, each once however often it comes, and how far that is."""
        ...

    def waiting(self) -> list[Incoming]:
        """What is not done yet, in the order it came."""
        ...

    def interrupted(self) -> list[Incoming]:
        """What long work was going on for when an earlier process died; each is told once."""
        ...

    def replace(self, event: Incoming) -> None:
        """An event of the inbox became readable."""
        ...

    def handle(self, event: Incoming, work: Callable[[], Sequence[Outgoing]], *, goes_on: Callable[[], bool]) -> None:
        """Do the work for an event, store what it wants to say, and that the event is done: all or nothing.

        `goes_on`, asked after the work, says that long work begins now, which a restart would interrupt.
        """
        ...

    def finish(self, event: Incoming, messages: Sequence[Outgoing]) -> None:
        """The long work for an event is over, and this is what it says."""
        ...

    def answered(self, room_id: str, event_id: str) -> Answered | None:
        """What is remembered of an event that was handled."""
        ...

    def post(self, message: Outgoing) -> Outgoing:
        """Store a message to be sent, or give back the one of the same key, due again if it was refused."""
        ...

    def due(self) -> list[Outgoing]:
        """What is to be sent, in order."""
        ...

    def taken(self, message: Outgoing, event_id: str) -> None:
        """The homeserver took it."""
        ...

    def refused(self, message: Outgoing, reason: str) -> None:
        """It will never be taken."""
        ...

    def withdraw(self, message: Outgoing) -> None:
        """It was never sent and is not to be."""
        ...

    def was_taken(self, key: str) -> bool:
        """Whether the homeserver took the message of that key."""
        ...

    def message(self, message_id: int) -> Outgoing | None:
        """A message of the outbox as it is now."""
        ...

    def labels(self, room_id: str, event_id: str) -> tuple[str, ...]:
        """The items that a message of ours shows; none for anybody else's."""
        ...

    def thread(self, room_id: str, event_id: str) -> str | None:
        """The first event of the thread that a message of ours stands in."""
        ...

    def rooms(self) -> dict[str, KnownRoom]:
        """What is remembered of rooms."""
        ...

    def keep_room(self, room_id: str, room: KnownRoom) -> None:
        """Remember this of a room; that it is encrypted is never forgotten."""
        ...

    def moved(self, old: str, new: str) -> None:
        """A room was replaced: what the bot's memory holds for the old one is the new one's from now on."""
        ...

    def prune(self, before: datetime) -> None:
        """Forget what was done before that."""
        ...
