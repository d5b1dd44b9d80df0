"""Collects the blocks of a document as a reader finds them, and gives each its text, its links and its path."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from bot.model import Block, BlockKind, Link
from bot.recaps import inline
from bot.recaps.pieces import Piece, cut, fold, joined

LONGEST_HEADING = 300


class Blocks:
    """Blocks in the order of the document; every reader writes into one of these."""

    def __init__(self, stored: str, way: inline.Inline, references: Mapping[str, str], glue: str = "\n") -> None:
        self.stored = stored
        self.glue = glue
        self.way = way
        self.references = references
        self.blocks: list[Block] = []
        self.links: list[Link] = []

    def add(self, kind: BlockKind, ranges: Iterable[tuple[int, int]], level: int = 0) -> None:
        """A block that stands on these ranges of the stored text; nothing where they hold no words."""
        piece = cut(self.stored, ranges, self.glue)
        if kind is BlockKind.CODE:
            piece, links = fold(piece), list[Link]()
        elif kind is BlockKind.REFERENCES:
            piece, links = inline.plain(piece, {})
        else:
            piece, links = self.way(piece, self.references)
        self.put(kind, piece, links, level)

    def row(self, cells: Iterable[Sequence[tuple[int, int]]]) -> None:
        """A row of a table, from the ranges of each of its cells."""
        pieces = []
        links: list[Link] = []
        for cell in cells:
            piece, found = self.way(cut(self.stored, cell, self.glue), self.references)
            pieces.append(piece)
            links += found
        self.put(BlockKind.ROW, joined(pieces, " | "), links, 0)

    def put(self, kind: BlockKind, piece: Piece, links: Iterable[Link], level: int) -> None:
        """A block whose text is at hand."""
        self.links += links
        if not piece.text:
            return
        if kind is BlockKind.HEADING and len(piece.text) > LONGEST_HEADING:
            kind, level = BlockKind.PARAGRAPH, 0
        start, end = piece.offsets[0], piece.offsets[-1] + 1
        self.blocks.append(Block(kind, start, end, piece.text, piece.offsets, level))


def under_headings(blocks: Iterable[Block]) -> tuple[Block, ...]:
    """The blocks, each with the headings that it stands under."""
    found = []
    open_headings: list[Block] = []
    path: tuple[str, ...] = ()
    for block in blocks:
        if block.kind is BlockKind.HEADING:
            while open_headings and open_headings[-1].level >= block.level:
                open_headings.pop()
            path = tuple(heading.text for heading in open_headings)
            found.append(replace(block, path=path))
            open_headings.append(block)
            path = (*path, block.text)
        else:
            found.append(replace(block, path=path))
    return tuple(found)
