"""How long an answer takes through ngircd, its throttle and the bot's limits off: asked one by one, and all at once.

A question is timed from the write of its line to the arrival of the first line of its answer, at a client on a bare
socket. Floor and ours take turns, question by question, so that a busy machine is as hard on the one as on the other;
the next question waits until the whole answer is here. The floor answers with one line, ours with several, which it
sends in one go.
"""

import statistics
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bot.queries.lines import plural
from tests.servers.ngircd import NgIRCd
from tools.bench import floor_bot
from tools.bench.figures import Figure, milliseconds, percentile
from tools.bench.processes import NICK, NO_LIMITS, ROOM, Client, Process, load_seeds, start_bot

TIMES = 300
CLIENTS, EACH = 20, 10
TAIL = 0.005
"""By how many seconds the slowest hundredth may be behind the floor's slowest hundredth."""

COMMANDS = {"#kolla actions": 0.001, "+ask who looks at opensearch?": 0.003}
"""What is asked, and by how many seconds its median may be behind the floor's."""

PEERS = "40 lines 0.10 ms, ptgbot 0.19, errbot 0.48, limnoria 0.97, sopel 1.6 to 6"


def measure(quick: bool) -> list[Figure]:
    """The figures of this part."""
    with tempfile.TemporaryDirectory() as name, NgIRCd() as server:
        folder = Path(name)
        database = load_seeds(folder)
        ana = Client(server.port, "ana")
        ana.join(ROOM)
        ana.join(floor_bot.ROOM)
        with Process(folder / "floor.log", "tools.bench.floor_bot", server.port) as floor:
            ana.wait_for(floor_bot.NICK, floor_bot.ROOM, floor)
            with start_bot(folder, server.port, database, NO_LIMITS) as bot:
                ana.wait_for(NICK, ROOM, bot)
                return [*_one_by_one(ana, 100 if quick else TIMES), *_all_at_once(server.port)]


def _one_by_one(ana: Client, times: int) -> list[Figure]:
    lines = {}
    for text in COMMANDS:  # also warms what is kept between questions
        ana.ask(ROOM, text, NICK)
        lines[text] = 1 + ana.hear_rest(NICK)
    floor: list[float] = []
    ours: dict[str, list[float]] = {text: [] for text in COMMANDS}
    whole: dict[str, list[float]] = {text: [] for text in COMMANDS}
    for _ in range(times):
        for text, taken in ours.items():
            floor.append(ana.ask(floor_bot.ROOM, "!floor", floor_bot.NICK))
            began = time.perf_counter()
            taken.append(ana.ask(ROOM, text, NICK))
            ana.hear(NICK, lines[text] - 1)
            whole[text].append(time.perf_counter() - began)
    figures = []
    for text, allowed in COMMANDS.items():
        median, tail = statistics.median(ours[text]), percentile(ours[text], 0.99)
        least, least_tail = statistics.median(floor), percentile(floor, 0.99)
        figures += [
            Figure(
                f"{text}: median of {times} to the first of {plural(lines[text], 'line')}",
                f"{milliseconds(median)} (the whole answer {milliseconds(statistics.median(whole[text]))})",
                f"within {allowed * 1000:.0f} ms of the floor",
                median - least <= allowed,
                milliseconds(least),
                PEERS,
            ),
            Figure(
                f"{text}: p99",
                milliseconds(tail),
                f"within {TAIL * 1000:.0f} ms of the floor's p99",
                tail - least_tail <= TAIL,
                milliseconds(least_tail),
            ),
        ]
    return figures


def _all_at_once(port: int) -> list[Figure]:
    """Twenty people ask ten times at once, in the room and by direct message; every line that must come is counted."""
    clients = [Client(port, f"guest{number}") for number in range(CLIENTS)]
    clients[0].join(ROOM)
    direct = {}
    for text in ("actions kolla", "ask who looks at opensearch?"):
        clients[0].ask(NICK, text, NICK)
        direct[text] = 1 + clients[0].hear_rest(NICK)
    clients[0].ask(ROOM, "#kolla actions", NICK)
    in_room = 1 + clients[0].hear_rest(NICK)
    for client in clients[1:]:
        client.join(ROOM)
    figures = [_burst(clients, NICK, text, lines, EACH * lines) for text, lines in direct.items()]
    figures.append(_burst(clients, ROOM, "#kolla actions", in_room, CLIENTS * EACH * in_room))
    for client in clients:
        client.close()
    return figures


def _burst(clients: list[Client], target: str, text: str, lines: int, expected: int) -> Figure:
    """Everybody says `text` ten times at once, and hears `expected` lines; what is missing is lost."""

    def hear(client: Client) -> int:
        client.send("\r\n".join([f"PRIVMSG {target} :{text}"] * EACH))
        return client.hear_rest(NICK, quiet=2)

    with ThreadPoolExecutor(len(clients)) as pool:
        heard = list(pool.map(hear, clients))
    lost = sum(max(0, expected - each) for each in heard)
    return Figure(
        f"{CLIENTS} clients ask `{text}` {EACH} times at once ({'in a room' if target == ROOM else 'by message'})",
        f"{lost} of {expected * len(clients)} lines lost ({lines} an answer)",
        "0 lost",
        heard == [expected] * len(clients),
    )
