"""People: who is meant by a name. Accents and case do not count."""

from dataclasses import dataclass

from bot.queries.match import like
from bot.store.database import Store
from bot.store.people import account_key, fold

SHORTEST = 3
"""Letters of a beginning that may stand for a whole name."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whom recaps name, or who said `iam`."""

    id: int
    name: str


def resolve(store: Store, name: str, *, exact: bool = False) -> list[Person]:
    """The people whom `name` may mean: one where it is clear, several where it is not, none where nobody is known.

    A whole name, nick or account goes before one word of a name (`Christian`), and that before the beginning of a
    name or of a word in it (`yoct`). `exact` asks for whole names only. A Matrix id is the person that it is tied to,
    else whoever has the name that it stands under.
    """
    if is_matrix_id(name):
        if tied := _tied(store, name):
            return tied
        name, exact = called(name), True
    key = fold(name)
    if not key:
        return []
    pattern = like(key)
    tries = [("n.key = ?", [key])]
    if not exact:
        tries.append(("' ' || n.key || ' ' LIKE ? ESCAPE '\\'", [f"% {pattern} %"]))
    if not exact and len(key) >= SHORTEST:
        tries.append(("' ' || n.key LIKE ? ESCAPE '\\'", [f"% {pattern}%"]))
    for condition, values in tries:
        rows = store.db.execute(
            "SELECT DISTINCT p.id, p.name FROM person_names n JOIN people p ON p.id = n.person_id"
            f" WHERE {condition} ORDER BY p.name, p.id",
            values,
        ).fetchall()
        if rows:
            return [Person(*row) for row in rows]
    return []


def _tied(store: Store, account: str) -> list[Person]:
    """The people that an account is tied to; an id of Matrix is the same whatever the bot calls its homeserver."""
    rows = store.db.execute(
        "SELECT DISTINCT p.id, p.name FROM person_names n JOIN people p ON p.id = n.person_id"
        " WHERE n.kind = 'account' AND n.key = ? ORDER BY p.name, p.id",
        [account_key(account)],
    ).fetchall()
    return [Person(*row) for row in rows]


def person_by_id(store: Store, person: int) -> Person | None:
    """The person of that row."""
    row = store.db.execute("SELECT id, name FROM people WHERE id = ?", [person]).fetchone()
    return Person(*row) if row else None


def names_of_people(store: Store) -> list[str]:
    """Every name that recaps use, to know a mistyped one by."""
    return [row[0] for row in store.db.execute("SELECT name FROM person_names WHERE kind = 'name'")]


def called(account: str) -> str:
    """What an account is called among people's names: `alice`, also of `~alice` and of `@alice:example.org`."""
    return account[1:].partition(":")[0] if is_matrix_id(account) else account.removeprefix("~")


def is_matrix_id(name: str) -> bool:
    """Whether that is `@alice:example.org`, or what nobody else is called."""
    return name.startswith("@") and ":" in name
