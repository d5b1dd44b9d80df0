"""Rooms: the team that each means where none is named."""

from bot.store.database import Store


def room_team(store: Store, network: str, room: str) -> str | None:
    """The team that `here` gave to a room, or None."""
    row = store.db.execute(
        "SELECT t.name FROM rooms r JOIN teams t ON t.id = r.team_id WHERE r.network = ? AND r.name = ?",
        [network, room.casefold()],
    ).fetchone()
    return None if row is None else str(row[0])
