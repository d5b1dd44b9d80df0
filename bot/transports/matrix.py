"""The Matrix transport: keeps one account in sync with its homeserver, and lets the rest of the bot speak through it.

Rule: whatever the homeserver does, `run` goes on; only `stop` ends it, and a session that is not valid any more, which
nothing but a new login can mend. What it must not forget is in the journal before anything is done about it.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from bot.config import MatrixNetwork
from bot.mailbox import Journal, Outgoing
from bot.messages import UserError
from bot.transports.matrix_answers import Answers, Handler
from bot.transports.matrix_client import Client
from bot.transports.matrix_format import labels, notice
from bot.transports.matrix_http import Refused, Revoked, Trouble
from bot.transports.matrix_inbox import Inbox
from bot.transports.matrix_keeping import Keeping
from bot.transports.matrix_places import Places
from bot.transports.matrix_reading import News, Reader
from bot.transports.matrix_sender import Sender
from bot.transports.matrix_tasks import Tasks, pause, stoppable
from bot.transports.matrix_timing import Backoff, Timing
from bot.transports.wire import Undeliverable

log = logging.getLogger(__name__)

GAP = "I was away, and more was said here than I read back. What you asked me before {time} UTC, please say again."
NEW_DEVICE = "I lost my keys and am a new device now: what was encrypted before, I cannot read."


def _now() -> datetime:
    return datetime.now(UTC)


class MatrixTransport:
    """One account. Implements `wire.Transport` and `wire.SendsOnce`.

    `handle` answers a Request, None for silence; it is called on the loop, in the transaction that ends with its
    answer in the outbox. `folder` holds the keys of the device.
    """

    def __init__(
        self,
        name: str,
        settings: MatrixNetwork,
        handle: Handler,
        journal: Journal,
        folder: Path,
        *,
        clock: Callable[[], datetime] = _now,
        timing: Timing | None = None,
    ) -> None:
        self.name = name
        self._settings, self._handle, self._journal, self._folder = settings, handle, journal, folder
        self._clock, self._timing = clock, timing or Timing()
        self._stopping, self._ended = asyncio.Event(), asyncio.Event()
        self._tasks = Tasks(name)
        self._client: Client | None = None
        self._places: Places | None = None
        self._sender: Sender | None = None
        self._answers: Answers | None = None
        self._begun = False
        self._live = False
        self._trouble = "not yet connected"
        self._revoked = False
        self._pruned: date | None = None

    # --- what others see --------------------------------------------------------------------------------------------

    @property
    def connected(self) -> bool:
        """In sync with the homeserver."""
        return self._live and not self._stopping.is_set()

    @property
    def rooms(self) -> tuple[str, ...]:
        """The rooms of the configuration that the bot is in now."""
        return tuple(room for room in self._settings.rooms if self._places and self._places.named(room))

    def is_in(self, room: str) -> bool:
        """Whether the bot is in a room now, by its id or its name in the configuration."""
        return self._places is not None and self._places.named(room) is not None

    def nick_of(self, account: str) -> str | None:
        """A Matrix id can always be written to."""
        return account if account.startswith("@") and ":" in account else None

    def status(self) -> str:
        """One line for `status`."""
        if not self._live or self._client is None or self._places is None:
            return f"{self.name}: not connected ({self._trouble})."
        parts = [f"{self._client.user_id}, device {self._client.device_id}"]
        parts.append(f"in {', '.join([*self.rooms, *self._places.by_invitation()]) or 'no room'}")
        missing = [room for room in self._settings.rooms if room not in self.rooms]
        parts += [f"kept out of {', '.join(missing)}"] if missing else []
        waiting = self._sender.waiting if self._sender else 0
        parts += [f"{waiting} {'message' if waiting == 1 else 'messages'} waiting"] if waiting else []
        return f"{self.name}: {'; '.join(parts)}."

    async def deliver(self, target: str, lines: Sequence[str]) -> None:
        """Send a message to a room or person. Raises Undeliverable."""
        await self._deliver(target, lines, None)

    async def deliver_once(self, key: str, target: str, lines: Sequence[str]) -> None:
        """The same; what is said again under the same key is the message of the first time. Raises Undeliverable."""
        await self._deliver(target, lines, key)

    async def _deliver(self, target: str, lines: Sequence[str], key: str | None) -> None:
        if not self.connected or self._sender is None or self._places is None:
            raise Undeliverable(f"not connected to {self.name}", retry=True)
        person = self.nick_of(target)
        room_id = None if person else self._places.named(target)
        if person is None and room_id is None:
            if key is not None and self._journal.was_taken(key):
                return  # before the bot had to leave
            raise Undeliverable(f"not in {target}", retry=True)
        # A person's own reminder is the one message that pings: it is theirs, and nobody else reads it.
        content = notice(lines, ping=person)
        await self._sender.deliver(Outgoing(room_id or "", content, labels(lines), person=person, key=key))

    # --- life -------------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Serve until `stop`, or until the session is not valid any more."""
        client = self._client = Client(self.name, self._settings, self._journal, self._folder)
        backoff = Backoff()
        try:
            while not self._stopping.is_set():
                try:
                    await self._open(client)
                    await self._serve(client, backoff)
                except Revoked as error:
                    if not await self._renewed(client, error, backoff):
                        return
                except Refused as refusal:
                    self._lost(f"the homeserver refuses: {refusal}")
                    await pause(self._stopping, max(backoff.wait(), 30))
                except Trouble as trouble:
                    self._lost(str(trouble))
                    await pause(self._stopping, backoff.wait(trouble.wait))
                except UserError as error:
                    self._lost(str(error))
                    await pause(self._stopping, backoff.wait())
                except Exception:
                    log.exception("%s: a fault of ours", self.name)
                    self._lost("a fault of the bot; see its log")
                    await pause(self._stopping, backoff.wait())
        finally:
            await self._close(client)

    async def _close(self, client: Client) -> None:
        """Send what waits, then end everything, also when there is no patience for the former."""
        try:
            if self._sender is not None and self._live:
                await self._sender.drained(self._timing.drain)
        finally:
            self._live = False
            if self._answers is not None:
                self._answers.close()
            try:
                await self._tasks.close()
            finally:
                await client.close()
                self._ended.set()

    async def stop(self) -> None:
        """Take nothing new, send what waits, and go; within 10 s. The session stays."""
        self._stopping.set()
        if self._client is not None:
            try:
                async with asyncio.timeout(self._timing.drain + 2):
                    await self._ended.wait()
            except TimeoutError:
                log.warning("%s: a request would not end", self.name)

    async def _open(self, client: Client) -> None:
        """Log in, and make what needs to know who the bot is; once. Raises Trouble, Refused, Revoked."""
        await client.open()
        if self._places is None:
            name, settings, journal = self.name, self._settings, self._journal
            clock, timing = self._clock, self._timing
            places = self._places = Places(journal, client.user_id)
            sender = self._sender = Sender(client, journal, places, clock, timing, self._end)
            answers = self._answers = Answers(
                name, settings, journal, places, self._handle, clock, sender.wake, self._busy
            )
            self._reader = Reader(client, places)
            self._keeping = Keeping(name, settings, client, journal, places, self._tasks.spawn, timing)
            self._inbox = Inbox(client, journal, answers, self._keeping, self._tasks, clock, timing)
        if not self._begun:
            # Before anybody sees the bot: what is encrypted for it must find its keys.
            await client.crypto.keep_up()
            await self._keeping.join_configured()

    async def _serve(self, client: Client, backoff: Backoff) -> None:
        """Sync for ever. Raises Trouble, Refused, Revoked."""
        while not self._stopping.is_set():
            since = self._journal.cursor()
            wait = self._timing.sync if self._live else 0
            answer = await stoppable(self._stopping, client.sync(since, wait=wait, full=not self._begun))
            if answer is None:
                return
            cursor = answer.get("next_batch")
            if not isinstance(cursor, str):
                raise Trouble("the homeserver's answer to a sync is none")
            if since is None and (not client.is_new or self._journal.rooms()):
                log.warning("%s: how far was read is not known; what was said till now is passed over", self.name)
            news = await self._reader.read(answer, since)
            self._journal.receive(cursor, news.events)
            self._forget_old()
            self._keeping.tidy(news.touched, news.left)
            self._tell_gaps(news)
            if not self._live:
                log.info("%s: in sync as %s", self.name, client.user_id)
            self._live = True
            backoff.reset()
            self._begin(client)
            self._inbox.wake()
            await client.crypto.keep_up()

    def _begin(self, client: Client) -> None:
        """In sync for the first time: start to work on what is heard, and to send."""
        if self._begun or self._answers is None or self._sender is None:
            return
        self._answers.tell_interrupted()
        if client.lost_keys:
            self._tell_new_device()
        self._begun = True  # not before: what the database refused above is done at the next try
        self._tasks.spawn(self._sender.run())
        self._tasks.spawn(self._inbox.run())

    # --- small things -----------------------------------------------------------------------------------------------

    def _forget_old(self) -> None:
        """Once a day, forget what was done long ago."""
        now = self._clock()
        if self._pruned != now.date():
            self._journal.prune(now - timedelta(seconds=self._timing.forget))
            self._pruned = now.date()

    def _tell_gaps(self, news: News) -> None:
        for room_id in news.gaps:
            line = GAP.format(time=self._clock().strftime("%H:%M"))
            self._journal.post(Outgoing(room_id, notice((line,))))

    def _tell_new_device(self) -> None:
        """Say in the encrypted rooms, once, that what was said there before is lost."""
        assert self._places is not None and self._client is not None
        for room_id in self._places.states:
            if self._places.is_in(room_id) and self._places.is_encrypted(room_id):
                key = f"new device {self._client.device_id} {room_id}"
                self._journal.post(Outgoing(room_id, notice((NEW_DEVICE,)), key=key))

    def _busy(self, room_id: str, busy: bool) -> None:
        if self._client is not None:
            self._tasks.quietly(self._client.typing(room_id, 30 if busy else 0))

    async def _renewed(self, client: Client, error: Revoked, backoff: Backoff) -> bool:
        """After the session ended: whether the same device may go on; else the transport is at its end."""
        if error.soft:
            try:
                await client.renew()
                return True
            except Trouble as trouble:
                self._lost(str(trouble))
                await pause(self._stopping, backoff.wait(trouble.wait))
                return True  # the next sync asks for it again
            except (Refused, Revoked) as again:
                log.error("%s: the session ended and cannot be renewed: %s", self.name, again)
        self._end(error)
        return False

    def _end(self, error: Revoked) -> None:
        """The homeserver does not know the session any more: stop, and say what to do."""
        if not self._revoked:
            log.error(
                "%s: the homeserver ended the bot's session (%s). This account stays silent; start the bot again to"
                " log in as a new device.",
                self.name,
                error,
            )
            self._journal.keep_session(None)
        self._revoked, self._live = True, False
        self._trouble = "the homeserver ended its session; start the bot again to log in anew"
        self._stopping.set()

    def _lost(self, why: str) -> None:
        if self._live or why != self._trouble:
            log.warning("%s: not in sync: %s", self.name, why)
        self._live, self._trouble = False, why
