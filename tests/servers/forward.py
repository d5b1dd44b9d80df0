"""A forward proxy: what a network puts between its machines and the world. It takes CONNECT, and nothing else."""

import asyncio
import base64
import contextlib
from collections import Counter
from collections.abc import Mapping
from types import TracebackType

from tests.servers.process import HOST, free_port


class Forward:
    """`async with Forward() as proxy: proxy.url, proxy.asked["localhost:443"]`.

    `secret` (`name:password`) is asked of everybody. `places` says where an address (`host:port`) is that cannot be
    had on this machine, such as port 443; every other is what it says. `carried` counts bytes.
    """

    def __init__(self, secret: str | None = None, places: Mapping[str, int] | None = None) -> None:
        self.port = free_port()
        self.url = f"http://{f'{secret}@' if secret else ''}{HOST}:{self.port}"
        self.asked: Counter[str] = Counter()
        """How often somebody asked for an address and was let through."""
        self.refused = 0
        self.carried = 0
        self._places = dict(places or {})
        self._secret = f"Basic {base64.b64encode(secret.encode()).decode()}" if secret else None
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> "Forward":
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listen, also again after `stop`."""
        self._server = await asyncio.start_server(self._serve, HOST, self.port)

    async def stop(self) -> None:
        """Be gone, with every connection."""
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._tunnel(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _tunnel(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer a CONNECT, and carry what follows until either side ends."""
        with contextlib.closing(writer), contextlib.suppress(OSError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            method, address, _ = head[0].split(" ")
            said = dict(line.split(": ", 1) for line in head[1:] if ": " in line)
            status = "405 Method Not Allowed" if method != "CONNECT" else None
            if self._secret is not None and said.get("Proxy-Authorization") != self._secret:
                status = "407 Proxy Authentication Required"
            if status:
                self.refused += 1
                writer.write(f"HTTP/1.1 {status}\r\n\r\n".encode())
                return await writer.drain()
            host, _, port = address.rpartition(":")
            host, port = (HOST, str(self._places[address])) if address in self._places else (host, port)
            try:
                there, onward = await asyncio.open_connection(host, int(port))
            except OSError:
                writer.write(b"HTTP/1.1 502 Bad Gateway\r\n\r\n")
                return await writer.drain()
            self.asked[address] += 1
            with contextlib.closing(onward):
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                ways = [asyncio.create_task(self._carry(*way)) for way in ((reader, onward), (there, writer))]
                try:
                    await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    for each in ways:
                        each.cancel()
                    await asyncio.gather(*ways, return_exceptions=True)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(2**16):
            self.carried += len(data)
            writer.write(data)
            await writer.drain()
