"""How faults are said: whole sentences with the key and what was expected, never the value."""

import re
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from rapidfuzz import process

from bot.config.sections import Bot, IrcNetwork, MatrixNetwork, Reading, Recaps, Reminder, Room, Sasl
from bot.config.settings import Config


class ConfigError(Exception):
    """The configuration cannot be used. `faults` are whole sentences, one a fault."""

    def __init__(self, path: Path, faults: list[str]) -> None:
        count = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
        super().__init__("\n".join([f"{path}: {count}.", *(f"  {fault}" for fault in faults)]))
        self.faults = faults


def only_follows(fault: str, errors: Sequence[Any]) -> bool:
    """Whether a fault names a key that was refused: where `channels` is no list, no room is among them."""
    keys = {key_of(error["loc"]) for error in errors if error["type"] != "extra_forbidden"}
    return any(word.rstrip(":;.") in keys for word in fault.split())


def key_of(loc: Sequence[str | int]) -> str:
    """A key as TOML writes it."""
    parts = map(str, loc)
    return ".".join(part if re.fullmatch(r"[\w-]+", part) else f'"{part}"' for part in parts)


def fault_of(error: Any) -> str:
    """One sentence about one fault that pydantic found: the key and what was expected, never the value."""
    key = key_of(error["loc"])
    if error["type"] == "extra_forbidden":
        return f"{key}: unknown key{_near_key(error['loc'])}"
    if error["type"] == "missing":
        return f"{key}: is missing."
    text = str(error["msg"]).removeprefix("Value error, ").replace("Input should be", "expected").rstrip("?.")
    end = "?" if "did you mean" in text else "."
    return f"{key}: {text[0].lower()}{text[1:]}{end}"


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


def _near_key(loc: tuple[str | int, ...]) -> str:
    """`; did you mean …?` where a known key of that table is spelled nearly so."""
    model: type[BaseModel] = Config
    for part in loc[:-1]:
        model = SECTIONS.get(str(part), model)
    return did_you_mean(str(loc[-1]), model.model_fields.keys())


def did_you_mean(word: str, known: Collection[str]) -> str:
    """`; did you mean …?` where something known is spelled nearly so, else the end of the sentence."""
    near = process.extractOne(word, known, processor=str.casefold, score_cutoff=70)
    return f"; did you mean {near[0]}?" if near else "."
