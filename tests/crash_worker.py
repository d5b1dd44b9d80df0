"""The process that the crash tests kill: the bot's reminders on two networks, which are sockets to an observer.

    python -m tests.crash_worker DATABASE PORT

A Monday is over when all that was due on it is sent; the next one then begins at once. Which Monday it is, stands in
the text of the one action, so that a process that comes after a death goes on where the dead one was, and so that
the observer can tell the weeks apart.
"""

import asyncio
import json
import signal
import sys
from collections.abc import Sequence
from datetime import datetime

from bot.model import Actor
from bot.scheduler import Reminders
from bot.store.database import Store
from bot.store.items import change
from bot.transports.wire import Undeliverable
from tests.reminders_bench import WEEK

NETWORKS = ("libera", "oftc")
ME = Actor("console/worker", "worker", "console")


class Wire:
    """A network: one line of JSON for each message, one line back when the observer has it."""

    def __init__(self, name: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.name = name
        self.connected = True
        self._reader = reader
        self._writer = writer

    async def run(self) -> None:
        """Nothing to serve."""

    async def stop(self) -> None:
        """Leave."""
        self._writer.close()

    async def deliver(self, target: str, lines: Sequence[str]) -> None:
        """Send, and wait for the observer's word."""
        self._writer.write(json.dumps({"network": self.name, "target": target, "lines": lines}).encode() + b"\n")
        await self._writer.drain()
        if not await self._reader.readline():
            raise Undeliverable("connection lost", retry=True, perhaps=True)

    def is_in(self, room: str) -> bool:
        """The bot is in every room."""
        return True

    def nick_of(self, account: str) -> str | None:
        """There are only rooms here."""
        return None

    def status(self) -> str:
        """One line."""
        return self.name


class Mondays:
    """The clock of this process, which stands still until everything is sent."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def clock(self) -> datetime:
        """What Monday it is, at 14:00."""
        text = self._store.db.execute("SELECT COALESCE(edited, text) FROM items").fetchone()[0]
        return datetime.fromisoformat(text.removeprefix("begin "))

    def monotonic(self) -> float:
        """Time passes as the clock says, or its steps would be taken for jumps."""
        return self.clock().timestamp()

    def turn(self) -> None:
        """Begin the next Monday if this one is over."""
        now = self.clock()
        sent = self._store.db.execute(
            "SELECT COUNT(*) FROM occurrences WHERE state = 'sent' AND due_at = ?", [now.isoformat()]
        ).fetchone()[0]
        rules = self._store.db.execute("SELECT COUNT(*) FROM rules").fetchone()[0]
        if sent == rules:
            change(self._store, [1], "edit", ME, now, edited=f"begin {(now + WEEK).isoformat()}")


async def work(path: str, port: int) -> None:
    """Send reminders until SIGTERM, then stop politely."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    store = Store(path)
    mondays = Mondays(store)
    wires = {name: Wire(name, *await asyncio.open_connection("127.0.0.1", port)) for name in NETWORKS}
    reminders = Reminders(store, wires, mondays.clock, every=0.01, monotonic=mondays.monotonic)
    reminders.start()
    while not stop.is_set():
        await asyncio.sleep(0.002)
        mondays.turn()
    await reminders.stop()
    for wire in wires.values():
        await wire.stop()
    store.close()


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1], int(sys.argv[2])))
