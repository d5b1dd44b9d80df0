"""Reminders over IRC: taken, refused, or in doubt, and never anything else."""

import asyncio

import pytest

from bot.transports.irc import IrcTransport
from bot.transports.irc_timing import Timing
from bot.transports.wire import Undeliverable
from tests.irc_fake import FakeConnection, FakeServer, bot_on, play


async def outcome(delivery: asyncio.Task[None]) -> tuple[str, bool, bool] | None:
    """What became of a delivery: None when taken, else reason, retry and perhaps."""
    try:
        async with asyncio.timeout(5):
            await delivery
    except Undeliverable as error:
        return error.reason, error.retry, error.perhaps
    return None


def delivering(transport: IrcTransport, target: str, *lines: str) -> asyncio.Task[None]:
    """A delivery on its way."""
    return asyncio.create_task(transport.deliver(target, lines))


async def said(connection: FakeConnection, count: int) -> list[str]:
    """The bot's next lines."""
    return [await connection.line() for _ in range(count)]


def test_a_reminder_is_done_when_the_server_says_so() -> None:
    """Every line goes, then a PING; only its PONG ends the delivery. A list highlights nobody."""

    async def scenario(server: FakeServer) -> None:
        async with bot_on(server.port) as transport:
            connection = await server.accept()
            await connection.welcome()
            delivery = delivering(transport, "#ptg", "2 open actions", 'A1 alice: "write"')
            assert await said(connection, 3) == [
                "PRIVMSG #ptg :2 open actions",
                'PRIVMSG #ptg :A1 a\u2060lice: "write"',
                "PING :recapbot-1",
            ]
            await connection.handled()
            assert not delivery.done()
            connection.send(":fake PONG fake :recapbot-1")
            assert await outcome(delivery) is None

    play(scenario)


def test_a_server_that_does_not_repeat_the_token_is_understood() -> None:
    """PONGs come in the order of PINGs, so the oldest is meant."""

    async def scenario(server: FakeServer) -> None:
        async with bot_on(server.port) as transport:
            connection = await server.accept()
            await connection.welcome()
            first, second = delivering(transport, "#ptg", "one"), delivering(transport, "#ptg", "two")
            await connection.until("recapbot-2")
            connection.send(":fake PONG :fake")
            assert await outcome(first) is None
            assert not second.done()
            connection.send(":fake PONG :fake")
            assert await outcome(second) is None

    play(scenario)


@pytest.mark.parametrize(
    ("target", "refusal", "result"),
    [
        (
            "#ptg",
            ":fake 404 recapbot #ptg :Cannot send to channel (+m)",
            ("404 Cannot send to channel (+m)", True, False),
        ),
        ("Alice", ":fake 401 recapbot Alice :No such nick", ("401 No such nick", True, False)),
        ("alice", ":fake 401 ALICE :No such nick", ("401 No such nick", True, False)),
        ("alice", ":fake 412 recapbot alice :No text to send", ("412 No text to send", False, False)),
    ],
)
def test_a_refusal_before_the_pong_is_a_failure(target: str, refusal: str, result: tuple[str, bool, bool]) -> None:
    """What the server refuses is not sent, and its reason is told."""

    async def scenario(server: FakeServer) -> None:
        async with bot_on(server.port) as transport:
            connection = await server.accept()
            await connection.welcome()
            delivery = delivering(transport, target, "one")
            await connection.until("^PING")
            connection.send(":fake 404 recapbot #elsewhere :not this one", refusal, ":fake PONG fake :recapbot-1")
            assert await outcome(delivery) == result

    play(scenario)


def test_a_refusal_stops_the_rest() -> None:
    """After the first refused line no other is sent, and what had gone before may have arrived."""

    async def scenario(server: FakeServer) -> None:
        async with bot_on(server.port, burst=1, rate=20.0) as transport:
            connection = await server.accept()
            await connection.welcome()
            delivery = delivering(transport, "#ptg", *(f"line {number}" for number in range(60)))
            await connection.until("line 2")
            connection.send(":fake 404 recapbot #ptg :Cannot send to channel")
            token = (await connection.until("^PING")).removeprefix("PING ")
            assert not any("line 59" in line for line in connection.heard)
            connection.send(f":fake PONG fake {token}")
            assert await outcome(delivery) == ("404 Cannot send to channel", True, True)

    play(scenario)


def test_a_lost_connection_leaves_doubt_only_about_what_was_sent() -> None:
    """What had not begun is simply not sent; what was not acknowledged may have arrived."""

    async def scenario(server: FakeServer) -> None:
        async with bot_on(server.port, burst=1, rate=0.001) as transport:
            connection = await server.accept()
            await connection.welcome()
            begun = delivering(transport, "#ptg", *(f"line {number}" for number in range(20)))
            waiting = delivering(transport, "#ptg", "never begun")
            await connection.until("line 0")
            connection.close()
            assert await outcome(begun) == ("the connection was lost", True, True)
            assert await outcome(waiting) == ("the connection was lost", True, False)
            assert await outcome(delivering(transport, "#ptg", "no connection")) == (
                "not connected to fake",
                True,
                False,
            )

    play(scenario)


def test_what_does_not_get_its_turn_is_given_back() -> None:
    """A reminder waits for answers, but not for ever."""

    async def scenario(server: FakeServer) -> None:
        async with bot_on(
            server.port, burst=1, rate=0.001, timing=Timing(delivery=0.1, drain=0.1, quit=0.02)
        ) as transport:
            connection = await server.accept()
            await connection.welcome()
            for _ in range(8):
                connection.send(":alice!al@host PRIVMSG recapbot :question")
            await connection.handled()
            late = await outcome(delivering(transport, "#ptg", "late"))
            assert late == ("it did not get its turn in time", True, False)

    play(scenario)


@pytest.mark.parametrize(
    ("target", "reason", "retry"),
    [
        ("#kolla", "the bot is not in #kolla", True),
        ("#ptg,bob", "'#ptg,bob' is no channel or nick", False),
        ("al\rQUIT", "'al\\rQUIT' is no channel or nick", False),
        ("", "'' is no channel or nick", False),
    ],
)
def test_where_we_cannot_speak_nothing_is_sent(target: str, reason: str, retry: bool) -> None:
    """A channel that we are not in, or what is no name at all."""

    async def scenario(server: FakeServer) -> None:
        async with bot_on(server.port) as transport:
            connection = await server.accept()
            await connection.welcome()
            assert await outcome(delivering(transport, target, "text")) == (reason, retry, False)
            assert await connection.handled() == []

    play(scenario)


def test_a_polite_stop_finishes_what_has_begun() -> None:
    """A reminder of which a line has gone is finished and acknowledged; one that has not begun is left for later."""

    async def scenario(server: FakeServer) -> None:
        async with bot_on(server.port, burst=1, rate=0.001) as transport:
            connection = await server.accept()
            await connection.welcome()
            begun = delivering(transport, "#ptg", *(f"line {number}" for number in range(8)))
            waiting = delivering(transport, "#ptg", "never begun")
            await connection.until("line 0")
            stopping = asyncio.create_task(transport.stop())
            assert await outcome(waiting) == ("the bot is stopping", True, False)
            token = (await connection.until("^PING")).removeprefix("PING ")
            assert sum(line.startswith("PRIVMSG") for line in connection.heard) == 8
            connection.send(f":fake PONG fake {token}")
            assert await outcome(begun) is None
            assert await connection.line() == "QUIT :stopping"
            connection.close()
            await stopping

    play(scenario)


def test_a_reminder_follows_a_new_nick() -> None:
    """Whoever renames while a reminder waits gets it under the new nick, and nobody else does."""

    async def scenario(server: FakeServer) -> None:
        async with bot_on(server.port, burst=1, rate=20.0) as transport:
            connection = await server.accept()
            await connection.welcome()
            delivery = delivering(transport, "alice", *(f"line {number}" for number in range(12)))
            await connection.handled(":alice!al@host NICK :alice2")
            assert await connection.until("line 11") == "PRIVMSG alice2 :line 11"
            token = (await connection.until("^PING")).removeprefix("PING ")
            connection.send(f":fake PONG fake {token}")
            assert await outcome(delivery) is None

    play(scenario)
