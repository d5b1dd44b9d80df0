"""Lists of references: `[1] https://…` below a mail, `[name]: https://…` in Markdown."""

import re
from collections.abc import Sequence

from bot.recaps.inline import BARE, reference_key, trimmed
from bot.recaps.lines import Line

DEFINITION = re.compile(
    r"\[([^\[\]\s][^\[\]]{0,199})\](?::|[:.)-]{0,2}[ \t])[ \t]*<?((?:https?|ftp)://\S+?|/\S+?|#\S+?)>?(?:[ \t]+.*)?"
)
NUMBERED_NOTE = re.compile(r"\[([0-9]{1,3}|[A-Za-z0-9]{1,3})\][:.)-]?[ \t]*(.*)")


def references(lines: Sequence[Line]) -> dict[str, str]:
    """The named and numbered addresses of a document, from `[name]: address` lines and lists of `[1] address`."""
    found: dict[str, str] = {}
    for at, line in enumerate(lines):
        if entry := defined(lines, at) if line.text.startswith("[") else None:
            found.setdefault(entry[0], entry[1])
    return found


def defined(lines: Sequence[Line], at: int) -> tuple[str, str, int] | None:
    """The name, the address and the number of lines of an entry of a list of references; an address may be wrapped."""
    if match := DEFINITION.fullmatch(lines[at].text):
        return reference_key(match.group(1)), trimmed(match.group(2)), 1
    note = NUMBERED_NOTE.fullmatch(lines[at].text)
    if note is None:
        return None
    size = 1
    address = BARE.search(note.group(2))
    if address is None and at + 1 < len(lines):
        size, address = 2, BARE.match(lines[at + 1].text)
    return (reference_key(note.group(1)), trimmed(address.group()), size) if address else None
