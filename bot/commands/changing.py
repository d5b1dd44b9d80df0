"""What every changing command shares: which items it means, who acts, what is kept, and the one write at its end.

All of the items named change, or none. What is so already is said and left alone.
"""

from collections.abc import Callable, Sequence
from typing import Any

from bot.commands.ids import every, items_of, split_ids
from bot.commands.registry import Call, Who
from bot.commands.rights import require
from bot.messages import Reply, UserError
from bot.model import Actor, Item, Kind
from bot.queries.lines import passage
from bot.queries.rows import items_by_id
from bot.store.items import change

ACTIONS = (Kind.ACTION,)
ALL_KINDS = (Kind.ACTION, Kind.DECISION, Kind.QUESTION)

LONGEST = 500
"""Characters of a text that people record: an action, a note, an answer."""

SHOWN = 80
"""Characters of an item's passage in the reply to a change."""


def acting(call: Call) -> Actor:
    """Who makes the change. Raises UserError for nobody, which dispatch has refused before."""
    if call.actor is None:
        raise UserError(f"`{call.sign}{call.word}` is for people with an account.")
    return call.actor


def kept_text(text: str, what: str) -> str:
    """A text that is to be kept, on one line. Raises UserError where there is none or too much of it."""
    folded = " ".join(text.split())
    if not any(character.isalnum() for character in folded):
        raise UserError(f"Say {what}.")
    if len(folded) > LONGEST:
        raise UserError(
            f"That has {len(folded)} characters; {LONGEST} are the most. Keep the core and link to the rest."
        )
    return folded


def named(item: Item) -> str:
    """An item in the reply to a change: its id and its passage, cut short."""
    candidate = " (still a candidate)" if item.reading == "candidate" else ""
    return f"{item.label} {passage(item, SHOWN)}{candidate}"


def visible(call: Call) -> str:
    """The sentence that a recording made in a direct message ends with; empty in a room, where all see it anyway."""
    return " Everyone who may ask me can read it." if call.request.room is None else ""


def open_items(call: Call, kinds: Sequence[Kind], only: Kind | None = None) -> tuple[list[Item], str]:
    """The items that the args begin with, which the asker may change as an owner does, and the text after them.

    `only`: the kind of the ids, where another's may begin the text (`split_ids`).
    """
    ids, text = split_ids(call.args, only)
    items = unrejected(call, items_of(call, ids, kinds))
    require(call, items, Who.OWNER)
    return items, text


def unrejected(call: Call, items: list[Item]) -> list[Item]:
    """The items. Raises UserError where one was rejected: nobody works on what no recap says."""

    def check(item: Item) -> Item:
        if item.reading == "rejected":
            back = f"`{call.sign}confirm {item.label}` takes that back"
            raise UserError(f"{item.label} was rejected as misread; {back}.")
        return item

    return every(items, check)


def owner_names(item: Item) -> tuple[str, ...]:
    """The owners of an item, as the store takes them."""
    return tuple(owner.name for owner in item.owners)


def same(field: str, value: object, said: str) -> Callable[[Item], str | None]:
    """What to say of an item whose field holds the value already: a function for `apply_change`."""
    return lambda item: f"{said}." if getattr(item, field) == value else None


def apply_change(
    call: Call,
    items: Sequence[Item],
    what: str,
    lead: str,
    already: Callable[[Item], str | None],
    words: str = "",
    **values: Any,
) -> Reply:
    """Change the items that are not so already, as one batch of the trail; one line for each.

    `what` is the command, `lead` what the reply says before each item that changed, `already` what it says of an item
    that was so before (None for one that was not), and `words` are kept as a note with the change.
    """
    said = {item.id: already(item) for item in items}
    wanted = [item.id for item in items if said[item.id] is None]
    if wanted:
        kept = kept_text(words, "why") if any(character.isalnum() for character in words) else ""
        change(call.store, wanted, what, acting(call), call.request.now, words=kept, **values)
    after = {item.id: item for item in items_by_id(call.store, wanted)}
    lines = [f"{item.label} {said[item.id]}" if said[item.id] else f"{lead}: {named(after[item.id])}" for item in items]
    return Reply(tuple(lines))
