"""Accounts of one person on several networks, each proven: a code shown to one of them is entered from the other.

Rule: a code works once, for ten minutes, and only on another network; who enters five wrong ones waits ten minutes.
"""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlite_utils import Database

from bot.messages import UserError
from bot.model import Actor
from bot.store.changes import log_change, stamp
from bot.store.database import Store
from bot.store.people import account_key

VALID = timedelta(minutes=10)
TRIES = 5
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""No letter that is easily taken for another."""


def new_code(store: Store, network: str, account: str, now: datetime) -> str:
    """A code for that account; one that it was given before is worth nothing any more."""
    code = "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(2))
    with store.write() as db:
        db.execute("DELETE FROM link_codes WHERE made_at < ?", [stamp(now - VALID)])
        db.execute("DELETE FROM link_codes WHERE network = ? AND account = ?", [network, account])
        db.execute("INSERT INTO link_codes VALUES (?, ?, ?, ?)", [_hash(code), network, account, stamp(now)])
    return code


def enter_code(store: Store, network: str, account: str, code: str, actor: Actor, now: datetime) -> tuple[str, str]:
    """Link the account to the one that was given the code; that one's network and name.

    Raises UserError where the code is wrong or old, or the two stand for two people for certain.
    """
    key = account_key(account)
    since = stamp(now - VALID)
    tries = "SELECT COUNT(*) FROM link_tries WHERE network = ? AND key = ? AND at > ?"
    if store.db.execute(tries, [network, key, since]).fetchone()[0] >= TRIES:
        raise UserError("That were too many wrong codes; try again in ten minutes.")
    row = store.db.execute(
        "SELECT network, account FROM link_codes WHERE hash = ? AND made_at > ?", [_hash(code), since]
    ).fetchone()
    if row is None:
        with store.write() as db:
            db.execute("DELETE FROM link_tries WHERE at <= ?", [since])
            db.execute("INSERT INTO link_tries VALUES (?, ?, ?)", [network, key, stamp(now)])
        raise UserError("That code is wrong or older than ten minutes; say `link` over there for a new one.")
    other_network, other = str(row[0]), str(row[1])
    if other_network == network:
        raise UserError("That code is for an account on another network; enter it there.")
    with store.write() as db:
        _join(store, (network, account), (other_network, other), actor, now)
        _share_person(store, (network, account), (other_network, other), actor, now)
        db.execute("DELETE FROM link_codes WHERE hash = ?", [_hash(code)])
    return other_network, other


def linked(store: Store, network: str, account: str) -> list[tuple[str, str]]:
    """The other accounts of the person whose account this is, each with its network first."""
    rows = store.db.execute(
        "SELECT o.network, o.account FROM linked_accounts a JOIN linked_accounts o ON o.link = a.link"
        " WHERE a.network = ? AND a.key = ? AND NOT (o.network = a.network AND o.key = a.key)"
        " ORDER BY o.network, o.key",
        [network, account_key(account)],
    ).fetchall()
    return [(str(row[0]), str(row[1])) for row in rows]


def _hash(code: str) -> str:
    plain = "".join(letter for letter in code.upper() if letter in LETTERS)
    return hashlib.sha256(plain.encode()).hexdigest()


def _join(store: Store, one: tuple[str, str], other: tuple[str, str], actor: Actor, now: datetime) -> None:
    """Give both accounts, and all that were linked to the first, the link of the second."""
    db = store.db
    link = _link_of(db, *other) or int(
        db.execute("SELECT COALESCE(MAX(link), 0) + 1 FROM linked_accounts").fetchone()[0]
    )
    old = _link_of(db, *one)
    moving = [one, other]
    if old is not None and old != link:
        rows = db.execute("SELECT network, account FROM linked_accounts WHERE link = ?", [old]).fetchall()
        moving += [(row[0], row[1]) for row in rows]
    for network, account in dict.fromkeys(moving):
        before = _link_of(db, network, account)
        if before == link:
            continue
        key = account_key(account)
        db.execute("INSERT OR REPLACE INTO linked_accounts VALUES (?, ?, ?, ?)", [network, key, account, link])
        was = {} if before is None else {"link": before}
        log_change(store, f"link:{network}/{key}", "link", was, {"link": link}, actor, now)


def _link_of(db: Database, network: str, account: str) -> int | None:
    row = db.execute(
        "SELECT link FROM linked_accounts WHERE network = ? AND key = ?", [network, account_key(account)]
    ).fetchone()
    return int(row[0]) if row else None


def _share_person(store: Store, one: tuple[str, str], other: tuple[str, str], actor: Actor, now: datetime) -> None:
    """Where one of the two is known by a name of the recaps, so is the other, with the same rights."""
    db = store.db
    ties = {each: _tie(db, *each) for each in (one, other)}
    mine, theirs = ties[one], ties[other]
    if mine and theirs and mine[0] != theirs[0] and mine[1] and theirs[1]:
        raise UserError("The two accounts are confirmed to be two people; ask an operator to mend that first.")
    # What an operator confirmed goes before what somebody only said.
    known = next((tie for tie in (theirs, mine) if tie and tie[1]), theirs or mine)
    if known is None:
        return
    for (network, account), tie in ties.items():
        if tie == known:
            continue
        key = account_key(account)
        before = {} if tie is None else {"person_id": tie[0], "confirmed_by": tie[1]}
        db.execute(
            "INSERT OR REPLACE INTO person_names (kind, network, key, name, person_id, confirmed_by)"
            " VALUES ('account', ?, ?, ?, ?, ?)",
            [network, key, account, known[0], known[1]],
        )
        after = {"person_id": known[0], "confirmed_by": known[1]}
        log_change(store, f"account:{network}/{key}", "link", before, after, actor, now)


def _tie(db: Database, network: str, account: str) -> tuple[int, str | None] | None:
    row = db.execute(
        "SELECT person_id, confirmed_by FROM person_names WHERE kind = 'account' AND network = ? AND key = ?",
        [network, account_key(account)],
    ).fetchone()
    return (int(row[0]), row[1]) if row else None
