"""Quotes are whole: what a passage begins or ends with keeps its markup, and with it its link."""

import pytest

from bot.extraction.recap import read_recap
from bot.model import Document
from bot.recaps.reading import read_document, whole

SPEC = "https://spec.example/x"


def read(text: str, address: str = "recap.md") -> Document:
    """The one document of a text."""
    (document,) = read_document(text.encode(), address)
    return document


@pytest.mark.parametrize(
    ("address", "written", "words", "quote"),
    [
        ("a.md", f"[Dora]({SPEC}) will write it.", "Dora will write it.", f"[Dora]({SPEC}) will write it."),
        ("a.md", f"Then we left. [Dora]({SPEC}) will.", "Dora will.", f"[Dora]({SPEC}) will."),
        ("a.md", f"Ann will do [it]({SPEC})", "Ann will do it", f"Ann will do [it]({SPEC})"),
        ("a.md", f"See <{SPEC}>", f"See {SPEC}", f"See <{SPEC}>"),
        ("a.md", f"- **[Dora]({SPEC})** will", "Dora will", f"**[Dora]({SPEC})** will"),
        ("a.md", "* **Dora** and **Ann** will", "Dora and Ann will", "**Dora** and **Ann** will"),
        ("a.md", "We will use `x`", "We will use x", "We will use `x`"),
        ("a.md", "**We agreed. Then left.**", "We agreed.", "We agreed."),
        ("a.md", f"[We agreed. Then left.]({SPEC})", "Then left.", "Then left."),
        ("a.md", "_a_ or _b_. _c_ it is.", "a or b.", "_a_ or _b_."),
        ("a.rst", f"`Dora <{SPEC}>`_ will.", "Dora will.", f"`Dora <{SPEC}>`_ will."),
        ("a.rst", "``x`` goes, see `the other`_", "x goes, see the other", "``x`` goes, see `the other`_"),
        ("a.html", f'<p><a href="{SPEC}">Dora</a> will.</p>', "Dora will.", f'<a href="{SPEC}">Dora</a> will.'),
        ("a.html", "<ul><li><b>Dora</b> will.</ul>", "Dora will.", "<b>Dora</b> will."),
        ("a.html", f'<a href="{SPEC}"><p>We met.</p><p>We left.</p></a>', "We left.", "We left."),
        ("a.txt", f"See <{SPEC}>.", f"See <{SPEC}>.", f"See <{SPEC}>."),
    ],
)
def test_a_range_takes_the_markup_at_its_edges_and_nothing_else(
    address: str, written: str, words: str, quote: str
) -> None:
    """Links are whole, marks are paired, and words that are not meant stay outside."""
    html = address.endswith("html")
    document = read(
        f"<p>At the summit we agreed.</p>{written}" if html else f"At the summit we agreed.\n\n{written}\n", address
    )
    block = next(block for block in document.blocks if words in block.text)
    start = block.text.index(words)
    first, last = whole(document, block, start, start + len(words))
    assert document.text[first:last] == quote
    assert block.start <= first < last <= block.end


def test_an_item_keeps_the_link_that_it_begins_with() -> None:
    """Its quote begins with the bracket, and the address is among its links."""
    items = read_recap(read(f"# PTG recap\n\n## Drivers\n\n[Dora]({SPEC}) will write the spec.\n")).items
    assert {(item.quote, item.links) for item in items} == {(f"[Dora]({SPEC}) will write the spec.", (SPEC,))}


def test_a_session_keeps_the_markup_of_its_heading() -> None:
    """A heading that is a link is quoted as one."""
    (session,) = read_recap(read(f"# PTG recap\n\n## [Drivers]({SPEC})\n\nWe agreed.\n")).sessions
    assert (session.title, session.quote) == ("Drivers", f"[Drivers]({SPEC})")
