"""All that the database knows, as JSON for programs and as Markdown for people.

The JSON holds every item that is not withdrawn, with its quote and history; the Markdown leaves out what nobody has
confirmed (candidates) and what somebody rejected. The texts of the recaps are in neither: they are other people's.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.model import Item, Recap, Session
from bot.queries.events import list_events
from bot.queries.lines import owners_text, passage, plural
from bot.queries.recaps import list_recaps, totals
from bot.queries.rules import all_rules
from bot.queries.sessions import list_sessions
from bot.queries.teams import list_teams
from bot.queries.trail import Entry
from bot.queries.whole import histories, items_of_recap, people_with_names
from bot.store.database import Store

FORMAT = 1
"""Raised when a key of the JSON changes its meaning or goes."""

EVERYTHING = 10**9

Trails = Mapping[str, Sequence[Entry]]


def export_json(store: Store) -> dict[str, Any]:
    """Everything as one object: teams, events, people, recaps with their sessions and items, what was recorded, rules.

    Only texts, numbers, lists and objects, so that it can be written as it is.
    """
    trails = histories(store)
    return {
        "format": FORMAT,
        "teams": [
            {"name": team.name, "aliases": list(team.aliases), "part_of": team.part_of} for team in list_teams(store)
        ],
        "events": [{"name": event.name, "cycle": event.cycle} for event in list_events(store)],
        "people": [{"name": name, "names": list(names)} for name, names in people_with_names(store).items()],
        "recaps": [_recap(store, recap, trails) for recap in list_recaps(store, limit=EVERYTHING)[1]],
        "recorded": [_item(item, trails) for item in items_of_recap(store, None)],
        "rules": [
            {
                "id": rule.label,
                "network": rule.network,
                "room": rule.room,
                "account": rule.account,
                "team": rule.team,
                "weekday": rule.weekday,
                "at": rule.at,
                "zone": rule.zone,
                "state": rule.state,
            }
            for rule in all_rules(store)
        ],
    }


def _sessions(store: Store, recap: Recap) -> Sequence[Session]:
    return list_sessions(store, recap=recap.id, limit=EVERYTHING)[1]


def _recap(store: Store, recap: Recap, trails: Trails) -> dict[str, Any]:
    return {
        "id": recap.label,
        "title": recap.title,
        "author": recap.author,
        "published": recap.published.isoformat() if recap.published else None,
        "event": recap.event,
        "cycle": recap.cycle,
        "teams": list(recap.teams),
        "address": recap.address,
        "url": recap.url,
        "loaded_by": recap.loaded_by,
        "loaded_at": recap.loaded_at.isoformat(),
        "sessions": [
            {"id": session.label, "title": session.title, "path": list(session.path), "team": session.team}
            for session in _sessions(store, recap)
        ],
        "items": [_item(item, trails) for item in items_of_recap(store, recap.id)],
    }


def _item(item: Item, trails: Trails) -> dict[str, Any]:
    return {
        "id": item.label,
        "kind": item.kind.value,
        "text": item.text,
        "quote": item.quote,
        "edited": item.edited,
        "state": item.state,
        "reading": item.reading,
        "presence": item.presence,
        "confidence": item.confidence,
        "team": item.team,
        "event": item.event,
        "session": f"S{item.session}" if item.session is not None else None,
        "start": item.start,
        "end": item.end,
        "owners": [{"name": owner.name, "team": owner.team is not None} for owner in item.owners],
        "due": item.due,
        "snoozed_until": item.snoozed_until.isoformat() if item.snoozed_until else None,
        "superseded_by": item.superseded_by,
        "answer": item.answer,
        "links": list(item.links),
        "recorded_by": item.recorded_by,
        "history": [
            {
                "at": entry.at.isoformat(),
                "by": entry.by,
                "what": entry.what,
                "before": dict(entry.before),
                "after": dict(entry.after),
                "note": entry.note,
            }
            for entry in trails.get(item.label, ())
        ],
    }


def export_markdown(store: Store) -> str:
    """The memory to read: recap by recap, newest event first, session by session, each item with what became of it."""
    trails = histories(store)
    figures = totals(store)
    lines = [
        "# What was decided, promised and asked",
        "",
        f"{plural(figures.recaps, 'recap')}, {plural(figures.decisions, 'decision')}, "
        f"{plural(figures.open_actions, 'open action')}, {plural(figures.open_questions, 'open question')}.",
    ]
    for recap in list_recaps(store, limit=EVERYTHING)[1]:
        lines += _recap_lines(store, recap, trails)
    if recorded := _passages(items_of_recap(store, None)):
        lines += ["", "## Recorded by hand", ""]
        lines += [line for items in recorded for line in _passage_lines(items, trails)]
    return "\n".join(lines) + "\n"


def _recap_lines(store: Store, recap: Recap, trails: Trails) -> list[str]:
    about = [", ".join(recap.teams), recap.event, recap.author, recap.published and recap.published.isoformat()]
    lines = ["", f"## {_plain(recap.title or recap.address)} ({recap.label})", ""]
    lines.append("; ".join([*(_plain(part) for part in about if part), *([f"<{recap.url}>"] if recap.url else [])]))
    titles = {session.id: session for session in _sessions(store, recap)}
    by_session: dict[int | None, list[list[Item]]] = {None: [], **{session: [] for session in titles}}
    for items in _passages(items_of_recap(store, recap.id)):
        row = items[0].session
        by_session[row if row in titles else None].append(items)
    for row, passages in by_session.items():
        if passages:
            session = titles.get(row) if row is not None else None
            lines += ["", f"### {_plain(session.title)} ({session.label})", ""] if session else [""]
            lines += [line for items in passages for line in _passage_lines(items, trails)]
    return lines


def _passages(items: Sequence[Item]) -> list[list[Item]]:
    """What the Markdown tells, firm and confirmed items, those of one passage together."""
    found: dict[tuple[int | None, int | None, int], list[Item]] = {}
    for item in items:
        if item.reading in ("firm", "confirmed"):
            place = (item.start, item.end, 0) if item.start is not None and not item.edited else (None, None, item.id)
            found.setdefault(place, []).append(item)
    return list(found.values())


def _passage_lines(items: Sequence[Item], trails: Trails) -> list[str]:
    """One passage: the items that it is, the owners, the words, what holds of it; below it what became of it."""
    owners = next(filter(None, map(owners_text, items)), "")
    labels = "/".join(sorted((item.label for item in items), key=lambda label: "DAQ".index(label[0])))
    line = f"- **{labels}** {_plain(owners) + ': ' if owners else ''}{_plain(passage(items[0], EVERYTHING))}"
    said = list(dict.fromkeys(mark for item in items for mark in _marks(item)))
    lines = [line + (f" - {', '.join(said)}" if said else "")]
    lines += [f"  - answer: {_plain(item.answer)}" for item in items if item.answer]
    lines += [f"  - <{link}>" for link in dict.fromkeys(link for item in items for link in item.links)]
    for entry in [entry for item in items for entry in trails.get(item.label, ())]:
        note = f": {_plain(entry.note)}" if entry.note else ""
        lines.append(f"  - {entry.at:%Y-%m-%d} {_plain(entry.by)}: {_plain(entry.what)}{note}")
    return lines


def _marks(item: Item) -> list[str]:
    """What is to say of an item beside its words; a decision that stands needs no word."""
    state = f"superseded by {item.superseded_by}" if item.superseded_by else item.state
    said = [state] if state != "decided" else []
    said += [f"due {item.due}"] if item.due else []
    said += [f"snoozed until {item.snoozed_until}"] if item.snoozed_until else []
    said += ["no longer in the recap"] if item.presence == "missing" else []
    return said


_MARKUP = str.maketrans({mark: f"\\{mark}" for mark in "\\`*_[]<&~"})


def _plain(text: str) -> str:
    """Text on one line in which Markdown sees no markup."""
    return " ".join(text.split()).translate(_MARKUP)
