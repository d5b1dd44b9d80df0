"""Whatever a server sends or does not send, the bot stays up, reads the next line, and comes back."""

import asyncio
import logging
import random

import pytest

from bot.transports.irc_timing import Timing
from tests.irc_fake import ALICE, Answers, FakeServer, bot_on, play

MALFORMED: tuple[str | bytes, ...] = (
    *(" ", ":", ":alice!al@host.example", "@", "@a=b", "@a=b :x", "\x01", "é", "PRIVMSG", "99 x", "1234 x"),
    *("QUIT", f"{ALICE} QUIT", ":stranger!a@b QUIT :bye", "NICK", f"{ALICE} NICK", f"{ALICE} NICK :", "PING"),
    *(f"{ALICE} PRIVMSG", f"{ALICE} PRIVMSG #ptg", "PRIVMSG #ptg :from nobody", f"{ALICE} NOTICE #ptg", "NOTICE"),
    *(f"{ALICE} JOIN", f"{ALICE} JOIN #elsewhere", f"{ALICE} PART", f"{ALICE} PART #elsewhere", f"{ALICE} KICK #ptg"),
    *(f"{ALICE} KICK #elsewhere recapbot", f"{ALICE} KICK", f"{ALICE} MODE #ptg", f"{ALICE} MODE", "MODE #ptg +o"),
    *(f"{ALICE} MODE #elsewhere +o alice", f"{ALICE} MODE #ptg +Zzz x", f"{ALICE} MODE #ptg o", "MODE recapbot"),
    *(":fake 353", ":fake 353 recapbot", ":fake 353 recapbot = #elsewhere :@x", ":fake 353 recapbot = #ptg :@ + ,"),
    *(":fake 366", ":fake 354 recapbot 737", ":fake 354 recapbot 737 a b c", ":fake 001", ":fake 376", ":fake 396 x"),
    *(
        ":fake 005",
        ":fake 005 x",
        ":fake 005 x LOAD=1 FOLD=2 :y",
        ":fake 005 x PREFIX= :y",
        ":fake 005 x CHANMODES=,,,,,,",
    ),
    *(
        ":fake 005 x CASEMAPPING :y",
        ":fake 005 x TARGMAX=JOIN:x,::: CHANTYPES :y",
        ":fake 433",
        ":fake 401",
        ":fake 404 x",
    ),
    *(
        "BATCH",
        "BATCH +a",
        "BATCH -a",
        "BATCH + x",
        "@time=yesterday PING :x",
        "CAP",
        "CAP *",
        "CAP * LS",
        "CAP * ACK :",
    ),
    *("CAP * NEW :sasl=", "CAP * DEL :sasl", "AUTHENTICATE", "AUTHENTICATE +", ":fake 900", ":fake 904 x", "ACCOUNT"),
    *("CHGHOST", ":recapbot!a@b CHGHOST", "INVITE recapbot", "ERROR", "PONG", ":fake PONG", "KILL recapbot"),
    *(f"{ALICE} PRIVMSG recapbot :\x01DCC\x01", f"{ALICE} PRIVMSG #ptg :\x01", f"{ALICE} PRIVMSG recapbot :\x01\x01"),
    *(b"\xff\xfe\x00\xe9", ALICE.encode() + b" PRIVMSG #ptg :caf\xe9", ALICE.encode() + b" PRIVMSG #ptg :\xf0\x9f\x98"),
    *(f"{ALICE} PRIVMSG #ptg :\x00", f"{ALICE} PRIVMSG #ptg :" + "x" * 9000, "@" + "a=b;" * 2000 + " PING x"),
    *(":" + "x" * 5000 + " PRIVMSG #ptg :x", "\r\r\r", "::::: ::::", "  PING :x", "%s %d %n", "{0} {x}"),
)
"""Shapes that made the `irc` package raise, or could make this transport do so."""

SANE = ("PING :x", f"{ALICE} PRIVMSG #ptg :+actions", f"{ALICE} JOIN #ptg", ":fake 353 recapbot = #ptg :@alice +bob")


def test_no_line_stops_the_next(caplog: pytest.LogCaptureFixture) -> None:
    """After each malformed line a valid PING is answered, and none of them is a fault of ours."""

    async def scenario(server: FakeServer) -> None:
        async with bot_on(server.port, Answers(lambda request: None)):
            connection = await server.accept()
            await connection.welcome()
            for line in MALFORMED:
                await connection.handled(line)

    play(scenario)
    assert "could not be handled" not in caplog.text


def test_mutated_lines_stop_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """The same for tens of thousands of lines cut, doubled and mixed with a fixed seed, in pieces of any size."""
    rng = random.Random(20261120)

    def mutated() -> bytes:
        line = rng.choice((*MALFORMED, *SANE))
        data = bytearray(line.encode() if isinstance(line, str) else line)[:300]
        for _ in range(rng.randrange(4)):
            place = rng.randrange(len(data) + 1)
            match rng.randrange(4):
                case 0:
                    del data[place : place + rng.randrange(5)]
                case 1:
                    data[place:place] = rng.choice(
                        [b":", b" ", b"@", b"#", b"\r", b"\xc3", b"\x01", b"recapbot", b"+o"]
                    )
                case 2:
                    data[place:place] = data[: rng.randrange(9)]
                case 3 if data:
                    data[place % len(data)] = rng.randrange(256)
        # These are right to end the connection, or to change who we are; they have tests of their own.
        return (
            b""
            if any(word in data.upper() for word in (b"ERROR", b"NICK", b" 001 "))
            else bytes(data).replace(b"\n", b"")
        )

    async def scenario(server: FakeServer) -> None:
        async with bot_on(server.port, Answers(lambda request: None)):
            connection = await server.accept()
            await connection.welcome()
            for batch in range(200):
                lines = [part for number in range(100) for part in (mutated(), f"PING :{batch}.{number}")]
                said = await connection.handled(*lines)
                pongs = [line for line in said if line.startswith(f"PONG :{batch}.")]
                assert pongs == [f"PONG :{batch}.{number}" for number in range(100)]

    play(scenario)
    assert "could not be handled" not in caplog.text


def test_a_bad_line_does_not_take_its_neighbours_along() -> None:
    """Lines that arrive in one piece with a bad one are handled all the same."""
    answers = Answers()

    async def scenario(server: FakeServer) -> None:
        async with bot_on(server.port, answers):
            connection = await server.accept()
            await connection.welcome()
            for line in (f"{ALICE} PRIVMSG #ptg :+one", " ", f"{ALICE} PRIVMSG #ptg :+two", b"\xff", f"{ALICE} QUIT"):
                connection.send(line)
            assert await connection.until("two") == "PRIVMSG #ptg :answer to +two"

    play(scenario)
    assert [request.text for request in answers.requests] == ["+one", "+two"]


def test_a_byte_that_is_no_text_spoils_only_itself() -> None:
    """A Latin-1 byte in a line is replaced; the rest of the line is heard as it was said."""
    answers = Answers()

    async def scenario(server: FakeServer) -> None:
        async with bot_on(server.port, answers):
            connection = await server.accept()
            await connection.welcome()
            await connection.handled(ALICE.encode() + b" PRIVMSG #ptg :+find caf\xe9 \xe2\x98\x83")

    play(scenario)
    assert [request.text for request in answers.requests] == ["+find caf\ufffd ☃"]


def test_endless_data_ends_the_connection() -> None:
    """A server that sends no line end is left, and tried again."""

    async def scenario(server: FakeServer) -> None:
        async with bot_on(server.port):
            connection = await server.accept()
            await connection.welcome()
            connection.send(b"x" * 1_000_000)
            await connection.gone()
            await (await server.accept()).welcome()

    play(scenario)


def test_silence_ends_the_connection() -> None:
    """A server that says nothing is asked, and left when it stays silent: TCP alone would believe in it for ever."""

    async def scenario(server: FakeServer) -> None:
        async with bot_on(server.port, timing=Timing(ping_every=0.1, dead_after=0.3, quit=0.02)):
            connection = await server.accept()
            await connection.welcome()
            assert await connection.line() == "PING :recapbot-1"
            await connection.gone()
            await (await server.accept()).welcome()

    play(scenario)


def test_a_server_that_answers_is_kept() -> None:
    """Any sign of life counts."""

    async def scenario(server: FakeServer) -> None:
        async with bot_on(server.port, timing=Timing(ping_every=0.05, dead_after=0.2, quit=0.02)) as transport:
            connection = await server.accept()
            await connection.welcome()
            for _ in range(8):
                token = (await connection.until("^PING")).removeprefix("PING ")
                connection.send(f":fake PONG fake {token}")
            assert transport.connected

    play(scenario)


@pytest.mark.parametrize("stage", ["nothing", "half"])
def test_a_server_that_does_not_let_us_in_is_left(stage: str) -> None:
    """Registration that does not end is given up and tried again."""

    async def scenario(server: FakeServer) -> None:
        async with bot_on(server.port, timing=Timing(register=0.2, quit=0.02)) as transport:
            connection = await server.accept()
            if stage == "half":
                connection.send(":fake CAP * LS :multi-prefix")
            await connection.gone()
            assert not transport.connected
            await (await server.accept()).welcome()

    play(scenario)


def test_a_server_that_is_away_is_found_again() -> None:
    """A lost connection is tried again within a second, and again, until the server is back; then we are back too."""

    async def scenario(server: FakeServer) -> None:
        async with bot_on(server.port) as transport:
            await (await server.accept()).welcome()
            assert transport.rooms == ("#ptg",)
            await server.vanish()
            async with asyncio.timeout(5):
                while transport.connected:
                    await asyncio.sleep(0)
            assert "not connected" in transport.status()
            assert transport.nick_of("alice") is None
            await server.listen()
            began = asyncio.get_running_loop().time()
            await (await server.accept()).welcome()
            assert asyncio.get_running_loop().time() - began < 3

    play(scenario)


def test_no_secret_and_no_line_break_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """At the finest level, neither the server's nor the account's password is logged, and one event is one line."""
    caplog.set_level(logging.DEBUG)

    async def scenario(server: FakeServer) -> None:
        sasl = {"account": "recapbot", "password": "s3cret-sasl"}
        async with bot_on(server.port, server_password="s3cret-pass", sasl=sasl):
            connection = await server.accept()
            await connection.until("^CAP LS")
            assert await connection.line() == "PASS :s3cret-pass"
            connection.send("CAP * LS :sasl=PLAIN", "CAP * ACK :sasl")
            await connection.until("^AUTHENTICATE PLAIN")
            connection.send("AUTHENTICATE +")
            await connection.until("^AUTHENTICATE ")
            connection.send(":fake 900 recapbot x!y@z recapbot :in", ":fake 903 recapbot :ok")
            await connection.until("^CAP END")
            connection.greet()
            await connection.until("^JOIN")
            await connection.handled(f"{ALICE} PRIVMSG recapbot :line\rbreak\x1b[31m\x85", "\x1b[2J \rspoiled")

    play(scenario)
    assert "AUTHENTICATE …" in caplog.text
    assert "s3cret" not in caplog.text
    assert "czNjcmV0" not in caplog.text  # "s3cret" as SASL sends it
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("bot.")]
    assert all(message.isprintable() for message in ours)
