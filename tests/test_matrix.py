"""The bot on a real homeserver: rooms, direct messages, encryption, formatting, reactions, threads."""

import asyncio
import contextlib
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest

from bot.transports.matrix_timing import Timing
from bot.transports.wire import Undeliverable
from tests.conftest import ACCOUNTS
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
            root = await ana.say(room, "what of the notes?")
            thread = {"m.relates_to": {"rel_type": "m.thread", "event_id": root, "is_falling_back": True}}
            await ana.say(room, "+show A1", **thread)
            shown = await ana.hears(room, me, "A1: open action")
            await ana.react(room, shown.event_id, "💤")
            answer = await ana.hears(room, me, "Snoozed")
            relation = answer.content["m.relates_to"]
            assert (relation["event_id"], relation["m.in_reply_to"]["event_id"]) == (root, shown.event_id)
            direct = await ana.make_direct(me, version=version, encrypted=encrypted)
            await ana.sees(direct, me)
            await ana.say(direct, "done A1")
            assert (await ana.hears(direct, me, "Done: A1")).encrypted is encrypted
            assert bot.items() == {"A1": "done"}

    run(talk())


def test_an_answer_stands_in_the_thread_of_its_question(synapse: Synapse, tmp_path: Path) -> None:
    """In a room an answer replies to its question, in a thread it stays in it, and in a direct room it does neither."""

    async def talk() -> None:
        me = synapse.user(BOT)
        async with Guest(synapse, "ana") as ana, running(tmp_path, settings(synapse, admins=(ana.id,))):
            room = await ana.make_room(me)
            await ana.sees(room, me)
            asked = await ana.say(room, "!teams kolla")
            answer = await ana.hears(room, me, "")
            assert answer.content["m.relates_to"] == {"m.in_reply_to": {"event_id": asked}}
            relation = {"rel_type": "m.thread", "event_id": asked, "is_falling_back": True}
            again = await ana.say(room, "#kolla actions", **{"m.relates_to": relation})
            answer = await ana.hears(room, me, "kolla")
            expected = {**relation, "m.in_reply_to": {"event_id": again}}
            assert answer.content["m.relates_to"] == expected
            direct = await ana.make_direct(me)
            await ana.sees(direct, me)
            await ana.say(direct, "actions kolla")
            assert "m.relates_to" not in (await ana.hears(direct, me, "kolla")).content

    run(talk())


def test_every_way_to_address_the_bot(synapse: Synapse, tmp_path: Path) -> None:
    """Its display name, its localpart, its id and its pill are the bot's names; a reply's quote is not the line."""

    async def talk() -> None:
        me = synapse.user(BOT)
        async with Guest(synapse, "ana") as ana, running(tmp_path, settings(synapse)) as bot:
            client = bot.matrix._client
            assert client is not None
            await client.ask("PUT", f"/_matrix/client/v3/profile/{me}/displayname", {"displayname": "Recap"})
            room = await ana.make_room(me)
            # Only admins may invite it to a room.
            await ana.until(
                lambda: ("leave", me) in [(each.content.get("membership"), each.sender) for each in ana.heard]
            )
            assert ana.said(room, me) == []
        network = settings(synapse, rooms_from=("*:localhost",))
        async with Guest(synapse, "ana") as ana, running(tmp_path, network):
            room = await ana.make_room(me)
            await ana.sees(room, me)
            reply = {"m.relates_to": {"m.in_reply_to": {"event_id": "$x"}}}
            pill = f'<a href="https://matrix.to/#/{me}">Recap</a> actions kolla'
            for text, more in (
                ("Recap: actions kolla", {}),
                ("recapbot, actions kolla", {}),
                (f"{me}: actions kolla", {}),
                ("Recap actions kolla", {"format": "org.matrix.custom.html", "formatted_body": pill}),
                ("> <@bob:localhost> +done A1\n\n!actions kolla", reply),
            ):
                await ana.say(room, text, **more)
                await ana.hears(room, me, "kolla: no open actions")
            for text, more in (
                ("Recap actions kolla", {}),
                ("hello", {"format": "org.matrix.custom.html", "formatted_body": "!actions kolla"}),
                ("!actions kolla", {"msgtype": "m.notice"}),
                ("!actions kolla", {"msgtype": "m.emote"}),
            ):
                await ana.say(room, text, **more)
            await ana.say(room, "!help")
            await ana.hears(room, me, "Say `#TEAM summary`")
            assert len(ana.said(room, me)) == 6, "the others were nothing to the bot"

    run(talk())


def test_reactions_do_what_the_words_do(synapse: Synapse, tmp_path: Path) -> None:
    """✅, 🙋, 💤 and ❌ on an item do it with the rights of who reacts; on several items the bot asks which."""

    async def talk() -> None:
        me = synapse.user(BOT)
        async with (
            Guest(synapse, "ana") as ana,
            Guest(synapse, "bob") as bob,
            running(tmp_path, settings(synapse, admins=(ana.id,))) as bot,
        ):
            room = await ana.make_room(me)
            await bob.join(room)
            await ana.sees(room, me)
            for number in (1, 2):
                await ana.say(room, f"+action kolla: job {number}")
                shown = await ana.hears(room, me, f"Recorded: A{number}")
            await bob.react(room, shown.event_id, "✅️")
            assert "is for its owner" in (await ana.hears(room, me, "`+done A2`")).text
            await bob.react(room, shown.event_id, "🙋🏽‍♀️")
            taken = await ana.hears(room, me, "Yours now")
            assert "bob" in taken.text
            await bob.react(room, taken.event_id, "💤")
            await ana.hears(room, me, "Snoozed")
            done = await bob.react(room, shown.event_id, "✅")
            await ana.hears(room, me, "Done: A2")
            assert bot.items() == {"A1": "open", "A2": "done"}
            await bob.redact(room, done)
            assert "`recapbot: undo` takes" in (await ana.hears(room, me, "That reaction is gone")).text
            await bob.say(room, "recapbot: undo")
            await ana.hears(room, me, "Undone")
            await ana.say(room, "#kolla actions all")
            listed = await ana.hears(room, me, "kolla: 2 actions")
            await ana.react(room, listed.event_id, "✅")
            await ana.hears(room, me, "That message shows 2 items: A")
            await ana.react(room, shown.event_id, "❌")
            await ana.hears(room, me, "Rejected")
            await ana.react(room, shown.event_id, "🎉")
            await ana.react(room, await ana.say(room, "A1 is mine"), "✅")
            await ana.say(room, "!help")
            assert "✅" in (await ana.hears(room, me, "Say `#TEAM")).text
            assert bot.items() == {"A1": "open", "A2": "open"}

    run(talk())


def test_an_edit_is_not_obeyed(synapse: Synapse, tmp_path: Path) -> None:
    """An edit runs nothing; the sender hears so where what they said first had changed something, nobody else does."""

    async def talk() -> None:
        me = synapse.user(BOT)
        async with (
            Guest(synapse, "ana") as ana,
            Guest(synapse, "bob") as bob,
            running(tmp_path, settings(synapse, admins=(ana.id,))) as bot,
        ):
            room = await ana.make_room(me)
            await bob.join(room)
            await ana.sees(room, me)
            told = await ana.say(room, "+action kolla: one")
            await ana.hears(room, me, "Recorded: A1")
            asked = await ana.say(room, "#kolla actions")
            await ana.hears(room, me, "kolla: 1")

            async def edit(guest: Guest, event: str, text: str) -> None:
                new = {"msgtype": "m.text", "body": text}
                relation = {"rel_type": "m.replace", "event_id": event}
                await guest.send(room, {**new, "m.new_content": new, "m.relates_to": relation})

            await edit(bob, told, "+action kolla: two")
            await edit(ana, asked, "+done A1")
            await edit(ana, told, "+action kolla: three")
            assert "stands" in (await ana.hears(room, me, "I do not follow edits")).text
            assert bot.items() == {"A1": "open"} and len(ana.said(room, me)) == 3

    run(talk())


def test_long_answers_are_one_folded_message(synapse: Synapse, tmp_path: Path) -> None:
    """A long list is one message whose end is folded, unless the configuration wants `more`."""

    async def talk(fold: bool) -> None:
        me = synapse.user(BOT)
        network = settings(synapse, admins=(synapse.user("ana"),), fold=fold)
        async with Guest(synapse, "ana") as ana, running(tmp_path / str(fold), network):
            room = await ana.make_room(me)
            await ana.sees(room, me)
            for number in range(1, 10):
                await ana.say(room, f"+action kolla: job {number}")
                await ana.hears(room, me, f"Recorded: A{number}")
            await ana.say(room, "#kolla actions")
            answer = await ana.hears(room, me, "kolla: 9 open actions")
            folded = "<details><summary>4 more</summary>" in answer.content["formatted_body"]
            assert (len(answer.text.split("\n")), folded) == ((10, True) if fold else (6, False))

    for fold in (True, False):
        (tmp_path / str(fold)).mkdir()
        run(talk(fold))


def test_only_verified_devices_read_where_that_is_configured(synapse: Synapse, tmp_path: Path) -> None:
    """With `verified_only` an answer goes out, and no unverified device can read it; without it again, each can."""

    async def talk() -> None:
        me = synapse.user(BOT)
        room = ""
        async with Guest(synapse, "ana") as ana:
            for only in (False, True, False):
                async with running(tmp_path, settings(synapse, admins=(ana.id,), verified_only=only)):
                    room = room or await ana.make_room(me, encrypted=True)
                    await ana.sees(room, me)
                    before = len(ana.heard)
                    await ana.say(room, "#kolla actions")
                    answer = await ana.until(
                        lambda before=before: next((each for each in ana.heard[before:] if each.sender == me), None)
                    )
                    assert answer.type == ("m.room.encrypted" if only else "m.room.message")

    run(talk())


def test_a_person_without_a_direct_room_gets_one(tmp_path: Path) -> None:
    """Their own reminder waits in an encrypted room for two, which they are invited to, and pings them alone."""

    async def talk(server: Synapse) -> None:
        me = server.user(BOT)
        async with Guest(server, "ana") as ana, running(tmp_path, settings(server)) as bot:
            for number in range(3):
                await bot.matrix.deliver(ana.id, [f"Your weekly reminder {number}"])
            await ana.until(lambda: ana.invitations)
            assert len(set(ana.invitations)) == 1
            room = await ana.join(ana.invitations[0])
            said = await ana.hears(room, me, "Your weekly reminder 0")
            assert said.encrypted and said.content["m.mentions"] == {"user_ids": [ana.id]}
            plain = await ana.make_direct(me)
            await ana.leave(room)
            await bot.knows(lambda: bot.matrix._places.direct_room(ana.id) == plain)
            await bot.matrix.deliver(ana.id, ["Your weekly reminder 3"])
            pinged = (await ana.ask("GET", "sync"))["rooms"]["join"][plain]["unread_notifications"]
            assert pinged["highlight_count"] == 1
            await ana.leave(plain)
            await bot.knows(lambda: not bot.matrix._places.is_in(plain))

    with Synapse({name: ACCOUNTS[name] for name in (BOT, "ana")}) as server:
        run(talk(server))


def test_who_does_not_take_an_invitation_gets_no_other(tmp_path: Path) -> None:
    """However often their reminder is tried: a new room at every try would be a nuisance."""

    async def decline(ana: Guest) -> None:
        for number in range(9):
            await ana.until(lambda wanted=number: len(ana.invitations) > wanted, 60)
            await ana.ask("POST", f"rooms/{ana.invitations[number]}/leave", {})

    async def talk(server: Synapse) -> None:
        timing = Timing(made=0.5, delivery=4)
        async with Guest(server, "ana") as ana, running(tmp_path, settings(server), timing=timing) as bot:
            declining = asyncio.create_task(decline(ana))
            taken = 0
            for number in range(5):
                with contextlib.suppress(Undeliverable):
                    await bot.matrix.deliver(ana.id, [f"Your weekly reminder {number}"])
                    taken += 1
            declining.cancel()
            # One that was taken before she declined is another matter.
            assert 1 <= len(set(ana.invitations)) <= taken + 1

    with Synapse({name: ACCOUNTS[name] for name in (BOT, "ana")}) as server:
        run(talk(server))
