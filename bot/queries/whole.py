"""Everything, in the order that an export tells it in."""

from bot.model import Item
from bot.queries.rows import items_by_id
from bot.queries.trail import Entry, history
from bot.store.database import Store


def items_of_recap(store: Store, recap: int | None) -> tuple[Item, ...]:
    """The items of a recap as they stand in it, or those recorded by hand as they came; none that is withdrawn."""
    rows = store.db.execute(
        "SELECT id FROM items WHERE recap_id IS ? AND presence <> 'withdrawn' ORDER BY \"start\", kind, id", [recap]
    )
    return items_by_id(store, [row[0] for row in rows])


def people_with_names(store: Store) -> dict[str, tuple[str, ...]]:
    """Everybody who owns something or wrote a recap, with all spellings of their name."""
    found: dict[int, list[str]] = {}
    for person, name in store.db.execute(
        "SELECT p.id, p.name FROM people p UNION ALL"
        " SELECT n.person_id, n.name FROM person_names n WHERE n.kind = 'name' ORDER BY 1"
    ):
        found.setdefault(person, []).append(name)
    return {names[0]: tuple(dict.fromkeys(names[1:])) for names in found.values()}


def histories(store: Store) -> dict[str, list[Entry]]:
    """What people did to each thing that anybody did something to, by its id."""
    subjects = store.db.execute("SELECT DISTINCT subject FROM changes WHERE undone = 0 ORDER BY subject").fetchall()
    return {subject: history(store, subject) for (subject,) in subjects}
