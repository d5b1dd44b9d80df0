"""Ten thousand recaps that nobody wrote: the five of seeds/ with words, names, teams, cycles and dates varied.

Recap `number` is the same for ever, whatever was made before it. What varies is found by counting, not by a list of
ours: a word that stands in one seed alone is of its topic, and becomes in half of the recaps another one, the same
throughout the recap, drawn as unevenly as words are (few of them everywhere, most of them rarely). Words that several
seeds share carry the sentences, and with them the promises and decisions; some change places with each other.
"""

import random
import re
from bisect import bisect
from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache
from itertools import accumulate
from pathlib import Path

from bot.extraction.gatherings import data
from bot.shipped import read_teams, shipped

SEED = 20261120
INVENTED = 20_000
"""Words that stand in no seed."""
TOPIC_CHANGES = 0.5
SHARED_CHANGES = 0.1
TEAM_STAYS = 0.2
PEOPLE = 3_000
NAMES_CHANGE = 0.9

WORD = re.compile(r"[^\W\d_]{4,}")
NAMES = frozenset(
    "alex alexandra allison arxcruz bandini bourke boylan breeds chem christian clark cédric doug fox freezer goddard"
    " hellmann holser ipilcher jastrzębski jeanneret jillr john kevin kevko lars mark marios matthew michal mnasiadka"
    " mwahaha ollie panda paul petr phuongh pierre randall saad schultz settle shardy slagle sshnaidm taylor tengu"
    " thode tony walsh weshay yoctozepto zaher".split()
)
SPARED = frozenset(
    "gathering gatherings summit forum retrospective recap summary notes session sessions topics discussed discussion"
    " discussions talked agreed decided consensus attended etherpad team folks roadmap".split()
)
"""Words by which a text is known for a recap."""
TEAMS = ("tripleo", "infra", "tripleo", "kolla", "kolla")
"""Of which team each seed is; every recap is of one of the known teams."""
DATES = (None, date(2019, 5, 13), date(2018, 9, 14), date(2021, 5, 4), None)
WRITTEN = ("%a %b %-d", "%b %-d", "%Y-%m-%d")
"""How the seeds write their dates."""


def recap(number: int) -> str:
    """The text of a recap."""
    seed = number % len(_seeds())
    chance = random.Random(f"{SEED} {number}")
    changes = _steady_changes(seed, chance)
    shared = _vocabulary().shared

    def varied(match: re.Match[str]) -> str:
        word: str = match[0]
        low = word.lower()
        other = changes.get(low)
        if other is None and low in shared and chance.random() < SHARED_CHANGES:
            other = chance.choice(_vocabulary().shared_words)
        return word if other is None else _like(word, other)

    text: str = WORD.sub(varied, _seeds()[seed])
    return _dated(text, DATES[seed], chance)


def write(folder: Path, count: int) -> None:
    """Write the first recaps as files."""
    for number in range(count):
        (folder / f"{number:05}.txt").write_text(recap(number), encoding="utf-8")


@cache
def _seeds() -> tuple[str, ...]:
    return tuple(path.read_text(encoding="utf-8") for path in sorted(shipped("seeds").glob("*.txt")))


class _Vocabulary:
    """The words of the seeds, and those that may take their places."""

    def __init__(self) -> None:
        words: list[set[str]] = [set(WORD.findall(text.lower())) for text in _seeds()]
        count = Counter(word for each in words for word in each)
        self.shared = {word for word, seeds in count.items() if seeds > 1} - NAMES - SPARED
        self.shared_words = sorted(self.shared)
        single = {word for word, seeds in count.items() if seeds == 1} - NAMES - SPARED
        self.topics = [sorted(each & single) for each in words]
        chance = random.Random(SEED)
        self.people = [_invented(chance) for _ in range(PEOPLE)]
        pool = [word for each in self.topics for word in each] + [_invented(chance) for _ in range(INVENTED)]
        chance.shuffle(pool)
        self._pool = pool
        self._weights = list(accumulate(1 / (rank + 10) for rank in range(len(pool))))

    def draw(self, chance: random.Random) -> str:
        """A word, the first ones far more often than the last ones."""
        return self._pool[bisect(self._weights, chance.random() * self._weights[-1])]


@cache
def _vocabulary() -> _Vocabulary:
    return _Vocabulary()


def _invented(chance: random.Random) -> str:
    """A word of two to four syllables."""
    onsets, vowels, codas = "b c d f g h k l m n p r s t v w z st tr pl".split(), "aeiou", ["", "", "n", "r", "s", "l"]
    parts = [chance.choice(onsets) + chance.choice(vowels) + chance.choice(codas) for _ in range(chance.randint(2, 4))]
    return "".join(parts)


def _steady_changes(seed: int, chance: random.Random) -> dict[str, str]:
    """The words that are another one throughout the recap."""
    vocabulary, teams, cycles = _vocabulary(), _teams(), _cycles()
    changes = {word: vocabulary.draw(chance) for word in vocabulary.topics[seed] if chance.random() < TOPIC_CHANGES}
    changes |= {name: chance.choice(vocabulary.people) for name in sorted(NAMES) if chance.random() < NAMES_CHANGE}
    changes = {word: other for word, other in changes.items() if word not in teams and word not in cycles}
    if chance.random() > TEAM_STAYS:
        changes[TEAMS[seed]] = chance.choice(teams)
    shift = chance.randrange(len(cycles))
    changes |= {cycle: cycles[(place + shift) % len(cycles)] for place, cycle in enumerate(cycles)}
    return changes


@cache
def _teams() -> Sequence[str]:
    return sorted(team for team in read_teams() if team.isalpha())


@cache
def _cycles() -> Sequence[str]:
    return tuple(name for name in data("cycles") if len(name) >= 4)


def _like(word: str, other: str) -> str:
    """The other word in the dress of this one."""
    if word.isupper():
        return other.upper()
    return other.capitalize() if word[0].isupper() else other


def _dated(text: str, written: date | None, chance: random.Random) -> str:
    """The text with its date some years earlier or later."""
    if written is None:
        return text
    day = written + timedelta(days=chance.randint(-1500, 1500))
    for form in WRITTEN:
        text = text.replace(written.strftime(form), day.strftime(form))
    return text.replace(f"UTC {written.year}", f"UTC {day.year}")
