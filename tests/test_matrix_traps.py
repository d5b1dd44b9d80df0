"""What a homeserver does to a bot: each trap that other bots fell into, one by one, on a real one where it can be."""

import asyncio
import contextlib
import random
import shutil
import sqlite3
import time
from collections import Counter
from collections.abc import Coroutine
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote

import pytest
from aiohttp import web
from pydantic import SecretStr

from bot.app import now_utc
from bot.config import MatrixNetwork
from bot.store.database import Store
from bot.transports.matrix_crypto import Crypto, new_client
from bot.transports.matrix_http import Trouble
from bot.transports.matrix_timing import PROMPT_TRIES, Timing
from tests.conftest import ACCOUNTS
from tests.matrix_bot import BOT, NETWORK, running, settings
from tests.servers.faulty import Faulty
from tests.servers.guest import Guest, crypto_folder
from tests.servers.synapse import Synapse


def run(work: Coroutine[Any, Any, None]) -> None:
    """Run one story."""
    asyncio.run(work)


def test_a_restart_is_the_same_device_and_reads_what_came_meanwhile(synapse: Synapse, tmp_path: Path) -> None:
    """The bot logs in once; what was said while it was away, encrypted or not, is answered once when it is back."""

    async def talk() -> None:
        me = synapse.user(BOT)
        network = settings(synapse, admins=(synapse.user("ana"),))
        async with Guest(synapse, "ana") as ana:
            async with running(tmp_path, network) as bot:
                rooms = [await ana.make_room(me, encrypted=encrypted) for encrypted in (True, False)]
                for room in rooms:
                    await ana.sees(room, me)
                    await ana.say(room, f"+action kolla: before {room[1:]}")
                    await ana.hears(room, me, "Recorded")
                device = bot.matrix._client.device_id if bot.matrix._client else ""
            for room in rooms:
                await ana.say(room, f"+action kolla: meanwhile {room[1:]}")
            async with running(tmp_path, network) as bot:
                for room in rooms:
                    await ana.hears(room, me, "Recorded")
                assert bot.matrix._client and bot.matrix._client.device_id == device and device
                assert len(bot.items()) == 4

    run(talk())


def test_the_configuration_goes_before_the_session(synapse: Synapse, tmp_path: Path) -> None:
    """Another address is asked as the same device; another account is logged in to, in place of the one before."""

    async def talk() -> None:
        async with Faulty(synapse.url) as proxy:
            async with running(tmp_path, settings(synapse)) as bot:
                device = bot.matrix._client.device_id if bot.matrix._client else ""
            async with running(tmp_path, settings(synapse, homeserver=proxy.url)) as bot:
                assert proxy.seen["sync"] and device and f"device {device};" in bot.matrix.status()
        password = SecretStr(synapse.accounts["eve"])
        moved = MatrixNetwork(user=synapse.user("eve"), homeserver=synapse.url, password=password)
        async with running(tmp_path, moved) as bot:
            assert bot.matrix.status().startswith(f"{NETWORK}: {synapse.user('eve')}, device ")

    run(talk())


def test_a_database_that_is_busy_at_the_start_makes_no_deaf_bot(synapse: Synapse, tmp_path: Path) -> None:
    """What the first sync cannot write, while another program has the database, is tried again; only then the bot
    listens and speaks."""

    async def talk() -> None:
        me = synapse.user(BOT)
        with closing(Store(tmp_path / "recapbot.db").db) as other:

            def fault(request: web.Request) -> None:
                if "/sync" in request.path and proxy.seen["sync"] == 1:
                    other.conn.execute("BEGIN IMMEDIATE")
                elif "/sync" in request.path:
                    other.rollback()

            async with Faulty(synapse.url) as proxy, Guest(synapse, "ana") as ana:
                proxy.fault = fault
                behind = settings(synapse, homeserver=proxy.url)
                async with running(tmp_path, behind, patience=0.05, wait=False) as bot:
                    await bot.knows(lambda: "is in use by another program" in bot.matrix.status())
                    await bot.connected()
                    direct = await ana.make_direct(me)
                    await ana.sees(direct, me)
                    await ana.say(direct, "actions kolla")
                    await ana.hears(direct, me, "kolla")

    run(talk())


def test_a_gap_is_filled_and_history_is_not_obeyed(synapse: Synapse, tmp_path: Path) -> None:
    """Of 250 messages while it was away the bot misses none and obeys each once; those before it came, none."""

    async def talk() -> None:
        me = synapse.user(BOT)
        network = settings(synapse, admins=(synapse.user("ana"),))
        async with Guest(synapse, "ana") as ana:
            room = await ana.make_room()
            for number in range(30):
                await ana.say(room, f"+action kolla: old {number}")
            async with running(tmp_path, network) as bot:
                await ana.ask("POST", f"rooms/{quote(room)}/invite", {"user_id": me})
                await ana.sees(room, me)
                await ana.say(room, "+action kolla: first")
                await ana.hears(room, me, "Recorded: A1")
            for number in range(250):
                await ana.say(room, f"+action kolla: job {number}")
            async with running(tmp_path, network) as bot:
                await ana.until(lambda: len(ana.said(room, me)) >= 251, 60)
                rows = bot.store.db.query("SELECT text FROM items")
                texts = Counter(row["text"] for row in rows)
                assert texts == Counter({"first": 1, **{f"job {number}": 1 for number in range(250)}})

    run(talk())


@pytest.mark.parametrize("lost", ["UPDATE matrix_sessions SET cursor = NULL", "DELETE FROM matrix_sessions"])
def test_a_lost_cursor_obeys_nothing_of_old(
    synapse: Synapse, tmp_path: Path, caplog: pytest.LogCaptureFixture, lost: str
) -> None:
    """Where the database does not say how far was read, what was said till now is passed over, and the log says so."""

    async def talk() -> None:
        me = synapse.user(BOT)
        network = settings(synapse, admins=(synapse.user("ana"),))
        async with Guest(synapse, "ana") as ana:
            async with running(tmp_path, network):
                room = await ana.make_direct(me)
                await ana.sees(room, me)
                await ana.say(room, "action kolla: before")
                await ana.hears(room, me, "Recorded")
            await ana.say(room, "action kolla: meanwhile")
            with closing(sqlite3.connect(tmp_path / "recapbot.db")) as db:
                assert db.execute(lost).rowcount == 1
                db.commit()
            assert "how far was read" not in caplog.text
            async with running(tmp_path, network) as bot:
                await ana.say(room, "action kolla: after")
                await ana.hears(room, me, "Recorded")
                texts = [row["text"] for row in bot.store.db.query("SELECT text FROM items ORDER BY id")]
                assert texts == ["before", "after"]
            assert "how far was read is not known; what was said till now is passed over" in caplog.text

    run(talk())


def test_what_is_done_is_forgotten_while_the_bot_runs(synapse: Synapse, tmp_path: Path) -> None:
    """A bot that runs for months forgets what it answered a month ago, not only when it starts."""
    later = timedelta(0)

    async def talk() -> None:
        nonlocal later
        me = synapse.user(BOT)
        async with Guest(synapse, "ana") as ana:
            async with running(tmp_path, settings(synapse), clock=lambda: now_utc() + later) as bot:
                room = await ana.make_direct(me)
                await ana.sees(room, me)
                await ana.say(room, "actions kolla")
                await ana.hears(room, me, "kolla")
                await bot.knows(lambda: bot.store.db.table("matrix_outbox").count_where("state = 'sent'"))
                later = timedelta(days=31)
                await ana.say(room, "actions kolla")
                await ana.hears(room, me, "kolla")
                early = f"created_at < '{now_utc() + timedelta(days=1)}'"
                assert bot.store.db.table("matrix_outbox").count_where(early) == 0
                assert bot.store.db.table("matrix_inbox").count_where("state = 'done'") <= 1

    run(talk())


def test_lost_keys_make_a_new_device_that_says_so(synapse: Synapse, tmp_path: Path) -> None:
    """Where the keys are gone the bot logs in anew, tells the encrypted rooms, and works there as before."""

    async def talk() -> None:
        me = synapse.user(BOT)
        network = settings(synapse, admins=(synapse.user("ana"),))
        async with Guest(synapse, "ana") as ana:
            async with running(tmp_path, network) as bot:
                room = await ana.make_room(me, encrypted=True)
                await ana.sees(room, me)
                await ana.say(room, "+action kolla: before")
                await ana.hears(room, me, "Recorded")
                device = bot.matrix._client.device_id if bot.matrix._client else ""
            shutil.rmtree(crypto_folder(tmp_path / "recapbot.db", NETWORK))
            async with running(tmp_path, network) as bot:
                assert bot.matrix._client and bot.matrix._client.device_id != device
                # It tells every room that the tests before left it in, with keys for all who are there.
                await ana.hears(room, me, "I lost my keys", seconds=90)
                await ana.say(room, "+done A1")
                assert (await ana.hears(room, me, "Done: A1")).encrypted

    run(talk())


def test_what_cannot_be_decrypted_is_told_once(synapse: Synapse, tmp_path: Path) -> None:
    """Messages whose key never comes are answered with one plain sentence a day, and the next one is handled."""

    async def talk() -> None:
        me = synapse.user(BOT)
        network = settings(synapse, admins=(synapse.user("ana"),))
        async with (
            Guest(synapse, "ana") as ana,
            running(tmp_path, network, timing=Timing(key=0.5)) as bot,
        ):
            direct = await ana.make_direct(me, encrypted=True)
            await ana.sees(direct, me)
            await ana.say(direct, "actions kolla")
            await ana.hears(direct, me, "kolla")
            junk = {
                "algorithm": "m.megolm.v1.aes-sha2",
                "ciphertext": "AwgAEnAC",
                "device_id": "NONE",
                "sender_key": "x" * 43,
                "session_id": "y" * 43,
            }
            for number in range(2):
                await ana.ask("PUT", f"rooms/{quote(direct)}/send/m.room.encrypted/junk{number}", junk)
            await ana.hears(direct, me, "I could not decrypt your message")
            await bot.knows(lambda: not bot.matrix._journal.waiting())  # for no key any more
            await ana.say(direct, "actions kolla")
            await ana.hears(direct, me, "kolla")
            assert len(ana.said(direct, me)) == 3

    run(talk())


POISON: list[tuple[str, dict[str, Any]]] = [
    ("m.room.message", {}),
    ("m.room.message", {"msgtype": "m.text"}),
    ("m.room.message", {"msgtype": "m.text", "body": {"a": 1}}),
    ("m.room.message", {"msgtype": ["m.text"], "body": "!help"}),
    ("m.room.message", {"msgtype": "m.text", "body": "+action kolla: a\x00b\x1b[31m\u202ec"}),
    ("m.room.message", {"msgtype": "m.text", "body": "x" * 60_000}),
    ("m.room.message", {"msgtype": "m.text", "body": "x", "m.relates_to": "y"}),
    ("m.room.message", {"msgtype": "m.text", "body": "x", "m.relates_to": {"rel_type": 3, "event_id": []}}),
    ("m.room.message", {"msgtype": "m.text", "body": "x", "formatted_body": ["<a href='https://matrix.to/#/'>"]}),
    ("m.reaction", {"m.relates_to": {"rel_type": "m.annotation", "key": "✅"}}),
    ("m.reaction", {"m.relates_to": []}),
    ("m.room.encrypted", {}),
    ("m.room.encrypted", {"algorithm": "m.megolm.v1.aes-sha2", "ciphertext": 7, "m.relates_to": {"rel_type": "m.x"}}),
    ("m.sticker", {"body": "x"}),
    ("org.example.nothing", {"a": [[[[[[[1]]]]]]]}),
]


@pytest.mark.parametrize("encrypted", [False, True], ids=["plain", "encrypted"])
def test_no_event_stops_the_bot(synapse: Synapse, tmp_path: Path, encrypted: bool) -> None:
    """After every malformed event that a homeserver passes on, the next question is answered."""

    async def talk() -> None:
        me = synapse.user(BOT)
        network = settings(synapse, admins=(synapse.user("ana"),))
        async with Guest(synapse, "ana") as ana, running(tmp_path, network) as bot:
            room = await ana.make_room(me, encrypted=encrypted)
            await ana.sees(room, me)
            passed = 0
            for number, (kind, content) in enumerate(POISON):
                with contextlib.suppress(HTTPError):  # what Synapse refuses nobody will see
                    await ana.ask("PUT", f"rooms/{quote(room)}/send/{kind}/poison{encrypted}{number}", content)
                    passed += 1
            assert passed > 10
            for kind in ("m.room.name", "m.room.topic", "m.room.avatar", "m.room.member"):
                with contextlib.suppress(HTTPError):
                    await ana.ask("PUT", f"rooms/{quote(room)}/state/{kind}/x", {"name": ["x"], "membership": {}})
            if encrypted:
                for kind, content in POISON[:9]:
                    if len(str(content)) < 30_000:
                        await ana.send(room, content, kind)
            await ana.say(room, "#kolla actions")
            await ana.hears(room, me, "kolla: ", 20)
            assert bot.matrix.connected

    run(talk())


def test_what_only_looks_encrypted_is_unreadable(tmp_path: Path) -> None:
    """Anybody can send an event that nio chokes on; asked for again at every sync, it would stop the bot for ever."""

    async def read() -> None:
        client = new_client("http://localhost", "@bot:x", tmp_path)
        client.restore_login("@bot:x", "DEVICE", "token")
        crypto = Crypto(client, verified_only=False)
        event = {"type": "m.room.encrypted", "event_id": "$x", "sender": "@eve:x", "origin_server_ts": 1}
        content = {
            "algorithm": "m.megolm.v1.aes-sha2",
            "ciphertext": "AwgAEnAC",
            "device_id": "NONE",
            "sender_key": "x" * 43,
            "session_id": "y" * 43,
        }
        values: tuple[object, ...] = ("", "x", "\ud800", 7, None, [])
        for strange in ({field: value} for field in content for value in values):
            assert crypto.decrypt("!room", {**event, "content": {**content, **strange}}) is None, strange
        await client.close()
        client.store.database.close()

    run(read())


def test_a_revoked_session_ends_the_transport_alone(synapse: Synapse, tmp_path: Path) -> None:
    """When its session is ended from outside, the bot stops asking, says what to do, and next time logs in anew."""

    async def talk() -> None:
        network = settings(synapse)
        async with Faulty(synapse.url) as proxy:
            behind = network.model_copy(update={"homeserver": proxy.url})
            async with running(tmp_path, behind) as bot:
                client = bot.matrix._client
                assert client is not None
                device = client.device_id
                before = proxy.seen["all"]
                await client.ask("POST", "/_matrix/client/v3/logout", {})
                async with asyncio.timeout(20):
                    await bot.matrix._ended.wait()
                assert proxy.seen["all"] - before <= 3, "the logout, and a sync that finds out"
                assert "ended its session; start the bot again" in bot.matrix.status()
            async with running(tmp_path, behind) as bot:
                assert bot.matrix._client and bot.matrix._client.device_id != device

    run(talk())


def test_a_session_that_runs_out_is_renewed(tmp_path: Path) -> None:
    """On a homeserver whose sessions last a moment the same device logs in again, whoever meets the end first."""
    with Synapse({BOT: ACCOUNTS[BOT]}, extra="session_lifetime: 1s\n") as server:

        async def talk() -> None:
            network = settings(server)
            async with Faulty(server.url) as proxy:
                behind = network.model_copy(update={"homeserver": proxy.url})
                async with running(tmp_path, behind, timing=Timing(sync=0.3)) as bot:
                    client = bot.matrix._client
                    assert client is not None
                    await bot.knows(lambda: proxy.seen["login"] >= 3)
                    with pytest.raises(Trouble, match="renews it"):
                        while True:
                            await client.ask("GET", "/_matrix/client/v3/joined_rooms")
                    proxy.fault = lambda request: 502 if "/login" in request.path else None
                    await bot.connected(False)
                    proxy.fault = lambda request: None
                    await bot.connected()
                    assert not bot.matrix._revoked

        run(talk())


def test_whatever_a_proxy_answers_the_bot_comes_back(synapse: Synapse, tmp_path: Path) -> None:
    """502 pages, empty and wrong JSON, bodies cut in the middle and dead connections end nothing and double nothing."""

    async def talk() -> None:
        chance = random.Random(20261120)
        me = synapse.user(BOT)
        answers: list[bytes | int | None] = [b"{}", b"[1]", b"\xff", b"", b'{"next_batch": 3}', 502, 504, 404, 0, -1]
        async with Faulty(synapse.url) as proxy, Guest(synapse, "ana") as ana:
            network = settings(synapse, homeserver=proxy.url, admins=(ana.id,))
            async with running(tmp_path, network) as bot:
                room = await ana.make_room(me)
                await ana.sees(room, me)

                spoiled = 0

                def fault(request: web.Request) -> bytes | int | None:
                    nonlocal spoiled
                    if chance.random() < 0.5 and ("/sync" in request.path or "/send/" in request.path):
                        spoiled += 1
                        return chance.choice(answers)
                    return None

                proxy.fault = fault
                before, began = proxy.seen["all"], time.monotonic()
                for number in range(12):
                    await ana.say(room, f"+action kolla: job {number}")
                await bot.knows(lambda: spoiled >= 12, 60)
                spent = time.monotonic() - began
                assert (proxy.seen["all"] - before) / spent < 25
                proxy.fault = lambda request: None
                await ana.until(lambda: len(ana.said(room, me)) >= 12, 30)
                # What would be said twice would be said before the next answer.
                await ana.say(room, "#kolla actions")
                await ana.hears(room, me, "kolla: 12 open actions")
                assert len(ana.said(room, me)) == 13 and len(bot.items()) == 12

    run(talk())


def test_the_bot_is_back_soon_after_its_homeserver(tmp_path: Path) -> None:
    """Within five seconds after the homeserver is back, the bot is in sync and says what it could not say meanwhile."""
    with Synapse({name: ACCOUNTS[name] for name in (BOT, "ana")}) as server:

        async def talk() -> None:
            me = server.user(BOT)
            async with Faulty(server.url) as proxy, Guest(server, "ana") as ana:
                network = settings(server, homeserver=proxy.url, admins=(ana.id,))
                async with running(tmp_path, network) as bot:
                    room = await ana.make_room(me)
                    await ana.sees(room, me)
                    await ana.say(room, "+action kolla: one")
                    await ana.hears(room, me, "Recorded")
                    await asyncio.to_thread(server.halt)
                    await bot.connected(False)
                    before = proxy.seen["sync"]
                    # The prompt tries are over: it waits as long as it does in an outage.
                    await bot.knows(lambda: proxy.seen["sync"] >= before + PROMPT_TRIES)
                    await asyncio.to_thread(server.restart)
                    began = time.monotonic()
                    await bot.connected()
                    assert time.monotonic() - began < 5
                    await ana.say(room, "+done A1")
                    await ana.hears(room, me, "Done: A1")

        run(talk())


def test_limits_are_obeyed_and_answers_go_first(tmp_path: Path) -> None:
    """On a homeserver that limits messages all come in the end, once, and a question is not kept behind reminders."""
    limits = "rc_message: {per_second: 2, burst_count: 4}\nrc_invites: {per_user: {per_second: 99, burst_count: 99}}\n"
    with Synapse({name: ACCOUNTS[name] for name in (BOT, "ana")}, limits=True, extra=limits) as server:

        async def talk() -> None:
            me = server.user(BOT)
            async with Guest(server, "ana") as ana, running(tmp_path, settings(server, admins=(ana.id,))) as bot:
                room = await ana.make_room(me)
                await ana.sees(room, me)
                other = await ana.make_room(me)
                await bot.knows(lambda: bot.matrix._places and bot.matrix._places.is_in(other))
                sending = [
                    asyncio.create_task(bot.matrix.deliver_once(f"key {number}", other, (f"reminder {number}",)))
                    for number in range(14)
                ]
                await ana.hears(other, me, "reminder 3")
                await ana.say(room, "#kolla actions")
                await ana.hears(room, me, "kolla", 6)
                before = len(ana.said(other, me))
                await asyncio.gather(*sending)
                await ana.until(lambda: len(ana.said(other, me)) == 14)
                assert before < 14
                assert ana.words(other, me) == [f"reminder {number}" for number in range(14)]

        run(talk())
