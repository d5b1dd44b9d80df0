"""What the lines of a text look like from afar: wrapped or not, and where; notes in words or code."""

import re
from collections.abc import Sequence

from bot.recaps.lines import Line

PROSE_WORD = re.compile(r"[A-Za-z][a-z']+")
NARROWEST = 60
LONG_LINE = 120  # characters; nobody wraps lines by hand that far out


def one_line_paragraphs(lines: Sequence[Line]) -> bool:
    """Whether each line is a paragraph of its own: most of the text stands in lines too long to be wrapped."""
    prose = [len(line.text) for line in lines if line.text]
    return sum(size for size in prose if size > LONG_LINE) * 2 > sum(prose)


def wrapped_at(lines: Sequence[Line]) -> int:
    """The column at which most lines are wrapped; nobody wraps much before the sixtieth."""
    ends = sorted(min(line.indent + len(line.text), LONG_LINE) for line in lines if line.text)
    return max(NARROWEST, ends[len(ends) * 9 // 10]) if ends else LONG_LINE


def notes(lines: Sequence[Line]) -> bool:
    """Whether lines in a code block are notes in words rather than code."""
    words = signs = long_lines = 0
    filled = [line.text for line in lines if line.text]
    for text in filled[:400]:
        found = PROSE_WORD.findall(text)
        words += sum(map(len, found))
        signs += sum(text.count(sign) for sign in "{}<>=$;\\|") + text.startswith(("$", "#"))
        long_lines += len(found) >= 5
    letters = sum(len(text) - text.count(" ") for text in filled[:400])
    return len(filled) > 2 and words > 0.7 * letters and signs * 40 < letters and long_lines * 2 > len(filled[:400])
