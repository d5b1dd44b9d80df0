"""Mail in all its dress: encodings, parts, archives."""

import base64
import quopri

import pytest

from bot.model import BlockKind, Document
from bot.recaps.reading import NotARecap, read_document

HEAD = (
    b"From: Ana Example <ana@example.org>\nTo: list@lists.example.org\n"
    b"Subject: PTG recap\nDate: Tue, 4 May 2021 11:37:37 +0000\n"
)
BODY = "We met Cédric at the PTG – and agreed.\n"


def read(data: bytes) -> Document:
    """The one document of a message."""
    (document,) = read_document(data, "recap.eml")
    return document


def said(document: Document) -> list[str]:
    """The paragraphs of a message."""
    return [block.text for block in document.blocks if block.kind is BlockKind.PARAGRAPH]


def dressed(encoding: str, charset: str, body: bytes) -> bytes:
    """A message of one part."""
    kind = f'Content-Type: text/plain; charset="{charset}"\nContent-Transfer-Encoding: {encoding}\n\n'
    return HEAD + kind.encode() + body


def multipart(*parts: tuple[str, bytes], kind: str = "alternative") -> bytes:
    """A message of several parts, each with its headers."""
    body = b"".join(b"--b1\n" + head.encode() + b"\n\n" + content + b"\n" for head, content in parts)
    return (
        HEAD + f'Content-Type: multipart/{kind};\n boundary="b1"\n\npreamble\n'.encode() + body + b"--b1--\nepilogue\n"
    )


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(HEAD + b"\n" + BODY.encode(), id="plain utf-8"),
        pytest.param((HEAD + b"\n" + BODY.encode()).replace(b"\n", b"\r\n"), id="CRLF"),
        pytest.param(dressed("8bit", "utf-8", BODY.encode()), id="8bit"),
        pytest.param(dressed("quoted-printable", "utf-8", quopri.encodestring(BODY.encode())), id="quoted-printable"),
        pytest.param(dressed("base64", "utf-8", base64.encodebytes(BODY.encode())), id="base64"),
        pytest.param(dressed("8bit", "windows-1252", BODY.encode("cp1252")), id="windows-1252"),
        pytest.param(dressed("8bit", "no-such-charset", BODY.encode()), id="unknown charset"),
        pytest.param(dressed("8bit", "hex", BODY.encode()), id="charset that is no text encoding"),
        pytest.param(dressed("8bit", "us-ascii", BODY.encode()), id="wrong charset"),
        pytest.param(dressed("8bit", "utf-8", BODY.encode("cp1252")), id="windows-1252 said to be utf-8"),
        pytest.param(dressed("8bit", "utf-8", BODY.encode().decode("cp1252").encode()), id="twice encoded"),
        pytest.param(
            multipart(
                ("Content-Type: text/plain; charset=utf-8", BODY.encode()), ("Content-Type: text/html", b"<p>no</p>")
            ),
            id="alternative",
        ),
        pytest.param(
            multipart(
                ("Content-Type: text/html; charset=utf-8", f"<html><body><p>{BODY}</p></body></html>".encode()),
            ),
            id="HTML alone",
        ),
        pytest.param(
            multipart(
                ("Content-Type: text/plain; charset=utf-8", BODY.encode()),
                ("Content-Type: text/plain\nContent-Disposition: attachment; filename=a", b"attached text"),
                kind="mixed",
            ),
            id="attachment",
        ),
    ],
)
def test_a_body_is_read_in_any_dress(data: bytes) -> None:
    """Whatever the encoding of transfer and of letters, the same words are read, and stand in the stored text."""
    document = read(data)
    assert said(document) == [BODY.strip()]
    block = next(block for block in document.blocks if block.kind is BlockKind.PARAGRAPH)
    assert document.text[block.start : block.end] == BODY.strip()
    assert document.fields["author"] == "Ana Example"
    assert document.text.startswith("From: Ana Example <ana@example.org>\n")


@pytest.mark.parametrize(
    ("header", "author"),
    [
        ("Ana Example <ana@example.org>", "Ana Example"),
        ('"Example, Ana" <ana@example.org>', "Example, Ana"),
        ("ana@example.org (Ana Example)", "Ana Example"),
        ("ana@example.org", "ana"),
        ("=?utf-8?q?C=C3=A9dric?= Example <c@example.org>", "Cédric Example"),
        ("=?utf-8?b?Q8OpZHJpYw==?= <c@example.org>", "Cédric"),
        ("Ana Example via openstack-discuss <list@example.org>", "Ana Example"),
    ],
)
def test_authors(header: str, author: str) -> None:
    """The author is the sender's name, else what stands before the @."""
    data = HEAD.replace(b"Ana Example <ana@example.org>", header.encode()) + b"\n" + BODY.encode()
    assert read(data).fields["author"] == author


def test_fields_of_a_message() -> None:
    """Subject, date, Message-ID and list are kept."""
    fields = read(HEAD + b"Message-ID: <1@example.org>\n\n" + BODY.encode()).fields
    assert fields["title"] == "PTG recap"
    assert fields["date"] == "Tue, 4 May 2021 11:37:37 +0000"
    assert fields["message-id"] == "<1@example.org>"
    assert fields["list"] == "list"


def mbox(*messages: bytes) -> bytes:
    """An archive of messages."""
    return b"".join(b"From ana at example.org  Tue May  4 11:37:37 2021\n" + message + b"\n\n" for message in messages)


def mail(subject: str, body: str, number: int) -> bytes:
    """A message of an archive."""
    head = f"From: ana at example.org (Ana Example)\nSubject: {subject}\nMessage-ID: <{number}@example.org>\n\n"
    return head.encode() + body.encode()


def test_an_archive_gives_its_recaps() -> None:
    """Of an mbox, each message that is a recap and no reply is a document under its Message-ID."""
    data = mbox(
        mail("[kolla] PTG recap", BODY, 1),
        mail("Re: [kolla] PTG recap", BODY, 2),
        mail("[kolla] Re: PTG recap", BODY, 3),
        mail("Broken build", "The build is broken since this morning, please look.\n", 4),
        mail("[nova] PTG recap", "At the PTG we discussed cells.\nFrom now on we use them.\n", 5),
    )
    documents = read_document(data, "2021-May.txt")
    assert [document.address for document in documents] == ["1@example.org", "5@example.org"]
    assert said(documents[1]) == ["At the PTG we discussed cells.", "From now on we use them."]


def test_a_mail_whose_subject_promises_no_report_must_tell_more() -> None:
    """Three words that tell of what was said, and the name of a gathering; a call for topics has one or two."""
    asks = "Which topics shall be discussed at the PTG? Add yours to the agenda.\n"
    tells = "At the PTG we discussed cells. We decided to drop them, by consensus.\n"
    elsewhere = "On the list we discussed cells. We decided to drop them, by consensus.\n"
    data = mbox(mail("Cells", asks, 1), mail("Cells", tells, 2), mail("Cells", elsewhere, 3))
    assert [document.address for document in read_document(data, "2021-May.txt")] == ["2@example.org"]


@pytest.mark.parametrize(
    ("subject", "recap"),
    [
        ("Re-cap of the PTG", True),
        ("[kolla] PTG recaps", True),
        ("Re: Re-cap of the PTG", False),
        ("RE : Recap of the PTG", False),
        ("Antwort: [kolla] PTG recap", False),
        ("[kolla] Cells", False),
    ],
)
def test_a_subject_promises_a_report(subject: str, recap: bool) -> None:
    """However it spells a recap; an answer is none."""
    data = mbox(mail(subject, BODY, 1), mail("PTG recap", BODY, 2))
    assert [each.address for each in read_document(data, "may.mbox")] == ["1@example.org"] * recap + ["2@example.org"]


def test_an_action_above_an_address_is_no_reference() -> None:
    """A note is referred to from somewhere; `[AI]` is a label, and a numbered task may have its bug below it."""
    text = (
        "We discussed the gate at the PTG in this session [1].\n\n"
        "[AI] Alice will write the docs for the upgrade\nhttps://etherpad.example.org/p/kolla\n\n"
        "[AI] Alice to write the spec, see http://r.example.org/3\n\n"
        "[7] Bob will fix the gate of the stable branches.\nhttps://bugs.example.org/2\n\n"
        "[1] The etherpad of the session\nhttps://etherpad.example.org/p/gate\n"
    )
    document = read_document(b"From: a@b.c\nSubject: [kolla] PTG recap\n\n" + text.encode(), "a.eml")[0]
    noted = [block.text for block in document.blocks if block.kind is BlockKind.REFERENCES]
    assert len(noted) == 1 and noted[0].startswith("[1] The etherpad")
    assert [link.address for link in document.links if document.text[link.start : link.end] == "[1]"] == [
        "https://etherpad.example.org/p/gate"
    ]


def test_what_was_said_in_a_channel_is_no_code() -> None:
    """`<nick> words` behind an indent is no tag, and `Owner = Alice` no setting."""
    said = "    <gibi> we agreed to drop the old driver\n    <alice> I will write the spec\n    >>> agreed\n"
    text = f"We discussed it at the PTG in this session.\n\nFrom the channel:\n\n{said}\n    Owner = Alice\n\nBye.\n"
    document = read_document(b"From: a@b.c\nSubject: [kolla] PTG recap\n\n" + text.encode(), "a.eml")[0]
    assert not any(block.kind is BlockKind.CODE for block in document.blocks)
    code = text.replace(said, "    <ul>\n    <li>one</li>\n    </ul>\n").encode()
    document = read_document(b"From: a@b.c\nSubject: [kolla] PTG recap\n\n" + code, "a.eml")[0]
    assert any(block.kind is BlockKind.CODE for block in document.blocks)


def test_a_message_without_an_id_is_known_by_its_place() -> None:
    """Where a message of an archive has no Message-ID, its address is the archive's and its number."""
    data = mbox(
        mail("Broken build", "Nothing here.\n", 1), b"From: a at b.c (Ana)\nSubject: PTG recap\n\n" + BODY.encode()
    )
    assert [document.address for document in read_document(data, "2021-May.txt")] == ["2021-May.txt#2"]


def test_an_archive_without_recaps_is_none() -> None:
    """An mbox in which nobody speaks of a gathering says so."""
    with pytest.raises(NotARecap, match="no message of the archive is a recap"):
        read_document(mbox(mail("Broken build", "It is broken.\n", 1)), "2021-May.txt")
