"""Whether a text is a recap at all: not code, not a log, and it speaks of a gathering."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import chain

from bot.model import Block, BlockKind
from bot.recaps.decoding import NotARecap
from bot.recaps.language import NOT_ENGLISH, is_english

CODE_LINE = re.compile(
    r"(?:#include|#define|import [\w.{*]|from [\w.]+ import|def \w+\(|class \w+[(:{]|function\b|return\b|const |"
    r"let |var |public |private |static |@\w+\s*$|if \(|for \(|while \(|\}|\{|//|/\*|\*/|package [\w.]+;)"
    r"|.*[;{}]\s*$|.*=>\s*\{?$"
)
LOG_LINE = re.compile(
    r"\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d|\w{3} +\d{1,2} \d\d:\d\d:\d\d \S+ \S+\[?\d*\]?:|\d{1,3}(?:\.\d{1,3}){3} - |"
    r"\[?(?:DEBUG|INFO|WARN|WARNING|ERROR|TRACE)\]?\b"
)
SILENT = (BlockKind.CODE, BlockKind.REFERENCES, BlockKind.BOILERPLATE)
FENCE = re.compile(r"(?:`{3,}|~{3,})[\w+-]*\Z")
SAMPLE = 3000  # lines
MARGIN = 10  # lines at the margin that can tell by themselves that a text is no program
GLANCE = 8000  # bytes
LONGEST_JUDGED = 60_000  # characters
SHORT = 1500  # words of a text in which a single telling word may be enough
REPEATED = 2  # times that a text speaks of a gathering outside of headings, where else only its title tells of one
FEWEST_REPORTS = 3  # words that tell of what was said, in a mail whose subject does not say that it does
DATA = re.compile(r"\s*(?:[\[{]\s*[\[{\"](?!!)|<\?xml\b(?!.{0,300}<html))", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Words:
    """The patterns of data/gathering.toml."""

    gatherings: re.Pattern[str]
    reports: re.Pattern[str]
    talk: re.Pattern[str]
    subjects: re.Pattern[str]
    headings: re.Pattern[str]
    code: frozenset[str]
    logs: frozenset[str]


@cache
def words() -> Words:
    """The patterns, read once."""
    read = tomllib.loads(files("bot.recaps").joinpath("data/gathering.toml").read_text("utf-8"))
    patterns = {
        group: re.compile(rf"(?<![A-Za-z])(?:{'|'.join(read[group])})(?![A-Za-z])", re.IGNORECASE)
        for group in ("gatherings", "reports", "talk", "subjects", "headings")
    }
    return Words(code=frozenset(read["code"]), logs=frozenset(read["logs"]), **patterns)


def worth_reading(message: bytes) -> bool:
    """Whether a mail of an archive may speak of a gathering: a glance that spares most messages the reading."""
    glance = message[:GLANCE].decode("latin-1")
    return "base64" in glance.lower() or bool(words().gatherings.search(glance))


def refuse_code_and_logs(text: str, address: str) -> None:
    """Raises NotARecap for source code, data, configuration and logs, by their names or their looks."""
    ending = re.split(r"[?#]", address)[0].rsplit("/", 1)[-1].rpartition(".")[2].lower()
    filled = [line[:300] for line in text.split("\n", SAMPLE)[:SAMPLE] if line.strip()]
    if not filled:
        raise NotARecap("the file is empty")
    told = list(_unfenced(filled))
    margin = [line for line in told if not line.startswith(("    ", "\t"))]
    # The examples of a text are indented; a program looks like one at the margin too.
    coded = _looks_coded(told) and (len(margin) < MARGIN or _looks_coded(margin))
    if ending in words().code or DATA.match(text) or coded:
        raise NotARecap("this looks like source code or data, not a recap")
    logged = sum(bool(LOG_LINE.match(line.strip())) for line in filled) > 0.5 * len(filled)
    if ending in words().logs or len(filled) > 3 and logged:
        raise NotARecap("this looks like a log file, not a recap")


def _looks_coded(lines: Sequence[str]) -> bool:
    """Whether more than a third of some lines look like code."""
    return len(lines) > 3 and sum(bool(CODE_LINE.match(line.strip())) for line in lines) > 0.35 * len(lines)


def _unfenced(lines: Iterable[str]) -> Iterator[str]:
    """The lines of a text without its fenced blocks: what is said about code, not the code."""
    fenced = False
    for line in lines:
        if FENCE.match(line.strip()):
            fenced = not fenced
        elif not fenced:
            yield line


def refuse_other_texts(title: str, blocks: Sequence[Block], *, archived: bool = False) -> None:
    """Raises NotARecap where nothing speaks of a gathering.

    Below a title or first heading that names a gathering it is enough to speak of one REPEATED times.
    Of the mails of an archive, most speak of one and few tell of what was said there: those must do both.
    """
    told = [block.text for block in blocks if block.kind not in SILENT]
    if not told:
        raise NotARecap("the file holds no text")
    text = "\n".join([title, *told])[:LONGEST_JUDGED]
    if archived and not _tells_of_a_gathering(title, text):
        raise NotARecap("the message does not tell of a gathering")
    heads = [title, *(block.text for block in blocks if block.kind is BlockKind.HEADING)]
    headed = sum(bool(words().gatherings.search(head) or words().headings.search(head)) for head in heads[:20])
    # Two different words that are dense enough settle it: in most recaps the first lines of the text do.
    size, telling, firm = len(text.split()), headed, set[str]()
    for match in chain(words().reports.finditer(text), words().gatherings.finditer(text)):
        firm.add(match[0].casefold())
        telling += 1
        if len(firm) > 1 and telling > size / 1000:
            return
    loose = {found.casefold() for found in words().talk.findall(text)} if len(firm) < 2 else set()
    if (firm or headed) and len(firm | loose) > 1 and telling > size / (1000 if size < SHORT else 500):
        return
    if not any(words().gatherings.search(head) for head in heads[:2]) or _times_spoken_of(blocks) < REPEATED:
        raise NotARecap("nothing in it speaks of a gathering" if is_english(text) else NOT_ENGLISH)


def _times_spoken_of(blocks: Sequence[Block]) -> int:
    """How often the blocks of a text, without its headings, speak of a gathering."""
    told = "\n".join(block.text for block in blocks if block.kind not in (*SILENT, BlockKind.HEADING))
    return len(words().gatherings.findall(told[:LONGEST_JUDGED]))


def _tells_of_a_gathering(title: str, text: str) -> bool:
    """Whether a mail of an archive speaks of a gathering and, by its subject or its words, of what was said there."""
    if not words().gatherings.search(text):
        return False
    return bool(words().subjects.search(title)) or len(words().reports.findall(text)) >= FEWEST_REPORTS
