"""What items say: edit, answer, note."""

from bot.commands.changing import ALL_KINDS, acting, apply_change, kept_text, named, open_items, same, visible
from bot.commands.ids import items_of, split_ids
from bot.commands.registry import Call, Who, command
from bot.commands.rights import require
from bot.messages import Reply
from bot.model import Item, Kind
from bot.queries.lines import shorten
from bot.store.items import note


@command(
    "edit",
    "correct",
    usage="ID TEXT",
    help="Mends what an item says; its quote stays.",
    example="+edit A17 investigate a migration to OpenSearch",
    who=Who.OWNER,
    changes=True,
)
def edit(call: Call) -> Reply:
    """Mend what an item says."""
    item, text = _one(call)
    require(call, [item], Who.OWNER)
    kept = kept_text(text, "what it should say")
    return apply_change(call, [item], "edit", "Edited", same("text", kept, "says that already"), edited=kept)


@command(
    "answer",
    "answered",
    usage="ID… TEXT",
    help="Closes open questions with their answer. A colon ends the ids: `+answer Q3 and Q5: the CI does`.",
    example="+answer Q3 the third-party CI does",
    who=Who.OWNER,
    changes=True,
)
def answer(call: Call) -> Reply:
    """Close open questions with their answer."""
    items, text = open_items(call, (Kind.QUESTION,), Kind.QUESTION)
    kept = kept_text(text, "the answer")

    def so(item: Item) -> str | None:
        return "has that answer already." if (item.state, item.answer) == ("answered", kept) else None

    lead = f'Answered "{shorten(kept)}"'
    reply = apply_change(call, items, "answer", lead, so, state="answered", answer=kept)
    return Reply((*reply.lines, visible(call).strip()) if visible(call) else reply.lines)


@command(
    "note",
    "comment",
    usage="ID TEXT",
    help="Adds a note to an item; `+show` shows it.",
    example="+note A17 the patch waits for review",
    who=Who.PROVEN,
    changes=True,
)
def note_(call: Call) -> Reply:
    """Add a note to an item."""
    item, text = _one(call)
    kept = kept_text(text, "what to note")
    note(call.store, item.id, kept, acting(call), call.request.now)
    return Reply((f"Noted: {named(item)}.{visible(call)}",))


def _one(call: Call) -> tuple[Item, str]:
    """The one item that a command with a text is for, and the text, which may begin with another id."""
    ids, _ = split_ids(call.args)
    item = items_of(call, ids[:1], ALL_KINDS)[0]
    first, _, text = call.args.partition(" ")
    if not split_ids(first)[0]:
        # The id was two words: `action 17`.
        text = text.partition(" ")[2]
    return item, text.strip(" :")
