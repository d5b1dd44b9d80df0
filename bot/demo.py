"""`recapbot demo`: a throw-away bot with the five recaps, a small IRC server, and a prompt that speaks through it.

What one sees is the real thing: the same dispatcher, transport and digest as in service, over a real socket.
"""

import asyncio
import contextlib
import logging
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.patch_stdout import patch_stdout
from rich.console import Console

from bot.app import Bot, now_utc
from bot.config import Bot as BotSection
from bot.config import Config, IrcNetwork
from bot.demo_server import SmallServer
from bot.loading import find_sources, load
from bot.messages import Reply, Request, Role
from bot.model import Actor, Kind
from bot.queries.items import Filter, find_items
from bot.reader import Reader
from bot.reminders import digest
from bot.shipped import read_teams, shipped
from bot.store.database import Store
from bot.store.people import seed_teams
from bot.store.rules import add_rule
from bot.transports.wire import Undeliverable

NETWORK, ROOM, NICK = "demo", "#ptg", "you"

NO_SUCH_NICK = "401"
"""The server's numeric; the small one puts the name where others put a sentence."""

QUIET = 0.4
"""Seconds of silence after which piped input takes an answer for whole."""

HELP = """\
Type what you would say in #ptg. Try:
  #kolla actions                      what Kolla promised at its Xena PTG
  #tripleo sessions stein             what TripleO talked about
  +ask who looks at opensearch?       a question, answered with quotes
  +done {action} merged last week     close an action (and +undo it)
  /msg recapbot summary kolla         a direct message
  /remind                             the weekly reminder, now
  /help   /quit"""


def help_text(store: Store) -> str:
    """What to try, with an action that is open and somebody's."""
    found = find_items(store, Filter(kind=Kind.ACTION, team="kolla"), now_utc())
    owned = next(item for item in found.items if any(owner.person for owner in item.owners))
    example = "+done {action} merged last week"
    return HELP.replace(example, example.format(action=owned.label).ljust(len(example)))


class DemoBot(Bot):
    """The bot with one difference: who speaks at the prompt is an operator, since the small server has none."""

    def __init__(self, config: Config, store: Store) -> None:
        """#ptg gets kolla's digest every Monday."""
        super().__init__(config, store)
        operator = Actor(f"{NETWORK}/~{NICK}", NICK, NETWORK, ROOM)
        self.rule = add_rule(
            store,
            network=NETWORK,
            room=ROOM,
            team="kolla",
            weekday=0,
            at="14:00",
            zone="UTC",
            actor=operator,
            now=self.clock(),
        )

    def answer(self, request: Request) -> Reply | None:
        """What the bot answers."""
        return super().answer(replace(request, role=Role.OP) if request.nick == NICK else request)

    async def remind(self) -> None:
        """Send what the rule of #ptg sends every Monday, now."""
        lines = digest(self.store, self.rule, self.clock())
        while lines:
            try:
                return await self.transports[NETWORK].deliver(ROOM, lines)
            except Undeliverable as error:  # asked for before the bot was in its room
                if not error.retry:
                    raise
                await asyncio.sleep(0.05)


class Speaker:
    """The prompt's own connection to the server: a person in #ptg."""

    def __init__(self, show: Callable[[str], None]) -> None:
        """`show` gets each line that is heard."""
        self._show = show
        self.heard = asyncio.Event()

    async def join(self, port: int) -> None:
        """Connect and wait until the bot is in the room too."""
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", port)
        self._send(f"NICK {NICK}")
        self._send(f"USER {NICK} 0 * :the prompt of the demo")
        self._send(f"JOIN {ROOM}")

    def say(self, text: str) -> None:
        """Say a line in the room, or with `/msg NICK …` to somebody."""
        target, words = ROOM, text
        if text.startswith("/msg "):
            _, target, words = [*text.split(" ", 2), ""][:3]
        self._send(f"PRIVMSG {target} :{words}")

    def _send(self, line: str) -> None:
        self._writer.write(line.encode("utf-8")[:500] + b"\r\n")

    async def listen(self) -> None:
        """Show what is said in the room and to us, until the connection ends."""
        while line := (await self._reader.readline()).decode("utf-8", "replace").rstrip("\r\n"):
            source, _, rest = line.partition(" ")
            command, _, rest = rest.partition(" ")
            target, _, text = rest.partition(" :")
            nick = source[1:].partition("!")[0]
            if command in ("PRIVMSG", "NOTICE"):
                self._show(f"<{nick}> {text}" if target == ROOM else f"*{nick}* {text}")
                self.heard.set()
            elif command == NO_SUCH_NICK:
                self._show(f"-!- {text}: no such nick or channel")
                self.heard.set()

    async def settle(self) -> None:
        """Return when nothing was heard for a while: an answer is whole then."""
        with contextlib.suppress(TimeoutError):
            while True:
                self.heard.clear()
                await asyncio.wait_for(self.heard.wait(), QUIET)

    def close(self) -> None:
        """Leave."""
        self._send("QUIT :bye")
        self._writer.close()


async def _typed() -> AsyncIterator[str]:
    """Lines from a person at a terminal, until they leave."""
    session: PromptSession[str] = PromptSession(f"{ROOM} <{NICK}> ")
    while True:
        try:
            yield await session.prompt_async()
        except (EOFError, KeyboardInterrupt):
            return


async def _piped() -> AsyncIterator[str]:
    """Lines from a pipe, to its end."""
    while line := await asyncio.to_thread(sys.stdin.readline):
        yield line.rstrip("\n")


def _fill(database: Path, console: Console) -> Store:
    store = Store(database)
    seed_teams(store, read_teams())
    with Reader() as reader, console.status("Reading the recaps"):
        report = load(store, reader, find_sources([shipped("seeds")]), loaded_by=None, now=now_utc())
    items = sum(sum(each.firm.values()) for each in report.loaded)
    console.print(f"{len(report.loaded)} recaps read: {items} decisions, actions and open questions.")
    return store


def run_demo() -> None:
    """Run the demo until its prompt or its piped input ends."""
    logging.getLogger("irc").setLevel(logging.CRITICAL)  # the small server warns of every word it does not know
    console = Console(highlight=False, soft_wrap=True)
    with tempfile.TemporaryDirectory(prefix="recapbot-demo-") as folder, SmallServer() as server:
        database = Path(folder) / "demo.db"
        store = _fill(database, console)
        network = IrcNetwork(
            host="127.0.0.1", port=server.port, tls=False, channels=(ROOM,), trust_nicks=True, burst=100, rate=100
        )
        config = Config(bot=BotSection(database=database), irc={NETWORK: network})
        try:
            asyncio.run(_converse(config, store, server.port, console))
        finally:
            store.close()


async def _converse(config: Config, store: Store, port: int, console: Console) -> None:
    bot = DemoBot(config, store)
    stop = asyncio.Event()
    running = asyncio.create_task(bot.run(stop))
    terminal = sys.stdin.isatty()
    speaker = Speaker(print)
    hints = help_text(store)
    while not bot.transports[NETWORK].connected:
        await asyncio.sleep(0.02)
    await speaker.join(port)
    listening = asyncio.create_task(speaker.listen())
    console.print(
        f"A bot and a small IRC server run on this machine only (127.0.0.1:{port}); all of it is gone when you leave.\n"
        f"Join with a client:  irssi -c 127.0.0.1 -p {port} -n ana   or   weechat irc://ana@127.0.0.1:{port}/{ROOM}\n"
        "The small server knows no accounts, so nicks are trusted here (trust_nicks), and you count as an operator.\n"
        f"{hints}",
        markup=False,
    )
    with patch_stdout() if terminal else contextlib.nullcontext():
        async for line in _typed() if terminal else _piped():
            if not terminal:
                print(f"{ROOM} <{NICK}> {line}")
            if line.strip() == "/quit":
                break
            if line.strip() == "/remind":
                await bot.remind()
            elif line.startswith("/") and not line.startswith("/msg "):
                print(hints)
            elif line.strip():
                speaker.say(line.strip())
            if not terminal:
                await speaker.settle()
    speaker.close()
    stop.set()
    listening.cancel()
    await asyncio.gather(running, listening, return_exceptions=True)
