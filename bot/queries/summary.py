"""The state of a team at one event: what a team lead reads in two minutes."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from bot.extraction.gatherings import gatherings
from bot.model import Kind, Recap
from bot.queries.again import Again, came_up_again
from bot.queries.events import Event, last_event
from bot.queries.items import Filter, Found, count_items, find_items
from bot.queries.recaps import list_recaps
from bot.queries.teams import with_parts
from bot.store.database import Store


@dataclass(frozen=True, slots=True)
class Summary:
    """What a team decided, promised and left open at an event, and what stands beside it."""

    team: str
    event: Event | None
    """None where no recap of the team names one: then the summary is of all there is."""
    recaps: tuple[Recap, ...]
    decisions: Found
    actions: Found
    """Open ones; at the newest event with what was recorded by hand since."""
    questions: Found
    elsewhere: int
    """Open actions of the team's other events."""
    candidates: Mapping[Kind, int]
    """What may be more of each kind, for a human to confirm or reject."""
    again: tuple[Again, ...]


def summarize(store: Store, team: str, event: Event | None, today: date) -> Summary:
    """The state of a team (with its parts) at one of its events; the newest, with what was recorded since, if None."""
    newest = last_event(store, with_parts(store, team))
    event = event or newest
    of_event = Filter(team=team, event=event.name if event else None, or_recorded=event is not None and event == newest)
    found = find_items(store, replace(of_event, kind=Kind.ACTION), today)
    _, recaps = list_recaps(store, team)
    return Summary(
        team=team,
        event=event,
        recaps=tuple(recap for recap in recaps if event is None or recap.event == event.name),
        decisions=find_items(store, replace(of_event, kind=Kind.DECISION), today),
        actions=found,
        questions=find_items(store, replace(of_event, kind=Kind.QUESTION), today),
        elsewhere=count_items(store, Filter(Kind.ACTION, team=team), today) - found.total,
        candidates={
            kind: count_items(store, replace(of_event, kind=kind, reading="candidate"), today) for kind in Kind
        },
        again=tuple(came_up_again(store, team, event.id)) if event else (),
    )


def days_of(event: Event) -> tuple[date, date] | None:
    """The first and the last day of an event, where the table of gatherings knows them."""
    return next(((each.starts, each.ends) for each in gatherings() if each.name == event.name), None)
