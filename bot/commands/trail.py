"""What happened to a thing, as lines: `2021-06-01 ana: done ("merged last night")`."""

from collections.abc import Callable
from itertools import groupby
from typing import Any

from bot.commands.registry import Call
from bot.queries.trail import Entry, history

_SAID: dict[str, Callable[[Any], str]] = {
    "presence": lambda value: "" if value == "recorded" else str(value),
    "due": lambda value: f"due {value}" if value else "no due any more",
    "owners": lambda value: f"owned by {', '.join(value)}" if value else "owned by nobody",
    "snoozed_until": lambda value: f"until {value}" if value else "awake again",
    "edited": lambda value: f'"{value}"' if value else "back to its quote",
    "answer": lambda value: f'"{value}"' if value else "no answer any more",
}
"""What is told of a changed field beside the command's word; of the others the word tells enough."""


def trail_lines(call: Call, label: str) -> list[str]:
    """A line for each thing that people did to what has that id, oldest first."""
    return [_line(list(batch)) for _, batch in groupby(history(call.store, label), key=lambda entry: entry.batch)]


def _line(batch: list[Entry]) -> str:
    """What one command did; the words said with it follow."""
    first = batch[0]
    what = first.what if "presence" not in first.after else "recorded"
    fields = [_SAID[field](value) for field, value in first.after.items() if field in _SAID]
    told = ", ".join(part for part in fields if part)
    words = " ".join(f'("{entry.note}")' for entry in batch if entry.note)
    return f"{first.at:%Y-%m-%d} {first.by}: {' '.join(part for part in (what, told, words) if part)}"
