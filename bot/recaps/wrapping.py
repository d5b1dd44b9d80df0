"""Which lines of a text end because they are full, and which because the writer ended something there."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from bot.recaps.lines import Line

NARROWEST = 60
LONG_LINE = 120  # characters; nobody wraps lines by hand that far out
SLACK = 12  # columns that wrapping by hand leaves free


class Wrapping:
    """How some lines are wrapped; `marks` are the lengths of the bullets that they begin with, 0 for none."""

    def __init__(self, stored: str, lines: Sequence[Line], marks: Sequence[int]) -> None:
        self.width = reached(lines, 0.9)
        margins = list(below_items(lines, marks))
        longest = reached(lines, 0.95)
        fitting = sum(fits(above, line, longest) for above, line in margins)
        alone = 2 * fitting > len(margins)
        self.margins = frozenset(line.start for _, line in margins) if alone else frozenset()
        """Where lines stand that end an indented item right above them: those at the margin of notes typed in a pad."""
        self.none = one_line_paragraphs(lines) or (alone or not margins) and exported(stored, lines, marks)
        """Whether each line is a paragraph of its own."""

    def breaks(self, above: Line, line: Line) -> bool:
        """Whether the writer of mail or notes ended the paragraph above: the next word would have fitted there."""
        if line.text[0].islower():
            return line.start in self.margins and fits(above, line, NARROWEST)
        return line.start in self.margins or (
            fits(above, line, self.width - SLACK) and not above.text.endswith((",", "-", "("))
        )


def fits(above: Line, line: Line, width: int) -> bool:
    """Whether the first word of a line would have fitted into the one above, within so many columns."""
    return above.indent + len(above.text) + 1 + len(line.text.split(" ", 1)[0]) <= width


def below_items(lines: Sequence[Line], marks: Sequence[int]) -> Iterator[tuple[Line, Line]]:
    """The lines without bullet at the margin that stand right below an indented item, each with the line above it."""
    inside = False
    for (above, own), (line, mark) in pairwise(zip(lines, marks, strict=True)):
        inside = above.indent > 0 and not above.blank and (inside or own > 0)
        if inside and line.text and line.indent == 0 and not mark:
            yield above, line


def exported(stored: str, lines: Sequence[Line], marks: Sequence[int]) -> bool:
    """Whether lines are a pad as etherpad exports it: items behind one tab for each level, nothing behind spaces."""
    indents = [
        (stored[stored.rfind("\n", 0, line.start) + 1 : line.start], mark)
        for line, mark in zip(lines, marks, strict=True)
        if not line.blank
    ]
    return any(indent and mark for indent, mark in indents) and not any(indent.strip("\t") for indent, _ in indents)


def one_line_paragraphs(lines: Sequence[Line]) -> bool:
    """Whether each line is a paragraph of its own: most of the text stands in lines too long to be wrapped."""
    prose = [len(line.text) for line in lines if line.text]
    return sum(size for size in prose if size > LONG_LINE) * 2 > sum(prose)


def reached(lines: Sequence[Line], share: float) -> int:
    """The column that such a share of the lines does not reach beyond; nobody wraps much before the sixtieth."""
    ends = sorted(min(line.indent + len(line.text), LONG_LINE) for line in lines if line.text)
    return max(NARROWEST, ends[int(len(ends) * share)]) if ends else LONG_LINE
