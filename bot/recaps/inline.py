"""The markup inside a block of Markdown, mail or plain text: dropped from the text, its links kept.

Each way of writing takes a piece and the named addresses of its document and gives the piece for people. Every
pattern is linear: what may repeat stops at the character that could begin a second match.
"""

import html
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping

from bot.model import Link
from bot.recaps.pieces import Piece, fold, keep

Span = tuple[int, int, str | None]
Inline = Callable[[Piece, Mapping[str, str]], tuple[Piece, list[Link]]]

ADDRESS = r"(?:https?|ftp|irc)://[^\s<>\"'`\u201c\u201d\u2019|\\]+"
BARE = re.compile(ADDRESS)
NUMBERED = re.compile(r"\[([0-9]{1,3}|[A-Za-z0-9]{1,3})\]_?")
BRACKET = re.compile(r"\[([^\[\]]{1,200})\](?:\[\]|_)?")
LISTED = re.compile(r"[^\s,][^,]*")
MARKDOWN = re.compile(
    r"(?P<escape>\\[!-/:-@\[-`{-~])"
    r"|(?P<code>(`{1,3})([^`]+)\3(?!`))"
    r"|(?P<image>!\[[^\[\]]*\](?:\([^()\s]*(?:\s+\"[^\"]*\")?\)|\[[^\[\]]*\])?)"
    r"|\[(?P<label>[^\[\]]*)\](?:\(<?(?P<address>[^\s()<>]*(?:\([^\s()]*\)[^\s()<>]*)*)>?(?:\s+[\"'][^\"']*[\"'])?\)"
    r"|\[(?P<name>[^\[\]]*)\])?"
    r"|<(?P<auto>" + ADDRESS + r")>"
    r"|(?P<bare>" + ADDRESS + r")"
    r"|(?P<tag></?(?:a|abbr|b|blockquote|br|center|code|del|div|em|font|h[1-6]|hr|i|img|ins|kbd|li|ol|p|pre|q|s|small|"
    r"span|strike|strong|sub|sup|table|tbody|td|th|thead|tr|tt|u|ul|video|iframe)(?:\s[^<>]*)?/?>|<!--[^<>]*-->)"
    r"|(?P<entity>&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});)"
    r"|(?P<mark>\*{1,3}|_{1,3}|~~)"
    r"|(?P<attribute>\{[:%][^{}]*\})"
)
BREAKING = re.compile(r"</?(?:br|p|li|td|tr|div|h[1-6])\b", re.IGNORECASE)
HREF = re.compile(r"\shref\s{0,3}=\s{0,3}[\"']?([^\"'\s>]+)", re.IGNORECASE)


def trimmed(address: str) -> str:
    """An address as people write it in a sentence, without the punctuation or the bracket that ends the sentence."""
    end = len(address)
    unopened = address.count(")") + address.count("]") - address.count("(") - address.count("[")
    while end and (address[end - 1] in ".,;:!?*_~" or (address[end - 1] in ")]" and unopened > 0)):
        unopened -= address[end - 1] in ")]"
        end -= 1
    return address[:end]


def reference_key(name: str) -> str:
    """What two writings of a reference's name have in common."""
    return " ".join(name.split()).casefold()


def plain(piece: Piece, references: Mapping[str, str]) -> tuple[Piece, list[Link]]:
    """Plain text and mail: references and bare addresses are links, paired `*stars*` go, all else stays."""
    links = []
    taken: list[tuple[int, int]] = []
    for match in BARE.finditer(piece.text):
        address = trimmed(match.group())
        links.append(link(piece, match.start(), match.start() + len(address), address))
        taken.append((match.start(), match.end()))
    links += referring(piece, references) if references else []
    marks = [(m.start(), m.end()) for m in re.finditer(r"\*{1,3}", piece.text)]
    inside = within(taken)
    stars = paired(piece.text, [mark for mark in marks if not inside(mark[0])])
    return fold(keep(piece, without(piece.text, [(s, e, None) for s, e in stars]))), in_order(links)


def referring(piece: Piece, references: Mapping[str, str]) -> Iterator[Link]:
    """`[1]`, `[1, 2]`, `[name]`, `[words][name]` and `[name][]`, where the name is known."""
    words: re.Match[str] | None = None
    for match in BRACKET.finditer(piece.text):
        known = references.get(reference_key(match.group(1)))
        if known:
            start = words.start() if words and words.end() == match.start() else match.start()
            yield link(piece, start, match.end(), known)
            words = None
            continue
        words = match
        yield from listed(piece, match.span(1), references)


def listed(piece: Piece, inside: tuple[int, int], references: Mapping[str, str]) -> Iterator[Link]:
    """The links of `[1, 2]`, each at its number; `inside` is what stands between the brackets."""
    parts = list(LISTED.finditer(piece.text, *inside))
    for part in parts if len(parts) > 1 else ():
        if known := references.get(reference_key(part.group())):
            yield link(piece, *part.span(), known)


def markdown(piece: Piece, references: Mapping[str, str]) -> tuple[Piece, list[Link]]:
    """Markdown: links keep their text, code its words; emphasis, images, tags and escapes go."""
    links: list[Link] = []
    changes: list[Span] = []
    marks: list[tuple[int, int]] = []
    for match in MARKDOWN.finditer(piece.text):
        if match.group("mark"):
            marks.append(match.span())
        elif match.group("label") is not None:
            label(piece, match, references, links, changes)
        elif match.group("auto") or match.group("bare"):
            address(piece, match, links, changes)
        else:
            changes += dropped(match)
            href = HREF.search(match.group("tag") or "")
            if href:
                links.append(link(piece, *match.span(), html.unescape(href.group(1))))
    changes += [(s, e, None) for s, e in paired(piece.text, marks)]
    return fold(keep(piece, without(piece.text, sorted(changes, key=place)))), in_order(links)


def dropped(match: re.Match[str]) -> list[Span]:
    """What goes of an escape, code, an image, a tag or an entity."""
    start, end = match.span()
    if match.group("escape"):
        return [(start, start + 1, None)]
    if match.group("code"):
        ticks = len(match.group(3))
        return [(start, start + ticks, None), (end - ticks, end, None)]
    if match.group("entity"):
        return [(start, end, html.unescape(match.group("entity")))]
    breaks = BREAKING.match(match.group("tag") or "")
    return [(start, end, " " if breaks else None)]


def address(piece: Piece, match: re.Match[str], links: list[Link], changes: list[Span]) -> None:
    """`<https://…>` and a bare address."""
    start, end = match.span()
    if match.group("auto"):
        changes += [(start, start + 1, None), (end - 1, end, None)]
        links.append(link(piece, start, end, match.group("auto")))
    else:
        found = trimmed(match.group("bare"))
        links.append(link(piece, start, start + len(found), found))


def place(change: Span) -> tuple[int, int]:
    """Where a change stands: the order of changes."""
    return change[0], change[1]


def label(
    piece: Piece, match: re.Match[str], references: Mapping[str, str], links: list[Link], changes: list[Span]
) -> None:
    """`[words](address)`, `[words][name]`, `[words][]`, and `[name]` where it is known; else brackets stay."""
    start, end = match.span()
    words = match.start("label"), match.end("label")
    target = match.group("address")
    if target is None:
        name = match.group("name") or match.group("label")
        target = references.get(reference_key(name))
        if not target:
            links += listed(piece, words, references)
            return
        if match.group("name") is None and NUMBERED.fullmatch(match.group()):  # "[1]" in a sentence is what people read
            links.append(link(piece, start, end, target))
            return
    if target:
        links.append(link(piece, start, end, target))
    changes += [(start, words[0], None), (words[1], end, None)]
    inner = [(m.start(), m.end()) for m in re.finditer(r"\*{1,3}|`{1,3}|_{2}", match.group("label"))]
    changes += [(words[0] + s, words[0] + e, None) for s, e in paired(match.group("label"), inner)]


def link(piece: Piece, start: int, end: int, address: str) -> Link:
    """A link at a range of a piece."""
    return Link(piece.offsets[start], piece.offsets[end - 1] + 1, address)


def in_order(links: list[Link]) -> list[Link]:
    """Links as they stand in the text."""
    return sorted(links, key=lambda each: (each.start, each.end))


def paired(text: str, marks: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The marks of emphasis that open or close something: equal ones in pairs, hugging what they mark."""
    found = []
    waiting: dict[str, tuple[int, int]] = {}
    for start, end in marks:
        sign = text[start:end]
        before = text[start - 1] if start else " "
        after = text[end] if end < len(text) else " "
        inside_word = sign[0] == "_" and before.isalnum() and after.isalnum()
        hugs = not before.isspace() or (sign == "**" and after.isspace())  # people write "**so: **"
        if sign in waiting and hugs and not inside_word and not (sign[0] == "_" and after.isalnum()):
            found += [waiting.pop(sign), (start, end)]
        elif not after.isspace() and not before.isalnum() and not inside_word:
            waiting[sign] = (start, end)
    return sorted(found)


def without(text: str, changes: list[Span]) -> list[Span]:
    """What is left of a text after changes in order; a change that begins within the one before it is left out."""
    kept: list[Span] = []
    at = 0
    for start, end, instead in changes:
        if start < at:
            continue
        if start > at:
            kept.append((at, start, None))
        if instead is not None:
            kept.append((start, end, instead))
        at = end
    if at < len(text):
        kept.append((at, len(text), None))
    return kept


def within(taken: list[tuple[int, int]]) -> Callable[[int], bool]:
    """Whether a place lies in one of the ranges, which are in order."""
    starts = [start for start, _ in taken]

    def inside(at: int) -> bool:
        index = bisect_right(starts, at) - 1
        return index >= 0 and at < taken[index][1]

    return inside
