"""Works off the inbox: in order, each event once, those whose key may still come a little later."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from bot.mailbox import Incoming, Journal, Kind
from bot.messages import UserError
from bot.transports.matrix_answers import Answers
from bot.transports.matrix_client import Client
from bot.transports.matrix_events import incoming
from bot.transports.matrix_keeping import Keeping
from bot.transports.matrix_tasks import Tasks
from bot.transports.matrix_timing import Timing

log = logging.getLogger(__name__)


class Inbox:
    """The inbox of one account."""

    def __init__(
        self,
        client: Client,
        journal: Journal,
        answers: Answers,
        keeping: Keeping,
        tasks: Tasks,
        clock: Callable[[], datetime],
        timing: Timing,
    ) -> None:
        self._client, self._journal, self._answers, self._keeping = client, journal, answers, keeping
        self._tasks, self._clock, self._timing = tasks, clock, timing
        self._news = asyncio.Event()
        self._waiting_for_key: dict[int, float] = {}
        self._read: dict[str, str] = {}
        self._receipts: asyncio.TimerHandle | None = None

    def wake(self) -> None:
        """There may be something new, an event or a key."""
        self._news.set()

    async def run(self) -> None:
        """Handle what comes, until cancelled."""
        try:
            while True:
                self._news.clear()
                try:
                    await self._work_off()
                except UserError as error:
                    log.error("the inbox cannot be read: %s", error)
                    asyncio.get_running_loop().call_later(1, self._news.set)
                await self._news.wait()
        finally:
            if self._receipts is not None:
                self._receipts.cancel()  # the connections are about to close

    async def _work_off(self) -> None:
        for event in self._journal.waiting():
            if event.kind in (Kind.INVITATION, Kind.TOMBSTONE):
                self._keeping.take(event)
            elif (readable := self._readable(event)) and await self._answers.take(readable):
                self._note_read(event)
            await asyncio.sleep(0)  # a long inbox must not hold up what is being sent

    def _note_read(self, event: Incoming) -> None:
        """Show that a command was read, a little later: the answer goes first, and many commands are one receipt."""
        if not self._read:
            self._receipts = asyncio.get_running_loop().call_later(self._timing.receipt, self._tell_read)
        self._read[event.room_id] = event.event_id

    def _tell_read(self) -> None:
        read, self._read = self._read, {}
        for room_id, event_id in read.items():
            self._tasks.quietly(self._client.read(room_id, event_id))

    def _readable(self, event: Incoming) -> Incoming | None:
        """The event, decrypted if it was not; None while its key may still come."""
        raw = event.content.get("event")
        if event.kind is not Kind.UNREADABLE or not isinstance(raw, dict):
            return event
        meant = self._client.crypto.decrypt(event.room_id, raw)
        if meant is None:
            loop = asyncio.get_running_loop()
            since = self._waiting_for_key.setdefault(event.id, loop.time())
            if loop.time() - since < self._timing.key:
                loop.call_later(self._timing.key + 0.1, self._news.set)
                return None
        self._waiting_for_key.pop(event.id, None)
        if meant is None:
            return event
        found = incoming(event.room_id, {**raw, **meant}, event.role)
        if found is None:
            self._journal.handle(event, tuple, goes_on=bool)
            return None
        found = replace(found, at=event.at, id=event.id)
        self._journal.replace(found)
        return found
