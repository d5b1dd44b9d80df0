"""A raw IRC client, to say what people say and to see what the wire carries.

Rule: nothing is interpreted but PING; a test sees every line, in order.
"""

import asyncio
import base64
import re
import ssl
from collections.abc import Iterable
from dataclasses import dataclass, field
from types import TracebackType

from tests.servers.process import HOST

PATIENCE = 10.0
"""Seconds to wait for a line that must come. Long, because a busy machine is no fault of the bot."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line as it came, taken apart."""

    raw: str
    nick: str
    command: str
    params: tuple[str, ...]
    tags: dict[str, str] = field(default_factory=dict)
    """Values as on the wire, still escaped."""

    @property
    def text(self) -> str:
        """The last parameter."""
        return self.params[-1] if self.params else ""


def parse(raw: str) -> Line:
    """`@tags :nick!user@host COMMAND a b :last one`, taken apart."""
    rest, tags, nick = raw, {}, ""
    if rest.startswith("@"):
        text, _, rest = rest[1:].partition(" ")
        tags = dict(part.partition("=")[::2] for part in text.split(";"))
    rest = rest.lstrip(" ")
    if rest.startswith(":"):
        source, _, rest = rest[1:].partition(" ")
        nick = source.partition("!")[0]
    middle, colon, last = f" {rest}".partition(" :")
    words = middle.split()
    return Line(raw, nick, words[0] if words else "", (*words[1:], last) if colon else tuple(words[1:]), tags)


class RawClient:
    """One connection. `async with await RawClient.connect(port) as client: …`"""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.nick = ""
        self.heard: list[Line] = []
        """Everything that came and was read by `line` or `until`, for the message of a failing test."""
        self._lines: asyncio.Queue[Line | None] = asyncio.Queue()
        self._pump = asyncio.create_task(self._read())

    @classmethod
    async def connect(cls, port: int, *, tls: ssl.SSLContext | None = None) -> "RawClient":
        """Open a connection to loopback."""
        name = "localhost" if tls else None
        return cls(*await asyncio.open_connection(HOST, port, ssl=tls, server_hostname=name))

    async def _read(self) -> None:
        try:
            while data := await self.reader.readline():
                line = parse(data.decode("utf-8", "replace").rstrip("\r\n"))
                if line.command == "PING":
                    self.send(f"PONG :{line.text}")
                self._lines.put_nowait(line)
        except OSError:
            pass
        finally:
            self._lines.put_nowait(None)

    def send(self, *lines: str | bytes) -> None:
        """Send lines as they are; CR LF is added."""
        for line in lines:
            self.writer.write((line.encode() if isinstance(line, str) else line) + b"\r\n")

    async def line(self, seconds: float = PATIENCE) -> Line:
        """The next line. Raises TimeoutError when none comes, ConnectionError when the server has closed."""
        async with asyncio.timeout(seconds):
            line = await self._lines.get()
        if line is None:
            self._lines.put_nowait(None)
            raise ConnectionError(f"{self.nick or 'client'}: closed; last lines: {self._last()}")
        self.heard.append(line)
        return line

    def _last(self) -> list[str]:
        return [line.raw for line in self.heard[-5:]]

    async def until(self, pattern: str, seconds: float = PATIENCE) -> Line:
        """Read until a line matches the expression, and give that line. Raises TimeoutError."""
        wanted = re.compile(pattern)
        try:
            async with asyncio.timeout(seconds):
                while True:
                    line = await self.line(seconds)
                    if wanted.search(line.raw):
                        return line
        except TimeoutError:
            raise TimeoutError(f"{self.nick}: no line like {pattern!r}; last lines: {self._last()}") from None

    def waiting(self) -> list[Line]:
        """The lines that have come and were not read yet, without waiting."""
        lines = []
        while not self._lines.empty():
            line = self._lines.get_nowait()
            if line is None:
                self._lines.put_nowait(None)
                break
            lines.append(line)
        self.heard += lines
        return lines

    async def register(
        self, nick: str, *, caps: Iterable[str] = (), sasl: tuple[str, str] | None = None
    ) -> "RawClient":
        """Log in as `nick`, with capabilities, and with an account and its password. Raises PermissionError."""
        self.nick = nick
        wanted = [*caps, *(["sasl"] if sasl else [])]
        if wanted:
            self.send("CAP LS 302")
        self.send(f"NICK {nick}", f"USER {nick} 0 * :{nick}")
        if wanted:
            await self.until(r" CAP \S+ LS (?!\*)")
            self.send(f"CAP REQ :{' '.join(wanted)}")
            await self.until(r" CAP \S+ ACK ")
        if sasl:
            account, password = sasl
            self.send("AUTHENTICATE PLAIN")
            await self.until(r"(^| )AUTHENTICATE :?\+")
            self.send("AUTHENTICATE " + base64.b64encode(f"\0{account}\0{password}".encode()).decode())
            answer = await self.until(r" 90[345] ")
            if answer.command != "903":
                raise PermissionError(answer.raw)
        if wanted:
            self.send("CAP END")
        await self.until(r" (376|422) ")
        return self

    async def join(self, *rooms: str) -> None:
        """Enter rooms; returns once the server says so."""
        for room in rooms:
            self.send(f"JOIN {room}")
            await self.until(rf" 366 \S+ {re.escape(room)} ")

    def say(self, target: str, text: str) -> None:
        """A message to a room or nick."""
        self.send(f"PRIVMSG {target} :{text}")

    async def round_trip(self) -> None:
        """Return once the server has handled everything sent so far. What came meanwhile is read away into `heard`."""
        self.send("PING :round-trip")
        await self.until(r"PONG .*round-trip")

    async def close(self, reason: str = "") -> None:
        """Leave, waiting until the server has let us go, so that the nick is free afterwards."""
        try:
            if not self.writer.is_closing():
                self.send(f"QUIT :{reason}")
            async with asyncio.timeout(PATIENCE):
                await self._pump
        except (OSError, TimeoutError):
            self._pump.cancel()
        self.writer.close()
        try:
            await self.writer.wait_closed()
        except OSError:
            pass  # the other side was faster

    async def __aenter__(self) -> "RawClient":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
