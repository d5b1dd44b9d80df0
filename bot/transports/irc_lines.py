"""Lines of IRC as values: a line taken apart, what the server says of itself (ISUPPORT), and how names compare.

Rule: only U+0020 separates words (a name may hold other white space), and a line that is no message is `Malformed`,
never half-understood. Nothing here connects or remembers people.
"""

import re
from dataclasses import dataclass, field

from irc.message import Tag

MAX_UNFINISHED = 16 * 1024
"""A server that sends this much without a line end is broken or hostile."""


class Malformed(ValueError):
    """A line that is not a message."""


class Endless(Exception):
    """More data than any line may have, and no line end."""


@dataclass(frozen=True, slots=True)
class Source:
    """Who a line comes from: `nick!user@host`, or a server's name as the nick with no user and host."""

    nick: str = ""
    user: str = ""
    host: str = ""

    @property
    def is_server(self) -> bool:
        """Whether this is a server or a service without a mask: no person has an empty user and host."""
        return not self.user and not self.host

    def __str__(self) -> str:
        return self.nick if self.is_server else f"{self.nick}!{self.user}@{self.host}"


@dataclass(frozen=True, slots=True)
class Message:
    """One line, taken apart."""

    command: str
    """In upper case; numerics as three digits."""
    params: tuple[str, ...] = ()
    source: Source = Source()
    tags: dict[str, str] = field(default_factory=dict)
    """Unescaped; a tag without a value has the empty text."""


_SHAPE = re.compile(r"(?:@(?P<tags>[^ ]*) +)?(?::(?P<source>[^ ]*) +)?(?P<command>[A-Za-z]+|\d{3})(?P<rest> .*)?", re.S)
_MASK = re.compile(r"(?P<nick>[^!@]*)(?:!(?P<user>[^@]*))?(?:@(?P<host>.*))?", re.S)


def parse(line: str) -> Message:
    """Take a line apart. Raises Malformed."""
    match = _SHAPE.fullmatch(line)
    if match is None:
        raise Malformed("not a message")
    rest, colon, last = (match["rest"] or "").partition(" :")
    params = [word for word in rest.split(" ") if word]
    tags = {tag["key"]: tag["value"] or "" for tag in Tag.from_group(match["tags"]) or ()}
    return Message(
        match["command"].upper(), (*params, last) if colon else tuple(params), source_of(match["source"] or ""), tags
    )


def source_of(text: str) -> Source:
    """`nick!user@host`, taken apart."""
    match = _MASK.fullmatch(text)
    return Source(match["nick"], match["user"] or "", match["host"] or "") if match else Source(text)


class LineBuffer:
    """Bytes in, lines out; what is not UTF-8 becomes U+FFFD, and only there."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[str]:
        """Take bytes; give the lines that they complete, without the empty ones. Raises Endless."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > MAX_UNFINISHED:
            raise Endless
        return [line.decode(errors="replace") for raw in lines if (line := raw.rstrip(b"\r"))]


_ASCII = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}
_STRICT = {**_ASCII, **{ord(upper): ord(lower) for upper, lower in zip("[]\\", "{}|", strict=True)}}
_CASEMAPPINGS = {"ascii": _ASCII, "strict-rfc1459": _STRICT, "rfc1459": {**_STRICT, ord("^"): ord("~")}}


@dataclass(slots=True)
class Features:
    """What a server says of itself in 005, with what RFC 1459 says before it has.

    Strange values are kept from harm: an unknown casemapping folds ASCII only (names that may be equal then differ:
    no rights), a PREFIX that cannot be read gives no prefixes (nobody is an operator).
    """

    tokens: dict[str, str] = field(default_factory=dict)
    prefixes: dict[str, str] = field(default_factory=lambda: {"@": "o", "+": "v"})
    """Symbol before a nick -> mode, the highest first."""
    _folding: dict[int, int] = field(default_factory=lambda: _CASEMAPPINGS["rfc1459"])

    def load(self, tokens: tuple[str, ...]) -> None:
        """Take the tokens of one 005 line."""
        for token in tokens:
            name, _, value = token.partition("=")
            if name.startswith("-"):
                self.tokens.pop(name[1:], None)
            else:
                self.tokens[name] = value
        if "CASEMAPPING" in self.tokens:
            self._folding = _CASEMAPPINGS.get(self.tokens["CASEMAPPING"].lower(), _ASCII)
        if "PREFIX" in self.tokens:
            match = re.fullmatch(r"\((.*)\)(.*)", self.tokens["PREFIX"])
            same = match is not None and len(match[1]) == len(match[2])
            self.prefixes = dict(zip(match[2], match[1], strict=True)) if match and same else {}

    def fold(self, name: str) -> str:
        """The key under which a nick or channel is known: equal for names that the server takes for one."""
        return name.translate(self._folding)

    def is_channel(self, name: str) -> bool:
        """Whether this is a channel's name here."""
        return name[:1] != "" and name[0] in self.tokens.get("CHANTYPES", "#&")

    def parameters(self, letter: str, adding: bool) -> bool | None:
        """Whether a channel mode takes a parameter; None for a mode that the server has not named."""
        if letter in self.prefixes.values():
            return True
        lists, always, setting, never = (*self.tokens.get("CHANMODES", "b,k,l,imnpst").split(","), "", "", "", "")[:4]
        if letter in lists or letter in always:
            return True
        if letter in setting:
            return adding
        return False if letter in never else None

    def number(self, name: str, default: int) -> int:
        """A token's value as a number, or the default."""
        value = self.tokens.get(name, "")
        return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else default
