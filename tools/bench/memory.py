"""What the running bot holds in memory with IRC alone, after every committed question and many lists were asked."""

import tempfile
from pathlib import Path

from tests.servers.ngircd import NgIRCd
from tools.bench.figures import Figure
from tools.bench.loading import count, filled
from tools.bench.processes import NICK, NO_LIMITS, ROOM, Client, load_seeds, megabytes, start_bot
from tools.bench.searching import LISTS, questions

SEEDS = 75
ALL = 150


def measure(quick: bool) -> list[Figure]:
    """The figures of this part."""
    database, _ = filled(quick)
    with tempfile.TemporaryDirectory() as name, NgIRCd() as server:
        folder = Path(name)
        ana = Client(server.port, "ana")
        ana.join(ROOM)
        return [
            _figure(ana, server.port, folder, load_seeds(folder), "the seeds", SEEDS),
            _figure(ana, server.port, folder, database, f"{count(quick):,} recaps", ALL),
        ]


def _figure(ana: Client, port: int, folder: Path, database: Path, what: str, most: int) -> Figure:
    texts = [*LISTS, "#kolla summary", *(f"{team or '+'}ask {text}" for team, text in questions())]
    with start_bot(folder, port, database, NO_LIMITS) as bot:
        joined = ana.wait_for(NICK, ROOM, bot)
        before = megabytes(bot.pid)
        for text in texts:
            ana.ask(ROOM, text, NICK)
            ana.hear_rest(NICK, quiet=0.02)
        after = megabytes(bot.pid)
    return Figure(
        f"resident memory with {what}, after {len(texts)} questions",
        f"{after:.0f} MB ({before:.0f} MB when joined, {joined:.2f} s after its start)",
        f"{most} MB",
        after < most,
    )
