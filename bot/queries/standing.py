"""What gives a person rights over an item: having loaded or written its recap, owning it, having taken it.

An account stands for a person only once an operator confirmed it (`~iam`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.model import Item, Kind
from bot.queries.people import called
from bot.store.database import Store
from bot.store.links import linked
from bot.store.people import account_key, fold


@dataclass(frozen=True, slots=True)
class Tie:
    """Whom an account said it is."""

    person: int
    name: str
    confirmed: bool


def tie_of(store: Store, network: str, account: str) -> Tie | None:
    """The person that an account is tied to, or None."""
    row = store.db.execute(
        "SELECT n.person_id, p.name, n.confirmed_by IS NOT NULL FROM person_names n"
        " JOIN people p ON p.id = n.person_id WHERE n.kind = 'account' AND n.network = ? AND n.key = ?",
        [network, account_key(account)],
    ).fetchone()
    return None if row is None else Tie(row[0], row[1], bool(row[2]))


def people_of(store: Store, network: str, account: str) -> tuple[int, ...]:
    """Whose items an account may read as its own: of the person that it said it is, and of the account's own name.

    What it took before anybody confirmed who it is stands under that name.
    """
    tie, own = tie_of(store, network, account), person_spelled(store, called(account))
    people = (tie.person if tie else None, own)
    return tuple(dict.fromkeys(person for person in people if person is not None))


def _proven_people(store: Store, network: str, account: str) -> set[int]:
    """The rows of the people that an account is, beyond doubt: by a confirmed `iam`, or by a nick that is trusted."""
    people = set()
    tie = tie_of(store, network, account)
    if tie is not None and tie.confirmed:
        people.add(tie.person)
    if account.startswith("~") and (named := person_spelled(store, called(account))):
        people.add(named)
    return people


def _is_one_of(store: Store, network: str, account: str, identities: Sequence[str | None]) -> bool:
    """Whether one of these identities is the account, or one on another network that it is linked to (`link`)."""
    own = {(where, account_key(name)) for where, name in ((network, account), *linked(store, network, account))}
    parts = [each.partition("/") for each in identities if each is not None]
    return any((where, account_key(name)) in own for where, _, name in parts)


def has_recap(store: Store, network: str, account: str, item: Item) -> bool:
    """Whether an account loaded the item's recap or is its linked author."""
    loader, author = _loader_and_author(store, item)
    return _is_one_of(store, network, account, [loader]) or author in _proven_people(store, network, account)


def answers_for(store: Store, network: str, account: str, item: Item) -> bool:
    """Whether an account has an owner's rights over an item: it owns, took or recorded it, or has its recap."""
    if _is_one_of(store, network, account, [item.recorded_by, _taken_by(store, item)]):
        return True
    owners = {owner.person for owner in item.owners}
    return bool(_proven_people(store, network, account) & owners) or has_recap(store, network, account, item)


def holder_of(store: Store, network: str, name: str) -> str | None:
    """The account on that network that was confirmed to be the person recaps call `name`, or None."""
    row = store.db.execute(
        "SELECT a.name FROM person_names s JOIN person_names a ON a.person_id = s.person_id"
        " WHERE s.kind = 'name' AND s.network = '' AND s.key = ? AND a.kind = 'account' AND a.network = ?"
        " AND a.confirmed_by IS NOT NULL",
        [fold(name), network],
    ).fetchone()
    return None if row is None else str(row[0])


def person_spelled(store: Store, name: str) -> int | None:
    """The person whom recaps spell so, accents and case aside, or None."""
    row = store.db.execute(
        "SELECT person_id FROM person_names WHERE kind = 'name' AND network = '' AND key = ?", [fold(name)]
    ).fetchone()
    return None if row is None else int(row[0])


def is_named(store: Store, person: int) -> bool:
    """Whether a recap names that person, as its author or as somebody who owes something, or people gave them work."""
    owns, wrote = "SELECT 1 FROM item_owners WHERE person_id = ?1", "SELECT 1 FROM recaps WHERE author_id = ?1"
    return bool(store.db.execute(f"SELECT EXISTS ({owns}) OR EXISTS ({wrote})", [person]).fetchone()[0])


def _loader_and_author(store: Store, item: Item) -> tuple[str | None, int | None]:
    """The identity that loaded the item's recap, and the row of the person who wrote it."""
    if item.recap is None:
        return None, None
    row = store.db.execute("SELECT loaded_by, author_id FROM recaps WHERE id = ?", [item.recap]).fetchone()
    return row[0], row[1]


def _taken_by(store: Store, item: Item) -> str | None:
    """The identity that took the item for itself, where nobody has assigned it since."""
    row = store.db.execute(
        "SELECT what, identity FROM changes WHERE subject = ? AND undone = 0"
        " AND json_type(after, '$.owners') IS NOT NULL ORDER BY id DESC LIMIT 1",
        [item.label],
    ).fetchone()
    return str(row[1]) if row is not None and row[0] == "take" else None


def recorded_since(store: Store, kind: Kind, team: str | None, text: str, since: str) -> str | None:
    """The label of an item of that kind, team and very text that was recorded by hand since an instant, or None."""
    row = store.db.execute(
        "SELECT i.number FROM items i LEFT JOIN teams t ON t.id = i.team_id WHERE i.kind = ? AND i.recap_id IS NULL"
        " AND t.name IS ? AND i.text = ? COLLATE NOCASE AND i.presence = 'recorded' AND i.created_at >= ?",
        [kind.value, team, text, since],
    ).fetchone()
    return None if row is None else f"{kind.letter}{row[0]}"
