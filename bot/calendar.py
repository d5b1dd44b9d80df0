"""Which occurrences a weekly rule has, and how people name days, times and zones. No clock here: time is an argument.

A rule means a wall time on a local date, so a week always holds exactly one occurrence, whatever the clocks of its
zone do: a time that they skip becomes the first minute after the gap, one that they repeat counts the first time.
An occurrence is known by its local date.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from rapidfuzz import fuzz, process, utils

from bot.messages import UserError
from bot.model import Rule

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

EXAMPLE = "weekly mon 14:00 Europe/Berlin"
"""What a schedule looks like, for hints."""

_TIME = re.compile(r"([0-9]{1,2})[:.]([0-9]{2})")
_FILLERS = frozenset({"weekly", "week", "every", "each", "on", "at", "in"})
_OTHER_RHYTHMS = frozenset(
    {"daily", "day", "hourly", "hour", "monthly", "month", "yearly", "year", "biweekly", "fortnightly", "weekdays"}
)


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a rule speaks; `zone` is None where it was not said."""

    weekday: int
    at: str
    zone: str | None


def read_schedule(text: str) -> Schedule:
    """What `weekly mon 14:00 Europe/Berlin` means; Monday and 09:00 where not said.

    Raises UserError for a rhythm other than weekly, a time that no clock shows, an unknown zone, or a thing said twice.
    """
    said: dict[str, str | int] = {}
    for word in (each[:40] for each in text.replace(",", " ").split()):
        what, value = _read_word(word)
        if what in said:
            raise UserError(f"One {what} is enough ({word!r} is a second one). Example: {EXAMPLE}.")
        if what:
            said[what] = value
    zone = said.get("zone")
    return Schedule(int(said.get("day", 0)), str(said.get("time", "09:00")), None if zone is None else str(zone))


def _read_word(word: str) -> tuple[str, str | int]:
    folded = word.casefold().rstrip(".")
    if folded in _FILLERS:
        return "", ""
    if folded in _OTHER_RHYTHMS:
        raise UserError(f"I remind once a week, so that nobody is nagged. Example: {EXAMPLE}.")
    if (weekday := weekday_named(folded)) is not None:
        return "day", weekday
    if word[0].isdecimal():
        return "time", _time_named(word)
    return "zone", zone_named(word)


def weekday_named(word: str) -> int | None:
    """0 for Monday, mon or Mondays; None where the word is no day."""
    folded = word.casefold()
    for number, day in enumerate(DAYS):
        whole = day.casefold()
        if folded == whole + "s" or (len(folded) >= 3 and whole.startswith(folded)):
            return number
    return None


def _time_named(word: str) -> str:
    match = _TIME.fullmatch(word)
    if match is None or int(match[1]) > 23 or int(match[2]) > 59:
        raise UserError(f"{word!r} is no time that I understand; say it like 09:00 or 14:30.")
    return f"{int(match[1]):02}:{match[2]}"


def zone_named(word: str) -> str:
    """The time zone of that name as the zone files spell it, whatever its case. Raises UserError with a guess."""
    zones = _zones()
    found = zones.get(word.casefold())
    if found is not None:
        return found
    guess = _guess_zone(word)
    raise UserError(
        f"I know no day, time or time zone {word!r}. Did you mean {guess}?"
        if guess
        else f"I know no day, time or time zone {word!r}. Example: {EXAMPLE}."
    )


@cache
def _zones() -> dict[str, str]:
    return {name.casefold(): name for name in available_timezones() - {"Factory", "localtime"}}


def _guess_zone(word: str) -> str | None:
    """The zone of a city, or one spelled nearly so."""
    names = sorted(name for name in _zones().values() if not name.startswith("Etc/"))
    cities = {name: name.rpartition("/")[2].replace("_", " ") for name in names if "/" in name}
    for choices in (cities, names):
        best = process.extractOne(word, choices, scorer=fuzz.ratio, processor=utils.default_process, score_cutoff=80)
        if best is not None:
            return str(best[2] if choices is cities else best[0])
    return None


def occurrences(rule: Rule, after: datetime, until: datetime) -> list[tuple[date, datetime]]:
    """The rule's occurrences after one instant and up to another: their local dates and when they are due (UTC)."""
    zone = ZoneInfo(rule.zone)
    wall = time.fromisoformat(rule.at)
    # A day more at both ends: clocks that are put back past midnight show yesterday's date again.
    day = after.astimezone(zone).date() - timedelta(days=1)
    day += timedelta(days=(rule.weekday - day.weekday()) % 7)
    last = until.astimezone(zone).date() + timedelta(days=1)
    found = []
    while day <= last:
        due_at = _instant(day, wall, zone)
        if after < due_at <= until:
            found.append((day, due_at))
        day += timedelta(days=7)
    return found


def next_occurrence(rule: Rule, after: datetime) -> tuple[date, datetime]:
    """The rule's first occurrence after an instant."""
    return occurrences(rule, after, after + timedelta(days=9))[0]


def _instant(day: date, wall: time, zone: ZoneInfo) -> datetime:
    """When the clocks of a zone first show a wall time on a date; for one they skip, the first minute after the gap."""
    local = datetime.combine(day, wall, zone)
    moment = local.astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None):
        return moment
    # In a gap, fold=1 takes the offset after the change, which gives an instant before it: the change is between.
    before, offset = local.replace(fold=1).astimezone(UTC), moment.astimezone(zone).utcoffset()
    while moment - before > timedelta(seconds=1):
        middle = before + (moment - before) // 2
        if middle.astimezone(zone).utcoffset() == offset:
            moment = middle
        else:
            before = middle
    return (moment + timedelta(seconds=59)).replace(second=0, microsecond=0)


def when_text(rule: Rule, due_at: datetime) -> str:
    """`Mon 23 Nov 2026, 14:00 Europe/Berlin (13:00 UTC)`: an instant for people, in the rule's zone and in UTC."""
    local = due_at.astimezone(ZoneInfo(rule.zone))
    text = f"{day_text(local.date())}, {local:%H:%M} {rule.zone}"
    if local.utcoffset() == timedelta(0):
        return text if rule.zone == "UTC" else f"{text} ({due_at.astimezone(UTC):%H:%M} UTC)"
    utc = due_at.astimezone(UTC)
    other_day = "" if utc.date() == local.date() else f"{day_text(utc.date())}, "
    return f"{text} ({other_day}{utc:%H:%M} UTC)"


def day_text(day: date) -> str:
    """`Mon 23 Nov 2026`, in English whatever the locale."""
    months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    return f"{DAYS[day.weekday()][:3]} {day.day} {months[day.month - 1]} {day.year}"
