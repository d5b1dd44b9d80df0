"""The bot on a real homeserver: rooms, direct messages, encryption, formatting, reactions, threads."""

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest

from tests.matrix_bot import BOT, running, settings
from tests.servers.guest import Guest
from tests.servers.synapse import Synapse

KINDS = [(version, encrypted) for version in ("11", "12") for encrypted in (False, True)]
each_kind = pytest.mark.parametrize(
    ("version", "encrypted"), KINDS, ids=[f"v{version}{'-encrypted' if crypt else ''}" for version, crypt in KINDS]
)


def run(work: Coroutine[Any, Any, None]) -> None:
    """Run one conversation."""
    asyncio.run(work)


@each_kind
def test_a_room_and_a_direct_message_are_answered(
    synapse: Synapse, tmp_path: Path, version: str, encrypted: bool
) -> None:
    """Invited to a room and to a direct room, the bot comes, and answers there what IRC would be answered."""

    async def talk() -> None:
        me = synapse.user(BOT)
        async with Guest(synapse, "ana") as ana, running(tmp_path, settings(synapse, admins=(ana.id,))) as bot:
            room = await ana.make_room(me, version=version, encrypted=encrypted)
            await ana.sees(room, me)
            await ana.say(room, "#kolla actions")
            answer = await ana.hears(room, me, "kolla: no open actions.")
            assert answer.encrypted is encrypted
            await ana.say(room, "+action kolla: write <b>notes</b> for @room - owner ana")
            answer = await ana.hears(room, me, "Recorded: A1")
            assert answer.content["msgtype"] == "m.notice"
            assert "write &lt;b&gt;notes&lt;/b&gt;" in answer.content["formatted_body"]
            assert "@room" not in answer.text and answer.content["m.mentions"] == {}
            direct = await ana.make_direct(me, version=version, encrypted=encrypted)
            await ana.sees(direct, me)
            await ana.say(direct, "done A1")
            assert (await ana.hears(direct, me, "Done: A1")).encrypted is encrypted
            assert bot.items() == {"A1": "done"}

    run(talk())
