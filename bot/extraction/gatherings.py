"""Release cycles and gatherings as people name them, from data/cycles.toml and data/gatherings.toml.

Pure lookup: no clock. An unknown name is None, never a guess.
"""

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True, slots=True)
class Cycle:
    """A release cycle; `index` is its place in the order of cycles."""

    name: str
    index: int
    released: date
    aliases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Gathering:
    """A gathering of the table; `cycle` is the one it prepared, if any."""

    name: str
    kinds: tuple[str, ...]
    place: str
    starts: date
    ends: date
    cycle: str | None


def data(name: str) -> dict[str, Any]:
    """A data file of this package."""
    return tomllib.loads(files("bot.extraction").joinpath(f"data/{name}.toml").read_text("utf-8"))


@cache
def cycles() -> dict[str, Cycle]:
    """All cycles in order, by name."""
    return {
        name: Cycle(name, index, entry["released"], tuple(entry.get("aliases", ())))
        for index, (name, entry) in enumerate(data("cycles").items())
    }


@cache
def gatherings() -> tuple[Gathering, ...]:
    """All gatherings in order."""
    return tuple(
        Gathering(
            entry["name"], tuple(entry["kinds"]), entry["place"], entry["starts"], entry["ends"], entry.get("cycle")
        )
        for entry in data("gatherings")["gathering"]
    )


@cache
def names() -> dict[str, str]:
    """The name of each cycle by every name it goes by."""
    return {alias: name for name, cycle in cycles().items() for alias in (name, *cycle.aliases)}


def cycle_of(name: str) -> str | None:
    """The cycle that a name or alias means ("Xena", "2023.1", "2023.1 Antelope"), or None."""
    said = " ".join(name.casefold().split())
    if said in names():
        return names()[said]
    parts = {names().get(part) for part in said.split()}
    return parts.pop() if len(parts) == 1 else None


def cycle_index(name: str) -> int | None:
    """The place of a cycle in the order of cycles, or None for what is no cycle."""
    cycle = cycle_of(name)
    return cycles()[cycle].index if cycle else None


def released(name: str) -> date | None:
    """The day a cycle was or is to be released, or None for what is no cycle."""
    cycle = cycle_of(name)
    return cycles()[cycle].released if cycle else None


def in_development(day: date) -> str | None:
    """The cycle that was being worked on at a day: the first one released after it."""
    return next((cycle.name for cycle in cycles().values() if cycle.released > day), None)
