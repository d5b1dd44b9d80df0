"""A document in any format -> its stored text with a block structure. The only module that others import.

`read_document` chooses the reader by what the bytes look like, and by the name where they could be either.
"""

from bot.model import Block, Document, Link
from bot.recaps import fields as heads
from bot.recaps import html, inline, inline_rst, mail, markdown, plain, rst
from bot.recaps.boilerplate import set_aside
from bot.recaps.decoding import NotARecap, decoded, mended, refuse_unreadable
from bot.recaps.judging import refuse_code_and_logs, refuse_other_texts, worth_reading
from bot.recaps.lines import split_lines
from bot.recaps.marks import bold_headings
from bot.recaps.references import references
from bot.recaps.whole import whole, whole_blocks
from bot.recaps.writing import Blocks, under_headings

__all__ = ["LIMIT", "NotARecap", "read_document", "whole"]

LIMIT = 5_000_000
"""Bytes of a document."""
ARCHIVE_LIMIT = 100_000_000
"""Bytes of an mbox."""


def read_document(data: bytes, address: str, limit: int = LIMIT) -> list[Document]:
    """The documents of a file: one, or those of an mbox that are recaps. Raises NotARecap where there is none."""
    most = max(limit, ARCHIVE_LIMIT) if mail.is_mbox(data) else limit
    if len(data) > most:
        raise NotARecap(f"the file is too big: {len(data) / 1e6:.1f} MB, the limit is {most / 1e6:g} MB")
    if not data.strip(b"\0 \t\r\n"):
        raise NotARecap("the file is empty")
    if mail.is_mbox(data):
        return archive(data, address)
    if mail.is_message(data):
        return [of_message(mail.message(data), address)]
    text = mended(decoded(data))
    refuse_unreadable(text)
    found = mail.archived(text)
    if found:
        return [composed(text, found[1], address, "mail", found[0])]
    return [of_page(text, address)]


def archive(data: bytes, address: str) -> list[Document]:
    """The messages of an mbox that are recaps and no replies, each under its Message-ID."""
    found = []
    for number, raw in enumerate(mail.split_mbox(data), 1):
        if not worth_reading(raw):
            continue
        message = mail.message(raw)
        if message.reply:
            continue
        own = message.fields.get("message-id", "").strip("<> ") or f"{address}#{number}"
        try:
            found.append(of_message(message, own, archived=True))
        except NotARecap:
            continue
    if not found:
        raise NotARecap("no message of the archive is a recap")
    return found


def of_message(message: mail.Message, address: str, *, archived: bool = False) -> Document:
    """The document of a mail; mending keeps its head in place, since headers are mended apart."""
    head, body = mended(message.text[: message.body]), mended(message.text[message.body :])
    refuse_unreadable(body)
    fields = {key: mended(value) for key, value in message.fields.items()}
    kind = "html" if message.html or html.is_html(body) else "mail"
    return composed(head + body, len(head), address, kind, fields, archived=archived)


def of_page(text: str, address: str) -> Document:
    """The document of a page or a text file."""
    lines = split_lines(text, 0, len(text))
    fields, skipped = heads.front_matter(lines)
    start = lines[skipped].start if skipped < len(lines) else len(text)
    start = start if skipped else 0
    rest = lines[skipped:]
    name = address.lower().split("?")[0]
    if html.is_html(text[start : start + 20_000]) and not name.endswith((".rst", ".rest")):
        kind = "html"
    elif name.endswith((".rst", ".rest")):
        kind = "rst"
    elif name.endswith((".md", ".markdown", ".mkd")) or fields:
        kind = "rst" if not name.endswith((".md", ".markdown", ".mkd")) and rst.is_rst(rest) else "markdown"
    elif rst.is_rst(rest):
        kind = "rst"
    else:
        kind = "markdown" if marked_up(text) else "text"
    return composed(text, start, address, kind, fields)


def marked_up(text: str) -> bool:
    """Whether a text without a telling name is written in Markdown."""
    signs = 0
    for line in text.split("\n", 2000)[:2000]:
        signs += line.startswith(("# ", "## ", "### ", "```", "=====", "-----"))
        signs += "](http" in line or "**" in line
    return signs >= 2


def composed(
    text: str, start: int, address: str, kind: str, fields: dict[str, str], *, archived: bool = False
) -> Document:
    """The document whose body begins at a place of its stored text, read in a format."""
    refuse_code_and_logs(text[start:], address)
    blocks, links, said = body_of(text, start, kind)
    fields = {**said, **{key: value for key, value in fields.items() if value}}
    blocks = set_aside(blocks, mail=kind in ("mail", "text"), author=fields.get("author", ""))
    if kind in ("mail", "text"):
        blocks = plain.with_headings(text, blocks, titled=bool(fields.get("title")))
    elif kind != "rst":  # where bold terms are definition lists
        blocks = bold_headings(text, blocks)
    refuse_other_texts(fields.get("title", ""), blocks, archived=archived)
    ordered = tuple(sorted(set(links), key=lambda link: (link.start, link.end)))
    return Document(address, kind, text, under_headings(whole_blocks(text, ordered, blocks)), ordered, fields)


def body_of(text: str, start: int, kind: str) -> tuple[list[Block], list[Link], dict[str, str]]:
    """The blocks and links of a body, and what it says of itself."""
    if kind == "html":
        out = Blocks(text, html.way, {}, glue="")
        html.Scanner(out, html.main_part(list(html.tokens(text, start, len(text))))).scan()
        return out.blocks, out.links, {**html.head(text, start, len(text)), **html.top(out.blocks)}
    lines = split_lines(text, start, len(text))
    if kind == "rst":
        out = Blocks(text, inline_rst.rst, rst.targets(lines))
        rst.Scanner(out, lines).scan()
        return out.blocks, out.links, heads.normal(rst.head(lines))
    out = Blocks(text, inline.markdown if kind == "markdown" else inline.plain, references(lines))
    markdown.Scanner(out, lines, strict=kind == "markdown").scan()
    return out.blocks, out.links, {}
