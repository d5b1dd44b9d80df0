"""reStructuredText: sections in order of appearance, lists, definition lists, directives, named targets, fields.

A line scanner of our own: docutils gives no columns, and people write RST that it refuses.
"""

import re
from collections.abc import Sequence

from bot.model import BlockKind
from bot.recaps import inline, inline_rst
from bot.recaps.lines import Line
from bot.recaps.writing import Blocks

ADORNMENT = re.compile(r"([=\-`:.'\"~^_*+#<>])\1+")
FIELD = re.compile(r":([A-Za-z][\w -]{0,40}):(?:[ \t]+(.*))?")
NIKOLA = re.compile(r"\.\. ([a-z]{2,20}):(?: (.*))?")
TARGET = re.compile(r"\.\. _(?:`([^`]{1,200})`|([^:`]{1,200}?)):[ \t]*(\S.*)?")
ANONYMOUS = re.compile(r"(?:\.\. __:|__)[ \t]+(\S.*)")
FOOTNOTE = re.compile(r"\.\. \[(#?[\w.-]{0,40}|\*)\](?:[ \t]+(.*))?")
DIRECTIVE = re.compile(r"\.\. ([A-Za-z][\w:+.-]{0,40})::(?:[ \t]+(.*))?")
BULLET = re.compile(r"(?:[*+\u2022-]|#[.)]|\(?[0-9]{1,3}[.)]|\(?[a-zA-Z][.)])(?=[ \t])")
OPTION = re.compile(r":[\w -]{1,40}:(?:[ \t].*)?")
TABLE_BORDER = re.compile(r"(?:\+[-=+]{3,}\+|={2,}(?:[ \t]+={2,})+)")
SPOKEN = frozenset("note important hint tip warning attention caution danger admonition topic epigraph".split())
NIKOLA_KEYS = frozenset("title slug date tags category link description type author updated status".split())
DEEPEST = 5  # notes within notes


def is_rst(lines: Sequence[Line]) -> bool:
    """Whether a text without a telling name is RST: directives, targets, or fields at its head."""
    signs = 0
    for line in lines[:2000]:
        text = line.text
        if text.startswith(".. ") and (DIRECTIVE.match(text) or TARGET.match(text) or NIKOLA.fullmatch(text)):
            signs += 1
        elif text.endswith("`_") or "`_" in text or "`__" in text:
            signs += 1
    return signs >= 2


def head(lines: Sequence[Line]) -> dict[str, str]:
    """The fields of a page: Pelican's `:date: …`, Nikola's `.. date: …`."""
    fields: dict[str, str] = {}
    for line in lines[:60]:
        match = FIELD.fullmatch(line.text) if line.indent == 0 else None
        nikola = NIKOLA.fullmatch(line.text)
        if match:
            fields.setdefault(match.group(1).lower(), match.group(2) or "")
        elif nikola and nikola.group(1) in NIKOLA_KEYS:
            fields.setdefault(nikola.group(1), nikola.group(2) or "")
    return fields


def targets(lines: Sequence[Line]) -> dict[str, str]:
    """The addresses of named targets and of footnotes that are mere addresses."""
    found: dict[str, str] = {}
    waiting: list[str] = []
    for line in lines:
        match = TARGET.fullmatch(line.text)
        if match:
            waiting.append(inline.reference_key(match.group(1) or match.group(2)))
            if match.group(3):
                for name in waiting:
                    found.setdefault(name, match.group(3).strip("`<>_ "))
                waiting = []
            continue
        if waiting and line.text and line.indent > 0:
            for name in waiting:
                found.setdefault(name, line.text)
        waiting = []
        note = FOOTNOTE.fullmatch(line.text)
        address = inline.BARE.search(note.group(2) or "") if note else None
        if note and address:
            found.setdefault(note.group(1).lower(), inline.trimmed(address.group()))
    found |= anonymous(lines)
    for name, address_or_name in list(found.items()):
        if "://" not in address_or_name and (other := found.get(inline.reference_key(address_or_name))):
            found[name] = other
    return found


def anonymous(lines: Sequence[Line]) -> dict[str, str]:
    """The addresses of references without a name, which lead to the targets without a name in order.

    They go by the places where they end (`inline_rst.anonymous_key`). Where there are more of one than of the other
    nothing is known, as for docutils.
    """
    addresses = [match.group(1) for line in lines if (match := ANONYMOUS.fullmatch(line.text))]
    if not addresses:
        return {}
    ends = [line.start + match.end() for line in lines for match in inline_rst.ANONYMOUS.finditer(line.text)]
    if len(ends) != len(addresses):
        return {}
    return {inline_rst.anonymous_key(end): given.strip("`<>_ ") for end, given in zip(ends, addresses, strict=True)}


class Scanner:
    """Writes the blocks of some lines of RST."""

    def __init__(self, out: Blocks, lines: Sequence[Line], depth: int = 0) -> None:
        self.out = out
        self.depth = depth
        self.lines = lines
        self.levels: list[str] = []
        self.items: list[int] = []
        """The columns where the text of the open list items and definitions begins, outermost first."""

    def scan(self) -> None:
        """All lines, each by the first rule that knows it."""
        at = 0
        while at < len(self.lines):
            at = self.take(at)

    def take(self, at: int) -> int:
        """Reads the block that begins at an index; gives the index behind it."""
        line = self.lines[at]
        if line.blank:
            return at + 1
        if section := self.section(at):
            return section
        if line.text.startswith("..") and (line.text == ".." or line.text[2:3].isspace()):
            return self.explicit(at)
        if line.indent == 0 and ANONYMOUS.fullmatch(line.text):
            return at + 1
        if ADORNMENT.fullmatch(line.text) and len(line.text) > 3:
            return at + 1
        if FIELD.fullmatch(line.text) and not line.text.endswith("`"):
            return self.skip(at)
        if TABLE_BORDER.fullmatch(line.text):
            return self.table(at)
        return self.text(at)

    def section(self, at: int) -> int | None:
        """A section title, over- and underlined or underlined alone."""
        line = self.lines[at]
        above = ADORNMENT.fullmatch(line.text)
        if above and at + 2 < len(self.lines) and self.lines[at + 2].text == line.text and self.lines[at + 1].text:
            title, style, stop = self.lines[at + 1], line.text[0] * 2, at + 3
        elif at + 1 < len(self.lines) and not above and line.indent == 0:
            under = ADORNMENT.fullmatch(self.lines[at + 1].text)
            if not under or len(self.lines[at + 1].text) < min(len(line.text), 4):
                return None
            title, style, stop = line, self.lines[at + 1].text[0], at + 2
        else:
            return None
        if style not in self.levels:
            self.levels.append(style)
        self.items = []
        self.out.add(BlockKind.HEADING, [(title.start, title.end)], self.levels.index(style) + 1)
        return stop

    def explicit(self, at: int) -> int:
        """`.. ` something: a footnote or a spoken directive gives text, code gives code, the rest nothing."""
        line = self.lines[at]
        stop = self.skip(at)
        if note := FOOTNOTE.fullmatch(line.text):
            first = line.rest(line.text.index("]") + 1)
            kind = BlockKind.REFERENCES if inline.BARE.search(note.group(2) or "") else BlockKind.PARAGRAPH
            self.out.add(kind, ranges([first, *self.lines[at + 1 : stop]]))
            return stop
        directive = DIRECTIVE.fullmatch(line.text)
        name = directive.group(1).lower() if directive else ""
        if name in SPOKEN and self.depth < DEEPEST:
            inside = [each for each in self.lines[at + 1 : stop] if not OPTION.fullmatch(each.text)]
            if directive and directive.group(2) and name not in ("admonition", "topic"):
                inside.insert(0, line.rest(line.text.index("::") + 2))
            inner = Scanner(self.out, [undented(each) for each in inside], self.depth + 1)
            inner.levels = self.levels
            inner.scan()
        elif name in ("code", "code-block", "sourcecode", "highlight", "parsed-literal", "literalinclude"):
            self.out.add(BlockKind.CODE, ranges(self.lines[at + 1 : stop]))
        return stop

    def skip(self, at: int) -> int:
        """The index behind a line and all that is indented below it."""
        indent = self.lines[at].indent
        stop = at + 1
        while stop < len(self.lines) and (self.lines[stop].blank or self.lines[stop].indent > indent):
            stop += 1
        while stop > at + 1 and self.lines[stop - 1].blank:
            stop -= 1
        return stop

    def table(self, at: int) -> int:
        """A grid or simple table: one block for each line of it that holds words."""
        while at < len(self.lines) and self.lines[at].text:
            line = self.lines[at]
            if not TABLE_BORDER.fullmatch(line.text):
                bars = [m.span() for m in re.finditer(r"[^|]+" if "|" in line.text else r"\S+(?:[ ]\S+)*", line.text)]
                self.out.row([[(line.start + s, line.start + e)] for s, e in bars])
            at += 1
        return at

    def text(self, at: int) -> int:
        """A list item, a term with its definition, or a paragraph; an indented block after `::` is code."""
        line = self.lines[at]
        bullet = BULLET.match(line.text)
        while self.items and line.indent < self.items[-1]:
            self.items.pop()
        body = line.rest(bullet.end()) if bullet else line
        if bullet:
            self.items.append(body.indent)
        stop = at + 1
        while stop < len(self.lines) and self.joins(line, body, stop):
            stop += 1
        level = len(self.items)
        kind = BlockKind.ITEM if level else BlockKind.PARAGRAPH
        lines = [body, *self.lines[at + 1 : stop]]
        self.out.add(kind, ranges(lines), level)
        below = self.lines[stop] if stop < len(self.lines) else None
        if not bullet and stop == at + 1 and below and below.text and below.indent > line.indent:
            self.items.append(below.indent)  # a term, and its definition below it
        if lines[-1].text.endswith("::"):
            return self.literal(stop, line.indent)
        return stop

    def joins(self, first: Line, body: Line, at: int) -> bool:
        """Whether a line goes on with the paragraph above it."""
        line = self.lines[at]
        if line.blank or line.text.startswith(".. "):
            return False
        if BULLET.match(line.text) and line.indent <= first.indent:
            return False
        return line.indent == body.indent or (first is not body and line.indent >= first.indent + 1)

    def literal(self, at: int, indent: int) -> int:
        """The literal block behind `::`."""
        stop = at
        while stop < len(self.lines) and (self.lines[stop].blank or self.lines[stop].indent > indent):
            stop += 1
        self.out.add(BlockKind.CODE, ranges(self.lines[at:stop]))
        return stop


def ranges(lines: Sequence[Line]) -> list[tuple[int, int]]:
    """Where lines stand, without blank ones."""
    return [(line.start, line.end) for line in lines if not line.blank]


def undented(line: Line) -> Line:
    """A line of a directive's content, as if it stood at the margin."""
    return Line(line.start, line.end, line.text, max(0, line.indent - 3))
