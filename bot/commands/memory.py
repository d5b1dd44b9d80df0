"""What is in the memory: teams, events, recaps, sessions."""

from dataclasses import replace

from bot.commands.filters import read_filter
from bot.commands.listing import EMPTY, scope
from bot.commands.names import lookups
from bot.commands.registry import Call, command
from bot.messages import Reply, UserError
from bot.model import Recap, Session
from bot.queries.events import list_events, teams_of_events
from bot.queries.lines import plural, shorten
from bot.queries.people import person_by_id
from bot.queries.recaps import gaps, list_recaps, totals
from bot.queries.sessions import list_sessions
from bot.queries.teams import Team, list_teams, team_named

NAMES = 300
"""Characters that a line of mere names may take."""


@command(
    "teams",
    "team",
    help="Lists the teams that recaps speak of, with their other names and parts.",
    example="+teams",
)
def teams(call: Call) -> Reply:
    """Teams with recaps, a line each; the names of the others on one line."""
    known = list_teams(call.store)
    spoken = [team for team in known if team.recaps]
    silent = [team.name for team in known if not team.recaps]
    head = f"{plural(len(spoken), 'team')} with recaps."
    rest = (
        (f"No recap yet of {plural(len(silent), 'other team')}: {shorten(', '.join(silent), NAMES)}",) if silent else ()
    )
    return Reply((head, *(_team_line(team) for team in spoken), *rest))


def _team_line(team: Team) -> str:
    said = [plural(team.recaps, "recap")]
    if team.part_of:
        said.append(f"part of {team.part_of}")
    if team.parts:
        said.append(f"with {', '.join(team.parts)}")
    if team.aliases:
        said.append(f"also called {', '.join(team.aliases)}")
    return f"{team.name}: {'; '.join(said)}"


@command(
    "events",
    "event",
    help="Lists the events that recaps tell of, newest first.",
    example="+events",
)
def events(call: Call) -> Reply:
    """Events, a line each."""
    known = list_events(call.store)
    if not known:
        return Reply((EMPTY,))
    present = teams_of_events(call.store)
    lines = [
        f"{event.name}{f' ({event.cycle})' if event.cycle else ''}: {plural(event.recaps, 'recap')}"
        + (f" of {shorten(', '.join(present[event.id]), NAMES)}" if present.get(event.id) else "")
        for event in known
    ]
    return Reply((f"{plural(len(known), 'event')}, newest first.", *lines))


@command(
    "recaps",
    usage="[team]",
    help="Lists the recaps in the memory, newest event first, and what each leaves out (date, author, team).",
    example="+recaps kolla",
)
def recaps(call: Call) -> Reply:
    """Recaps, a line each, with their gaps."""
    team = team_named(call.store, call.args) if call.args else call.team
    if call.args and team is None:
        raise UserError(f"I know no team `{call.args[:40]}`; `{call.sign}teams` lists those I know.")
    total, listed = list_recaps(call.store, team)
    if not total:
        return Reply((f"No recap speaks of {team}; `{call.sign}recaps` lists all." if team else EMPTY,))
    head = f"{team + ': ' if team else ''}{plural(total, 'recap')}, newest event first."
    return Reply((head, *map(recap_line, listed), *_rest(total, len(listed), "a team")))


def recap_line(recap: Recap) -> str:
    """`C3 2021-05-04 Mark Goddard: "Kolla PTG summary" (kolla, Xena PTG) - no team`."""
    place = ", ".join([*recap.teams[:5], *(["…"] if recap.teams[5:] else []), *([recap.event] if recap.event else [])])
    said = " ".join(part for part in (recap.label, str(recap.published or ""), recap.author) if part)
    title = f'"{shorten(recap.title, 100)}"' if recap.title else recap.address
    missing = f" - {', '.join(gaps(recap))}" if gaps(recap) else ""
    return f"{said}: {title}{f' ({place})' if place else ''}{missing}"


@command(
    "sessions",
    "session",
    "topics",
    usage="[team] [event or cycle] [words]",
    help="Lists the sessions, each with its id and what came of it: decisions, open actions, open questions.",
    example="+sessions tripleo stein",
)
def sessions(call: Call) -> Reply:
    """Sessions, a line each."""
    reading = read_filter(call.args, None, call.team, lookups(call), tracked=call.tracked)
    wanted = reading.filter
    if wanted.person is not None and (person := person_by_id(call.store, wanted.person)):
        # A session has no owner; a name in it is a word like any other.
        wanted = replace(wanted, person=None, words=(*wanted.words, *person.name.split()))
    total, listed = list_sessions(
        call.store,
        team=wanted.team,
        event=wanted.event,
        cycle=wanted.cycle,
        words=wanted.words,
        recap=wanted.recap,
    )
    about = scope(call, wanted)
    if not total:
        everywhere, _ = list_sessions(call.store, team=wanted.team, limit=0)
        hint = f"`{call.sign}sessions {wanted.team}` lists {everywhere}" if wanted.team and everywhere else ""
        hint = hint or f"`{call.sign}teams` and `{call.sign}events` say what I know"
        return Reply((*reading.notes, f"{about}: no sessions. {hint}."))
    names = {session.event for session in listed} if total == len(listed) else set()
    event = wanted.event or (next(iter(names)) if len(names) == 1 else None)
    if event and not wanted.event:
        about = scope(call, replace(wanted, event=event))
    lines = [session_line(session, team=session.team != wanted.team, event=event is None) for session in listed]
    head = f"{about}: {plural(total, 'session')}."
    return Reply((*reading.notes, head, *lines, *_rest(total, len(listed), "a team, an event or words")))


def session_line(session: Session, *, team: bool = False, event: bool = False) -> str:
    """`S12 Edge (tripleo, Stein PTG): 2 decisions, 1 open action`; `team` and `event` say what the head does not."""
    place = ", ".join(part for part in (session.team if team else None, session.event if event else None) if part)
    counts = [
        (session.decisions, "decision"),
        (session.actions, "open action"),
        (session.questions, "open question"),
    ]
    came = ", ".join(plural(number, noun) for number, noun in counts if number)
    return f"{session.label} {shorten(session.title, 100)}{f' ({place})' if place else ''}{f': {came}' if came else ''}"


def held(call: Call) -> str:
    """What the memory holds, in figures, for `status`."""
    there = totals(call.store)
    return (
        f"{plural(there.recaps, 'recap')} of {plural(there.events, 'event')}, {plural(there.sessions, 'session')},"
        f" {plural(there.decisions, 'decision')}, {plural(there.open_actions, 'open action')},"
        f" {plural(there.open_questions, 'open question')}, {plural(there.candidates, 'candidate')}."
    )


def _rest(total: int, listed: int, narrow: str) -> tuple[str, ...]:
    return (f"… and {total - listed:,} more. Narrow the list by {narrow}.",) if total > listed else ()
