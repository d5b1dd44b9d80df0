"""The ids that people type and read: D5, A17, Q3 (items), S12 (sessions), C3 (recaps), R1 (rules).

`ACTION-17`, `a17`, `#a17` and the pair `D4/A12` are understood. Pure: whether the id exists is not asked here.
"""

import re
from dataclasses import dataclass

from bot.model import Kind

LETTERS = {"D": "decision", "A": "action", "Q": "question", "S": "session", "C": "recap", "R": "rule"}
_WORDS = {word.upper(): letter for letter, word in LETTERS.items()}
_KINDS = {kind.letter: kind for kind in Kind}
# Nine digits: more would not be an id of ours, and SQLite's integers end at nineteen.
_LABEL = re.compile(rf"#?({'|'.join([*_WORDS, *LETTERS])})[-#]?0*([1-9][0-9]{{0,8}})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Label:
    """One id: its letter and number."""

    letter: str
    number: int

    @property
    def kind(self) -> Kind | None:
        """The kind of item it names; None for sessions, recaps and rules."""
        return _KINDS.get(self.letter)

    def __str__(self) -> str:
        return f"{self.letter}{self.number}"


def read_label(text: str) -> tuple[Label, ...]:
    """The ids that one word is: one, two for a pair (`D4/A12`), none where the word is not an id."""
    found = []
    for part in text.strip().rstrip(",.;:?!").split("/"):
        match = _LABEL.fullmatch(part)
        if match is None:
            return ()
        letter = match[1].upper()
        found.append(Label(_WORDS.get(letter, letter), int(match[2])))
    return tuple(found)
