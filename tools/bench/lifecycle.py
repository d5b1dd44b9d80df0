"""From start to joined on ngircd, and coming back after the server was gone."""

import contextlib
import socket
import statistics
import tempfile
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from tests.servers.ngircd import NgIRCd
from tests.servers.process import HOST
from tools.bench.figures import Figure
from tools.bench.processes import NICK, PATIENCE, ROOM, Client, load_seeds, start_bot

STARTS = 5
GONE = (3.0, 3.3, 3.6)
"""Seconds for which the server is away, time after time: the bot's tries shall not always meet it in the same phase."""
PROMPT = 5
"""Tries that come at most a second apart."""


def measure(quick: bool) -> list[Figure]:
    """The figures of this part."""
    with tempfile.TemporaryDirectory() as name, NgIRCd() as server:
        folder = Path(name)
        database = load_seeds(folder)
        starts = []
        observer = Client(server.port, "observer")
        observer.join(ROOM)
        for _ in range(STARTS):
            with start_bot(folder, server.port, database) as bot:
                starts.append(observer.wait_for(NICK, ROOM, bot))
        observer.close()
        returns = [_come_back(server, folder, database, gone) for gone in GONE]
        gaps = _tries(server, folder, database)
    median = statistics.median(starts)
    return [
        Figure(
            f"start of the process to its JOIN: median of {STARTS}",
            f"{median:.2f} s (slowest {max(starts):.2f})",
            "1 s",
            median < 1,
            peers="limnoria 0.1, sopel 0.3, ptgbot 5.1",
        ),
        Figure(
            f"back in the room after the server was gone for {GONE[0]:.0f} s and a little",
            f"after {', '.join(f'{seconds:.2f}' for seconds in returns)} s",
            "3 s",
            max(returns) < 3,
            peers="bare asyncio loop 0.8, limnoria 6.7, sopel 17.7, errbot 57, ptgbot 62",
        ),
        Figure(
            "seconds before each try while it is gone",
            ", ".join(f"{gap:.2f}" for gap in gaps),
            f"the first {PROMPT} at most 1 s apart, then longer",
            max(gaps[:PROMPT]) <= 1 < gaps[PROMPT],
        ),
    ]


def _come_back(server: NgIRCd, folder: Path, database: Path, gone: float) -> float:
    """Seconds from the moment when the server listens again until the bot is in the room."""
    with _joined(server, folder, database):
        server.halt()
        time.sleep(gone)
        server.restart()
        began = time.perf_counter()
        with contextlib.closing(Client(server.port, "witness")) as witness:
            while NICK not in witness.names(ROOM):
                if time.perf_counter() - began > PATIENCE:
                    return float("inf")
                time.sleep(0.01)
        return time.perf_counter() - began


def _tries(server: NgIRCd, folder: Path, database: Path) -> list[float]:
    """What stands in the server's place takes each connection and closes it: the seconds between the bot's tries."""
    with _joined(server, folder, database), socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.settimeout(PATIENCE)
        server.halt()
        moments = [time.perf_counter()]
        listener.bind((HOST, server.port))
        listener.listen()
        for _ in range(PROMPT + 1):
            connection, _ = listener.accept()
            moments.append(time.perf_counter())
            connection.close()
    return [later - earlier for earlier, later in pairwise(moments)]


@contextlib.contextmanager
def _joined(server: NgIRCd, folder: Path, database: Path) -> Iterator[None]:
    """A bot that has just joined."""
    with contextlib.closing(Client(server.port, "observer")) as observer:
        observer.join(ROOM)
        with start_bot(folder, server.port, database) as bot:
            observer.wait_for(NICK, ROOM, bot)
            yield
