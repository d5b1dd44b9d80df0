"""Cycles and gatherings: their names, their order, and what the tables must hold."""

from datetime import date

import pytest

from bot.extraction.gatherings import cycle_index, cycle_of, cycles, gatherings, in_development, released


@pytest.mark.parametrize(
    ("name", "cycle"),
    [
        ("xena", "xena"),
        ("Xena", "xena"),
        (" XENA ", "xena"),
        ("2023.1", "antelope"),
        ("2023.1 Antelope", "antelope"),
        ("Antelope", "antelope"),
        ("Xena cycle", None),
        ("Xena and Yoga", None),
        ("2023.3", None),
        ("x", None),
        ("", None),
    ],
)
def test_names_of_cycles(name: str, cycle: str | None) -> None:
    """A cycle is known by its name or number in any case; what is none, or two, is None."""
    assert cycle_of(name) == cycle


def test_the_alphabet_starts_again() -> None:
    """Antelope comes after Zed, and its number names the same place in the order."""
    order = [cycle_index(name) for name in ("austin", "yoga", "zed", "2023.1", "bobcat", "hibiscus")]
    assert None not in order and order == sorted(order, key=lambda index: index or 0)
    assert cycle_index("2023.1") == cycle_index("antelope")
    assert cycle_index("nothing") is None


def test_releases() -> None:
    """A cycle's day of release; a milestone or an unknown word has none."""
    assert released("Wallaby") == date(2021, 4, 14)
    assert released("M2") is None


@pytest.mark.parametrize(
    ("day", "cycle"),
    [
        (date(2016, 2, 24), "mitaka"),
        (date(2016, 4, 7), "newton"),
        (date(2010, 1, 1), "austin"),
        (date(2099, 1, 1), None),
    ],
)
def test_the_cycle_in_development(day: date, cycle: str | None) -> None:
    """Worked on at a day is the first cycle released after it; past the table, none."""
    assert in_development(day) == cycle


def test_tables_are_in_order() -> None:
    """Cycles are released, and gatherings held, in order; a gathering's cycle is known and yet to come."""
    days = [cycle.released for cycle in cycles().values()]
    assert days == sorted(days)
    starts = [entry.starts for entry in gatherings()]
    assert starts == sorted(starts)
    for entry in gatherings():
        assert entry.starts <= entry.ends and entry.kinds
        assert entry.cycle is None or entry.ends < cycles()[entry.cycle].released


def test_each_cycle_since_bexar_has_a_gathering() -> None:
    """Every cycle was prepared at a gathering of the table, save cactus, which had none of its own."""
    prepared = {entry.cycle for entry in gatherings()}
    assert [name for name in cycles() if name not in prepared] == ["cactus"]
