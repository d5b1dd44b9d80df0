"""What the shape of a document says of its passages: labels, headings, lists under a lead-in, tables.

A passage is a sentence, a clause of a long one, a list item or the row of a table. This module says where passages
are and what stands around them; it does not judge them. Headings, code, quotes of others, reference lists and
boilerplate hold none.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from itertools import groupby

from bot.extraction.cues import one_line
from bot.extraction.gatherings import data
from bot.extraction.sentences import clauses, sentences
from bot.model import Block, BlockKind

ZONES = ("action", "decision", "question", "plan", "none")
_SPEAKING = (BlockKind.PARAGRAPH, BlockKind.ITEM, BlockKind.ROW)
LONGEST_TERM = 60
"""Characters of a line without a full stop that heads the list below it."""
LONGEST_ASIDE = 3
"""Words of a heading without matter ("Links and resources"); a longer one names a topic."""

_WORD = re.compile(r"\w+")
_LEAD_IN = re.compile(r"(?::|[:.]?\s?[-–—]|…|\.\.\.)\s*$")
_OWNER_COLUMN = re.compile(
    r"\b(?:owners?|assignees?|who|volunteers?|responsible|assigned(?: to)?|leads?|champions?|person)\b", re.I
)
_ACTION_COLUMN = re.compile(
    r"\b(?:actions?|action items?|tasks?|todos?|to-?do|what|work items?|next steps?|follow[- ]?ups?)\b", re.I
)
_ROADMAP = re.compile(r"\broad ?map\b", re.I)
"""Whose sections are plans too; those under "Priorities" may be anything."""
_BRACKET = re.compile(r"\(([^()]{8,400})\)")
_TALK = re.compile(r": by (?:the )?[A-Z][^.!?]{0,80}$|(?i:\bkeynotes?\b|^lightning talks?\b)")
"""A heading over notes of a talk ("Why X: by Ann Lee"): of what a speaker asks or plans little is the group's."""
_REPORTS = re.compile(r"\b(?:sub-?)?teams?\b.{0,12}\b(?:updates?|reports?|status|news)\b", re.I)
_SPEAKER = re.compile(
    r"(?:[-–] )?(?:\([A-Z][\w.]+(?: [A-Z][\w.]+)?\):?|@?[\w.-]+(?: [A-Z][\w.-]+){0,2}(?:/[\w.-]+)?:) (?=\S)"
)
_RULE = re.compile(r"[\s|:+=-]*")


@dataclass(slots=True)
class Passage:
    """A run of text that may be an item, with what stands around it. `start` and `end` lead into the block's text.

    `passages` fills in its neighbours; from then on it stays as it is.
    """

    block: Block
    start: int
    end: int
    label: str = ""
    """action, decision, question or none where a label ("AR:", "**Agreed**") says so."""
    zone: str = ""
    """The same for the heading or the term that it stands under."""
    lead: str = ""
    """The sentence that introduces the list that it stands in."""
    leads: bool = False
    """It introduces the list that follows."""
    place: str = "only"
    """only, first, inner or last of its block."""
    before: str = ""
    """The passage before it in its section."""
    after: str = ""
    """The passage behind it in its section."""
    depth: float = 0.0
    """How far down its section it stands: 0 for the first passage, 1 for the last."""
    asked: float = 0.0
    """Which share of the document's passages ends with a question mark."""
    spoken: float = 0.0
    """Which share of the document's passages opens with who said it ("jberkus: …", "(Peff) …")."""
    cell: str | None = None
    """What the owner's column of its table row holds, or the bracket of its label ("AI (luke):")."""

    @property
    def text(self) -> str:
        """The passage without markup."""
        return self.block.text[self.start : self.end]

    @property
    def span(self) -> tuple[int, int]:
        """Its range in the document's text."""
        return self.block.span(self.start, self.end)


@dataclass(slots=True)
class _Lists:
    """The lead-ins that are open while walking down the blocks, by nesting."""

    by_level: dict[int, str] = field(default_factory=dict)
    zones: dict[int, str] = field(default_factory=dict)

    def enter(self, level: int) -> None:
        """An item of this level closes what deeper ones led in."""
        for deeper in [n for n in self.by_level if n >= level]:
            del self.by_level[deeper]
            self.zones.pop(deeper, None)

    def open(self, level: int, lead: str, zone: str) -> None:
        self.by_level[level] = lead
        self.zones[level] = zone

    def lead(self) -> str:
        return self.by_level[max(self.by_level)] if self.by_level else ""

    def zone(self) -> str:
        return next((self.zones[n] for n in sorted(self.zones, reverse=True) if self.zones[n]), "")


@dataclass(frozen=True, slots=True)
class _Words:
    heading: re.Pattern[str]
    label: re.Pattern[str]
    lead: re.Pattern[str]


@cache
def _zone_words() -> dict[str, _Words]:
    return {zone: _words_of(data("zones")[zone]) for zone in ZONES}


def _words_of(told: dict[str, str]) -> _Words:
    heading = (
        rf"(?:^|\b(?:our|the|and|&|my|some|key|main|list of|high-level|\W)\s?)(?:{_choice(told['heading'])})s?\b"
        r"(?=\W*$|,| and | for | from | to | of | &| moving| on | \(| with )"
    )
    label = (
        rf"^\W{{0,3}}(?:{_choice(told['label'])})s?\W{{0,2}}(?:\s?\(([^()]{{1,60}})\))?\W{{0,2}}?"
        r"(?:[:\]]|\s[-–—]|(?<=#\w\w\w\w\w\w)(?=\s))\W{0,3}\s*"
    )
    return _Words(re.compile(heading, re.I), re.compile(label, re.I), re.compile(one_line(told["lead"]), re.I))


def _choice(told: str) -> str:
    phrases = sorted((phrase.strip() for phrase in told.replace("\n", " ").split(";")), key=len, reverse=True)
    return "|".join(re.escape(phrase) for phrase in phrases if phrase)


@lru_cache(maxsize=2_000)
def heading_zone(text: str) -> str:
    """action, decision, question or none where a heading or a term says what stands below it, else ""."""
    if len(text) > LONGEST_TERM:
        return ""
    for zone, words in _zone_words().items():
        if words.heading.search(text) and (zone != "none" or len(_WORD.findall(text)) <= LONGEST_ASIDE):
            return zone
    return ""


@lru_cache(maxsize=2_000)
def lead_zone(text: str) -> str:
    """The same for the sentence that introduces a list: what it asserts of the entries, not what it denies."""
    found = next((zone for zone, words in _zone_words().items() if zone != "none" and words.lead.search(text)), "")
    return "" if found and _zone_words()["none"].lead.search(text) else found


def label_at(text: str) -> tuple[str, int, str]:
    """The zone of the label that a text begins with, where the text behind it begins, and names put in its brackets."""
    for zone, words in _zone_words().items():
        match = words.label.match(text[:120])
        if match:
            return zone, match.end(), match.group(1) or ""
    return "", 0, ""


def passages(blocks: Sequence[Block]) -> list[Passage]:
    """The passages of a document in order, each with its neighbours."""
    found = list(_walk(blocks))
    spoken = sum(told_by_somebody(passage.text) for passage in found) / max(1, len(found))
    asked = sum(passage.text.endswith("?") for passage in found) / max(1, len(found))
    sections = [list(group) for _, group in groupby(found, key=lambda passage: passage.block.path)]
    for section in sections:
        texts = ["", *(passage.text for passage in section), ""]
        for n, passage in enumerate(section):
            passage.before, passage.after = texts[n], texts[n + 2]
            passage.depth = n / max(1, len(section) - 1)
            passage.asked, passage.spoken = asked, spoken
    return found


def told_by_somebody(text: str) -> bool:
    """Whether a passage opens with who said it."""
    return bool(_SPEAKER.match(text))


def _walk(blocks: Sequence[Block]) -> Iterator[Passage]:
    lists = _Lists()
    columns: list[str] | None = None
    for n, block in enumerate(blocks):
        if block.kind is BlockKind.HEADING:
            lists, columns = _Lists(), None
            continue
        if block.kind not in _SPEAKING or not block.text:
            continue
        path_zone = _path_zone(block.path)
        if block.kind is BlockKind.ROW:
            row = _row(block, columns)
            if columns is None:
                columns = [cell for _, _, cell in _cells(block.text)]
                continue
            if row is not None:
                yield row
            continue
        columns = None
        level = block.level if block.kind is BlockKind.ITEM else 0
        lists.enter(level)
        following = blocks[n + 1] if n + 1 < len(blocks) else None
        deeper = following is not None and following.kind is BlockKind.ITEM and following.level > level
        found = list(_of_block(block, lists, path_zone, deeper))
        yield from found
        if deeper and _heads_a_list(block.text):
            term = block.text.rstrip(": ")
            last = found[-1].text if found else block.text
            lists.open(level, last, heading_zone(term) or (found[-1].label if found else "") or lead_zone(last))
        elif (
            level == 0
            and not deeper
            and block.kind is BlockKind.PARAGRAPH
            and len(block.text) < LONGEST_TERM
            and heading_zone(block.text.rstrip(": "))
        ):
            lists.open(0, block.text, heading_zone(block.text.rstrip(": ")))


def _path_zone(path: Sequence[str]) -> str:
    """The zone of the heading that a block stands under, or of the one above it."""
    if not path:
        return ""
    own = heading_zone(path[-1]) or ("none" if _TALK.search(path[-1]) else "")
    above = heading_zone(path[-2]) if len(path) > 1 else ""
    return own or ("" if above == "plan" and not _ROADMAP.search(path[-2]) else above)


def reporting_team(path: Sequence[str]) -> str | None:
    """The team whose report a section is: its heading, under one such as "Project Team Updates"."""
    return path[-1] if len(path) > 1 and _REPORTS.search(path[-2]) else None


def _heads_a_list(text: str) -> bool:
    return bool(_LEAD_IN.search(text)) or len(text) <= LONGEST_TERM and text[-1] not in ".!?"


def _of_block(block: Block, lists: _Lists, path_zone: str, deeper: bool) -> Iterator[Passage]:
    """The passages of a paragraph or a list item; a label at its start speaks for all that follows in it.

    A bracket that begins with a label ("(action: start doing it again)") is a passage of its own.
    """
    zone = lists.zone() or path_zone
    lead = lists.lead()
    label, skip, named = label_at(block.text)
    ranges = [part for sentence in sentences(block.text) for part in clauses(block.text, *sentence)]
    ranges = [(max(start, skip), end) for start, end in ranges if end > skip]
    for n, (start, end) in enumerate(ranges):
        own, own_skip, _ = label_at(block.text[start:end]) if n else ("", 0, "")
        if own and own_skip < end - start:
            label, start = own, start + own_skip
        text = block.text[start:end]
        if not _WORD.search(text):
            continue
        last = n == len(ranges) - 1
        place = "only" if len(ranges) == 1 else "first" if n == 0 else "last" if last else "inner"
        yield Passage(
            block,
            start,
            end,
            label=label,
            zone=zone,
            lead=lead,
            leads=deeper
            and last
            and (bool(_LEAD_IN.search(text)) or len(text) <= LONGEST_TERM and text[-1] not in ".!?"),
            place=place,
            cell=named if named and n == 0 else None,
        )
        for bracket in _BRACKET.finditer(block.text, start, end):
            inner, inner_skip, _ = label_at(bracket.group(1))
            if inner in ("action", "decision", "question"):
                yield Passage(block, bracket.start(1) + inner_skip, bracket.end(1), label=inner, place="inner")


def _row(block: Block, columns: Sequence[str] | None) -> Passage | None:
    """A table row under a header: one passage, an action where the header says so, with the cell of its owner."""
    if not columns or _RULE.fullmatch(block.text):
        return None
    cells = _cells(block.text)
    action = next((n for n, name in enumerate(columns) if _ACTION_COLUMN.search(name)), None)
    owner = next((n for n, name in enumerate(columns) if _OWNER_COLUMN.search(name) and n != action), None)
    label = "action" if action is not None else ""
    cell = cells[owner][2] if owner is not None and owner < len(cells) else None
    if not _WORD.search(block.text):
        return None
    return Passage(block, 0, len(block.text), label=label, zone=label, cell=cell)


def _cells(text: str) -> list[tuple[int, int, str]]:
    found, start = [], 0
    for part in text.split(" | "):
        found.append((start, start + len(part), part.strip()))
        start += len(part) + 3
    return found
