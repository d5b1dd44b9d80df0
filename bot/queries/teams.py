"""Teams: their other names, their parts, and what the memory holds of each."""

from dataclasses import dataclass

from bot.store.database import Store
from bot.store.people import CALLED, team_key


@dataclass(frozen=True, slots=True)
class Team:
    """A team as the tables know it."""

    id: int
    name: str
    aliases: tuple[str, ...]
    part_of: str | None
    parts: tuple[str, ...]
    recaps: int = 0


def team_named(store: Store, name: str) -> str | None:
    """The table name of the team that people call `name` (a name or an alias), or None."""
    row = store.db.execute(f"SELECT name FROM teams WHERE id IN ({CALLED})", [team_key(name)]).fetchone()
    return str(row[0]) if row else None


def with_parts(store: Store, name: str) -> list[int]:
    """The rows of the team of that name and of all its parts; none where there is no such team."""
    rows = store.db.execute(
        f"WITH RECURSIVE family(id) AS (SELECT id FROM ({CALLED})"
        " UNION SELECT t.id FROM teams t JOIN family f ON t.part_of = f.id) SELECT id FROM family",
        [team_key(name)],
    )
    return [row[0] for row in rows]


def list_teams(store: Store) -> list[Team]:
    """Every team, by name, with the number of loaded recaps that speak of it."""
    aliases: dict[int, list[str]] = {}
    for alias, team in store.db.execute("SELECT alias, team_id FROM team_aliases ORDER BY alias"):
        aliases.setdefault(team, []).append(alias)
    rows = list(
        store.db.query(
            # The plus makes SQLite list the loaded recaps once, from their index, instead of looking up each.
            "SELECT t.id, t.name, p.name AS part_of, (SELECT COUNT(*) FROM recap_teams x WHERE x.team_id = t.id"
            " AND +x.recap_id IN (SELECT id FROM recaps WHERE unloaded_at IS NULL)) AS recaps"
            " FROM teams t LEFT JOIN teams p ON p.id = t.part_of ORDER BY t.name"
        )
    )
    parts: dict[str, list[str]] = {}
    for row in rows:
        if row["part_of"]:
            parts.setdefault(row["part_of"], []).append(row["name"])
    return [
        Team(
            row["id"],
            row["name"],
            tuple(aliases.get(row["id"], ())),
            row["part_of"],
            tuple(parts.get(row["name"], ())),
            row["recaps"],
        )
        for row in rows
    ]
