"""WHEN, as people say it."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.when import local_date, read_day, read_due
from bot.messages import UserError

TODAY = date(2026, 11, 20)
"""A Friday."""


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("2026-12-01", "2026-12-01"),
        ("2026/12/1", "2026-12-01"),
        ("1.12.2026", "2026-12-01"),
        ("1 December 2026", "2026-12-01"),
        ("1 Dec", "2026-12-01"),
        ("1st of December", "2026-12-01"),
        ("December 1st, 2026", "2026-12-01"),
        ("dec. 1", "2026-12-01"),
        ("1 November", "2027-11-01"),
        ("20 November", "2026-11-20"),
        ("29 feb", "2028-02-29"),
        ("today", "2026-11-20"),
        ("tomorrow", "2026-11-21"),
        ("friday", "2026-11-27"),
        ("Next Friday", "2026-11-27"),
        ("next fri", "2026-11-27"),
        ("sat", "2026-11-21"),
        ("monday", "2026-11-23"),
        ("thursday", "2026-11-26"),
        ("2 weeks", "2026-12-04"),
        ("2w", "2026-12-04"),
        ("in 10 days", "2026-11-30"),
        ("a week", "2026-11-27"),
        ("next week", "2026-11-27"),
        ("two months", "2027-01-20"),
        ("1 month", "2026-12-20"),
        ("next month", "2026-12-20"),
        ("1 year", "2027-11-20"),
        ("by 2026-12-01", "2026-12-01"),
        ("until the 1st of december.", "2026-12-01"),
    ],
)
def test_a_day_is_read(said: str, day: str) -> None:
    """Dates, weekdays and spans of time all lead to a day; a weekday is the next one after today."""
    assert read_due(said, TODAY) == day


def test_a_month_that_is_too_short_ends_on_its_last_day() -> None:
    """A month after 31 January is the end of February."""
    assert read_due("1 month", date(2027, 1, 31)) == "2027-02-28"


@pytest.mark.parametrize(
    ("said", "due"),
    [
        ("M1", "M1"),
        ("m3", "M3"),
        ("milestone 2", "M2"),
        ("milestone-2", "M2"),
        ("by M2", "M2"),
        ("xena", "xena"),
        ("end of Xena", "xena"),
        ("2023.1", "antelope"),
        ("none", None),
        ("Never", None),
        ("-", None),
    ],
)
def test_a_due_may_be_a_milestone_a_cycle_or_none(said: str, due: str | None) -> None:
    """What is no day may still be a due."""
    assert read_due(said, TODAY) == due


@pytest.mark.parametrize(
    "said",
    ["", "soon", "M4", "31 February", "2026-13-01", "2026-02-30", "99 December", "1 Foo", "9999 years", "0000-01-01"]
    + ["in", "next", "fr", "2 fridays", "12", "1 december 99999"],
)
def test_what_is_no_time_is_refused_with_what_is(said: str) -> None:
    """The sentence says what a time may look like."""
    with pytest.raises(UserError, match="I do not know when .* Say a date"):
        read_due(said, TODAY)
    with pytest.raises(UserError, match="I do not know when .* Say a date"):
        read_day(said, TODAY)


@pytest.mark.parametrize("said", ["M1", "xena", "none"])
def test_a_snooze_wants_a_day(said: str) -> None:
    """A milestone, a cycle or nothing is no day to sleep until."""
    with pytest.raises(UserError, match="I do not know when"):
        read_day(said, TODAY)


@pytest.mark.parametrize("said", ["today", "2026-11-20", "2020-01-01"])
def test_a_snooze_ends_after_today(said: str) -> None:
    """A day that is over, or that has begun, is refused."""
    with pytest.raises(UserError, match="is not after today"):
        read_day(said, TODAY)


def test_a_snooze_until_a_day_to_come() -> None:
    """A day after today is read as it is for a due."""
    assert read_day("2 weeks", TODAY) == date(2026, 12, 4)


@pytest.mark.parametrize(
    ("zone", "day"), [("UTC", "2026-11-20"), ("Asia/Tokyo", "2026-11-21"), ("America/Los_Angeles", "2026-11-20")]
)
def test_a_day_begins_where_the_people_are(zone: str, day: str) -> None:
    """At 16:00 UTC it is the next day in Tokyo."""
    assert local_date(datetime(2026, 11, 20, 16, tzinfo=UTC), zone) == date.fromisoformat(day)


@given(st.text(max_size=60), st.dates())
def test_whatever_is_said_is_a_time_or_a_sentence(said: str, today: date) -> None:
    """No text and no day make the reading fail otherwise."""
    for read in (read_due, read_day):
        try:
            read(said, today)
        except UserError as error:
            assert str(error)
