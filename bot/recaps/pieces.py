"""Text that remembers where each of its characters stands in the stored text.

A piece is cut from the stored text, loses its markup and has its white space folded; at every step the offsets keep
pace. The rule: a character of a piece is the stored character at its offset, save a space for any white space, what
an entity stands for, and the bar between two cells of a table.
"""

import re
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

UNEVEN = re.compile(r"\s{2,}|[^\S ]|\A | \Z")
"""White space that is not already one space between two words."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Characters and the places in the stored text where they stand."""

    text: str
    offsets: Sequence[int]


def cut(stored: str, ranges: Iterable[tuple[int, int]], glue: str = "\n") -> Piece:
    """The given ranges of the stored text one after another, with the glue between two; an empty range is a break."""
    parts: list[str] = []
    offsets = array("q")
    last = 0
    for start, end in ranges:
        if parts and glue:
            parts.append(glue)
            offsets.extend([min(last, start - 1)] * len(glue))
        if start == end:
            parts.append("\n")
            offsets.append(start)
        else:
            parts.append(stored[start:end])
            offsets.extend(range(start, end))
        last = end
    return Piece("".join(parts), offsets)


def keep(piece: Piece, spans: Iterable[tuple[int, int, str | None]]) -> Piece:
    """The given spans of a piece in order; a span with a text of its own is replaced by that text."""
    parts: list[str] = []
    offsets = array("q")
    for start, end, instead in spans:
        if instead is None:
            parts.append(piece.text[start:end])
            offsets.extend(piece.offsets[start:end])
        else:
            parts.append(instead)
            offsets.extend([piece.offsets[start]] * len(instead))
    return Piece("".join(parts), offsets)


def fold(piece: Piece) -> Piece:
    """The piece with each run of white space as one space, and none at its ends."""
    parts: list[str] = []
    offsets = array("q")
    last = 0
    for match in UNEVEN.finditer(piece.text):
        start, end = match.span()
        parts.append(piece.text[last:start])
        offsets.extend(piece.offsets[last:start])
        if start and end < len(piece.text):
            parts.append(" ")
            offsets.append(piece.offsets[start])
        last = end
    parts.append(piece.text[last:])
    offsets.extend(piece.offsets[last:])
    return Piece("".join(parts), offsets)


def joined(pieces: Sequence[Piece], bar: str) -> Piece:
    """Pieces in one, a bar between two of them, which stands where the first of the two ends."""
    parts: list[str] = []
    offsets = array("q")
    for piece in pieces:
        if not piece.text:
            continue
        if parts:
            parts.append(bar)
            offsets.extend([offsets[-1]] * len(bar))
        parts.append(piece.text)
        offsets.extend(piece.offsets)
    return Piece("".join(parts), offsets)
