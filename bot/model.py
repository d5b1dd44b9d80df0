"""What the bot knows, as frozen values: documents, what was read from them, and the rows people ask about.

Nothing here reads or writes. Ranges are half-open character ranges in the stored text of a document; dates are
`datetime.date`, instants are aware `datetime` in UTC.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

FIRM = 0.5
"""An item read with at least this confidence is firm; below it is a candidate (design: "Words")."""


class Kind(StrEnum):
    """The three kinds of item."""

    DECISION = "decision"
    ACTION = "action"
    QUESTION = "question"

    @property
    def letter(self) -> str:
        """The letter that ids of this kind begin with."""
        return self.value[0].upper()


# --- documents, as `recaps` gives them -------------------------------------------------------------------------


class BlockKind(StrEnum):
    """What a block of a document is."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    ITEM = "item"  # of a list
    ROW = "row"  # of a table; cells joined by " | "
    QUOTE = "quote"  # somebody else's words: `> ` in mail, blockquotes
    CODE = "code"
    REFERENCES = "references"  # `[1] https://…` lists
    BOILERPLATE = "boilerplate"  # salutations, signatures, footers of lists and blogs


@dataclass(frozen=True, slots=True)
class Block:
    """A block of a document.

    `text` is for people: no markup, white space folded. `offsets[i]` is the place in the stored text where its
    i-th character stands, so that `span` leads back from it.
    """

    kind: BlockKind
    start: int
    end: int
    text: str
    offsets: Sequence[int] = field(repr=False, compare=False)
    level: int = 0
    """Headings: depth from 1. List items: nesting from 1. Else 0."""
    path: tuple[str, ...] = ()
    """The headings that this block stands under, outermost first (a heading's own text is not in its path)."""

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The range in the stored text of `text[start:end]`, which must not be empty."""
        return self.offsets[start], self.offsets[end - 1] + 1


@dataclass(frozen=True, slots=True)
class Link:
    """A place in the stored text that points at an address: a URL, `[text](url)`, or a resolved `[1]`."""

    start: int
    end: int
    address: str


@dataclass(frozen=True, slots=True)
class Document:
    """One document in any format: its stored text (the source, mended for encoding only) and its blocks in order."""

    address: str
    """Where it was loaded from: a URL, a Message-ID, or the path below the folder given."""
    format: str
    text: str
    blocks: tuple[Block, ...]
    links: tuple[Link, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)
    """What the format says of it: `title`, `author`, `date`, `message-id`, `tags`, … where present, as written."""

    @property
    def digest(self) -> str:
        """What two files of the same text share, whatever white space ends them."""
        return hashlib.sha256(self.text.strip().encode("utf-8", "surrogatepass")).hexdigest()


# --- what `extraction` reads from a document --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ReadSession:
    """One discussed topic: a heading, or for prose a derived title. `start`/`end` is what it covers."""

    title: str
    path: tuple[str, ...]
    team: str | None
    start: int
    end: int
    quote: str
    """The heading as it stands, or the sentence that opens the topic."""


@dataclass(frozen=True, slots=True)
class ReadItem:
    """A decision, action or question as read; `session` indexes `ReadRecap.sessions`.

    `owners` are names as written, "team" for "we", the author's name (else "author") for "I"; the agentless
    passive has none. `due` is None, YYYY-MM-DD, M1 to M3 or a cycle. `reason` says which cue or structure spoke.
    """

    kind: Kind
    start: int
    end: int
    quote: str
    text: str
    owners: tuple[str, ...] = ()
    due: str | None = None
    links: tuple[str, ...] = ()
    session: int | None = None
    confidence: float = 1.0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ReadRecap:
    """A whole document as read. A gap (no date, no author, no team) is None or empty, never a guess."""

    document: Document
    title: str | None
    author: str | None
    published: date | None
    event: str | None
    cycle: str | None
    teams: tuple[str, ...]
    sessions: tuple[ReadSession, ...]
    items: tuple[ReadItem, ...]
    remark: str = ""
    """What whoever loads it should know of this reading: that the encoder or a language model did not run, say."""


# --- rows, as `queries` gives them ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Owner:
    """Who owes an action: a person (`person` set) or a team (`team` set, its name)."""

    name: str
    person: int | None = None
    team: str | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """A stored decision, action or question with all that a reply may show."""

    id: int
    label: str
    """D5, A17 or Q3."""
    kind: Kind
    text: str
    quote: str
    state: str
    """Actions: open, done, dropped. Decisions: decided, proposed, superseded. Questions: open, answered."""
    reading: str
    """firm, candidate, confirmed or rejected."""
    presence: str
    """recorded (by hand), here (in its recap), missing (touched by a human, no longer in the recap), withdrawn."""
    confidence: float
    team: str | None
    event: str | None
    cycle: str | None
    recap: int | None
    session: int | None
    heading: str | None
    """The title of its session."""
    owners: tuple[Owner, ...] = ()
    due: str | None = None
    snoozed_until: date | None = None
    superseded_by: str | None = None
    answer: str | None = None
    links: tuple[str, ...] = ()
    start: int | None = None
    end: int | None = None
    recorded_by: str | None = None
    """The identity that recorded it by hand."""
    twin: str | None = None
    """The label of the item of another kind that rests on the same passage (D4/A12)."""
    edited: bool = False
    """Whether `text` is what a human made of it, no longer the passage."""


@dataclass(frozen=True, slots=True)
class Recap:
    """A stored recap without its text."""

    id: int
    address: str
    title: str | None
    author: str | None
    published: date | None
    event: str | None
    cycle: str | None
    teams: tuple[str, ...]
    loaded_by: str | None
    loaded_at: datetime
    url: str | None = None
    """Where people can read it, when known."""

    @property
    def label(self) -> str:
        """C3."""
        return f"C{self.id}"


@dataclass(frozen=True, slots=True)
class Session:
    """A stored session with its counts of firm or confirmed decisions, open actions and open questions."""

    id: int
    recap: int
    title: str
    path: tuple[str, ...]
    team: str | None
    event: str | None
    decisions: int = 0
    actions: int = 0
    questions: int = 0

    @property
    def label(self) -> str:
        """S12."""
        return f"S{self.id}"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who makes a change, and where: what the audit trail keeps.

    `identity` is what was proven (`libera/alice` for a services account, `console/NAME`, `libera/~nick` where nicks
    are trusted, or an operator without an account), `name` what people call them.
    """

    identity: str
    name: str
    network: str
    room: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of the audit trail."""

    id: int
    batch: int
    subject: str
    what: str
    before: Mapping[str, object]
    after: Mapping[str, object]
    actor: Actor
    at: datetime
    undone: bool


@dataclass(frozen=True, slots=True)
class Rule:
    """A reminder rule: the digest of a team (or of all) to a room, or a person's own open actions to an account."""

    id: int
    network: str
    room: str | None
    account: str | None
    team: str | None
    weekday: int
    """0 is Monday."""
    at: str
    """Wall time HH:MM in `zone`."""
    zone: str
    state: str
    """active, paused or removed."""
    created_at: datetime
    since: datetime
    """What fell before this instant is not owed: when the rule was made, last resumed or rescheduled."""
    source: str = "command"
    """`command`, or `config` for a rule that the configuration sets."""

    @property
    def label(self) -> str:
        """R1."""
        return f"R{self.id}"


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One sending of a rule, as the ledger keeps it."""

    id: str
    rule: int
    local_date: date
    target: str
    due_at: datetime
    state: str
    """due, sending, sent, failed or missed."""
    attempt: int = 0
    text: str | None = None
    detail: str | None = None
