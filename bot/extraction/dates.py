"""Dates as documents write them: ISO, mail headers, "31 August 2017", "April 19, 2013". Whole dates only."""

import re
from datetime import date

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("january", "jan"), ("february", "feb"), ("march", "mar"), ("april", "apr"), ("may",), ("june", "jun"),
            ("july", "jul"), ("august", "aug"), ("september", "sept", "sep"), ("october", "oct"), ("november", "nov"),
            ("december", "dec"),
        ),
        1,
    )
    for name in names
}  # fmt: skip
MONTH = r"(?:" + "|".join(sorted(MONTHS, key=len, reverse=True)) + r")"
ISO = re.compile(r"(?<!\d)(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)")
DAY_FIRST = re.compile(
    rf"(?<!\d)(\d{{1,2}})(?:st|nd|rd|th)?(?:\s+of)?\s+({MONTH})\b\.?,?\s+(\d{{4}})(?!\d)", re.IGNORECASE
)
MONTH_FIRST = re.compile(rf"\b({MONTH})\b\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?,?\s+(\d{{4}})(?!\d)", re.IGNORECASE)
ARCHIVE = re.compile(
    rf"\b({MONTH})\s+(\d{{1,2}})\s+\d\d?:\d\d:\d\d\s+(?:[A-Z]{{2,5}}\s+)?(\d{{4}})(?!\d)", re.IGNORECASE
)
FIRST_YEAR, LAST_YEAR = 1990, 2100


def read_date(written: str) -> date | None:
    """The first whole date in a text, or None."""
    found: list[tuple[int, date]] = []
    for pattern, order in ((ISO, "ymd"), (DAY_FIRST, "dmy"), (MONTH_FIRST, "mdy"), (ARCHIVE, "mdy")):
        match = pattern.search(written)
        day = dated(dict(zip(order, match.groups(), strict=True))) if match else None
        if match and day:
            found.append((match.start(), day))
    return min(found)[1] if found else None


def dated(parts: dict[str, str]) -> date | None:
    """The date of a year, month and day as written, or None where there is no such day."""
    month = MONTHS.get(parts["m"].lower()) or (int(parts["m"]) if parts["m"].isdigit() else 0)
    year = int(parts["y"])
    try:
        return date(year, month, int(parts["d"])) if FIRST_YEAR <= year <= LAST_YEAR else None
    except ValueError:
        return None
