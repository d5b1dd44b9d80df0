"""The servers that the tests rest on do what the tests believe of them."""

import asyncio
import ssl

import pytest

from tests.servers.inspircd import InspIRCd
from tests.servers.ngircd import NgIRCd
from tests.servers.raw import RawClient, parse


def test_ngircd_carries_a_message_over_plain_and_tls(ngircd: NgIRCd) -> None:
    """What one says in a room over TLS, another hears over a plain connection."""

    async def talk() -> str:
        trust = ssl.create_default_context(cafile=ngircd.ca_file)
        async with (
            await RawClient.connect(ngircd.port) as listener,
            await RawClient.connect(ngircd.tls_port, tls=trust) as speaker,
        ):
            await asyncio.gather(listener.register("listener"), speaker.register("speaker"))
            await listener.join("#servers")
            await speaker.join("#servers")
            speaker.say("#servers", "good morning")
            return (await listener.until("PRIVMSG")).text

    assert asyncio.run(talk()) == "good morning"


def test_inspircd_proves_an_account_to_others(inspircd: InspIRCd) -> None:
    """A message of somebody who gave their password carries their account; nobody else's carries one."""

    async def talk() -> list[str | None]:
        trust = ssl.create_default_context(cafile=inspircd.ca_file)
        async with (
            await RawClient.connect(inspircd.port) as listener,
            await RawClient.connect(inspircd.tls_port, tls=trust) as proven,
            await RawClient.connect(inspircd.port) as stranger,
        ):
            await asyncio.gather(
                listener.register("listener", caps=["account-tag"]),
                proven.register("anas_nick", sasl=("ana", inspircd.accounts["ana"])),
                stranger.register("stranger"),
            )
            await listener.join("#servers")
            accounts = []
            for speaker in (proven, stranger):
                await speaker.join("#servers")
                speaker.say("#servers", "good morning")
                accounts.append((await listener.until("PRIVMSG")).tags.get("account"))
            return accounts

    assert asyncio.run(talk()) == ["ana", None]


def test_inspircd_refuses_a_wrong_password(inspircd: InspIRCd) -> None:
    """SASL with a wrong password ends in 904."""

    async def log_in() -> None:
        async with await RawClient.connect(inspircd.port) as client:
            await client.register("ana", sasl=("ana", "not this one"))

    with pytest.raises(PermissionError, match=" 904 "):
        asyncio.run(log_in())


def test_a_server_comes_back_after_a_crash(servers: None) -> None:
    """A server that crashed is found under the same address again, and still knows its accounts."""

    async def log_in(server: InspIRCd) -> None:
        async with await RawClient.connect(server.port) as client:
            await client.register("ana", sasl=("ana", server.accounts["ana"]))

    with InspIRCd({"ana": "secret"}) as server:
        server.halt()
        with pytest.raises(ConnectionError):
            asyncio.run(log_in(server))
        server.restart()
        asyncio.run(log_in(server))


def test_a_line_is_taken_apart() -> None:
    """Tags, nick, command and parameters of a line are found where the protocol has them."""
    line = parse("@account=ana;+x :ana!a@host PRIVMSG #ptg :one : two")
    assert (line.tags, line.nick, line.command) == ({"account": "ana", "+x": ""}, "ana", "PRIVMSG")
    assert line.params == ("#ptg", "one : two")
    assert parse("PING").params == ()
    assert parse(":irc.test.local 001 ana").params == ("ana",)
