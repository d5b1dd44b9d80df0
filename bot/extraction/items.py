"""Decisions, actions and open questions: blocks in, items out, each with its passage and how sure the reading is.

A passage may be of several kinds; each gives an item over the same range. Below FIRM an item is a candidate; below
FAINT nothing is said at all. Owners and due are read for actions alone.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from bot.extraction.due import read_due
from bot.extraction.features import Seen, see
from bot.extraction.linear import Judge, linear_judge
from bot.extraction.names import teams_in
from bot.extraction.owners import read_owners
from bot.extraction.structure import Passage, passages, reporting_team
from bot.model import FIRM, Document, Kind, Link, ReadItem, ReadSession
from bot.recaps.reading import whole

FAINT = 0.2
"""The least confidence of a candidate."""
LONGEST = 85
"""Words and numbers of a quote; a longer one points at nothing."""
CANDIDATES = 2
FEWEST = 4
"""Of each kind a recap has at most CANDIDATES candidates for each firm item, the surest; FEWEST in any case."""
SHORT_LEAD = 10
"""Words of a lead-in that says nothing but what its list holds ("We agreed on the following:")."""
REMEMBERED = 4
"""How many teams named last are remembered within a section, for "they"."""

_WORD = re.compile(r"[A-Za-z0-9]+")


def read_items(
    document: Document,
    sessions: Sequence[ReadSession],
    *,
    author: str | None,
    teams: Sequence[str],
    published: date | None,
    cycle: str | None,
    judge: Judge = linear_judge,
) -> tuple[ReadItem, ...]:
    """The items of a document in the order they stand, firm ones and candidates.

    `teams` are the document's own teams, the main one first; `author` is who "I" is; `published` and `cycle` tell
    what "this year" and "next cycle" mean. `judge` says how sure the passages are.
    """
    places = Places(document.links, sessions)
    items: list[ReadItem] = []
    named = _Named()
    all_seen = [see(passage) for passage in readable_passages(document)]
    judged = judge(all_seen)
    least = {kind: least_kept(judged[kind]) for kind in Kind}
    for n, seen in enumerate(all_seen):
        passage = seen.passage
        teams_before = named.before(passage)
        for kind in Kind:
            sure = judged[kind][n]
            if sure < FAINT or round(sure, 3) < least[kind]:
                continue
            start, end = whole(document, passage.block, passage.start, passage.end)
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


def surest(items: Sequence[ReadItem]) -> tuple[ReadItem, ...]:
    """The items without the faintest candidates of a kind that has too many."""
    least = {kind: least_kept(item.confidence for item in items if item.kind is kind) for kind in Kind}
    return tuple(item for item in items if item.confidence >= least[item.kind])


def least_kept(confidences: Iterable[float]) -> float:
    """The confidence from which on the items of a kind are kept: CANDIDATES bounds their number."""
    ranked = sorted((round(sure, 3) for sure in confidences if sure >= FAINT), reverse=True)
    firm = sum(sure >= FIRM for sure in ranked)
    kept = firm + max(FEWEST, CANDIDATES * firm)
    return ranked[kept - 1] if kept <= len(ranked) else FAINT


def readable_passages(document: Document) -> Iterator[Passage]:
    """The passages that may be items: no short lead-in, two words or more, not so long that they point at nothing."""
    for passage in passages(document.blocks):
        start, end = passage.span
        count = len(passage.text.split())
        if passage.leads and passage.text.endswith(":") and count <= SHORT_LEAD:
            continue
        if count > 1 and (end - start < 2 * LONGEST or len(_WORD.findall(document.text, start, end)) <= LONGEST):
            yield passage


class _Named:
    """The teams named so far in the section that is being read, its heading first."""

    def __init__(self) -> None:
        self._section: tuple[str, ...] | None = None
        self._teams: list[str] = []

    def before(self, passage: Passage) -> list[str]:
        """The teams named before a passage, which is then remembered itself."""
        if passage.block.path != self._section:
            self._section = passage.block.path
            self._teams = teams_in(" ".join(passage.block.path[-1:]))
        told = self._teams
        self._teams = [*told, *teams_in(passage.text)][-REMEMBERED:]
        return told


def _owners(passage: Passage, author: str | None, teams: Sequence[str], teams_before: Sequence[str]) -> tuple[str, ...]:
    return read_owners(
        passage.text,
        author=author,
        own_teams=teams,
        teams_before=teams_before,
        before=passage.before,
        listed="action" in (passage.label, passage.zone),
        cell=passage.cell,
        section_team=reporting_team(passage.block.path),
    )


def _reason(seen: Seen, kind: Kind) -> str:
    """What spoke for this kind: a label, a heading, a lead-in, or the cue that says most; for people who ask why."""
    if seen.passage.label == kind.value:
        return f"label: {kind.value}"
    spoken = max(seen.cues, key=lambda cue: cue.weights.get(kind, 0.0), default=None)
    if spoken is not None and spoken.weights.get(kind, 0.0) > 0:
        return f"cue: {spoken.id}"
    if seen.passage.zone == kind.value:
        return f"list: {seen.passage.lead}" if seen.passage.lead else f"heading: {seen.passage.block.path[-1]}"
    if seen.passage.zone == "plan" and kind is not Kind.QUESTION:
        return f"plan: {seen.passage.lead or seen.passage.block.path[-1]}"
    return f"list: {seen.passage.lead}" if seen.passage.lead else "wording"


class Places:
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
