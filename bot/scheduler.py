"""The only import of apscheduler, which does no more than wake the bot: what is due, the ledger says.

One job, in memory, every few seconds. A tick brings the ledger up to date and starts sending on each network that is
not sending already. Two things are kept from a clock that jumps: a jump ahead of more than a day is waited out before
it is believed, and a jump back must not leave the job waiting for the old time.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.delivery import RECORD_AGAIN, Clock, send_on
from bot.messages import UserError
from bot.reminders import troubles
from bot.store import ledger
from bot.store.database import Store
from bot.transports.wire import Transport

log = logging.getLogger(__name__)

EVERY = 15.0
"""Seconds between ticks."""

NAMED = 5
"""Reminders that were refused which `status` names; of more it says how many."""

JUMP = timedelta(days=1)
"""A clock that moved so much more than time did is not believed at once (a bad time server, a machine without one)."""

HOLD = 600.0
"""Seconds that a jump ahead must last before it is believed (after a long suspend it is true)."""


class Reminders:
    """Sends what is due, looking every `every` seconds. `clock` gives the time, `monotonic` counts seconds.

    `record_again` is how long it waits before it tries again to write down what became of a message.
    """

    def __init__(
        self,
        store: Store,
        transports: Mapping[str, Transport],
        clock: Clock,
        *,
        every: float = EVERY,
        monotonic: Callable[[], float] = time.monotonic,
        record_again: float = RECORD_AGAIN,
    ) -> None:
        self._store = store
        self._transports = transports
        self._clock = clock
        self._every = every
        self._monotonic = monotonic
        self._record_again = record_again
        self._senders: dict[str, asyncio.Task[None]] = {}
        self._stopping = False
        self._watch: asyncio.TimerHandle | None = None
        self._last: tuple[datetime, float] | None = None
        self._held_since: float | None = None
        self._scanned: float | None = None
        self._woken = AsyncIOScheduler(timezone=UTC)
        self._job = self._woken.add_job(
            self._tick_now, "interval", seconds=every, misfire_grace_time=None, coalesce=True, max_instances=1
        )

    def start(self) -> None:
        """Take up what an earlier process left unfinished, and begin; call it in the running loop."""
        left = ledger.recover(self._store, self._clock())
        if left:
            log.warning("%d reminders were being sent when the last process died; they are repeated", left)
        self._woken.start()
        self._job.modify(next_run_time=datetime.now(UTC))
        self._wake_again()

    async def stop(self, grace: float = 10.0) -> None:
        """Begin nothing new; let what is being sent arrive, `grace` seconds at most. The transports stop after this."""
        self._stopping = True
        if self._watch is not None:
            self._watch.cancel()
        if self._woken.running:
            self._woken.shutdown(wait=False)
        running = [task for task in self._senders.values() if not task.done()]
        if running:
            _, late = await asyncio.wait(running, timeout=grace)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    @property
    def scan_age(self) -> float | None:
        """Seconds since the ledger was last looked through; None before the first time."""
        return None if self._scanned is None else self._monotonic() - self._scanned

    def status(self) -> str:
        """One line for `status`."""
        if self._held_since is not None:
            return "reminders: held, because the clock jumped ahead by more than a day."
        age = self.scan_age
        looked = "reminders: not looked at yet" if age is None else f"reminders: looked at {age:.0f} s ago"
        refused = troubles(self._store, self._clock())
        more = [f"{len(refused) - NAMED} more"] if len(refused) > NAMED else []
        return "; ".join([looked, *refused[:NAMED], *more]) + "."

    async def tick(self, now: datetime) -> None:
        """Bring the ledger up to `now` and start sending; nothing is awaited that a network could hold up."""
        if self._stopping:
            return
        if self._is_held(now):
            self._scanned = self._monotonic()
            return
        try:
            ledger.scan(self._store, now)
        except UserError as error:
            log.error("reminders could not be looked at: %s", error)
            return
        self._scanned = self._monotonic()
        for name, transport in self._transports.items():
            running = self._senders.get(name)
            if running is None or running.done():
                self._senders[name] = asyncio.create_task(
                    send_on(self._store, transport, self._clock, lambda: self._stopping, self._record_again),
                    name=f"reminders {name}",
                )

    async def _tick_now(self) -> None:
        await self.tick(self._clock())

    def _is_held(self, now: datetime) -> bool:
        """Whether the clock jumped ahead and that is not to be believed yet."""
        passed = self._monotonic()
        if self._last is not None:
            believed, then = self._last
            ahead = now - believed - timedelta(seconds=passed - then)
            if ahead > JUMP:
                if self._held_since is None:
                    log.warning("the clock jumped ahead by %s; reminders are held for %.0f s", ahead, HOLD)
                    self._held_since = passed
                if passed - self._held_since < HOLD:
                    return True
        self._held_since = None
        self._last = (now, passed)
        return False

    def _wake_again(self) -> None:
        """Keep the job awake: after a jump back, apscheduler would sleep till the time that it had planned."""
        planned = self._job.next_run_time
        if planned is not None and planned - datetime.now(UTC) > timedelta(seconds=2 * self._every):
            log.warning("the clock went back; reminders go on")
            self._job.modify(next_run_time=datetime.now(UTC))
        self._watch = asyncio.get_running_loop().call_later(self._every, self._wake_again)
