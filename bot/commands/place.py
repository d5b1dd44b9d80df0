"""What the place where a command was said makes of it: the signs that count, the team it means, its time zone, how
many lines are said at once."""

from collections.abc import Mapping
from datetime import date
from typing import TypeVar

from bot.commands.addressing import MATRIX_SIGNS, SIGNS
from bot.commands.registry import Call, Policy
from bot.commands.when import local_date
from bot.messages import Request
from bot.queries.rooms import room_team
from bot.queries.teams import team_named
from bot.store.database import Store

Value = TypeVar("Value")

ROOM_LINES = 6
DIRECT_LINES = 12


def signs(policy: Policy, request: Request) -> str:
    """The signs that count in the room of a request."""
    if request.room is None:
        return ""
    default = MATRIX_SIGNS if _is_matrix(request.room) else SIGNS
    return _of_room(policy.signs, request, default)


def hint_sign(policy: Policy, request: Request) -> str:
    """What to put before a command that a person is told to say there."""
    if request.room is None:
        return ""
    counting = signs(policy, request)
    chosen = next((sign for sign in "+!" if sign in counting), None)
    return chosen or next((f"{name}: " for name in request.own_names), "")


def default_team(store: Store, policy: Policy, request: Request) -> str | None:
    """The team that a command there means where it names none: as `here` said, else as the configuration says."""
    if request.room is None:
        return None
    if said := room_team(store, request.network, request.room):
        return said.team
    configured = _of_room(policy.room_teams, request, None)
    return team_named(store, configured) if configured else None


def page_length(request: Request, private: bool = False) -> int:
    """The lines of an answer that are said at once there, or to its asker in private."""
    if request.page is not None:
        return request.page
    return DIRECT_LINES if private or request.room is None else ROOM_LINES


def today(call: Call) -> date:
    """The day it is for the people in that room."""
    return local_date(call.request.now, zone(call))


def zone(call: Call) -> str:
    """The time zone of that room; UTC where it has none, and in a direct message."""
    return _of_room(call.policy.zones, call.request, "UTC")


def _of_room(settings: Mapping[tuple[str, str], Value], request: Request, default: Value) -> Value:
    """The setting of the request's room, however the case of its name is."""
    if not settings or request.room is None:
        return default
    wanted = (request.network, request.room.casefold())
    return next((value for (network, room), value in settings.items() if (network, room.casefold()) == wanted), default)


def _is_matrix(room: str) -> bool:
    """Matrix rooms are `!id:server` or `#alias:server`; a colon is in no IRC channel's name."""
    return room.startswith("!") or ":" in room
