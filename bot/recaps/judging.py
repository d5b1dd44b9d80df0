"""Whether a text is a recap at all: not code, not a log, and it speaks of a gathering."""

import re
import tomllib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from bot.model import Block, BlockKind
from bot.recaps.decoding import NotARecap

CODE_LINE = re.compile(
    r"(?:#include|#define|import [\w.{*]|from [\w.]+ import|def \w+\(|class \w+[(:{]|function\b|return\b|const |"
    r"let |var |public |private |static |@\w+\s*$|if \(|for \(|while \(|\}|\{|//|/\*|\*/|package [\w.]+;)"
    r"|.*[;{}]\s*$|.*=>\s*\{?$"
)
LOG_LINE = re.compile(
    r"\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d|\w{3} +\d{1,2} \d\d:\d\d:\d\d \S+ \S+\[?\d*\]?:|\d{1,3}(?:\.\d{1,3}){3} - |"
    r"\[?(?:DEBUG|INFO|WARN|WARNING|ERROR|TRACE)\]?\b"
)
SAMPLE = 3000  # lines
GLANCE = 8000  # bytes


@cache
def spoken(group: str) -> re.Pattern[str]:
    """The words of a group of data/gathering.toml as one pattern."""
    read = tomllib.loads(files("bot.recaps").joinpath("data/gathering.toml").read_text("utf-8"))
    return re.compile(
        r"\b(?:" + "|".join(sorted(map(re.escape, read[group]), key=len, reverse=True)) + r")s?\b", re.IGNORECASE
    )


def worth_reading(message: bytes) -> bool:
    """Whether a mail of an archive may speak of a gathering: a glance that spares most messages the reading."""
    glance = message[:GLANCE].decode("latin-1")
    return "base64" in glance.lower() or bool(spoken("gatherings").search(glance))


def refuse_code_and_logs(text: str) -> None:
    """Raises NotARecap for source code, configuration and log files."""
    lines = [line.strip() for line in text.split("\n", SAMPLE)[:SAMPLE]]
    filled = [line[:300] for line in lines if line]
    if not filled:
        raise NotARecap("the file is empty")
    if len(filled) > 3 and sum(bool(CODE_LINE.match(line)) for line in filled) > 0.35 * len(filled):
        raise NotARecap("this looks like source code, not a recap")
    if len(filled) > 3 and sum(bool(LOG_LINE.match(line)) for line in filled) > 0.5 * len(filled):
        raise NotARecap("this looks like a log file, not a recap")


def refuse_other_texts(title: str, blocks: Sequence[Block], *, strictly: bool = False) -> None:
    """Raises NotARecap where nothing speaks of a gathering; strictly for one mail among many of an archive."""
    kinds = (BlockKind.CODE, BlockKind.REFERENCES, BlockKind.BOILERPLATE)
    words = "\n".join([title, *(block.text for block in blocks if block.kind not in kinds)])
    if not any(block.kind not in kinds for block in blocks):
        raise NotARecap("the file holds no text")
    gatherings = len(spoken("gatherings").findall(words[:200_000]))
    talk = {found.casefold() for found in spoken("talk").findall(words[:200_000])}
    if strictly and not spoken("gatherings").search(words[:2000]):
        raise NotARecap("the message does not speak of a gathering")
    if (gatherings and talk) or (not strictly and (gatherings > 1 or len(talk) > 2)):
        return
    raise NotARecap("nothing in it speaks of a gathering")
