"""Markdown, and mail and plain text that is written like it: a line scanner that knows where every block stands.

A scanner of our own, because people write more than CommonMark has (`##No space`, notes in code fences, headings in
mail) and because its ranges must be exact.
"""

import re
from collections.abc import Sequence

from bot.model import BlockKind
from bot.recaps.bullets import BARE_BULLET, BULLET, mark_of
from bot.recaps.lines import Line
from bot.recaps.outline import is_outline, write_outline
from bot.recaps.references import defined
from bot.recaps.shape import code, notes
from bot.recaps.wrapping import Wrapping
from bot.recaps.writing import Blocks

ATX = re.compile(r"(#{1,6})(?:[ \t]+(?=\S)|(?=[A-Z]))(.*)")
RULED = re.compile(r"(={2,6}|-{2,})[ \t]+(?=[^\W_])([^=|]*[^\s=|-])[ \t]+\1")
"""A heading between two rules, as in MediaWiki ("== Testing ==") and in notes ("--- Testing ---")."""
SETEXT = re.compile(r"(=+|-{2,}|~{4,})")
RULE = re.compile(r"(?:[-*_=+~][ \t]*){3,}")
FENCE = re.compile(r"(`{3,}|~{3,})([^`]*)")
DELIMITER_ROW = re.compile(r"\|?[ \t]*:?-{1,}:?[ \t]*(?:\|[ \t]*:?-{1,}:?[ \t]*)*\|?")
LEFT_OUT = re.compile(r"(?:\{[:%].*\}|\[teaserbreak\]|\[image:[^\[\]]*\]|\[TOC\])", re.IGNORECASE)
BOLD_LINE = re.compile(r"(\*\*|__)(?=\S)[^*_]{2,200}\1:?")
RULED_LEVEL = 2
DEEP = 4  # columns from which on an indent means code
LONGEST_TITLE = 200  # characters


def is_underline(line: Line) -> bool:
    """Whether a line may underline a heading."""
    return bool(SETEXT.fullmatch(line.text))


class Scanner:
    """Writes the blocks of some lines; `strict` is Markdown, else mail and plain text (no code by indent)."""

    def __init__(self, out: Blocks, lines: Sequence[Line], *, strict: bool) -> None:
        self.out = out
        self.lines = lines
        self.strict = strict
        self.marks = [0 if strict else mark_of(line) for line in lines]
        self.wrapping = Wrapping(out.stored, lines, self.marks)
        self.paragraph: list[Line] = []
        self.item: list[int] = []
        """The columns where the text of the open list items begins, outermost first."""
        self.in_item = False
        self.last_comment = max((n for n, line in enumerate(lines) if "-->" in line.text), default=-1)

    def scan(self) -> None:
        """All lines, each by the first rule that knows it."""
        if not self.strict and is_outline(self.lines, self.marks):
            write_outline(self.out, self.lines, self.marks)
            return
        at = 0
        while at < len(self.lines):
            at = self.take(at)
        self.flush()

    def take(self, at: int) -> int:
        """Reads the line at an index, and those that belong to it; gives the index of the next one."""
        line = self.lines[at]
        if line.blank or RULE.fullmatch(line.text) and not self.underlines(at) or LEFT_OUT.fullmatch(line.text):
            self.flush()
            return at + 1
        if self.underlines(at):
            return self.underlined(at)
        taken = self.fixed(at) or self.headed(line) and at + 1 or self.framed(at)
        if taken:
            return taken
        mark = mark_of(line)
        if mark or BARE_BULLET.fullmatch(line.text):
            return self.bullet(at, mark or len(line.text))
        self.prose(line, at)
        return at + 1

    def underlines(self, at: int) -> bool:
        """Whether the line makes a heading of the one or two lines above it."""
        return bool(self.paragraph) and not self.in_item and len(self.paragraph) < 3 and is_underline(self.lines[at])

    def fixed(self, at: int) -> int:
        """Code and comments, whose lines mean nothing else; 0 where there is none."""
        line = self.lines[at]
        if not self.paragraph and line.indent >= DEEP and (taken := self.indented(at)):
            return taken
        if self.strict and (fence := FENCE.fullmatch(line.text)):
            return self.fenced(at, fence.group(1), fence.group(2))
        return self.comment(at) if line.text.startswith("<!--") else 0

    def headed(self, line: Line) -> bool:
        """Whether the line is a heading by its marks; written if so. In mail a space follows `#`: `#action` is none."""
        if line.indent < 4 and len(line.text) <= LONGEST_TITLE and (ruled := RULED.fullmatch(line.text)):
            self.flush()
            self.item = []
            start = line.rest(ruled.start(2)).start
            level = len(ruled[1]) if line.text[0] == "=" else RULED_LEVEL
            self.out.add(BlockKind.HEADING, [(start, start + len(ruled[2]))], level)
            return True
        match = ATX.fullmatch(line.text)
        if not match or line.indent >= 4 or not (self.strict or line.text[len(match.group(1))] in " \t"):
            return False
        self.flush()
        self.item = []
        body = line.rest(len(match.group(1)))
        text = body.text.rstrip("#").rstrip()
        self.out.add(BlockKind.HEADING, [(body.start, body.start + len(text))], len(match.group(1)))
        return True

    def framed(self, at: int) -> int:
        """A quote, a table or a list of references; 0 where there is none."""
        text = self.lines[at].text
        if text.startswith(">"):
            return self.quote(at)
        below = self.lines[at + 1].text if at + 1 < len(self.lines) else ""
        if "|" in text and "|" in below and "-" in below and DELIMITER_ROW.fullmatch(below):
            return self.table(at)
        return self.reference_list(at) if text.startswith("[") and not self.paragraph else 0

    def underlined(self, at: int) -> int:
        """A heading underlined by `===` or `---`, unless the line above is too long to be one."""
        titles = self.paragraph
        sentence = len(titles) > 1 and titles[-1].text.endswith((".", ",", ";"))
        if sentence or sum(len(each.text) for each in titles) > LONGEST_TITLE:
            self.flush()
            return at + 1
        self.paragraph = []
        self.item = []
        level = 1 if self.lines[at].text.startswith("=") else 2
        self.out.add(BlockKind.HEADING, [(each.start, each.end) for each in titles], level)
        return at + 1

    def fenced(self, at: int, fence: str, info: str) -> int:
        """A fenced block: code, or notes that somebody fenced to keep their indents."""
        self.flush()
        stop = at + 1
        while stop < len(self.lines) and not (
            self.lines[stop].text.startswith(fence) and not self.lines[stop].text.strip("`~ ")
        ):
            stop += 1
        inside = self.lines[at + 1 : stop]
        if not info.strip() and notes(inside):
            Scanner(self.out, inside, strict=False).scan()
        else:
            self.whole(BlockKind.CODE, inside)
        return stop + 1

    def comment(self, at: int) -> int:
        """An HTML comment that begins a line; what stands behind its end is read."""
        if at > self.last_comment:  # never closed: not a comment
            self.prose(self.lines[at], at)
            return at + 1
        stop = at
        while "-->" not in self.lines[stop].text:
            stop += 1
        rest = self.lines[stop].rest(self.lines[stop].text.index("-->") + 3)
        if not rest.blank:
            self.prose(rest, stop)
        return stop + 1

    def indented(self, at: int) -> int:
        """Code by its indent; 0 within lists of Markdown, and for words in mail, where words are indented too."""
        if self.strict:
            return 0 if self.item else self.code(at)
        above = self.lines[at - 1] if at else None
        if self.marks[at] or above and above.indent >= DEEP and not above.blank:  # judged where it begins
            return 0
        stop = at
        while stop < len(self.lines) and self.lines[stop].indent >= DEEP and not self.lines[stop].blank:
            stop += 1
        inside = self.lines[at:stop]
        if not code(inside):
            return 0
        self.whole(BlockKind.CODE, inside)
        return stop

    def code(self, at: int) -> int:
        """Lines indented as code; a paragraph of prose that is merely indented stays prose."""
        stop = at
        while stop < len(self.lines) and (self.lines[stop].blank or self.lines[stop].indent >= DEEP):
            stop += 1
        inside = self.lines[at:stop]
        if notes(inside):
            Scanner(self.out, inside, strict=False).scan()
        else:
            self.whole(BlockKind.CODE, inside)
        return stop

    def quote(self, at: int) -> int:
        """Lines behind `>`: one block for each of their paragraphs."""
        self.flush()
        inside: list[Line] = []
        while at < len(self.lines) and self.lines[at].text.startswith(">"):
            line = self.lines[at]
            depth = len(line.text) - len(line.text.lstrip("> "))
            inside.append(line.rest(depth))
            at += 1
        paragraph: list[Line] = []
        for line in [*inside, Line(0, 0, "", 0)]:
            bullet = BULLET.match(line.text)
            if (line.blank or bullet) and paragraph:
                self.whole(BlockKind.QUOTE, paragraph)
                paragraph = []
            if not line.blank and not LEFT_OUT.fullmatch(line.text):
                paragraph.append(line.rest(bullet.end()) if bullet else line)
        return at

    def table(self, at: int) -> int:
        """A pipe table: one block for each row, its head first."""
        self.flush()
        while at < len(self.lines) and "|" in self.lines[at].text:
            line = self.lines[at]
            if not DELIMITER_ROW.fullmatch(line.text):
                self.out.row([[cell] for cell in cells(line)])
            at += 1
        return at

    def reference_list(self, at: int) -> int:
        """`[1] https://…` lines; 0 where there is none."""
        stop = at
        while stop < len(self.lines) and (entry := defined(self.lines, stop)) and entry[0] in self.out.references:
            stop += entry[2]
        if stop > at:
            self.whole(BlockKind.REFERENCES, self.lines[at:stop])
        return stop if stop > at else 0

    def bullet(self, at: int, mark: int) -> int:
        """The first line of a list item; its nesting follows from the indents of the items above it."""
        line = self.lines[at]
        if self.paragraph and not self.in_item and not self.starts_list(line):
            self.prose(line, at)
            return at + 1
        self.flush()
        body = line.rest(mark)
        while self.item and line.indent < self.item[-1] - (1 if self.item[-1] - line.indent < 2 else 0):
            self.item.pop()
        self.item.append(max(body.indent, line.indent + 1))
        self.in_item = True
        if not body.blank:
            self.paragraph = [body]
        if self.wrapping.none:
            self.flush(keep=True)
        return at + 1

    def starts_list(self, line: Line) -> bool:
        """Whether a bullet right below prose opens a list: a dash or number may just have been wrapped there."""
        if line.text[0] in "*+-\u2022\u00b7\u2192\u21d2":
            return True
        return (
            line.text.startswith(("=>", "1.", "1)", "a.", "a)", "(1)", "(a)"))
            or line.indent > self.paragraph[-1].indent
        )

    def prose(self, line: Line, at: int) -> None:
        """A line of a paragraph or of the open list item; a line that is bold from end to end stands alone.

        `at` is the index of the line that it ends.
        """
        if self.paragraph and not self.strict and self.wrapping.breaks(self.paragraph[-1], line):
            self.flush()
        if not self.paragraph:
            while self.item and line.indent < self.item[-1] and not (line.indent > 0 and len(self.item) == 1):
                self.item.pop()
            self.in_item = bool(self.item) and line.indent > 0
            if not self.in_item:
                self.item = []
        self.paragraph.append(line)
        alone = self.wrapping.none or len(self.paragraph) == 1 and BOLD_LINE.fullmatch(line.text)
        if alone and not (at + 1 < len(self.lines) and self.underlines(at + 1)):
            self.flush(keep=True)

    def flush(self, keep: bool = False) -> None:
        """Writes the open paragraph."""
        if self.paragraph:
            kind, level = (BlockKind.ITEM, len(self.item)) if self.in_item and self.item else (BlockKind.PARAGRAPH, 0)
            self.whole(kind, self.paragraph, level)
            self.paragraph = []
        if not keep:
            self.in_item = False

    def whole(self, kind: BlockKind, lines: Sequence[Line], level: int = 0) -> None:
        """Writes a block that stands on whole lines."""
        self.out.add(kind, [(line.start, line.end) for line in lines if not line.blank], level)


def cells(line: Line) -> list[tuple[int, int]]:
    """The ranges of the cells of a table's row."""
    found = []
    at = 0
    for part in line.text.split("|"):
        inner = part.strip()
        if inner:
            start = line.start + at + len(part) - len(part.lstrip())
            found.append((start, start + len(inner)))
        at += len(part) + 1
    return found
