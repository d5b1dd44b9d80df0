"""When an action is due, and whether that is over. Pure; `today` is an argument.

A due is a date, a milestone (M1 to M3 of the item's own cycle) or a cycle. No calendar of milestones is invented:
a milestone counts as past only once its whole cycle is released, a cycle once it is.
"""

import re
from datetime import date

from bot.extraction.gatherings import released
from bot.model import Item

_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_MILESTONE = re.compile(r"M[1-3]")


def past_since(due: str | None, cycle: str | None, today: date) -> date | None:
    """The last day on which `due` (of an item of `cycle`) could be kept, where that is over; else None."""
    if due is None:
        return None
    last = date.fromisoformat(due) if _DATE.fullmatch(due) else _release(due, cycle)
    return last if last is not None and last < today else None


def _release(due: str, cycle: str | None) -> date | None:
    if _MILESTONE.fullmatch(due):
        return None if cycle is None else released(cycle)
    return released(due)


def overdue(item: Item, today: date) -> bool:
    """Whether an open action should have been done by now."""
    return item.state == "open" and past_since(item.due, item.cycle, today) is not None


def due_text(item: Item, today: date) -> str:
    """`due M2`, `due 2021-06-04`, `overdue since 2021-05-28`, `overdue (due M2)`; empty where nothing is said."""
    if item.due is None:
        return ""
    if not overdue(item, today):
        return f"due {item.due}"
    return f"overdue since {item.due}" if _DATE.fullmatch(item.due) else f"overdue (due {item.due})"
