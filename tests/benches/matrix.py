"""A real Matrix homeserver: the bot's own transport, and a real client for everybody who speaks.

How the bench knows that the bot has said all it will: the bot has handled the line, nothing stands in its outbox, and
everybody has heard what the homeserver took from it. The people of a transcript keep their names as localparts, its
rooms theirs as aliases (with a number: each play has rooms of its own). Who has no account comes over a bridge.
"""

import asyncio
import re
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

from pydantic import SecretStr

from bot.config import Bot as BotSection
from bot.config import Config, MatrixNetwork, Room
from bot.delivery import send_due
from bot.messages import Reply, Request, Role
from bot.store import ledger
from bot.transports.matrix import MatrixTransport
from tests.benches.core import NETWORK, Clock
from tests.benches.irc import BOT, KEEPER, WORD_JOINER, ListeningBot
from tests.benches.memory import memory
from tests.benches.transcript import Heard, Person, Transcript, in_order
from tests.servers.guest import Guest
from tests.servers.synapse import NAME, Synapse

LEVELS = {Role.OP: 50, Role.VOICE: 10}
IRC_SIGNS = "+~#"
"""The transcripts are written for rooms in which `!` is no sign."""


def fits(transcript: Transcript) -> bool:
    """Whether a transcript can be played here: people have accounts, and who is not proven has no rights."""
    unproven = [person for person in transcript.people if person.account is None]
    return "inspircd" in transcript.benches and not any(person.admin or person.roles for person in unproven)


class CountingBot(ListeningBot):
    """The bot, which also knows how many lines it has heard."""

    heard = 0

    def answer(self, request: Request) -> Reply | None:
        """What transports call for each line they hear."""
        self.heard += 1
        return super().answer(request)


class Matrix:
    """Plays transcripts on one homeserver, each with a new bot and new rooms."""

    def __init__(self, server: Synapse, *, version: str, encrypted: bool) -> None:
        self.server, self.version, self.encrypted = server, version, encrypted
        self._loop = asyncio.Runner()
        self._guests: dict[str, Guest] = {}
        self._plays = 0

    def play(self, transcript: Transcript) -> list[list[Heard]]:
        """What the bot answers, step by step."""
        return self._loop.run(self._play(transcript))

    def close(self) -> None:
        """Leave the server."""
        for guest in self._guests.values():
            self._loop.run(guest.__aexit__(None, None, None))
        self._loop.close()

    async def _play(self, transcript: Transcript) -> list[list[Heard]]:
        self._plays += 1
        clock = Clock(transcript.steps[0].now)
        played = []
        with tempfile.TemporaryDirectory(prefix="recapbot-bench-") as folder:
            store = memory(transcript.seeds)
            bot = CountingBot(self._configuration(transcript, Path(folder)), store, clock)
            async with _Stage(self, transcript, bot) as stage:
                for step in transcript.steps:
                    clock.now = step.now
                    before = stage.sent()
                    if step.who is None:
                        ledger.scan(store, step.now)
                        await send_due(store, bot.transports, clock)
                    else:
                        await stage.say(step.who, step.room, step.text)
                    played.append(in_order([each async for each in stage.heard(before)]))
            store.close()
        return played

    def alias(self, room: str) -> str:
        """What a room of the transcript is called in this play."""
        kind = "e" if self.encrypted else "p"
        return f"{room}-{self.version}{kind}{self._plays}"

    def _configuration(self, transcript: Transcript, folder: Path) -> Config:
        people = transcript.people
        network = MatrixNetwork(
            user=self.server.user(BOT),
            homeserver=self.server.url,
            password=SecretStr(self.server.accounts[BOT]),
            rooms=tuple(f"{self.alias(room)}:{NAME}" for room in transcript.rooms),
            admins=tuple(self.server.user(person.nick) for person in people if person.admin),
            bridged=tuple(self.server.user(person.nick) for person in people if person.account is None),
            encrypt_direct=self.encrypted,
            fold=False,
        )
        rooms = {
            f"{self.alias(room)}:{NAME}": Room.model_validate({"signs": IRC_SIGNS, **transcript.settings.get(room, {})})
            for room in transcript.rooms
        }
        return Config(bot=BotSection(database=folder / "recapbot.db"), matrix={NETWORK: network}, rooms=rooms)

    async def guest(self, name: str) -> Guest:
        """Somebody's client, which stays for all plays."""
        if name not in self._guests:
            self._guests[name] = await Guest(self.server, name).__aenter__()
        return self._guests[name]


class _Stage:
    """The rooms of one play, with everybody in them."""

    def __init__(self, bench: Matrix, transcript: Transcript, bot: CountingBot) -> None:
        self._bench, self._transcript, self._bot = bench, transcript, bot
        transport = bot.transports[NETWORK]
        assert isinstance(transport, MatrixTransport)
        self._transport = transport
        self._me = bench.server.user(BOT)
        self._rooms: dict[str, str] = {}
        self._direct: dict[str, str] = {}

    async def __aenter__(self) -> "_Stage":
        bench, transcript = self._bench, self._transcript
        self.keeper = await bench.guest(KEEPER)
        self.guests = {person.nick: await bench.guest(person.nick) for person in transcript.people}
        for room in transcript.rooms:
            alias = bench.alias(room).removeprefix("#")
            levels = {guest.id: level for guest, level in self._levels(room)}
            power = {} if bench.version == "12" else {self.keeper.id: 100}
            self._rooms[room] = await self.keeper.make_room(
                alias=alias,
                version=bench.version,
                encrypted=bench.encrypted,
                power_level_content_override={"users": {**power, **levels}},
            )
        self._serving = asyncio.create_task(self._transport.run())
        await asyncio.gather(*(self._enter(guest) for guest in self.guests.values()))
        everyone = [self.keeper, *self.guests.values()]
        for room_id in self._rooms.values():
            await asyncio.gather(*(one.sees(room_id, each) for one in everyone for each in self._ids()))
        await self._settled(lambda: self._transport.connected)
        places = self._transport._places
        assert places is not None
        await self._settled(lambda: all(places.state(room).joined() >= self._ids() for room in self._rooms.values()))
        return self

    def _ids(self) -> set[str]:
        return {self._me, self.keeper.id, *(guest.id for guest in self.guests.values())}

    def _levels(self, room: str) -> Iterator[tuple[Guest, int]]:
        for person in self._transcript.people:
            if level := LEVELS.get(person.role(room)):
                yield self.guests[person.nick], level

    async def _enter(self, guest: Guest) -> None:
        for room_id in self._rooms.values():
            await guest.join(room_id)

    async def __aexit__(self, *why: object) -> None:
        client = self._transport._client
        assert client is not None
        for room_id in (*self._rooms.values(), *self._direct.values()):
            for guest in {self.keeper, *self.guests.values()}:
                if guest.members.get(room_id, {}).get(guest.id) == "join":
                    await guest.leave(room_id)
            await client.leave(room_id)
        await self._transport.stop()
        await self._serving

    # --- what is said -----------------------------------------------------------------------------------------------

    async def say(self, person: Person, room: str | None, text: str) -> None:
        """Say a line, and wait till the bot has done with it."""
        guest = self.guests[person.nick]
        room_id = self._rooms[room] if room else await self._direct_room(person)
        before = self._bot.heard
        text = re.sub(r"^~iam (\w+) ", lambda found: f"~iam {self._bench.server.user(found[1])} ", text)
        await guest.say(room_id, text)
        if text.strip():
            await self._settled(lambda: self._bot.heard > before)
        while self._bot.working:
            await asyncio.wait(self._bot.working)

    async def _direct_room(self, person: Person) -> str:
        guest = self.guests[person.nick]
        places = self._transport._places
        assert places is not None
        known = self._direct.get(person.nick) or places.direct_room(guest.id)
        if known is None:
            known = await guest.make_direct(self._me, encrypted=self._bench.encrypted, version=self._bench.version)
            await guest.sees(known, self._me)
            await self._settled(lambda: places.direct_room(guest.id) == known)
        elif guest.members.get(known, {}).get(guest.id) != "join":
            await guest.join(known)
            await guest.sees(known, guest.id)
        self._direct[person.nick] = known
        return known

    # --- what is heard ----------------------------------------------------------------------------------------------

    def sent(self) -> set[str]:
        """The messages that the homeserver took so far."""
        rows = self._bot.store.db.query("SELECT event_id FROM matrix_outbox WHERE state = 'sent'")
        return {row["event_id"] for row in rows}

    async def heard(self, before: set[str]) -> AsyncIterator[Heard]:
        """What was said since, as the people heard it."""
        due = "SELECT 1 FROM matrix_outbox WHERE state = 'due'"
        await self._settled(lambda: not self._bot.store.db.execute(due).fetchone(), self._accept_invitations)
        rows = list(self._bot.store.db.query("SELECT * FROM matrix_outbox WHERE state = 'sent' ORDER BY id"))
        for row in rows:
            if row["event_id"] in before:
                continue
            nick = (row["person"] or "").removeprefix("@").partition(":")[0] or None
            room = next((name for name, room_id in self._rooms.items() if room_id == row["room_id"]), None)
            listener = self.guests[nick] if nick else self.keeper
            if nick:
                self._direct[nick] = row["room_id"]
                await self._accept_invitations()
            wanted = row["event_id"]
            said = await listener.until(
                lambda listener=listener, wanted=wanted: next(
                    (each for each in listener.heard if each.event_id == wanted and each.text), None
                )
            )
            assert said.encrypted is self._bench.encrypted
            for line in said.text.split("\n"):
                yield Heard(None if nick else room, nick, self._as_written(line))

    def _as_written(self, line: str) -> str:
        """A line with people and rooms named as the transcript names them."""
        line = line.replace(WORD_JOINER, "")
        for room in self._rooms:
            line = line.replace(f"{self._bench.alias(room)}:{NAME}", room)
        return re.sub(rf"@(\w+):{NAME}", r"\1", line)

    async def _accept_invitations(self) -> None:
        for guest in self.guests.values():
            for room_id in guest.invitations:
                if guest.members.get(room_id, {}).get(guest.id) != "join":
                    await guest.join(room_id)
            guest.invitations.clear()

    async def _settled(
        self, wanted: Callable[[], object], meanwhile: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        """Return once that is true."""
        async with asyncio.timeout(20):
            while not wanted():
                await asyncio.sleep(0.01)
                if meanwhile:
                    await meanwhile()
