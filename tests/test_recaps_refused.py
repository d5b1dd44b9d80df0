"""What is no recap is refused with a reason, and nothing that arrives takes long or raises anything else."""

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.extraction.metadata import read_metadata
from bot.extraction.sessions import read_sessions
from bot.model import Document
from bot.recaps.reading import NotARecap, read_document
from tests.test_recaps_formats import ARCHIVED, HTML, MARKDOWN, RST

SPOKEN = "At the PTG we discussed the topics of the sessions and agreed.\n\n"
SECONDS = 15  # of the processor, not of the clock: what is linear takes a tenth, what is quadratic minutes
REPEATS = 20_000
ADDRESSES = ("a.md", "a.rst", "a.html", "a.txt", "a.eml")


def everything(data: bytes, address: str) -> list[Document]:
    """All that is done with a document before its items are read."""
    documents = read_document(data, address)
    for document in documents:
        read_metadata(document)
        read_sessions(document)
    return documents


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b" \n\t\n", "empty"),
        (b"\0" * 100, "empty"),
        (bytes(range(256)) * 20, "not text"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(200)) * 9, "not text"),
        (
            b"import os\n\n\ndef ptg():\n    return os.summit();\n\n\nclass Session:\n    pass\n" * 5,
            "source code or data",
        ),
        (b'{"summit": "we discussed and agreed in the session"}\n', "source code or data"),
        (b"2021-05-04 11:37:37 INFO the summit session was discussed and agreed\n" * 9, "log file"),
        (b"Take two eggs and some flour. Stir well, then bake for an hour.\n", "speaks of a gathering"),
        (b"```\nsummit = session\n```\n", "holds no text"),
    ],
)
def test_refusals(data: bytes, reason: str) -> None:
    """Each kind of file that is no recap is refused with its reason."""
    with pytest.raises(NotARecap, match=reason):
        read_document(data, "a.md")


@pytest.mark.parametrize("heading", ["Present", "Apologies from Ann", "Roll call", "Action items"])
def test_minutes_tell_of_a_meeting_by_their_headings(heading: str) -> None:
    """Minutes need not say that they are minutes."""
    text = f"# TWG 2023-03-09\n\n## {heading}\n\n* Ann Lee\n\n## Proposals\n\nNotes: we talked it over and keep it.\n"
    assert read_document(text.encode(), "a.md")[0]
    with pytest.raises(NotARecap):
        read_document(text.replace(heading, "How to present data").encode(), "a.md")


def test_a_line_of_who_was_there_tells_of_a_meeting() -> None:
    """Notes of a weekly call may say no more about what they are."""
    text = "# Core notes 2021-05-28\n\nAttending: Ann Lee, Bob Ray\n\n## Updates\n\n* Ann: the team will port it.\n"
    assert read_document(text.encode(), "a.md")[0]


@pytest.mark.parametrize("line", ["Attending", "Atttendees: Ann, Bob"])
def test_a_line_of_who_was_there_as_people_write_it(line: str) -> None:
    """A bulleted list may stand below the word, and the word be spelled in haste."""
    text = f"# Core notes 2020-05-15\n\n{line}\n\n* Ann Lee\n* Bob Ray\n\n## Updates\n\n* The team will port it.\n"
    assert read_document(text.encode(), "a.md")[0]
    with pytest.raises(NotARecap):
        read_document(text.replace(line, "Attending to it").encode(), "a.md")


DIARY = "# Flour sprint, September\n\nI was invited to my first sprint.\n\n## Ovens\n\nThe sprint was long.\n"


def test_a_diary_of_a_gathering() -> None:
    """It may speak of the gathering only, and of nothing that was said there."""
    assert read_document(DIARY.encode(), "a.md")[0]
    for less in (
        DIARY.replace("# Flour sprint", "# Flour"),
        DIARY.replace("The sprint was", "It was"),
        DIARY.replace("# Flour sprint", "# Flour\n\n## Mills\n\n## The sprint"),
    ):
        with pytest.raises(NotARecap, match="speaks of a gathering"):
            read_document(less.encode(), "a.md")


@pytest.mark.parametrize(
    "text",
    [
        "<html><title>Forum</title><h1>Forum</h1><p>Log in or register to see it.</p></html>",
        "---\ntitle: Everest summit\n---\n# Everest summit\n\nWe sell boots.\n",
        "# Forum\n\n## Forum rules\n\nBe kind.\n",
        "From: a@b.example\nSubject: Sprint phone offers\n\nSprint phones are cheap. Buy.\n",
    ],
)
def test_a_title_alone_makes_no_recap(text: str) -> None:
    """A page or a mail may be named like a gathering and tell of none."""
    with pytest.raises(NotARecap, match="speaks of a gathering"):
        read_document(text.encode(), "a.html" if "<" in text else "a.txt")


def test_the_marks_of_a_wiki_are_no_data() -> None:
    """IkiWiki begins a page with `[[!meta …]]`."""
    text = '[[!meta title="After the summit"]]\n\nWe discussed keysigning and agreed to go on.\n'
    assert read_document(text.encode(), "a.md")[0]


def test_notes_about_code_are_no_code() -> None:
    """What stands between fences says nothing about what the text is."""
    code = "```js\nvar a = 1;\nvar b = 2;\n}\n```\n"
    text = f"# Meeting of the team\n\nWe discussed this:\n\n{code}\nWe agreed to keep it.\n\n{code}"
    assert read_document(text.encode(), "a.md")[0]
    with pytest.raises(NotARecap, match="source code"):
        read_document(text.replace("```js", "").replace("```", "").encode(), "a.md")


def test_indented_examples_are_no_program() -> None:
    """A report may quote more code than it has words; a program looks like one at the margin as well."""
    struct = "\tstruct params {\n" + "".join(f"\t\tu32 field_{n};\n" for n in range(20)) + "\t};\n"
    said = "".join(f"- We agreed on point {n}.\n" for n in range(12))
    text = f"Media Summit: Codecs\n\nAction items:\n\n{said}\n{struct}\nWe discussed it.\n"
    assert read_document(text.encode(), "a.txt")[0]
    few = "".join(said.splitlines(keepends=True)[:3])
    for program in (said + struct.replace("\t", "") * 2, said + struct.replace("\t", " ") * 2, few + struct):
        with pytest.raises(NotARecap, match="source code"):
            read_document(program.encode(), "a.txt")


@pytest.mark.parametrize(
    "heading",
    [
        "Hackweek log",
        "Dev days, Brno",
        "Planning weekend",
        "Partner council",
        "Minutes of the TSC meeting",
        "TAG telcon",
        "The Flour Developers Conference",
        "Brainstorm meeting, Lyon",
        "Development meeting of 7 May",
    ],
)
def test_gatherings_by_other_names(heading: str) -> None:
    """What a community calls its gathering is not always a summit or a PTG."""
    text = f"# {heading}\n\nNotes of Monday. We keep two releases, as the team wants.\n"
    assert read_document(text.encode(), "a.md")[0].blocks[0].text == heading
    with pytest.raises(NotARecap, match="speaks of a gathering"):
        read_document(text.replace(heading, "Flour").encode(), "a.md")


@pytest.mark.parametrize(
    ("telling", "size", "enough"),
    [
        ("consensus summit", 1_900, True),  # two different words: one in a thousand
        ("consensus summit", 2_100, False),
        ("consensus team", 900, True),  # a word that many texts have counts beside one that few have, not by itself
        ("consensus team", 1_100, False),
        ("consensus consensus team", 1_400, True),
        ("consensus consensus team", 1_600, False),  # in a long text one in five hundred
        ("consensus consensus consensus consensus team", 1_600, True),
        ("consensus", 100, False),
        ("team notes decided", 100, False),
    ],
)
def test_how_much_of_a_text_must_speak_of_a_gathering(telling: str, size: int, enough: bool) -> None:
    """A few telling words are enough in a short text, in a long one they are chance."""
    words = telling.split()
    filler = ["flour"] * (size - len(words))
    text = " ".join([*filler, *words]).encode()
    if enough:
        assert read_document(text, "a.txt")
    else:
        with pytest.raises(NotARecap, match="speaks of a gathering"):
            read_document(text, "a.txt")


def test_size() -> None:
    """A file above the limit is refused unread, and told both sizes."""
    with pytest.raises(NotARecap, match="too big: 6.0 MB, the limit is 5 MB"):
        read_document(b"x" * 6_000_000, "a.md")


def test_too_many_lines() -> None:
    """A file of nothing but lines is refused before anything is built of them."""
    with pytest.raises(NotARecap, match="too many lines"):
        read_document(SPOKEN.encode() + b"\n" * 300_000, "a.md")


@pytest.mark.parametrize("name", ["ptg.py", "https://a.example/ptg.json?x=1", "notes/ptg.log"])
def test_names_of_other_files(name: str) -> None:
    """A file that is by its name code, data or a log is no recap, whatever it holds."""
    with pytest.raises(NotARecap, match="looks like"):
        read_document(SPOKEN.encode(), name)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252", "latin-1"])
def test_encodings(encoding: str) -> None:
    """A text in any usual encoding is read as what was written; without a mark, UTF-16 is refused in words."""
    data = (SPOKEN + "Cédric").encode(encoding)
    if encoding == "utf-16-le":
        with pytest.raises(NotARecap, match="not text"):
            read_document(data, "a.txt")
        return
    assert read_document(data, "a.txt")[0].text == SPOKEN + "Cédric"


def test_only_the_encoding_is_mended() -> None:
    """Mended are letters that were decoded wrongly; quotes, dashes, width and spaces stay as written."""
    written = SPOKEN + "CÃ©dric said “yes” – ﬁne… ｗｉｄｅ\u00a0x &amp; it’s\r\nso."
    stored = read_document(written.encode(), "a.txt")[0].text
    assert stored == SPOKEN + "Cédric said “yes” – ﬁne… ｗｉｄｅ\u00a0x &amp; it’s\nso."


UNITS = [
    "<a ", "<", "<!--", "<![", "[", "](", "[a](", "*", "**", "_", "`", "``", "|", "&", "(", '"', "> ", "- ", "# ", "\t",
    "=", "<p>", "<div>", '<a href="', "<ul><li>", "<script>", "http://", "[1] ", ".. ", "a_ ", ":a: ", "Ã©",
    "Xena PTG ", "May 2019 ", "we discussed ", "- a\n", "a\n=\n", "* a\n\n  b\n", "|a|\n|-|\n", "```\n", ".. a::\n  ",
    "        a\n", "Aa bb\n\n",
]  # fmt: skip


@pytest.mark.parametrize("address", ADDRESSES[:4])
@pytest.mark.parametrize("unit", UNITS)
def test_repetition_ends_quickly(unit: str, address: str) -> None:
    """One thing thousands of times over, in any format, is read or refused in time that grows with its size alone."""
    begun = time.process_time()
    try:
        everything((SPOKEN + unit * (60_000 if unit == "<a " else REPEATS)).encode(), address)
    except NotARecap as reason:
        assert str(reason)
    assert time.process_time() - begun < SECONDS


@pytest.mark.parametrize(
    ("address", "text"),
    [
        pytest.param("a.md", "http://a.example/" + ")" * 200_000, id="closing brackets"),
        pytest.param("a.md", "<!-- a\n" * 30_000, id="comments that never close"),
        pytest.param("a.rst", "".join("   " * n + ".. note::\n\n" for n in range(600)), id="notes within notes"),
        pytest.param("a.md", "Xena " * 20_000 + "PTG " * 20_000, id="cycles far from their kind"),
        pytest.param("a.md", "".join("#" * (n % 6 + 1) + " Thanks\n\nDenver\n\n" for n in range(9_000)), id="headings"),
        pytest.param("a.html", "<div>" * 100_000 + "PTG", id="deep nesting"),
        pytest.param("a.txt", "Aa bb\nword\n\n" * 9_000, id="short lines"),
        pytest.param("a.md", "word " * 500_000, id="one endless line"),
    ],
)
def test_hostile_text(address: str, text: str) -> None:
    """Text that was made to hurt is read or refused, quickly."""
    begun = time.process_time()
    try:
        assert everything((SPOKEN + text).encode(), address)
    except NotARecap as reason:
        assert str(reason)
    assert time.process_time() - begun < SECONDS


def nested(depth: int) -> str:
    """A message of parts within parts."""
    body = f"Content-Type: text/plain\n\n{SPOKEN}"
    for n in range(depth):
        body = f'Content-Type: multipart/mixed; boundary="b{n}"\n\n--b{n}\n{body}\n--b{n}--\n'
    return body


@pytest.mark.parametrize(
    "data",
    [
        pytest.param("From: a <a@b.c>\nSubject: PTG\n" + nested(2000), id="2,000 nested parts"),
        pytest.param("From: " + "(" * 60_000 + "\nSubject: PTG\n\n" + SPOKEN, id="brackets"),
        pytest.param("From: " + "a b <a@b.c>, " * 20_000 + "\nSubject: PTG\n\n" + SPOKEN, id="20,000 addresses"),
        pytest.param("From: a@b\nSubject: " + "=?utf-8?q?a?= " * 20_000 + "\n\n" + SPOKEN, id="encoded words"),
        pytest.param("From: a@b\nSubject: PTG\n" + "X-A: b\n" * 100_000 + "\n" + SPOKEN, id="headers"),
        pytest.param("From: a@b\nSubject: PTG\nTo: b\n" + " b\n" * 100_000 + "\n" + SPOKEN, id="folded header"),
        pytest.param("From a@b Tue May  4 11:37:37 2021\n" * 50_000, id="an archive of nothing"),
    ],
)
def test_hostile_mail(data: str) -> None:
    """Mail that was made to hurt is read or refused, quickly."""
    begun = time.process_time()
    try:
        assert everything(data.encode(), "a.eml")
    except NotARecap as reason:
        assert str(reason)
    assert time.process_time() - begun < SECONDS


@pytest.mark.parametrize("text", [MARKDOWN, RST, HTML, ARCHIVED], ids=["markdown", "rst", "html", "mail"])
def test_truncated_at_any_byte(text: str) -> None:
    """A document cut off anywhere is read or refused."""
    data = text.encode()
    read = 0
    for size in range(len(data)):
        try:
            read += len(everything(data[:size], "recap"))
        except NotARecap as reason:
            assert str(reason)
    assert read > len(data) // 2


PIECES = st.sampled_from(
    [
        *UNITS,
        "\n",
        "\n\n",
        " ",
        "PTG",
        "summit",
        "we agreed",
        "---\n",
        "title: x\n",
        "From: a@b\n",
        "Subject: Re: x\n",
        "\r",
        "é",
        "\0",
    ]
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.one_of(
        st.binary(max_size=400),
        st.text(max_size=400).map(lambda text: text.encode("utf-8", "surrogatepass")),
        st.lists(PIECES, max_size=60).map(lambda pieces: "".join(pieces).encode()),
    ),
    st.sampled_from(ADDRESSES),
    st.sampled_from([b"", SPOKEN.encode(), b"From: a@b\nSubject: PTG\n", b"---\ntitle: PTG\n---\n"]),
)
def test_any_bytes_give_documents_or_a_reason(data: bytes, address: str, before: bytes) -> None:
    """Whatever the bytes, there are documents whose blocks stand in order where they say, or a reason why not."""
    try:
        documents = everything(before + data, address)
    except NotARecap as reason:
        assert str(reason)
        return
    for document in documents:
        for block in document.blocks:
            assert 0 <= block.start < block.end <= len(document.text)
            assert len(block.offsets) == len(block.text) > 0
            assert list(block.offsets) == sorted(block.offsets)
            assert block.text == " ".join(block.text.split()) or not block.text.isascii()
        assert all(0 <= link.start < link.end <= len(document.text) and link.address for link in document.links)
