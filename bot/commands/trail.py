"""What happened to a thing, as lines: `2021-06-01 ana: done ("merged last night")`."""

from collections.abc import Callable
from itertools import groupby
from typing import Any

from bot.commands.registry import Call
from bot.queries.rows import items_by_id
from bot.queries.trail import Entry, history

_DONE = {
    "due": "set due",
    "assign": "assigned",
    "edit": "edited",
    "snooze": "snoozed",
    "answer": "answered",
    "supersede": "superseded",
    "reject": "rejected",
    "confirm": "confirmed",
    "drop": "dropped",
    "reopen": "reopened",
    "take": "took it",
    "note": "noted",
    "pause": "paused",
    "resume": "resumed",
    "remind": "set",
    "unremind": "removed",
    "unload": "unloaded",
}
"""What somebody did who said that command; one that is not here did what it is called (`done`)."""

_MADE: dict[tuple[str, str], Callable[[Any], str]] = {
    ("due", "due"): lambda value: str(value or "to none"),
    ("assign", "owners"): lambda value: f"to {', '.join(value) or 'nobody'}",
    ("snooze", "snoozed_until"): lambda value: f"until {value}" if value else "no longer",
    ("edit", "edited"): lambda value: f'to "{value}"' if value else "back to its quote",
    ("answer", "answer"): lambda value: f'"{value}"',
}
"""What is told beside that, by the command and the field that it changed."""


def trail_lines(call: Call, label: str) -> list[str]:
    """A line for each thing that people did to what has that id, oldest first."""
    return [_line(call, list(batch)) for _, batch in groupby(history(call.store, label), key=lambda entry: entry.batch)]


def _line(call: Call, batch: list[Entry]) -> str:
    """What one command did; the words said with it follow."""
    first = batch[0]
    recorded = "presence" in first.after and first.after["presence"] == "recorded"
    what = "recorded" if recorded else _DONE.get(first.what, first.what)
    told = [_MADE[first.what, field](value) for field, value in first.after.items() if (first.what, field) in _MADE]
    if first.what == "supersede":
        told += [f"by {item.label}" for item in items_by_id(call.store, [first.after["superseded_by"]])]
    words = [f'("{entry.note}")' for entry in batch if entry.note]
    return f"{first.at:%Y-%m-%d} {first.by}: {' '.join([what, *told, *words])}"
