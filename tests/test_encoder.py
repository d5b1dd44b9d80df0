"""The encoder: what it reads of a passage, what it says, and what happens where it cannot run."""

import subprocess
import sys
from dataclasses import replace

import pytest

from bot.extraction import encoder
from bot.extraction.encoder import BIGGEST, best_judge, encoder_judge, encoder_odds, pieces, runtime_missing
from bot.extraction.features import see
from bot.extraction.linear import linear_judge
from bot.extraction.structure import Passage, passages
from bot.model import FIRM, Kind
from bot.recaps.reading import read_document

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
    """A recap that would take minutes is read all the same."""
    seen = [see(PASSAGES[0])] * (encoder.MOST + 1)
    assert encoder_judge(seen) == linear_judge(seen)


def test_without_its_runtime_the_linear_reader_reads_and_says_so() -> None:
    """In a process that has no onnxruntime."""
    script = (
        "import sys; sys.modules['onnxruntime'] = None; from bot.reader import read; "
        f"print(*(recap.remark for recap in read({RECAP!r}.encode(), 'kolla.md')))"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.startswith("read by the linear reader alone, for the encoder cannot be loaded (")
