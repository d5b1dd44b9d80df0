"""Mail: pipermail's text pages, RFC 822 messages with MIME, mbox archives.

The stored text of a message is its main headers and its decoded body. Nested parts, headers and addresses are read by
loops with limits, not by the `email` package's parser: that recurses on hostile mail.
"""

import binascii
import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.header import decode_header

from bot.recaps.decoding import attempt, decoded

MAIN_HEADERS = ("From", "To", "Cc", "Subject", "Date", "Message-ID", "In-Reply-To")
KNOWN = {
    "from", "to", "cc", "subject", "date", "message-id", "received", "return-path", "reply-to", "mime-version",
    "content-type", "delivered-to", "x-mailer", "list-id", "sender", "in-reply-to", "references", "x-original-to",
}  # fmt: skip
HEADER = re.compile(rb"([A-Za-z][A-Za-z0-9-]{0,60}):[ \t]*(.*)")
FROM_LINE = re.compile(rb"(?:^|\n)\r?\n?From [^\n]{1,200}\d{4}\r?\n(?=[A-Za-z][A-Za-z0-9-]{0,60}:)")
PARAMETER = re.compile(r";\s{0,20}([A-Za-z-]{1,20})\*?=\s{0,3}(?:\"([^\"]*)\"|([^\s;]+))")
SENDER = re.compile(r"(?P<name>\S.{0,100}?) (?:\S{1,100} at \S{1,100}|\S{1,100}@\S{1,100})")
SENT = re.compile(r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? .{8,60}\d{4}.{0,20}")
ADDRESS = re.compile(r"\"?([^\"<>]{1,100}?)\"?\s{0,3}<[^<>]{3,200}>")
MOST_ABOVE = 4  # lines above the date of an archived mail
LIST = re.compile(r"([\w.+-]{1,60})@(?:lists?\.|vger\.|[\w.-]{0,40}groups)")
MOST_PARTS = 100
DEEPEST = 12
LONGEST_HEADER = 2000
LONGEST_HEAD = 500  # lines
REPLY = re.compile(
    r"(?:\[[^\[\]]{0,60}\]\s{0,3}){0,4}(?:re|aw|antw(?:ort)?|sv|vs|odp|fwd?|wg)\s{0,2}(?:\[\d{1,3}\])?:", re.IGNORECASE
)


@dataclass(slots=True)
class Part:
    """A message or a part of one: headers by name in small letters, and the bytes behind them."""

    headers: dict[str, str]
    body: bytes
    depth: int = 0
    names: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it is stored: the text, where its body begins in it, whether that is HTML, and the fields."""

    text: str
    body: int
    html: bool
    fields: dict[str, str]

    @property
    def reply(self) -> bool:
        """Whether it answers another message."""
        return bool(REPLY.match(self.fields.get("title", "")))


def archived(text: str) -> tuple[dict[str, str], int] | None:
    """The fields of a page of a pipermail archive, and where its body begins; None for any other text.

    Such a page begins with the subject, "Name user at host" and the date, each on a line.
    """
    at = 0
    above: list[str] = []
    for line in text[:2000].split("\n")[:12]:
        at += len(line) + 1
        words = " ".join(line.split())
        sender = SENDER.fullmatch(above[-1]) if above and SENT.fullmatch(words) else None
        if sender:
            fields = {"author": sender.group("name"), "date": words}
            return ({"title": above[0], **fields} if len(above) > 1 else fields), at
        if words:
            above.append(words)
        if len(above) > MOST_ABOVE:
            return None
    return None


def is_mbox(data: bytes) -> bool:
    """Whether the bytes begin as an mbox archive."""
    return data.startswith(b"From ") and bool(FROM_LINE.match(b"\n" + data[:2000]))


def is_message(data: bytes) -> bool:
    """Whether the bytes begin with the headers of a message."""
    known = 0
    for line in data[:20_000].lstrip(b"\r\n").split(b"\n")[:60]:
        line = line.rstrip(b"\r")
        if not line:
            break
        match = HEADER.match(line)
        if match:
            known += match.group(1).lower().decode("ascii") in KNOWN
        elif not line.startswith((b" ", b"\t")):
            return False
    return known >= 2


def split_mbox(data: bytes) -> Iterator[bytes]:
    """The messages of an archive, without the "From " lines between them."""
    starts = [0, *(match.start() for match in FROM_LINE.finditer(data) if match.start() > 0)]
    for start, stop in zip(starts, [*starts[1:], len(data)], strict=True):
        message = data[start:stop].lstrip(b"\r\n")
        yield message[message.find(b"\n") + 1 :]


def parse(data: bytes, depth: int = 0) -> Part:
    """The headers and the body of a message or part."""
    head, body = divided(data)
    part = Part({}, body, depth)
    key = ""
    for line in head.split(b"\n")[:LONGEST_HEAD]:
        match = HEADER.match(line)
        if match:
            key = match.group(1).decode("ascii")
            written = match.group(2)
        elif line.startswith((b" ", b"\t")) and key:
            written = b" " + line.strip()
        else:
            continue
        name = key.lower()
        if match and name in part.headers:
            key = ""
            continue
        part.headers[name] = (part.headers.get(name, "") + decoded(written.rstrip(b"\r")))[:LONGEST_HEADER]
        part.names[name] = key
    return part


def divided(data: bytes) -> tuple[bytes, bytes]:
    """What stands before the first blank line, and what behind it."""
    data = data.lstrip(b"\r\n") if data[:1] in (b"\r", b"\n") else data
    places = [(at, mark) for mark in (b"\n\n", b"\n\r\n") if (at := data.find(mark)) >= 0]
    if not places:
        return data, b""
    at, mark = min(places)
    return data[:at], data[at + len(mark) :]


def words(header: str) -> str:
    """A header's value with `=?utf-8?q?…?=` words decoded."""
    folded = " ".join(header.split())
    if "=?" not in folded:
        return folded
    try:
        parts = decode_header(folded)
    except (ValueError, binascii.Error):
        return folded
    text = "".join(
        each if isinstance(each, str) else attempt(each, charset) or decoded(each) for each, charset in parts
    )
    return " ".join(text.split())


def parameters(header: str) -> dict[str, str]:
    """The parameters of a Content-Type header."""
    return {
        m.group(1).lower(): m.group(2) if m.group(2) is not None else m.group(3) for m in PARAMETER.finditer(header)
    }


def texts(message: Part) -> tuple[list[str], bool]:
    """The texts of a message that people see: plain ones, else HTML."""
    plain: list[str] = []
    pages: list[str] = []
    waiting = [message]
    seen = 0
    while waiting and seen < MOST_PARTS:
        part = waiting.pop(0)
        seen += 1
        kind = part.headers.get("content-type", "text/plain").split(";")[0].strip().lower()
        named = parameters(part.headers.get("content-type", ""))
        if kind.startswith("multipart/") and named.get("boundary") and part.depth < DEEPEST:
            waiting[:0] = [parse(inner, part.depth + 1) for inner in split_parts(part.body, named["boundary"])]
        elif part.headers.get("content-disposition", "").lower().startswith("attachment"):
            continue
        elif kind == "text/html":
            pages.append(content(part, named.get("charset")))
        elif kind.startswith("text/") or "/" not in kind:
            plain.append(content(part, named.get("charset")))
    readable = [text for text in plain if text.strip()]
    return (readable, False) if readable else (pages, True)


def split_parts(body: bytes, boundary: str) -> list[bytes]:
    """The parts between the boundary lines of a multipart body."""
    mark = b"--" + boundary.encode("utf-8", "replace")
    pieces = (b"\n" + body).split(b"\n" + mark, MOST_PARTS)
    found = []
    for piece in pieces[1:]:
        if piece.startswith(b"--"):
            break
        found.append(piece[piece.find(b"\n") + 1 :] if b"\n" in piece else b"")
    return found


def content(part: Part, charset: str | None) -> str:
    """The text of a part: its transfer encoding undone, its charset applied; lenient with both."""
    encoding = part.headers.get("content-transfer-encoding", "").strip().lower()
    body = part.body
    if encoding == "quoted-printable":
        body = quopri.decodestring(body)
    elif encoding == "base64":
        body = base64_bytes(body)
    text = attempt(body, charset)
    return decoded(body) if text is None else text


def base64_bytes(body: bytes) -> bytes:
    """The bytes of a base64 body; of a damaged one, those up to the damage."""
    letters = re.sub(rb"[^A-Za-z0-9+/]", b"", body)
    try:
        return binascii.a2b_base64(letters[: len(letters) // 4 * 4] + (b"" if len(letters) % 4 == 0 else tail(letters)))
    except binascii.Error:
        return body


def tail(letters: bytes) -> bytes:
    """The last letters of a base64 body, padded; a lone one is left out."""
    rest = letters[len(letters) // 4 * 4 :]
    return b"" if len(rest) == 1 else rest + b"=" * (4 - len(rest))


def message(data: bytes) -> Message:
    """A message as it is stored."""
    part = parse(data)
    shown = {name: words(value) for name, value in part.headers.items()}
    lines = [f"{part.names[h.lower()]}: {shown[h.lower()]}" for h in MAIN_HEADERS if h.lower() in shown]
    bodies, html = texts(part)
    head = "\n".join(lines) + "\n\n"
    fields = {}
    if shown.get("from"):
        fields["author"] = author(shown["from"])
    for name in ("subject", "date", "message-id", "in-reply-to"):
        if shown.get(name):
            fields["title" if name == "subject" else name] = shown[name]
    if shown.get("to") and (to := LIST.search(shown["to"][:400])):
        fields["list"] = to.group(1)
    return Message(head + "\n".join(bodies), len(head), html, fields)


def author(sender: str) -> str:
    """The name of who sent a message, or the part of the address before the @."""
    match = ADDRESS.match(sender[:400])
    if match and match.group(1).strip():
        name = match.group(1).strip()
        return re.sub(r" via [\w.-]{1,60}$", "", name)
    named = re.search(r"\(([^()]{2,100})\)", sender[:400])
    return named.group(1) if named else sender[:200].strip("<> ").split("@")[0].split(" at ")[0]
