"""Rooms that throw the bot out, and rooms for two that it made and did not hear of: it comes back, within limits, and
makes no second one."""

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from aiohttp import web

from bot.mailbox import Outgoing
from bot.transports.matrix_format import notice
from bot.transports.matrix_timing import Timing
from tests.matrix_bot import BOT, Running, running, settings
from tests.servers.faulty import Faulty
from tests.servers.guest import Guest
from tests.servers.synapse import NAME, Synapse

QUICK = Timing(kicked=(0.05, 0.1, 0.15), drain=0.2)
"""Returns at once, and goes before it has sent what waits."""


def run(work: Coroutine[Any, Any, None]) -> None:
    """Run one story."""
    asyncio.run(work)


async def throw_out(guest: Guest, room: str, me: str, how: str = "kick") -> None:
    """Have the bot out of a room."""
    await guest.ask("POST", f"rooms/{quote(room)}/{how}", {"user_id": me})


def invitations(guest: Guest, before: set[str]) -> set[str]:
    """The rooms that somebody was invited to since."""
    return set(guest.invitations) - before


async def knows(bot: Running, room: str, wanted: bool = True) -> None:
    """Return once the bot knows that it is in a room, or is not."""
    await bot.knows(lambda: bot.matrix.is_in(room) is wanted)


def test_the_bot_comes_back_three_times_and_then_when_invited(
    synapse: Synapse, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Kicked out of a room of the configuration it returns, later each time; the fourth time it stays out until
    somebody there invites it, who need be nobody in particular."""
    alias = f"#return:{NAME}"

    async def talk() -> None:
        me = synapse.user(BOT)
        async with Guest(synapse, "ana") as ana, Faulty(synapse.url) as proxy:
            room = await ana.make_room(alias="return")
            network = settings(synapse, homeserver=proxy.url, rooms=(alias,))
            async with running(tmp_path, network, timing=QUICK) as bot:
                for joins in (1, 2, 3, 4):
                    await ana.sees(room, me)
                    await knows(bot, room)
                    assert proxy.seen["join"] == joins
                    await throw_out(ana, room, me)
                    await ana.sees(room, me, "leave")
                await bot.knows(lambda: f"staying out of {alias} until invited" in caplog.text)
                assert bot.matrix.status().endswith(f"; kept out of {alias}.")
                await ana.ask("POST", f"rooms/{quote(room)}/invite", {"user_id": me})
                await knows(bot, room)
                await ana.say(room, "#kolla actions")
                await ana.hears(room, me, "kolla")
                assert bot.matrix.rooms == (alias,) and proxy.seen["join"] == 5
                await throw_out(ana, room, me)
                await ana.sees(room, me, "leave")
                await ana.sees(room, me)  # and it counts from the beginning again

    run(talk())


def test_a_return_is_forgotten_in_time(synapse: Synapse, tmp_path: Path) -> None:
    """Thrown out now and then, over months, the bot comes back each time."""
    alias = f"#patient:{NAME}"

    async def talk() -> None:
        me = synapse.user(BOT)
        async with Guest(synapse, "ana") as ana:
            room = await ana.make_room(alias="patient")
            network = settings(synapse, rooms=(alias,))
            timing = Timing(kicked=(0.05,), forgiven=0, drain=0.2)
            async with running(tmp_path, network, timing=timing) as bot:
                for _ in range(3):
                    await ana.sees(room, me)
                    await knows(bot, room)
                    await throw_out(ana, room, me)
                    await ana.sees(room, me, "leave")
                await ana.sees(room, me)

    run(talk())


def test_who_is_invited_before_it_came_back_is_back_once(
    synapse: Synapse, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A kick that was a mistake: the invitation ends what the bot had counted, and its return finds it in."""
    alias = f"#mistake:{NAME}"

    async def talk() -> None:
        me = synapse.user(BOT)
        async with Guest(synapse, "ana") as ana, Faulty(synapse.url) as proxy:
            room = await ana.make_room(alias="mistake")
            network = settings(synapse, homeserver=proxy.url, rooms=(alias,))
            async with running(tmp_path, network, timing=Timing(kicked=(1.0,), drain=0.2)) as bot:
                await ana.sees(room, me)
                await knows(bot, room)
                await throw_out(ana, room, me)
                await bot.knows(lambda: f"thrown out of {alias}" in caplog.text)
                await ana.ask("POST", f"rooms/{quote(room)}/invite", {"user_id": me})
                await bot.knows(lambda: proxy.seen["join"] == 3)  # at first, as invited, and when the second is over
                await knows(bot, room)

    run(talk())
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


def test_a_banned_bot_tries_three_times_and_may_be_invited_after_a_restart(
    synapse: Synapse, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """No storm of tries where each is refused. Started again it does not know which room the alias names, and is in
    when the ban ends and it is invited."""
    alias = f"#banned:{NAME}"

    async def talk() -> None:
        me = synapse.user(BOT)
        async with Guest(synapse, "ana") as ana, Faulty(synapse.url) as proxy:
            room = await ana.make_room(alias="banned")
            network = settings(synapse, homeserver=proxy.url, rooms=(alias,))
            async with running(tmp_path, network, timing=QUICK) as bot:
                await ana.sees(room, me)
                await knows(bot, room)
                await throw_out(ana, room, me, "ban")
                await bot.knows(lambda: f"staying out of {alias} until invited" in caplog.text)
                assert proxy.seen["join"] == 1 + 3
            async with running(tmp_path, network, timing=QUICK) as bot:
                assert bot.matrix.status().endswith(f"; kept out of {alias}.")
                await ana.ask("POST", f"rooms/{quote(room)}/unban", {"user_id": me})
                await ana.ask("POST", f"rooms/{quote(room)}/invite", {"user_id": me})
                await knows(bot, room)
                await ana.say(room, "#kolla actions")
                await ana.hears(room, me, "kolla")
                assert bot.matrix.rooms == (alias,)

    run(talk())


def test_a_failure_while_the_bot_comes_back_is_not_for_ever(
    synapse: Synapse, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """An outage is no try, and is told once; a join that ends in no ordinary way leaves the bot out, and when it was
    invited and is thrown out again, it comes back again."""
    alias, tries = f"#failure:{NAME}", 0

    async def talk() -> None:
        me = synapse.user(BOT)

        def fails(request: web.Request) -> web.Response | int | None:
            nonlocal tries
            if "/join/" not in request.path:
                return None
            tries += 1
            return 502 if tries < 5 else web.json_response({"errcode": "M_UNKNOWN_TOKEN", "error": ""}, status=401)

        async with Guest(synapse, "ana") as ana, Faulty(synapse.url) as proxy:
            room = await ana.make_room(alias="failure")
            async with running(tmp_path, settings(synapse, homeserver=proxy.url, rooms=(alias,)), timing=QUICK) as bot:
                await knows(bot, room)
                proxy.fault = fails
                await throw_out(ana, room, me)
                await bot.knows(lambda: "a task failed" in caplog.text)
                assert tries == 5 and caplog.text.count(f"thrown out of {alias}") == 1
                proxy.fault = lambda request: None
                await ana.ask("POST", f"rooms/{quote(room)}/invite", {"user_id": me})
                await knows(bot, room)
                await throw_out(ana, room, me)
                await ana.sees(room, me, "leave")
                await ana.sees(room, me)

    run(talk())


@pytest.mark.parametrize("after", ["a restart", "a moment"])
def test_a_room_for_two_that_was_made_unheard_is_found(synapse: Synapse, tmp_path: Path, after: str) -> None:
    """The homeserver makes the room and the bot does not hear of it, or dies before it writes that down: what it has to
    say goes there, when the other one is in it already too, nobody is invited twice, and it gives no rights."""

    async def talk() -> None:
        async with Guest(synapse, "dan") as dan, Guest(synapse, "bob") as bob, Faulty(synapse.url) as proxy:
            network, before = settings(synapse, homeserver=proxy.url), set(dan.invitations)
            proxy.fault = lambda request: -1 if "/createRoom" in request.path else None
            async with running(tmp_path, network, timing=QUICK) as bot:
                for text in ("one", "two"):
                    bot.matrix._journal.post(Outgoing("", notice((text,)), person=dan.id, key=text))
                assert bot.matrix._sender is not None
                if after == "a restart":
                    # It dies while the room is made: nothing that a sync shows it now may be written down.
                    proxy.fault = unheard
                bot.matrix._sender.wake()
                await dan.until(lambda: invitations(dan, before))
                if after == "a moment":
                    await heard(bot, dan, bob, proxy, before)
            if after == "a restart":
                await dan.join(*invitations(dan, before))
                proxy.fault = lambda request: None
                async with running(tmp_path, network, timing=QUICK) as bot:
                    await heard(bot, dan, bob, proxy, before)

    def unheard(request: web.Request) -> int | None:
        if "/createRoom" in request.path:
            return -1
        return 502 if "/sync" in request.path else None

    async def heard(bot: Running, dan: Guest, bob: Guest, proxy: Faulty, before: set[str]) -> None:
        [room], me = invitations(dan, before), synapse.user(BOT)
        if dan.members.get(room, {}).get(dan.id) != "join":
            await dan.join(room)
        await dan.hears(room, me, "one")
        await dan.hears(room, me, "two")
        assert bot.matrix._sender is not None and not bot.matrix._sender._perhaps_made
        assert dan.words(room, me) == ["one", "two"] and invitations(dan, before) == {room}
        assert proxy.seen["createRoom"] == 1
        made = await dan.ask("GET", f"rooms/{quote(room)}/state/m.room.create")
        assert made["org.recapbot.direct"] == dan.id
        assert bot.matrix._client is not None
        told = await bot.matrix._client.ask("GET", f"/_matrix/client/v3/user/{me}/account_data/m.direct")
        assert room in told[dan.id]
        await bob.join_by(dan, room)
        assert bot.matrix._places is not None and bot.matrix._places.is_for_two(room)

    run(talk())
