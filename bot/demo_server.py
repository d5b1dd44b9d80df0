"""The demo's IRC server: the `irc` package's own small one, on loopback, with five of its habits mended.

It answers a PING with the token that came with it (reminders wait for it), waits for work instead of spinning,
survives bytes that are not UTF-8 and clients that vanish, and tells who has no nick yet to register first (irssi waits
for that). It knows neither accounts nor operators.
"""

import select
import threading

from irc.server import IRCClient, IRCServer


class SmallClient(IRCClient):  # type: ignore[misc]  # the package has no types
    """One connection to the demo's server."""

    def _handle_line(self, line: str) -> None:
        command = line.partition(" ")[0].upper()
        if self.nick is None and command not in ("NICK", "USER", "PING", "QUIT"):
            self._send(f":{self.server.servername} 451 * :You have not registered")
        else:
            super()._handle_line(line)

    def handle_ping(self, params: str) -> str:
        """Answer with the token, as RFC 2812 has it."""
        return f":{self.server.servername} PONG {self.server.servername} :{params.lstrip(':')}"

    def handle_mode(self, params: str) -> str:
        """There are no modes: no answer is the honest one."""
        return ""

    handle_who = handle_mode

    def _handle_one(self) -> None:
        readable, _, _ = select.select([self.request], [], [], 0.01)
        while self.send_queue:
            self._send(self.send_queue.pop(0))
        if readable:
            self._handle_incoming()

    def _send(self, msg: str) -> None:
        try:
            super()._send(msg)
        except OSError as error:
            raise self.Disconnect from error

    def _handle_incoming(self) -> None:
        try:
            super()._handle_incoming()
        except UnicodeDecodeError as error:
            raise self.Disconnect from error


class SmallServer:
    """The server in a thread of its own, on a free port of the loopback address."""

    def __init__(self) -> None:
        self._server = IRCServer(("127.0.0.1", 0), SmallClient)
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> "SmallServer":
        self._thread.start()
        return self

    def __exit__(self, *about: object) -> None:
        self._server.shutdown()
        self._server.server_close()
