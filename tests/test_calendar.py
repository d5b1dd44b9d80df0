"""Which occurrences a weekly rule has, whatever the clocks of its zone do, and how people name a schedule."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.calendar import Schedule, next_occurrence, occurrences, read_schedule, when_text
from bot.messages import UserError
from bot.model import Rule

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
END = datetime(2031, 1, 1, tzinfo=UTC)
ZONES = sorted(available_timezones())


def rule(weekday: int, at: str, zone: str) -> Rule:
    """A room's rule with that schedule."""
    return Rule(1, "libera", "#ptg", None, "kolla", weekday, at, zone, "active", EPOCH, EPOCH)


def utc(text: str) -> datetime:
    """An instant in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def changes(zone: ZoneInfo) -> list[datetime]:
    """The instants from 2026 to 2030 at which the clocks of a zone are put forward or back."""
    found = []
    day = EPOCH
    while day < END:
        later = day + timedelta(days=7)
        if day.astimezone(zone).utcoffset() != later.astimezone(zone).utcoffset():
            low, high = day, later
            while high - low > timedelta(seconds=1):
                middle = low + (high - low) // 2
                same = middle.astimezone(zone).utcoffset() == day.astimezone(zone).utcoffset()
                low, high = (middle, high) if same else (low, middle)
            found.append(high.replace(microsecond=0))
        day = later
    return found


@pytest.mark.parametrize(
    ("weekday", "at", "zone", "after", "local_date", "due_at"),
    [
        (0, "14:00", "UTC", "2026-11-20T06:00", "2026-11-23", "2026-11-23T14:00"),
        (0, "14:00", "Europe/Berlin", "2026-11-20T06:00", "2026-11-23", "2026-11-23T13:00"),
        (4, "06:00", "UTC", "2026-11-20T05:59", "2026-11-20", "2026-11-20T06:00"),
        (4, "06:00", "UTC", "2026-11-20T06:00", "2026-11-27", "2026-11-27T06:00"),
        (0, "00:30", "Pacific/Kiritimati", "2026-11-20T06:00", "2026-11-23", "2026-11-22T10:30"),
        (6, "23:30", "Pacific/Pago_Pago", "2026-11-20T06:00", "2026-11-22", "2026-11-23T10:30"),
        # A gap: 02:30 does not exist, the first minute after it is 03:00.
        (6, "02:30", "Europe/Berlin", "2026-03-25T00:00", "2026-03-29", "2026-03-29T01:00"),
        (6, "02:00", "Europe/Berlin", "2026-03-25T00:00", "2026-03-29", "2026-03-29T01:00"),
        (6, "01:59", "Europe/Berlin", "2026-03-25T00:00", "2026-03-29", "2026-03-29T00:59"),
        (6, "03:00", "Europe/Berlin", "2026-03-25T00:00", "2026-03-29", "2026-03-29T01:00"),
        # 02:30 twice: the first.
        (6, "02:30", "Europe/Berlin", "2026-10-20T00:00", "2026-10-25", "2026-10-25T00:30"),
        # Half an hour forward, midnight skipped, a whole day skipped (Samoa had no 30 December 2011).
        (6, "02:15", "Australia/Lord_Howe", "2026-10-01T00:00", "2026-10-04", "2026-10-03T15:30"),
        (6, "00:10", "America/Santiago", "2026-09-01T00:00", "2026-09-06", "2026-09-06T04:00"),
        (4, "09:00", "Pacific/Apia", "2011-12-26T00:00", "2011-12-30", "2011-12-30T10:00"),
    ],
)
def test_next(weekday: int, at: str, zone: str, after: str, local_date: str, due_at: str) -> None:
    """The next occurrence is at the wall time, at the first minute after a gap, or at the first of two."""
    found = next_occurrence(rule(weekday, at, zone), utc(after))
    assert found == (date.fromisoformat(local_date), utc(due_at))


def test_repeated_hour_counts_once() -> None:
    """Between the two 02:30 of the autumn night nothing more is due."""
    weekly = rule(6, "02:30", "Europe/Berlin")
    assert occurrences(weekly, utc("2026-10-25T00:30"), utc("2026-10-25T12:00")) == []


def test_clocks_put_back_past_midnight() -> None:
    """Where a date comes twice, its occurrence is found in the hour in which it is yesterday again."""
    weekly = rule(6, "00:00", "America/St_Johns")
    due_at = utc("2010-11-07T02:30")
    assert occurrences(weekly, utc("2010-11-07T00:00"), utc("2010-11-07T03:00")) == [(date(2010, 11, 7), due_at)]
    assert occurrences(weekly, utc("2010-11-07T03:00"), utc("2010-11-08T00:00")) == []


def test_every_change_of_every_zone() -> None:
    """In all zones, around each change of the clocks from 2026 to 2030, every week has exactly one occurrence."""
    for name in ZONES:
        zone = ZoneInfo(name)
        for change in changes(zone):
            before = (change - timedelta(seconds=1)).astimezone(zone)
            after = change.astimezone(zone)
            jump = abs(after.utcoffset() - before.utcoffset())
            first = min(before.replace(tzinfo=None) + timedelta(seconds=1), after.replace(tzinfo=None))
            for offset in (timedelta(minutes=-1), timedelta(0), jump / 2, jump, jump + timedelta(minutes=1)):
                wall = first + offset
                weekly = rule(wall.weekday(), f"{wall:%H:%M}", name)
                found = occurrences(weekly, change - timedelta(days=17.5), change + timedelta(days=17.5))
                weeks = [wall.date() + timedelta(days=7 * week) for week in (-2, -1, 0, 1, 2)]
                assert [day for day, _ in found] == weeks, (name, wall)
                for day, due_at in found:
                    local = due_at.astimezone(zone).replace(tzinfo=None)
                    meant = datetime.combine(day, wall.time().replace(second=0, microsecond=0))
                    earlier = (due_at - timedelta(minutes=1)).astimezone(zone).replace(tzinfo=None)
                    # The wall time itself, for the first time; or, in a gap, the first minute that is not before it.
                    assert local == meant or earlier < meant < local, (name, meant, local)
                    assert due_at.astimezone(zone).fold == 0, (name, meant)


instants = st.datetimes(EPOCH.replace(tzinfo=None), END.replace(tzinfo=None)).map(lambda each: each.replace(tzinfo=UTC))


@given(
    zone=st.sampled_from(ZONES),
    weekday=st.integers(0, 6),
    at=st.times().map(lambda each: f"{each:%H:%M}"),
    cuts=st.lists(instants, min_size=3, max_size=6).map(sorted),
)
def test_scans_join(zone: str, weekday: int, at: str, cuts: list[datetime]) -> None:
    """However often the bot looks, it finds the same occurrences: none twice, none between two looks."""
    weekly = rule(weekday, at, zone)
    whole = occurrences(weekly, cuts[0], cuts[-1])
    parts = [each for low, high in zip(cuts, cuts[1:], strict=False) for each in occurrences(weekly, low, high)]
    assert parts == whole
    assert len({day.isocalendar()[:2] for day, _ in whole}) == len(whole)
    days = (cuts[-1] - cuts[0]).days
    assert days // 7 - 1 <= len(whole) <= days // 7 + 2


@pytest.mark.parametrize(
    ("text", "schedule"),
    [
        ("", Schedule(0, "09:00", None)),
        ("weekly", Schedule(0, "09:00", None)),
        ("weekly mon 14:00 Europe/Berlin", Schedule(0, "14:00", "Europe/Berlin")),
        ("weekly 9:05 tues", Schedule(1, "09:05", None)),
        ("EUROPE/BERLIN Sundays", Schedule(6, "09:00", "Europe/Berlin")),
        ("every thursday at 08:00 in asia/tokyo", Schedule(3, "08:00", "Asia/Tokyo")),
        ("Wed, 17.30 utc", Schedule(2, "17:30", "UTC")),
    ],
)
def test_schedule(text: str, schedule: Schedule) -> None:
    """A day, a time and a zone are understood in any order; Monday and 09:00 where they are not said."""
    assert read_schedule(text) == schedule


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("daily 09:00", "I remind once a week, so that nobody is nagged. Example: weekly mon 14:00 Europe/Berlin."),
        ("weekly mon 25:00", "'25:00' is no time that I understand; say it like 09:00 or 14:30."),
        ("weekly mon 9am", "'9am' is no time that I understand; say it like 09:00 or 14:30."),
        ("weekly mon tue", "One day is enough ('tue' is a second one). Example: weekly mon 14:00 Europe/Berlin."),
        ("mon berlin", "I know no day, time or time zone 'berlin'. Did you mean Europe/Berlin?"),
        ("mon Europe/Berln", "I know no day, time or time zone 'Europe/Berln'. Did you mean Europe/Berlin?"),
        ("xyzzy", "I know no day, time or time zone 'xyzzy'. Example: weekly mon 14:00 Europe/Berlin."),
    ],
)
def test_schedule_refused(text: str, reason: str) -> None:
    """What is no weekly schedule is refused with what to say instead."""
    with pytest.raises(UserError) as refused:
        read_schedule(text)
    assert str(refused.value) == reason


@given(st.text(max_size=300))
def test_schedule_of_anything(text: str) -> None:
    """Whatever is typed is a schedule or one sentence, never another error."""
    try:
        schedule = read_schedule(text)
    except UserError as refused:
        assert len(str(refused)) < 250
    else:
        assert occurrences(rule(schedule.weekday, schedule.at, schedule.zone or "UTC"), EPOCH, END)


@pytest.mark.parametrize(
    ("at", "zone", "due_at", "text"),
    [
        ("14:00", "UTC", "2026-11-23T14:00", "Mon 23 Nov 2026, 14:00 UTC"),
        ("14:00", "Europe/Berlin", "2026-11-23T13:00", "Mon 23 Nov 2026, 14:00 Europe/Berlin (13:00 UTC)"),
        ("14:00", "Europe/London", "2026-11-23T14:00", "Mon 23 Nov 2026, 14:00 Europe/London (14:00 UTC)"),
        ("08:00", "Asia/Tokyo", "2026-11-22T23:00", "Mon 23 Nov 2026, 08:00 Asia/Tokyo (Sun 22 Nov 2026, 23:00 UTC)"),
    ],
)
def test_when(at: str, zone: str, due_at: str, text: str) -> None:
    """An instant is told in the rule's zone and in UTC, with the date where it is another there."""
    assert when_text(rule(0, at, zone), utc(due_at)) == text
