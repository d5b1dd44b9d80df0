"""The IRC transport on real servers: ngircd, plain and quick, and InspIRCd, which proves who somebody is."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import count

import pytest

from bot.messages import Reply, Request, Role
from bot.transports.irc import IrcTransport
from bot.transports.irc_timing import Timing
from bot.transports.wire import Undeliverable
from tests.irc_fake import Answers, bot_on
from tests.servers.inspircd import InspIRCd
from tests.servers.ngircd import NgIRCd
from tests.servers.raw import PATIENCE, RawClient

Server = NgIRCd | InspIRCd
LONG = ("语" * 400, "👩‍👩‍👧‍👦" * 60, "word " * 300, "x" * 900)
numbers = count(1)


@pytest.fixture
def room() -> str:
    """A room of the test's own on the shared servers."""
    return f"#room{next(numbers)}"


@pytest.fixture(params=["ngircd", "inspircd"])
def server(request: pytest.FixtureRequest) -> Server:
    """One real server after the other."""
    found: Server = request.getfixturevalue(request.param)
    return found


def sasl(server: InspIRCd, password: str | None = None) -> dict[str, str]:
    """The bot's account."""
    return {"account": "recapbot", "password": password or server.accounts["recapbot"]}


@asynccontextmanager
async def client(server: Server, nick: str, *rooms: str, account: str | None = None) -> AsyncIterator[RawClient]:
    """Somebody on the server, in these rooms."""
    proof = (account, server.accounts[account]) if account and isinstance(server, InspIRCd) else None
    async with await RawClient.connect(server.port) as connection:
        await connection.register(nick, sasl=proof)
        await connection.join(*rooms)
        yield connection


async def arrived(transport: IrcTransport, *rooms: str) -> None:
    """Return once the bot is in these rooms."""
    async with asyncio.timeout(PATIENCE):
        while not set(rooms) <= set(transport.rooms):
            await asyncio.sleep(0.005)


async def handled(transport: IrcTransport, speaker: RawClient) -> None:
    """Return once the bot has handled all that this client said."""
    await speaker.round_trip()
    await transport.deliver(speaker.nick, ["handled"])
    await speaker.until("handled")


def test_on_a_plain_server_nobody_is_proven_but_operators_are_known(ngircd: NgIRCd, room: str) -> None:
    """ngircd knows no accounts and says so; who opened the room is operator, until the mode is taken."""
    answers = Answers()

    async def scenario() -> None:
        async with client(ngircd, "opal", room) as opal, client(ngircd, "ulf", room) as ulf:
            async with bot_on(ngircd.port, answers, channels=(room,)) as transport:
                await arrived(transport, room)
                opal.say(room, "+one")
                await handled(transport, opal)
                ulf.say(room, "+two")
                await handled(transport, ulf)
                opal.send(f"MODE {room} +v ulf", f"MODE {room} -o opal")
                opal.say(room, "+three")
                await handled(transport, opal)
                ulf.say(room, "+four")
                await handled(transport, ulf)

    asyncio.run(scenario())
    assert [(r.nick, r.role, r.account, r.has_accounts) for r in answers.requests] == [
        ("opal", Role.OP, None, False),
        ("ulf", Role.USER, None, False),
        ("opal", Role.USER, None, False),
        ("ulf", Role.VOICE, None, False),
    ]


def test_accounts_are_proven_and_nicks_are_not(inspircd: InspIRCd, room: str) -> None:
    """A line carries its account, in a room and by direct message; a taken nick proves nothing; accounts are found."""
    answers = Answers()

    async def scenario() -> None:
        people = (client(inspircd, "ana_", room, account="ana"), client(inspircd, "ulf", room))
        async with people[0] as ana, people[1] as ulf:
            async with bot_on(inspircd.port, answers, channels=(room,), sasl=sasl(inspircd)) as transport:
                await arrived(transport, room)
                assert "logged in as recapbot" in transport.status()
                await handled(transport, ana)
                assert (transport.nick_of("ana"), transport.nick_of("Ana"), transport.nick_of("bob")) == (
                    "ana_",
                    "ana_",
                    None,
                )
                ana.say(room, "+in the room")
                ana.say("recapbot", "in private")
                await handled(transport, ana)
                ana.send("NICK annika")
                await ana.until("NICK")
                ulf.send("NICK ana_")
                await ulf.until("NICK :?ana_")
                ulf.say(room, "+I am ana")
                await ulf.round_trip()
                ana.say(room, "+renamed")
                await ana.round_trip()
                await transport.deliver("annika", ["handled"])
                assert transport.nick_of("ana") == "annika"

    asyncio.run(scenario())
    assert [(r.text, r.account, r.room, r.has_accounts) for r in answers.requests] == [
        ("+in the room", "ana", room, True),
        ("in private", "ana", None, True),
        ("+I am ana", None, room, True),
        ("+renamed", "ana", room, True),
    ]


def test_without_the_password_the_bot_stays_away(server: Server, room: str) -> None:
    """With SASL required, a wrong password (or a server without SASL) keeps the bot from every room."""

    async def scenario() -> None:
        async with client(server, "watcher", room) as watcher:
            wrong = {"account": "recapbot", "password": "not this one"}
            async with bot_on(server.port, channels=(room,), sasl=wrong) as transport:
                async with asyncio.timeout(PATIENCE):
                    while "required" not in transport.status():
                        await asyncio.sleep(0.01)
            await watcher.round_trip()
            assert not any(line.command == "JOIN" and line.nick.startswith("recap") for line in watcher.heard)

    asyncio.run(scenario())


def test_tls_is_verified(server: Server, room: str) -> None:
    """A certificate of the configured authority is trusted; the same one without it is not, and it is said why."""

    async def scenario() -> None:
        async with bot_on(server.tls_port, channels=(room,), tls=True, ca_file=server.ca_file) as transport:
            await arrived(transport, room)
        async with bot_on(server.tls_port, channels=(room,), tls=True) as transport:
            async with asyncio.timeout(PATIENCE):
                while "certificate verify failed" not in transport.status():
                    await asyncio.sleep(0.01)

    asyncio.run(scenario())


def test_nothing_in_an_answer_becomes_a_command(server: Server, room: str) -> None:
    """CR, LF, NUL and CTCP in an answer arrive as text within one message, and the connection lives on."""
    evil = f"+x\rPRIVMSG {room} :INJECTED\nQUIT\r\n\x00\x01ACTION waves\x01"

    async def scenario() -> None:
        async with (
            bot_on(server.port, lambda request: Reply((evil, "fine")), channels=(room,)) as transport,
            client(server, "watcher", room) as watcher,
        ):
            await arrived(transport, room)
            watcher.say(room, "+go")
            text = (await watcher.until("PRIVMSG")).text
            assert text == f"+x PRIVMSG {room} :INJECTED QUIT  ACTION waves"
            assert (await watcher.until("PRIVMSG")).text == "fine"
            await handled(transport, watcher)

    asyncio.run(scenario())


def test_long_answers_arrive_whole(server: Server, room: str) -> None:
    """Text of any script arrives complete, in lines that no server cuts and no reader sees broken."""

    async def scenario() -> None:
        nick = "recapbot_with_a_long_nick"
        async with client(server, "watcher", room) as watcher:
            async with bot_on(server.port, lambda request: Reply(LONG), channels=(room,), nick=nick) as transport:
                await arrived(transport, room)
                watcher.say(room, "+go")
                await handled(transport, watcher)
                await transport.deliver("watcher", ["that was all"])
                await watcher.until("that was all")
            lines = [line for line in watcher.heard if line.command == "PRIVMSG" and line.params[0] == room]
            assert all(len(line.raw.encode()) <= 510 and "\ufffd" not in line.raw for line in lines)
            said = "".join(line.text for line in lines)
            assert said.replace(" ", "") == "".join(LONG).replace(" ", "")  # ngircd takes spaces from the end of a line

    asyncio.run(scenario())


def test_history_is_not_obeyed(inspircd: InspIRCd, room: str) -> None:
    """What the server plays back when the bot joins is not answered; what is said then is."""
    answers = Answers()

    async def scenario() -> None:
        async with client(inspircd, "ana_", room) as ana:
            ana.send(f"MODE {room} +H 20:1h")
            for number in range(5):
                ana.say(room, f"+old {number}")
            await ana.round_trip()
            async with bot_on(inspircd.port, answers, channels=(room,)) as transport:
                await arrived(transport, room)
                ana.say(room, "+new")
                await handled(transport, ana)

    asyncio.run(scenario())
    assert [request.text for request in answers.requests] == ["+new"]


def test_a_marked_bot_is_not_answered(inspircd: InspIRCd, room: str) -> None:
    """Who has set the bot mode, as ours has, talks to nobody here; without it they do."""
    answers = Answers()

    async def scenario() -> None:
        async with (
            bot_on(inspircd.port, answers, channels=(room,)) as transport,
            client(inspircd, "other", room) as other,
        ):
            await arrived(transport, room)
            other.send("MODE other +B")
            other.say(room, "+as a bot")
            other.send("MODE other -B")
            other.say(room, "+as a person")
            await handled(transport, other)
            other.send("WHOIS recapbot")
            await other.until(" 335 ")

    asyncio.run(scenario())
    assert [request.text for request in answers.requests] == ["+as a person"]


def test_reminders_are_taken_or_refused(server: Server, room: str) -> None:
    """A real server's refusals are told apart from what it took."""

    async def refused(transport: IrcTransport, target: str) -> tuple[str, bool, bool]:
        with pytest.raises(Undeliverable) as caught:
            await transport.deliver(target, ["a reminder", "of two lines"])
        return caught.value.reason[:3], caught.value.retry, caught.value.perhaps

    async def scenario() -> None:
        async with client(server, "watcher", room) as watcher:
            async with bot_on(server.port, channels=(room,)) as transport:
                await arrived(transport, room)
                await transport.deliver(room, ["a reminder", "of two lines"])
                assert [(await watcher.until("PRIVMSG")).text for _ in range(2)] == ["a reminder", "of two lines"]
                assert await refused(transport, "nobody-here") == ("401", True, False)
                watcher.send(f"MODE {room} +m")
                await watcher.round_trip()
                assert await refused(transport, room) == ("404", True, False)

    asyncio.run(scenario())


def test_the_nick_is_got_back_when_its_holder_goes(server: Server, room: str) -> None:
    """With its nick taken the bot comes under another, and takes its own once it is free."""

    async def scenario() -> None:
        async with client(server, "recapbot", room) as holder:
            async with bot_on(server.port, channels=(room,), timing=Timing(quit=0.5)) as transport:
                await arrived(transport, room)
                assert "recapbot_ on" in transport.status()
                await holder.close()
                async with asyncio.timeout(PATIENCE):
                    while "recapbot on" not in transport.status():
                        await asyncio.sleep(0.01)

    asyncio.run(scenario())


def test_a_kill_is_survived(server: Server, room: str) -> None:
    """Killed by an operator of the network, the bot is back in its room within seconds."""

    async def scenario() -> None:
        async with bot_on(server.port, channels=(room,)) as transport, client(server, "watcher", room) as watcher:
            await arrived(transport, room)
            watcher.send("OPER oper operpass", "KILL recapbot :go away")
            await watcher.until("recapbot!.* QUIT")
            await watcher.until("recapbot!.* JOIN")

    asyncio.run(scenario())


@pytest.mark.parametrize("way", ["killed", "frozen"])
def test_a_server_that_comes_back_is_found(servers: None, way: str) -> None:
    """Back in the room within 3 s of a crashed server's return; a frozen one is noticed and left."""

    async def scenario(server: NgIRCd) -> None:
        timing = Timing(ping_every=0.2, dead_after=0.6, quit=0.1)
        async with bot_on(server.port, timing=timing) as transport:
            await arrived(transport, "#ptg")
            server.child.freeze() if way == "frozen" else server.child.kill()
            async with asyncio.timeout(PATIENCE):
                while transport.connected:
                    await asyncio.sleep(0.01)
            if way == "frozen":
                server.child.thaw()
                server.child.stop()
            server.restart()
            async with asyncio.timeout(3):
                await arrived(transport, "#ptg")

    with NgIRCd() as server:
        asyncio.run(scenario(server))


def test_a_storm_is_survived_where_floods_are_killed(servers: None) -> None:
    """On a server that throws out who sends ten lines too many, the bot with its own limits stays, loses nothing, and
    answers within 5 s who asks once meanwhile."""
    asked: list[str] = []

    def handle(request: Request) -> Reply | None:
        asked.append(request.text)
        return Reply((f"answer {request.text}",)) if request.text.startswith("+") else None

    async def storm(clients: Sequence[RawClient]) -> None:
        for number in range(4):
            for each in clients:
                each.say("#ptg", f"+{each.nick}.{number}")
        await asyncio.gather(*(each.round_trip() for each in clients))

    async def scenario(server: InspIRCd) -> None:
        async with (
            bot_on(server.port, handle, burst=4, rate=1.0) as transport,
            client(server, "ana", "#ptg") as ana,
            client(server, "bob", "#ptg") as bob,
            client(server, "last", "#ptg") as last,
        ):
            await arrived(transport, "#ptg")
            await storm([ana, bob])
            last.say("#ptg", "+last")
            async with asyncio.timeout(5):
                await last.until("answer .last")
            heard = [line.text for line in last.heard if line.nick == "recapbot"]
            while len(heard) < 9:
                heard.append((await last.until("recapbot!.* PRIVMSG")).text)
            assert sorted(heard) == sorted(f"answer {text}" for text in asked)
            assert transport.connected

    with InspIRCd(flood="kill") as server:
        asyncio.run(scenario(server))
