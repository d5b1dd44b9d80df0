"""`history`: one topic across the events, oldest first."""

from bot.commands.place import today
from bot.commands.registry import Call, command
from bot.messages import Reply, UserError
from bot.queries.events import list_events
from bot.queries.hits import Hit, hit_line
from bot.queries.lines import LIMIT, plural, shorten
from bot.queries.search import find


@command(
    "history",
    "timeline",
    usage="WORDS",
    help="Shows what was said of one topic from event to event, oldest first.",
    example="+history opensearch",
)
def history(call: Call) -> Reply:
    """The passages that hold the words, in the order of the events; what was recorded by hand comes last."""
    answer = find(call.store, call.args, team=call.team)
    notes = tuple(f"I took `{typed}` for `{taken}`." for typed, taken in answer.mended.items())
    if not answer.hits:
        where = f" in what I know of {call.team}" if call.team else ""
        raise UserError(
            f"I find nothing about {shorten(call.args, 60)}{where}; `{call.sign}ask` takes whole questions."
        )
    if not answer.all_words:
        notes += ("No passage holds all of these words; these hold some of them.",)
    rank = {event.name: number for number, event in enumerate(reversed(list_events(call.store)))}
    once = {hit.label: hit for hit in reversed(answer.hits)}
    hits = sorted(once.values(), key=lambda hit: _age(hit, rank))
    events = sorted({hit.event for hit in hits if hit.event})
    span = f", {events[0]}" if len(events) == 1 else f" from {plural(len(events), 'event')}, oldest first"
    day = today(call)
    head = f"{shorten(call.args, 60)}: {plural(len(hits), 'passage')}{span if events else ''}."
    return Reply((*notes, head, *(hit_line(hit, day, team=hit.team != call.team, limit=LIMIT) for hit in hits)))


def _age(hit: Hit, rank: dict[str, int]) -> tuple[int, int, int]:
    """Where a hit stands in time, by its event, and within that in its recap.

    What names no event comes after those that do, and what was recorded by hand last.
    """
    item = hit.item
    if item is not None and item.recap is None:
        return len(rank) + 1, item.id, 0
    session = item.session if item is not None else int(hit.label[1:])
    return rank.get(hit.event or "", len(rank)), session or 0, (item.start or 0) if item is not None else 0
