"""Killed at random points, the bot loses no reminder, and says one twice only where nobody could know better.

The seed is fixed, the number of deaths is RECAPBOT_KILLS (20; `make bench` takes 200). The figures go to the test's
output (`pytest -s`).
"""

import contextlib
import json
import os
import random
import signal
import socketserver
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.store.database import Store
from tests.crash_worker import NETWORKS
from tests.reminders_bench import MONDAY, Bench

KILLS = int(os.environ.get("RECAPBOT_KILLS", "20"))
SEED = 20261120
ROOMS = 4
"""Rooms on each network."""

PATIENCE = 20.0
"""Seconds that a process may take to come up or to leave; far more than it needs."""


@dataclass(frozen=True)
class Heard:
    """One message as the observer took it."""

    place: str
    monday: str
    repeat: bool

    @property
    def key(self) -> tuple[str, str]:
        """Which reminder it is."""
        return self.place, self.monday


@dataclass
class Observer:
    """Takes messages on a socket, and says so after a little while."""

    port: int = 0
    heard: list[Heard] = field(default_factory=list)
    news: threading.Condition = field(default_factory=threading.Condition)
    chance: random.Random = field(default_factory=lambda: random.Random(SEED))

    @contextlib.contextmanager
    def listening(self) -> Iterator["Observer"]:
        """Listen on a free port of this machine."""
        observer = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                with contextlib.suppress(ConnectionError):
                    for line in self.rfile:
                        observer.take(json.loads(line))
                        time.sleep(observer.chance.uniform(0, 0.004))  # a network's delay: deaths fall into it
                        self.wfile.write(b"taken\n")

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True

        with Server(("127.0.0.1", 0), Handler) as server:
            self.port = server.server_address[1]
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
            thread.start()
            try:
                yield self
            finally:
                server.shutdown()
                thread.join()

    def take(self, message: dict[str, object]) -> None:
        """Write down a message."""
        head, action = message["lines"][:2]
        monday = action.split("begin ")[1][:10]
        with self.news:
            place = f"{message['network']}/{message['target']}"
            self.heard.append(Heard(place, monday, head.startswith("(repeat) ")))
            self.news.notify_all()

    def wait_for_more(self, count: int) -> None:
        """Wait until more than `count` messages were taken."""
        with self.news:
            assert self.news.wait_for(lambda: len(self.heard) > count, PATIENCE), "the worker sends nothing"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database with rooms to remind of one action."""
    path = tmp_path / "recapbot.db"
    bench = Bench(Store(path))
    bench.action(f"begin {MONDAY.isoformat()}", "Christian")
    for network in NETWORKS:
        for number in range(ROOMS):
            bench.weekly(f"#room{number}", network)
    bench.store.close()
    return path


@contextlib.contextmanager
def worker(path: Path, observer: Observer) -> Iterator[subprocess.Popen[bytes]]:
    """A process that sends, from its first message on; it is dead afterwards."""
    before = len(observer.heard)
    root = Path(__file__).parent.parent
    command = [sys.executable, "-m", "tests.crash_worker", str(path), str(observer.port)]
    process = subprocess.Popen(command, cwd=root, stderr=subprocess.PIPE)
    try:
        observer.wait_for_more(before)
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=PATIENCE)


def ledger_of(path: Path) -> dict[tuple[str, str], str]:
    """The ledger that a process left: the state of each reminder, `libera/#room1` of a Monday."""
    store = Store(path)
    rows = store.db.query("SELECT r.network, o.* FROM occurrences o JOIN rules r ON r.id = o.rule_id")
    states = {(f"{row['network']}/{row['target']}", row["local_date"]): row["state"] for row in rows}
    assert store.db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    store.close()
    return states


def finish(path: Path, observer: Observer) -> None:
    """A last process leaves politely, so that nothing is left half done."""
    with worker(path, observer) as process:
        process.terminate()
        process.wait(PATIENCE)
        assert process.returncode == 0


def test_kill(path: Path) -> None:
    """After `kill -9` at random points nothing is lost; a repeat is marked, and there is at most one for each death."""
    chance = random.Random(SEED)
    deaths: Counter[tuple[str, str]] = Counter()
    with Observer().listening() as observer:
        for _ in range(KILLS):
            with worker(path, observer) as process:
                time.sleep(chance.uniform(0, 0.15))  # till a random moment of death, not for anything
                process.send_signal(signal.SIGKILL)
                process.wait(PATIENCE)
            unsure = [key for key, state in ledger_of(path).items() if state == "sending"]
            assert len(unsure) <= len(NETWORKS)
            deaths.update(unsure)
        finish(path, observer)
    states = ledger_of(path)
    times = Counter(each.key for each in observer.heard)
    unmarked = Counter(each.key for each in observer.heard if not each.repeat)

    lost = [key for key, state in states.items() if state == "sent" and not times[key]]
    assert lost == []
    mondays = {monday for _, monday in states}
    assert len(states) == len(mondays) * ROOMS * len(NETWORKS), "every room has every Monday"
    assert not {key for key, state in states.items() if state not in ("sent", "due")}
    assert [key for key, count in unmarked.items() if count > 1] == [], "a second message is marked"
    assert [key for key, count in times.items() if count - 1 > deaths[key]] == [], "at most one for each death"
    assert {each.key for each in observer.heard if each.repeat} <= set(deaths), "only after a death in its sending"
    repeats = sum(count - 1 for count in times.values())
    in_sending = sum(deaths.values())
    print(f"\n{KILLS} kills: {len(times)} reminders, 0 lost, {repeats} repeated, {in_sending} deaths while sending")
    assert KILLS < 20 or in_sending > 0, "no death hit a sending: this run proves nothing"


def test_polite_stop(path: Path) -> None:
    """SIGTERM in the middle of the work loses nothing and doubles nothing: what is being sent arrives first."""
    chance = random.Random(SEED)
    with Observer().listening() as observer:
        for _ in range(max(5, KILLS // 4)):
            with worker(path, observer) as process:
                time.sleep(chance.uniform(0, 0.1))  # till a random moment of the end
                process.terminate()
                process.wait(PATIENCE)
                assert process.returncode == 0
            states = ledger_of(path)
            assert set(states.values()) <= {"sent", "due"}
    times = Counter(each.key for each in observer.heard)
    assert set(times.values()) == {1}
    assert set(times) == {key for key, state in states.items() if state == "sent"}
    assert not any(each.repeat for each in observer.heard)
    print(f"\n{max(5, KILLS // 4)} polite stops: {len(times)} reminders, 0 lost, 0 repeated")
