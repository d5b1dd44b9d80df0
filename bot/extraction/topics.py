"""Topics in prose: where each one opens, found by how people begin to tell of it, and a title from their own words."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from bot.extraction.gatherings import data
from bot.extraction.sentences import sentences
from bot.model import Block, BlockKind

SHORTEST = 12  # words of a paragraph that opens a topic without a cue
LONGEST_TITLE = 8  # words
TELLING = (BlockKind.PARAGRAPH, BlockKind.ITEM)
WORD = re.compile(r"[A-Za-z][A-Za-z0-9'’-]{3,}")
LITTLE = frozenset(
    """
    the a an some our their its this that these those what how whether and or to for of in on at with next alternate
    current possible different potential extended informative key discussion discussions session sessions topics topic
    """.split()
)


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic: the block and the sentence in it that open it, and a title."""

    block: int
    start: int
    end: int
    title: str


@dataclass(frozen=True, slots=True)
class Cues:
    """The patterns of data/topics.toml."""

    opens: re.Pattern[str]
    aside: re.Pattern[str]
    about: re.Pattern[str]
    ends: re.Pattern[str]


@cache
def cues() -> Cues:
    """The patterns, compiled once."""
    read = data("topics")
    return Cues(
        re.compile(read["openers"] + "(?:" + "|".join(read["cues"]) + ")", re.IGNORECASE),
        re.compile("|".join(read["aside"]), re.IGNORECASE),
        re.compile(read["about"], re.IGNORECASE),
        re.compile(read["ends"], re.IGNORECASE),
    )


def find_topics(blocks: Sequence[Block]) -> Iterator[Topic]:
    """The topics that some blocks of prose open, in order."""
    for number, block in enumerate(blocks):
        if block.kind not in TELLING or block.level > 1:
            continue
        for start, end in sentences(block.text):
            sentence = block.text[start : min(end, start + 400)]
            if cues().aside.match(sentence):
                continue
            if cues().opens.match(sentence):
                yield Topic(number, start, end, derived_title(sentence))


def derived_title(sentence: str) -> str:
    """What a sentence that opens a topic is about, in its own words; else how it begins."""
    opened = cues().opens.match(sentence)
    rest = sentence[opened.end() :] if opened else sentence
    for source in (rest, sentence):
        about = cues().about.search(source)
        if about:
            phrase = phrase_of(source[about.end() :])
            if phrase:
                return phrase
    words = sentence.split()
    return " ".join(words[:LONGEST_TITLE]).rstrip(".,;:") + ("…" if len(words) > LONGEST_TITLE else "")


def phrase_of(words: str) -> str:
    """The first words up to where the sentence goes on about something else; empty where they say nothing."""
    words = words.strip(" “\"'‘")
    end = cues().ends.search(words)
    kept = (words[: end.start()] if end else words).split()[:LONGEST_TITLE]
    while kept and kept[0].lower() in LITTLE:
        kept.pop(0)
    while kept and kept[-1].lower() in LITTLE:
        kept.pop()
    phrase = " ".join(kept).strip(" ,.;:’'\"")
    return phrase[:1].upper() + phrase[1:] if WORD.search(phrase) else ""
