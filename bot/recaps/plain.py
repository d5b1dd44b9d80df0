"""Plain text whose headings carry no markup: short lines that stand alone above longer ones."""

import re
import tomllib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

from bot.model import Block, BlockKind

LONGEST_HEADING = 12  # words
LONGEST_LINE = 100  # characters
ENDINGS = (".", ",", ";", ":", "!", "…")
LONGEST_RUN = 2  # short lines one after the other; more of them are a list


@dataclass(frozen=True, slots=True)
class Words:
    """The patterns of data/plain.toml."""

    labels: re.Pattern[str]
    speaking: re.Pattern[str]
    days: re.Pattern[str]


@cache
def words() -> Words:
    """The patterns, read once."""
    read = tomllib.loads(files("bot.recaps").joinpath("data/plain.toml").read_text("utf-8"))
    labels, speaking = (
        re.compile(r"\b(?:" + "|".join(map(re.escape, read[key])) + r")\b", re.IGNORECASE)
        for key in ("labels", "speaking")
    )
    return Words(labels, speaking, re.compile(read["days"], re.IGNORECASE))


def with_headings(stored: str, blocks: Sequence[Block], *, titled: bool) -> list[Block]:
    """The blocks, paragraphs that serve as headings made headings; unchanged where any heading is marked up.

    The first line may be the title, unless the document is `titled` already.
    """
    if any(block.kind is BlockKind.HEADING for block in blocks):
        return list(blocks)
    gaps = [blank_lines(stored, blocks, n) for n in range(len(blocks))]
    chosen = singled_out(blocks, [n for n in range(len(blocks)) if serves(blocks, n, titled)])
    title = 0 in chosen and gaps[1:2] != [0] and len(chosen) > 2
    wide = [n for n in chosen if gaps[n] >= 2 and n]
    two_levels = bool(wide) and any(gaps[n] == 1 for n in chosen if n)
    found = list(blocks)
    for n in chosen:
        if n == 0 and title:
            level = 1
        elif two_levels and n not in wide:
            level = 3
        else:
            level = 2
        found[n] = replace(blocks[n], kind=BlockKind.HEADING, level=level if title else max(1, level - 1))
    return found


def blank_lines(stored: str, blocks: Sequence[Block], n: int) -> int:
    """How many blank lines stand above a block."""
    above = stored[blocks[n - 1].end : blocks[n].start] if n else ""
    return max(0, above.count("\n") - 1)


def serves(blocks: Sequence[Block], n: int, titled: bool) -> bool:
    """Whether a block looks like a heading: a short line, no sentence, above something longer."""
    block = blocks[n]
    count = len(block.text.split())
    if block.kind is not BlockKind.PARAGRAPH or count > LONGEST_HEADING or len(block.text) > LONGEST_LINE:
        return False
    if words().days.fullmatch(block.text):
        return True
    if n == 0 and not titled and count > 2 and not block.text.endswith((".", ",")):
        return True
    below = blocks[n + 1].kind if n + 1 < len(blocks) else None
    if block.text.endswith(ENDINGS) and not (block.text.endswith(":") and below is BlockKind.ITEM):
        return False
    if not block.text[0].isupper() or "://" in block.text or "@" in block.text:
        return False
    if words().labels.search(block.text) or words().speaking.search(block.text):
        return False
    return below in (BlockKind.PARAGRAPH, BlockKind.ITEM, BlockKind.QUOTE)


def singled_out(blocks: Sequence[Block], chosen: Sequence[int]) -> list[int]:
    """The short lines that head something: not a label that stands under each heading, nor one of a list of lines."""
    times = Counter(blocks[n].text for n in chosen)
    runs: list[list[int]] = []
    for n in chosen:
        if runs and runs[-1][-1] == n - 1:
            runs[-1].append(n)
        else:
            runs.append([n])
    return [n for run in runs if len(run) <= LONGEST_RUN or run[0] == 0 for n in run if times[blocks[n].text] == 1]
