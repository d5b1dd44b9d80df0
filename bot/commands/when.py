"""Reads WHEN: a date as people say it, a milestone, a cycle, or none. Pure; today is an argument.

Understood are `2026-12-01`, `1 December`, `Dec 1 2026`, `friday`, `next friday`, `tomorrow`, `2 weeks`, `in 10 days`,
`next month`, `M1` to `M3`, a cycle (`xena`) and `none`. A weekday is the next one after today, a day without a year
the next one that comes.
"""

import calendar
import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.extraction.gatherings import cycle_of
from bot.messages import UserError

DATES = "a date (2026-12-01, 1 December), a weekday, `tomorrow` or `2 weeks`"
"""What a date may look like, for the sentence that refuses another."""

_NOTHING = frozenset({"none", "never", "no", "nothing", "-", "clear", "off"})
_NUMBERS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "next": 1}
_MONTHS = tuple("january february march april may june july august september october november december".split())
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_LEAD = re.compile(r"(?:by|until|till|til|on|before|for|at|in|to|due|within|the|end of|this|coming)\s+")
_MILESTONE = re.compile(r"(?:m|milestone[ -]?)([1-3])")
_SPAN = re.compile(r"(\d{1,4}|a|an|one|two|three|four|five|six|next)\s*(d|days?|w|weeks?|mo|months?|y|years?)")
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_DOTTED = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_DAY_MONTH = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?(?: of)? ([a-z]{3,9})\.?,?(?: (\d{4}))?")
_MONTH_DAY = re.compile(r"([a-z]{3,9})\.? (\d{1,2})(?:st|nd|rd|th)?,?(?: (\d{4}))?")


def local_date(now: datetime, zone: str) -> date:
    """The day it is at `now` in an IANA time zone."""
    return now.astimezone(ZoneInfo(zone)).date()


def read_due(text: str, today: date) -> str | None:
    """A due as items keep it: YYYY-MM-DD, M1 to M3 or a cycle; None for `none`. Raises UserError."""
    said = _plain(text)
    if said in _NOTHING:
        return None
    if milestone := _MILESTONE.fullmatch(said):
        return f"M{milestone[1]}"
    found = _read(said, today)
    if found is not None:
        return found.isoformat()
    if cycle := cycle_of(said):
        return cycle
    raise UserError(f"I do not know when `{text[:40]}` is. Say {DATES}, `M2`, a cycle or `none`.")


def read_day(text: str, today: date) -> date:
    """A day after today, as `snooze` wants it. Raises UserError."""
    found = _read(_plain(text), today)
    if found is None:
        raise UserError(f"I do not know when `{text[:40]}` is. Say {DATES}.")
    if found <= today:
        raise UserError(f"{found} is not after today ({today}).")
    return found


def _plain(text: str) -> str:
    """The text in lower case, without the small words before it."""
    said = " ".join(text.casefold().split()).rstrip(".!,;")
    while match := _LEAD.match(said):
        said = said[match.end() :]
    return said


def _read(said: str, today: date) -> date | None:
    """The day that a plain text names; None where it names none, or one that no calendar has."""
    try:
        return _named(said, today) or _span(said, today) or _written(said, today)
    except (ValueError, OverflowError):
        return None


def _named(said: str, today: date) -> date | None:
    if said in ("today", "tomorrow"):
        return today + timedelta(days=said == "tomorrow")
    word = said.removeprefix("next ")
    if len(word) < 3:
        return None
    for weekday, name in enumerate(_DAYS):
        if name.startswith(word.rstrip(".")):
            return today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)
    return None


def _span(said: str, today: date) -> date | None:
    match = _SPAN.fullmatch(said)
    if match is None:
        return None
    number = _NUMBERS.get(match[1]) or int(match[1])
    unit = match[2]
    if unit.startswith("d"):
        return today + timedelta(days=number)
    if unit.startswith("w"):
        return today + timedelta(weeks=number)
    return _months_on(today, number * (12 if unit.startswith("y") else 1))


def _months_on(day: date, months: int) -> date:
    """The same day of a later month, or its last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _written(said: str, today: date) -> date | None:
    if match := _ISO.fullmatch(said):
        return date(int(match[1]), int(match[2]), int(match[3]))
    if match := _DOTTED.fullmatch(said):
        return date(int(match[3]), int(match[2]), int(match[1]))
    if match := _DAY_MONTH.fullmatch(said):
        return _day_of(int(match[1]), match[2], match[3], today)
    if match := _MONTH_DAY.fullmatch(said):
        return _day_of(int(match[2]), match[1], match[3], today)
    return None


def _day_of(day: int, month_name: str, year: str | None, today: date) -> date | None:
    """A day of a month; without a year the next that comes, today included."""
    month = next((number for number, name in enumerate(_MONTHS, 1) if name.startswith(month_name)), None)
    if month is None:
        return None
    if year:
        return date(int(year), month, day)
    return next(
        (
            date(each, month, day)
            for each in range(today.year, today.year + 9)
            if day <= calendar.monthrange(each, month)[1] and date(each, month, day) >= today
        ),
        None,
    )
