"""Each format as a table: a small document, and the blocks and links that it must give."""

import pytest

from bot.model import Block, BlockKind, Document
from bot.recaps.reading import read_document

H, P, E, R = BlockKind.HEADING, BlockKind.PARAGRAPH, BlockKind.ITEM, BlockKind.ROW
Q, C, L, B = BlockKind.QUOTE, BlockKind.CODE, BlockKind.REFERENCES, BlockKind.BOILERPLATE


def read(text: str, address: str = "recap.md") -> Document:
    """The one document of a text."""
    (document,) = read_document(text.encode(), address)
    return document


def shape(document: Document) -> list[tuple[BlockKind, int, str]]:
    """What people see of the blocks."""
    return [(block.kind, block.level, block.text) for block in document.blocks]


def targets(document: Document) -> list[tuple[str, str]]:
    """The links: the place in the stored text that points, and where to."""
    return [(document.text[link.start : link.end], link.address) for link in document.links]


def misplaced(document: Document, block: Block) -> list[tuple[str, str]]:
    """The characters of a block that do not stand where its offsets say."""
    wrong = []
    for character, offset in zip(block.text, block.offsets, strict=True):
        stored = document.text[offset]
        spaced = character == " " and (stored.isspace() or stored == "<")
        if character != stored and not spaced and stored != "&" and block.kind is not R:
            wrong.append((character, stored))
    return wrong


MARKDOWN = """\
---
title: "Notes of the PTG"
author: Ana
tags: [kolla, ptg]
---

We met at the **PTG**, see [the pad](https://pad.example/a_b "title") and [specs][spec].

# Topics

Release process
---------------

* First *point*, which goes
  on here
    * deeper
* Second `code_point` point

1. One
2. Two

> So we agreed.
> {: .prompt }

```python
x = 1
```

| Action | Owner |
|--------|-------|
| Write `it` | Bob |

<!-- more -->
## AI & ends &amp; means ##

[spec]: https://spec.example/x
"""

MARKDOWN_BLOCKS = [
    (P, 0, "We met at the PTG, see the pad and specs."),
    (H, 1, "Topics"),
    (H, 2, "Release process"),
    (E, 1, "First point, which goes on here"),
    (E, 2, "deeper"),
    (E, 1, "Second code_point point"),
    (E, 1, "One"),
    (E, 1, "Two"),
    (Q, 0, "So we agreed."),
    (C, 0, "x = 1"),
    (R, 0, "Action | Owner"),
    (R, 0, "Write it | Bob"),
    (H, 2, "AI & ends & means"),
    (L, 0, "[spec]: https://spec.example/x"),
]

RST = """\
.. title: Notes of the PTG
.. date: 2017-02-28 15:15 UTC
.. tags: ironic

*****
Title
*****

Part one
========

We met at the `summit <https://sum.example/a>`_, see `the pad`_, pad_ and [1]_ with ``code``.

**Actions**
    **ana** to write the spec,
    **bob** to review.

**Goals**
    * first goal
      goes on
    * second goal

UX
==

.. note::

   Somebody wrote this note.

.. image:: picture.png
   :alt: nothing

.. code-block:: python

   x = 1

Literal::

    y = 2

.. _the pad: https://pad.example/x
.. _pad:
   https://pad.example/y
.. [1] See https://foot.example/z.
"""

RST_BLOCKS = [
    (H, 1, "Title"),
    (H, 2, "Part one"),
    (P, 0, "We met at the summit, see the pad, pad and [1] with code."),
    (P, 0, "Actions"),
    (E, 1, "ana to write the spec, bob to review."),
    (P, 0, "Goals"),
    (E, 2, "first goal goes on"),
    (E, 2, "second goal"),
    (H, 2, "UX"),
    (P, 0, "Somebody wrote this note."),
    (C, 0, "x = 1"),
    (P, 0, "Literal::"),
    (C, 0, "y = 2"),
    (L, 0, "See https://foot.example/z."),
]

HTML = """\
<!doctype html>
<html><head><title>Site</title><meta name="author" content="Ana"><style>p { x: y }</style></head>
<body><nav><ul><li>Home</li></ul></nav>
<article><h1>PTG recap</h1>
<p>We agreed on A &amp; B, see <a href="https://pad.example/?a=1&amp;b=2">the <b>p</b>ad</a>.<br>Then lunch</p>
<h2>Actions</h2>
<ul><li>Ana writes it<ul><li>and Bob reads it</li></ul></li></ul>
<blockquote><p>Quoted words</p></blockquote>
<table><tr><th>Action</th><th>Owner</th></tr><tr><td>Write</td><td>Bob</td></tr></table>
<pre>x = 1</pre>
<script>alert("no")</script>
</article><footer>Footer</footer></body></html>
"""

HTML_BLOCKS = [
    (H, 1, "PTG recap"),
    (P, 0, "We agreed on A & B, see the pad. Then lunch"),
    (H, 2, "Actions"),
    (E, 1, "Ana writes it"),
    (E, 2, "and Bob reads it"),
    (Q, 0, "Quoted words"),
    (R, 0, "Action | Owner"),
    (R, 0, "Write | Bob"),
    (C, 0, "x = 1"),
]

ARCHIVED = """\
[kolla][ptg] Summary of the PTG

Ana Example ana at example.org
Tue May 4 11:37:37 UTC 2021


Hi all,

We met, see [1] for the notes, and kept *all* the words (see https://a.example/b).

# Topics

## Deprecations

> They said so.

We agreed to deprecate it. Then we discussed <seed|overcloud> hosts
at length.

- one
- two
Closing remark of the topic.

Thanks,
Ana

[1] https://pad.example/ptg
[2] The spec: https://spec.example/

More information about the openstack-discuss mailing list
"""

ARCHIVED_BLOCKS = [
    (B, 0, "Hi all,"),
    (P, 0, "We met, see [1] for the notes, and kept all the words (see https://a.example/b)."),
    (H, 1, "Topics"),
    (H, 2, "Deprecations"),
    (Q, 0, "They said so."),
    (P, 0, "We agreed to deprecate it. Then we discussed <seed|overcloud> hosts at length."),
    (E, 1, "one"),
    (E, 1, "two"),
    (P, 0, "Closing remark of the topic."),
    (B, 0, "Thanks, Ana"),
    (L, 0, "[1] https://pad.example/ptg [2] The spec: https://spec.example/"),
    (B, 0, "More information about the openstack-discuss mailing list"),
]

PLAIN = """\
My summary of the summit in Denver

We met and talked about many things there, in the order in which they happened.


Upgrades room

Session etherpad

We discussed the upgrades at length, and the outcome was that all of them are to be tested.


Deployment room

Edge deployments

There was a long discussion of the edge sites, which need another network.

Security

We agreed on rotating the passwords with every deployment that is made.
"""

PLAIN_BLOCKS = [
    (H, 1, "My summary of the summit in Denver"),
    (P, 0, "We met and talked about many things there, in the order in which they happened."),
    (H, 2, "Upgrades room"),
    (P, 0, "Session etherpad"),
    (P, 0, "We discussed the upgrades at length, and the outcome was that all of them are to be tested."),
    (H, 2, "Deployment room"),
    (H, 3, "Edge deployments"),
    (P, 0, "There was a long discussion of the edge sites, which need another network."),
    (H, 3, "Security"),
    (P, 0, "We agreed on rotating the passwords with every deployment that is made."),
]

REFERRING = """\
PTG recap of the drivers

Ana Example ana at example.org
Tue May 4 11:37:37 UTC 2021

We met, see [the draft][draft], [draft][], [Draft] and [other draft].
We agreed on [1, 2], [3][1] and [4], not on [0, 5] or [draft, 2].

- [ ] https://done.example/x

[draft]: https://draft.example/x
[other draft]:https://draft.example/y.
[1] https://one.example/
[2] - https://two.example/
[3]: The third one is longer than a line of a mail has room for, see
     https://three.example/
[4]
https://four.example/
"""
REFERRING_LINKS = [
    ("[the draft][draft]", "https://draft.example/x"),
    ("[draft][]", "https://draft.example/x"),
    ("[Draft]", "https://draft.example/x"),
    ("[other draft]", "https://draft.example/y"),
    ("1", "https://one.example/"),
    ("2", "https://two.example/"),
    ("[3]", "https://three.example/"),
    ("[1]", "https://one.example/"),
    ("[4]", "https://four.example/"),
    ("draft", "https://draft.example/x"),
    ("2", "https://two.example/"),
]

LONG = (
    "We discussed the gate at the summit and agreed that it has to become faster than it was during the last cycle. "
    * 2
)
UNWRAPPED = f"Intro\n=====\n\nWe met.\n{LONG}\n\nGate\n----\n{LONG}\n"
UNWRAPPED_BLOCKS = [
    (H, 1, "Intro"),
    (P, 0, "We met."),
    (P, 0, LONG.strip()),
    (H, 2, "Gate"),
    (P, 0, LONG.strip()),
]
DAYS = f"Day-1, September 11\n{LONG}\n{LONG}\nDay-2, September 12\n{LONG}\n"
DAYS_BLOCKS = [
    (H, 1, "Day-1, September 11"),
    (P, 0, LONG.strip()),
    (P, 0, LONG.strip()),
    (H, 1, "Day-2, September 12"),
    (P, 0, LONG.strip()),
]

ETHERPAD = """\
Kolla PTG etherpad, session notes

Deprecations
    * drop binary images
        * agreed by all
    * ask the list
Priorities
    * ProxySQL
"""
ETHERPAD_BLOCKS = [
    (H, 1, "Kolla PTG etherpad, session notes"),
    (H, 2, "Deprecations"),
    (E, 1, "drop binary images"),
    (E, 2, "agreed by all"),
    (E, 1, "ask the list"),
    (H, 2, "Priorities"),
    (E, 1, "ProxySQL"),
]

PAD = """\
Kolla vPTG 2024, session notes
==============================

Podman
\t* kevko will test the upgrade
\t\t* Michal to ask the people of podman whether volumes can be migrated at all
Debian 13
\t1. not to be supported
\t\t1.1. but tested in the gate
\tno bullet
cells
\t* Sylvain to write a specification about what is to become of them in the next two releases
"""
PAD_BLOCKS = [
    (H, 1, "Kolla vPTG 2024, session notes"),
    (P, 0, "Podman"),
    (E, 1, "kevko will test the upgrade"),
    (E, 2, "Michal to ask the people of podman whether volumes can be migrated at all"),
    (P, 0, "Debian 13"),
    (E, 1, "not to be supported"),
    (E, 2, "but tested in the gate"),
    (E, 1, "no bullet"),
    (P, 0, "cells"),
    (E, 1, "Sylvain to write a specification about what is to become of them in the next two releases"),
]

SPACED = """\
Kolla vPTG 2024, notes of the session

Tuesday 13:00 UTC
    * Podman
        * Michal to ask the people of podman about volumes
Wednesday 14:00 UTC
    * Debian 13
        * not to be supported
glance
    * nothing was said of it by anybody who was in the room on that day
"""
SPACED_BLOCKS = [
    (H, 1, "Kolla vPTG 2024, notes of the session"),
    (H, 2, "Tuesday 13:00 UTC"),
    (E, 1, "Podman"),
    (E, 2, "Michal to ask the people of podman about volumes"),
    (H, 2, "Wednesday 14:00 UTC"),
    (E, 1, "Debian 13"),
    (E, 2, "not to be supported"),
    (P, 0, "glance"),
    (E, 1, "nothing was said of it by anybody who was in the room on that day"),
]

WRAPPED = """\
Ana's notes of the summit, by mail

  * We agreed to move the attachment code into its own module, since the
Nova team wants to use it as well, see the etherpad of that session on
it.
    * The second level item is so long that it was wrapped by the mail
Client of somebody who writes capital letters.
  * Try this

    $ openstack volume list
    | id | name |

  * Or configure it

    def agreed(bar):
        return bar

    Then it was agreed upon, as
    it works
"""
WRAPPED_BLOCKS = [
    (H, 1, "Ana's notes of the summit, by mail"),
    (
        E,
        1,
        "We agreed to move the attachment code into its own module, since the Nova team wants to use it as well, "
        "see the etherpad of that session on it.",
    ),
    (
        E,
        2,
        "The second level item is so long that it was wrapped by the mail Client of somebody who writes capital "
        "letters.",
    ),
    (E, 1, "Try this"),
    (C, 0, "$ openstack volume list | id | name |"),
    (E, 1, "Or configure it"),
    (C, 0, "def agreed(bar): return bar"),
    (E, 1, "Then it was agreed upon, as it works"),
]

OUTLINE = """\
Summit keynote:

    Somebody spoke of many things in the session
        and of their numbers

Work session of the drivers

    Snapshots were discussed there for an hour
    Then replication came up
        which nobody wants
"""
OUTLINE_BLOCKS = [
    (H, 1, "Summit keynote:"),
    (E, 1, "Somebody spoke of many things in the session"),
    (E, 2, "and of their numbers"),
    (H, 1, "Work session of the drivers"),
    (E, 1, "Snapshots were discussed there for an hour"),
    (E, 1, "Then replication came up"),
    (E, 2, "which nobody wants"),
]

BOLD = """\
# PTG recap

**Release process**

We agreed on it.

**"Second topic":**
We discussed it.
"""
BOLD_BLOCKS = [
    (H, 1, "PTG recap"),
    (H, 2, "Release process"),
    (P, 0, "We agreed on it."),
    (H, 2, '"Second topic":'),
    (P, 0, "We discussed it."),
]

RULED = """\
Ana's notes of the summit

== Testing ==
We discussed the gate at length.
=> drop the old job
-> ask the list
→ Bob writes it up

--- Next time ---
Ana: shall we meet again?
Bob: yes

~~struck out~~

==marked==
"""
RULED_BLOCKS = [
    (P, 0, "Ana's notes of the summit"),
    (H, 2, "Testing"),
    (P, 0, "We discussed the gate at length."),
    (E, 1, "drop the old job"),
    (E, 1, "ask the list"),
    (E, 1, "Bob writes it up"),
    (H, 2, "Next time"),
    (P, 0, "Ana: shall we meet again?"),
    (P, 0, "Bob: yes"),
    (P, 0, "~~struck out~~"),
    (P, 0, "==marked=="),
]

TABLE = [
    pytest.param("a.md", MARKDOWN, "markdown", MARKDOWN_BLOCKS, id="markdown"),
    pytest.param("a.rst", RST, "rst", RST_BLOCKS, id="rst"),
    pytest.param("sniffed", RST, "rst", RST_BLOCKS, id="rst without a telling name"),
    pytest.param("a.html", HTML, "html", HTML_BLOCKS, id="html"),
    pytest.param("a.txt", ARCHIVED, "mail", ARCHIVED_BLOCKS, id="pipermail"),
    pytest.param("a.txt", PLAIN, "text", PLAIN_BLOCKS, id="headings without markup"),
    pytest.param("a.txt", DAYS, "text", DAYS_BLOCKS, id="a heading per day"),
    pytest.param("a.txt", ETHERPAD, "text", ETHERPAD_BLOCKS, id="etherpad export"),
    pytest.param("a.txt", PAD, "text", PAD_BLOCKS, id="etherpad export with tabs"),
    pytest.param("a.txt", SPACED, "text", SPACED_BLOCKS, id="etherpad export with spaces"),
    pytest.param("a.txt", WRAPPED, "text", WRAPPED_BLOCKS, id="lists wrapped by a mail client, code in them"),
    pytest.param("a.md", UNWRAPPED, "markdown", UNWRAPPED_BLOCKS, id="underlined headings, long lines"),
    pytest.param("a.txt", OUTLINE, "text", OUTLINE_BLOCKS, id="outline by indent"),
    pytest.param("a.txt", RULED, "text", RULED_BLOCKS, id="headings between rules, arrows"),
    pytest.param("a.md", BOLD, "markdown", BOLD_BLOCKS, id="bold lines as headings"),
]


@pytest.mark.parametrize(("address", "text", "kind", "blocks"), TABLE)
def test_blocks(address: str, text: str, kind: str, blocks: list[tuple[BlockKind, int, str]]) -> None:
    """A document of each format gives its blocks in order, without their markup."""
    document = read(text, address)
    assert document.format == kind
    assert shape(document) == blocks


@pytest.mark.parametrize(("address", "text", "kind", "blocks"), TABLE)
def test_offsets(address: str, text: str, kind: str, blocks: list[tuple[BlockKind, int, str]]) -> None:
    """Every character of a block stands in the stored text where its offsets say, and the stored text is the source."""
    document = read(text, address)
    assert document.text == text
    assert [misplaced(document, block) for block in document.blocks] == [[] for _ in document.blocks]
    assert all(list(block.offsets) == sorted(block.offsets) for block in document.blocks)
    assert all(block.start <= block.offsets[0] and block.offsets[-1] < block.end for block in document.blocks)


@pytest.mark.parametrize(
    ("address", "text", "links"),
    [
        (
            "a.md",
            MARKDOWN,
            [
                ('[the pad](https://pad.example/a_b "title")', "https://pad.example/a_b"),
                ("[specs][spec]", "https://spec.example/x"),
                ("https://spec.example/x", "https://spec.example/x"),
            ],
        ),
        (
            "a.rst",
            RST,
            [
                ("`summit <https://sum.example/a>`_", "https://sum.example/a"),
                ("`the pad`_", "https://pad.example/x"),
                ("pad_", "https://pad.example/y"),
                ("[1]_", "https://foot.example/z"),
                ("https://foot.example/z", "https://foot.example/z"),
            ],
        ),
        (
            "a.html",
            HTML,
            [('<a href="https://pad.example/?a=1&amp;b=2">the <b>p</b>ad</a>', "https://pad.example/?a=1&b=2")],
        ),
        (
            "a.txt",
            ARCHIVED,
            [
                ("[1]", "https://pad.example/ptg"),
                ("https://a.example/b", "https://a.example/b"),
                ("https://pad.example/ptg", "https://pad.example/ptg"),
                ("https://spec.example/", "https://spec.example/"),
            ],
        ),
    ],
)
def test_links(address: str, text: str, links: list[tuple[str, str]]) -> None:
    """Bare addresses, links in brackets, named and numbered references lead to their addresses."""
    assert targets(read(text, address)) == links


NAMELESS = """\
Notes of the summit
===================

We agreed on `the first
one`__, `other words <the pad_>`_, on `another <https://own.example/>`__, then__ and `the pad`__.

.. note:: Or on `the last`__, whose ``obj.__class__`` is new.

.. __: https://first.example/
__ https://second.example/
__ pad_
__ https://last.example/

.. _pad: https://pad.example/
.. _the pad: https://pad.example/
"""
NAMELESS_LINKS = [
    ("`the first\none`__", "https://first.example/"),
    ("`other words <the pad_>`_", "https://pad.example/"),
    ("`another <https://own.example/>`__", "https://own.example/"),
    ("then__", "https://second.example/"),
    ("`the pad`__", "https://pad.example/"),
    ("`the last`__", "https://last.example/"),
]


def test_references_without_a_name_lead_to_the_targets_without_one_in_order() -> None:
    """As docutils has them; where one target is missing none is known, since it might be any."""
    assert targets(read(NAMELESS, "a.rst")) == NAMELESS_LINKS
    assert targets(read(NAMELESS.replace("__ pad_\n", ""), "a.rst")) == NAMELESS_LINKS[1:3]


def test_links_of_a_mail_that_refers_by_names_and_lists() -> None:
    """Names and several numbers in one bracket lead where the list below says; an empty bracket leads nowhere."""
    document = read(REFERRING, "a.txt")
    body = next(block for block in document.blocks if block.text.startswith("We met"))
    assert [target for target in targets(document) if not target[0].startswith("http")] == REFERRING_LINKS
    assert body.text.startswith("We met, see [the draft][draft], [draft][], [Draft]")


def test_several_numbers_in_one_bracket_of_markdown() -> None:
    """They lead where each leads alone, and stay in the text."""
    document = read("# Summit\n\nWe agreed on it [1, 2].\n\n[1]: https://a.example/\n[2]: https://b.example/\n")
    assert targets(document)[:2] == [("1", "https://a.example/"), ("2", "https://b.example/")]
    assert document.blocks[1].text == "We agreed on it [1, 2]."


def test_code_makes_no_outline_of_a_mail() -> None:
    """Samples of code that are indented say nothing of how the words are laid out."""
    sample = (
        "\nSo we agreed to write it as follows from now on,\nand nobody minded:\n\n    [a]\n      b = 1\n        $ c\n"
    )
    kinds = [block.kind for block in read("Ana's notes of the summit\n" + sample * 3, "a.txt").blocks]
    assert kinds == [H, P, C, P, C, P, C]


@pytest.mark.parametrize(
    ("address", "text", "fields"),
    [
        ("a.md", MARKDOWN, {"title": "Notes of the PTG", "author": "Ana", "tags": "kolla, ptg"}),
        ("a.rst", RST, {"title": "Notes of the PTG", "date": "2017-02-28 15:15 UTC", "tags": "ironic"}),
        ("a.html", HTML, {"title": "PTG recap", "author": "Ana"}),
        (
            "a.txt",
            ARCHIVED,
            {
                "title": "[kolla][ptg] Summary of the PTG",
                "author": "Ana Example",
                "date": "Tue May 4 11:37:37 UTC 2021",
            },
        ),
        (
            "a.md",
            "Title: April board meeting\nDate: 2013-05-25 14:44\nAuthor: mark\n\nThe board met and agreed.\n",
            {"title": "April board meeting", "date": "2013-05-25 14:44", "author": "mark"},
        ),
        (
            "a.md",
            '+++\ntitle = "Leads summit"\nauthors = ["Ana and Bob"]\n+++\n\nWe met and agreed.\n',
            {"title": "Leads summit", "author": "Ana and Bob"},
        ),
        (
            "a.md",
            "---\ntitle: 'It''s the summit'\nauthor:\n  - \"Ana Example\"\ncategories:\n  - PTG\n---\n\nWe agreed.\n",
            {"title": "It's the summit", "author": "Ana Example", "category": "PTG"},
        ),
        (
            "a.rst",
            "Summit notes\n############\n:date: 2013-11-12 19:54\n:author: mr\n\nWe met and agreed at the summit.\n",
            {"date": "2013-11-12 19:54", "author": "mr"},
        ),
    ],
)
def test_fields(address: str, text: str, fields: dict[str, str]) -> None:
    """What the head of a document says of it is kept under the same names for every format."""
    assert dict(read(text, address).fields) == fields


def test_paths() -> None:
    """A block knows the headings that it stands under; a heading's own text is not in its path."""
    paths = {block.text: block.path for block in read(ARCHIVED, "a.txt").blocks}
    assert paths["Topics"] == ()
    assert paths["Deprecations"] == ("Topics",)
    assert paths["They said so."] == ("Topics", "Deprecations")


def test_span_leads_back_to_the_source() -> None:
    """A range of a block's text is a range of the stored text, markup within it included."""
    document = read("At the summit we **agreed** on *it* with [Bob](https://b.example).\n")
    block = document.blocks[0]
    start = block.text.index("agreed")
    assert document.text[slice(*block.span(start, start + len("agreed on it")))] == "agreed** on *it"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("a_b_c and __init__ stay", "a_b_c and init stay"),
        ("2 * 3 * 4 and stable/* and foo/*", "2 * 3 * 4 and stable/* and foo/*"),
        ("**so: ** yes", "so: yes"),
        (r"\*not\* this", "*not* this"),
        ("![picture](x.png) seen", "seen"),
        ("see <https://a.example/b>.", "see https://a.example/b."),
        ("a [bracket] stays, [x] too", "a [bracket] stays, [x] too"),
        ("<b>bold</b> and <seed|host>", "bold and <seed|host>"),
        ("1 < 2 & 3 > 2 &copy; &nosuch;", "1 < 2 & 3 > 2 © &nosuch;"),
    ],
)
def test_inline_markdown(written: str, shown: str) -> None:
    """Markup goes, and what only looks like markup stays."""
    assert (
        read(f"# Summit\n\nWe agreed in the session: {written}\n").blocks[1].text
        == f"We agreed in the session: {shown}".rstrip()
    )
