"""Lists of references: `[1] https://…` below a mail, `[name]: https://…` in Markdown."""

import re
from collections.abc import Mapping, Sequence

from bot.recaps.inline import reference_key
from bot.recaps.lines import Line

DEFINITION = re.compile(r"\[([^\[\]]{1,200})\][:.)-]{0,2}[ \t]+<?((?:https?|ftp)://\S+?|/\S+?|#\S+?)>?(?:[ \t]+.*)?")
NUMBERED_NOTE = re.compile(r"\[([0-9]{1,3}|[A-Za-z0-9]{1,3})\][:.)-]?[ \t]*(.*)")
SOME_ADDRESS = re.compile(r"(?:https?|ftp)://\S+")


def references(lines: Sequence[Line]) -> dict[str, str]:
    """The named and numbered addresses of a document, from `[name]: address` lines and lists of `[1] address`."""
    found: dict[str, str] = {}
    for line in lines:
        if not line.text.startswith("["):
            continue
        match = DEFINITION.fullmatch(line.text)
        if match:
            found.setdefault(reference_key(match.group(1)), match.group(2))
            continue
        note = NUMBERED_NOTE.fullmatch(line.text)
        address = SOME_ADDRESS.search(note.group(2)) if note else None
        if note and address:
            found.setdefault(reference_key(note.group(1)), address.group())
    return found


def defines(text: str, named: Mapping[str, str]) -> bool:
    """Whether a line is an entry of a list of references."""
    if DEFINITION.fullmatch(text):
        return True
    note = NUMBERED_NOTE.fullmatch(text)
    return bool(note and reference_key(note.group(1)) in named and SOME_ADDRESS.search(note.group(2)))
