"""How long `actions`, `find` and `ask` take over all the recaps: the dispatcher alone, with the committed questions."""

import random
import statistics
import time
import tomllib
from collections.abc import Sequence

from bot.commands.dispatch import Dispatcher
from bot.commands.registry import Policy, Services
from bot.messages import Request
from bot.store.database import Store
from tools.bench.figures import Figure, milliseconds, percentile
from tools.bench.filling import now
from tools.bench.loading import filled
from tools.bench.processes import ROOM, ROOT

ROUNDS = 3
SLOWEST = 0.05

LISTS = (
    """
#kolla actions|#tripleo actions stein|#nova actions all|#infra actions unowned|+actions|+actions overdue|+actions xena
+actions kolla candidate|+actions all|+actions candidate|+actions @christian|+actions @yoctozepto all|#kolla decisions
+decisions stein|+decisions migration|+questions|#kayobe questions|+actions upgrade|#ironic actions done|+actions nova
""".replace("\n", "|")
    .strip("|")
    .split("|")
)
"""Lists as people ask for them: of a team, of all, of a person, with words, of every kind."""


def questions() -> list[tuple[str, str]]:
    """The committed questions: the sign of their team where they have one (`#kolla ` or ``), and their words."""
    table = tomllib.loads((ROOT / "tests" / "questions.toml").read_text(encoding="utf-8"))["question"]
    return [(f"#{each['team']} " if "team" in each else "", each["ask"]) for each in table]


def measure(quick: bool) -> list[Figure]:
    """The figures of this part."""
    database, _ = filled(quick)
    store = Store(database)
    dispatcher = Dispatcher(store, Policy(), Services())
    lines = {
        "actions": LISTS,
        "find": [f"{team or '+'}find {text}" for team, text in questions()],
        "ask": [f"{team or '+'}ask {text}" for team, text in questions()],
    }
    first = _ask(dispatcher, lines["ask"][0])
    figures = [Figure("the first question after a start", milliseconds(first))]
    for command, texts in lines.items():
        figures.append(_timed(dispatcher, command, texts))
    store.close()
    return figures


def _timed(dispatcher: Dispatcher, command: str, texts: Sequence[str]) -> Figure:
    asked = [text for _ in range(ROUNDS) for text in texts]
    random.Random(0).shuffle(asked)
    taken = [(_ask(dispatcher, text), text) for text in asked]
    seconds = [each for each, _ in taken]
    slowest, text = max(taken)
    tail = percentile(seconds, 0.99)
    return Figure(
        f"`{command}`, {len(texts)} of them {ROUNDS} times: p99",
        f"{milliseconds(tail)} (median {milliseconds(statistics.median(seconds))},"
        f" slowest {milliseconds(slowest)}: {text})",
        f"{SLOWEST * 1000:.0f} ms",
        tail < SLOWEST,
    )


def _ask(dispatcher: Dispatcher, text: str) -> float:
    request = Request(text=text, nick="ana", now=now(), network="bench", room=ROOM)
    began = time.perf_counter()
    reply = dispatcher.answer(request)
    seconds = time.perf_counter() - began
    if reply is None or not reply.lines:
        raise RuntimeError(f"no answer to {text!r}")
    return seconds
