"""Sends what stands in the outbox: each room in its order, the rooms beside each other, every message once.

Rules: a message has its transaction id before it leaves, so that trying again is never saying it twice; one that the
homeserver may have forgotten is looked for first; what only one person may read goes to a room in which nobody else
is, at the moment that it is sent. While the homeserver asks for slowness, answers go before reminders.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from bot.mailbox import Journal, Outgoing
from bot.messages import UserError
from bot.transports.matrix_client import Client
from bot.transports.matrix_events import instant
from bot.transports.matrix_http import Refused, Revoked, Trouble
from bot.transports.matrix_places import Places
from bot.transports.matrix_rooms import content_of
from bot.transports.matrix_timing import Backoff, Timing
from bot.transports.wire import Undeliverable

log = logging.getLogger(__name__)

MARK = "org.recapbot.message"
"""Where a message carries its transaction id, to be found again by it."""
REPEAT = "(repeat) "
PAGES = 50
"""Pages of 100 events that are looked through for a message that may have been taken, the newest first."""
SLACK = 3600.0
"""Seconds that the homeserver's clock may be behind ours: what is older than a message by more was said before it."""
DECLINED = 12 * 3600.0
"""Seconds in which somebody who did not take an invitation gets no other one."""
SLOW = 30.0
"""Seconds after the homeserver asked for slowness in which one message goes after the other."""


class Sender:
    """The outbox of one account. `revoked` is told that the session is not valid any more."""

    def __init__(
        self,
        client: Client,
        journal: Journal,
        places: Places,
        clock: Callable[[], datetime],
        timing: Timing,
        revoked: Callable[[Revoked], None],
    ) -> None:
        self._client, self._journal, self._places = client, journal, places
        self._clock, self._timing, self._revoked = clock, timing, revoked
        self._loop = asyncio.get_running_loop()
        self._wanted = asyncio.Event()
        self._queues: dict[str, deque[Outgoing]] = {}
        self._workers: dict[str, asyncio.Task[None]] = {}
        self._taken_up: set[int] = set()
        self._attempted = {message.id for message in journal.due()}
        """Messages that may have reached the homeserver; what an earlier process left may have, too."""
        self._outcomes: dict[int, asyncio.Future[None]] = {}
        self._not_before = 0.0
        self._slow_until = 0.0
        self._one = asyncio.Lock()
        self._made: dict[str, float] = {}
        """For whom a room was made in which no sync has shown them yet, and when."""
        self._perhaps_made: set[str] = set()
        """For whom it was asked for, and nobody answered."""

    def wake(self) -> None:
        """There is something new in the outbox."""
        self._wanted.set()

    @property
    def waiting(self) -> int:
        """Messages that wait, without those that are being sent."""
        return sum(len(queue) - 1 for queue in self._queues.values())

    async def deliver(self, message: Outgoing) -> None:
        """Send a message, and return once it was taken. Raises Undeliverable."""
        message = self._journal.post(message)
        if message.state == "sent":
            return
        outcome = self._outcomes.setdefault(message.id, self._loop.create_future())
        self.wake()
        try:
            async with asyncio.timeout(self._timing.delivery):
                await asyncio.shield(outcome)
        except TimeoutError:
            perhaps = message.id in self._attempted
            if not perhaps:
                self._journal.withdraw(message)
            raise Undeliverable("the homeserver did not take it in time", retry=True, perhaps=perhaps) from None
        after = self._journal.message(message.id)
        if after is not None and after.state == "failed":
            raise Undeliverable(after.detail or "refused", retry=True)

    async def run(self) -> None:
        """Send until cancelled."""
        try:
            while True:
                self._wanted.clear()
                self._take_up()
                await self._wanted.wait()
        finally:
            for worker in self._workers.values():
                worker.cancel()

    async def drained(self, seconds: float) -> None:
        """Return once nothing waits, or after so many seconds."""
        self._take_up()
        working = list(self._workers.values())
        if working:
            await asyncio.wait(working, timeout=seconds)

    def _take_up(self) -> None:
        for message in self._journal.due():
            if message.id in self._taken_up:
                continue
            self._taken_up.add(message.id)
            key = message.person or message.room_id
            self._queues.setdefault(key, deque()).append(message)
            if key not in self._workers:
                self._workers[key] = asyncio.create_task(self._work(key), name=f"outbox {key}")

    async def _work(self, key: str) -> None:
        """Send what waits for one room or person."""
        queue = self._queues[key]
        try:
            while queue:
                try:
                    await self._see_off(queue[0])
                except Revoked as error:
                    self._revoked(error)
                    return
                except Exception:
                    log.exception("a message could not be sent, and is passed over: %d", queue[0].id)
                self._taken_up.discard(queue.popleft().id)
        finally:
            self._queues.pop(key, None)
            self._workers.pop(key, None)

    async def _see_off(self, message: Outgoing) -> None:
        """Send one message, however often that takes, and write down what became of it."""
        backoff = Backoff()
        while True:
            current = self._journal.message(message.id)
            if current is None or current.state != "due":
                return
            try:
                sent, event_id = await self._turn(current)
                return await self._record(partial(self._journal.taken, sent, event_id), message)
            except Refused as refusal:
                reason = str(refusal)
                log.warning("a message to %s was refused: %s", message.person or message.room_id, reason)
                return await self._record(partial(self._journal.refused, message, reason), message)
            except Trouble as trouble:
                wait = backoff.wait(trouble.wait, self._timing.longest_wait)
                if trouble.wait is not None:
                    self._not_before = self._loop.time() + wait
                    self._slow_until = self._not_before + SLOW
                log.info("a message to %s waits: %s", message.person or message.room_id, trouble)
                await asyncio.sleep(wait)

    async def _turn(self, message: Outgoing) -> tuple[Outgoing, str]:
        """Send a message when it is its turn."""
        if self._loop.time() >= self._slow_until:
            return await self._send(message)
        if message.key and self._answers_wait():
            raise Trouble("answers go first")
        async with self._one:
            await asyncio.sleep(max(0.0, self._not_before - self._loop.time()))
            return await self._send(message)

    def _answers_wait(self) -> bool:
        return any(queue and queue[0].key is None for queue in self._queues.values())

    async def _send(self, message: Outgoing) -> tuple[Outgoing, str]:
        """The message as it went, and its event."""
        content: dict[str, Any] = {**message.content, MARK: message.transaction}
        room_id = await self._room(message)
        if room_id != message.room_id:
            content.pop("m.relates_to", None)  # what it answers was said elsewhere
        encrypted = self._places.is_encrypted(room_id)
        if self._is_doubtful(message):
            found, whole = await self._find(room_id, message)
            if found is not None:
                return replace(message, room_id=room_id), found
            if not whole or (encrypted and message.device_id != self._client.device_id):
                # What the bot did not see, or said as another device and cannot read: it may have been this.
                content["body"] = REPEAT + str(content.get("body", ""))
                content.pop("formatted_body", None)
                content.pop("format", None)
        self._attempted.add(message.id)
        event_id = await self._client.send(room_id, content, message.transaction, encrypted=encrypted)
        return replace(message, room_id=room_id), event_id

    async def _room(self, message: Outgoing) -> str:
        """The room that a message goes to; made, where it is for somebody with whom the bot has none."""
        if message.person is None:
            return message.room_id
        if message.room_id and self._places.other(message.room_id) == message.person:
            return message.room_id
        if known := self._places.direct_room(message.person):
            self._made.pop(message.person, None)
            self._perhaps_made.discard(message.person)
            return known
        since = self._loop.time() - self._made.get(message.person, -DECLINED)
        unsure = message.person in self._perhaps_made
        if since < (self._timing.unsure if unsure else self._timing.made):
            raise Trouble("the room is not known yet")
        if since < DECLINED and not unsure:
            raise Refused("", "they did not take the invitation to a room for two")
        room_id = await self._make_room(message.person)
        self._places.note_direct(room_id, message.person)
        await self._client.set_direct(self._places.direct)
        # Who is in it, and its keys, the next sync tells.
        raise Trouble("the room is being made")

    async def _make_room(self, person: str) -> str:
        """Make a room for two. Where the answer is lost it may be there all the same, and a sync shows it."""
        try:
            room_id = await self._client.create_direct(person)
        except Trouble as trouble:
            if trouble.wait is None:
                self._perhaps_made.add(person)
                self._made[person] = self._loop.time()
            raise
        self._perhaps_made.discard(person)
        self._made[person] = self._loop.time()
        return room_id

    def _is_doubtful(self, message: Outgoing) -> bool:
        """Whether the homeserver may have taken it and would not know it again."""
        if message.device_id != self._client.device_id:
            return True
        age = self._clock() - message.created_at if message.created_at else None
        return age is not None and age.total_seconds() > self._timing.sure

    async def _find(self, room_id: str, message: Outgoing) -> tuple[str | None, bool]:
        """The event that a message became, if it was taken; and whether all that was said since was seen."""
        start: str | None = None
        for _ in range(PAGES):
            page = await self._client.messages(room_id, start, None)
            events = page.get("chunk") or []
            for event in events:
                if event.get("sender") == self._places.me and self._mark(room_id, event) == message.transaction:
                    return str(event.get("event_id")), True
            start = page.get("end")
            # All of them: who wrote one may have dated it as they liked.
            if not start or (events and all(_is_before(event, message) for event in events)):
                return None, True
        return None, False

    def _mark(self, room_id: str, event: Mapping[str, Any]) -> object:
        """The transaction id that an event of ours carries; None where it cannot be read."""
        if event.get("type") == "m.room.encrypted":
            event = self._client.crypto.decrypt(room_id, event) or event
        return content_of(event).get(MARK)

    async def _record(self, write: Callable[[], None], message: Outgoing) -> None:
        """Write down what became of a message, however long the database refuses."""
        while True:
            try:
                write()
                break
            except UserError as error:
                log.error("what became of message %d cannot be written down: %s", message.id, error)
                await asyncio.sleep(1)
        self._attempted.discard(message.id)
        if (outcome := self._outcomes.pop(message.id, None)) and not outcome.done():
            outcome.set_result(None)


def _is_before(event: Mapping[str, Any], message: Outgoing) -> bool:
    """Whether an event is surely older than a message."""
    return message.created_at is not None and instant(event).timestamp() < message.created_at.timestamp() - SLACK
