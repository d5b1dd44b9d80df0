"""The rooms that the bot is in: what they are called, who they are for, whether they are encrypted.

Rules: a room of the configuration goes by the name it has there, every other by its id; a room is direct only where
somebody made it for two, and two are in it; that a room is encrypted is never forgotten.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from bot.mailbox import Journal, KnownRoom
from bot.messages import Role
from bot.transports.matrix_rooms import RoomState

NAMED = 5
"""Rooms by invitation that are named; of more it is said how many."""


class Places:
    """The rooms of one account. `me` is its id."""

    def __init__(self, journal: Journal, me: str) -> None:
        self._journal = journal
        self.me = me
        self.states: dict[str, RoomState] = {}
        """By room id; a room that the bot is not in is not there."""
        self._known = journal.rooms()
        self._names: dict[str, str] = {}
        self._moved: set[str] = set()
        """Rooms that were followed to their replacements; the bot stays in them."""
        self.direct: dict[str, list[str]] = {}
        """The account's m.direct: person -> rooms."""

    # --- names ------------------------------------------------------------------------------------------------------

    def call(self, room_id: str, name: str) -> None:
        """A room of the configuration was found."""
        self._names = {each: called for each, called in self._names.items() if called != name}
        self._names[room_id] = name

    def name(self, room_id: str) -> str:
        """What a room is called in the bot's memory."""
        return self._names.get(room_id, room_id)

    def named(self, name: str) -> str | None:
        """The id of a room that the bot is in."""
        found = next((room for room, called in self._names.items() if called.casefold() == name.casefold()), name)
        return found if self.is_in(found) else None

    def is_configured(self, room_id: str) -> bool:
        """Whether the configuration names it."""
        return room_id in self._names

    def unknown(self, names: Sequence[str]) -> list[str]:
        """The aliases among rooms of the configuration of which it is not known which room they name."""
        return [name for name in names if name.startswith("#") and name not in self._names.values()]

    def is_in(self, room_id: str) -> bool:
        """Whether the bot is there."""
        state = self.states.get(room_id)
        return state is not None and state.membership(self.me) == "join"

    # --- what they are ----------------------------------------------------------------------------------------------

    def state(self, room_id: str) -> RoomState:
        """The state of a room, which may be empty yet."""
        return self.states.setdefault(room_id, RoomState(room_id))

    def role(self, room_id: str, user_id: str) -> Role:
        """What somebody may do in a room now. Anybody can make a room for two, and has all the power there: it gives no
        rights, also when there are three."""
        state = self.states.get(room_id)
        if state is None or (self.is_for_two(room_id) and not self.is_configured(room_id)):
            return Role.USER
        return state.role(user_id)

    def is_encrypted(self, room_id: str) -> bool:
        """Whether it is, or ever was."""
        state = self.states.get(room_id)
        return self._known.get(room_id, KnownRoom()).encrypted or (state is not None and state.encrypted)

    def note_encryption(self, room_ids: Sequence[str]) -> None:
        """Remember those that are encrypted."""
        for room_id in room_ids:
            known = self._known.get(room_id, KnownRoom())
            if room_id in self.states and self.states[room_id].encrypted and not known.encrypted:
                self._keep(room_id, replace(known, encrypted=True))

    def note_direct(self, room_id: str, person: str) -> bool:
        """Somebody made the room for two; whether m.direct lacks it."""
        known = self._known.get(room_id, KnownRoom())
        if known.direct_with != person:
            self._keep(room_id, replace(known, direct_with=person))
        if room_id in self.direct.get(person, ()):
            return False
        self.direct.setdefault(person, []).append(room_id)
        return True

    def adopt(self, room_ids: Sequence[str]) -> bool:
        """Take for direct the rooms that the bot made for two and died before it wrote that down; whether m.direct
        lacks any."""
        found = {room_id: self.states[room_id].made_for(self.me) for room_id in room_ids if self.is_in(room_id)}
        new = [(room_id, person) for room_id, person in found.items() if person and not self.is_for_two(room_id)]
        return any([self.note_direct(room_id, person) for room_id, person in new])

    def note_open(self, room_id: str) -> bool:
        """Who may invite the bot to rooms did, and not as to a room for two; whether m.direct had it."""
        known = self._known.get(room_id, KnownRoom())
        if known.direct_with is not None:
            self._keep(room_id, replace(known, direct_with=None))
        had = [rooms for rooms in self.direct.values() if room_id in rooms]
        for rooms in had:
            rooms.remove(room_id)
        return bool(had)

    def is_for_two(self, room_id: str) -> bool:
        """Whether the room was made for two, however many are in it."""
        known = self._known.get(room_id, KnownRoom())
        return known.direct_with is not None or any(room_id in rooms for rooms in self.direct.values())

    def other(self, room_id: str) -> str | None:
        """Whom a direct room is with; None for every other room, and where a third one is in it or invited."""
        state = self.states.get(room_id)
        if state is None or not self.is_in(room_id):
            return None
        others = state.present() - {self.me}
        person = next(iter(others)) if len(others) == 1 else None
        return person if person and self._made_for_two(room_id, person) else None

    def direct_room(self, person: str) -> str | None:
        """A room for two with that person: one that they are in, else one that they are invited to."""
        rooms = [room_id for room_id in self.states if self.other(room_id) == person]
        rooms.sort(key=lambda room_id: self.states[room_id].membership(person) != "join")
        return rooms[0] if rooms else None

    def _made_for_two(self, room_id: str, person: str) -> bool:
        if self._known.get(room_id, KnownRoom()).direct_with or room_id in self.direct.get(person, ()):
            return True
        return self.states[room_id].invited_to_two(person) and self.me in self.states[room_id].creators

    def _keep(self, room_id: str, known: KnownRoom) -> None:
        self._journal.keep_room(room_id, known)
        self._known[room_id] = known

    def by_invitation(self) -> list[str]:
        """The rooms that the configuration does not name, for `status`: those for two are private, and only counted."""
        others = [room for room in self.states if self.is_in(room) and not self.is_configured(room)]
        shared = sorted(room for room in others if not self.is_for_two(room))
        more, direct = len(shared) - NAMED, len(others) - len(shared)
        counts = [f"{more} more"] if more > 0 else []
        counts += [f"{direct} direct {'room' if direct == 1 else 'rooms'}"] if direct else []
        return [*shared[:NAMED], *counts]

    # --- rooms that end ---------------------------------------------------------------------------------------------

    def is_empty(self, room_id: str) -> bool:
        """Whether everybody else has left it, nobody is invited, and the configuration does not want it."""
        if not self.is_in(room_id) or self.is_configured(room_id):
            return False
        state = self.states[room_id]
        # A room that is just being made has nobody in it who could have left.
        return state.present() == {self.me} and bool(state.gone())

    def replacement(self, room_id: str) -> str | None:
        """The room that replaces this one, where who said so had the power to."""
        state = self.states.get(room_id)
        if state is None or state.replacement is None:
            return None
        new, sender = state.replacement
        return new if state.level(sender) >= state.needed("m.room.tombstone") else None

    def replaced_by(self, room_id: str) -> str | None:
        """The room that the bot is in which was replaced by this one."""
        return next((each for each in self.states if self.replacement(each) == room_id), None)

    def move(self) -> Iterator[tuple[str, str]]:
        """Follow rooms to those that replaced them, where the bot is in and they say the same; what moved to where."""
        for old in list(self.states):
            new = self.replacement(old)
            if new is None or new == old or not self.is_in(new) or self.states[new].predecessor != old:
                continue
            if name := self._names.pop(old, None):
                self._names[new] = name
                yield old, new
            elif not self.is_configured(new) and old not in self._moved:
                self._moved.add(old)
                self._journal.moved(old, new)
                yield old, new

    def account_data(self, events: Sequence[object]) -> None:
        """Take what the account's other clients say of direct rooms."""
        for event in events:
            if isinstance(event, dict) and event.get("type") == "m.direct":
                content = event.get("content")
                said: Mapping[str, object] = content if isinstance(content, dict) else {}
                self.direct = {
                    person: [room for room in rooms if isinstance(room, str)]
                    for person, rooms in said.items()
                    if isinstance(rooms, list)
                }
