"""HTML: a tokenizer that keeps offsets and is linear on whatever arrives; never `html.parser`, which is not.

The main part of a page is read (`article` or `main` where there is one), without its navigation, scripts and forms.
"""

import html as entities
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.model import Block, BlockKind, Link
from bot.recaps import inline
from bot.recaps.pieces import Piece, fold, keep
from bot.recaps.writing import Blocks

TOKEN = re.compile(r"<!--|<[!?][^<>]*>|<(/?)([A-Za-z][A-Za-z0-9:-]{0,30})((?:[^<>\"']|\"[^\"]*\"|'[^']*')*)>")
ATTRIBUTE = re.compile(r"([A-Za-z:-]{1,30})\s{0,3}=\s{0,3}(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))")
ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});?")
SKIPPED = frozenset("script style nav footer aside form noscript svg template button select iframe".split())
RAW = {"script", "style", "title", "textarea"}
BLOCKS = {
    "p", "div", "section", "article", "main", "header", "ul", "ol", "dl", "dt", "dd", "table", "thead", "tbody", "hr",
    "figure", "figcaption", "body", "html", "center", "address", "details", "summary", "head",
}  # fmt: skip
LOOKS_HTML = re.compile(r"\s*(?:<!doctype html|<html\b|<head\b|<body\b|<!--)", re.IGNORECASE)
DEEPEST = 1000


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag of the source, or the text between two (`name` empty)."""

    name: str
    closing: bool
    start: int
    end: int
    attributes: str = ""


def is_html(text: str) -> bool:
    """Whether a text is a page, or a piece of one that begins with a block's tag."""
    if LOOKS_HTML.match(text):
        return "<html" in text[:5000].lower() or "<body" in text.lower() or "<p" in text[:5000].lower()
    return bool(re.match(r"\s*<(?:p|div|h[1-6]|article|ul|table)\b[^<>]*>", text, re.IGNORECASE))


def tokens(stored: str, start: int, end: int) -> Iterator[Tag]:
    """The tags and texts of a range in order; comments, scripts and declarations are left out."""
    at = start
    lower = stored.lower()
    if len(lower) != len(stored):  # a letter whose small form is longer: ranges would move
        lower = stored
    while match := TOKEN.search(stored, at, end):
        if match.start() > at:
            yield Tag("", False, at, match.start())
        at = match.end()
        if match.group().startswith("<!--"):
            stop = stored.find("-->", at, end)
            at = stop + 3 if stop >= 0 else end
            continue
        name = (match.group(2) or "").lower()
        if not name:
            continue
        yield Tag(name, bool(match.group(1)), match.start(), match.end(), match.group(3) or "")
        if name in RAW and not match.group(1):
            stop = lower.find("</" + name, at, end)
            stop = end if stop < 0 else stop
            if name == "title":
                yield Tag("", False, at, stop)
            at = stop
    if at < end:
        yield Tag("", False, at, end)


def attributes(tag: Tag) -> dict[str, str]:
    """The attributes of a tag, values unescaped."""
    found: dict[str, str] = {}
    for match in ATTRIBUTE.finditer(tag.attributes[:5000]):
        value = match.group(2) if match.group(2) is not None else match.group(3) or match.group(4) or ""
        found.setdefault(match.group(1).lower(), entities.unescape(value))
    return found


def head(stored: str, start: int, end: int) -> dict[str, str]:
    """What the page says of itself: `title`, and `meta` of author, date and title."""
    fields: dict[str, str] = {}
    names = {
        "author": "author", "article:author": "author", "dc.creator": "author", "article:published_time": "date",
        "date": "date", "dc.date": "date", "datepublished": "date", "og:title": "title", "keywords": "tags",
    }  # fmt: skip
    in_title = False
    for tag in tokens(stored, start, end):
        if tag.name == "title":
            in_title = not tag.closing
        elif not tag.name and in_title:
            fields.setdefault("page", " ".join(entities.unescape(stored[tag.start : tag.end]).split()))
        elif tag.name == "meta":
            pairs = attributes(tag)
            key = names.get((pairs.get("name") or pairs.get("property") or pairs.get("itemprop") or "").lower())
            if key and pairs.get("content", "").strip():
                fields.setdefault(key, " ".join(pairs["content"].split()))
        elif tag.name == "time" and "datetime" in tag.attributes:
            fields.setdefault("date", attributes(tag).get("datetime", ""))
        elif tag.name == "body" and tag.closing:
            break
    page = fields.pop("page", "")
    if page:
        fields.setdefault("title", page)
    return fields


def top(blocks: Sequence[Block]) -> dict[str, str]:
    """The title of the page's main part: a heading of the first level that it begins with."""
    first = blocks[0] if blocks else None
    return {"title": first.text} if first and first.kind is BlockKind.HEADING and first.level == 1 else {}


def main_part(found: Sequence[Tag]) -> Sequence[Tag]:
    """The tags of the longest `article`, else `main`, else `body`, else all."""
    for name in ("article", "main", "body"):
        best: tuple[int, int] | None = None
        opened = None
        for n, tag in enumerate(found):
            if tag.name != name:
                continue
            if not tag.closing:
                opened = n if opened is None else opened
            elif opened is not None:
                if best is None or n - opened > best[1] - best[0]:
                    best = (opened, n)
                opened = None
        if best is None and opened is not None and name == "body":
            best = (opened, len(found))
        if best:
            return found[best[0] : best[1]]
    return found


class Scanner:
    """Writes the blocks of a page."""

    def __init__(self, out: Blocks, found: Sequence[Tag]) -> None:
        self.out = out
        self.found = found
        self.texts: list[tuple[int, int]] = []
        self.kind = BlockKind.PARAGRAPH
        self.level = 0
        self.lists = 0
        self.quotes = 0
        self.pre = 0
        self.cells: list[list[tuple[int, int]]] | None = None
        self.skipping: list[str] = []
        self.anchors: list[tuple[int, str]] = []

    def scan(self) -> None:
        """All tags in order."""
        for tag in self.found:
            if self.skipping:
                self.skip(tag)
            elif not tag.name:
                self.texts.append((tag.start, tag.end))
            elif tag.name in SKIPPED:
                if not tag.closing and not tag.attributes.endswith("/"):
                    self.flush()
                    self.skipping = [tag.name]
            elif tag.name == "a":
                self.anchor(tag)
            elif tag.name == "br":
                if self.texts:
                    self.texts.append((tag.start, tag.start))
            else:
                self.block(tag)
        self.flush()

    def skip(self, tag: Tag) -> None:
        """Counts the tags of a name inside a skipped part until it is closed."""
        if tag.name == self.skipping[0]:
            if tag.closing:
                self.skipping.pop()
            elif len(self.skipping) < DEEPEST:
                self.skipping.append(tag.name)

    def anchor(self, tag: Tag) -> None:
        """A link opens or closes."""
        if not tag.closing:
            if len(self.anchors) < DEEPEST:
                self.anchors.append((tag.start, attributes(tag).get("href", "")))
        elif self.anchors:
            start, address = self.anchors.pop()
            if "://" in address or address.startswith("mailto:"):
                self.out.links.append(Link(start, tag.end, address.strip()))

    def block(self, tag: Tag) -> None:
        """A tag that begins or ends a block."""
        name, opens = tag.name, not tag.closing
        if len(name) == 2 and name[0] == "h" and name[1] in "123456":
            self.flush()
            self.kind, self.level = (BlockKind.HEADING, int(name[1])) if opens else (BlockKind.PARAGRAPH, 0)
        elif name in ("ul", "ol"):
            self.flush()
            self.lists = self.lists + 1 if opens else max(0, self.lists - 1)
            self.kind, self.level = (BlockKind.ITEM, self.lists) if self.lists else (BlockKind.PARAGRAPH, 0)
        elif name == "li":
            self.flush()
            self.kind, self.level = BlockKind.ITEM, max(1, self.lists)
        elif name == "blockquote":
            self.flush()
            self.quotes = self.quotes + 1 if opens else max(0, self.quotes - 1)
        elif name == "pre":
            self.flush()
            self.pre = self.pre + 1 if opens else max(0, self.pre - 1)
        elif name in ("tr", "td", "th"):
            self.cell(name, opens)
        elif name in BLOCKS:
            self.flush()
            if self.lists == 0:
                self.kind, self.level = BlockKind.PARAGRAPH, 0

    def cell(self, name: str, opens: bool) -> None:
        """A row or a cell of a table."""
        self.flush()
        if name == "tr":
            if self.cells:
                self.out.row(self.cells)
            self.cells = [] if opens else None
        elif opens and self.cells is not None:
            self.cells.append([])

    def flush(self) -> None:
        """Writes the open block."""
        if not self.texts:
            return
        ranges, self.texts = self.texts, []
        if self.cells:
            self.cells[-1] += ranges
            return
        kind, level = self.kind, self.level
        if kind is not BlockKind.HEADING:
            if self.pre:
                kind, level = BlockKind.CODE, 0
            elif self.quotes:
                kind, level = BlockKind.QUOTE, 0
        self.out.add(kind, ranges, level)


def way(piece: Piece, named: Mapping[str, str]) -> tuple[Piece, list[Link]]:
    """The text between tags: entities become what they stand for."""
    links = []
    for match in inline.BARE.finditer(piece.text):
        address = inline.trimmed(match.group())
        links.append(inline.link(piece, match.start(), match.start() + len(address), address))
    changes: list[inline.Span] = [
        (m.start(), m.end(), entities.unescape(m.group())) for m in ENTITY.finditer(piece.text)
    ]
    return fold(keep(piece, inline.without(piece.text, changes))), links
