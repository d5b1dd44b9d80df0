"""`show`: everything about one thing by its id, so that whatever is said can be traced to where it stands written."""

from datetime import date

from bot.commands.ids import split_ids
from bot.commands.memory import recap_line, session_line
from bot.commands.place import today
from bot.commands.registry import Call, command
from bot.commands.rule_lines import show_rule
from bot.commands.trail import trail_lines
from bot.messages import Reply, UserError
from bot.model import Item, Kind, Recap
from bot.queries.due import due_text
from bot.queries.items import Filter, by_label, count_items, find_items
from bot.queries.labels import Label
from bot.queries.lines import item_line, owners_text, plural, shorten
from bot.queries.recaps import recap_by_id, surroundings
from bot.queries.sessions import list_sessions, session_by_id

MOST = 10
"""Ids that one `show` takes."""

QUOTE = 1000
"""Characters of a quote; what people write as one sentence is never longer."""

BARE = 60
"""A quote shorter than this is shown with what stands around it."""

AROUND = 300
"""Characters of what stands around a quote."""


@command(
    "show",
    usage="ID…",
    help="Shows an item with its quote, place, link, owners, state and history; or a session, a recap, a reminder.",
    example="+show A17",
)
def show(call: Call) -> Reply:
    """Everything about the things of those ids."""
    ids, rest = split_ids(call.args)
    if not ids or rest:
        raise UserError(
            f"`{call.sign}show` takes ids: A17, D5, Q3, S12, C3 or R1. `{call.sign}find WORDS` searches for words."
        )
    labels = list(dict.fromkeys(label for pair in ids for label in pair))
    if len(labels) > MOST:
        raise UserError(f"That is {len(labels)} ids at once; {MOST} are the most.")
    lines: list[str] = []
    for label in labels:
        if label.kind is not None:
            lines += _item_lines(call, label)
        else:
            lines += {"S": _session_lines, "C": _recap_lines, "R": _rule_lines}[label.letter](call, label)
    return Reply(tuple(lines))


def _item_lines(call: Call, label: Label) -> list[str]:
    item = by_label(call.store, str(label))
    if item is None:
        raise UserError(f"There is no {label}.")
    lines = [_what_it_is(item, today(call)), f'"{shorten(item.quote, QUOTE)}"']
    if item.edited:
        lines.append(f"Mended to: {item.text}")
    if item.recap is not None:
        lines += _place_lines(call, item, item.recap)
    if item.answer:
        lines.append(f"Answer: {item.answer}")
    if item.links:
        lines.append(f"Links: {' '.join(item.links)}")
    if item.reading == "candidate":
        lines.append(f"I am not sure of it: `{call.sign}confirm {item.label}` or `{call.sign}reject {item.label}`.")
    return lines + trail_lines(call, item.label)


def _what_it_is(item: Item, day: date) -> str:
    """`A12: open action of kolla, Xena PTG. Owner: Christian. Due M2.`"""
    state = "" if item.state == "decided" or (item.reading, item.state) == ("candidate", "open") else f"{item.state} "
    reading = f"{item.reading} " if item.reading in ("candidate", "rejected") else ""
    about = ", ".join(part for part in (item.team, item.event) if part)
    said = [f"{item.label}: {reading}{state}{item.kind.value}{' of ' + about if about else ''}."]
    if item.kind is Kind.ACTION or item.owners:
        noun = "Owner" if len(item.owners) == 1 else "Owners"
        said.append(f"{noun}: {owners_text(item)}." if item.owners else "Nobody owns it.")
    if item.due:
        due = due_text(item, day) if item.state == "open" else f"due {item.due}"
        said.append(f"{due[0].upper()}{due[1:]}.")
    if item.snoozed_until is not None and item.snoozed_until > day and item.state == "open":
        said.append(f"Snoozed until {item.snoozed_until}.")
    if item.superseded_by:
        said.append(f"Superseded by {item.superseded_by}.")
    if item.twin:
        said.append(f"The same passage is {item.twin}.")
    if item.presence == "missing":
        said.append("It no longer stands in its recap.")
    if item.presence == "withdrawn":
        said.append("It is withdrawn: it no longer stands in its recap, or its recording was undone.")
    return " ".join(said)


def _place_lines(call: Call, item: Item, recap_id: int) -> list[str]:
    """Where an item stands: what surrounds a short quote, the session, the recap, its address."""
    lines = []
    if len(item.quote) < BARE and item.start is not None:
        around = surroundings(call.store, recap_id, item.start)
        if around and len(around) > len(item.quote) + 10:
            lines.append(f'It stands in: "{_window(around, item.text)}"')
    session = session_by_id(call.store, item.session) if item.session is not None else None
    recap = recap_by_id(call.store, recap_id)
    if recap is not None:
        lines.append(f"In {session.label + ' ' + shorten(session.title, 80) + ', ' if session else ''}{_source(recap)}")
    return lines


def _window(around: str, text: str) -> str:
    """At most AROUND characters around `text`."""
    at = around.find(text)
    if at < AROUND // 2:
        return shorten(around, AROUND)
    cut = around.rfind(" ", 0, at - AROUND // 4) + 1
    return ("…" if cut else "") + shorten(around[cut:], AROUND)


def _source(recap: Recap) -> str:
    """`C3 "Kolla PTG summary" by Mark Goddard, 2021-05-04: https://…`"""
    by = f" by {recap.author}" if recap.author else ""
    on = f", {recap.published}" if recap.published else ""
    title = f'"{shorten(recap.title, 100)}"' if recap.title else "without a title"
    return f"{recap.label} {title}{by}{on}: {recap.url or recap.address}"


def _session_lines(call: Call, label: Label) -> list[str]:
    session = session_by_id(call.store, label.number)
    if session is None:
        raise UserError(f"There is no session {label}.")
    path = " > ".join(session.path)
    lines = [session_line(session, team=True, event=True)]
    if path and path != session.title:
        lines.append(f"Under: {shorten(path, 200)}")
    recap = recap_by_id(call.store, session.recap)
    if recap is not None:
        lines.append(f"In {_source(recap)}")
    items = find_items(call.store, Filter(session=session.id, state="all"), today(call)).items
    # A passage that is two items is one line: the action's, for it says whose it is.
    actions = {item.label for item in items if item.kind is Kind.ACTION}
    shown = [item for item in items if item.kind is Kind.ACTION or item.twin not in actions]
    return lines + [item_line(item, today(call), heading=False) for item in shown]


def _recap_lines(call: Call, label: Label) -> list[str]:
    recap = recap_by_id(call.store, label.number)
    if recap is None:
        raise UserError(f"There is no recap {label}; `{call.sign}recaps` lists those there are.")
    sessions, _ = list_sessions(call.store, recap=recap.id, limit=0)
    counts = {kind: count_items(call.store, Filter(kind, recap=recap.id), today(call)) for kind in Kind}
    said = [
        f"{plural(sessions, 'session')} (`{call.sign}sessions {label}`)",
        f"{plural(counts[Kind.DECISION], 'decision')} (`{call.sign}decisions {label}`)",
        f"{plural(counts[Kind.ACTION], 'open action')} (`{call.sign}actions {label}`)",
        f"{plural(counts[Kind.QUESTION], 'open question')} (`{call.sign}questions {label}`)",
    ]
    by = f" by {recap.loaded_by}" if recap.loaded_by else ""
    return [
        recap_line(recap),
        f"It holds {', '.join(said)}.",
        f"It stands at {recap.url or recap.address}; loaded {recap.loaded_at:%Y-%m-%d}{by}.",
        *trail_lines(call, recap.label),
    ]


def _rule_lines(call: Call, label: Label) -> list[str]:
    return [show_rule(call, label.number), *trail_lines(call, str(label))]
