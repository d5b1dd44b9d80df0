"""How faults are said: whole sentences with the key and what was expected, never the value."""

import json
import re
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel
from rapidfuzz import process

from bot.config.sections import Bot, IrcNetwork, MatrixNetwork, Reading, Recaps, Reminder, Room, Sasl
from bot.config.settings import Config

Loc = tuple[str | int, ...]
"""Where a value stands: the keys from the top."""


class ConfigError(Exception):
    """The configuration cannot be used. `faults` are whole sentences, one a fault."""

    def __init__(self, path: Path, faults: list[str]) -> None:
        count = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
        super().__init__("\n".join([f"{path}: {count}.", *(f"  {fault}" for fault in faults)]))
        self.faults = faults


class Fault(NamedTuple):
    """What is wrong at `loc`. Where that is nowhere, the file itself is meant."""

    loc: Loc
    said: str
    rests_on: Collection[Loc] | None = None
    """The values that it is judged by; None: that of `loc`."""

    def __str__(self) -> str:
        return f"{key_of(self.loc)}: {self.said}" if self.loc else self.said

    def only_follows(self, refused: Iterable[Loc]) -> bool:
        """Whether it rests on what was refused: where `channels` is no list, no room is among them."""
        rests_on = (self.loc,) if self.rests_on is None else self.rests_on
        return any(here[: len(there)] == there[: len(here)] for here in refused for there in rests_on)


def key_of(loc: Sequence[str | int]) -> str:
    """A key as TOML writes it."""
    parts = map(str, loc)
    return ".".join(part if re.fullmatch(r"[\w-]+", part) else json.dumps(part, ensure_ascii=False) for part in parts)


WORDS = {
    "value_error": "{error}",
    "literal_error": "expected {expected}",
    "string_type": "expected a text in quotation marks",
    "string_too_short": "expected a text that is not empty",
    "path_type": "expected a path in quotation marks",
    "bool_parsing": "expected true or false",
    "int_parsing": "expected a whole number",
    "int_parsing_size": "expected a whole number",
    "float_parsing": "expected a number",
    "finite_number": "expected a number that is not infinite",
    "greater_than": "expected more than {gt:g}",
    "greater_than_equal": "expected at least {ge:g}",
    "less_than_equal": "expected at most {le}",
    "tuple_type": 'expected a list of texts, such as ["…", "…"]',
    "dict_type": "expected a table for each, such as [{key}.NAME]",
    "model_type": "expected a table",
}
"""What each type of pydantic's errors is in plain words; its own are for programmers."""


def fault_of(error: Any) -> str:
    """One sentence about one fault that pydantic found: the key and what was expected, never the value."""
    key = key_of(error["loc"])
    if error["type"] == "extra_forbidden":
        return f"{key}: unknown key{_near_key(error['loc'])}"
    if error["type"] == "missing":
        return f"{key}: is missing."
    if error["loc"] == ("reminders",):
        return f"{key}: expected a table for each, under [[reminders]]."
    words = WORDS.get(error["type"], "expected something else").format(key=key, **error.get("ctx", {}))
    return f"{key}: {words}{'' if words.endswith('?') else '.'}"


SECTIONS: dict[str, type[BaseModel]] = {
    "bot": Bot,
    "recaps": Recaps,
    "reader": Reading,
    "irc": IrcNetwork,
    "matrix": MatrixNetwork,
    "sasl": Sasl,
    "rooms": Room,
    "reminders": Reminder,
}


def _near_key(loc: Loc) -> str:
    """`; did you mean …?` where a known key of that table is spelled nearly so."""
    model: type[BaseModel] = Config
    for part in loc[:-1]:
        model = SECTIONS.get(str(part), model)
    return did_you_mean(str(loc[-1]), model.model_fields.keys())


def did_you_mean(word: str, known: Collection[str]) -> str:
    """`; did you mean …?` where something known is spelled nearly so, else the end of the sentence."""
    near = process.extractOne(word, known, processor=str.casefold, score_cutoff=70)
    return f"; did you mean {near[0]}?" if near else "."
