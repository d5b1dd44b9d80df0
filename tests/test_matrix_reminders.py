"""Reminders that the configuration sets, as they arrive on a homeserver."""

import asyncio
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

from bot.app import now_utc
from bot.config import Reminder, load
from bot.model import Kind
from bot.store.items import record
from bot.transports.matrix_timing import Timing
from tests.conftest import ACCOUNTS
from tests.matrix_bot import BOT, NETWORK, running, settings
from tests.reminders_bench import ANA
from tests.servers.faulty import Faulty
from tests.servers.guest import Guest
from tests.servers.synapse import NAME, Synapse

CONFIGURATION = """\
[matrix.{network}]
user = "@{bot}:{server}"
homeserver = "{url}"
password = "{password}"
rooms = ["#plain:{server}", "#secret:{server}"]

[rooms."#secret:{server}"]
team = "kolla"

[[reminders]]
network = "{network}"
room = "#plain:{server}"
day = "{day}"
at = "{at}"

[[reminders]]
network = "{network}"
room = "#secret:{server}"
day = "{day}"
at = "{at}"

[[reminders]]
network = "{network}"
account = "@ana:{server}"
day = "{day}"
at = "{at}"
"""


def test_reminders_of_the_configuration_arrive(tmp_path: Path) -> None:
    """What `[[reminders]]` sets comes when it is due, once: to a plain room, to an encrypted one, and to a person, who
    alone is pinged."""
    later = timedelta(0)
    soon = now_utc() + timedelta(hours=1)

    async def talk(server: Synapse) -> None:
        nonlocal later
        me, file = server.user(BOT), tmp_path / "bot.toml"
        known = {"network": NETWORK, "bot": BOT, "server": NAME, "url": server.url, "password": server.accounts[BOT]}
        file.write_text(CONFIGURATION.format(**known, day=f"{soon:%A}", at=f"{soon:%H:%M}"))
        file.chmod(0o600)
        config = load(file)
        tables = {"rooms": config.rooms, "reminders": config.reminders}
        async with Guest(server, "ana") as ana:
            plain, secret = await ana.make_room(alias="plain"), await ana.make_room(alias="secret", encrypted=True)
            async with running(tmp_path, config.matrix[NETWORK], clock=lambda: now_utc() + later, **tables) as bot:
                direct = await ana.make_direct(me, encrypted=True)
                for room in (plain, secret, direct):
                    await ana.sees(room, me)
                await ana.say(direct, "action kolla: write it down - owner me")
                await ana.hears(direct, me, "Recorded: A1")
                await ana.say(plain, "+action nova: write that down")
                await ana.hears(plain, me, "Recorded: A2")
                later = timedelta(hours=2)
                for _ in range(2):
                    await bot.bot.reminders.tick(bot.bot.clock())
                heard = [
                    await ana.hears(plain, me, "Weekly reminder R1: all teams, 2 open actions (1 unowned).\n"),
                    await ana.hears(secret, me, "Weekly reminder R2: kolla, 1 open action.\nA1 ana: "),
                    await ana.hears(direct, me, f"{ana.id}, you have 1 open action.\nA1 "),
                ]
                assert [said.encrypted for said in heard] == [False, True, True]
                assert [said.content["m.mentions"] for said in heard] == [{}, {}, {"user_ids": [ana.id]}]
                await bot.knows(lambda: bot.store.db.table("occurrences").count_where("state = 'sent'") == 3)
                assert [len(ana.said(room, me)) for room in (plain, secret, direct)] == [2, 1, 2]

    with Synapse({name: ACCOUNTS[name] for name in (BOT, "ana")}) as server:
        asyncio.run(talk(server))


def test_a_reminder_that_was_taken_unheard_is_sent_also_where_the_bot_is_thrown_out(
    synapse: Synapse, tmp_path: Path
) -> None:
    """The bot gives up waiting for the homeserver's word, hears it later, and is thrown out before it looks again: the
    reminder was sent, and nothing is said of a refusal."""
    later, soon, alias = timedelta(0), now_utc() + timedelta(hours=1), f"#unheard:{NAME}"

    async def talk() -> None:
        nonlocal later
        me, heard = synapse.user(BOT), False
        async with Guest(synapse, "ana") as ana, Faulty(synapse.url) as proxy:
            room = await ana.make_room(alias="unheard")
            network = settings(synapse, homeserver=proxy.url, rooms=(alias,))
            reminder = Reminder(network=NETWORK, room=alias, day=f"{soon:%A}", at=f"{soon:%H:%M}")
            timing = Timing(delivery=0.2, kicked=())
            proxy.fault = lambda request: -1 if "/send/" in request.path and not heard else None
            clock, more = lambda: now_utc() + later, {"reminders": (reminder,)}
            async with running(tmp_path, network, clock=clock, timing=timing, **more) as bot:
                await ana.sees(room, me)
                record(bot.store, Kind.ACTION, team="kolla", text="write", owners=(), due=None, actor=ANA, now=clock())
                rows = bot.store.db.table("occurrences").rows_where
                later = timedelta(hours=2)
                await bot.bot.reminders.tick(clock())
                await bot.knows(lambda: list(rows("state = 'due' AND text IS NOT NULL AND detail IS NOT NULL")))
                heard = True
                await bot.knows(lambda: bot.store.db.table("matrix_outbox").count_where("state = 'sent'"))
                await ana.ask("POST", f"rooms/{quote(room)}/kick", {"user_id": me})
                await bot.knows(lambda: not bot.matrix.is_in(alias))
                later += timedelta(minutes=5)
                await bot.bot.reminders.tick(clock())
                await bot.knows(lambda: list(rows("state = 'sent' AND detail IS NULL")))
                assert len(ana.said(room, me)) == 1

    asyncio.run(talk())
