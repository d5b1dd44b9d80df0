"""Words: cut as the full-text index cuts them, counted, mended, and written so that none of them is ever syntax.

A chunk is what people type between white space (`kolla-ansible`, `active/active`); the index sees its stems. How many
rows hold a stem is read from the index once and kept until it has grown by a hundredth (`vocabulary`).
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from weakref import WeakKeyDictionary, finalize

from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.schema import tokenizer
from bot.store.database import Store

MENDABLE = 4
"""Letters from which on a word may be a slip of another."""
LONG = 7
"""Letters from which on it may be two slips."""
SHORT = 5
"""Letters up to which another letter in the place of one makes another word."""
MOST_PHRASES = 10_000
"""Phrases remembered as standing somewhere or nowhere."""
MOST_STEMS = 50_000
"""Words whose stems are remembered: those of a few hundred recaps."""

# The tokenizer's own rule for plain text: letters and digits. Any other script is left to the tokenizer.
_WORD = re.compile("[a-z0-9]+")
_PUNCTUATION = str.maketrans(dict.fromkeys("’‘“”„–—…•·→«»§°\u00a0", " "))

_ENDINGS = ("", "e", "s", "es", "ed", "ing", "ion", "al", "y")


class Vocabulary:
    """The stems of the index of passages, and in how many rows each stands."""

    def __init__(self, store: Store) -> None:
        self._tokenizer = tokenizer()
        finalize(self, self._tokenizer.close)
        self._rows: dict[str, int] = {}
        self._by_length: dict[int, list[str]] = {}
        self._phrases: dict[str, bool] = {}
        self._stems: dict[str, str] = {}
        self.last = 0
        self.refresh(store)

    def refresh(self, store: Store) -> None:
        """Count anew if the index grew by a hundredth since."""
        last = store.db.execute("SELECT COALESCE(MAX(id), 0) FROM blocks").fetchone()[0]
        if self.last <= last <= self.last + self.last // 100:
            return
        self.last = last
        self._rows = dict(store.db.execute("SELECT term, doc FROM blocks_words").fetchall())
        by_length: defaultdict[int, list[str]] = defaultdict(list)
        for stem in self._rows:
            if len(stem) >= MENDABLE - 1 and stem.isalpha():
                by_length[len(stem)].append(stem)
        self._by_length = dict(by_length)
        self._phrases.clear()

    def rows(self, stem: str) -> int:
        """In how many passages a stem stood when they were last counted."""
        return self._rows.get(stem, 0)

    def rows_now(self, store: Store, stem: str) -> int:
        """The same; of a stem that no passage held then, in how many passages or recorded items it stands now."""
        if stem in self._rows:
            return self._rows[stem]
        found = store.db.execute(
            "SELECT doc FROM blocks_words WHERE term = ?1 UNION ALL SELECT doc FROM items_words WHERE term = ?1", [stem]
        ).fetchone()
        return int(found[0]) if found else 0

    def stands(self, store: Store, phrase: str) -> bool:
        """Whether the words of `phrase` stood side by side anywhere when this was first asked of these passages."""
        if phrase not in self._phrases:
            if len(self._phrases) > MOST_PHRASES:
                self._phrases.clear()
            self._phrases[phrase] = stands_now(store, phrase)
        return self._phrases[phrase]

    def stems(self, texts: Sequence[str]) -> list[list[str]]:
        """Each text as the stems that the index knows it by, in order."""
        plain = [text.translate(_PUNCTUATION) for text in texts]
        words = [_WORD.findall(text.lower()) if text.isascii() else None for text in plain]
        new = {word for each in words if each for word in each if word not in self._stems}
        foreign = [text for text, each in zip(plain, words, strict=True) if each is None]
        if new or foreign:
            if len(self._stems) > MOST_STEMS:
                self._stems.clear()
                new = {word for each in words if each for word in each}
            self._stems |= zip(new, (stems[0] for stems in self._tokenized(list(new))), strict=True)
        tokenized = iter(self._tokenized(foreign))
        known = self._stems
        return [next(tokenized) if each is None else [known[word] for word in each] for each in words]

    def _tokenized(self, texts: Sequence[str]) -> list[list[str]]:
        """The same, by the tokenizer itself: a tenth of a millisecond for each call."""
        found: list[list[str]] = [[] for _ in texts]
        if not texts:
            return found
        scratch = self._tokenizer.conn
        scratch.executemany("INSERT INTO words (rowid, text) VALUES (?, ?)", list(enumerate(texts)))
        for row, stem in scratch.execute("SELECT doc, term FROM stems ORDER BY doc, offset"):
            found[row].append(stem)
        scratch.execute("INSERT INTO words (words) VALUES ('delete-all')")
        return found

    def mend(self, word: str, stem: str) -> str | None:
        """The known word that `word` (of that unknown stem) is a slip of; None where none is near."""
        if len(stem) < MENDABLE or not stem.isalpha():
            return None
        most = 1 if len(stem) < LONG else 2
        near: list[tuple[int, int, str]] = []
        for length in range(len(stem) - most, len(stem) + most + 1):
            choices = self._by_length.get(length, ())
            for choice, distance, _ in process.extract(stem, choices, scorer=OSA.distance, score_cutoff=most, limit=5):
                # People rarely slip on the first letter, and `heat` is no slip of `beat`, nor `bake` of `base`.
                if len(stem) <= SHORT and _is_replaced(stem, choice):
                    continue
                if choice[0] == stem[0] or (distance == 1 and len(stem) >= LONG):
                    near.append((round(distance), -self._rows[choice], choice))
        if not near:  # the slip may stand in the ending, which a stem has lost (`migratoin`, `migrat`)
            beginnings = (stem[:length] for length in range(len(stem) - 1, max(4, len(stem) - 5), -1))
            near = [(0, 0, beginning) for beginning in beginnings if beginning in self._rows][:1]
        return next(filter(None, (self._spelled(choice, word.casefold()) for _, _, choice in sorted(near))), None)

    def _spelled(self, stem: str, like: str) -> str | None:
        """The word of that stem most `like` what was typed: a stem may itself have another (`databas`, `databa`)."""
        spellings = [stem + ending for ending in _ENDINGS] + ([stem[:-1] + "y"] if stem.endswith("i") else [])
        known = [word for word, stems in zip(spellings, self.stems(spellings), strict=True) if stems == [stem]]
        return min(known, key=lambda word: OSA.distance(word, like), default=None)


def _is_replaced(one: str, other: str) -> bool:
    """Whether two words one slip apart differ in a letter, not in its place or in their length."""
    return len(one) == len(other) and sorted(one) != sorted(other)


def stands_now(store: Store, phrase: str) -> bool:
    """Whether the words of `phrase` stand side by side in any passage or recorded item."""
    sql = (
        "SELECT EXISTS (SELECT 1 FROM blocks_fts WHERE blocks_fts MATCH ?1)"
        " OR EXISTS (SELECT 1 FROM items_fts WHERE items_fts MATCH ?1)"
    )
    return bool(store.db.execute(sql, [quoted(phrase)]).fetchone()[0])


_kept: WeakKeyDictionary[Store, Vocabulary] = WeakKeyDictionary()


def vocabulary(store: Store) -> Vocabulary:
    """The vocabulary of a store. The first call reads it (a fifth of a second over half a million passages)."""
    known = _kept.get(store)
    if known is None:
        known = _kept[store] = Vocabulary(store)
    else:
        known.refresh(store)
    return known


def quoted(text: str) -> str:
    """`text` as one FTS5 string: several words are a phrase, and nothing in it is syntax."""
    return '"' + text.replace('"', '""').replace("\0", " ") + '"'


def any_of(texts: Iterable[str]) -> str:
    """Rows that hold one of these words or phrases."""
    return "(" + " OR ".join(quoted(text) for text in texts) + ")"
