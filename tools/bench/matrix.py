"""How long an answer takes through Synapse, its limits off, plain and encrypted; many at once; after an outage; memory.

A question is timed from before it is sent to the arrival of its answer at a real client. Floor and ours take turns.
"""

import asyncio
import statistics
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

from tests.servers.guest import Guest
from tests.servers.ngircd import NgIRCd
from tests.servers.synapse import Synapse
from tools.bench.figures import Figure, milliseconds
from tools.bench.processes import CONFIG, NO_LIMITS, Process, load_seeds, megabytes

BOT, FLOOR = "recapbot", "floor"
ACCOUNTS = {BOT: "b", FLOOR: "f", "ana": "a"}
TIMES = 100
ROOMS, EACH = 10, 10
RATIO = 1.3
MEMORY = 130
BACK = 5.0

ACCOUNT = """
[matrix.homeserver]
user = "@recapbot:localhost"
homeserver = "{url}"
password = "b"
rooms_from = ["*"]
"""


def measure(quick: bool) -> list[Figure]:
    """The figures of this part."""
    with tempfile.TemporaryDirectory() as name, NgIRCd() as irc, Synapse(ACCOUNTS) as server:
        folder = Path(name)
        config = folder / "bot.toml"
        text = CONFIG.format(database=load_seeds(folder), port=irc.port, limits=NO_LIMITS)
        config.write_text(text + ACCOUNT.format(url=server.url))
        config.chmod(0o600)
        return asyncio.run(_measure(server, folder, config, 30 if quick else TIMES))


async def _measure(server: Synapse, folder: Path, config: Path, times: int) -> list[Figure]:
    me, floor = server.user(BOT), server.user(FLOOR)
    figures = []
    async with Guest(server, "ana") as ana:
        rooms = {crypt: await ana.make_room(alias=f"bench{crypt}", encrypted=crypt) for crypt in (False, True)}
        aliases = [f"#bench{crypt}:localhost" for crypt in rooms]
        with (
            Process(folder / "floor.log", "tools.bench.matrix_floor", server.url, floor, ACCOUNTS[FLOOR], *aliases),
            Process(folder / "bot.log", "bot", "run", "--config", config) as bot,
        ):
            for crypt, room in rooms.items():
                await ana.ask("POST", f"rooms/{quote(room)}/invite", {"user_id": me})
                await ana.sees(room, me)
                await ana.sees(room, floor)
                figures.append(await _one_by_one(ana, room, me, floor, crypt, times))
            figures.append(await _all_at_once(ana, me))
            figures.append(await _outage(ana, rooms[False], me, server))
            figures.append(
                Figure(
                    "memory with IRC and Matrix",
                    f"{megabytes(bot.pid):.0f} MB",
                    f"under {MEMORY} MB",
                    megabytes(bot.pid) < MEMORY,
                )
            )
    return figures


async def _ask(ana: Guest, room: str, text: str, by: str) -> float:
    """Seconds till the answer."""
    before = len(ana.said(room, by))
    began = time.perf_counter()
    await ana.say(room, text)
    await ana.until(lambda: len(ana.said(room, by)) > before, 30)
    return time.perf_counter() - began


async def _one_by_one(ana: Guest, room: str, me: str, floor: str, crypt: bool, times: int) -> Figure:
    ours, theirs = [], []
    for _ in range(3):
        await _ask(ana, room, "!floor", floor)
        await _ask(ana, room, "#kolla actions", me)
    for _ in range(times):
        theirs.append(await _ask(ana, room, "!floor", floor))
        ours.append(await _ask(ana, room, "#kolla actions", me))
    median, least = statistics.median(ours), statistics.median(theirs)
    return Figure(
        f"#kolla actions on Matrix{', encrypted' if crypt else ''}: median of {times}",
        f"{milliseconds(median)} ({median / least:.2f} times)",
        f"{RATIO} times the floor",
        median <= RATIO * least,
        milliseconds(least),
    )


async def _all_at_once(ana: Guest, me: str) -> Figure:
    """Ten commands in each of ten rooms at once; every answer is counted."""
    rooms = [await ana.make_room(me) for _ in range(ROOMS)]
    for room in rooms:
        await ana.sees(room, me)
    await asyncio.gather(*(ana.say(room, "#kolla actions") for room in rooms for _ in range(EACH)))
    try:
        await ana.until(lambda: sum(len(ana.said(room, me)) for room in rooms) >= ROOMS * EACH, 30)
    except AssertionError:
        pass  # the figure says how many are missing
    heard = sum(len(ana.said(room, me)) for room in rooms)
    what = f"{ROOMS} rooms × {EACH} commands at once"
    return Figure(what, f"{ROOMS * EACH - heard} of {ROOMS * EACH} lost", "0 lost", heard == ROOMS * EACH)


async def _outage(ana: Guest, room: str, me: str, server: Synapse) -> Figure:
    """After ten seconds without a homeserver, how soon a question is answered."""
    await asyncio.to_thread(server.halt)
    await asyncio.sleep(10)
    await asyncio.to_thread(server.restart)
    began = time.perf_counter()
    before = len(ana.said(room, me))
    token = ana.client.access_token
    path = f"/_matrix/client/v3/rooms/{quote(room)}/send/m.room.message/outage"
    body = {"msgtype": "m.text", "body": "#kolla actions"}
    await asyncio.to_thread(server.ask, "PUT", path, body, token)
    await ana.until(lambda: len(ana.said(room, me)) > before, 60)
    taken = time.perf_counter() - began
    return Figure("answers after the homeserver is back", f"{taken:.1f} s", f"within {BACK:.0f} s", taken <= BACK)
