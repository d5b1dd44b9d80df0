"""`summary`: what a team lead reads in two minutes. All of it in a direct message, five lines of it in a room."""

from collections.abc import Sequence
from datetime import date
from itertools import groupby

from bot.commands.filters import read_filter
from bot.commands.names import lookups
from bot.commands.place import today
from bot.commands.registry import Call, command
from bot.messages import Reply, UserError
from bot.model import Item
from bot.queries.events import Event, event_ids, list_events
from bot.queries.items import Filter, Found
from bot.queries.lines import ids_text, item_line, passage, plural, shorten
from bot.queries.summary import Summary, days_of, summarize
from bot.queries.teams import with_parts
from bot.store.people import fold

SHOWN = 80
"""Characters of a passage where several share a line."""

WIDE = 300
"""Characters of a line that names several items, so that IRC need not break it."""


@command(
    "summary",
    "sum",
    usage="TEAM [event or cycle]",
    help="Tells the state of a team after its last event, or after the one you name; in private, all of it.",
    example="+summary kolla",
)
def summary(call: Call) -> Reply:
    """The state of a team, whole or, in a room, its five most telling lines."""
    reading = read_filter(call.args, None, call.team, lookups(call), tracked=call.tracked)
    wanted = reading.filter
    if wanted.words:
        raise UserError(f"I know no team or event `{' '.join(wanted.words)[:40]}`; `{call.sign}teams` lists the teams.")
    if wanted.team is None:
        raise UserError(f"Say of which team: `{call.sign}summary kolla`; `{call.sign}teams` lists them.")
    found = summarize(call.store, wanted.team, _event(call, wanted, wanted.team), today(call))
    if not (found.recaps or found.actions.total or found.decisions.total or found.questions.total):
        raise UserError(f"I know nothing of {found.team} yet; `{call.sign}teams` says of whom I have recaps.")
    lines = _whole(call, found) if call.request.room is None else _in_brief(call, found)
    return Reply((*reading.notes, *lines))


def _event(call: Call, wanted: Filter, team: str) -> Event | None:
    """The newest of the events that were asked for; None where none was."""
    if wanted.event is None and wanted.cycle is None:
        return None
    asked = event_ids(call.store, wanted.event, wanted.cycle)
    event = next((event for event in list_events(call.store, with_parts(call.store, team)) if event.id in asked), None)
    if event is None:
        raise UserError(
            f"I have no recap of {team} from {wanted.event or wanted.cycle}; `{call.sign}recaps {team}` lists those."
        )
    return event


def _head(found: Summary) -> str:
    """`kolla, Xena PTG (19 to 23 April 2021): 5 decisions, 9 open actions (2 unowned, 1 overdue), 3 open questions.`"""
    besides = [(found.actions.unowned, "unowned"), (found.actions.overdue, "overdue")]
    said = ", ".join(f"{number:,} {word}" for number, word in besides if number)
    counts = [
        plural(found.decisions.total, "decision"),
        plural(found.actions.total, "open action") + (f" ({said})" if said else ""),
        plural(found.questions.total, "open question"),
    ]
    event = f", {found.event.name}{_when(found)}" if found.event else ""
    return f"{found.team}{event}: {', '.join(counts)}."


def _about(found: Summary) -> str:
    """The team and the event, as one types them."""
    return f"{found.team} {found.event.cycle or found.event.name}" if found.event else found.team


def _when(found: Summary) -> str:
    days = days_of(found.event) if found.event else None
    if days:
        return f" ({_days(*days)})"
    written = [recap.published for recap in found.recaps if recap.published]
    return f" (written up {min(written)})" if written else ""


def _days(first: date, last: date) -> str:
    """`19 to 23 April 2021`, in English whatever the locale."""
    month = _MONTHS[last.month - 1]
    begins = str(first.day) if first.month == last.month else f"{first.day} {_MONTHS[first.month - 1]}"
    return f"{begins} to {last.day} {month} {last.year}" if first != last else f"{last.day} {month} {last.year}"


_MONTHS = "January February March April May June July August September October November December".split()


def _whole(call: Call, found: Summary) -> list[str]:
    """The summary for a direct message; dispatch pages it."""
    about = _about(found)
    return [
        _head(found),
        *_apart(call, found, "Decisions", found.decisions, f"decisions {about}"),
        *_actions(call, found),
        *_apart(call, found, "Open questions", found.questions, f"questions {about}"),
        *_beside(found),
    ]


def _apart(call: Call, found: Summary, title: str, listed: Found, query: str) -> list[str]:
    """The decisions, or the questions; one whose passage is an open action too stands with the actions, once."""
    twins = {item.twin for item in found.actions.items}
    here = [item for item in listed.items if item.label not in twins]
    moved = len(listed.items) - len(here)
    among = f" ({moved} {'more ' if here else ''}among the actions)" if moved else ""
    lines = [f"{title}{among}{':' if here else '.'}"] if listed.items else []
    return [*lines, *(_line(found, item, today(call)) for item in here), *_rest(listed, query)]


def _actions(call: Call, found: Summary) -> list[str]:
    """The open actions by owner, and last those of nobody, with how to take one."""
    day = today(call)
    owned = sorted((item for item in found.actions.items if item.owners), key=_first_owner)
    nobodys = [item for item in found.actions.items if not item.owners]
    lines = [_line(found, item, day) for item in owned]
    if lines:
        lines.insert(0, "Open actions by owner:")
    if nobodys:
        lines.append(f"Nobody's yet (`take {nobodys[0].label}` makes it yours):")
        lines += [_line(found, item, day, owners=False) for item in nobodys]
    return lines + _rest(found.actions, f"actions {_about(found)}")


def _beside(found: Summary) -> list[str]:
    """What came up again, what is left of other events, what may be more, and where all this stands."""
    lines = [
        f"Came up again: {again.session.label} {shorten(again.session.title, 80)}"
        f" (before: {again.before.label}, {again.before.event})"
        for again in found.again
    ]
    if found.elsewhere:
        are = "is" if found.elsewhere == 1 else "are"
        lines.append(f"{plural(found.elsewhere, 'action')} of other events {are} still open: `actions {found.team}`.")
    possible = [plural(number, kind.value) for kind, number in found.candidates.items() if number]
    if possible:
        query = f"actions {_about(found)} candidate"
        lines.append(f"More possible, to be confirmed or rejected: {', '.join(possible)}; as in `{query}`.")
    for recap in found.recaps[:5]:
        by = f" by {recap.author}" if recap.author else ""
        lines.append(f"From {recap.label}{by}: {recap.url or recap.address}")
    return lines


def _line(found: Summary, item: Item, day: date, *, owners: bool = True) -> str:
    return item_line(item, day, team=item.team != found.team, owners=owners)


def _first_owner(item: Item) -> str:
    return fold(item.owners[0].name)


def _rest(found: Found, query: str) -> list[str]:
    rest = found.total - len(found.items)
    return [f"… and {rest:,} more: `{query}`."] if rest else []


def _in_brief(call: Call, found: Summary) -> list[str]:
    """The five lines for a room."""
    lines = [_head(found)]
    if found.decisions.items:
        lines.append(_joined("Decided: ", found.decisions, f"{call.sign}decisions {_about(found)}"))
    if found.actions.items:
        lines.append(_by_owner(call, found.actions.items))
    if found.questions.items:
        lines.append(_joined("Open: ", found.questions, f"{call.sign}questions {_about(found)}"))
    lines.append(f"For all of it, say `summary {_about(found)}` to me in private.")
    return lines


def _joined(lead: str, found: Found, query: str) -> str:
    """As many items as fit on a line, and how many more there are."""
    said = ""
    for number, item in enumerate(found.items):
        part = f"{ids_text(item)} {passage(item, SHOWN)}"
        if said and len(said) + len(part) > WIDE:
            return f"{lead}{said}; {found.total - number:,} more: `{query}`"
        said = f"{said}; {part}" if said else part
    return lead + said


def _by_owner(call: Call, items: Sequence[Item]) -> str:
    """`To do: Christian A12; yoctozepto A15, A16; nobody A17 (+take A17)`."""
    owned = sorted((item for item in items if item.owners), key=_first_owner)
    parts = [
        f"{owner} {', '.join(item.label for item in theirs)}"
        for owner, theirs in groupby(owned, key=lambda item: ", ".join(owner.name for owner in item.owners))
    ]
    nobodys = [item.label for item in items if not item.owners]
    if nobodys:
        parts.append(f"nobody {', '.join(nobodys)} (`{call.sign}take {nobodys[0]}` makes it yours)")
    return shorten(f"To do: {'; '.join(parts)}", WIDE + SHOWN)
