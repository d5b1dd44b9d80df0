"""Logging in: capabilities, SASL, the nick, channels; and coming back to them."""

import asyncio
import base64

import pytest

from bot.transports.irc_timing import Timing
from tests.irc_fake import ALICE, CAPS, FakeConnection, FakeServer, bot_on, play

SASL = {"account": "recapbot", "password": "secret"}
PLAIN = base64.b64encode(b"\0recapbot\0secret").decode()


async def authenticating(connection: FakeConnection) -> None:
    """Take the bot to where it has given its password."""
    await connection.until("^CAP LS 302")
    connection.send("CAP * LS * :account-tag", "CAP * LS :sasl=EXTERNAL,PLAIN batch unknown")
    assert await connection.until("^CAP REQ") == "CAP REQ :account-tag batch sasl"
    connection.send("CAP * ACK :account-tag batch sasl")
    assert await connection.line() == "AUTHENTICATE PLAIN"
    connection.send("AUTHENTICATE +")
    assert await connection.line() == f"AUTHENTICATE {PLAIN}"


def test_sasl_comes_before_everything_else() -> None:
    """Capabilities are asked for in one line, the password is given, and only then registration goes on."""

    async def scenario(server: FakeServer) -> None:
        async with bot_on(server.port, sasl=SASL) as transport:
            connection = await server.accept()
            await authenticating(connection)
            connection.send(":fake 900 recapbot x!y@z recapbot :in", ":fake 903 recapbot :ok")
            assert await connection.line() == "CAP END"
            connection.greet()
            assert await connection.line() == "MODE recapbot +B"
            assert await connection.line() == "JOIN #ptg"
            assert "logged in as recapbot" in transport.status()

    play(scenario)


@pytest.mark.parametrize("refusal", ["failed", "absent", "other mechanism", "nak", "stalled", "no capabilities"])
def test_where_sasl_is_required_nothing_happens_without_it(refusal: str) -> None:
    """A wrong password, a server without SASL, one that stalls: no channel is joined, the connection ends."""

    async def scenario(server: FakeServer) -> None:
        async with bot_on(server.port, sasl=SASL, timing=Timing(sasl=0.1, quit=0.02)) as transport:
            connection = await server.accept()
            match refusal:
                case "absent":
                    connection.send("CAP * LS :multi-prefix")
                case "other mechanism":
                    connection.send("CAP * LS :sasl=EXTERNAL")
                case "nak":
                    connection.send("CAP * LS :sasl", "CAP * NAK :sasl")
                case "no capabilities":
                    connection.send(":fake 421 * CAP :Unknown command", ":fake 001 recapbot :Welcome", ":fake 376 x :x")
                case _:
                    await authenticating(connection)
                    if refusal == "failed":
                        connection.send(":fake 904 recapbot :SASL authentication failed")
            with pytest.raises(ConnectionError):
                await connection.until("^JOIN")
            assert not any(line.startswith(("CAP END", "PRIVMSG")) for line in connection.heard)
            assert "required" in transport.status()
            if refusal != "failed":  # a wrong password is not tried again at once (`Backoff.hold`)
                await server.accept()

    play(scenario)


def test_where_sasl_is_not_required_the_bot_comes_without() -> None:
    """A wrong password is a warning then, and the channels are joined."""

    async def scenario(server: FakeServer) -> None:
        async with bot_on(server.port, sasl={**SASL, "required": False}) as transport:
            connection = await server.accept()
            await authenticating(connection)
            connection.send(":fake 904 recapbot :SASL authentication failed")
            assert await connection.line() == "CAP END"
            connection.greet()
            await connection.until("^JOIN #ptg")
            assert "not logged in" in transport.status()
            # Services come back: now it works.
            connection.send("CAP recapbot NEW :sasl=PLAIN")
            assert await connection.until("^CAP REQ") == "CAP REQ :sasl"
            connection.send("CAP recapbot ACK :sasl")
            assert await connection.until("^AUTH") == "AUTHENTICATE PLAIN"
            connection.send("AUTHENTICATE +")
            await connection.line()
            await connection.handled(":fake 900 recapbot x!y@z recapbot :in", ":fake 903 recapbot :ok")
            assert "logged in as recapbot" in transport.status()

    play(scenario)


def test_a_long_password_is_given_in_pieces() -> None:
    """SASL takes 400 characters a line, and an empty line after a full one."""

    async def scenario(server: FakeServer) -> None:
        password = "x" * (300 - len("\0recapbot\0"))
        async with bot_on(server.port, sasl={**SASL, "password": password}):
            connection = await server.accept()
            connection.send("CAP * LS :sasl", "CAP * ACK :sasl", "AUTHENTICATE +")
            await connection.until("^AUTHENTICATE PLAIN")
            assert len((await connection.line()).removeprefix("AUTHENTICATE ")) == 400
            assert await connection.line() == "AUTHENTICATE +"

    play(scenario)


def test_one_refused_capability_does_not_cost_the_others() -> None:
    """A server that refuses the list for one name is asked for each alone."""

    async def scenario(server: FakeServer) -> None:
        async with bot_on(server.port):
            connection = await server.accept()
            connection.send("CAP * LS :account-tag batch", "CAP * NAK :account-tag batch")
            await connection.until("^CAP REQ :account-tag batch")
            assert [await connection.line() for _ in range(2)] == ["CAP REQ :account-tag", "CAP REQ :batch"]
            connection.send("CAP * NAK :account-tag", "CAP * ACK :batch")
            assert await connection.line() == "CAP END"

    play(scenario)


def test_a_taken_nick_is_replaced_and_got_back() -> None:
    """With the nick in use the bot comes under another, and returns to its own when that is free."""

    async def scenario(server: FakeServer) -> None:
        async with bot_on(server.port, timing=Timing(regain_every=0.1, quit=0.02)) as transport:
            connection = await server.accept()
            connection.send(":fake 433 * recapbot :Nickname is already in use.")
            assert await connection.until("^NICK recapbot_") == "NICK recapbot_"
            connection.send(":fake 433 * recapbot_ :Nickname is already in use.")
            third = (await connection.until("^NICK ")).removeprefix("NICK ")
            assert third.startswith("recapb") and len(third) == 9
            connection.send(f":fake 001 {third} :Welcome", f":fake 376 {third} :End")
            await connection.until("^JOIN")
            for _ in range(2):  # tried at once, and every so often
                assert await connection.line() == "NICK recapbot"
            assert transport.status().startswith(f"fake: {third} on")
            await connection.handled(f":{third}!r@h NICK :recapbot")
            assert transport.status().startswith("fake: recapbot on")

    play(scenario)


def test_a_nick_taken_away_again_is_asked_for_later() -> None:
    """Asking goes before everybody's answers: whoever takes the nick again and again must not silence the bot so."""

    async def scenario(server: FakeServer) -> None:
        async with bot_on(server.port):
            connection = await server.accept()
            connection.send(":fake 001 recapbot :Welcome", ":fake 376 recapbot :End")
            await connection.until("^JOIN")
            connection.send(":recapbot!r@h NICK :Guest1")
            assert await connection.until("^NICK") == "NICK recapbot"
            for number in range(2, 5):
                connection.send(f":Guest{number - 1}!r@h NICK :recapbot", f":recapbot!r@h NICK :Guest{number}")
            connection.send(":ana!a@h PRIVMSG Guest4 :teams")
            assert (await connection.until("^NICK|^PRIVMSG ana|^NOTICE ana")).split()[1] == "ana"

    play(scenario)


def test_a_server_that_takes_no_nick_is_left() -> None:
    """A nick that the server does not allow is not replaced for ever."""

    async def scenario(server: FakeServer) -> None:
        async with bot_on(server.port, nick="9bot") as transport:
            connection = await server.accept()
            with pytest.raises(ConnectionError):
                while nick := (await connection.until("^NICK")).removeprefix("NICK "):
                    connection.send(f":fake 432 * {nick} :Erroneous nickname")
            assert sum(line.startswith("NICK") for line in connection.heard) == 7
            assert "none of our nicks" in transport.status()

    play(scenario)


def test_a_freed_nick_is_taken_at_once() -> None:
    """Whoever holds our nick and goes, we see it go."""

    async def scenario(server: FakeServer) -> None:
        async with bot_on(server.port):
            connection = await server.accept()
            connection.send(":fake 433 * recapbot :in use", ":fake 001 recapbot_ :Hi", ":fake 376 recapbot_ :End")
            await connection.until("^JOIN")
            await connection.until("^NICK recapbot$")
            assert await connection.handled(":recapbot!ghost@host QUIT :Ping timeout") == ["NICK recapbot"]

    play(scenario)


def test_services_are_asked_to_free_the_nick() -> None:
    """Logged in to the account that owns the nick, the bot has its ghost removed."""

    async def scenario(server: FakeServer) -> None:
        async with bot_on(server.port, sasl=SASL):
            connection = await server.accept()
            connection.send(":fake 433 * recapbot :in use")
            await authenticating(connection)
            connection.send(":fake 900 recapbot_ x!y@z recapbot :in", ":fake 903 recapbot_ :ok")
            connection.send(":fake 001 recapbot_ :Hi", ":fake 376 recapbot_ :End")
            assert await connection.until("RECOVER") == "PRIVMSG NickServ :RECOVER recapbot"
            assert await connection.line() == "PRIVMSG NickServ :REGAIN recapbot"

    play(scenario)


def test_many_channels_are_joined_in_few_lines() -> None:
    """Several channels go into one JOIN, as many as the server says that it takes."""

    async def scenario(server: FakeServer) -> None:
        channels = [f"#c{number}" for number in range(25)]
        for isupport, sizes in (
            ("X=1", [10, 10, 5]),
            ("TARGMAX=PRIVMSG:4,JOIN:20", [20, 5]),
            ("TARGMAX=JOIN:", [10, 10, 5]),
        ):
            async with bot_on(server.port, channels=channels):
                connection = await server.accept()
                await connection.until("^USER")
                connection.greet(isupport)
                lines = [(await connection.until("^JOIN")).removeprefix("JOIN ").split(",") for _ in sizes]
                assert [len(line) for line in lines] == sizes
                assert sum(lines, []) == channels

    play(scenario)


def test_a_kick_is_not_the_end_but_four_are() -> None:
    """The bot comes back after a while, three times; after that it waits to be invited."""

    async def scenario(server: FakeServer) -> None:
        async with bot_on(server.port, timing=Timing(kicked=(0.05, 0.1, 0.15), quit=0.02)) as transport:
            connection = await server.accept()
            await connection.welcome(caps="")
            for _ in range(3):
                connection.send(f"{ALICE} KICK #ptg recapbot :out")
                assert await connection.line() == "JOIN #ptg"
                connection.joined("#ptg")
            await connection.handled(f"{ALICE} KICK #ptg recapbot :out")
            assert transport.rooms == ()
            assert "kept out of #ptg" in transport.status()
            assert await connection.handled(f"{ALICE} INVITE recapbot :#elsewhere") == []
            assert await connection.handled(f"{ALICE} INVITE recapbot :#PTG") == ["JOIN #ptg"]

    play(scenario)


def test_a_kick_is_forgotten_in_time() -> None:
    """One now and then, over months, does not add up to four."""

    async def scenario(server: FakeServer) -> None:
        timing = Timing(kicked=(0.0,), forgiven=0.0, quit=0.02)
        async with bot_on(server.port, timing=timing):
            connection = await server.accept()
            await connection.welcome(caps="")
            for _ in range(5):
                connection.send(f"{ALICE} KICK #ptg recapbot :out")
                assert await connection.line() == "JOIN #ptg"
                connection.joined("#ptg")

    play(scenario)


@pytest.mark.parametrize("numeric", ["471", "473", "474", "475", "477"])
def test_a_refused_join_is_tried_again(numeric: str) -> None:
    """A full, closed or banned channel is asked again from time to time."""

    async def scenario(server: FakeServer) -> None:
        async with bot_on(server.port, timing=Timing(refused=(0.05, 0.1), quit=0.02)):
            connection = await server.accept()
            await connection.until("^USER")
            connection.greet()
            for _ in range(3):
                assert await connection.until("^JOIN") == "JOIN #ptg"
                connection.send(f":fake {numeric} recapbot #ptg :Cannot join channel")

    play(scenario)


def test_no_other_channel_is_served() -> None:
    """Put into a channel that the configuration does not name, the bot leaves it and answers nobody there."""

    async def scenario(server: FakeServer) -> None:
        async with bot_on(server.port):
            connection = await server.accept()
            await connection.welcome()
            connection.send(":recapbot!recap@bot.example JOIN #lobby * :recapbot", f"{ALICE} PRIVMSG #lobby :+help")
            assert await connection.handled() == ["PART #lobby"]

    play(scenario)


def test_stop_ends_at_any_stage() -> None:
    """Stopped before, while and after logging in, the transport ends within a moment, with a QUIT where it was in."""

    async def scenario(server: FakeServer) -> None:
        for stage in range(4):
            async with asyncio.timeout(3):
                async with bot_on(server.port):
                    if stage:
                        connection = await server.accept()
                    if stage == 2:
                        await connection.until("^USER")
                    if stage == 3:
                        await connection.welcome(caps=CAPS)
            if stage == 3:
                assert await connection.line() == "QUIT :stopping"

    play(scenario)
