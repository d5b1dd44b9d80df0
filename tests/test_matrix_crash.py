"""Killed or stopped at random points, the bot loses nothing on Matrix and says nothing twice: no reminder, command or
answer, in plain rooms and encrypted ones.

The seed is fixed, the number of deaths is RECAPBOT_KILLS (20; `make bench` takes 200), every fifth the homeserver's;
half as many are polite stops. The figures go to the test's output (`pytest -s`).
"""

import asyncio
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path

from bot.shipped import read_teams
from bot.store.database import Store
from bot.store.people import seed_teams
from tests.conftest import ACCOUNTS
from tests.matrix_bot import BOT, NETWORK
from tests.reminders_bench import MONDAY, Bench
from tests.servers.guest import Guest
from tests.servers.synapse import Synapse

KILLS = int(os.environ.get("RECAPBOT_KILLS", "20"))
SEED = 20261120
ROOMS = 3
WAITING = 5
"""Commands that wait for their answers at most."""


class Worker:
    """The bot's process."""

    def __init__(self, server: Synapse, database: Path, rooms: list[str], log: Path) -> None:
        self._argv = [sys.executable, "-m", "tests.matrix_crash_worker", str(database), server.url]
        self._argv += [server.accounts[BOT], *rooms]
        self._log = log
        self._process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as output:
            return subprocess.Popen(self._argv, stdout=output, stderr=output)

    def kill(self) -> None:
        """End it at once, and start it again."""
        self._process.kill()
        self._process.wait()
        self.start()

    def stop(self) -> int:
        """End it politely, within ten seconds; its exit status."""
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(10)

    def start(self) -> None:
        """Start it again."""
        self._process = self._start()


class Chatter:
    """Somebody who gives the bot a command now and then, in one room after the other."""

    def __init__(self, guest: Guest, rooms: list[str], me: str) -> None:
        self._guest, self._rooms, self._me = guest, rooms, me
        self.said = 0

    async def run(self) -> None:
        """Record one action after the other, until cancelled."""
        while True:
            self.said += 1
            await self._guest.say(self._rooms[self.said % len(self._rooms)], f"+action nova: job{self.said} of ana")
            await asyncio.sleep(0.1)
            # Who lives for a few messages only must not be given more than they can say.
            await self._guest.until(lambda: _answers(self._guest, self._rooms, self._me) > self.said - WAITING, 120)


def test_kill_9_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    """Whoever is killed, bot or homeserver: each reminder and each answer comes once, each command counts once."""
    with Synapse({name: ACCOUNTS[name] for name in (BOT, "ana")}) as server:
        asyncio.run(_die(server, tmp_path, KILLS, _killed))


def test_sigterm_under_load_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    """Stopped while commands come and reminders go, the bot goes in time; each comes once, though it was away."""
    with Synapse({name: ACCOUNTS[name] for name in (BOT, "ana")}) as server:
        asyncio.run(_die(server, tmp_path, KILLS // 2, _stopped))


async def _killed(server: Synapse, worker: Worker, number: int) -> None:
    if number % 5 == 4:
        await asyncio.to_thread(server.halt)
        await asyncio.to_thread(server.restart)
    else:
        worker.kill()


async def _stopped(server: Synapse, worker: Worker, number: int) -> None:
    status = await asyncio.to_thread(worker.stop)
    # While it comes up, Python may not have been told yet what to do with the signal.
    assert status == 0 or (_comes_up(number) and status == -signal.SIGTERM)
    await asyncio.sleep(0.5)  # commands are given meanwhile
    worker.start()


def _comes_up(number: int) -> bool:
    """Whether a death hits a bot that comes up; else one in the midst of work."""
    return number % 4 == 0


async def _die(
    server: Synapse, folder: Path, times: int, how: Callable[[Synapse, Worker, int], Awaitable[None]]
) -> None:
    chance = random.Random(SEED)
    database, me = folder / "recapbot.db", server.user(BOT)
    async with Guest(server, "ana") as ana:
        rooms = [await ana.make_room(alias=f"room{number}", encrypted=_encrypted(number)) for number in range(ROOMS)]
        names = [f"#room{number}:localhost" for number in range(ROOMS)]
        bench = Bench(Store(database))
        seed_teams(bench.store, read_teams())
        bench.action(f"begin {MONDAY.isoformat()}", "Christian")
        for name in names:
            bench.weekly(name, NETWORK)
        bench.store.close()
        worker = Worker(server, database, names, folder / "worker.log")
        for room in rooms:
            await ana.sees(room, me)
        chatter = Chatter(ana, rooms, me)
        chatting = asyncio.create_task(chatter.run())
        for number in range(times):
            if _comes_up(number):
                await asyncio.sleep(chance.uniform(0.2, 1.5))
            else:
                await _speaks_again(ana, rooms, me, chance.randint(1, 9))
                await asyncio.sleep(chance.uniform(0, 0.1))
            await how(server, worker, number)
        await _speaks_again(ana, rooms, me, 5)
        chatting.cancel()
        await asyncio.gather(chatting, return_exceptions=True)
        # The last one may have been given up on its way; what the homeserver took counts.
        await asyncio.sleep(1)
        said = len(_commands(ana, rooms))
        await ana.until(lambda: _answers(ana, rooms, me) >= said, 30)
        assert worker.stop() == 0
        store = Store(database)
        left = store.db.execute("SELECT COUNT(*) FROM matrix_outbox WHERE state = 'due'").fetchone()[0]
        sent = {row["event_id"] for row in store.db.query("SELECT event_id FROM matrix_outbox WHERE state = 'sent'")}
        store.close()
        assert left == 0, "a polite stop leaves nothing unsent"
        await ana.until(lambda: sent <= {each.event_id for each in ana.heard})
        _judge(ana, rooms, me, database, times)


async def _speaks_again(guest: Guest, rooms: list[str], me: str, times: int) -> None:
    """Return once the bot said something new, so many times."""
    before = sum(len(guest.said(room, me)) for room in rooms)
    await guest.until(lambda: sum(len(guest.said(room, me)) for room in rooms) >= before + times, 30)


def _encrypted(number: int) -> bool:
    """Every other room is."""
    return number % 2 == 1


def _words(guest: Guest, rooms: list[str], by: str) -> list[str]:
    return [text for room in rooms for text in guest.words(room, by)]


def _commands(guest: Guest, rooms: list[str]) -> list[str]:
    """What was to be recorded."""
    return [text.partition("nova: ")[2] for text in _words(guest, rooms, guest.id) if text.startswith("+action")]


def _answers(guest: Guest, rooms: list[str], me: str) -> int:
    return sum(text.startswith("Recorded: ") for text in _words(guest, rooms, me))


def _judge(ana: Guest, rooms: list[str], me: str, database: Path, times: int) -> None:
    commands = _commands(ana, rooms)
    recorded = Counter(
        text.partition('"')[2].partition('"')[0] for text in _words(ana, rooms, me) if "Recorded" in text
    )
    store = Store(database)
    kept = Counter(row["text"] for row in store.db.query("SELECT text FROM items WHERE text LIKE 'job%'"))
    weeks = store.db.execute("SELECT COUNT(DISTINCT local_date) FROM occurrences WHERE state = 'sent'").fetchone()[0]
    sent = store.db.execute("SELECT COUNT(*) FROM occurrences WHERE state = 'sent'").fetchone()[0]
    check = store.db.execute("PRAGMA integrity_check").fetchone()[0]
    store.close()
    reminders: Counter[tuple[str, str]] = Counter()
    repeats = 0
    for number, room in enumerate(rooms):
        assert {each.encrypted for each in ana.said(room, me)} == {_encrypted(number)}
        for text in ana.words(room, me):
            if "Weekly reminder" in text:
                reminders[room, text.partition("begin ")[2][:10]] += 1
                repeats += text.startswith("(repeat)")
    print(f"{times} deaths: {len(commands)} commands, {sent} reminders of {weeks} weeks in {len(rooms)} rooms")
    assert check == "ok"
    assert len(commands) >= times and sent >= times // 2
    expected = dict.fromkeys(commands, 1)
    assert dict(kept) == expected, "commands lost or obeyed twice"
    assert dict(recorded) == expected, "answers lost or said twice"
    assert repeats == 0 and set(reminders.values()) == {1}, "reminders said twice"
    assert len(reminders) == sent, "reminders lost"
