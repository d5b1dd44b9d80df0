"""The bot as people meet it, its default limits and InspIRCd's: twenty ask ten one-line questions each, at once.

Meanwhile others come and ask one thing. Each question names an id that nothing has, which the answer repeats, so that
every answer is known for its question. It runs beside each other on a server that slows down who sends too fast
(InspIRCd's default) and on one that throws them out.
"""

import asyncio
import contextlib
import re
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.servers.inspircd import Flood, InspIRCd
from tests.servers.raw import Line, RawClient
from tools.bench.figures import Figure, milliseconds
from tools.bench.processes import NICK, ROOM, load_seeds, start_bot

PEOPLE, EACH = 20, 10
LATE = (1.0, 20.0, 60.0)
"""Seconds after the storm began at which somebody else asks once."""
SETTLE = 12.0
"""Seconds before the storm in which the server forgets that people logged in and joined, which counts as sending."""
GIVE_UP = 300.0
"""Seconds after which an answer is lost; at a line a second the last one comes after 200."""

BURST = {"default": EACH, "kill": 8}
"""Questions that a person sends at once: the server that throws out must not throw out those who ask."""
PACE = 1.2
"""Seconds between those that follow."""

ALLOWED_LATE = 5.0
ALLOWED_SINGLE = 0.1
PEERS = "60 to 130 s"


@dataclass
class Heard:
    """What the observer heard: the moment at which each id was answered, refusals, and who was lost."""

    answers: dict[str, list[float]] = field(default_factory=dict)
    refused: int = 0
    quits: list[str] = field(default_factory=list)
    news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def take(self, line: Line) -> None:
        """Note a line."""
        async with self.news:
            if line.command in ("QUIT", "KILL", "PART", "KICK"):
                self.quits.append(line.raw)
            if line.nick == NICK and line.command == "PRIVMSG":
                self.refused += "Too many at once" in line.text
                for label in re.findall(r"A9\d{6}", line.text):
                    self.answers.setdefault(label, []).append(time.monotonic())
            self.news.notify_all()

    async def answered(self, labels: set[str], seconds: float) -> None:
        """Return when all of these are answered, or the time is over."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds), self.news:
                await self.news.wait_for(lambda: labels <= set(self.answers))


def measure(quick: bool) -> list[Figure]:
    """The figures of this part."""
    return asyncio.run(_both(2 if quick else EACH, LATE[:2] if quick else LATE))


async def _both(each: int, late: tuple[float, ...]) -> list[Figure]:
    floods: tuple[Flood, ...] = ("default", "kill")
    figures = await asyncio.gather(*(_storm(flood, each, late) for flood in floods))
    return [figure for some in figures for figure in some]


async def _storm(flood: Flood, each: int, late: tuple[float, ...]) -> list[Figure]:
    with tempfile.TemporaryDirectory() as name, InspIRCd(flood=flood) as server:
        folder = Path(name)
        database = await asyncio.to_thread(load_seeds, folder)
        nicks = ["observer", *(f"late{number}" for number in range(len(late))), *(f"p{n:02}" for n in range(PEOPLE))]
        clients = [await RawClient.connect(server.port) for _ in nicks]
        await asyncio.gather(*(client.register(nick) for client, nick in zip(clients, nicks, strict=True)))
        await asyncio.gather(*(client.join(ROOM) for client in clients))
        observer, *others = clients
        with start_bot(folder, server.port, database) as bot:
            await observer.until(f"^:{NICK}!.* JOIN ", 30)
            heard = Heard()
            listening = asyncio.create_task(_listen(observer, heard))
            await asyncio.sleep(SETTLE)
            single = await _ask(others[0], "A9999999", heard, 5)
            await asyncio.sleep(2)
            waits, sent = await _people(others[: len(late)], others[len(late) :], late, each, BURST[flood], heard)
            bot.check()
            listening.cancel()
            gone = [client.nick for client in others if not await _is_there(client)]
    lost = [label for label in sent if label not in heard.answers]
    twice = [label for label in sent if len(heard.answers.get(label, ())) > 1]
    last = max((moments[0] for moments in heard.answers.values()), default=0.0)
    first = min((heard.answers[label][0] for label in sent if label in heard.answers), default=0.0)
    where = "slows down (its default)" if flood == "default" else "throws out"
    return [
        Figure(
            f"a single question, on InspIRCd that {where}",
            milliseconds(single),
            f"at once ({ALLOWED_SINGLE * 1000:.0f} ms)",
            single <= ALLOWED_SINGLE,
        ),
        Figure(
            f"{PEOPLE} ask {each} things at once there; {len(late)} others ask once, after"
            f" {', '.join(f'{after:.0f}' for after in late)} s",
            f"answered after {', '.join(f'{wait:.1f}' for wait in waits)} s",
            f"{ALLOWED_LATE:.0f} s",
            max(waits) <= ALLOWED_LATE,
            peers=PEERS,
        ),
        Figure(
            f"the {len(sent)} questions of the {PEOPLE}",
            f"{len(sent) - len(lost)} answered within {last - first:.0f} s, {heard.refused} told they are too many,"
            f" {max(0, len(lost) - heard.refused)} lost, {len(twice)} twice",
            "none lost",
            len(lost) <= heard.refused and not twice,
        ),
        Figure(
            "who was disconnected in the storm",
            f"{len(heard.quits) + len(gone)}" + (f": {[*heard.quits, *gone]}" if heard.quits or gone else ""),
            "nobody",
            not heard.quits and not gone,
        ),
    ]


async def _listen(observer: RawClient, heard: Heard) -> None:
    while True:
        await heard.take(await observer.line(GIVE_UP))


async def _ask(client: RawClient, label: str, heard: Heard, seconds: float) -> float:
    """Ask for an id that nothing has; the seconds until the answer, infinitely many if none comes."""
    began = time.monotonic()
    client.say(ROOM, f"+show {label}")
    await heard.answered({label}, seconds)
    return heard.answers[label][0] - began if label in heard.answers else float("inf")


async def _people(
    late: list[RawClient], people: list[RawClient], after: tuple[float, ...], each: int, burst: int, heard: Heard
) -> tuple[list[float], list[str]]:
    """The storm itself: how long each of the late ones waited, and all that the others asked."""
    labels = [[f"A9{person:03}{number:03}" for number in range(each)] for person in range(len(people))]

    async def ask_all(client: RawClient, mine: list[str]) -> None:
        for number, label in enumerate(mine):
            if number >= burst:
                await asyncio.sleep(PACE)
            client.say(ROOM, f"+show {label}")

    async def ask_late(client: RawClient, seconds: float, label: str) -> float:
        await asyncio.sleep(seconds)
        return await _ask(client, label, heard, GIVE_UP)

    waits = asyncio.gather(
        *(ask_late(client, wait, f"A98{n:05}") for n, (client, wait) in enumerate(zip(late, after, strict=True)))
    )
    await asyncio.gather(*(ask_all(client, mine) for client, mine in zip(people, labels, strict=True)))
    sent = [label for mine in labels for label in mine]
    await heard.answered(set(sent), GIVE_UP)
    return await waits, sent


async def _is_there(client: RawClient) -> bool:
    try:
        await client.round_trip()
    except (OSError, TimeoutError):
        return False
    return True
