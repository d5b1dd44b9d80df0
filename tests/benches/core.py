"""The core alone: what the dispatcher answers, and what falls due, without any network."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from bot.app import Bot
from bot.config import Config, IrcNetwork, Room
from bot.delivery import send_due
from bot.messages import Request
from bot.store import ledger
from tests.benches.memory import memory
from tests.benches.transcript import Heard, Person, Step, Transcript

NETWORK = "net"
"""The network's name in the bot's configuration, on every bench."""


def configuration(transcript: Transcript, network: IrcNetwork) -> Config:
    """The bot's settings for a transcript: what its head says, around a network that the bench knows how to reach."""
    admins = tuple(person.account or person.nick for person in transcript.people if person.admin)
    update = {"channels": tuple(transcript.rooms), "admins": admins, "trust_nicks": transcript.trust_nicks}
    rooms = {name: Room.model_validate(settings) for name, settings in transcript.settings.items()}
    return Config(irc={NETWORK: network.model_copy(update=update)}, rooms=rooms)


class Clock:
    """The time that the transcript says it is."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


class Ears:
    """A transport to nobody: it keeps what is delivered."""

    name = NETWORK
    connected = True

    def __init__(self, people: Sequence[Person]) -> None:
        self.people = people
        self.heard: list[Heard] = []

    async def run(self) -> None:
        """Nothing to serve."""

    async def stop(self) -> None:
        """Nothing to leave."""

    async def deliver(self, target: str, lines: Sequence[str]) -> None:
        """Keep the lines."""
        room, to = (target, None) if target.startswith("#") else (None, target)
        self.heard += (Heard(room, to, line) for line in lines)

    def is_in(self, room: str) -> bool:
        """The bot is in every room."""
        return True

    def nick_of(self, account: str) -> str | None:
        """The nick of who declared that account; `~nick` stands for a nick that is trusted."""
        return next((person.nick for person in self.people if account in (person.account, f"~{person.nick}")), None)

    def status(self) -> str:
        """One line for `status`."""
        return f"{NETWORK}: connected"


class Core:
    """Plays a transcript on the dispatcher."""

    def play(self, transcript: Transcript) -> list[list[Heard]]:
        """What the bot answers, step by step."""
        return asyncio.run(self._play(transcript))

    async def _play(self, transcript: Transcript) -> list[list[Heard]]:
        store = memory(transcript.seeds)
        clock = Clock(transcript.steps[0].now)
        ears = Ears(transcript.people)
        bot = Bot(configuration(transcript, IrcNetwork(host="localhost")), store, clock)
        bot.transports = {NETWORK: ears}
        played = []
        for step in transcript.steps:
            clock.now = step.now
            if step.who is None:
                ledger.scan(store, step.now)
                await send_due(store, bot.transports, clock)
            else:
                ears.heard += await self._say(bot, transcript, step, step.who)
            played.append(ears.heard)
            ears.heard = []
        store.close()
        return played

    async def _say(self, bot: Bot, transcript: Transcript, step: Step, who: Person) -> list[Heard]:
        request = Request(
            text=step.text,
            nick=who.nick,
            now=step.now,
            network=NETWORK,
            room=step.room,
            account=who.account,
            role=who.role(step.room),
            has_accounts=transcript.has_accounts,
        )
        heard = []
        reply = bot.answer(request)
        while reply is not None:
            room = None if reply.private else step.room
            heard += [Heard(room, None if room else who.nick, line) for line in reply.lines]
            reply = await reply.later() if reply.later else None
        return heard
