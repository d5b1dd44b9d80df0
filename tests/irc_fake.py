"""A fake IRC server on loopback, for what real servers never say, and the bot's transport connected to it.

Rule: the test is the server. It reads the bot's lines and writes its own; only `welcome` knows a protocol.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any

from bot.config import IrcNetwork
from bot.messages import Reply, Request
from bot.transports.irc import IrcTransport
from bot.transports.irc_timing import Timing

PATIENCE = 10.0
"""Seconds to wait for what must come; a busy machine is no fault of the bot."""
CAPS = "account-tag account-notify extended-join multi-prefix message-tags server-time batch"
ISUPPORT = "CASEMAPPING=rfc1459 PREFIX=(ov)@+ CHANMODES=b,k,l,imnpst CHANTYPES=# BOT=B"
ALICE = ":alice!al@host.example"


class FakeConnection:
    """The server's end of one connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self.heard: list[str] = []
        """Every line of the bot."""

    def send(self, *lines: str | bytes) -> None:
        """Write lines as they are; CR LF is added."""
        for line in lines:
            self._writer.write((line.encode() if isinstance(line, str) else line) + b"\r\n")

    async def line(self) -> str:
        """The bot's next line. Raises ConnectionError when it has hung up."""
        async with asyncio.timeout(PATIENCE):
            data = await self._reader.readline()
        if not data:
            raise ConnectionError("the bot has hung up")
        self.heard.append(data.decode().removesuffix("\r\n"))
        return self.heard[-1]

    async def until(self, pattern: str) -> str:
        """Read until a line of the bot matches, and give that line."""
        while True:
            if re.search(pattern, line := await self.line()):
                return line

    async def handled(self, *lines: str | bytes) -> list[str]:
        """Send lines; what the bot says until it has handled them all."""
        self.send(*lines, "PING :handled")
        said = []
        while (line := await self.line()) != "PONG :handled":
            said.append(line)
        return said

    async def gone(self) -> None:
        """Return once the bot has hung up."""
        try:
            async with asyncio.timeout(PATIENCE):
                while await self._reader.read(65536):
                    pass
        except ConnectionError:
            pass  # hung up without reading what we had sent

    async def welcome(self, *, caps: str = CAPS, isupport: str = ISUPPORT, names: str = "recapbot @alice bob") -> None:
        """Let the bot in: negotiate, greet, and answer its JOIN and WHO."""
        if caps:
            await self.until("^CAP LS")
            self.send(f":fake CAP * LS :{caps}")
            asked = await self.until("^CAP REQ")
            self.send(f":fake CAP * ACK {asked.removeprefix('CAP REQ ')}")
            await self.until("^CAP END")
        else:
            await self.until("^USER")
        self.greet(isupport)
        rooms = (await self.until("^JOIN")).removeprefix("JOIN ").split(",")
        for room in rooms:
            self.joined(room, names)
        await self.handled()

    def greet(self, isupport: str = ISUPPORT) -> None:
        """The lines that end registration."""
        self.send("@time=2026-11-20T10:00:00.000Z :fake 001 recapbot :Welcome")
        self.send(f":fake 005 recapbot {isupport} :are supported", ":fake 376 recapbot :End")

    def joined(self, room: str, names: str = "recapbot @alice bob") -> None:
        """The lines that say that the bot is in a room, and with whom."""
        self.send(f"@time=2026-11-20T10:00:01.000Z :recapbot!recap@bot.example JOIN {room} * :recapbot")
        self.send(f":fake 353 recapbot = {room} :{names}", f":fake 366 recapbot {room} :End")

    def close(self) -> None:
        """Hang up."""
        self._writer.close()


class FakeServer:
    """`async with FakeServer() as server: connection = await server.accept()`"""

    def __init__(self) -> None:
        self._connections: asyncio.Queue[FakeConnection] = asyncio.Queue()
        self._all: list[FakeConnection] = []
        self._server: asyncio.Server | None = None
        self.port = 0

    async def listen(self) -> None:
        """Listen, on the same port as before if there was one."""
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def vanish(self) -> None:
        """Hang up on everybody and listen no more."""
        if self._server:
            self._server.close()
        for connection in self._all:
            connection.close()
        self._all.clear()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = FakeConnection(reader, writer)
        self._all.append(connection)
        self._connections.put_nowait(connection)

    async def accept(self) -> FakeConnection:
        """The next connection of the bot."""
        async with asyncio.timeout(PATIENCE):
            return await self._connections.get()

    async def __aenter__(self) -> "FakeServer":
        await self.listen()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.vanish()


class Answers:
    """A handler that answers what begins with a sign, and remembers what it was asked."""

    def __init__(self, reply: Callable[[Request], Reply | None] | None = None) -> None:
        self.requests: list[Request] = []
        self._reply = reply or (lambda request: Reply((f"answer to {request.text}",)) if self.is_one(request) else None)

    @staticmethod
    def is_one(request: Request) -> bool:
        """Whether this handler takes a line for a question."""
        return request.room is None or request.text.startswith("+")

    def __call__(self, request: Request) -> Reply | None:
        self.requests.append(request)
        return self._reply(request)


@asynccontextmanager
async def bot_on(
    port: int,
    handle: Callable[[Request], Reply | None] | None = None,
    *,
    timing: Timing | None = None,
    channels: Sequence[str] = ("#ptg",),
    **settings: Any,
) -> AsyncIterator[IrcTransport]:
    """The bot's transport, running, without limits on sending unless they are given."""
    limits = {"burst": 10**6, "rate": 10**6}
    network = IrcNetwork(host="127.0.0.1", port=port, **{"tls": False, "channels": channels, **limits, **settings})
    transport = IrcTransport("fake", network, handle or Answers(), timing=timing or Timing(quit=0.02))
    running = asyncio.create_task(transport.run())
    try:
        yield transport
    finally:
        await transport.stop()
        await running


def play(scenario: Callable[[FakeServer], Coroutine[Any, Any, None]]) -> None:
    """Run one scenario against a fresh fake server."""

    async def run() -> None:
        async with FakeServer() as server:
            await scenario(server)

    asyncio.run(run())
