"""Keeps the rooms of an account: joins those of the configuration, takes invitations from those who may invite,
follows a room to the one that replaces it, leaves where nobody else is.

Rule: whatever a homeserver refuses here is logged and left; what it cannot do now is tried again.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from bot.config import MatrixNetwork
from bot.mailbox import Incoming, Journal, Kind
from bot.transports.matrix_client import Client
from bot.transports.matrix_events import matches
from bot.transports.matrix_http import Refused, Trouble
from bot.transports.matrix_places import Places
from bot.transports.matrix_timing import Backoff, Timing

log = logging.getLogger(__name__)


class Keeping:
    """The rooms of one account. `spawn` runs what may take a while."""

    def __init__(
        self,
        name: str,
        settings: MatrixNetwork,
        client: Client,
        journal: Journal,
        places: Places,
        spawn: Callable[[Awaitable[None]], object],
        timing: Timing,
    ) -> None:
        self._name, self._settings, self._client = name, settings, client
        self._journal, self._places, self._spawn, self._timing = journal, places, spawn, timing
        self._under_way: set[int] = set()
        self._insisting: set[str] = set()
        self._returns: dict[str, list[float]] = {}
        """When the bot tried to come back to a room that threw it out, lately."""

    async def join_configured(self) -> None:
        """Join the rooms of the configuration; those that refuse are tried again from time to time. Raises Trouble."""
        for room in self._settings.rooms:
            if not await self._join_configured(room) and room not in self._insisting:
                self._insisting.add(room)
                self._spawn(self._insist(room))

    async def _join_configured(self, room: str) -> bool:
        try:
            room_id = await self._client.join(room)
        except Refused as refusal:
            log.warning("%s: cannot join %s: %s", self._name, room, refusal)
            return False
        self._places.call(room_id, room)
        return True

    async def _insist(self, room: str) -> None:
        try:
            while True:
                await asyncio.sleep(self._timing.rejoin)
                try:
                    if await self._join_configured(room):
                        return
                except Trouble as trouble:
                    log.info("%s: %s is not joined: %s", self._name, room, trouble)
        finally:
            self._insisting.discard(room)

    async def _come_back(self, room: str) -> None:
        """Join a room again that threw the bot out, each time after a longer while, until that was tried too often."""
        waits = self._timing.kicked
        try:
            if (tries := self._tries(room)) < len(waits):
                log.warning("%s: thrown out of %s; back in %g s", self._name, room, waits[tries])
            while (tries := self._tries(room)) < len(waits):
                await asyncio.sleep(waits[tries])
                try:
                    back = await self._join_configured(room)
                except Trouble as trouble:  # nobody refused anything: that is no try
                    log.info("%s: %s is not joined: %s", self._name, room, trouble)
                    continue
                # Whoever invites us meanwhile makes them forgotten.
                self._returns.setdefault(room, []).append(asyncio.get_running_loop().time())
                if back:
                    return
            log.warning("%s: staying out of %s until invited", self._name, room)
        finally:
            self._insisting.discard(room)

    def _tries(self, room: str) -> int:
        """How often it tried lately: what is longer ago is forgotten."""
        since = asyncio.get_running_loop().time() - self._timing.forgiven
        self._returns[room] = [at for at in self._returns.get(room, ()) if at > since]
        return len(self._returns[room])

    def take(self, event: Incoming) -> None:
        """An invitation, or that a room was replaced: begin what it asks for."""
        if event.id not in self._under_way:
            self._under_way.add(event.id)
            self._spawn(self._take(event))

    async def _take(self, event: Incoming) -> None:
        backoff = Backoff()
        while True:
            try:
                await (self._invited(event) if event.kind is Kind.INVITATION else self._replaced(event))
                break
            except Refused as refusal:
                log.warning("%s: %s of %s came to nothing: %s", self._name, event.kind, event.room_id, refusal)
                break
            except Trouble as trouble:
                await asyncio.sleep(backoff.wait(trouble.wait))
        self._journal.handle(event, tuple, goes_on=bool)
        self._under_way.discard(event.id)

    async def _invited(self, event: Incoming) -> None:
        room_id, places = event.room_id, self._places
        trusted = matches(event.sender, (*self._settings.admins, *self._settings.rooms_from))
        old = places.replaced_by(room_id)
        direct = event.content.get("direct") is True or (not trusted and old is not None and places.is_for_two(old))
        may = trusted or old is not None or (direct and matches(event.sender, self._settings.direct_from))
        named = None if may else await self._configured(room_id)
        if not may and named is None:
            log.warning("%s: %s may not invite the bot to %s", self._name, event.sender, room_id)
            await self._client.leave(room_id)
            return
        if places.note_direct(room_id, event.sender) if direct else places.note_open(room_id):
            await self._client.set_direct(places.direct)
        await self._client.join(room_id, via=_servers(event))
        if named := named or await self._configured(room_id):
            places.call(room_id, named)
            self._returns.pop(named, None)
        log.info("%s: joined %s, invited by %s", self._name, room_id, event.sender)

    async def _configured(self, room_id: str) -> str | None:
        """What the configuration calls a room; None where it does not name it, as far as can be known now. Raises
        Trouble where the homeserver asks to wait."""
        if self._places.is_configured(room_id):
            return self._places.name(room_id)
        if room_id in self._settings.rooms:
            return room_id
        for alias in self._places.unknown(self._settings.rooms):
            try:
                if await self._client.resolve(alias) == room_id:
                    return alias
            except (Refused, Trouble) as error:
                # The server of one alias may be down for days: the others, and who invites the bot, do not wait for it.
                if isinstance(error, Trouble) and error.wait is not None:
                    raise
                log.info("%s: it is not known which room %s is: %s", self._name, alias, error)
        return None

    async def _replaced(self, event: Incoming) -> None:
        new = self._places.replacement(event.room_id)
        if new is None:
            log.warning(
                "%s: %s says that %s was replaced, without the power to", self._name, event.sender, event.room_id
            )
            return
        # Who moves a room for two must invite the bot to the new one: else anybody could lead it into any room.
        if not self._places.is_in(new) and not self._places.is_for_two(event.room_id):
            await self._client.join(new, via=_servers(event))

    def tidy(self, touched: Sequence[str], left: Sequence[str]) -> None:
        """After a sync: follow rooms that moved, leave those in which the bot is alone, come back to those of the
        configuration that threw it out."""
        if self._places.adopt(touched):
            self._spawn(self._tell_direct())
        for room_id in left:
            name = self._places.name(room_id)
            if self._places.is_configured(room_id) and name not in self._insisting:
                self._insisting.add(name)
                self._spawn(self._come_back(name))
        for old, new in self._places.move():
            log.info("%s: the room %s moved to %s", self._name, old, new)
        for room_id in touched:
            if self._places.is_empty(room_id):
                log.info("%s: leaving %s, where nobody is", self._name, room_id)
                self._spawn(self._leave(room_id))

    async def _tell_direct(self) -> None:
        try:
            await self._client.set_direct(self._places.direct)
        except (Refused, Trouble) as error:
            log.info("%s: which rooms are direct is not told: %s", self._name, error)

    async def _leave(self, room_id: str) -> None:
        try:
            await self._client.leave(room_id)
        except (Refused, Trouble) as error:
            log.info("%s: %s is not left: %s", self._name, room_id, error)


def _servers(event: Incoming) -> tuple[str, ...]:
    """Servers by which a room may be reached."""
    return tuple({each.partition(":")[2] for each in (event.sender, event.room_id) if ":" in each})
