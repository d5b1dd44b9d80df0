"""Rooms: the team that each means where none is named."""

from dataclasses import dataclass

from bot.store.database import Store


@dataclass(frozen=True, slots=True)
class Said:
    """What `here` said of a room: a team, or that it means none."""

    team: str | None


def room_team(store: Store, network: str, room: str) -> Said | None:
    """What `here` said of a room; None where nobody said it, and the configuration decides."""
    row = store.db.execute(
        "SELECT t.name FROM rooms r LEFT JOIN teams t ON t.id = r.team_id WHERE r.network = ? AND r.name = ?",
        [network, room.casefold()],
    ).fetchone()
    return None if row is None else Said(row[0])
