"""Work that goes on beside the sync, and work that a stop cuts short.

Rule: what fails beside the sync is logged, and fails alone.
"""

import asyncio
import logging
from collections.abc import Awaitable

from bot.transports.matrix_http import Refused, Revoked, Trouble

log = logging.getLogger(__name__)


class Tasks:
    """The tasks of one account."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._all: set[asyncio.Task[None]] = set()

    def spawn(self, work: Awaitable[None]) -> "asyncio.Task[None]":
        """Begin some work."""
        task: asyncio.Task[None] = asyncio.ensure_future(work)
        self._all.add(task)
        task.add_done_callback(self._over)
        return task

    def quietly(self, work: Awaitable[None]) -> None:
        """Begin what is of no weight if it fails."""
        self.spawn(self._quietly(work))

    async def _quietly(self, work: Awaitable[None]) -> None:
        try:
            await work
        except (Trouble, Refused, Revoked) as error:
            log.debug("%s: %s", self._name, error)

    async def close(self) -> None:
        """End everything."""
        running = list(self._all)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def _over(self, task: "asyncio.Task[None]") -> None:
        self._all.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("%s: a task failed", self._name, exc_info=error)


async def pause(stopping: asyncio.Event, seconds: float) -> None:
    """Wait, unless the bot is stopped meanwhile."""
    try:
        async with asyncio.timeout(seconds):
            await stopping.wait()
    except TimeoutError:
        pass


async def stoppable(stopping: asyncio.Event, work: Awaitable[dict[str, object]]) -> dict[str, object] | None:
    """What comes of some work, or None where the bot is stopped meanwhile."""
    doing = asyncio.ensure_future(work)
    stopped = asyncio.ensure_future(stopping.wait())
    try:
        await asyncio.wait([doing, stopped], return_when=asyncio.FIRST_COMPLETED)
        return doing.result() if doing.done() else None
    finally:
        stopped.cancel()
        if not doing.done():
            doing.cancel()
