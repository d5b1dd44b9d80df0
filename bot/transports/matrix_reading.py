"""From the answer of a sync to events for the inbox: what was said since, in order and without holes.

Rules: nothing from before the bot was in a room is ever obeyed, nor anything that the first sync of a new device
shows; what a sync left out is fetched, up to a limit that is told; a sender's role is the one of that moment.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.mailbox import Incoming, Kind
from bot.transports.matrix_client import Client
from bot.transports.matrix_events import incoming, instant
from bot.transports.matrix_http import Refused
from bot.transports.matrix_places import Places
from bot.transports.matrix_rooms import RoomState, content_of

log = logging.getLogger(__name__)

MOST_PAGES = 20
"""Pages of 100 events that are fetched at most for what one sync left out of one room."""

Event = Mapping[str, Any]


@dataclass(slots=True)
class News:
    """What a sync brought."""

    events: list[Incoming] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)
    """Rooms where more was said than was read back."""
    touched: list[str] = field(default_factory=list)
    """Rooms whose state may have changed."""
    left: list[str] = field(default_factory=list)
    """Rooms that the bot was in till now."""


def _events(part: object) -> list[Event]:
    events = part.get("events") if isinstance(part, dict) else None
    return [event for event in events if isinstance(event, dict)] if isinstance(events, list) else []


def _rooms(answer: Event, section: str) -> list[tuple[str, Event]]:
    rooms = answer.get("rooms")
    found = rooms.get(section) if isinstance(rooms, dict) else None
    items = found.items() if isinstance(found, dict) else ()
    return [(room_id, said) for room_id, said in items if isinstance(said, dict)]


class Reader:
    """Reads syncs of one account."""

    def __init__(self, client: Client, places: Places) -> None:
        self._client, self._places = client, places

    async def read(self, answer: Event, since: str | None) -> News:
        """What an answer brings; state is taken, and keys. Raises Trouble where a hole could not be filled."""
        decrypted = await self._client.crypto.take(answer)
        news = News()
        self._places.account_data(_events(answer.get("account_data")))
        for room_id, _ in _rooms(answer, "leave"):
            # One that was joined and lost since the last sync was never seen, but has its name by then.
            if self._places.states.pop(room_id, None) or self._places.is_configured(room_id):
                news.left.append(room_id)
        for room_id, said in _rooms(answer, "join"):
            await self._room(room_id, said, since, decrypted, news)
        for room_id, said in _rooms(answer, "invite"):
            if invitation := self._invitation(room_id, _events(said.get("invite_state"))):
                news.events.append(invitation)
        self._places.note_encryption(news.touched)
        return news

    async def _room(
        self, room_id: str, said: Event, since: str | None, decrypted: Mapping[str, Event], news: News
    ) -> None:
        timeline = said.get("timeline")
        told = _events(timeline)
        missed: list[Event] = []
        if since is not None and isinstance(timeline, dict) and timeline.get("limited") and not self._arrival(told):
            missed, whole = await self._missed(room_id, timeline.get("prev_batch"), since)
            if not whole:
                news.gaps.append(room_id)
        state = self._places.state(room_id)
        for event in _events(said.get("state")):
            state.apply(event)
        news.touched.append(room_id)
        spoken = [(event, None) for event in missed] + list(self._with_roles(state, told))
        arrived = self._arrival([event for event, _ in spoken])
        if since is None:
            return
        for event, role in spoken[arrived:]:
            if event.get("sender") == self._places.me:
                continue
            found = incoming(room_id, self._readable(room_id, event, decrypted), role)
            if found is not None:
                news.events.append(found)

    def _with_roles(self, state: RoomState, events: Sequence[Event]) -> Iterator[tuple[Event, int | None]]:
        """Each event with its sender's role at that moment; state events change the state as they pass."""
        for event in events:
            sender = event.get("sender")
            role = state.role(sender) if isinstance(sender, str) else None
            state.apply(event)
            yield event, role

    def _arrival(self, events: Sequence[Event]) -> int:
        """How many of the events go up to the one by which the bot came in; 0 where it was there before."""
        for index in range(len(events) - 1, -1, -1):
            event = events[index]
            if event.get("type") != "m.room.member" or event.get("state_key") != self._places.me:
                continue
            unsigned = event.get("unsigned")
            before = unsigned.get("prev_content") if isinstance(unsigned, dict) else None
            was_in = isinstance(before, dict) and before.get("membership") == "join"
            if content_of(event).get("membership") == "join" and not was_in:
                return index + 1
        return 0

    def _readable(self, room_id: str, event: Event, decrypted: Mapping[str, Event]) -> Event:
        """The event as it was meant, where it was encrypted and there is a key."""
        if event.get("type") != "m.room.encrypted":
            return event
        meant = decrypted.get(str(event.get("event_id"))) or self._client.crypto.decrypt(room_id, event)
        return {**event, **meant} if meant else {**event, "content": {**content_of(event), "event": dict(event)}}

    async def _missed(self, room_id: str, start: object, since: str) -> tuple[list[Event], bool]:
        """What was said in a room between a sync and the part of it that the next one shows, oldest first; and whether
        that is all."""
        found: list[Event] = []
        for _ in range(MOST_PAGES):
            if not isinstance(start, str):
                break
            try:
                page = await self._client.messages(room_id, start, since)
            except Refused as refusal:
                log.warning("what was missed in %s cannot be read: %s", room_id, refusal)
                return found[::-1], False
            chunk = page.get("chunk")
            events = [event for event in chunk if isinstance(event, dict)] if isinstance(chunk, list) else []
            found += events
            start = page.get("end")
            if not events or self._arrival(events):
                start = None
        return found[::-1], not isinstance(start, str)

    def _invitation(self, room_id: str, events: Sequence[Event]) -> Incoming | None:
        """The invitation of the bot among the few events that are shown of a room."""
        for event in events:
            content, sender = content_of(event), event.get("sender")
            if event.get("type") != "m.room.member" or event.get("state_key") != self._places.me:
                continue
            if content.get("membership") != "invite" or not isinstance(sender, str):
                continue
            at = instant(event)
            number = event.get("event_id") or f"invitation {at.isoformat()}"
            return Incoming(
                room_id, str(number), sender, Kind.INVITATION, {"direct": content.get("is_direct") is True}, at
            )
        return None
