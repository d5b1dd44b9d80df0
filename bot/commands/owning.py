"""Who owns actions, and when they are due: take, assign, due."""

from collections.abc import Sequence

from bot.commands.changing import ACTIONS, acting, apply_change, open_items, owner_names, same, unrejected
from bot.commands.identity import account_name
from bot.commands.ids import every, items_of, split_ids
from bot.commands.names import own_name, read_owners, strangers, unproven_name
from bot.commands.place import today
from bot.commands.registry import Call, Who, command
from bot.commands.rights import may_change, unconfirmed
from bot.commands.when import read_due
from bot.messages import Reply, UserError
from bot.model import Item
from bot.queries.lines import owners_text
from bot.queries.standing import tie_of
from bot.store.people import claim


@command(
    "assign",
    "give",
    usage="ID… WHO",
    help="Makes somebody the owner of actions: names, a team, `me`, or `nobody`.",
    example="+assign A17 Christian, yoctozepto",
    who=Who.OWNER,
    changes=True,
)
def assign(call: Call) -> Reply:
    """Make somebody the owner of actions."""
    items, said = open_items(call, ACTIONS)
    teams = {item.team for item in items}
    owners = read_owners(call, said.removeprefix("to "), teams.pop() if len(teams) == 1 else None)
    unknown = strangers(call.store, owners)
    lead = f"Assigned to {', '.join(owners)}" if owners else "Nobody's now"

    def theirs(item: Item) -> str | None:
        return f"is {owners_text(item)} already." if owner_names(item) == owners else None

    reply = apply_change(call, items, "assign", lead, theirs, owners=owners)
    return Reply((*reply.lines, unknown.strip())) if unknown else reply


@command(
    "take",
    "claim",
    usage="ID…",
    help="Makes you the owner of actions that nobody, or only a team, owns.",
    example="+take A17",
    who=Who.PROVEN,
    changes=True,
)
def take(call: Call) -> Reply:
    """Make the asker the owner of actions."""
    ids, _ = split_ids(call.args)
    items = unrejected(call, items_of(call, ids, ACTIONS))
    name = own_name(call)
    every(items, lambda item: _check_free(call, item))

    def mine(item: Item) -> str | None:
        return "is yours already." if owner_names(item) == (name,) else None

    with call.store.write():
        reply = apply_change(call, items, "take", f"Yours now, {name}", mine, owners=(name,))
        first = _tie_to_own_name(call, name)
    hint = unproven_name(call)
    if first:
        hint = f"You are {name} to me; if recaps call you otherwise, say `{call.sign}iam NAME`."
    return Reply(tuple(filter(None, (*reply.lines, hint, _unsure(call, items)))))


def _unsure(call: Call, items: Sequence[Item]) -> str:
    """What becomes of candidates that somebody took; empty where all of the items are sure."""
    labels = [item.label for item in items if item.reading == "candidate"]
    if not labels:
        return ""
    says = f"{Who.REVIEWER.value} says `{call.sign}confirm {' '.join(labels)}`"
    return f"{', '.join(labels)}: no reminder speaks of a candidate until {says}."


def _check_free(call: Call, item: Item) -> None:
    """Raise UserError where an action is over, or a person's who the asker is not for certain.

    Who took an action has an owner's rights over it, so an account that only bears an owner's name may not take theirs.
    """
    if item.state != "open":
        raise UserError(f"{item.label} is {item.state}; `{call.sign}reopen {item.label}` comes first.")
    others = [owner.name for owner in item.owners if owner.person is not None]
    if others and not may_change(call, item):
        whose = f"{item.label} is {', '.join(others)}'s already; `{call.sign}assign` is for {Who.OWNER.value}."
        raise UserError(f"{whose}{unconfirmed(call, [item])}")


def _tie_to_own_name(call: Call, name: str) -> bool:
    """Tie the asker's account to the name they take things under, where it is tied to none; whether it was done."""
    account = account_name(call.request, call.policy)
    if account is None or tie_of(call.store, call.request.network, account):
        return False
    claim(call.store, call.request.network, account, name, acting(call), call.request.now)
    return True


@command(
    "due",
    "deadline",
    usage="ID… WHEN",
    help="Sets when actions are due: a date, a weekday, `2 weeks`, M1 to M3, a cycle, or `none`.",
    example="+due A17 2026-12-01",
    who=Who.OWNER,
    changes=True,
)
def due(call: Call) -> Reply:
    """Set when actions are due."""
    items, said = open_items(call, ACTIONS)
    if not said:
        raise UserError(
            f"Say when: `{call.sign}{call.word} {items[0].label} 2 weeks`, a date, M1 to M3, a cycle or `none`."
        )
    when = read_due(said, today(call))
    lead = f"Due {when}" if when else "Due at no set time"
    return apply_change(
        call, items, "due", lead, same("due", when, f"was due {when} already" if when else "had no due"), due=when
    )
