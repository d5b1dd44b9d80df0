"""Rooms and rights on a real homeserver: who may what, who may invite, rooms that move, and direct rooms."""

import asyncio
from collections.abc import Coroutine
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from bot.app import now_utc
from bot.config import IrcNetwork
from bot.delivery import send_due
from bot.store import ledger
from bot.transports.matrix import MatrixTransport
from tests.conftest import ACCOUNTS
from tests.matrix_bot import BOT, Running, running, settings
from tests.servers.guest import Guest
from tests.servers.ngircd import NgIRCd
from tests.servers.process import HOST
from tests.servers.raw import RawClient
from tests.servers.synapse import Synapse


def run(work: Coroutine[Any, Any, None]) -> None:
    """Run one story."""
    asyncio.run(work)


async def knows(bot: Running, room: str, *members: str) -> None:
    """Return once the bot is in a room and has seen these people there."""
    transport = bot.matrix
    assert isinstance(transport, MatrixTransport)

    def there() -> bool:
        places = transport._places
        return places is not None and places.is_in(room) and places.state(room).joined() >= set(members)

    await bot.knows(there)


MAY = {  # command -> who may: the creator, an operator, anyone with voice, anyone, a bridged operator
    "#kolla actions": "creator op voice user bridged",
    "+action kolla: job": "creator op voice user",
    "+confirm A1": "creator op voice",
    "+done A1": "creator op",
    "+remind weekly": "creator op",
    "~iam @dan:localhost Dan": "creator op",
    "~reload": "",
}
LEVELS = {"op": ("bob", 50), "voice": ("cleo", 10), "user": ("dan", None), "bridged": ("eve", 100)}


@pytest.mark.parametrize("version", ["11", "12"])
def test_rights_follow_the_power_in_the_room(synapse: Synapse, tmp_path: Path, version: str) -> None:
    """Each kind of command, by each role of a room: allowed to whom it should be, refused to everybody else."""

    async def talk() -> None:
        me = synapse.user(BOT)
        network = settings(synapse, rooms_from=("*",), bridged=("@eve:*",))
        async with (
            Guest(synapse, "ana") as ana,
            Guest(synapse, "bob") as bob,
            Guest(synapse, "cleo") as cleo,
            Guest(synapse, "dan") as dan,
            Guest(synapse, "eve") as eve,
            running(tmp_path, network) as bot,
        ):
            guests = {"creator": ana, "op": bob, "voice": cleo, "user": dan, "bridged": eve}
            room = await ana.make_room(me, version=version)
            for guest in (bob, cleo, dan, eve):
                await guest.join(room)
            for name, level in LEVELS.values():
                if level is not None:
                    await ana.level(room, synapse.user(name), level)
            await knows(bot, room, *(guest.id for guest in guests.values()))
            await ana.say(room, "+action kolla: first")
            await ana.hears(room, me, "Recorded")
            wrong = []
            for command, allowed in MAY.items():
                for role, guest in guests.items():
                    await guest.say(room, command)
                    answer = await ana.hears(room, me, "")
                    refused = " is for " in answer.text or " are for " in answer.text or "~` is for" in answer.text
                    if refused is (role in allowed.split()):
                        wrong.append(f"{command} by {role}: {answer.text}")
            assert wrong == []

    run(talk())


def test_power_that_was_lost_before_the_command_counts_no_more(synapse: Synapse, tmp_path: Path) -> None:
    """Who is lowered and then commands is refused, also when the bot hears of both at once; a name gives nothing."""

    async def talk() -> None:
        me = synapse.user(BOT)
        network = settings(synapse, rooms_from=("*",))
        async with Guest(synapse, "ana") as ana, Guest(synapse, "bob") as bob:
            async with running(tmp_path, network) as bot:
                room = await ana.make_room(me)
                await bob.join(room)
                await ana.level(room, bob.id, 50)
                await knows(bot, room, bob.id)
                await ana.say(room, "+action kolla: first")
                await ana.hears(room, me, "Recorded: A1")
            await bob.ask("PUT", f"profile/{quote(bob.id)}/displayname", {"displayname": "ana"})
            await ana.level(room, bob.id, 0)
            await bob.say(room, "+done A1")
            await ana.level(room, bob.id, 50)
            async with running(tmp_path, network) as bot:
                assert " is for " in (await ana.hears(room, me, "`+done A1`")).text
                await bob.say(room, "+done A1")
                await ana.hears(room, me, "Done: A1")
                assert bot.items() == {"A1": "done"}

    run(talk())


def test_a_direct_room_is_for_two(synapse: Synapse, tmp_path: Path) -> None:
    """With a third one in it a direct room is a room like others, and a private answer goes elsewhere; who leaves the
    bot alone is left."""

    async def talk() -> None:
        me = synapse.user(BOT)
        async with (
            Guest(synapse, "dan") as dan,
            Guest(synapse, "bob") as bob,
            running(tmp_path, settings(synapse)) as bot,
        ):
            direct = await dan.make_direct(me)
            await knows(bot, direct, dan.id)
            await dan.say(direct, "remind me weekly")
            await dan.hears(direct, me, "R1")
            await dan.ask("POST", f"rooms/{quote(direct)}/invite", {"user_id": bob.id})
            await bob.join(direct)
            await knows(bot, direct, dan.id, bob.id)
            await dan.say(direct, "actions kolla")
            await bot.matrix.deliver_once("one", dan.id, ("A secret of dan.",))
            await dan.until(lambda: dan.invitations)
            other = dan.invitations[-1]
            await dan.join(other)
            secret = await dan.hears(other, me, "A secret")
            assert secret.encrypted and secret.content["m.mentions"] == {"user_ids": [dan.id]}
            assert len(dan.said(direct, me)) == 1
            await dan.leave(other)
            await dan.sees(direct, me)
            assert bot.matrix._places is not None
            await bot.knows(lambda: bot.matrix._places and not bot.matrix._places.is_in(other))

    run(talk())


def test_a_room_that_anybody_can_make_gives_no_rights(synapse: Synapse, tmp_path: Path) -> None:
    """Who makes a room for two has all the power in it. With a third one it still gives them no rights, nor does the
    room that they move it to; once an admin invites the bot there as to any room, it does."""

    async def talk() -> None:
        me = synapse.user(BOT)
        network = settings(synapse, admins=(synapse.user("ana"),))
        async with (
            Guest(synapse, "ana") as ana,
            Guest(synapse, "dan") as dan,
            Guest(synapse, "bob") as bob,
            running(tmp_path, network) as bot,
        ):
            places = await bot.knows(lambda: bot.matrix._places)
            room = await ana.make_direct(me)
            await knows(bot, room, ana.id)
            await ana.say(room, "action kolla: hers")
            await ana.hears(room, me, "Recorded: A1")

            direct = await dan.make_direct(me, version="11")
            await bob.join_by(dan, direct)
            await knows(bot, direct, dan.id, bob.id)
            await dan.say(direct, "+done A1")
            assert " is for its owner" in (await dan.hears(direct, me, "`+done A1`")).text

            new = (await dan.ask("POST", f"rooms/{quote(direct)}/upgrade", {"new_version": "12"}))["replacement_room"]
            await bot.knows(lambda: places.replacement(direct) == new)
            await dan.ask("POST", f"rooms/{quote(new)}/invite", {"user_id": me})
            await bob.join_by(dan, new)
            await knows(bot, new, dan.id, bob.id)
            await dan.say(new, "+done A1")
            assert " is for its owner" in (await dan.hears(new, me, "`+done A1`")).text

            await ana.join_by(dan, new)
            await dan.ask("POST", f"rooms/{quote(new)}/kick", {"user_id": me})
            await bot.knows(lambda: not places.is_in(new))
            await ana.ask("POST", f"rooms/{quote(new)}/invite", {"user_id": me})
            await knows(bot, new, dan.id)
            await dan.say(new, "+done A1")
            await dan.hears(new, me, "Done: A1")

    run(talk())


@pytest.mark.parametrize("preset", ["public_chat", "private_chat"])
def test_a_room_that_moved_is_followed(synapse: Synapse, tmp_path: Path, preset: str) -> None:
    """After an upgrade reminders go to the new room; a tombstone that the new room does not confirm moves nothing."""

    async def talk() -> None:
        me = synapse.user(BOT)
        network = settings(synapse, rooms_from=(synapse.user("ana"),))
        async with Guest(synapse, "ana") as ana, running(tmp_path, network) as bot:
            room = await ana.make_room(me, version="11", preset=preset)
            await knows(bot, room, ana.id)
            await ana.say(room, "#kolla remind weekly")
            await ana.hears(room, me, "R1")
            forged = await ana.make_room(me, version="11")
            await knows(bot, forged, ana.id)
            elsewhere = await ana.make_room(version="11")
            await ana.ask(
                "PUT", f"rooms/{quote(forged)}/state/m.room.tombstone", {"body": "", "replacement_room": elsewhere}
            )
            new = (await ana.ask("POST", f"rooms/{quote(room)}/upgrade", {"new_version": "12"}))["replacement_room"]
            if preset == "private_chat":
                await ana.ask("POST", f"rooms/{quote(new)}/invite", {"user_id": me})
            await knows(bot, new, ana.id)

            def target() -> str:
                return str(bot.store.db.execute("SELECT room FROM rules").fetchone()[0])

            await bot.knows(lambda: target() == new)
            assert bot.matrix._places is not None and bot.matrix._places.name(elsewhere) == elsewhere
            await ana.say(new, "+reminders")
            await ana.hears(new, me, "R1")

    run(talk())


def test_a_room_out_of_reach_is_told(tmp_path: Path) -> None:
    """Thrown out of a room, the bot does not remind it: `status` says so, and `reminders` to who set it, elsewhere. Let
    in again within a day, it does."""
    later = timedelta(0)
    with Synapse({name: ACCOUNTS[name] for name in (BOT, "ana")}) as server:

        async def talk() -> None:
            nonlocal later
            me = server.user(BOT)
            async with Guest(server, "ana") as ana:
                network = settings(server, rooms_from=(ana.id,))
                async with running(tmp_path, network, clock=lambda: now_utc() + later) as bot:
                    room, direct = await ana.make_room(me), await ana.make_direct(me)
                    for each in (room, direct):
                        await knows(bot, each, ana.id)
                    assert f"; in {room}, 1 direct room." in bot.matrix.status()
                    await ana.say(room, "+action kolla: look at it")
                    await ana.hears(room, me, "Recorded")
                    soon = now_utc() + timedelta(hours=1)
                    await ana.say(room, f"#kolla remind weekly {soon:%a %H:%M}")
                    await ana.hears(room, me, "R1: ")
                    await ana.ask("POST", f"rooms/{quote(room)}/ban", {"user_id": me})
                    await bot.knows(lambda: bot.matrix.status().endswith("; in 1 direct room."))
                    later = timedelta(hours=2)
                    await bot.bot.reminders.tick(bot.bot.clock())
                    refused = f"is not sent yet (not in {room})"
                    await bot.knows(lambda: refused in bot.bot.reminders.status())
                    await ana.say(direct, "reminders")
                    assert refused in (await ana.hears(direct, me, "R1")).text
                    assert not bot.store.db.table("matrix_outbox").count_where("key IS NOT NULL")
                    await ana.ask("POST", f"rooms/{quote(room)}/unban", {"user_id": me})
                    await ana.ask("POST", f"rooms/{quote(room)}/invite", {"user_id": me})
                    await knows(bot, room, ana.id)
                    await bot.bot.reminders.tick(bot.bot.clock())
                    await ana.hears(room, me, "Weekly reminder R1: kolla, 1 open action")
                    await bot.knows(lambda: refused not in bot.bot.reminders.status())

        run(talk())


def test_one_memory_for_irc_and_matrix(ngircd: NgIRCd, synapse: Synapse, tmp_path: Path) -> None:
    """An action recorded on IRC is in the reminders of both, is shown on Matrix and closed by a reaction there, and is
    in no reminder of either any more; one side down leaves the other be."""
    later = timedelta(0)

    def clock() -> datetime:
        return now_utc() + later

    async def remind(bot: Running, weeks: int) -> list[str]:
        """Let that many weeks pass since the rules were set; what both networks were then sent."""
        nonlocal later
        later = timedelta(weeks=weeks, hours=2)
        ledger.scan(bot.store, clock())
        await send_due(bot.store, bot.bot.transports, clock)
        rows = bot.store.db.query("SELECT state, text FROM occurrences ORDER BY due_at DESC, rule_id LIMIT 2")
        return [f"{row['state']} {(row['text'] or 'nothing').splitlines()[0]}" for row in rows]

    async def talk() -> None:
        me = synapse.user(BOT)
        irc = IrcNetwork(host=HOST, port=ngircd.port, tls=False, nick="memorybot", channels=("#one-memory",))
        async with Guest(synapse, "ana") as ana, await RawClient.connect(ngircd.port) as bob:
            await bob.register("bob")
            await bob.join("#one-memory")
            network = settings(synapse, admins=(ana.id,))
            async with running(tmp_path, network, irc={"irc": irc}, clock=clock) as bot:
                await bob.until("JOIN #one-memory|JOIN :#one-memory")
                bob.say("#one-memory", "+action kolla: write it down")
                assert "Recorded: A1" in (await bob.until("PRIVMSG #one-memory .*Recorded")).text
                room = await ana.make_room(me)
                await knows(bot, room, ana.id)
                await ana.say(room, "#kolla actions")
                listed = await ana.hears(room, me, "kolla: 1 open action")
                rule = f"#kolla remind weekly {now_utc() + timedelta(hours=1):%a %H:%M}"
                bob.say("#one-memory", rule)
                await bob.until("PRIVMSG #one-memory .*R1: ")
                await ana.say(room, rule)
                await ana.hears(room, me, "R2: ")
                sent = [f"sent Weekly reminder R{number}: kolla, 1 open action (1 unowned)." for number in (1, 2)]
                assert await remind(bot, 0) == sent
                await bob.until("PRIVMSG #one-memory :Weekly reminder R1")
                await ana.hears(room, me, "Weekly reminder R2")
                await ana.react(room, listed.event_id, "✅")
                await ana.hears(room, me, "Done: A1")
                assert await remind(bot, 1) == ["sent nothing"] * 2
                bob.say("#one-memory", "#kolla actions")
                assert "no open actions" in (await bob.until("PRIVMSG #one-memory .*kolla")).text
                await bot.matrix.stop()
                bob.say("#one-memory", "#kolla actions done")
                assert "1" in (await bob.until("PRIVMSG #one-memory .*kolla: 1")).text

    run(talk())
