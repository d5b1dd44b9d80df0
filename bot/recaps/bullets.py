"""What the items of a list begin with, in mail, notes and Markdown."""

import re

from bot.recaps.lines import Line

BULLET = re.compile(
    r"(?:[=-]>|[*+\u2192\u21d2\u2022\u00b7\u25e6\u2023o-]|[0-9]{1,3}[.)]|\([0-9a-z]{1,3}\)|[a-zA-Z][.)])(?=[ \t])"
)
NESTED_NUMBER = re.compile(r"(?:[0-9]{1,3}\.){2,6}(?=[ \t])")  # as etherpad exports them
BARE_BULLET = re.compile(r"(?:[*+-]|[0-9]{1,3}[.)])")


def mark_of(line: Line) -> int:
    """The length of the bullet that a line begins with, 0 for none."""
    match = BULLET.match(line.text) or (NESTED_NUMBER.match(line.text) if line.indent else None)
    return match.end() if match else 0
