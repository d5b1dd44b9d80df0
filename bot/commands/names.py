"""The names that people use in commands, looked up in the store: for the filters of lists, and WHO owns an action."""

import re
from collections.abc import Sequence
from functools import partial

from bot.commands.addressing import mistyped
from bot.commands.filters import Lookups
from bot.commands.identity import account_name
from bot.commands.registry import Call
from bot.extraction.gatherings import cycle_of
from bot.messages import UserError
from bot.queries.events import last_event, list_events
from bot.queries.people import called, is_matrix_id, names_of_people, resolve
from bot.queries.standing import people_of, person_spelled, tie_of
from bot.queries.teams import list_teams, team_named, with_parts
from bot.store.database import Store
from bot.store.people import fold

OWNERS = 10
"""Owners that one action may be given."""

LONGEST = 60
"""Characters of a name."""

_ME = frozenset({"me", "i", "myself"})
_US = frozenset({"we", "us", "team", "the team"})
_NOBODY = frozenset({"nobody", "none", "no one", "noone", "unowned", "-"})
_AND = re.compile(r"\s*(?:,|&|\band\b)\s*", re.IGNORECASE)


def lookups(call: Call) -> Lookups:
    """What the filters of a list are looked up with."""
    store = call.store
    return Lookups(
        team=partial(team_named, store),
        event=partial(_event, store),
        cycle=cycle_of,
        last=partial(_last, store),
        people=lambda name, exact: resolve(store, name, exact=exact),
        me=partial(_me, call),
        names=partial(_known_names, store),
        names_of_people=partial(names_of_people, store),
    )


def who_asks(call: Call) -> tuple[int, ...]:
    """The rows of the person that the asker said they are (`iam`), and of their account's own name; those known.

    Enough to read by, never to change by: `bot.commands.rights` asks for more.
    """
    account = account_name(call.request, call.policy)
    return () if account is None else people_of(call.store, call.request.network, account)


def _me(call: Call) -> tuple[int, ...]:
    if people := who_asks(call):
        return people
    raise UserError(f"I do not know who you are in the recaps; say `{call.sign}iam NAME` with the name they use.")


def own_name(call: Call) -> str:
    """The name under which the asker owns what they take: the one confirmed as theirs, else their account or nick.

    Anybody may say `iam NAME`: until it is confirmed, nothing is to stand under the name of somebody else.
    """
    account = account_name(call.request, call.policy)
    if account is None:
        return call.request.nick
    tie = tie_of(call.store, call.request.network, account)
    own = called(account)
    return tie.name if tie and (tie.confirmed or fold(tie.name) == fold(own)) else own


def unproven_name(call: Call) -> str:
    """Why things do not stand under the name that the asker said with `iam`, and what helps; empty where they do."""
    account = account_name(call.request, call.policy)
    tie = tie_of(call.store, call.request.network, account) if account else None
    if tie is None or tie.name == own_name(call):
        return ""
    return f"Once an operator confirms it (`~iam {account} {tie.name}`), what you take is {tie.name}'s."


def read_owners(call: Call, text: str, team: str | None) -> tuple[str, ...]:
    """The owners that WHO names, as the store takes them; empty for `nobody`. Raises UserError."""
    if text.strip().casefold() in _NOBODY:
        return ()
    said = [name.strip(" \t\n.;:") for name in _AND.split(text) if name.strip()]
    names = [name if is_matrix_id(name) and called(name) else name.removeprefix("@") for name in said]
    if not names or len(names) > OWNERS or any(not name or len(name) > LONGEST for name in names):
        raise UserError("Say who: one or several names, `me`, `team` or `nobody`.")
    owners = []
    for name in names:
        plain = name.casefold()
        if plain in _ME:
            owners.append(own_name(call))
        elif plain in _US:
            if team is None:
                raise UserError("That action has no team; say which, or who.")
            owners.append(team)
        else:
            owners.append(_known_as(call.store, name))
    return tuple(dict.fromkeys(owners))


def strangers(store: Store, owners: Sequence[str]) -> str:
    """A sentence about owners that no recap names, with whom they may be meant to be; empty where all are known."""
    known = names_of_people(store)
    for name in owners:
        if team_named(store, name) or resolve(store, name, exact=True):
            continue
        close = mistyped(name, known)
        return f" I knew nobody called {name} before; did you mean {close}?" if close else ""
    return ""


def _known_as(store: Store, name: str) -> str:
    """The name under which the store knows the one person that `name` is a whole name, nick or account of.

    Where it knows nobody, a Matrix id is called what its own account would be: else it would not be theirs.
    """
    if team := team_named(store, name):
        return team
    own = called(name) if is_matrix_id(name) else name
    spelled = person_spelled(store, own)
    people = resolve(store, name, exact=True)
    return next((person.name for person in people if len(people) == 1 or person.id == spelled), own)


def _event(store: Store, name: str) -> str | None:
    wanted = name.casefold()
    return next((event.name for event in list_events(store) if event.name.casefold() == wanted), None)


def _last(store: Store, team: str | None) -> str | None:
    if team is None:
        return next((event.name for event in list_events(store)), None)
    event = last_event(store, with_parts(store, team))
    return event.name if event else None


def _known_names(store: Store) -> list[str]:
    teams = list_teams(store)
    cycles = [event.cycle for event in list_events(store) if event.cycle]
    return [*(team.name for team in teams), *(alias for team in teams for alias in team.aliases), *cycles]
