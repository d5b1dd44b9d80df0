"""One connection: the asyncio client of the `irc` package, with the holes in it closed.

Rule 1: all that leaves passes `send_raw`, which cleans it, keeps it within 512 bytes and logs no secret.
Rule 2: whatever a line does, here or in the code that receives it, the next line is still read.
Rule 3: what one line makes us say leaves in one piece: sent line by line, all after the first would wait 40 ms on many
servers, which then hold back small packets until the first is acknowledged (Nagle's algorithm).
The package sends PASS, NICK and USER itself; the order on the wire is registration's (`irc_registration`).
"""

import asyncio
import logging
import re
import ssl
from collections.abc import Callable

from irc.client_aio import AioConnection, AioReactor
from irc.connection import AioFactory

from bot.config import IrcNetwork
from bot.transports import wire
from bot.transports.irc_lines import Endless, LineBuffer, Malformed, Message, parse

log = logging.getLogger(__name__)

LINE = 510
"""Bytes of a line without its CR LF."""
SECRET = ("PASS", "AUTHENTICATE")
"""Commands whose parameters are never logged."""
COMPLAINTS = 10
"""Lines that a server may spoil before we stop saying so at every one."""


class Connection(AioConnection):  # type: ignore[misc]  # the package is untyped
    """A connection that hands over every line it can read, and survives every other."""

    def __init__(self, name: str, receive: Callable[[Message], None], lost: Callable[[], None]) -> None:
        super().__init__(AioReactor(on_connect=self._opened, loop=asyncio.get_running_loop()))
        self._name = name
        self._receive = receive
        self._lost = lost
        self._lines = LineBuffer()
        self._spoiled = 0
        self._ended = False
        self._together: list[bytes] | None = None
        """What is said to the line being handled; None while none is."""
        self._opening: Callable[[], None] = lambda: None
        self.transport: asyncio.Transport | None = None
        self.heard_at = 0.0
        """When the last byte came, by the loop's clock."""

    async def open(self, settings: IrcNetwork, context: ssl.SSLContext | None, opening: Callable[[], None]) -> None:
        """Connect, say what `opening` says, then NICK and USER. Raises OSError, which is also what TLS raises."""
        self._opening = opening
        encryption = {"ssl": context, "server_hostname": settings.host} if context else {}
        await self.connect(
            settings.host,
            settings.port,
            settings.nick,
            username=re.sub(r"[\s@!:]", "", settings.username) or "recapbot",
            ircname=settings.realname,
            connect_factory=AioFactory(**encryption),
        )

    def _opened(self, protocol: object, transport: object) -> None:
        self.heard_at = self.reactor.loop.time()
        self._opening()

    def process_data(self, new_data: bytes) -> None:
        """Take what came."""
        self.heard_at = self.reactor.loop.time()
        try:
            lines = self._lines.feed(new_data)
        except Endless:
            log.warning("%s: the server sends data without line ends; connection dropped", self._name)
            self.abort()
            return
        for line in lines:
            if self._ended:
                return
            self._process_line(line)

    def _process_line(self, line: str) -> None:
        """Hand over one line; nothing that goes wrong with it may reach the next."""
        log.debug("%s << %r", self._name, line)
        self._together = []
        try:
            self._receive(parse(line))
        except (Malformed, IndexError) as error:
            self._spoiled += 1
            if self._spoiled <= COMPLAINTS:
                reason = "too few parameters" if isinstance(error, IndexError) else error
                log.warning("%s: line dropped (%s): %r", self._name, reason, line[:LINE])
        except Exception:
            log.exception("%s: a line could not be handled: %r", self._name, line[:LINE])
        finally:
            self._flush()

    def send_raw(self, string: str) -> None:
        """Send one line."""
        self._write(wire.clean(string))

    def reply_to_ctcp(self, nick: str, text: str) -> None:
        """Answer a CTCP question: the only line with a control character in it."""
        self._write(f"NOTICE {wire.clean(nick)} :\x01{wire.clean(text)}\x01")

    def _write(self, line: str) -> None:
        data = line.encode()
        if len(data) > LINE:  # nobody should ask for this: what is long is split before it comes here
            log.warning("%s: a line of %d bytes was cut", self._name, len(data))
            data = data[:LINE].decode(errors="ignore").encode()
        if log.isEnabledFor(logging.DEBUG):
            command = line.partition(" ")[0]
            log.debug("%s >> %r", self._name, f"{command} …" if command in SECRET else line)
        if self._together is None:
            self._put(data + b"\r\n")
        else:
            self._together.append(data + b"\r\n")

    def _flush(self) -> None:
        """Send what was said to the line that was handled."""
        said, self._together = self._together, None
        if said:
            self._put(b"".join(said))

    def _put(self, data: bytes) -> None:
        if self.transport is not None and not self.transport.is_closing():
            self.transport.write(data)

    def disconnect(self, message: str = "") -> None:
        """The package calls this when the connection is gone."""
        self._flush()
        self.connected, self._ended = False, True
        if self.transport is not None:
            self.transport.close()
        self._lost()

    def abort(self) -> None:
        """End the connection now, without waiting for the other side."""
        self.connected, self._ended = False, True
        if self.transport is not None:
            self.transport.abort()


def tls_context(settings: IrcNetwork) -> ssl.SSLContext | None:
    """What verifies the server: the system's authorities, or those of `ca_file` alone. None without TLS."""
    if not settings.tls:
        return None
    return ssl.create_default_context(cafile=str(settings.ca_file) if settings.ca_file else None)
