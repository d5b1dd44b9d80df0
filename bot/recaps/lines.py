"""The lines of a text and where they stand in it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """A line without its line end: its range in the stored text, its words, and its indent in columns (a tab is 4)."""

    start: int
    end: int
    text: str
    indent: int

    @property
    def blank(self) -> bool:
        return self.start == self.end

    def rest(self, skip: int) -> "Line":
        """The line without its first characters and the white space after them."""
        text = self.text[skip:].lstrip()
        start = self.end - len(text)
        return Line(start, self.end, text, self.indent + (start - self.start))


def split_lines(stored: str, start: int, end: int) -> list[Line]:
    """The lines of a range; `text` begins at the first character that is no white space, and ends at the last."""
    found = []
    at = start
    while at < end:
        stop = stored.find("\n", at, end)
        stop = end if stop < 0 else stop
        raw = stored[at:stop]
        text = raw.lstrip()
        indent = len(raw[: len(raw) - len(text)].expandtabs(4))
        first = stop - len(text)
        text = text.rstrip()
        found.append(Line(first, first + len(text), text, indent))
        at = stop + 1
    return found
