"""Teams, people, and who is who: found by any of their names, made when a recap names somebody new."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from string import ascii_lowercase, ascii_uppercase

from sqlite_utils import Database

from bot.messages import UserError
from bot.model import Actor
from bot.store.changes import log_change
from bot.store.database import Store

RESERVED = frozenset("topic agreed action info link help idea undo endmeeting startmeeting".split())
"""MeetBot's words: `#topic` must go on meaning what it means in a meeting, so no team is called so."""

# Letters that are no base letter with an accent to Unicode, and are typed as one by whoever lacks the key (Radosław).
_STROKES = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"})


_LOWER = str.maketrans(ascii_uppercase, ascii_lowercase)


@dataclass(frozen=True, slots=True)
class TeamSeed:
    """A team of `config/teams.toml`: its other names, and the team it is part of."""

    aliases: Sequence[str] = ()
    part_of: str | None = None


def fold(name: str) -> str:
    """The key that a name is found by: no case, no accents, single spaces, no `@` or colon around it."""
    plain = unicodedata.normalize("NFKD", name.strip().strip("@:,"))
    bare = "".join(c for c in plain if not unicodedata.combining(c)).casefold()
    return " ".join(bare.translate(_STROKES).split())


def account_key(account: str) -> str:
    """The key that an account is known by: the case of A to Z aside it is compared as it is written.

    To Unicode `kiſs` is `kiss` in other letters; to a network they are two accounts, and one of them is a stranger.
    """
    return account.translate(_LOWER)


def team_key(name: str) -> str:
    """The form that team names and aliases are kept in: as after `#` in chat, lower case, hyphens for spaces."""
    folded = fold(name).removeprefix("#").removeprefix("the ")
    for ending in (" team", " project", " sig", " wg"):
        folded = folded.removesuffix(ending)
    return folded.replace(" ", "-")


def may_name_team(name: str) -> bool:
    """Whether a team may be called so: `#NAME` must be a word, and none of MeetBot's."""
    key = team_key(name)
    return key[:1].isalpha() and key not in RESERVED


CALLED = "SELECT id FROM teams WHERE name = ?1 UNION SELECT team_id FROM team_aliases WHERE alias = ?1"
"""The row of the team with a key (`team_key`) for its name or alias: at most one."""


def find_team(db: Database, name: str) -> int | None:
    """The team of that name or alias, or None."""
    row = db.execute(CALLED, [team_key(name)]).fetchone()
    return int(row[0]) if row else None


def team_id(store: Store, name: str) -> int:
    """The team of that name or alias; made if there is none. Raises UserError for a name no team may have."""
    known = find_team(store.db, name)
    if known is not None:
        return known
    if not may_name_team(name):
        raise UserError(f"{name!r} cannot be the name of a team.")
    key = team_key(name)
    with store.write() as db:
        return int(db.execute("INSERT INTO teams (name) VALUES (?) RETURNING id", [key]).fetchone()[0])


def seed_teams(store: Store, teams: Mapping[str, TeamSeed]) -> None:
    """Fill the tables of teams, once: where any team is known already, the tables are the truth and stay."""
    with store.write() as db:
        if db.execute("SELECT 1 FROM teams").fetchone():
            return
        for name in teams:
            team_id(store, name)
        for name, seed in teams.items():
            own = team_id(store, name)
            if seed.part_of:
                db.execute("UPDATE teams SET part_of = ? WHERE id = ?", [team_id(store, seed.part_of), own])
            for alias in seed.aliases:
                db.execute("INSERT OR IGNORE INTO team_aliases VALUES (?, ?)", [team_key(alias), own])


def person_id(store: Store, name: str) -> int:
    """The person whom recaps spell so (accents and case aside); made if there is none."""
    key = fold(name)
    row = store.db.execute(
        "SELECT person_id FROM person_names WHERE kind = 'name' AND network = '' AND key = ?", [key]
    ).fetchone()
    if row:
        return int(row[0])
    with store.write() as db:
        made = int(db.execute("INSERT INTO people (name) VALUES (?) RETURNING id", [name.strip()]).fetchone()[0])
        db.execute(
            "INSERT INTO person_names (kind, key, name, person_id) VALUES ('name', ?, ?, ?)", [key, name.strip(), made]
        )
        return made


def claim(store: Store, network: str, account: str, name: str, actor: Actor, now: datetime) -> None:
    """Tie an account to the person of that name, unconfirmed: it serves `mine`, and gives no rights yet."""
    _tie(store, network, account, name, None, "iam", actor, now)


def confirm_claim(store: Store, network: str, account: str, name: str, actor: Actor, now: datetime) -> None:
    """Tie an account to the person of that name with an owner's rights, on the actor's word.

    Raises UserError where another account on that network holds the name already.
    """
    person = person_id(store, name)
    other = store.db.execute(
        "SELECT name FROM person_names WHERE kind = 'account' AND network = ? AND person_id = ? AND key <> ?"
        " AND confirmed_by IS NOT NULL",
        [network, person, account_key(account)],
    ).fetchone()
    if other:
        raise UserError(f"{name} is the account {other[0]} already.")
    _tie(store, network, account, name, actor.identity, "~iam", actor, now)


def _tie(
    store: Store,
    network: str,
    account: str,
    name: str,
    confirmed_by: str | None,
    what: str,
    actor: Actor,
    now: datetime,
) -> None:
    with store.write() as db:
        person = person_id(store, name)
        old = db.execute(
            "SELECT person_id, confirmed_by FROM person_names WHERE kind = 'account' AND network = ? AND key = ?",
            [network, account_key(account)],
        ).fetchone()
        if old and old[0] == person and (confirmed_by is None or old[1]):
            return
        before = {"person_id": old[0], "confirmed_by": old[1]} if old else {}
        after = {"person_id": person, "confirmed_by": confirmed_by}
        db.execute(
            "INSERT INTO person_names (kind, network, key, name, person_id, confirmed_by)"
            " VALUES ('account', ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
            " person_id = excluded.person_id, confirmed_by = excluded.confirmed_by",
            [network, account_key(account), account, person, confirmed_by],
        )
        log_change(store, f"account:{network}/{account_key(account)}", what, before, after, actor, now)


def set_room_team(store: Store, network: str, room: str, team: str | None, actor: Actor, now: datetime) -> None:
    """Make a team the one that a room means where none is named; None for no team, whatever the configuration says."""
    with store.write() as db:
        old = db.execute("SELECT team_id FROM rooms WHERE network = ? AND name = ?", [network, room]).fetchone()
        wanted = team_id(store, team) if team else None
        if old is not None and old[0] == wanted:
            return
        db.execute(
            "INSERT INTO rooms (network, name, team_id) VALUES (?, ?, ?)"
            " ON CONFLICT DO UPDATE SET team_id = excluded.team_id",
            [network, room, wanted],
        )
        before, after = {"team_id": old[0]} if old else {}, {"team_id": wanted}
        log_change(store, f"room:{network}/{room}", "here", before, after, actor, now)
