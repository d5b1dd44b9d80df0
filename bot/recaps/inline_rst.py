"""The markup inside a block of reStructuredText: dropped from the text, its links kept."""

import re
from collections.abc import Mapping

from bot.model import Link
from bot.recaps import inline
from bot.recaps.pieces import Piece, fold, keep

MARKED = re.compile(
    r"(?P<escape>\\.)"
    r"|(?P<literal>``[^`]+``)"
    r"|(?P<text>(?::[\w.:+-]{1,40}:)?`[^`]+`(?P<target>__?)?)"
    r"|\[(?P<note>[#\w.-]{1,40}|\*)\]_"
    r"|(?P<bare>" + inline.ADDRESS + r")"
    r"|(?P<word>(?<![\w.-])[A-Za-z0-9][\w.-]*_(?![\w`]))"
    r"|(?P<mark>\*{1,2})"
)
ANONYMOUS = re.compile(r"(?<![>`])`__(?![\w`])|(?<![\w.+:-])[A-Za-z0-9]+(?:[.+:_-][A-Za-z0-9]+)*__(?![\w`])")
"""How a reference without a name ends; one that holds its address leads there."""


def anonymous_key(end: int) -> str:
    """The name of a reference without one: where it ends in the stored text."""
    return f"__{end}"


def rst(piece: Piece, named: Mapping[str, str]) -> tuple[Piece, list[Link]]:
    """RST inside a block: links and roles keep their words, literals too; marks and escapes go."""
    links: list[Link] = []
    changes: list[inline.Span] = []
    marks: list[tuple[int, int]] = []
    for match in MARKED.finditer(piece.text):
        start, end = match.span()
        if match.group("escape"):
            changes.append((start, start + 1 if not match.group()[1].isspace() else end, None))
        elif match.group("literal"):
            changes += [(start, start + 2, None), (end - 2, end, None)]
        elif match.group("text"):
            interpreted(piece, match, named, links, changes)
        elif match.group("note"):
            address = named.get(match.group("note").lower())
            if address:
                links.append(inline.link(piece, start, end, address))
            changes.append((end - 1, end, None))
        elif match.group("bare"):
            address = inline.trimmed(match.group("bare"))
            links.append(inline.link(piece, start, start + len(address), address))
        elif match.group("word"):
            address = target(piece, end, match.group("word").rstrip("_"), named)
            if address:
                links.append(inline.link(piece, start, end, address))
                stem = len(match.group("word").rstrip("_"))
                changes.append((start + stem, end, None))
        else:
            marks.append((start, end))
    changes += [(s, e, None) for s, e in inline.paired(piece.text, marks)]
    return fold(keep(piece, inline.without(piece.text, sorted(changes)))), inline.in_order(links)


def target(piece: Piece, end: int, words: str, named: Mapping[str, str]) -> str | None:
    """Where a reference leads that ends at a place of a piece: by its words, or by that place if two marks end it."""
    if piece.text.startswith("__", end - 2):
        return named.get(anonymous_key(piece.offsets[end - 1] + 1))
    return named.get(inline.reference_key(words))


def interpreted(
    piece: Piece, match: re.Match[str], named: Mapping[str, str], links: list[Link], changes: list[inline.Span]
) -> None:
    """`` `words <address>`_ ``, `` `name`_ ``, `` :role:`words` ``."""
    start, end = match.span()
    first = piece.text.index("`", start) + 1
    last = piece.text.rindex("`", first, end)
    words = piece.text[first:last]
    address = None
    stop = last
    if words.endswith(">") and "<" in words:
        written = words[words.rindex("<") + 1 : -1]
        stop = first + words.rindex("<")
        alias = written.endswith("_")
        address = named.get(inline.reference_key(written[:-1])) if alias else "".join(written.split())
    elif match.group("target"):
        address = target(piece, end, words, named)
    if address and piece.text[start] == "`":
        links.append(inline.link(piece, start, end, address))
    while stop > first and piece.text[stop - 1].isspace():
        stop -= 1
    changes += [(start, first, None), (stop if stop > first else first, end, None)]
