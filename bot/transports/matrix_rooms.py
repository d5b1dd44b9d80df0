"""What is known of a Matrix room from its state events: who is in it, who may what, whether it is encrypted. Pure.

Rule: what is not known gives no rights. Levels follow the room's own version: from 12 on its creators stand above all
levels, before that whoever made it has 100 until the room says otherwise.
"""

import re
from collections.abc import Mapping
from typing import Any

from bot.messages import Role

OPERATOR = 50
"""The power level from which somebody is an operator; what most clients call a moderator."""
CREATORS_RULE = 12
"""The first room version whose creators are above all levels, and whose ids have no server part."""
KEPT = (
    "m.room.create",
    "m.room.power_levels",
    "m.room.encryption",
    "m.room.tombstone",
)
MADE_FOR = "org.recapbot.direct"
"""Where a room that the bot made for two says with whom, for ever: what an invitation says is gone once it is taken."""
UNLIMITED = 2**62

Content = Mapping[str, Any]


def content_of(event: Mapping[str, Any]) -> Content:
    """The content of an event; empty where it has none."""
    content = event.get("content")
    return content if isinstance(content, dict) else {}


class RoomState:
    """The state of one room, as far as the bot needs it."""

    def __init__(self, room_id: str) -> None:
        self.room_id = room_id
        self._kept: dict[str, Mapping[str, Any]] = {}
        self._members: dict[str, Content] = {}

    def apply(self, event: Mapping[str, Any]) -> None:
        """Take a state event; any other changes nothing."""
        key, kind = event.get("state_key"), event.get("type")
        if not isinstance(key, str):
            return
        if kind == "m.room.member":
            self._members[key] = content_of(event)
        elif kind in KEPT and key == "":
            self._kept[kind] = event

    # --- members ----------------------------------------------------------------------------------------------------

    def membership(self, user: str) -> str:
        """`join`, `invite`, `leave`, `ban` or `knock`."""
        said = self._members.get(user, {}).get("membership")
        return said if isinstance(said, str) else "leave"

    def display_name(self, user: str) -> str | None:
        """The name that the person goes by there; anybody may take any."""
        name = self._members.get(user, {}).get("displayname")
        return name if isinstance(name, str) and name else None

    def invited_to_two(self, user: str) -> bool:
        """Whether the invitation of somebody, who did not come yet, says that the room is for two."""
        return self._members.get(user, {}).get("is_direct") is True

    def present(self) -> set[str]:
        """Who is in the room or invited."""
        return {user for user in self._members if self.membership(user) in ("join", "invite")}

    def gone(self) -> set[str]:
        """Who was in the room or invited, and is not any more."""
        return {user for user in self._members if self.membership(user) in ("leave", "ban")}

    def joined(self) -> set[str]:
        """Who is in the room."""
        return {user for user in self._members if self.membership(user) == "join"}

    # --- what the room is -------------------------------------------------------------------------------------------

    @property
    def encrypted(self) -> bool:
        """Whether what is said there must be encrypted."""
        return "m.room.encryption" in self._kept

    @property
    def version(self) -> int:
        """The room version; the versions of unfinished proposals count as the one that they became."""
        said = str(self._content("m.room.create").get("room_version", "1"))
        if said.startswith("org.matrix.hydra"):
            return CREATORS_RULE
        number = re.fullmatch(r"(\d{1,4})(\..*)?", said)
        return int(number[1]) if number else 1

    @property
    def creators(self) -> set[str]:
        """Who made the room."""
        event = self._kept.get("m.room.create")
        if event is None:
            return set()
        found = [event.get("sender")]
        if self.version >= CREATORS_RULE:
            more = content_of(event).get("additional_creators")
            found += more if isinstance(more, list) else []
        elif self.version < 11:  # until then the content said it
            found = [content_of(event).get("creator") or event.get("sender")]
        return {each for each in found if isinstance(each, str)}

    @property
    def predecessor(self) -> str | None:
        """The room that this one replaces."""
        before = self._content("m.room.create").get("predecessor")
        room = before.get("room_id") if isinstance(before, dict) else None
        return room if isinstance(room, str) else None

    @property
    def replacement(self) -> tuple[str, str] | None:
        """The room that replaces this one, and who said so."""
        event = self._kept.get("m.room.tombstone")
        if event is None:
            return None
        room, sender = content_of(event).get("replacement_room"), event.get("sender")
        return (room, sender) if isinstance(room, str) and isinstance(sender, str) else None

    def made_for(self, me: str) -> str | None:
        """For whom the bot made the room; None for any other room."""
        event = self._kept.get("m.room.create", {})
        person = content_of(event).get(MADE_FOR)
        return person if event.get("sender") == me and isinstance(person, str) else None

    # --- who may what -----------------------------------------------------------------------------------------------

    def level(self, user: str) -> int:
        """The power level of somebody there."""
        if "m.room.create" not in self._kept:
            return 0
        if self.version >= CREATORS_RULE and user in self.creators:
            return UNLIMITED
        if "m.room.power_levels" not in self._kept:
            return 100 if user in self.creators else 0
        levels = self._content("m.room.power_levels")
        users = levels.get("users")
        if isinstance(users, dict) and user in users:
            return _number(users[user], 0)
        return self._usual

    def needed(self, event_type: str) -> int:
        """The level that a state event of that type needs."""
        levels = self._content("m.room.power_levels")
        events = levels.get("events")
        if isinstance(events, dict) and event_type in events:
            return _number(events[event_type], UNLIMITED)
        return _number(levels.get("state_default", 50), UNLIMITED)

    def role(self, user: str) -> Role:
        """What somebody may do there: with more power than the room gives to everybody, they have voice."""
        if self.membership(user) != "join":
            return Role.USER
        level = self.level(user)
        if level >= OPERATOR:
            return Role.OP
        return Role.VOICE if level > max(self._usual, 0) else Role.USER

    @property
    def _usual(self) -> int:
        return _number(self._content("m.room.power_levels").get("users_default", 0), 0)

    def _content(self, kind: str) -> Content:
        return content_of(self._kept.get(kind, {}))


def _number(said: object, otherwise: int) -> int:
    """A level as rooms write it: old ones may hold it as text."""
    if isinstance(said, bool):
        return otherwise
    if isinstance(said, int):
        return max(-UNLIMITED, min(said, UNLIMITED - 1))
    if isinstance(said, str) and re.fullmatch(r"\s*[+-]?\d{1,16}\s*", said):
        return int(said)
    return otherwise
