"""A range of the stored text with the markup that it begins or ends with: `**Ana** agrees`, not `Ana** agrees`."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import replace

from bot.model import Block, Document, Link

MARK = r"(?P<mark>\*{1,3}|_{1,3}|`{1,3}|~~)"
TAG = r"(?P<tag>a|b|code|del|em|i|kbd|s|span|strong|tt|u)"
OPENING = re.compile(rf"(?:{MARK}|<{TAG}(?:\s[^<>]*)?>)\Z")
CLOSING = re.compile(rf"{MARK}_{{0,2}}|</{TAG}>")
LONGEST_MARK = 100  # characters

Range = tuple[int, int]


def whole(document: Document, block: Block, start: int, end: int) -> Range:
    """The range in the stored text of `block.text[start:end]`, which must not be empty."""
    floor = block.offsets[start - 1] + 1 if start else block.start
    roof = block.offsets[end] if end < len(block.text) else block.end
    return widened(document.text, document.links, block.span(start, end), (floor, roof))


def whole_blocks(text: str, links: Sequence[Link], blocks: Sequence[Block]) -> Iterator[Block]:
    """The blocks, each reaching as far as its markup does."""
    ends = [0, *(block.end for block in blocks)]
    starts = [*(block.start for block in blocks[1:]), len(text)]
    for block, floor, roof in zip(blocks, ends, starts, strict=False):
        start, end = widened(text, links, (block.start, block.end), (floor, roof))
        yield replace(block, start=start, end=end)


def widened(text: str, links: Sequence[Link], span: Range, room: Range) -> Range:
    """A range widened within a room that holds no other words: links at its edges whole, marks inside it paired."""
    start, end = span
    first, stop = (bisect_left(links, place, key=lambda each: each.start) for place in (room[0], end))
    for link in links[first:stop]:
        if link.end > start and link.end <= room[1]:
            start, end = min(start, link.start), max(end, link.end)
    opening = OPENING.search(text[max(room[0], start - LONGEST_MARK) : start])
    if opening and lone(text[start:end], opening):
        start -= len(opening.group())
    closing = CLOSING.match(text, end, room[1])
    if closing and lone(text[start:end], closing):
        end = closing.end()
    return start, end


def lone(inside: str, beside: re.Match[str]) -> bool:
    """Whether a mark beside some text is the other half of one within it."""
    if tag := beside["tag"]:
        return inside.count(f"</{tag}>") != inside.count(f"<{tag}>") + inside.count(f"<{tag} ")
    return inside.count(beside["mark"]) % 2 == 1
