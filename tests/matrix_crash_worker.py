"""The process that the Matrix crash tests kill: the whole bot on a homeserver, for which every week lasts a moment.

    python -m tests.matrix_crash_worker DATABASE HOMESERVER PASSWORD ROOM…

A Monday is over when all that was due on it is sent; the next one then begins. Which Monday it is stands in the text
of the first action, as in `crash_worker`.
"""

import asyncio
import signal
import sys
from pathlib import Path

from pydantic import SecretStr

from bot.app import Bot
from bot.config import Bot as BotSection
from bot.config import Config, MatrixNetwork
from bot.scheduler import Reminders
from bot.store.database import Store
from tests.crash_worker import Mondays
from tests.matrix_bot import BOT, NETWORK
from tests.servers.synapse import NAME

TURN = 0.15
"""Seconds that a week lasts at least."""


async def work(database: Path, homeserver: str, password: str, rooms: list[str]) -> None:
    """Serve until SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    network = MatrixNetwork(
        user=f"@{BOT}:{NAME}", homeserver=homeserver, password=SecretStr(password), rooms=tuple(rooms)
    )
    store = Store(database)
    mondays = Mondays(store)
    bot = Bot(Config(bot=BotSection(database=database), matrix={NETWORK: network}), store, mondays.clock)
    bot.reminders = Reminders(store, bot.transports, mondays.clock, every=0.02, monotonic=mondays.monotonic)

    async def turn() -> None:
        while True:
            await asyncio.sleep(TURN)
            mondays.turn()

    turning = asyncio.create_task(turn())
    await bot.run(stop)
    turning.cancel()
    store.close()


if __name__ == "__main__":
    asyncio.run(work(Path(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4:]))
