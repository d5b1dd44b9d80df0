"""The sessions of a document: its headings with their paths, and for prose the topics found in it.

A heading is a session if something is told right below it; a heading over mere sub-headings is only part of their
path. The document's own title and what data/headings.toml sets aside (introductions, thanks, attendees) are neither.
"""

import re
from collections.abc import Sequence
from functools import cache

from bot.extraction import teams
from bot.extraction.gatherings import data
from bot.extraction.metadata import SILENT, title_heading
from bot.extraction.topics import find_topics
from bot.model import Block, BlockKind, Document, ReadSession
from bot.recaps.reading import whole

TRIMMED = " :#*_.–—-"


@cache
def aside() -> frozenset[str]:
    """Headings that are no topic, in small letters."""
    return frozenset(data("headings")["aside"])


@cache
def begins() -> re.Pattern[str]:
    """How headings begin that are no topic."""
    return re.compile(r"(?:the |our |my )?(?:" + "|".join(data("headings")["begins"]) + ")", re.IGNORECASE)


@cache
def days() -> re.Pattern[str]:
    """Headings of days."""
    return re.compile(data("headings")["days"], re.IGNORECASE)


def read_sessions(document: Document) -> tuple[ReadSession, ...]:
    """The sessions of a document in order."""
    blocks = document.blocks
    title = own_title(document)
    headings = [n for n, block in enumerate(blocks) if block.kind is BlockKind.HEADING and block is not title]
    stops = [*headings[1:], len(blocks)][: len(headings)]
    found: list[ReadSession] = []
    telling = []
    for n, stop in zip(headings, stops, strict=True):
        if is_topic(blocks[n].text) and any(tells(block) for block in blocks[n + 1 : stop]):
            telling.append((n, stop))
    prose = not telling or all(days().fullmatch(blocks[n].text) for n, _ in telling)
    if prose and not telling:
        return tuple(prose_sessions(document, 0, len(blocks), ()))
    for n, stop in telling:
        path = tuple(clean(part) for part in blocks[n].path if title is None or part != title.text)
        path = (*path, clean(blocks[n].text))
        quote = document.text[blocks[n].start : blocks[n].end]
        end = start_of(document, closing(blocks, n))
        found.append(ReadSession(path[-1], path, team_of(blocks[n].text, path[:-1]), blocks[n].start, end, quote))
        found += prose_sessions(document, n + 1, stop, path) if prose else []
    return tuple(found)


def closing(blocks: Sequence[Block], n: int) -> int:
    """The index of the heading that ends a session: the next one, or past headings below it that are no topics."""
    for m in range(n + 1, len(blocks)):
        if blocks[m].kind is BlockKind.HEADING and (blocks[m].level <= blocks[n].level or is_topic(blocks[m].text)):
            return m
    return len(blocks)


def start_of(document: Document, n: int) -> int:
    """Where a block begins, or the end of the text behind the last one."""
    return document.blocks[n].start if n < len(document.blocks) else len(document.text)


def own_title(document: Document) -> Block | None:
    """The heading that is the document's own title: the first one, if it says the same or no other title is known."""
    named = document.fields.get("title")
    if named is None:
        return title_heading(document.blocks)
    first = next((block for block in document.blocks if block.kind is BlockKind.HEADING), None)
    return first if first and same(first.text, named) else None


def same(one: str, other: str) -> bool:
    """Whether two titles are the same words."""
    return re.sub(r"\W+", "", one).casefold() == re.sub(r"\W+", "", other).casefold()


def clean(heading: str) -> str:
    """A heading as a title."""
    return heading.strip().rstrip(":").strip() or heading


def is_topic(heading: str) -> bool:
    """Whether a heading names something that was discussed."""
    words = heading.strip(TRIMMED).casefold()
    return bool(words) and words not in aside() and not begins().match(words)


def tells(block: Block) -> bool:
    """Whether a block below a heading says something."""
    return block.kind not in SILENT and block.kind is not BlockKind.HEADING


def team_of(heading: str, path: Sequence[str]) -> str | None:
    """The team of a heading, or the nearest one above it."""
    for words in (heading, *reversed(path)):
        if team := teams.of_heading(words):
            return team
    return None


def prose_sessions(document: Document, first: int, stop: int, path: tuple[str, ...]) -> list[ReadSession]:
    """The topics of some blocks as sessions; each reaches to where the next one opens."""
    blocks = document.blocks[first:stop]
    topics = list(find_topics(blocks))
    quotes = [whole(document, blocks[topic.block], topic.start, topic.end) for topic in topics]
    starts = [start for start, _ in quotes]
    ends = [*starts[1:], start_of(document, stop)][: len(starts)]
    return [
        ReadSession(topic.title, (*path, topic.title), None, start, end, document.text[slice(*quote)])
        for topic, start, end, quote in zip(topics, starts, ends, quotes, strict=True)
    ]
