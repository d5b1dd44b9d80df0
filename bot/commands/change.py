"""The state of items: done, dropped, open again, snoozed."""

from bot.commands.changing import ACTIONS, ALL_KINDS, apply_change, open_items, same
from bot.commands.ids import every
from bot.commands.place import today
from bot.commands.registry import Call, Who, command
from bot.commands.when import read_day
from bot.messages import Reply, UserError
from bot.model import Item
from bot.store.items import FIRST_STATE

A_WEEK = "1 week"
"""How long `snooze` lasts where nothing is said."""


@command(
    "done",
    "close",
    "closed",
    "finish",
    "finished",
    usage="ID… [words]",
    help="Marks actions as done; the words are kept as a note.",
    example="+done A17 merged last week",
    who=Who.OWNER,
    changes=True,
)
def done(call: Call) -> Reply:
    """Mark actions as done."""
    items, words = open_items(call, ACTIONS)
    return apply_change(call, items, "done", "Done", same("state", "done", "was done already"), words, state="done")


@command(
    "drop",
    "cancel",
    "dropped",
    usage="ID… [why]",
    help="Gives actions up; the reason is kept as a note.",
    example="+drop A17 nobody needs it any more",
    who=Who.OWNER,
    changes=True,
)
def drop(call: Call) -> Reply:
    """Give actions up."""
    items, why = open_items(call, ACTIONS)
    return apply_change(
        call, items, "drop", "Dropped", same("state", "dropped", "was dropped already"), why, state="dropped"
    )


@command(
    "reopen",
    usage="ID…",
    help="Opens again what was done, dropped, answered or superseded.",
    example="+reopen A17",
    who=Who.OWNER,
    changes=True,
)
def reopen(call: Call) -> Reply:
    """Open items again."""
    items, words = open_items(call, ALL_KINDS)
    states = {FIRST_STATE[item.kind] for item in items}
    if len(states) > 1:
        raise UserError("Reopen decisions apart from actions and questions.")
    state = states.pop()
    already = same("state", state, "is open" if state == "open" else "stands")
    return apply_change(
        call, items, "reopen", "Open again", already, words, state=state, answer=None, superseded_by=None
    )


@command(
    "snooze",
    "postpone",
    "defer",
    usage="ID… [WHEN]",
    help="Keeps actions out of reminders until a day, or for a week where none is said.",
    example="+snooze A17 2 weeks",
    who=Who.OWNER,
    changes=True,
)
def snooze(call: Call) -> Reply:
    """Keep actions out of reminders until a day."""
    items, said = open_items(call, ACTIONS)
    until = read_day(said or A_WEEK, today(call))
    already = same("snoozed_until", until, f"was snoozed until {until} already")
    items = every(items, _still_open)
    return apply_change(call, items, "snooze", f"Snoozed until {until}", already, snoozed_until=until)


def _still_open(item: Item) -> Item:
    if item.state != "open":
        raise UserError(f"{item.label} is {item.state}; there is nothing to snooze.")
    return item
