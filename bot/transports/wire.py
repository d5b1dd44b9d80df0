"""What a transport promises the rest of the bot, and the pure rules of lines and limits.

Rule 1: `clean` is the one place that says which characters may leave; every transport passes all that it sends
through it. Rule 2: a limit is counted in bytes, and no character that people see as one is ever cut in two.
Nothing here connects, waits or knows a protocol beyond what a line is.
"""

import re
import unicodedata
from collections.abc import Collection, Sequence
from typing import Protocol, runtime_checkable


class Undeliverable(Exception):
    """A message that the server refused or that cannot be sent.

    `retry` says whether trying later may help; `perhaps` that it may have arrived all the same, because the
    connection died between sending and the server's acknowledgement (the next try is then marked as a repeat).
    """

    def __init__(self, reason: str, *, retry: bool, perhaps: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry = retry
        self.perhaps = perhaps


class Transport(Protocol):
    """A connection to one network. It turns wire into `Request`, calls the handler it was given, sends the `Reply`."""

    name: str
    """The network's name in the configuration."""

    @property
    def connected(self) -> bool:
        """Registered with the server and able to send."""
        ...

    async def run(self) -> None:
        """Serve until `stop`; reconnects by itself and never raises for what the network does."""
        ...

    async def stop(self) -> None:
        """Finish what is in flight, then leave politely (10 s at most)."""
        ...

    async def deliver(self, target: str, lines: Sequence[str]) -> None:
        """Send a reminder to a room or nick; returns once the server has taken every line. Raises Undeliverable."""
        ...

    def is_in(self, room: str) -> bool:
        """Whether the bot is in a room now, by the name that reminders have for it."""
        ...

    def nick_of(self, account: str) -> str | None:
        """The nick an account is seen under now, or None; `~nick` is a nick taken for an account (trust_nicks)."""
        ...

    def status(self) -> str:
        """One line for `status`."""
        ...


@runtime_checkable
class SendsOnce(Protocol):
    """A transport whose network takes a message once, however often it is sent."""

    async def deliver_once(self, key: str, target: str, lines: Sequence[str]) -> None:
        """As `Transport.deliver`; under a key that was used before, what was sent then is the message."""
        ...


# --- characters -------------------------------------------------------------------------------------------------

_BREAKS = "\t\n\x0b\x0c\r\x85\u2028\u2029"
_BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_CLEANED: dict[int, str | None] = {
    **{code: None for code in (*range(0x20), *range(0x7F, 0xA0))},
    **{ord(character): None for character in _BIDI},
    **{code: "\ufffd" for code in range(0xD800, 0xE000)},  # lone surrogates cannot be encoded
    **{ord(character): " " for character in _BREAKS},
}

_FORMATTING = re.compile(
    r"\x03(?:\d{1,2}(?:,\d{1,2})?)?|\x04(?:[0-9a-fA-F]{6}(?:,[0-9a-fA-F]{6})?)?|[\x02\x0f\x11\x16\x1d-\x1f]"
)


def clean(text: str) -> str:
    """The text as it may be sent: line breaks and tabs are spaces; control characters (C0, C1, the Bidi_Control
    property of Unicode) are gone; a lone surrogate is U+FFFD. Cleaning twice changes nothing more."""
    return text if text.isprintable() else text.translate(_CLEANED)


def unformatted(text: str) -> str:
    """What somebody said, without the colours and styles of IRC clients, and cleaned."""
    return clean(_FORMATTING.sub("", text))


# --- targets ----------------------------------------------------------------------------------------------------

_NAME = r"[^\s\x00-\x20\x7f,:!@*?]"
_TARGET = re.compile(rf"[#&+]{{1,2}}{_NAME}{{1,198}}|(?![#&+$%~]){_NAME}{{1,64}}")


def is_target(name: str) -> bool:
    """Whether this can be one room or one nick: nothing that a server would read as several, a mask or a new word."""
    return bool(_TARGET.fullmatch(name)) and (name[0] in "#&+" or "." not in name)


# --- splitting --------------------------------------------------------------------------------------------------

_JOINERS = "\u200d\u2060"  # zero-width joiner (emoji families), word joiner (`without_pings`)


def _joins_on(text: str, place: int) -> bool:
    """Whether the character at `place` belongs to the one before it."""
    character, before = text[place], text[place - 1]
    if before in _JOINERS or character in _JOINERS or character == "\u200c":
        return True
    if unicodedata.category(character) in ("Mn", "Mc", "Me"):  # accents, vowel signs, variation selectors, keycaps
        return True
    if "\U0001f3fb" <= character <= "\U0001f3ff" or "\U000e0020" <= character <= "\U000e007f":  # skin, flag tags
        return True
    if "\u1160" <= character <= "\u11ff" or "\ud7b0" <= character <= "\ud7fb":  # Hangul vowels and finals
        return True
    if "\U0001f1e6" <= character <= "\U0001f1ff":  # flags are pairs of regional indicators
        flags = 0
        while flags < place and "\U0001f1e6" <= text[place - flags - 1] <= "\U0001f1ff":
            flags += 1
        return flags % 2 == 1
    return False


def _cut(text: str, limit: int) -> int:
    """Where to end the first piece of a text that is longer than `limit` bytes: after a space, else between two
    visible characters, else (one visible character beyond the limit) between two code points."""
    most = len(text[:limit].encode()[:limit].decode(errors="ignore"))
    place = most
    while (place := text.rfind(" ", 0, place)) >= 0:
        if not _joins_on(text, place + 1):
            return place + 1
    place = most
    while place and _joins_on(text, place):
        place -= 1
    return place or most


def split(text: str, limit: int) -> list[str]:
    """The cleaned text in pieces of at most `limit` bytes of UTF-8 each, which joined give the cleaned text: a space
    at a cut stays at the end of its piece. Blank text gives no piece. `limit` is at least 4, the longest code point."""
    if limit < 4:
        raise ValueError(f"no room for a character within {limit} bytes")
    rest = clean(text)
    if not rest.strip():
        return []
    pieces = []
    while len(rest.encode()) > limit:
        place = _cut(rest, limit)
        pieces.append(rest[:place])
        rest = rest[place:]
    return [*pieces, rest]


# --- nicks in lists ---------------------------------------------------------------------------------------------

_UNBREAKABLE = re.compile(r"(\S+://\S+|`[^`]*`|(?<!\S)[#+~!]\S+)")
_NICK_RUN = re.compile(r"[\w\[\]\\^{|}-]+")
_EDGES = re.compile(r"^([^\w]*)(.*?)([^\w]*)$", re.DOTALL)


def without_pings(text: str, nicks: Collection[str], keep: Collection[str] = ()) -> str:
    """The text with a word joiner (U+2060, invisible) inside each of these nicks, so that no client highlights it.

    `nicks` are lower-case. Those in `keep` stay as they are, and so do addresses, text in backticks and words that
    begin with a sign (`#kolla`): people click and copy these. A nick of one character cannot be broken.
    """
    folded = text.casefold()
    if not any(nick in folded for nick in nicks):
        return text
    kept = {nick.casefold() for nick in keep}

    def broken(word: str) -> str:
        known = len(word) > 1 and word.casefold() in nicks and word.casefold() not in kept
        return f"{word[0]}\u2060{word[1:]}" if known else word

    def run(match: re.Match[str]) -> str:
        word = match[0]
        if (whole := broken(word)) != word:
            return whole
        before, inner, after = _EDGES.fullmatch(word).groups()  # type: ignore[union-attr]  # it matches every text
        if (whole := broken(inner)) != inner:
            return before + whole + after
        return before + re.sub(r"\w+", lambda part: broken(part[0]), inner) + after

    parts = _UNBREAKABLE.split(text)
    parts[::2] = [_NICK_RUN.sub(run, part) for part in parts[::2]]
    return "".join(parts)
