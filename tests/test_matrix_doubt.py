"""What may have been sent long ago, when the homeserver knows it no more: looked for, and never said twice unmarked."""

import asyncio
import json
import shutil
import sqlite3
import time
from collections.abc import Coroutine
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from aiohttp import web

from bot.app import now_utc
from bot.mailbox import Outgoing
from bot.transports.matrix_format import notice
from bot.transports.matrix_timing import Timing
from tests.conftest import ACCOUNTS
from tests.matrix_bot import BOT, NETWORK, Running, running, settings
from tests.servers.faulty import Faulty
from tests.servers.guest import Guest, crypto_folder
from tests.servers.synapse import Synapse

HASTY = Timing(drain=0.2)
"""A bot that goes before it has sent what waits."""

ELSEWHERE = 520
"""Messages of others that come in between: more than five pages."""


def run(work: Coroutine[Any, Any, None]) -> None:
    """Run one story."""
    asyncio.run(work)


def post(bot: Running, room: str, *texts: str) -> None:
    """Give the bot something to say."""
    for text in texts:
        bot.matrix._journal.post(Outgoing(room, notice((text,)), key=f"{text} {room}"))
    assert bot.matrix._sender is not None
    bot.matrix._sender.wake()


def unheard(request: web.Request) -> int | None:
    """The homeserver takes what is said, and its answer is lost."""
    return -1 if "/send/" in request.path else None


def forget(server: Synapse) -> None:
    """The homeserver forgets which transactions it knows, as it does after a day."""
    server.halt()
    with closing(sqlite3.connect(server.workspace.path / "homeserver.db")) as db:
        assert db.execute("DELETE FROM event_txn_id_device_id").rowcount > 0
        db.commit()
    server.restart()


async def rooms_of(ana: Guest, me: str) -> list[str]:
    """A plain room and an encrypted one, in which the bot has spoken."""
    rooms = [await ana.make_room(me, encrypted=encrypted) for encrypted in (False, True)]
    for room in rooms:
        await ana.sees(room, me)
        await ana.say(room, "#kolla actions")
        await ana.hears(room, me, "kolla")
    return rooms


async def leave_in_doubt(bot: Running, ana: Guest, me: str, proxy: Faulty, rooms: list[str]) -> None:
    """In each room `one` is taken without the bot's hearing of it, and `two` waits behind it."""
    proxy.fault = unheard
    for room in rooms:
        post(bot, room, "one", "two")
    for room in rooms:
        await ana.hears(room, me, "one")


def outbox(bot: Running) -> set[str]:
    """The states of what was to be said."""
    return {row["state"] for row in bot.store.db.query("SELECT state FROM matrix_outbox")}


def test_what_was_sent_long_ago_is_found_again(tmp_path: Path) -> None:
    """A day later the homeserver does not know the transaction: the message is found behind all that was said since,
    in plain rooms and encrypted ones, and is not said again; what was not taken is."""
    with Synapse({name: ACCOUNTS[name] for name in (BOT, "ana")}) as server:

        async def talk() -> None:
            me = server.user(BOT)
            async with Faulty(server.url) as proxy, Guest(server, "ana") as ana:
                network = settings(server, homeserver=proxy.url, admins=(ana.id,))
                async with running(tmp_path, network, timing=HASTY) as bot:
                    rooms = await rooms_of(ana, me)
                    await leave_in_doubt(bot, ana, me, proxy, rooms)
                await asyncio.to_thread(forget, server)
                words = {"msgtype": "m.text", "body": "meanwhile"}
                paths = [f"rooms/{quote(rooms[0])}/send/m.room.message/{number}" for number in range(ELSEWHERE)]
                await asyncio.gather(*(ana.ask("PUT", path, words) for path in paths))
                proxy.fault = lambda request: None
                async with running(tmp_path, network, clock=lambda: now_utc() + timedelta(days=1)) as bot:
                    for room in rooms:
                        await ana.hears(room, me, "two")
                        assert ana.words(room, me)[1:] == ["one", "two"]
                    await bot.knows(lambda: outbox(bot) == {"sent"})

        run(talk())


def test_what_is_young_is_not_looked_for(synapse: Synapse, tmp_path: Path) -> None:
    """Within a day the homeserver knows the transaction again, and is asked for nothing else."""

    async def talk() -> None:
        me = synapse.user(BOT)
        async with Faulty(synapse.url) as proxy, Guest(synapse, "ana") as ana:
            network = settings(synapse, homeserver=proxy.url, admins=(ana.id,))
            async with running(tmp_path, network, timing=HASTY) as bot:
                rooms = await rooms_of(ana, me)
                await leave_in_doubt(bot, ana, me, proxy, rooms)
            proxy.fault = lambda request: None
            before = proxy.seen["messages"]
            async with running(tmp_path, network, clock=lambda: now_utc() + timedelta(hours=22)) as bot:
                for room in rooms:
                    await ana.hears(room, me, "two")
                    assert ana.words(room, me)[1:] == ["one", "two"]
                assert proxy.seen["messages"] == before

    run(talk())


def test_what_lies_too_far_back_is_marked(synapse: Synapse, tmp_path: Path) -> None:
    """Where more was said than the bot looks through, and it finds nothing there, it says so: "(repeat)"."""
    said = {"type": "m.room.message", "sender": "@x:y", "content": {}, "origin_server_ts": int(time.time() * 1000)}
    endless = json.dumps({"chunk": [said, {**said, "origin_server_ts": 0}], "end": "more"}).encode()
    later = timedelta(0)

    async def talk() -> None:
        nonlocal later
        me = synapse.user(BOT)
        async with Faulty(synapse.url) as proxy, Guest(synapse, "ana") as ana:
            network = settings(synapse, homeserver=proxy.url, admins=(ana.id,))
            async with running(tmp_path, network, clock=lambda: now_utc() + later) as bot:
                rooms = await rooms_of(ana, me)
                proxy.fault = lambda request: endless if "/messages" in request.path else None
                for room in rooms:
                    post(bot, room, "one")
                later = timedelta(days=1)  # nothing was awaited since: both are sent a day after they were written
                for room in rooms:
                    await ana.hears(room, me, "(repeat) one")

    run(talk())


def test_a_new_device_marks_what_it_cannot_read(synapse: Synapse, tmp_path: Path) -> None:
    """With its keys gone the bot cannot see whether it said something in an encrypted room: there it is marked. In a
    plain room it is found, and what is said as the new device bears no mark."""

    async def talk() -> None:
        me = synapse.user(BOT)
        async with Faulty(synapse.url) as proxy, Guest(synapse, "ana") as ana:
            network = settings(synapse, homeserver=proxy.url, admins=(ana.id,))
            async with running(tmp_path, network, timing=HASTY) as bot:
                plain, encrypted = rooms = await rooms_of(ana, me)
                await leave_in_doubt(bot, ana, me, proxy, rooms)
            proxy.fault = lambda request: None
            shutil.rmtree(crypto_folder(tmp_path / "recapbot.db", NETWORK))
            async with running(tmp_path, network) as bot:
                await ana.hears(encrypted, me, "I lost my keys")
                for room in rooms:
                    post(bot, room, "three")
                    await ana.hears(room, me, "three")
                marked = [text for text in ana.words(encrypted, me)[1:] if not text.startswith("I lost my keys")]
                assert marked == ["one", "(repeat) one", "(repeat) two", "three"]
                assert ana.words(plain, me)[1:] == ["one", "two", "three"]
                repeat = next(each for each in ana.said(encrypted, me) if each.text == "(repeat) one")
                assert repeat.encrypted and "formatted_body" not in repeat.content

    run(talk())
