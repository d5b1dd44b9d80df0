"""When work is due, as recaps say it."""

from datetime import date

import pytest

from bot.extraction.due import read_due

MAY = date(2021, 5, 4)  # a Tuesday


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Alice will send it by 2021-06-01.", "2021-06-01"),
        ("to be done on Friday, September 17, with the others", "2021-09-17"),
        ("ready by the 3rd of June", "2021-06-03"),
        ("needs to land before July 1st, 2022", "2022-07-01"),
        ("by the end of May", "2021-05-31"),
        ("by mid June", "2021-06-15"),
        ("before July", "2021-06-30"),
        ("by February", "2022-02-28"),
        ("before the end of this year", "2021-12-31"),
        ("by the end of 2022", "2022-12-31"),
        ("later this year", "2021-12-31"),
        ("by Q3", "2021-09-30"),
        ("next week", "2021-05-16"),
        ("by the end of the month", "2021-05-31"),
        ("in two weeks", "2021-05-18"),
        ("by Friday", "2021-05-07"),
        ("by M3", "M3"),
        ("until milestone 2", "M2"),
        ("Ann will write it by M2.", "M2"),
        ("by Xena-2. Then we see", "M2"),
        ("by milestone 2: yes", "M2"),
        ("reduce it by 2.", None),
        ("at M2.5 volts", None),
        ("by Xena-2", "M2"),
        ("These will be looked at in Xena.", "xena"),
        ("We will do it during this cycle.", "xena"),
        ("this will be removed next cycle", "yoga"),
        ("before the release", "xena"),
        ("that we'll introduce in the Y release", "yoga"),
        ("It will be deprecated in Wallaby for removal in Xena.", "xena"),
    ],
)
def test_words_that_say_when_are_understood(text: str, expected: str) -> None:
    """Dates, parts of a year, milestones and cycles, relative to the recap's day and cycle."""
    assert read_due(text, published=MAY, cycle="xena") == expected


@pytest.mark.parametrize(
    "text",
    [
        "We will look into it soon.",
        "in the coming months",
        "it may be done in 2 ways",
        "for 3 reasons",
        "in phase 1",
        "In Wallaby we added support.",
        "by train",
        "the release notes will be written",
        "by 2021-02-30",
        "until 1999-01-01",
        "on February 31",
        "",
    ],
)
def test_what_cannot_be_told_is_no_due(text: str) -> None:
    """Vague words, counts, dates that do not exist and dates that are over give none."""
    assert read_due(text, published=MAY, cycle="xena") is None


@pytest.mark.parametrize("text", ["by the end of May", "next week", "by Friday", "this cycle", "later this year"])
def test_a_recap_without_date_or_cycle_gives_no_relative_due(text: str) -> None:
    """Nothing is guessed where there is nothing to be relative to."""
    assert read_due(text, published=None, cycle=None) is None
