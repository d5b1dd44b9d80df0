"""`link` between a real IRC network with accounts and a real homeserver, in one bot with one database."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from bot.app import now_utc
from bot.config import IrcNetwork
from tests.matrix_bot import BOT, running, settings
from tests.servers.guest import Guest
from tests.servers.inspircd import InspIRCd
from tests.servers.process import HOST
from tests.servers.raw import RawClient
from tests.servers.synapse import Synapse

NICK = "linkbot"
CODE = re.compile(r"`link (\w{4}-\w{4})`")


def run(work: Coroutine[Any, Any, None]) -> None:
    """Run one story."""
    asyncio.run(work)


@dataclass
class OnIrc:
    """Somebody with an account, and what the bot answers them, each answer in one line."""

    client: RawClient
    channel: str

    async def asks(self, text: str, answer: str, *, in_room: bool = False) -> str:
        """Say something; what the bot then says that has `answer` in it."""
        self.client.say(self.channel if in_room else NICK, text)
        target = re.escape(self.channel) if in_room else self.client.nick
        return (await self.client.until(rf":{NICK}!\S+ (PRIVMSG|NOTICE) {target} .*{re.escape(answer)}")).text

    async def code(self) -> str:
        """A code from the bot, asked for in private."""
        return _code(await self.asks("link", "Say `link "))


@dataclass
class OnMatrix:
    """The same for somebody with a Matrix id, in a direct room."""

    guest: Guest
    room: str

    async def asks(self, text: str, answer: str) -> str:
        """Say something; what the bot answers, which must have `answer` in it."""
        await self.guest.say(self.room, text)
        said = (await self.guest.hears(self.room, self.guest.server.user(BOT), "")).text
        assert answer in said
        return said

    async def code(self) -> str:
        """A code from the bot."""
        return _code(await self.asks("link", "Say `link "))


def _code(text: str) -> str:
    found = CODE.search(text)
    assert found, text
    return found[1]


@asynccontextmanager
async def both(
    inspircd: InspIRCd, synapse: Synapse, folder: Path, clock: Callable[[], datetime] = now_utc
) -> AsyncIterator[tuple[OnIrc, OnMatrix, OnMatrix]]:
    """Bob with an account on IRC and, under another name, an id on Matrix; and Eve there. The bot is on both."""
    channel = f"#link{uuid4().hex[:6]}"
    irc = IrcNetwork(host=HOST, port=inspircd.port, tls=False, nick=NICK, channels=(channel,), burst=99, rate=99)
    async with (
        await RawClient.connect(inspircd.port) as bob,
        Guest(synapse, "ana") as robert,
        Guest(synapse, "eve") as eve,
    ):
        await bob.register("bob_", sasl=("bob", inspircd.accounts["bob"]))
        await bob.join(channel)
        async with running(folder, settings(synapse), irc={"irc": irc}, clock=clock):
            await bob.until(f":{NICK}!.* JOIN :?{channel}")
            people = []
            for guest in (robert, eve):
                direct = await guest.make_direct(synapse.user(BOT))
                await guest.sees(direct, synapse.user(BOT))
                people.append(OnMatrix(guest, direct))
            yield OnIrc(bob, channel), people[0], people[1]


def test_what_is_theirs_on_irc_is_theirs_on_matrix(inspircd: InspIRCd, synapse: Synapse, tmp_path: Path) -> None:
    """A code from IRC, which the room in which it was asked for does not see, entered on Matrix: what the account took
    is the id's to see and to close, and nobody else's."""

    async def talk() -> None:
        async with both(inspircd, synapse, tmp_path) as (bob, robert, eve):
            await bob.asks("+action kolla: tidy up", "Recorded: A1", in_room=True)
            await bob.asks("+take A1", "A1", in_room=True)
            await robert.asks("done A1", " is for its owner")
            bob.client.say(bob.channel, "+link")
            code = _code((await bob.client.until(rf" {bob.client.nick} .*Say `link ")).text)
            await robert.asks(f"link {code.lower()}", "Linked: bob on irc is you, too.")
            await robert.asks("mine", "A1")
            await eve.asks(f"link {code}", "wrong or older")
            await eve.asks("done A1", " is for its owner")
            await robert.asks("done A1", "Done: A1")
            await bob.asks("+show A1", "done", in_room=True)
            assert not [line for line in bob.client.heard if code in line.raw and bob.channel in line.params]

    run(talk())


def test_what_is_theirs_on_matrix_is_theirs_on_irc(inspircd: InspIRCd, synapse: Synapse, tmp_path: Path) -> None:
    """A code from Matrix, entered on IRC; and `undo` parts the two again."""

    async def talk() -> None:
        async with both(inspircd, synapse, tmp_path) as (bob, robert, _):
            await robert.asks("action kolla: write it down", "Recorded: A1")
            await robert.asks("take A1", "A1")
            await bob.asks("done A1", " is for its owner")  # in private: he made the channel, and is its operator
            code = await robert.code()
            await bob.asks(f"+link {code}", "Say that to me alone", in_room=True)
            await bob.asks(f"link {code}", f"Linked: {robert.guest.id} on mx is you, too.")
            await bob.asks("+mine", "A1", in_room=True)
            await robert.asks("link", "Linked already: bob on irc.")
            await bob.asks("undo", "Undone")
            await bob.asks("done A1", " is for its owner")

    run(talk())


@pytest.mark.parametrize("entered", ["on Matrix", "on IRC"])
def test_a_code_lives_ten_minutes_and_guesses_are_five(
    inspircd: InspIRCd, synapse: Synapse, tmp_path: Path, entered: str
) -> None:
    """After five wrong ones the right one is refused too, for ten minutes, and others may go on; a code is too old
    after ten minutes, and not yet after nine."""
    later = timedelta(0)

    async def talk() -> None:
        nonlocal later
        async with both(inspircd, synapse, tmp_path, lambda: now_utc() + later) as (bob, robert, eve):
            given, taken = (bob, robert) if entered == "on Matrix" else (robert, bob)
            for number in range(5):
                await taken.asks(f"link WRNG-000{number}", "wrong or older")
            code = await given.code()
            await taken.asks(f"link {code}", "too many wrong codes")
            if given is bob:
                await eve.asks(f"link {code}", "Linked: bob on irc")
                code = await given.code()
            later = timedelta(minutes=10)
            await taken.asks(f"link {code}", "wrong or older than ten minutes")
            code = await given.code()
            later = timedelta(minutes=19)
            await taken.asks(f"link {code}", "Linked: ")

    run(talk())
