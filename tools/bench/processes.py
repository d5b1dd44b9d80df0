"""The bot as a process of its own, its memory, and a client that times answers on a bare socket."""

import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from tests.servers.process import HOST

ROOT = Path(__file__).parents[2]
ROOM = "#ptg"
NICK = "recapbot"
PATIENCE = 30.0
"""Seconds for what must come; a busy machine is no fault of the bot."""

CONFIG = """\
[bot]
database = "{database}"
log_level = "warning"
[irc.bench]
host = "127.0.0.1"
port = {port}
tls = false
channels = ["#ptg"]
{limits}
"""
NO_LIMITS = "burst = 1000000\nrate = 1000000.0"


def megabytes(pid: int) -> float:
    """Resident memory of a process, in units of 1,000,000 bytes."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise ValueError(f"process {pid} has no memory")


class Process:
    """`with Process(log, …) as process: process.pid`: a Python module as a child; its output goes to a file."""

    def __init__(self, log: Path, *arguments: object) -> None:
        self.log = log
        self.began = time.perf_counter()
        with log.open("wb") as output:
            self._child = subprocess.Popen(
                [sys.executable, "-m", *map(str, arguments)],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        self.pid = self._child.pid

    def check(self) -> None:
        """Raise RuntimeError with what it said last when the process is gone."""
        if self._child.poll() is not None:
            tail = self.log.read_text(errors="replace")[-2000:]
            raise RuntimeError(f"the process ended with status {self._child.returncode}: {tail}")

    def __enter__(self) -> "Process":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._child.terminate()
        try:
            self._child.wait(15)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()


def start_bot(folder: Path, port: int, database: Path, limits: str = "") -> Process:
    """`recapbot run` on a server of this machine; `limits` are lines of configuration, the defaults without them."""
    config = folder / f"bot-{port}.toml"
    config.write_text(CONFIG.format(database=database, port=port, limits=limits))
    return Process(folder / f"bot-{port}.log", "bot", "run", "--config", config)


def load_seeds(folder: Path) -> Path:
    """A database with the five recaps of `seeds/`."""
    database = folder / "seeds.db"
    command = [sys.executable, "-m", "bot", "load", "--db", str(database), "seeds"]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return database


class Client:
    """Somebody on the server, on a blocking socket: nothing stands between the wire and the clock."""

    def __init__(self, port: int, nick: str) -> None:
        self.nick = nick
        self._socket = socket.create_connection((HOST, port), PATIENCE)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._whole: deque[bytes] = deque()
        self._rest = b""
        self.send(f"NICK {nick}\r\nUSER {nick} 0 * :{nick}")
        self._until(b" 376 ", b" 422 ")

    def send(self, text: str) -> None:
        """Send a line, or several joined by CR LF."""
        self._socket.sendall(text.encode() + b"\r\n")

    def lines(self) -> Iterator[bytes]:
        """What comes, line by line; PINGs are answered. Raises TimeoutError when nothing comes for long."""
        while True:
            while self._whole:
                line = self._whole.popleft()
                if line.startswith(b"PING"):
                    self.send("PONG" + line[4:].decode())
                else:
                    yield line
            data = self._socket.recv(1 << 16)
            if not data:
                raise ConnectionError(f"the server closed the connection of {self.nick}")
            *whole, self._rest = (self._rest + data).split(b"\r\n")
            self._whole.extend(whole)

    def _until(self, *signs: bytes) -> bytes:
        return next(line for line in self.lines() if any(sign in line for sign in signs))

    def join(self, room: str) -> None:
        """Enter a room."""
        self.send(f"JOIN {room}")
        self._until(b" 366 ")

    def names(self, room: str) -> str:
        """Who is in a room, as the server writes it."""
        self.send(f"NAMES {room}")
        there = ""
        for line in self.lines():
            if b" 353 " in line:
                there += line.decode()
            if b" 366 " in line:
                break
        return there

    def wait_for(self, nick: str, room: str, process: Process) -> float:
        """Return the seconds from the start of `process` to its JOIN in a room where we are already."""
        self._socket.settimeout(1)
        end = time.perf_counter() + PATIENCE
        sign = f":{nick}!"
        while time.perf_counter() < end:
            try:
                for line in self.lines():
                    if line.startswith(sign.encode()) and b" JOIN " in line and room.encode() in line:
                        return time.perf_counter() - process.began
            except TimeoutError:
                process.check()
            finally:
                self._socket.settimeout(PATIENCE)
        raise TimeoutError(f"{nick} did not come to {room} within {PATIENCE:.0f} s")

    def ask(self, target: str, text: str, of: str) -> float:
        """Say a line and return the seconds until the first line of `of` is here."""
        sign = f":{of}!".encode()
        began = time.perf_counter()
        self.send(f"PRIVMSG {target} :{text}")
        for line in self.lines():
            if line.startswith(sign) and b" PRIVMSG " in line:
                return time.perf_counter() - began
        raise AssertionError("the lines of a connection do not end")

    def hear(self, of: str, count: int) -> None:
        """Return when `count` more messages of `of` are here."""
        sign = f":{of}!".encode()
        lines = self.lines()
        while count > 0:
            line = next(lines)
            count -= line.startswith(sign) and b" PRIVMSG " in line

    def hear_rest(self, of: str, quiet: float = 0.3) -> int:
        """How many more messages of `of` come before it is quiet for a while."""
        sign, count = f":{of}!".encode(), 0
        self._socket.settimeout(quiet)
        try:
            for line in self.lines():
                count += line.startswith(sign) and b" PRIVMSG " in line
        except TimeoutError:
            pass
        finally:
            self._socket.settimeout(PATIENCE)
        return count

    def close(self) -> None:
        """Leave."""
        self._socket.close()
