"""A bot on a homeserver, for the tests: the whole bot in this process, with a database in a folder."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from bot.app import Bot, now_utc, wanted_rules
from bot.config import Bot as BotSection
from bot.config import Config, IrcNetwork, MatrixNetwork
from bot.shipped import read_teams
from bot.store.database import WAIT, Store
from bot.store.people import seed_teams
from bot.store.rules import sync_config_rules
from bot.transports.matrix import MatrixTransport
from bot.transports.matrix_timing import Timing
from tests.servers.synapse import Synapse

NETWORK = "mx"
BOT = "recapbot"


def settings(server: Synapse, **more: Any) -> MatrixNetwork:
    """The bot's account on that server."""
    given = {"homeserver": server.url, "password": SecretStr(server.accounts[BOT]), **more}
    return MatrixNetwork(user=server.user(BOT), **given)


class Running:
    """A bot that runs."""

    def __init__(self, bot: Bot) -> None:
        self.bot, self.store = bot, bot.store
        transport = bot.transports[NETWORK]
        assert isinstance(transport, MatrixTransport)
        self.matrix = transport

    async def connected(self, wanted: bool = True, seconds: float = 20) -> None:
        """Return once the bot is in sync (or not)."""
        async with asyncio.timeout(seconds):
            while self.matrix.connected is not wanted:
                await asyncio.sleep(0.02)

    async def knows(self, wanted: Callable[[], Any], seconds: float = 15) -> Any:
        """What `wanted` gives, once that is true."""
        async with asyncio.timeout(seconds):
            while not (found := wanted()):
                await asyncio.sleep(0.02)
        return found

    def items(self) -> dict[str, str]:
        """The state of every item, by its label."""
        rows = self.store.db.query("SELECT kind, number, state FROM items ORDER BY id")
        return {f"{row['kind'][0].upper()}{row['number']}": row["state"] for row in rows}


@asynccontextmanager
async def running(
    folder: Path,
    network: MatrixNetwork,
    *,
    irc: dict[str, IrcNetwork] | None = None,
    clock: Callable[[], datetime] = now_utc,
    timing: Timing | None = None,
    patience: float = WAIT,
    wait: bool = True,
    **more: Any,
) -> AsyncIterator[Running]:
    """A bot with its database in that folder, in sync unless nobody is to `wait` for that; polite at its end.

    `patience` is how long it waits for another program's write; `more` are further tables of the configuration.
    """
    database = folder / "recapbot.db"
    config = Config(bot=BotSection(database=database), matrix={NETWORK: network}, irc=irc or {}, **more)
    store = Store(database, wait=patience)
    seed_teams(store, read_teams())
    sync_config_rules(store, wanted_rules(config), clock())
    bot = Bot(config, store, clock, matrix_timing=timing)
    found = Running(bot)
    stop = asyncio.Event()
    serving = asyncio.create_task(bot.run(stop))
    try:
        if wait:
            await found.connected()
        yield found
    finally:
        stop.set()
        await serving
        store.close()
