"""Plain text whose headings carry no markup: short lines that stand alone above longer ones."""

import re
from collections.abc import Sequence
from dataclasses import replace

from bot.model import Block, BlockKind

LONGEST_HEADING = 12  # words
ENDINGS = (".", ",", ";", ":", "!", "…", ")")
DAY = re.compile(
    r"(?:day[ -]?(?:\d{1,2}|one|two|three|four|five)|(?:mon|tues|wednes|thurs|fri|satur|sun)day)\b[^.!?]{0,40}",
    re.IGNORECASE,
)
LABEL = re.compile(r"\b(?:etherpads?|slides|pictures?|photos?|videos?|recordings?|links?|notes)\b", re.IGNORECASE)
SPEAKING = re.compile(
    r"\b(?:i|we|they|he|she|you|it|is|are|was|were|will|has|have|had|should|would|can|could|got|hi|hello|thanks|regards)\b",
    re.IGNORECASE,
)


def with_headings(stored: str, blocks: Sequence[Block], *, titled: bool) -> list[Block]:
    """The blocks, paragraphs that serve as headings made headings; unchanged where any heading is marked up.

    The first line may be the title, unless the document is `titled` already.
    """
    if any(block.kind is BlockKind.HEADING for block in blocks):
        return list(blocks)
    gaps = [blank_lines(stored, blocks, n) for n in range(len(blocks))]
    chosen = [n for n in range(len(blocks)) if serves(blocks, n, titled)]
    chosen = [n for n in chosen if not repeated(blocks, chosen, n)]
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
    words = block.text.split()
    if block.kind is not BlockKind.PARAGRAPH or len(words) > LONGEST_HEADING or len(block.text) > 100:
        return False
    if DAY.fullmatch(block.text):
        return True
    if n == 0 and not titled and len(words) > 2 and not block.text.endswith((".", ",")):
        return True
    if block.text.endswith(ENDINGS) and not block.text.endswith(")") or block.text[0] in "([*\"'":
        return False
    if LABEL.search(block.text) or SPEAKING.search(block.text) or not block.text[0].isupper():
        return False
    if "://" in block.text or "@" in block.text:
        return False
    below = blocks[n + 1] if n + 1 < len(blocks) else None
    return below is not None and below.kind in (BlockKind.PARAGRAPH, BlockKind.ITEM, BlockKind.QUOTE)


def repeated(blocks: Sequence[Block], chosen: Sequence[int], n: int) -> bool:
    """Whether the same short line stands more than once: a label under each heading, not a heading."""
    return sum(blocks[m].text == blocks[n].text for m in chosen) > 1
