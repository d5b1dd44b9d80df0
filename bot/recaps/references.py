"""Lists of references: `[1] https://…` below a mail, `[name]: https://…` in Markdown."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from bot.recaps.inline import BARE, BRACKET, reference_key, trimmed
from bot.recaps.lines import Line

DEFINITION = re.compile(
    r"\[([^\[\]\s][^\[\]]{0,199})\](?::|[:.)-]{0,2}[ \t])[ \t]*<?((?:https?|ftp)://\S+?|/\S+?|#\S+?)>?(?:[ \t]+.*)?"
)
NUMBERED_NOTE = re.compile(r"\[([A-Za-z]{0,2}[0-9]{1,3})\][:.)-]?[ \t]*(.*)")  # `[AI] Ann to write it` is none
NUMBER = re.compile(r"[A-Za-z]{0,2}[0-9]{1,3}")


def references(lines: Sequence[Line]) -> dict[str, str]:
    """The named and numbered addresses of a document, from `[name]: address` lines and lists of `[1] address`."""
    found: dict[str, str] = {}
    wrapped: dict[str, str] = {}
    for at, line in enumerate(lines):
        if entry := defined(lines, at) if line.text.startswith("[") else None:
            (found if entry[2] == 1 else wrapped).setdefault(entry[0], entry[1])
    if wrapped:  # what nobody refers to is no note, but an item with an address below it
        seen = Counter(name.lower() for line in lines for name in numbers(line.text))
        found |= {name: address for name, address in wrapped.items() if seen[name] > 1 and name not in found}
    return found


def numbers(text: str) -> Iterator[str]:
    """The numbers in the brackets of a line: `[1]`, `[2, 3]`."""
    for inside in BRACKET.finditer(text):
        yield from NUMBER.findall(inside[1])


def defined(lines: Sequence[Line], at: int) -> tuple[str, str, int] | None:
    """The name, the address and the number of lines of an entry of a list of references.

    An address may be wrapped onto a line of its own.
    """
    if match := DEFINITION.fullmatch(lines[at].text):
        return reference_key(match.group(1)), trimmed(match.group(2)), 1
    note = NUMBERED_NOTE.fullmatch(lines[at].text)
    if note is None:
        return None
    size = 1
    address = BARE.search(note.group(2))
    if address is None and at + 1 < len(lines):
        size, address = 2, BARE.fullmatch(lines[at + 1].text.strip("<>"))
    return (reference_key(note.group(1)), trimmed(address.group()), size) if address else None
