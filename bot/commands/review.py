"""The human's word on what was read from a recap: confirm, reject, supersede; and undo."""

import re
from collections.abc import Sequence
from itertools import groupby

from bot.commands.changing import ALL_KINDS, acting, apply_change, named, same
from bot.commands.ids import every, items_of, split_ids
from bot.commands.registry import Call, Who, command
from bot.commands.rights import require
from bot.messages import Reply, UserError
from bot.model import Change, Item, Kind
from bot.queries.items import by_label
from bot.store.items import change
from bot.store.undo import ChangedSince
from bot.store.undo import undo as take_back

_LINK = re.compile(r"\b(?:by|with)\b", re.IGNORECASE)


@command(
    "confirm",
    "ack",
    usage="ID…",
    help="Says that items were read rightly; a candidate is listed and reminded from then on.",
    example="+confirm A17 D4",
    who=Who.REVIEWER,
    changes=True,
)
def confirm(call: Call) -> Reply:
    """Say that items were read rightly."""
    items = every(_to_review(call), _read_from_a_recap)
    already = same("reading", "confirmed", "was confirmed already")
    return apply_change(call, items, "confirm", "Confirmed", already, verdict="confirmed")


@command(
    "reject",
    "wrong",
    usage="ID…",
    help="Says that items were misread; only `+show` shows them from then on.",
    example="+reject D4",
    who=Who.REVIEWER,
    changes=True,
)
def reject(call: Call) -> Reply:
    """Say that items were misread."""
    already = same("reading", "rejected", "was rejected already")
    return apply_change(call, _to_review(call), "reject", "Rejected", already, verdict="rejected")


@command(
    "supersede",
    "superseded",
    usage="OLD NEW",
    help="Says that a decision was replaced by a later one.",
    example="+supersede D4 D9",
    who=Who.REVIEWER,
    changes=True,
)
def supersede(call: Call) -> Reply:
    """Say that a decision was replaced by another."""
    ids, _ = split_ids(_LINK.sub(" ", call.args))
    if len(ids) != 2:
        raise UserError(f"Say which decision, and the one that replaced it: `{call.sign}{call.word} D4 D9`.")
    old, new = (items_of(call, [each], (Kind.DECISION,))[0] for each in ids)
    require(call, [old], Who.REVIEWER)
    if _leads_to(call, new, old):
        raise UserError(f"{new.label} would then be superseded by itself.")
    if old.superseded_by == new.label:
        return Reply((f"{old.label} was superseded by {new.label} already.",))
    actor, now = acting(call), call.request.now
    change(call.store, [old.id], "supersede", actor, now, state="superseded", superseded_by=new.id)
    return Reply((f"{named(old)} is superseded by {named(new)}.",))


@command(
    "undo",
    "revert",
    help="Takes back your last change.",
    example="+undo",
    who=Who.MAKER,
    changes=True,
)
def undo(call: Call) -> Reply:
    """Take back the asker's last change."""
    try:
        changes = take_back(call.store, acting(call), call.request.now)
    except ChangedSince as error:
        raise UserError(f"{error} See `{call.sign}show {error.subject}`.") from error
    # The words given with a change are a part of it, not worth a mention of their own.
    told = [each for each in changes if each.what != "note"] or changes
    lines = [f"Undone: {_what(list(group))}." for _, group in groupby(told, key=lambda each: each.what)]
    return Reply(tuple(lines))


def _what(changes: Sequence[Change]) -> str:
    """`done A12, A15`: one command and what it was about."""
    subjects = dict.fromkeys(each.subject.rpartition("/")[2] for each in changes)
    return f"{changes[0].what} {', '.join(subjects)}"


def _read_from_a_recap(item: Item) -> Item:
    if item.presence == "recorded":
        raise UserError(f"{item.label} was recorded by hand; it needs no confirmation.")
    return item


def _to_review(call: Call) -> list[Item]:
    ids, _ = split_ids(call.args)
    items = items_of(call, ids, ALL_KINDS)
    require(call, items, Who.REVIEWER)
    return items


def _leads_to(call: Call, decision: Item, end: Item) -> bool:
    """Whether the decision is `end`, or was superseded by it in one step or several."""
    seen: set[int] = set()
    current: Item | None = decision
    while current is not None and current.id not in seen:
        if current.id == end.id:
            return True
        seen.add(current.id)
        current = by_label(call.store, current.superseded_by) if current.superseded_by else None
    return False
