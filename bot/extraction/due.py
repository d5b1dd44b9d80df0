"""When an action is due: the date, milestone or cycle that its words name, else None.

Only words that say when work is to be done count ("by", "before", "until", "in Xena", "this cycle"), read relative to
the day the recap was published and to the cycle that its event prepares. Vague words ("soon", "in the coming weeks")
and dates that cannot be told (a month without a year, in a recap without a date) give None: nothing is guessed.
"""

import calendar
import re
from collections.abc import Callable
from datetime import date, timedelta
from functools import cache

from bot.extraction.cues import one_line
from bot.extraction.gatherings import cycle_index, cycle_of, cycles, data

_MONTHS = {name.lower(): n for n, name in enumerate(calendar.month_name) if n}
_MONTHS |= {name.lower(): n for n, name in enumerate(calendar.month_abbr) if n} | {"sept": 9}
_DAYS = {name.lower(): n for n, name in enumerate(calendar.day_name)}
_NUMBERS = {"a": 1, "one": 1, "two": 2, "three": 3, "four": 4, "six": 6}
Reading = str | None
_Read = Callable[[re.Match[str], date | None, str | None], Reading]


def read_due(text: str, *, published: date | None, cycle: str | None) -> str | None:
    """When the text says an action is due: YYYY-MM-DD, M1 to M3 or a cycle; the first told that is not over.

    `published` is the day of the recap, `cycle` the one that its event prepares.
    """
    found: list[tuple[int, str]] = []
    small = text.lower()
    for pieces, pattern, reading in _grammar():
        if pieces and not any(map(small.__contains__, pieces)):
            continue
        for match in pattern.finditer(text):
            due = reading(match, published, cycle)
            if due is not None and not _past(due, published, cycle):
                found.append((match.start(), due))
                break
    return min(found)[1] if found else None


def _past(due: str, published: date | None, cycle: str | None) -> bool:
    """Nobody promises work for a day or a cycle that is over."""
    if due[:1].isdigit():
        return published is not None and due < published.isoformat()
    index, here = cycle_index(due), cycle_index(cycle) if cycle else None
    return index is not None and here is not None and index < here


def _iso(match: re.Match[str], published: date | None, cycle: str | None) -> Reading:
    try:
        return date(int(match["year"]), int(match["m"]), int(match["d"])).isoformat()
    except ValueError:
        return None


def _month_day(match: re.Match[str], published: date | None, cycle: str | None) -> Reading:
    month = _MONTHS[match["month"].lower()]
    year = _year(match["year"], month, published)
    if year is None:
        return None
    try:
        return date(year, month, int(match["day"])).isoformat()
    except ValueError:
        return None


def _month(match: re.Match[str], published: date | None, cycle: str | None) -> Reading:
    month = _MONTHS[match["month"].lower()]
    year = _year(match["year"], month, published)
    if year is None:
        return None
    first = date(year, month, 1)
    part = match["part"]
    if part is None and match["by"].lower() == "before":
        return (first - timedelta(1)).isoformat()
    if part in ("beginning", "start"):
        return first.isoformat()
    if part in ("middle", "mid"):
        return first.replace(day=15).isoformat()
    return first.replace(day=calendar.monthrange(year, month)[1]).isoformat()


def _year(written: str | None, month: int, published: date | None) -> int | None:
    """The year written, else that of the next such month from the day of the recap on."""
    if written:
        return int(written)
    if published is None:
        return None
    return published.year if month >= published.month else published.year + 1


def _whole_year(match: re.Match[str], published: date | None, cycle: str | None) -> Reading:
    said = match["which"].lower()
    if said.isdigit():
        year = int(said)
    elif published is None:
        return None
    else:
        year = published.year + (said == "next year")
    if match["part"] is None and match["by"].lower() == "before":
        year -= 1
    if match["part"] in ("middle", "mid"):
        return date(year, 6, 30).isoformat()
    return date(year, 12, 31).isoformat()


def _quarter(match: re.Match[str], published: date | None, cycle: str | None) -> Reading:
    last = 3 * int(match["quarter"])
    year = _year(match["year"], last, published)
    return None if year is None else date(year, last, calendar.monthrange(year, last)[1]).isoformat()


def _milestone(match: re.Match[str], published: date | None, cycle: str | None) -> Reading:
    before = match["cycle"]
    if before and before.lower() not in ("m", "milestone") and cycle_of(before) is None:
        return None
    return f"M{match['number']}"


def _named_cycle(match: re.Match[str], published: date | None, cycle: str | None) -> Reading:
    name = match["name"]
    if len(name) == 1:
        return _cycle_by_letter(name, cycle)
    if name[0].islower() and not match["word"]:
        return None
    return cycle_of(name)


def _cycle_by_letter(letter: str, cycle: str | None) -> str | None:
    """ "the T release": the cycle of that letter nearest to the recap's own."""
    names = [name for name in cycles() if name.startswith(letter.lower())]
    here = cycle_index(cycle) if cycle else None
    if here is None:
        return names[0] if len(names) == 1 else None
    return min(names, key=lambda name: abs((cycle_index(name) or 0) - here), default=None)


def _relative_cycle(match: re.Match[str], published: date | None, cycle: str | None) -> Reading:
    here = cycle_index(cycle) if cycle else None
    if here is None:
        return None
    step = 1 if match["which"].lower() in ("next", "following") else 0
    return next((name for name in cycles() if cycle_index(name) == here + step), None)


def _relative_day(match: re.Match[str], published: date | None, cycle: str | None) -> Reading:
    if published is None:
        return None
    said = match["which"].lower()
    unit = match["unit"].lower()
    week_ends = published + timedelta(6 - published.weekday())
    if unit == "month":
        month = published.month + (said == "next")
        year = published.year + (month > 12)
        month = (month - 1) % 12 + 1
        return date(year, month, calendar.monthrange(year, month)[1]).isoformat()
    return (week_ends + timedelta(7 * (said == "next"))).isoformat()


def _in_weeks(match: re.Match[str], published: date | None, cycle: str | None) -> Reading:
    said = match["count"].lower()
    count = int(said) if said.isdigit() else _NUMBERS[said]
    if published is None or count > 52:
        return None
    days = {"day": 1, "week": 7, "month": 30}[match["unit"].lower()]
    return (published + timedelta(count * days)).isoformat()


def _weekday(match: re.Match[str], published: date | None, cycle: str | None) -> Reading:
    if published is None:
        return None
    ahead = (_DAYS[match["day"].lower()] - published.weekday() - 1) % 7 + 1
    return (published + timedelta(ahead)).isoformat()


_READINGS: dict[str, _Read] = {
    "iso": _iso,
    "month_day": _month_day,
    "month": _month,
    "whole_year": _whole_year,
    "quarter": _quarter,
    "milestone": _milestone,
    "named_cycle": _named_cycle,
    "relative_cycle": _relative_cycle,
    "relative_day": _relative_day,
    "in_weeks": _in_weeks,
    "weekday": _weekday,
}


@cache
def _grammar() -> tuple[tuple[tuple[str, ...], re.Pattern[str], _Read], ...]:
    """The rules of data/due.toml: the pieces one of which a text holds, the pattern, and how a match is read."""
    told = data("due")
    months = "|".join(sorted((month.capitalize() for month in _MONTHS), key=len, reverse=True))
    parts = {key: one_line(part).replace("{months}", months) for key, part in told["parts"].items()}
    return tuple(
        (
            tuple(rule.get("holds", ())),
            re.compile(one_line(rule["pattern"]).format_map(parts)),
            _READINGS[rule["reading"]],
        )
        for rule in told["rule"]
    )
