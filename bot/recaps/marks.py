"""Headings that carry the wrong markup: short paragraphs that are bold from end to end, and nothing else."""

import re
from collections.abc import Sequence
from dataclasses import replace

from bot.model import Block, BlockKind

LONGEST = 20  # words
OPENING = re.compile(r"(?:\*\*|__|<(?:strong|b)(?:\s[^<>]{0,200})?>)\s*[\"'“”]?\Z", re.IGNORECASE)
CLOSING = re.compile(r"[\"'“”]?\s*:?\s*(?:\*\*|__|</(?:strong|b)>)\s*:?\s*(?:\n|\Z|</p>|<br)", re.IGNORECASE)
FEWEST = 2  # one bold line alone is a shout


def bold_headings(stored: str, blocks: Sequence[Block]) -> list[Block]:
    """The blocks, bold lines made headings one step below the marked-up heading that they stand under."""
    chosen = {n for n, block in enumerate(blocks) if serves(stored, blocks, n)}
    if len(chosen) < FEWEST:
        return list(blocks)
    found = []
    level = 0
    for n, block in enumerate(blocks):
        if block.kind is BlockKind.HEADING:
            level = block.level
        found.append(replace(block, kind=BlockKind.HEADING, level=level + 1) if n in chosen else block)
    return found


def serves(stored: str, blocks: Sequence[Block], n: int) -> bool:
    """Whether a block is a bold line with something of another kind below it."""
    block = blocks[n]
    if block.kind is not BlockKind.PARAGRAPH or len(block.text.split()) > LONGEST or block.text.endswith((".", "!")):
        return False
    if n + 1 == len(blocks) or blocks[n + 1].kind in (BlockKind.HEADING, BlockKind.BOILERPLATE, BlockKind.REFERENCES):
        return False
    before = stored[max(0, block.start - 230) : block.start]
    return bool(OPENING.search(before)) and bool(CLOSING.match(stored, block.end))
