"""Full-text search over the passages of the recaps and what was recorded by hand: `ask` and `find`.

What a question names (a team, an event, a kind of item) narrows or lifts, the words of its topic search within. A hit
is one passage; it carries the item that stands in it, else its session, and the sentence that answers best.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.queries.events import Event
from bot.queries.hits import Hit, show_hits
from bot.queries.passages import Search, best_passages
from bot.queries.question import Question, aliases_in, lexicon, read_words
from bot.queries.teams import with_parts
from bot.queries.terms import BUDGET, Terms, rarest, read_terms, telling
from bot.queries.words import any_of, vocabulary
from bot.store.database import Store

CANDIDATES = 30
"""Passages that a question looks at closely."""
LOOKED_AT = 100_000
"""Rows of which those that humans wrote are picked."""
SHOWN = 30
"""Passages that `find` gives at most, beside their number."""
MANY = 2_000
"""Passages that are counted; beyond that they are just many."""

# What words weigh that stand in the text, its headings, its recap's title, team and event.
ASKED = (1, 2, 1, 1, 1)
OF_A_PLACE = (1, 2, 1, 0, 0)
"""Where every row has the names."""
QUOTED = (1, 0.1, 0.1, 0.1, 0.1)
"""Where the very words are wanted, not what stands below a heading of them."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a question or a search found, best first."""

    hits: tuple[Hit, ...]
    asked: Question
    total: int = 0
    """How many passages and recorded items hold the words, up to MANY and one more; counted by `find` alone."""
    all_words: bool = True
    """Whether the hits of `find` hold every word, not just some."""
    mended: Mapping[str, str] = field(default_factory=dict)
    """What was typed -> what was searched for instead."""
    unknown: tuple[str, ...] = ()
    """Words that stand nowhere."""
    elsewhere: bool = False
    """Whether the team that was addressed has nothing, and these come from others."""


def warm(store: Store) -> None:
    """Read beforehand what the first question would wait for: a fifth of a second over half a million passages."""
    find(store, "recap")


def ask(store: Store, asked: Question, *, team: str | None = None, limit: int = 3) -> Answer:
    """The passages that answer a question (`read_question`) best.

    Where a `team` is addressed (by its table name; its parts belong to it) they are of that team if it has any; a
    question that names another team is asked of all.
    """
    family = tuple(with_parts(store, team)) if team else ()
    if any(not set(rows) <= set(family) for rows in asked.teams.values()) and team:
        asked, family = replace(asked, teams={**asked.teams, team: family}), ()
    terms = read_terms(store, asked.words, asked.phrases, asked.aliases, runs=True)
    if not terms.known or (asked.topic and not _speaks(terms, asked)):
        return Answer((), asked, mended=terms.mended, unknown=terms.unknown)
    search = Search(asked, terms.known, vocabulary(store).last, frozenset(family))
    hits = _answers(store, search, limit)
    elsewhere = bool(family) and not hits
    if elsewhere:
        hits = _answers(store, replace(search, family=frozenset()), limit)
    return Answer(tuple(hits), asked, 0, True, terms.mended, terms.unknown, elsewhere and bool(hits))


def _answers(store: Store, search: Search, limit: int) -> list[Hit]:
    """The best hits: of the team addressed, else of everywhere, where what the question names comes first."""
    use = rarest(search.terms, search.rows)
    match = " OR ".join(term.match for term in use)
    matching = sum(term.rows for term in use)
    since = _since(search.rows, matching)
    asked = search.asked
    places = _places(store, search.family or {row for rows in asked.teams.values() for row in rows}, asked.events)
    blocks: dict[int, float] = {}
    if not search.family:
        blocks = _rank(store, "blocks_fts", match, since)
    if places:
        blocks = _rank(store, "blocks_fts", f"{places} AND ({match})", since, weights=OF_A_PLACE) | blocks
    if search.family:
        match = f"{places} AND ({match})"
    passages = best_passages(store, search, blocks, _rank_own(store, match, matching))
    return show_hits(store, search, passages[:limit])


def find(store: Store, text: str, *, team: str | None = None, limit: int = SHOWN) -> Answer:
    """How many passages hold all the words of `text`, and the best of them; where none does, those that hold some."""
    asked = read_words(text)
    terms = read_terms(store, asked.words, asked.phrases, aliases_in(store, asked.words))
    if not terms.known:
        return Answer((), asked, unknown=terms.unknown)
    rows = vocabulary(store).last
    family = frozenset(with_parts(store, team)) if team else frozenset()
    place = f"{_places(store, family, ())} AND " if family else ""
    search = Search(asked, terms.known, rows, family)
    some, each = rarest(terms.known, rows), telling(terms.known, rows)
    every = " AND ".join(term.match for term in each)
    for match, scored in (
        (every, min(term.rows for term in each)),
        (" OR ".join(term.match for term in some), sum(term.rows for term in some)),
    ):
        narrowed = f"{place}({match})"
        weights = QUOTED if asked.phrases else ASKED
        found = _rank(store, "blocks_fts", narrowed, _since(rows, scored), weights=weights, limit=2 * limit)
        own = _rank_own(store, narrowed, scored)
        passages = best_passages(store, search, found, own)
        if passages:
            total = len(passages)
            if len(found) == 2 * limit:
                total = max(total, _count(store, narrowed))
            hits = show_hits(store, search, passages[:limit])
            all_words = match is every and not terms.unknown
            return Answer(tuple(hits), asked, total, all_words, terms.mended, terms.unknown)
    return Answer((), asked, mended=terms.mended, unknown=terms.unknown)


def holds_nothing(store: Store) -> bool:
    """Whether no recap is loaded."""
    return not store.db.execute("SELECT EXISTS (SELECT 1 FROM blocks)").fetchone()[0]


def _speaks(terms: Terms, asked: Question) -> bool:
    """Whether any word of the topic stands anywhere: names alone do not answer a question about something.

    Where another word of it stands nowhere, plain English alone does not either: of `the meaning of life` no `meaning`
    is an answer where there is no `life`, save where the question names a team, an event or a person beside it.
    """
    there = [term for term in terms.known if term.word in asked.topic]
    if not terms.unknown or asked.teams or asked.events or asked.people:
        return bool(there)
    return any(term.said.casefold() not in lexicon().ordinary for term in there)


def _rank(
    store: Store,
    table: str,
    match: str,
    since: int,
    *,
    also: str = "",
    weights: Sequence[float] = ASKED,
    limit: int = CANDIDATES,
) -> dict[int, float]:
    """The best rows of an index for an expression, with their scores: higher is better."""
    sql = (
        f"SELECT rowid, -bm25({table}, {', '.join(map(str, weights))}) AS score FROM {table}"
        f" WHERE {table} MATCH ? AND rowid > ? {also} ORDER BY score DESC LIMIT ?"
    )
    return dict(store.db.execute(sql, [match, since, limit]).fetchall())


def _rank_own(store: Store, match: str, matching: int) -> dict[int, float]:
    """What humans wrote and no recap holds: items recorded by hand, and those whose words were mended."""
    last, any_own = store.db.execute(f"SELECT MAX(id), EXISTS ({_OWN_WORDS}) FROM items").fetchone()
    if not any_own:
        return {}
    # The `+` keeps SQLite from searching once for each of them.
    return _rank(store, "items_fts", match, _since(last, matching, LOOKED_AT), also=f"AND +rowid IN ({_OWN_WORDS})")


_OWN_WORDS = """
SELECT id FROM items WHERE recap_id IS NULL UNION ALL SELECT id FROM items WHERE edited IS NOT NULL"""


def _count(store: Store, match: str) -> int:
    """How many passages hold what an expression asks for, headings aside; MANY and one more at most."""
    sql = (
        "SELECT COUNT(*) FROM (SELECT 1 FROM blocks_fts f CROSS JOIN blocks b ON b.id = f.rowid"
        " WHERE blocks_fts MATCH ? AND b.kind <> 'heading' LIMIT ?)"
    )
    return int(store.db.execute(sql, [match, MANY + 1]).fetchone()[0])


def _since(last: int, matching: int, most: int = BUDGET) -> int:
    """The row after which to search so that about `most` rows match, not `matching`: the newest stand last."""
    return 0 if matching <= most else last - last * most // matching


def _places(store: Store, teams: Collection[int], events: Collection[Event]) -> str:
    """An FTS5 expression for the recaps of any of those teams, and of any of those events; empty where none is."""
    parts = []
    if teams:
        marks = ", ".join("?" for _ in teams)
        names = store.db.execute(f"SELECT name FROM teams WHERE id IN ({marks})", list(teams)).fetchall()
        parts.append(f"({{team}} : {any_of(name for (name,) in names)})")
    if events:
        # By the cycle where there is one: of a name like `Stein PTG` one word stands in every other row.
        parts.append(f"({{event}} : {any_of(dict.fromkeys(event.cycle or event.name for event in events))})")
    return " AND ".join(parts)
