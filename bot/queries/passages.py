"""Passages that a search found: read with the items that stand in them, and put in the order of what was asked.

The words of a question weigh most (bm25, by the index). What a passage is lifts it over others that hold the same
words: it holds the kind of item that was asked for, names an owner where the question says who, is of the team named.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from bot.model import BlockKind, Kind
from bot.queries.question import Question
from bot.queries.terms import Term, row_of, share
from bot.queries.words import vocabulary
from bot.store.database import Store

# Small lifts that hold for what people ask of such a memory, not fitted to a corpus: half or double them and the
# measured answers change by one in a hundred.
ASKED_KIND = 1.5
SOMEBODY = 1.2
NAMED_PERSON = 1.3
NAMED_PLACE = 1.2
OTHER_TEAM = 0.5
"""For what another team discussed in a recap that is also of the team addressed."""
MISSING = 0.75
"""What a passage loses that holds none of the words itself, only its recap's title or team does."""
SIDE_BY_SIDE = 0.2
"""For each two words that stand together in the question and in the passage."""
ONLY_CANDIDATES = 0.85
"""For a passage whose items are all uncertain: at about equal scores what is sure goes before it."""
NO_PASSAGE = 0.4
"""For headings, code, lists of links, and what is too short to say anything."""
TELLING = 30
"""Characters from which on a passage without an item says something (`Etherpad`, `Spec` do not)."""
NEAR = 30
"""Passages whose words are compared one by one."""

_POOR = frozenset({BlockKind.HEADING, BlockKind.REFERENCES, BlockKind.CODE})


@dataclass(frozen=True, slots=True)
class Search:
    """What was searched for, in how many rows, and the rows of the team that was addressed with its parts."""

    asked: Question
    terms: Sequence[Term]
    rows: int
    family: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Block:
    """A row of `blocks` with its surroundings."""

    path: str
    """Its headings."""
    teams: frozenset[int]
    """The teams of its recap."""
    id: int
    recap: int
    session: int | None
    kind: str
    text: str
    heading: str | None
    """The title of its session."""
    title: str | None
    """The title of its recap."""
    team_row: int | None
    team: str | None
    """The team of its session, else the first of its recap."""
    event: str | None
    event_row: int | None

    def of_team(self, rows: Collection[int]) -> bool:
        """Whether its recap or its session is of one of those teams."""
        return self.team_row in rows or not self.teams.isdisjoint(rows)


@dataclass(frozen=True, slots=True)
class Standing:
    """What a search needs to know of an item that stands in a passage."""

    id: int
    kind: Kind
    text: str
    """Its words: what a human made of them, then as they were read."""
    reading: str
    owned: bool
    people: frozenset[int]


@dataclass(frozen=True, slots=True)
class Passage:
    """A block with its items, or an item whose words stand in no recap."""

    score: float
    block: Block | None
    items: tuple[Standing, ...]


_BLOCKS = """
SELECT b.path, (SELECT json_group_array(x.team_id) FROM recap_teams x WHERE x.recap_id = r.id),
    b.id, b.recap_id, b.session_id, b.kind, b.text, s.title, r.title, t.id, t.name, e.name, r.event_id
FROM blocks b JOIN recaps r ON r.id = b.recap_id
LEFT JOIN sessions s ON s.id = b.session_id
LEFT JOIN teams t ON t.id = COALESCE(s.team_id,
    (SELECT x.team_id FROM recap_teams x WHERE x.recap_id = r.id ORDER BY x.position LIMIT 1))
LEFT JOIN events e ON e.id = r.event_id
WHERE b.id IN (SELECT value FROM json_each(?))"""

_ITEM = """i.id, i.kind, COALESCE(i.edited || ' ', '') || i.text, i.reading,
    (SELECT group_concat(COALESCE(o.person_id, 0)) FROM item_owners o WHERE o.item_id = i.id)"""
_SHOWN = "i.presence <> 'withdrawn' AND i.reading <> 'rejected'"

_INSIDE = f"""
SELECT b.id, {_ITEM} FROM blocks b
JOIN items i ON i.recap_id = b.recap_id AND i."start" >= b."start" AND i."start" < b."end"
WHERE b.id IN (SELECT value FROM json_each(?)) AND {_SHOWN} ORDER BY i."start", i.kind"""

_OWN = f"SELECT {_ITEM} FROM items i WHERE i.id IN (SELECT value FROM json_each(?)) AND {_SHOWN}"


def best_passages(store: Store, search: Search, blocks: Mapping[int, float], own: Mapping[int, float]) -> list[Passage]:
    """Rows of blocks, and of items with words of their `own`, with their scores, as passages; best first.

    Headings are left out where there is anything else: what stands below them holds their words too.
    """
    inside: dict[int, list[Standing]] = {}
    for block, *row in store.db.execute(_INSIDE, [json.dumps(list(blocks))]):
        inside.setdefault(block, []).append(_standing(*row))
    there = {item.id for items in inside.values() for item in items}
    found = [
        Passage(own[row[0]], None, (_standing(*row),))
        for row in store.db.execute(_OWN, [json.dumps([row for row in own if row not in there])])
    ]
    for block in _blocks(store, blocks):
        items = tuple(inside.get(block.id, ()))
        poor = block.kind in _POOR or (len(block.text) < TELLING and not items)
        found.append(Passage(blocks[block.id] * (NO_PASSAGE if poor else 1), block, items))
    found = [each for each in found if each.block is None or each.block.kind != BlockKind.HEADING] or found
    lifted = _sorted(replace(each, score=each.score * _lift(search, each)) for each in found)
    return _sorted(_closer(store, search, lifted[:NEAR])) + lifted[NEAR:]


def _sorted(passages: Iterable[Passage]) -> list[Passage]:
    return sorted(passages, key=lambda each: -each.score)


def _standing(row: int, kind: str, text: str, reading: str, owners: str | None) -> Standing:
    people = frozenset(map(int, owners.split(","))) - {0} if owners else frozenset()
    return Standing(row, _KINDS[kind], text, reading, owners is not None, people)


_KINDS = {kind.value: kind for kind in Kind}


def _blocks(store: Store, rows: Collection[int]) -> list[Block]:
    found = store.db.execute(_BLOCKS, [json.dumps(list(rows))])
    return [
        Block(" ".join(json.loads(path)), frozenset(json.loads(teams)), *surroundings)
        for path, teams, *surroundings in found
    ]


def _lift(search: Search, passage: Passage) -> float:
    """By how much what a passage is lifts it."""
    lift, asked = 1.0, search.asked
    firm = [item for item in passage.items if item.reading != "candidate"]
    people = {person for item in firm for person in item.people}
    if passage.items and not firm:
        lift *= ONLY_CANDIDATES
    if any(item.kind is asked.kind for item in firm):
        lift *= ASKED_KIND
    if asked.who and people:
        lift *= SOMEBODY
    if people.intersection(asked.people):
        lift *= NAMED_PERSON
    if passage.block and any(passage.block.of_team(rows) for rows in asked.teams.values()):
        lift *= NAMED_PLACE
    if passage.block and any(event.id == passage.block.event_row for event in asked.events):
        lift *= NAMED_PLACE
    if search.family and passage.block and passage.block.team_row not in search.family:
        lift *= OTHER_TEAM
    return lift


def _closer(store: Store, search: Search, passages: Sequence[Passage]) -> list[Passage]:
    """The passages by their very words: how much of what was asked stands there, and stands side by side there too.

    `most wanted list` finds the list of that name so: little words count beside a telling one (`do we` is nothing).
    """
    words = vocabulary(store)
    asking, *telling = words.stems([search.asked.text, *search.asked.words])
    told = {stem for stems in telling for stem in stems}
    pairs = {pair for pair in pairwise(asking) if not told.isdisjoint(pair)}
    texts = [f"{each.block.path} {each.block.text}" if each.block else each.items[0].text for each in passages]
    found = []
    for passage, stems in zip(passages, words.stems(texts), strict=True):
        missing = 1 - share(search.terms, search.rows, row_of(stems))
        together = len(pairs.intersection(pairwise(stems)))
        found.append(replace(passage, score=passage.score * (1 - MISSING * missing) * (1 + SIDE_BY_SIDE * together)))
    return found
