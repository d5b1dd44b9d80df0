"""A real IRC network: the bot's own transport against a real server, and a raw client for everybody who speaks.

How the bench knows that the bot has said all it will: a reminder to each listener, which the transport sends after
every answer that waits. Until that mark, what a listener heard is the answer; without any, it is silence.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from pydantic import SecretStr

from bot.app import Bot
from bot.config import IrcNetwork, Sasl
from bot.delivery import send_due
from bot.messages import Reply, Request, Role
from bot.store import ledger
from bot.transports.wire import Transport
from tests.benches.core import NETWORK, Clock, configuration
from tests.benches.memory import memory
from tests.benches.transcript import Heard, Person, Transcript, in_order, joined
from tests.servers.inspircd import InspIRCd
from tests.servers.ngircd import NgIRCd
from tests.servers.process import HOST
from tests.servers.raw import RawClient

BOT = "recapbot"
KEEPER = "keeper"
"""Who opens the rooms, gives the roles and listens to what is said there."""
HANDLED, END = "-- handled --", "-- end --"
"""What the bench has the bot say to know how far it is."""
WORD_JOINER = "\u2060"
"""What the transport puts into nicks so that nobody is highlighted."""


class ListeningBot(Bot):
    """The bot, which also knows what it is still working on."""

    def __init__(self, *arguments: object) -> None:
        super().__init__(*arguments)  # type: ignore[arg-type]  # the same as its parent's
        self.working: set[asyncio.Future[None]] = set()

    def answer(self, request: Request) -> Reply | None:
        """What transports call for each line they hear; work that goes on after the answer is noted."""
        reply = super().answer(request)
        return self._noted(reply) if reply else None

    def _noted(self, reply: Reply) -> Reply:
        later = reply.later
        if later is None:
            return reply
        done = asyncio.get_running_loop().create_future()
        self.working.add(done)

        async def work() -> Reply:
            try:
                return self._noted(await later())
            finally:
                self.working.discard(done)
                done.set_result(None)

        return Reply(reply.lines, reply.private, work)


class Irc:
    """Plays transcripts on one server, each with a new bot and new people."""

    def __init__(self, server: NgIRCd | InspIRCd) -> None:
        self.server = server
        self.accounts = server.accounts if isinstance(server, InspIRCd) else {}
        self.network = IrcNetwork(
            host=HOST,
            port=server.tls_port,
            ca_file=server.ca_file,
            nick=BOT,
            sasl=Sasl(account=BOT, password=SecretStr(self.accounts[BOT])) if self.accounts else None,
            burst=1000,
            rate=1000,
        )

        self._loop = asyncio.Runner()
        self._keeper: RawClient | None = None

    def play(self, transcript: Transcript) -> list[list[Heard]]:
        """What the bot answers, step by step."""
        return self._loop.run(self._play(transcript))

    def close(self) -> None:
        """Leave the server."""
        if self._keeper:
            self._loop.run(self._keeper.close())
        self._loop.close()

    async def _play(self, transcript: Transcript) -> list[list[Heard]]:
        store = memory(transcript.seeds)
        clock = Clock(transcript.steps[0].now)
        bot = ListeningBot(configuration(transcript, self.network), store, clock)
        transport = bot.transports[NETWORK]
        played = []
        async with self._everybody(transport, transcript) as clients:
            for step in transcript.steps:
                clock.now = step.now
                before = {nick: len(client.heard) for nick, client in clients.items()}
                if step.who is None:
                    ledger.scan(store, step.now)
                    await send_due(store, bot.transports, clock)
                else:
                    speaker = clients[step.who.nick]
                    speaker.say(step.room or BOT, step.text)
                    await speaker.round_trip()  # the server has it, and it is on its way to the bot
                    await transport.deliver(KEEPER, [HANDLED])
                    while bot.working:
                        await asyncio.wait(bot.working)
                        await transport.deliver(KEEPER, [HANDLED])
                await asyncio.gather(*(transport.deliver(nick, [END]) for nick in clients))
                await asyncio.gather(*(client.until(f" PRIVMSG .*{END}") for client in clients.values()))
                heard = [each for nick, client in clients.items() for each in _answers(client, before[nick])]
                played.append(joined(in_order(heard), step.answers))
        store.close()
        return played

    @asynccontextmanager
    async def _everybody(self, transport: Transport, transcript: Transcript) -> AsyncIterator[dict[str, RawClient]]:
        """The keeper, and everybody who speaks, in the rooms with their roles; the bot is there too."""
        keeper = self._keeper = self._keeper or await (await self._connect()).register(KEEPER)
        await keeper.join(*transcript.rooms)  # so that the keeper is the first there, whom the server makes operator
        serving = asyncio.create_task(transport.run())
        try:
            async with AsyncExitStack() as stack:
                clients = [await stack.enter_async_context(await self._connect()) for _ in transcript.people]
                people = list(zip(transcript.people, clients, strict=True))
                await asyncio.gather(*(self._register(client, person) for person, client in people))
                missing = set(transcript.rooms)
                while missing:
                    line = await keeper.line()
                    if line.nick == BOT and line.command == "JOIN":
                        missing.discard(line.params[0])
                for person, client in people:
                    await client.join(*transcript.rooms)
                    for room in transcript.rooms:
                        if mode := {Role.OP: "+o", Role.VOICE: "+v"}.get(person.role(room)):
                            keeper.send(f"MODE {room} {mode} {person.nick}")
                await keeper.round_trip()
                await transport.deliver(KEEPER, [HANDLED])  # the bot knows them all now
                yield {KEEPER: keeper, **{person.nick: client for person, client in people}}
        finally:
            await transport.stop()
            await serving
            await keeper.until(f":{BOT}!.* QUIT")
            keeper.send(*(f"PART {room}" for room in transcript.rooms))
            await keeper.round_trip()

    async def _connect(self) -> RawClient:
        return await RawClient.connect(self.server.port)

    async def _register(self, client: RawClient, person: Person) -> None:
        account = person.account
        await client.register(person.nick, sasl=(account, self.accounts[account]) if account else None)


def _answers(client: RawClient, since: int) -> list[Heard]:
    """What the bot said since: to rooms, if this is the keeper; else to this person alone."""
    heard = []
    for line in client.heard[since:]:
        if line.nick != BOT or line.command not in ("PRIVMSG", "NOTICE") or line.text in (HANDLED, END):
            continue
        room = line.params[0] if line.params[0].startswith("#") else None
        if (room is not None) == (client.nick == KEEPER):
            heard.append(Heard(room, None if room else client.nick, line.text.replace(WORD_JOINER, "")))
    return heard
