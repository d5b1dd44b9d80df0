"""Notes that say by indents alone what belongs to what, as people type them into an etherpad."""

from collections.abc import Sequence

from bot.model import BlockKind
from bot.recaps.lines import Line
from bot.recaps.shape import code
from bot.recaps.writing import Blocks

LONGEST_HEADING = 30  # words
DEEPEST = 8


def is_outline(lines: Sequence[Line], bullets: Sequence[int]) -> bool:
    """Whether lines are an outline: many lines without bullets stand deeper than a line without bullet above them.

    `bullets` are the lengths of the bullets that lines begin with, 0 for none.
    """
    filled = [
        (line, bullet)
        for line, bullet in zip(lines, bullets, strict=True)
        if not line.blank and not (line.indent and code([line]))
    ]
    deeper = sum(
        not bullet and not above_bullet and line.indent >= above.indent + 2
        for (above, above_bullet), (line, bullet) in zip(filled, filled[1:], strict=False)
    )
    indented = sum(line.indent >= 2 and not bullet for line, bullet in filled)
    return len(filled) > 5 and deeper >= 3 and indented * 3 > len(filled)


def write_outline(out: Blocks, lines: Sequence[Line], bullets: Sequence[int]) -> None:
    """One block for each line: at the margin a heading where deeper lines follow, below it items by their depth."""
    above = next((block.level for block in reversed(out.blocks) if block.kind is BlockKind.HEADING), 0)
    margin = min((line.indent for line in lines if not line.blank), default=0)
    open_indents: list[int] = []
    for n, line in enumerate(lines):
        if line.blank:
            continue
        body = line.rest(bullets[n])
        if line.indent == margin and not bullets[n]:
            open_indents = []
            short = len(line.text.split()) <= LONGEST_HEADING and not line.text.endswith(".")
            kind = BlockKind.HEADING if short and goes_deeper(lines, n) else BlockKind.PARAGRAPH
            out.add(kind, [(line.start, line.end)], above + 1 if kind is BlockKind.HEADING else 0)
            continue
        while open_indents and line.indent <= open_indents[-1]:
            open_indents.pop()
        open_indents.append(line.indent)
        out.add(BlockKind.ITEM, [(body.start, body.end)], min(len(open_indents), DEEPEST))


def goes_deeper(lines: Sequence[Line], n: int) -> bool:
    """Whether the next line with words is indented below this one, and this one opens a part."""
    below = next((line for line in lines[n + 1 : n + 4] if not line.blank), None)
    return below is not None and below.indent >= lines[n].indent + 2
