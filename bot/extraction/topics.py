"""Topics in prose: where each one opens, found by how people begin to tell of it, and a title from their own words."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from bot.extraction.gatherings import data
from bot.extraction.sentences import sentences
from bot.model import Block, BlockKind

SHORTEST = 45  # words of a paragraph that opens a topic without a cue
FRAME = 3  # sentences that may set the scene before the cue
READ = 50_000  # characters of a paragraph
LOOKED_AT = 400  # characters of a sentence
LONGEST_LISTED = 12  # words of a topic in a list of topics
LONGEST_TITLE = 8  # words
TELLING = (BlockKind.PARAGRAPH, BlockKind.ITEM)
WORD = re.compile(r"[A-Za-z][A-Za-z0-9'’-]{3,}")
CLAUSE_END = re.compile(r"[,;:?!()“”]|\.(?: |$)|\s[-–—]\s|\b(?:and|but|using|so that|because)\b")
LITTLE = frozenset(
    """
    the a an some our their its his her this these those and or to for of in on at with next alternate current possible
    different potential extended informative key general further few
    """.split()
)
LOOSE = LITTLE | frozenset(
    "that which we i they it as by from into through over is are was were be will would can how what".split()
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
    turns: re.Pattern[str]
    goes_on: re.Pattern[str]
    aside: re.Pattern[str]
    lists: re.Pattern[str]
    openers: re.Pattern[str]
    titles: tuple[re.Pattern[str], ...]
    ends: re.Pattern[str]
    clause: re.Pattern[str]


@cache
def cues() -> Cues:
    """The patterns, compiled once."""
    read = data("topics")
    return Cues(
        re.compile(read["openers"] + "(?:" + "|".join(read["cues"]) + ")", re.IGNORECASE),
        re.compile(read["turns"], re.IGNORECASE),
        re.compile(read["goes_on"], re.IGNORECASE),
        re.compile("|".join(read["aside"]), re.IGNORECASE),
        re.compile(read["lists"], re.IGNORECASE),
        re.compile(read["openers"], re.IGNORECASE),
        tuple(re.compile(pattern, re.IGNORECASE) for pattern in read["titles"]),
        re.compile(read["ends"], re.IGNORECASE),
        re.compile(read["clause"], re.IGNORECASE),
    )


def find_topics(blocks: Sequence[Block]) -> Iterator[Topic]:
    """The topics that some blocks of prose open, in order."""
    listing = False
    for number, block in enumerate(blocks):
        if block.kind is BlockKind.ITEM and listing:
            if block.level == 1 and len(block.text.split()) <= LONGEST_LISTED and not block.text.startswith("..."):
                yield Topic(number, 0, len(block.text), block.text.rstrip("., "))
            continue
        listing = block.kind is BlockKind.PARAGRAPH and bool(cues().lists.search(block.text[-200:]))
        if block.kind in TELLING and block.level < 2:
            yield from of_paragraph(number, block)


def of_paragraph(number: int, block: Block) -> Iterator[Topic]:
    """The topics that a paragraph opens: at its first cue and at each turn behind it; at once where it is long."""
    first: tuple[int, int] | None = None
    opened = False
    long = len(block.text.split()) >= SHORTEST
    for place, (start, end) in enumerate(sentences(block.text[:READ])):
        sentence = looked_at(block, start, end)
        if cues().aside.match(sentence):
            continue
        if place == 0 and not cues().goes_on.match(sentence):
            first = start, end
        if cues().opens.match(sentence) and (not opened or cues().turns.match(sentence)):
            yield Topic(number, start, end, derived_title(sentence))
            opened = True
        elif place >= FRAME and first and not opened and long:
            yield Topic(number, *first, derived_title(looked_at(block, *first)))
            opened = True
    if first and not opened and long:
        yield Topic(number, *first, derived_title(looked_at(block, *first)))


def looked_at(block: Block, start: int, end: int) -> str:
    """A sentence, or as much of a very long one as tells what it is about."""
    return block.text[start : min(end, start + LOOKED_AT)]


def derived_title(sentence: str) -> str:
    """What a sentence that opens a topic is about, in its own words; else how it begins."""
    opener = cues().openers.match(sentence)
    rest = sentence[opener.end() :] if opener else sentence
    for pattern in cues().titles:
        match = pattern.search(rest)
        if match and (phrase := phrase_of(match.group("about"))):
            return phrase
    words = rest.split()
    return capital(" ".join(words[:LONGEST_TITLE]).rstrip(".,;:") + ("…" if len(words) > LONGEST_TITLE else ""))


def phrase_of(words: str) -> str:
    """The first words up to where the sentence goes on about something else; empty where they say nothing."""
    words = words.strip(" “\"'‘[")
    if cues().clause.match(words):
        end = CLAUSE_END.search(words)
    else:
        end = cues().ends.search(words)
    kept = (words[: end.start()] if end else words).split()
    cut_short = len(kept) > LONGEST_TITLE
    kept = kept[:LONGEST_TITLE]
    while kept and kept[0].lower() in LITTLE:
        kept.pop(0)
    while kept and kept[-1].lower().strip(",") in LOOSE:
        kept.pop()
    phrase = " ".join(kept).strip(" ,.;:’'\"")
    if len(WORD.findall(phrase)) == 0 or (len(kept) < 2 and phrase.lower() in LITTLE):
        return ""
    return capital(phrase + ("…" if cut_short else ""))


def capital(phrase: str) -> str:
    """A phrase with a capital at its beginning, unless it begins with a name in small letters (kolla-ansible)."""
    first = phrase.split(" ")[0]
    return phrase if "-" in first or "/" in first or "_" in first else phrase[:1].upper() + phrase[1:]
