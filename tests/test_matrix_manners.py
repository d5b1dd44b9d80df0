"""Whom the bot comes to, whom it does not answer, and how people see that it lives."""

import asyncio
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from aiohttp import web

from bot.config import Reading, Recaps
from bot.transports.matrix_timing import Timing
from tests.matrix_bot import BOT, running, settings
from tests.servers.faulty import Faulty
from tests.servers.guest import Guest
from tests.servers.synapse import NAME, Synapse

STRANGE = 20
"""Rooms that a stranger invites the bot to, all at once."""


def run(work: Coroutine[Any, Any, None]) -> None:
    """Run one story."""
    asyncio.run(work)


def test_invitations_of_strangers_are_refused_however_many(synapse: Synapse, tmp_path: Path) -> None:
    """Only whom the configuration names is come to, in rooms and in rooms for two; a storm of other invitations is
    refused, each once, and holds up no answer."""

    async def talk() -> None:
        me = synapse.user(BOT)
        async with Guest(synapse, "ana") as ana, Guest(synapse, "eve") as eve:
            network = settings(synapse, direct_from=(ana.id,), rooms_from=("*:elsewhere.example",))
            async with running(tmp_path, network):
                room = await ana.make_direct(me)
                await ana.sees(room, me)
                rooms = await asyncio.gather(*(eve.make_room(me) for _ in range(STRANGE)), eve.make_direct(me))
                await ana.say(room, "actions kolla")
                await ana.hears(room, me, "kolla", 5)
                for each in rooms:
                    await eve.sees(each, me, "leave")
            ours = [each for each in eve.heard if each.sender == me and each.room in rooms]
            assert {each.content.get("membership") for each in ours} == {"leave"}

    run(talk())


def test_invitations_do_not_wait_for_the_server_of_an_alias(synapse: Synapse, tmp_path: Path) -> None:
    """While nobody can say which room an alias of the configuration is, who may invite the bot is followed, and who may
    not is refused."""
    alias = f"#nowhere:{NAME}"

    async def talk() -> None:
        me, asked = synapse.user(BOT), 0

        def down(request: web.Request) -> int | None:
            nonlocal asked
            asked += "/directory/room/" in request.path
            return 502 if "/directory/room/" in request.path else None

        async with Guest(synapse, "ana") as ana, Guest(synapse, "eve") as eve, Faulty(synapse.url) as proxy:
            proxy.fault = down
            network = settings(synapse, homeserver=proxy.url, rooms=(alias,), admins=(ana.id,))
            async with running(tmp_path, network):
                strange = await eve.make_room(me)
                await eve.sees(strange, me, "invite")
                await eve.sees(strange, me, "leave")
                assert asked == 1
                await eve.sees(await eve.make_direct(me), me)
                await ana.sees(await ana.make_room(me), me)

    run(talk())


def test_hints_are_in_words_that_are_understood_there(synapse: Synapse, tmp_path: Path) -> None:
    """Said as the bot wrote it, `undo` is understood: in a room with its name before it, where a bare word meets
    silence. Of a message that shows many items not all are named, and the bot says so."""

    async def talk() -> None:
        me = synapse.user(BOT)
        async with Guest(synapse, "ana") as ana, running(tmp_path, settings(synapse, admins=(ana.id,))):
            for make, undo in ((ana.make_room, "recapbot: undo"), (ana.make_direct, "undo")):
                room = await make(me)
                await ana.sees(room, me)
                told = await ana.say(room, "!action kolla: a mistake")
                await ana.hears(room, me, "Recorded")
                new = {"msgtype": "m.text", "body": "!action kolla: no mistake"}
                relation = {"rel_type": "m.replace", "event_id": told}
                await ana.send(room, {**new, "m.new_content": new, "m.relates_to": relation})
                assert f" stands. `{undo}` takes" in (await ana.hears(room, me, "I do not follow edits")).text
                await ana.redact(room, told)
                assert f"changed: `{undo}` takes" in (await ana.hears(room, me, "That message is gone")).text
                await ana.say(room, undo)
                await ana.hears(room, me, "Undone: action")
            for number in range(14):
                await ana.say(room, f"action kolla: job {number}")
            await ana.until(lambda: len(ana.said(room, me)) == 4 + 14)
            await ana.say(room, "actions kolla")
            shown = await ana.hears(room, me, "kolla: 14 open actions")
            await ana.react(room, shown.event_id, "✅")
            asked = await ana.hears(room, me, "That message shows 14 items: A")
            assert asked.text.endswith(" and 2 more. Say which one in words.")

    run(talk())


def test_other_bots_are_not_answered(synapse: Synapse, tmp_path: Path) -> None:
    """Two bots that answer each other would never end."""

    async def talk() -> None:
        me = synapse.user(BOT)
        async with Guest(synapse, "ana") as ana, Guest(synapse, "bob") as bob:
            async with running(tmp_path, settings(synapse, admins=(ana.id,), bots=(bob.id,))) as bot:
                room = await ana.make_room(me)
                await ana.sees(room, me)
                await bob.join(room)
                shown = await bob.say(room, "+action kolla: one")
                await ana.say(room, "+action kolla: two")
                answer = await ana.hears(room, me, "Recorded: A1")
                await bob.react(room, answer.event_id, "✅")
                await bob.redact(room, shown)
                await ana.say(room, "#kolla actions")
                await ana.hears(room, me, "kolla: 1 open action")
                assert len(ana.said(room, me)) == 2 and bot.items() == {"A1": "open"}

    run(talk())


def ephemeral(answer: dict[str, Any], room: str) -> Iterator[dict[str, Any]]:
    """What a sync shows of a room that is not kept."""
    joined = answer.get("rooms", {}).get("join", {}).get(room, {})
    yield from joined.get("ephemeral", {}).get("events", [])


def test_people_see_that_the_bot_reads_and_works(synapse: Synapse, tmp_path: Path) -> None:
    """What it answered it has read; while it works at what takes longer it types, and not after."""
    recaps = tmp_path / "recaps"
    recaps.mkdir()
    (recaps / "recap.md").write_text("# Kolla PTG recap\n\n- ACTION: ana to write notes\n")

    async def talk() -> None:
        me = synapse.user(BOT)
        network = settings(synapse, admins=(synapse.user("ana"),))
        more = {"recaps": Recaps(paths=(recaps,)), "reader": Reading(engine="linear")}
        async with Guest(synapse, "ana") as ana, running(tmp_path, network, timing=Timing(receipt=0.05), **more):
            room = await ana.make_direct(me)
            await ana.sees(room, me)
            seen: list[dict[str, Any]] = []

            def receipts() -> set[str]:
                read = [each["content"] for each in seen if each["type"] == "m.receipt"]
                return {event for each in read for event, by in each.items() if me in by.get("m.read", {})}

            def typing() -> list[bool]:
                return [me in each["content"]["user_ids"] for each in seen if each["type"] == "m.typing"]

            since = (await ana.ask("GET", "sync"))["next_batch"]
            asked = await ana.say(room, "reload")
            async with asyncio.timeout(20):
                while asked not in receipts() or typing()[-2:] != [True, False]:
                    answer = await ana.ask("GET", f"sync?timeout=5000&since={quote(since)}")
                    since = answer["next_batch"]
                    seen += ephemeral(answer, room)
            await ana.hears(room, me, "1 recap read")
            assert receipts() == {asked}

    run(talk())
