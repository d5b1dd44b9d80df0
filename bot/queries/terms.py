"""The words of a search as terms: what is looked for, in about how many rows it stands, and which terms to use.

What it costs to score is bounded: words that stand in more than one row in twenty are left out where anything else is
left, and of the rest the rarest that together stand in no more than BUDGET rows are used.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, product
from math import log

from bot.queries.question import lexicon
from bot.queries.words import any_of, stands_now, vocabulary
from bot.store.database import Store

BUDGET = 8_000
"""Rows that one search scores: some four milliseconds."""
COMMON = 20
"""A word is common if it stands in more than one row in so many."""
SMALL = 1_000
"""Rows that are never too many for one word."""


@dataclass(frozen=True, slots=True)
class Term:
    """One word or phrase of a search."""

    word: str
    """The word that was typed, whole (`kolla-k8s` may be two terms)."""
    said: str
    """What of it this is."""
    texts: tuple[str, ...]
    """What is looked for: the word, or all names of that thing."""
    rows: int
    """In about how many rows it stands."""
    stems: tuple[tuple[str, ...], ...]
    """Each of `texts` as the index knows it."""
    mended: bool = False
    """Whether it was typed wrong, and `texts` is what was meant."""

    @property
    def match(self) -> str:
        """The term as an FTS5 expression."""
        return any_of(self.texts)

    def weight(self, total: int) -> float:
        """How much it tells that the term stands in one of `total` rows: the rarer, the more."""
        return log((total + 1) / (self.rows + 0.5)) + 0.1

    def stands(self, row: str) -> bool:
        """Whether it stands in a row of stems, as `row_of` writes it."""
        return any(f" {' '.join(each)} " in row for each in self.stems)


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of a search, and what of it stands nowhere."""

    known: tuple[Term, ...]
    unknown: tuple[str, ...]

    @property
    def mended(self) -> Mapping[str, str]:
        """What was typed -> what was looked for instead."""
        return {term.said: term.texts[0] for term in self.known if term.mended}


def read_terms(
    store: Store,
    words: Sequence[str],
    phrases: Collection[str] = (),
    aliases: Mapping[str, str] | None = None,
    *,
    runs: bool = False,
) -> Terms:
    """The terms for those words. `aliases` gives what another name of a team stands for.

    With `runs` also for what neighbouring words say together (`open search`, `virtual machine`).
    """
    reading = _Reading(store)
    for word in words:
        alias = (aliases or {}).get(word)
        reading.read(word, word, phrase=word in phrases, also=[alias] if alias else [])
    if runs:
        reading.read_runs([word for word in words if word not in phrases])
    return Terms(tuple(reading.known.values()), tuple(reading.unknown))


class _Reading:
    """Words becoming terms."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._vocabulary = vocabulary(store)
        self._same = lexicon().same
        self.known: dict[tuple[str, ...], Term] = {}
        self.unknown: list[str] = []

    def read(self, word: str, said: str, *, phrase: bool = False, also: Sequence[str] = ()) -> None:
        """Take a word; mended, or in its parts, where the index does not know it."""
        parts = said.translate(_PUNCTUATION).split()
        stems = self._vocabulary.stems([said])[0]
        if not stems or self._add(word, said, [said, *also, *([] if phrase else self._spellings(said, parts))]):
            return
        if len(parts) > 1 and not phrase:
            for part in parts:
                self.read(word, part)
            return
        plain = said.casefold() in lexicon().ordinary
        meant = self._vocabulary.mend(said, stems[0]) if len(stems) == 1 and not plain else None
        if meant is None or not self._add(word, said, [meant], mended=True):
            self.unknown.append(said)

    def read_runs(self, words: Sequence[str]) -> None:
        """Take the other names of what two or three words say together, and two words as one."""
        for length in (2, 3):
            for start in range(len(words) - length + 1):
                run = " ".join(words[start : start + length])
                joined = ["".join(words[start : start + length])] if length == 2 else []
                self._add(words[start], run, [*self._same.get(run.casefold(), ()), *joined])

    def _add(self, word: str, said: str, texts: Sequence[str], *, mended: bool = False) -> bool:
        """Keep as a term what of `texts` stands in the index; whether any does."""
        found: dict[tuple[str, ...], tuple[str, int]] = {}
        for text, stems in zip(texts, self._vocabulary.stems(texts), strict=True):
            if tuple(stems) not in found and (rows := self._rows(said, text, stems)):
                found[tuple(stems)] = (text, rows)
        if not found:
            return False
        names = tuple(text for text, _ in found.values())
        rows = sum(rows for _, rows in found.values())
        self.known.setdefault(next(iter(found)), Term(word, said, names, rows, tuple(found), mended))
        return True

    def _rows(self, said: str, text: str, stems: Sequence[str]) -> int:
        if not stems:
            return 0
        # What was typed may be newer than the count; other ways to write it are tried by the dozen.
        if text == said or len(stems) == 1:
            rows = min(self._vocabulary.rows_now(self._store, stem) for stem in stems)
        else:
            rows = min(self._vocabulary.rows(stem) for stem in stems)
        if len(stems) == 1 or not rows:
            return rows
        side_by_side = stands_now if text == said else self._vocabulary.stands
        return rows if side_by_side(self._store, text) else 0

    def _spellings(self, said: str, parts: Sequence[str]) -> list[str]:
        """Other ways to write a word: all names of that thing, its parts joined, or itself in two parts."""
        names = [self._same.get(part.casefold(), (part,)) for part in [said, *parts][:4]]
        if len(parts) < 2:
            return [*names[0], *(f"{said[:place]} {said[place:]}" for place in range(3, len(said) - 2))]
        return [*names[0], "".join(parts), *(" ".join(each) for each in islice(product(*names[1:]), 8))]


_PUNCTUATION = str.maketrans(dict.fromkeys("-_/.,:;+*=|\\()[]{}<>#@!?&%$'\"", " "))


def row_of(stems: Iterable[str]) -> str:
    """Stems as one text in which runs of them can be found."""
    return f" {' '.join(stems)} "


def share(terms: Sequence[Term], total: int, row: str) -> float:
    """How much of what the terms tell stands in a row of stems, from 0 to 1."""
    weights = [(term.weight(total), term.stands(row)) for term in terms]
    return sum(weight for weight, stands in weights if stands) / (sum(weight for weight, _ in weights) or 1)


def telling(terms: Sequence[Term], total: int) -> list[Term]:
    """The terms without those common among `total` rows; all, where nothing else is left."""
    return [term for term in terms if term.rows <= max(total // COMMON, SMALL)] or list(terms)


def rarest(terms: Sequence[Term], total: int, budget: int = BUDGET) -> list[Term]:
    """The telling terms that together stand in no more than `budget` rows, rarest first; at least one."""
    found: list[Term] = []
    spent = 0
    for term in sorted(telling(terms, total), key=lambda term: term.rows):
        if found and spent + term.rows > budget:
            break
        found.append(term)
        spent += term.rows
    return found
