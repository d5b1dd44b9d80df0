"""What to show of a passage that was found: the item that stands in it, or the sentence that answers best."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice

from bot.extraction.sentences import sentences
from bot.model import Item
from bot.queries.lines import item_line, shorten
from bot.queries.passages import Passage, Search, Standing
from bot.queries.rows import items_by_id
from bot.queries.terms import row_of, share
from bot.queries.words import Vocabulary, vocabulary
from bot.store.database import Store

LONGEST = 240
"""Characters of what is shown where no item is: the sentence that answers, and what follows it."""

# What an item has over a sentence beside it, in shares of what was asked: a firm one says more than a sentence, a
# candidate says the same with an id.
FIRM = 0.25
ASKED_KIND = 0.3
OWNED = 0.2
CANDIDATE = -0.01


@dataclass(frozen=True, slots=True)
class Hit:
    """One passage that a search found."""

    label: str
    """The id of its item, else of its session, else of its recap."""
    text: str
    """What answers, without markup: the item's words, or the best sentence and what follows it."""
    passage: str
    """The whole passage."""
    score: float
    item: Item | None = None
    heading: str | None = None
    """The title of its session."""
    title: str | None = None
    """The title of its recap."""
    team: str | None = None
    event: str | None = None


def hit_line(hit: Hit, today: date, *, team: bool = True, event: bool = True, limit: int = LONGEST) -> str:
    """The hit as one line, as lists write their items; `team` and `event` as there."""
    if hit.item is not None:
        return item_line(hit.item, today, team=team, event=event, limit=limit)
    place = " ".join(part for part in (hit.team if team else None, hit.event if event else None) if part)
    where = ", ".join(part for part in (place, shorten(hit.heading or hit.title or "", 60)) if part)
    return f'{hit.label} "{shorten(hit.text, limit)}"{f" ({where})" if where else ""}'


def show_hits(store: Store, search: Search, passages: Sequence[Passage]) -> list[Hit]:
    """A hit for each passage, in their order."""
    chosen = _Chooser(vocabulary(store), search).choose(passages)
    items = {item.id: item for item in items_by_id(store, [each for each, _ in chosen if each is not None])}
    hits = []
    for passage, (row, text) in zip(passages, chosen, strict=True):
        item = items[row] if row is not None else None
        block = passage.block
        if block is None:
            assert item is not None
            hits.append(
                Hit(item.label, item.text, item.text, passage.score, item, item.heading, None, item.team, item.event)
            )
            continue
        place = f"S{block.session}" if block.session is not None else f"C{block.recap}"
        hits.append(
            Hit(
                label=item.label if item else place,
                text=item.text if item else text,
                passage=block.text,
                score=passage.score,
                item=item,
                heading=block.heading,
                title=block.title,
                team=block.team,
                event=block.event,
            )
        )
    return hits


class _Chooser:
    """Weighs the items and sentences of a passage by the words that they hold."""

    def __init__(self, words: Vocabulary, search: Search) -> None:
        self._words = words
        self._search = search
        self._asked = search.asked

    def choose(self, passages: Sequence[Passage]) -> list[tuple[int | None, str]]:
        """For each passage the row of the item to show, else None and the text."""
        texts = [_texts(passage) for passage in passages]
        # All at once: what it costs to stem lies in the calls, not in the words.
        stems = iter(self._words.stems([text for each in texts for text in each.all]))
        return [
            self._best(passage, each, list(islice(stems, len(each.all))))
            for passage, each in zip(passages, texts, strict=True)
        ]

    def _best(self, passage: Passage, texts: "_Texts", stems: Sequence[Sequence[str]]) -> tuple[int | None, str]:
        """The item, else the sentence of a passage that holds most of what was asked, rare words weighing more.

        What stands in the headings holds for every sentence below them, and is not asked of each, save what was quoted.
        """
        above, *rows = [row_of(each) for each in stems]
        quoted = self._asked.phrases
        asked = [term for term in self._search.terms if term.word in quoted or not term.stands(above)]
        worth = [share(asked, self._search.rows, row) for row in rows]
        # Of two that are as good, the one that says itself what its heading says too.
        itself = [share(self._search.terms, self._search.rows, row) for row in rows]
        ranked = [
            (value + self._lead(item), own, -place, item.id)
            for place, (item, value, own) in enumerate(zip(passage.items, worth, itself, strict=False))
        ]
        said = worth[len(passage.items) :]
        best = max(range(len(said)), key=lambda place: (said[place], -place), default=None)
        if ranked and (best is None or max(ranked)[0] >= said[best]):
            return max(ranked)[3], ""
        return None, shorten(" ".join(texts.sentences[best:]), LONGEST)

    def _lead(self, item: Standing) -> float:
        """What an item has over another that holds the same words."""
        lead = CANDIDATE if item.reading == "candidate" else FIRM
        if item.kind is self._asked.kind:
            lead += ASKED_KIND
        if item.owned and (self._asked.who or self._asked.people):
            lead += OWNED
        if item.people.intersection(self._asked.people):
            lead += OWNED
        return lead


@dataclass(frozen=True, slots=True)
class _Texts:
    """The texts of a passage that are weighed."""

    around: str
    items: tuple[str, ...]
    sentences: tuple[str, ...]

    @property
    def all(self) -> tuple[str, ...]:
        """What stands around, the items, the sentences."""
        return (self.around, *self.items, *self.sentences)


def _texts(passage: Passage) -> _Texts:
    block, items = passage.block, tuple(item.text for item in passage.items)
    if block is None:
        return _Texts("", items, ())
    parts = tuple(block.text[start:end] for start, end in sentences(block.text)) or (block.text,)
    return _Texts(f"{block.path} {block.heading or ''} {block.title or ''}", items, parts)
