"""The bot on a real homeserver (Synapse, its rate limits off), with an IRC network beside it: how long an answer takes,
many asked at once, the homeserver gone and back, memory, and kill -9.

A question is timed from the moment at which its sender begins to send it to the moment at which the sender's client
has the answer, decrypted where the room is encrypted. Floor and ours take turns, question by question.
"""

import asyncio
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

from tests.servers.guest import Guest
from tests.servers.ngircd import NgIRCd
from tests.servers.synapse import Synapse
from tools.bench.figures import Figure, milliseconds, percentile
from tools.bench.processes import CONFIG, NO_LIMITS, ROOM, ROOT, Client, Process, load_seeds, megabytes
from tools.bench.searching import LISTS, questions

BOT, FLOOR, ASKER = "recapbot", "floor", "ana"
TIMES, WARM = 100, 5
ALLOWED = 1.3
"""How many times the floor's median ours may take."""

COMMANDS = ("#kolla actions", "+ask who looks at opensearch?")
ROOMS, EACH = 10, 10
GONE = (3.0, 20.0)
"""Seconds for which the homeserver is away."""
BACK = 5.0
PATIENCE = 60.0
MEMORY = 130
KILLS = 200

ACCOUNT = """
[matrix.mx]
user = "{user}"
homeserver = "{homeserver}"
password = "{password}"
rooms_from = ["*"]
"""


def measure(quick: bool) -> list[Figure]:
    """The figures of this part."""
    passwords = {name: f"{name}-secret" for name in (BOT, FLOOR, ASKER)}
    with tempfile.TemporaryDirectory() as name, NgIRCd() as irc, Synapse(passwords) as server:
        figures = asyncio.run(_served(server, irc, Path(name), quick))
    return [*figures, _killed(20 if quick else KILLS)]


def _start(server: Synapse, irc: NgIRCd, folder: Path) -> Process:
    config = folder / "bot.toml"
    network = CONFIG.format(database=load_seeds(folder), port=irc.port, limits=NO_LIMITS)
    account = ACCOUNT.format(user=server.user(BOT), homeserver=server.url, password=server.accounts[BOT])
    config.write_text(network + account)
    config.chmod(0o600)
    return Process(folder / "bot.log", "bot", "run", "--config", config)


async def _served(server: Synapse, irc: NgIRCd, folder: Path, quick: bool) -> list[Figure]:
    keys = folder / "floor"
    keys.mkdir()
    floor_arguments = (server.url, server.user(FLOOR), server.accounts[FLOOR], keys)
    async with Guest(server, ASKER) as ana:
        with (
            Process(folder / "floor.log", "tools.bench.matrix_floor", *floor_arguments),
            await asyncio.to_thread(_start, server, irc, folder) as bot,
        ):
            figures = []
            for encrypted in (False, True):
                figures += await _one_by_one(ana, server, encrypted, 30 if quick else TIMES)
            figures.append(await _all_at_once(ana, server))
            figures.append(await _memory(ana, server, irc, bot))
            figures.append(await _come_back(ana, server, GONE[:1] if quick else GONE))
            bot.check()
    return figures


async def _room(ana: Guest, other: str, *, encrypted: bool = False) -> str:
    room = await ana.make_room(other, encrypted=encrypted)
    await ana.until(lambda: ana.members.get(room, {}).get(other) == "join", PATIENCE)
    return room


async def _ask(ana: Guest, room: str, text: str, of: str) -> float:
    """Say something and return the seconds until the first message of `of` is here."""
    before = len(ana.said(room, of))
    began = time.perf_counter()
    await ana.say(room, text)
    await ana.until(lambda: len(ana.said(room, of)) > before, PATIENCE)
    return time.perf_counter() - began


async def _one_by_one(ana: Guest, server: Synapse, encrypted: bool, times: int) -> list[Figure]:
    me, other = server.user(BOT), server.user(FLOOR)
    ours_room, floor_room = [await _room(ana, who, encrypted=encrypted) for who in (me, other)]
    floor: list[float] = []
    ours: dict[str, list[float]] = {text: [] for text in COMMANDS}
    for turn in range(WARM + times):
        for text, taken in ours.items():
            # What a bot does after its answer must not fall into the other's time.
            for room, asked, who, into in ((floor_room, "!floor", other, floor), (ours_room, text, me, taken)):
                seconds = await _ask(ana, room, asked, who)
                await asyncio.sleep(0.05)
                if turn >= WARM:
                    into.append(seconds)
    assert all(each.encrypted is encrypted for each in ana.said(ours_room, me)), "an answer is not as its room is"
    least = statistics.median(floor)
    return [
        Figure(
            f"Matrix, {'encrypted' if encrypted else 'plain'}: `{text}`, median of {times}",
            f"{milliseconds(median := statistics.median(taken))} (p99 {milliseconds(percentile(taken, 0.99))})",
            f"{ALLOWED} times the floor",
            median <= ALLOWED * least,
            f"{milliseconds(least)} (p99 {milliseconds(percentile(floor, 0.99))}): {median / least:.2f} times",
        )
        for text, taken in ours.items()
    ]


async def _all_at_once(ana: Guest, server: Synapse) -> Figure:
    """In each of some rooms some questions at once, each about an id that nothing has, which the answer repeats."""
    me = server.user(BOT)
    rooms = [await _room(ana, me) for _ in range(ROOMS)]
    wanted = {f"A9{place:03}{number:03}": room for place, room in enumerate(rooms) for number in range(EACH)}

    async def say(label: str, room: str) -> None:
        body = {"msgtype": "m.text", "body": f"+show {label}"}
        await ana.ask("PUT", f"rooms/{quote(room)}/send/m.room.message/{label}", body)

    def answers() -> list[tuple[str, str]]:
        return [
            (label, room) for room in rooms for text in ana.words(room, me) for label in re.findall(r"A9\d{6}", text)
        ]

    began = time.perf_counter()
    await asyncio.gather(*(say(label, room) for label, room in wanted.items()))
    try:
        await ana.until(lambda: set(wanted.items()) <= set(answers()), PATIENCE)
    except AssertionError as error:
        print(error)
    taken = time.perf_counter() - began
    await asyncio.sleep(1)
    heard = answers()
    lost, doubled = len(set(wanted.items()) - set(heard)), len(heard) - len(set(heard))
    return Figure(
        f"Matrix: {ROOMS} rooms, {EACH} commands at once in each",
        f"{lost} of {len(wanted)} lost, {doubled} twice, the last after {taken:.1f} s",
        "none lost or twice",
        not lost and not doubled,
    )


async def _memory(ana: Guest, server: Synapse, irc: NgIRCd, bot: Process) -> Figure:
    """After every committed question and many lists, on both networks."""
    me = server.user(BOT)
    room = await _room(ana, me)
    observer = await asyncio.to_thread(Client, irc.port, "observer")
    observer.join(ROOM)
    texts = [*LISTS, "#kolla summary", *(f"{team or '+'}ask {text}" for team, text in questions())]
    before = megabytes(bot.pid)
    for text in texts:
        await _ask(ana, room, text, me)
        await asyncio.to_thread(observer.ask, ROOM, text, BOT)
        await asyncio.to_thread(observer.hear_rest, BOT, 0.02)
    observer.close()
    after = megabytes(bot.pid)
    return Figure(
        f"resident memory with both transports, after {len(texts)} questions on each",
        f"{after:.0f} MB ({before:.0f} MB before them)",
        f"{MEMORY} MB",
        after < MEMORY,
    )


async def _come_back(ana: Guest, server: Synapse, outages: tuple[float, ...]) -> Figure:
    """Seconds from the moment when the homeserver answers again to the answer to a command said then."""
    me = server.user(BOT)
    room = await _room(ana, me)
    taken = []
    for number, gone in enumerate(outages):
        await asyncio.to_thread(server.halt)
        await asyncio.sleep(gone)
        await asyncio.to_thread(server.restart)
        label = f"A97{number:05}"
        taken.append(await asyncio.to_thread(_answered, ana.client.access_token, server, room, label))
    away = " and ".join(f"{gone:.0f}" for gone in outages)
    return Figure(
        f"Matrix: a command answered after the homeserver was gone for {away} s",
        f"after {', '.join(f'{seconds:.2f}' for seconds in taken)} s",
        f"{BACK:.0f} s",
        max(taken) <= BACK,
    )


def _answered(token: str, server: Synapse, room: str, label: str) -> float:
    """Ask without a sync, which would have to come back too."""
    began = time.perf_counter()
    base = f"/_matrix/client/v3/rooms/{quote(room)}"
    server.ask("PUT", f"{base}/send/m.room.message/{label}", {"msgtype": "m.text", "body": f"+show {label}"}, token)
    while time.perf_counter() - began < PATIENCE:
        page = server.ask("GET", f"{base}/messages?dir=b&limit=10", token=token)
        if any(each["sender"] == server.user(BOT) and label in json.dumps(each["content"]) for each in page["chunk"]):
            return time.perf_counter() - began
        time.sleep(0.05)
    return float("inf")


def _killed(kills: int) -> Figure:
    """The crash test with the kills that `make test` has no time for."""
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-s", "-p", "no:cacheprovider", "tests/test_matrix_crash.py"],
        cwd=ROOT,
        env={**os.environ, "RECAPBOT_KILLS": str(kills)},
        capture_output=True,
        text=True,
    )
    said = re.findall(r"^\d+ deaths: .*$", run.stdout, re.MULTILINE)
    if run.returncode:
        print(run.stdout[-4000:])
    return Figure(
        f"Matrix: {kills} times kill -9 of bot or homeserver at random points",
        "; ".join(said) or f"the test ended with status {run.returncode}",
        "0 lost, 0 doubled",
        run.returncode == 0 and bool(said),
    )
