"""From bytes to the text that is stored: decoded, line ends as one character, mended for encoding and nothing else.

Quotes, dashes, width and white space stay as written, so that a quote is word for word the source.
"""

import codecs
import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ftfy import TextFixerConfig


class NotARecap(Exception):
    """The bytes hold no recap; its text is the reason, for people."""


BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# What UTF-8 read as Latin-1 or Windows-1252 looks like: a letter of the upper half before another character of it.
MOJIBAKE = re.compile(
    r"[\u00c2-\u00f4\u0102-\u0111\u0413-\u0441][\u0080-\u00bf\u0152-\u017e\u0192\u02c6\u02dc\u2010-\u2122]"
)
UNREADABLE = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f\ufffd]")
DECLARED = re.compile(rb"(?:charset|coding|encoding)\s{0,4}[=:]\s{0,4}[\"']?([A-Za-z0-9_.:-]{2,40})", re.IGNORECASE)
TRIED = 4  # marks that name an encoding are looked for in so many places
MOST_LINES = 200_000
LONGEST_SAMPLE = 100_000  # characters that decide whether a text is readable


@cache
def mending() -> "TextFixerConfig":
    """ftfy, kept to encoding: every repair that would change what a person typed is off."""
    from ftfy import TextFixerConfig

    return TextFixerConfig(
        unescape_html=False,
        remove_terminal_escapes=False,
        fix_encoding=True,
        restore_byte_a0=True,
        replace_lossy_sequences=True,
        decode_inconsistent_utf8=True,
        fix_c1_controls=True,
        fix_latin_ligatures=False,
        fix_character_width=False,
        uncurl_quotes=False,
        fix_line_breaks=False,
        fix_surrogates=False,
        remove_control_chars=False,
        normalization=None,
    )


def mended(text: str) -> str:
    """The text with "CÃ©dric" made "Cédric", line by line, and one line feed for each line end."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not MOJIBAKE.search(text):
        return text
    from ftfy import fix_encoding

    return "\n".join(fix_encoding(line, mending()) if MOJIBAKE.search(line) else line for line in text.split("\n"))


def decoded(data: bytes, charset: str | None = None) -> str:
    """The text of some bytes: by the charset given, the byte order mark, UTF-8, one they name, Windows-1252."""
    for mark, name in BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(name, "replace")
    for tried in (charset, "utf-8", *declared(data)):
        text = attempt(data, tried)
        if text is not None:
            return text
    return data.decode("cp1252", "replace") if b"\x81" not in data else data.decode("latin-1")


def declared(data: bytes) -> list[str]:
    """The encodings that the head of a document names."""
    return [m.group(1).decode("ascii") for m in list(DECLARED.finditer(data[:2000]))[:TRIED]]


def attempt(data: bytes, charset: str | None) -> str | None:
    """The bytes decoded strictly, or None where the charset is unknown, no text encoding, or wrong."""
    if not charset:
        return None
    try:
        if not codecs.lookup(charset)._is_text_encoding:
            return None
        return data.decode(charset)
    except (LookupError, UnicodeError, ValueError):
        return None


def refuse_unreadable(text: str) -> None:
    """Raises NotARecap for text that nobody can read: control characters, letters of no encoding, endless lines."""
    sample = text[:LONGEST_SAMPLE]
    if not sample.strip():
        raise NotARecap("the file is empty")
    if len(UNREADABLE.findall(sample)) > 0.003 * len(sample) + 2:
        raise NotARecap("the file is not text, or its encoding is unknown")
    if text.count("\n") > MOST_LINES:
        raise NotARecap(f"the file has too many lines; the limit is {MOST_LINES:,}")
