"""A room that was encrypted once gets no plain text, whatever becomes of what says that it is; and what is said there
can be read."""

import asyncio
import json
import logging
import shutil
from collections.abc import Coroutine
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
from aiohttp import web

from tests.matrix_bot import BOT, NETWORK, running, settings
from tests.servers.faulty import Faulty
from tests.servers.guest import Guest, crypto_folder
from tests.servers.synapse import Synapse

SAYS = "m.room.encryption"
"""The state event that says so."""


def run(work: Coroutine[Any, Any, None]) -> None:
    """Run one story."""
    asyncio.run(work)


async def answered(ana: Guest, room: str, me: str) -> None:
    """What is asked, be it in plain text, is answered encrypted."""
    body = {"msgtype": "m.text", "body": "#kolla actions"}
    await ana.ask("PUT", f"rooms/{quote(room)}/send/m.room.message/{uuid4()}", body)
    assert (await ana.hears(room, me, "kolla")).encrypted


async def replace(ana: Guest, room: str) -> None:
    """Another event stands in its place."""
    await ana.ask("PUT", f"rooms/{quote(room)}/state/{SAYS}", {})


async def redact(ana: Guest, room: str) -> None:
    """Nothing is left in it."""
    state = await ana.ask("GET", f"rooms/{quote(room)}/state")
    await ana.redact(room, next(event["event_id"] for event in state if event["type"] == SAYS))


@pytest.mark.parametrize("spoil", [replace, redact])
def test_an_event_that_is_spoiled_lets_no_plain_text_out(synapse: Synapse, tmp_path: Path, spoil: Any) -> None:
    """On a real homeserver who has the power can take the algorithm away; the bot goes on, also started again."""

    async def talk() -> None:
        me = synapse.user(BOT)
        async with Guest(synapse, "ana") as ana:
            async with running(tmp_path, settings(synapse, admins=(ana.id,))):
                room = await ana.make_room(me, encrypted=True)
                await ana.sees(room, me)
                await answered(ana, room, me)
                await spoil(ana, room)
                await answered(ana, room, me)
            async with running(tmp_path, settings(synapse, admins=(ana.id,))):
                await answered(ana, room, me)

    run(talk())


@pytest.mark.parametrize("keys", ["kept", "lost"])
def test_an_event_that_is_kept_back_lets_no_plain_text_out(synapse: Synapse, tmp_path: Path, keys: str) -> None:
    """A homeserver that does not show the event to a bot that starts, with its keys or as a new device: the bot
    remembers, in what it is asked and in what it says by itself."""

    def change(request: web.Request, body: bytes) -> bytes:
        return json.dumps(without(json.loads(body))).encode() if "/sync" in request.path else body

    async def talk() -> None:
        me = synapse.user(BOT)
        async with Guest(synapse, "ana") as ana, Faulty(synapse.url) as proxy:
            network = settings(synapse, homeserver=proxy.url, admins=(ana.id,))
            async with running(tmp_path, network):
                room = await ana.make_room(me, encrypted=True)
                await ana.sees(room, me)
                await answered(ana, room, me)
            if keys == "lost":
                shutil.rmtree(crypto_folder(tmp_path / "recapbot.db", NETWORK))
            proxy.change = change
            async with running(tmp_path, network) as bot:
                state = bot.matrix._places.state(room) if bot.matrix._places else None
                assert state is not None and not state.encrypted, "it was told nothing"
                await answered(ana, room, me)
                await bot.matrix.deliver(room, ["A reminder"])
                await ana.hears(room, me, "A reminder")
                assert all(each.encrypted for each in ana.said(room, me))

    run(talk())


KEY, CLAIM = "/sendToDevice/", "/keys/claim"
SPOILED = [(where, fault) for where in (KEY, CLAIM) for fault in (502, 0, -1, b"<html>")] + [(CLAIM, b"{}")]


@pytest.mark.parametrize(("where", "fault"), SPOILED)
def test_nothing_is_said_before_its_key_is_given_out(
    synapse: Synapse, tmp_path: Path, where: str, fault: bytes | int, caplog: pytest.LogCaptureFixture
) -> None:
    """Where the homeserver fails just then, the message waits: said without, nobody could ever read it. What the keys'
    library fails over can be found in the log."""
    caplog.set_level(logging.DEBUG, "bot")
    failed = 0

    def fail_once(request: web.Request) -> bytes | int | None:
        nonlocal failed
        if where not in request.path or failed:
            return None
        failed += 1
        return fault

    async def talk() -> None:
        me = synapse.user(BOT)
        async with Guest(synapse, "ana") as ana, Faulty(synapse.url) as proxy:
            proxy.fault = fail_once
            async with running(tmp_path, settings(synapse, homeserver=proxy.url, admins=(ana.id,))):
                room = await ana.make_room(me, encrypted=True)
                await ana.sees(room, me)
                await answered(ana, room, me)
                assert failed == 1
        traced = [each.exc_info for each in caplog.records if "fails over an answer" in each.message]
        assert [each is not None and each[0] is TypeError for each in traced] == [True] * (fault == b"{}")

    run(talk())


def without(said: Any) -> Any:
    """The same, less every event that says that a room is encrypted."""
    if isinstance(said, list):
        return [without(each) for each in said if not (isinstance(each, dict) and each.get("type") == SAYS)]
    return {key: without(each) for key, each in said.items()} if isinstance(said, dict) else said
