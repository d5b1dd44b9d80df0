"""Decisions, actions and open questions: blocks in, items out, each with its passage and how sure the reading is.

A passage may be of several kinds; each gives an item over the same range. Below FIRM an item is a candidate; below
FAINT nothing is said at all. Owners and due are read for actions alone.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import date

from bot.extraction.due import read_due
from bot.extraction.features import Seen, see
from bot.extraction.linear import confidence
from bot.extraction.names import teams_in
from bot.extraction.owners import read_owners
from bot.extraction.structure import Passage, passages
from bot.model import Document, Kind, Link, ReadItem, ReadSession

FAINT = 0.2
"""The least confidence of a candidate."""
LONGEST = 80
"""Words of a passage; a longer one points at nothing."""
REMEMBERED = 4
"""How many teams named last are remembered within a section, for "they"."""


def read_items(
    document: Document,
    sessions: Sequence[ReadSession],
    *,
    author: str | None,
    teams: Sequence[str],
    published: date | None,
    cycle: str | None,
) -> tuple[ReadItem, ...]:
    """The items of a document in the order they stand, firm ones and candidates.

    `teams` are the document's own teams, the main one first; `author` is who "I" is; `published` and `cycle` tell
    what "this year" and "next cycle" mean.
    """
    places = _Places(document.links, sessions)
    items: list[ReadItem] = []
    for passage, teams_before in _with_teams(document):
        if not 1 < len(passage.text.split()) <= LONGEST:
            continue
        seen = see(passage)
        for kind in Kind:
            sure = confidence(seen, kind)
            if sure < FAINT:
                continue
            start, end = passage.span
            action = kind is Kind.ACTION
            items.append(
                ReadItem(
                    kind,
                    start,
                    end,
                    document.text[start:end],
                    passage.text,
                    owners=_owners(passage, author, teams, teams_before) if action else (),
                    due=read_due(passage.text, published=published, cycle=cycle) if action else None,
                    links=places.links(start, end),
                    session=places.session(start),
                    confidence=round(sure, 3),
                    reason=_reason(seen, kind),
                )
            )
    return tuple(items)


def _with_teams(document: Document) -> Iterator[tuple[Passage, list[str]]]:
    """Each passage with the teams named before it in its section."""
    named: list[str] = []
    section: tuple[str, ...] = ()
    for passage in passages(document.blocks):
        if passage.block.path != section:
            named, section = teams_in(" ".join(passage.block.path[-1:])), passage.block.path
        yield passage, named
        named = [*named, *teams_in(passage.text)][-REMEMBERED:]


def _owners(passage: Passage, author: str | None, teams: Sequence[str], teams_before: Sequence[str]) -> tuple[str, ...]:
    return read_owners(
        passage.text,
        author=author,
        own_teams=teams,
        teams_before=teams_before,
        listed="action" in (passage.label, passage.zone),
        cell=passage.cell,
    )


def _reason(seen: Seen, kind: Kind) -> str:
    """What spoke for this kind: a label, a heading, a lead-in, or the cue that says most; for people who ask why."""
    if seen.passage.label == kind.value:
        return "label"
    spoken = max(seen.cues, key=lambda cue: cue.weights.get(kind, 0.0), default=None)
    if spoken is not None and spoken.weights.get(kind, 0.0) > 0:
        return f"cue: {spoken.id}"
    if seen.passage.zone == kind.value:
        return "heading"
    return "list" if seen.passage.lead else "wording"


class _Places:
    """Which links and which session a range of the document has."""

    def __init__(self, links: Sequence[Link], sessions: Sequence[ReadSession]) -> None:
        self._links = sorted(links, key=lambda link: link.start)
        self._starts = [link.start for link in self._links]
        self._sessions = sorted(enumerate(sessions), key=lambda pair: pair[1].start)
        self._session_starts = [session.start for _, session in self._sessions]

    def links(self, start: int, end: int) -> tuple[str, ...]:
        """The addresses that links in the range lead to, without doubles."""
        first = bisect_right(self._starts, start - 1)
        last = bisect_right(self._starts, end - 1)
        return tuple(dict.fromkeys(link.address for link in self._links[first:last]))

    def session(self, place: int) -> int | None:
        """The innermost session that covers a place: the last one to begin before it, if it has not ended."""
        for number, session in reversed(self._sessions[: bisect_right(self._session_starts, place)]):
            if place < session.end:
                return number
        return None
