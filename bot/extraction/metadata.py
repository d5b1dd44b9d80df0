"""Title, author, date, event, cycle and teams of a document, from its fields, head and text; gaps stay None."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from bot.extraction import teams as team_names
from bot.extraction.dates import MONTH, read_date
from bot.extraction.events import read_event
from bot.model import Block, BlockKind, Document

SILENT = (BlockKind.CODE, BlockKind.REFERENCES, BlockKind.BOILERPLATE)
HEAD = 14  # blocks
LINE = re.compile(r"(?P<key>[A-Za-z][\w() /-]{1,60}?)\s*:\s+(?P<value>.{2,200})")
WRITER_KEYS = re.compile(
    r"(?:author|written by|writer|note[ -]?takers?|notes(?: taken)? by|scribes?|minutes by|by)\b(?:\(s\))?",
    re.IGNORECASE,
)
WRITTEN_BY = re.compile(
    r"\b(?:written|notes taken|recap|summary) by ((?:[A-Z][\w'.-]+)(?: (?:[A-Z][\w'.-]+|de|van|von)){1,3})"
)
PUBLISHED = re.compile(r"\b(?:originally )?(?:published|posted|written)\b.{0,300}", re.IGNORECASE | re.DOTALL)
DATE_KEYS = re.compile(r"(?:date|when|published|posted)", re.IGNORECASE)
FILE_DATE = re.compile(r"(?:^|[/_])(\d{4}([-/])\d\d\2\d\d)(?=[-_./])")
STAMP = re.compile(rf"(?:{MONTH}|\d|(?:posted|published)\b)", re.IGNORECASE)
MAIL_TAG = re.compile(r"\[([^\[\]]{1,60})\]")
FOUNDATION = re.compile(r"open ?infra(?:structure)?(?= (?:summit|forum|foundation|days?|community))", re.IGNORECASE)
NAMED_OFTEN = 3


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a document says of itself."""

    title: str | None
    author: str | None
    published: date | None
    event: str | None
    cycle: str | None
    teams: tuple[str, ...]


def read_metadata(document: Document) -> Metadata:
    """The metadata of a document."""
    title = title_of(document)
    published = published_on(document)
    spoken = [block for block in document.blocks if block.kind not in SILENT]
    headings = [block.text for block in spoken if block.kind is BlockKind.HEADING]
    opening = "\n".join(block.text for block in spoken[: HEAD * 2])
    body = "\n".join(block.text for block in spoken)
    said = " ".join(document.fields.get(key, "") for key in ("description", "excerpt", "tags", "category"))
    event = read_event(title or "", f"{said}\n{opening}", headings, body, published)
    return Metadata(
        title,
        author_of(document, spoken),
        published,
        event.name,
        event.cycle,
        tuple(teams_of(document, title or "", headings, body)),
    )


def title_of(document: Document) -> str | None:
    """The title of the fields, else the heading that stands above all others."""
    if document.fields.get("title"):
        return document.fields["title"]
    heading = title_heading(document.blocks)
    return heading.text.rstrip(":").strip() if heading else None


def title_heading(blocks: Sequence[Block]) -> Block | None:
    """The first heading, where it stands above all others, or right at the top above deeper ones."""
    headings = [block for block in blocks if block.kind is BlockKind.HEADING]
    before = [b for b in blocks[: blocks.index(headings[0])] if b.kind not in SILENT] if headings else []
    if not headings or sum(len(block.text.split()) for block in before) > 40:
        return None
    above_next = not before and len(headings) > 1 and headings[1].level > headings[0].level
    if any(heading.level <= headings[0].level for heading in headings[1:]) and not above_next:
        return None
    return headings[0]


def author_of(document: Document, spoken: Sequence[Block]) -> str | None:
    """Who wrote it: the fields, a line "Author: …" or "Note taker: …" at its head, "written by …"."""
    if document.fields.get("author"):
        return document.fields["author"]
    for key, value in lines_of(spoken):
        if WRITER_KEYS.match(key) and (names := names_in(value)):
            return names
    for block in spoken[:HEAD]:
        if match := WRITTEN_BY.search(block.text):
            return match.group(1)
    return None


def names_in(value: str) -> str:
    """Names as a line gives them, without handles in brackets and @ signs."""
    names = [re.sub(r"\([^()]*\)|/.*", "", part).strip(" @.") for part in re.split(r",|\band\b|&", value)]
    kept = [" ".join(name.split()) for name in names if name and len(name.split()) <= 4]
    return ", ".join(kept)


def lines_of(spoken: Sequence[Block]) -> Iterable[tuple[str, str]]:
    """`Key: value` blocks at the head of a text."""
    for block in spoken[:HEAD]:
        match = LINE.match(block.text)
        if match and len(block.text) < 300:
            yield match.group("key").strip(), match.group("value").strip()


def published_on(document: Document) -> date | None:
    """When it was published: the fields, the name of the file, a line or a sentence at its head."""
    said = document.fields
    named = (document.address, *(said.get(key, "") for key in ("path", "url", "permalink", "slug")))
    for written in (said.get("date", ""), said.get("published", ""), *map(file_date, named)):
        if found := read_date(written):
            return found
    spoken = [block for block in document.blocks if block.kind not in SILENT][:HEAD]
    for key, value in lines_of(spoken):
        if DATE_KEYS.fullmatch(key) and (found := read_date(value)):
            return found
    for block in spoken[:4]:
        if len(block.text.split()) < 15 and STAMP.match(block.text) and (found := read_date(block.text)):
            return found
        stored = document.text[block.start : block.end + 200]
        match = PUBLISHED.search(stored)
        if match and (found := read_date(match.group())):
            return found
    return None


def file_date(address: str) -> str:
    """The date that a file or page is named by, as blogs do; empty where there is none."""
    match = FILE_DATE.search(address)
    return match.group(1) if match else ""


def teams_of(document: Document, title: str, headings: Sequence[str], body: str) -> list[str]:
    """The teams that a recap covers, the one it is mostly about first."""
    found: list[str] = []
    for tag in MAIL_TAG.findall(title):
        found += filter(None, [team_names.known(tag)])
    found += by_count(team_names.counted(FOUNDATION.sub(" ", MAIL_TAG.sub(" ", title))), 1)
    found += filter(None, [team_names.known(document.fields.get("list", ""))])
    for key in ("tags", "category", "project"):
        for tag in re.split(r"[,\s]+", document.fields.get(key, "")):
            found += filter(None, [team_names.known(tag)])
    if not found:
        found += by_count(team_names.counted(body), NAMED_OFTEN)[:1]
    found += filter(None, map(team_names.of_heading, headings))
    return list(dict.fromkeys(found))


def by_count(named: Counter[str], least: int) -> list[str]:
    """The teams named often enough, the most named first."""
    return [team for team, count in named.most_common() if count >= least]
