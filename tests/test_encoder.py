"""The encoder: what it reads of a passage, what it says, and what happens where it cannot run."""

import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from bot.app import Bot
from bot.config import Config, Reading
from bot.extraction import encoder
from bot.extraction.encoder import BIGGEST, best_judge, encoder_judge, encoder_odds, pieces, runtime_missing
from bot.extraction.features import see
from bot.extraction.linear import linear_judge
from bot.extraction.structure import Passage, passages
from bot.model import FIRM, Kind, ReadRecap
from bot.reader import Reader, read
from bot.recaps.reading import read_document
from bot.store.database import Store

SEED = Path(__file__).parent.parent / "seeds" / "003_c986e9060d1ee11f.txt"
RECAP = """\
# Kolla at the Xena PTG, May 2021

## Images

We agreed to drop the binary images. {long} Anna will write the documentation.
It remains unclear who is going to maintain the tests. Docker pulls an image when a container starts.
"""


def told(text: str) -> list[Passage]:
    """The passages of a recap."""
    return passages(read_document(text.encode(), "kolla.md")[0].blocks)


PASSAGES = told(RECAP.replace("{long}", "They cost much."))


def test_the_runtime_is_here() -> None:
    """What the tests below say of the encoder they say of the real one."""
    assert runtime_missing() is None and best_judge() == (encoder_judge, "")


def test_it_reads_a_passage_with_what_stands_around_it() -> None:
    """One token list: headings and the sentence before, then the passage itself, then the sentence behind."""
    tokens, own = pieces(PASSAGES[1])
    assert len(tokens) == len(own) <= BIGGEST
    assert tokens[0] == 101 and tokens.count(102) == 2
    assert own.index(1) == tokens.index(102) + 1 and sum(own) == 4  # they cost much .
    alone, its_own = pieces(replace(PASSAGES[1], before="", after=""))
    assert len(alone) < len(tokens) and sum(its_own) == sum(own)


def test_a_long_passage_is_cut() -> None:
    """However long a text and its neighbours are, the model gets no more than it was taught with."""
    long = told(RECAP.replace("{long}", "They cost " + "very " * 900 + "much."))
    assert max(len(pieces(passage)[0]) for passage in long) <= BIGGEST


@pytest.mark.parametrize(
    ("part", "kind"), [("drop the", Kind.DECISION), ("Anna", Kind.ACTION), ("unclear", Kind.QUESTION)]
)
def test_it_tells_what_is_plain(part: str, kind: Kind) -> None:
    """A decision, an action and an open question each stand above all that is none."""
    odds = encoder_odds(PASSAGES)[kind]
    (said,) = (odds[n] for n, passage in enumerate(PASSAGES) if part in passage.text)
    (none,) = (odds[n] for n, passage in enumerate(PASSAGES) if "Docker" in passage.text)
    assert said > 0 > none
    assert said == max(odds)


def test_a_passage_is_judged_by_itself() -> None:
    """What else is read with it changes nothing."""
    together = encoder_odds(PASSAGES)
    apart = [encoder_odds([passage]) for passage in PASSAGES]
    assert together == {kind: [each[kind][0] for each in apart] for kind in Kind}


def test_nothing_is_said_of_nothing() -> None:
    """A recap without passages has no odds."""
    assert encoder_odds([]) == {kind: [] for kind in Kind}


def test_both_readers_judge_together() -> None:
    """Their word differs from the linear reader's, and what is plain is firm."""
    seen = [see(passage) for passage in PASSAGES]
    both = encoder_judge(seen)
    assert both != linear_judge(seen)
    assert both[Kind.DECISION][0] >= FIRM > both[Kind.DECISION][-1]


def test_of_too_many_passages_the_linear_reader_judges() -> None:
    """A recap that might exceed its time is read all the same."""
    seen = [see(PASSAGES[0])] * (encoder.MOST + 1)
    assert encoder_judge(seen) == linear_judge(seen)


def items_of(recap: ReadRecap) -> list[tuple[Kind, str, float]]:
    """What was read, and how sure."""
    return [(item.kind, item.text, item.confidence) for item in recap.items]


def test_it_runs_within_the_limits_of_the_process_that_reads() -> None:
    """There too it judges, and without it others come out."""
    text = RECAP.encode()
    with Reader() as reader, Reader(encoder=False) as linear:
        (both,), (alone,) = reader.read(text, "kolla.md"), linear.read(text, "kolla.md")
    assert both.remark == alone.remark == ""
    assert items_of(both) == items_of(read(text, "kolla.md")[0]) != items_of(alone)
    assert items_of(alone) == items_of(read(text, "kolla.md", encoder=False)[0])


@pytest.mark.parametrize(
    ("before", "encoder", "said"),
    [
        (
            "sys.modules['onnxruntime'] = None",
            True,
            "read by the linear reader alone: the package onnxruntime is not installed",
        ),
        ("pass", False, ""),
    ],
)
def test_without_it_the_linear_reader_reads(before: str, encoder: bool, said: str) -> None:
    """Where its runtime is missing, which is said, or the configuration does without: nothing of it is loaded."""
    script = (
        f"import sys; {before}; from bot.reader import read; recaps = read({RECAP!r}.encode(), 'kolla.md',"
        f" encoder={encoder}); print(*(recap.remark for recap in recaps), *(len(recap.items) for recap in recaps),"
        " bool(sys.modules.get('onnxruntime')), sep='|')"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    items = len(read(RECAP.encode(), "kolla.md", encoder=False)[0].items)
    assert run.stdout == f"{said}|{items}|False\n"


def test_a_torn_recap_is_judged_too() -> None:
    """The lines of a recap in any order, and half of it."""
    lines = SEED.read_bytes().split(b"\n")
    Random(3).shuffle(lines)
    for torn in (b"\n".join(lines), SEED.read_bytes()[:2000]):
        (recap,) = read(torn, SEED.name)
        for item in recap.items:
            assert recap.document.text[item.start : item.end] == item.quote


def test_it_keeps_no_id_of_this_machine_for_its_maker(tmp_path: Path) -> None:
    """onnxruntime's telemetry is off: switched on, it writes into the home directory first, then asks the network."""
    environment = {name: value for name, value in os.environ.items() if name != "ORT_DISABLE_TELEMETRY"}
    environment |= {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / ".cache")}
    command = [sys.executable, "-m", "bot", "extract", str(SEED)]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert '"confidence"' in run.stdout and run.stderr == ""
    assert list(tmp_path.rglob("*")) == []


def test_the_bot_itself_loads_nothing_of_it() -> None:
    """Not even numpy, which sqlite-utils would take along: it would be a seventh of the bot's memory."""
    script = "import sys, bot.app; print(*({'numpy', 'onnxruntime', 'tokenizers'} & sys.modules.keys()))"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.split() == []


def lines_of_reader(engine: str, monkeypatch: pytest.MonkeyPatch, *, runtime: bool) -> list[str]:
    """What `status` says of who reads."""
    if not runtime:
        monkeypatch.setitem(sys.modules, "onnxruntime", None)  # what Python takes for a package that is not there
    reading = Reading.model_validate({"engine": engine, "address": "http://localhost:1/v1", "model": "tiny"})
    bot = Bot(Config(reader=reading), Store(), lambda: datetime(2026, 11, 28, tzinfo=UTC))
    return [line for line in bot.status() if "read" in line or "model" in line]


@pytest.mark.parametrize(
    ("engine", "runtime", "said"),
    [
        ("encoder", True, []),
        ("linear", True, ["Recaps are read by the linear reader alone: the configuration says so."]),
        (
            "encoder",
            False,
            ["Recaps are read by the linear reader alone: the package onnxruntime is not installed."],
        ),
        (
            "llm",
            False,
            [
                "Recaps are sent to the language model tiny at http://localhost:1/v1.",
                "The rest is read by the linear reader alone: the package onnxruntime is not installed.",
            ],
        ),
    ],
)
def test_status_tells_who_reads(engine: str, runtime: bool, said: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing where all is as it ships."""
    assert lines_of_reader(engine, monkeypatch, runtime=runtime) == said
