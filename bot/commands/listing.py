"""How a list of items is said: its head, its lines, and what to try where it is empty.

The head says what the lines share (team, event, person), so a line only says what is its own.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import partial

from bot.commands.place import page_length, today
from bot.commands.registry import Call
from bot.messages import Reply
from bot.model import Item, Kind
from bot.queries.items import STATES, Filter, Found, count_items, find_items
from bot.queries.lines import item_line, plural
from bot.queries.people import person_by_id
from bot.queries.recaps import list_recaps
from bot.queries.rows import items_by_id

WORDS = {Kind.DECISION: "decisions", Kind.ACTION: "actions", Kind.QUESTION: "questions"}
"""The commands that list each kind."""

EMPTY = "I have read no recaps yet; the operator loads them with `recapbot load`."

MANY = 1000
"""Candidates that are counted beside a list; beyond that they are just many."""

_STATES = {
    (Kind.ACTION, "open"): "open ",
    (Kind.ACTION, "done"): "done ",
    (Kind.ACTION, "dropped"): "dropped ",
    (Kind.DECISION, "dropped"): "superseded ",
    (Kind.QUESTION, "open"): "open ",
    (Kind.QUESTION, "done"): "answered ",
    (Kind.QUESTION, "dropped"): "dropped ",
}


def list_reply(call: Call, wanted: Filter, notes: Sequence[str] = ()) -> Reply:
    """The list that a filter describes, head first; where it is empty, a sentence that says what to try."""
    day = today(call)
    built = page_length(call.request)  # with its head a page; the other lines are made when they are asked for
    found = find_items(call.store, wanted, day, built=built)
    if not found.total:
        return Reply((*notes, _nothing(call, wanted, day)))
    # What all lines share goes into the head, even where nobody asked for it.
    shared = replace(wanted, team=wanted.team or found.team, event=wanted.event or found.event)
    head = f"{scope(call, shared)}: {count_text(wanted, found.total)}{_besides(wanted, found)}."
    possible = replace(wanted, reading="candidate")
    if wanted.reading == "firm" and (more := count_items(call.store, possible, day, MANY)):
        head += f" {f'{more:,}' if more < MANY else 'Many'} more possible: `{query(call, possible)}`."
    rest = partial(_rest, call, shared, day, found, built) if found.total > built else None
    return Reply((*notes, head, *_lines(found.items, shared, day)), rest=rest)


def _rest(call: Call, shared: Filter, day: date, found: Found, built: int) -> tuple[str, ...]:
    """The lines after the first, as the items are by then."""
    lines = _lines(items_by_id(call.store, found.ids[built:]), shared, day)
    if beyond := found.total - len(found.ids):
        lines.append(f"… and {beyond:,} more. Narrow the list by a team, an event, @person or words.")
    return tuple(lines)


def _lines(items: Iterable[Item], shared: Filter, day: date) -> list[str]:
    """A line for each item, without what the head says."""
    known: tuple[str, ...] = ()
    if shared.state != "open" or shared.reading != "firm":
        known = (shared.reading, *STATES[shared.kind or Kind.ACTION].get(shared.state, ()))
    return [
        item_line(
            item,
            day,
            team=item.team != shared.team,
            event=shared.event is None,
            owners=_says_owner(item, shared),
            known=known,
        )
        for item in items
    ]


def _says_owner(item: Item, shared: Filter) -> bool:
    """Whether a line names the owners: not where the head has named the only one."""
    return shared.person is None or [owner.person for owner in item.owners] != [shared.person]


def scope(call: Call, wanted: Filter) -> str:
    """What a list is about: `kolla, Xena PTG, Mark Goddard, "cinder"`; `All teams` where nothing narrows it."""
    parts = [*_place(wanted), _person(call, wanted), *_words(wanted)]
    return ", ".join(part for part in parts if part) or "All teams"


def _place(wanted: Filter) -> list[str | None]:
    """Whose, of which event and of which document the items are. An event says its cycle mostly."""
    said = wanted.event is not None and (wanted.cycle or "") in wanted.event.casefold()
    return [
        wanted.team,
        wanted.event,
        None if said else wanted.cycle,
        f"S{wanted.session}" if wanted.session is not None else None,
        f"C{wanted.recap}" if wanted.recap is not None else None,
    ]


def _person(call: Call, wanted: Filter) -> str | None:
    """The owner asked for; of somebody with two names both, for the items may stand under either."""
    people = [person_by_id(call.store, row) for row in (wanted.person, wanted.also) if row is not None]
    return " or ".join(person.name for person in people if person) or None


def _words(wanted: Filter) -> list[str]:
    return [f'"{word}"' for word in wanted.words]


def count_text(wanted: Filter, number: int) -> str:
    """`1 open action`, `3 candidate decisions`, `2 overdue actions`."""
    kind = wanted.kind or Kind.ACTION
    if wanted.reading != "firm":
        adjective = f"{wanted.reading} "
    elif wanted.overdue:
        adjective = "overdue "
    else:
        adjective = _STATES.get((kind, wanted.state), "")
    if wanted.snoozed:
        adjective = "snoozed "
    if wanted.unowned:
        adjective = f"unowned {adjective}"
    return plural(number, f"{adjective}{kind.value}")


def _besides(wanted: Filter, found: Found) -> str:
    """` (2 unowned, 1 overdue)` for several open actions, where the filter does not say so already."""
    if wanted.kind is not Kind.ACTION or wanted.state != "open" or wanted.reading == "rejected" or found.total == 1:
        return ""
    counts = [
        (0 if wanted.unowned else found.unowned, "unowned"),
        (0 if wanted.overdue else found.overdue, "overdue"),
    ]
    said = [f"{number:,} {word}" for number, word in counts if number]
    return f" ({', '.join(said)})" if said else ""


def query(call: Call, wanted: Filter) -> str:
    """The command that lists what a filter describes, as one types it here."""
    kind = wanted.kind or Kind.ACTION
    person = "me" if wanted.also is not None else _person(call, wanted)
    words = [
        *_place(wanted),
        f"@{person}" if person else None,
        _STATES.get((kind, wanted.state), wanted.state).strip() if wanted.state != "open" else None,
        wanted.reading if wanted.reading != "firm" else None,
        "overdue" if wanted.overdue else None,
        "unowned" if wanted.unowned else None,
        "snoozed" if wanted.snoozed else None,
        *_words(wanted),
    ]
    return f"{call.sign}{' '.join([WORDS[kind], *(word for word in words if word)])}"


def _nothing(call: Call, wanted: Filter, day: date) -> str:
    """The sentence for an empty list, with the nearest wider one that is not empty."""
    about = scope(call, wanted)
    sentence = f"{about}: no {count_text(wanted, 0).removeprefix('0 ')}."
    for wider in _wider(wanted):
        if number := count_items(call.store, wider, day):
            return f"{sentence} `{query(call, wider)}` lists {count_text(wider, number)}."
    if not list_recaps(call.store, limit=0)[0]:
        return f"{sentence} {EMPTY}"
    return f"{sentence} `{call.sign}teams` says of whom I know something."


def _wider(wanted: Filter) -> Iterator[Filter]:
    """Filters that ask for more and more, the nearest first; the team is kept as long as it can be."""
    plain = replace(wanted, snoozed=None, overdue=False, unowned=False, reading="firm")
    yield plain
    if wanted.reading == "firm":
        yield replace(plain, reading="candidate")
    yield replace(plain, state="all")
    anywhere = replace(plain, event=None, cycle=None, session=None, recap=None)
    yield anywhere
    yield replace(anywhere, state="all")
    if wanted.words or wanted.person is not None:
        yield replace(anywhere, team=None)
        everybody = replace(plain, words=(), person=None, also=None)
        yield everybody
        yield replace(everybody, event=None, cycle=None, session=None, recap=None, state="all")
