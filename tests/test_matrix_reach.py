"""The way to the homeserver: found by the server of the bot's id, behind TLS of a private authority, or a proxy."""

import asyncio
import logging
import ssl
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from nio import AsyncClient
from pydantic import SecretStr

from bot.config import MatrixNetwork
from bot.transports.matrix_crypto import new_client
from bot.transports.matrix_discovery import discover, host_of
from bot.transports.matrix_http import Trouble
from tests.matrix_bot import BOT, Running, running, settings
from tests.servers.certificate import self_signed
from tests.servers.faulty import Faulty
from tests.servers.forward import Forward
from tests.servers.guest import Guest
from tests.servers.process import HOST, free_port
from tests.servers.synapse import Synapse

PLANTED = "pl4nted-s3cret"
WELL_KNOWN = "/.well-known/matrix/client"


def run(work: Coroutine[Any, Any, None]) -> None:
    """Run one story."""
    asyncio.run(work)


def naming(address: Callable[[], str]) -> Callable[[web.Request], web.Response | None]:
    """A server that, two redirects further, names a homeserver, as text; all else it passes on."""
    further = {WELL_KNOWN: "/moved", "/moved": "/again"}

    def answer(request: web.Request) -> web.Response | None:
        if request.path in further:
            return web.Response(status=302, headers={"Location": further[request.path]})
        if request.path == "/again":
            return web.Response(text=f'{{"m.homeserver": {{"base_url": "{address()}"}}, "org.example": 1}}')
        return None

    return answer


async def answers(ana: Guest, me: str, *, encrypted: bool = False) -> None:
    """A question in a direct room is answered."""
    direct = await ana.make_direct(me, encrypted=encrypted)
    await ana.sees(direct, me)
    await ana.say(direct, "actions kolla")
    assert (await ana.hears(direct, me, "kolla")).encrypted is encrypted


def address_of(bot: Running) -> str:
    """Whom the bot asks."""
    assert bot.matrix._client is not None and bot.matrix._client._nio is not None
    return str(bot.matrix._client._nio.homeserver)


def test_the_homeserver_is_found_by_the_id_and_found_again(synapse: Synapse, tmp_path: Path) -> None:
    """Told only its id, the bot asks that server's port 443 where the homeserver is, logs in there and answers. When
    that moves, the next start finds it; when nobody tells any more, it is where it was."""
    certificate = self_signed(tmp_path)

    async def talk() -> None:
        me, place = synapse.user(BOT), ""
        async with (
            Faulty(synapse.url, certificate) as web_server,
            Faulty(synapse.url, certificate) as moved,
            Forward(places={"localhost:443": web_server.port}) as proxy,
            Guest(synapse, "ana") as ana,
        ):
            given = {"homeserver": None, "proxy": SecretStr(proxy.url), "ca_file": certificate.certificate}
            network = settings(synapse, **given)
            web_server.fault = naming(lambda: place)
            place = f"{web_server.url}/"
            async with running(tmp_path, network) as bot:
                assert proxy.asked["localhost:443"] and address_of(bot) == web_server.url
                await answers(ana, me)
                device = bot.matrix._client.device_id if bot.matrix._client else ""
            place = moved.url
            async with running(tmp_path, network) as bot:
                assert address_of(bot) == moved.url and moved.seen["sync"]
                assert device and f"device {device};" in bot.matrix.status()
            web_server.fault = lambda request: 404 if request.path == WELL_KNOWN else None
            async with running(tmp_path, network) as bot:
                assert address_of(bot) == web_server.url

    run(talk())


@pytest.mark.parametrize(
    ("user", "host"),
    [
        ("@bot:example.org", "example.org"),
        ("@bot:example.org:8448", "example.org"),
        ("@bot:192.0.2.1:8448", "192.0.2.1"),
        ("@bot:[2001:db8::1]:8448", "[2001:db8::1]"),
        ("@bot:[2001:db8::1]", "[2001:db8::1]"),
    ],
)
def test_the_host_is_asked_without_the_port_of_the_id(user: str, host: str) -> None:
    """ "Extract the hostname from the Matrix ID's server name" (Client-Server API, Well-known URIs)."""
    assert host_of(user) == host


NOT_TOLD = "names no homeserver ("
NOBODY = "where no homeserver answers ("
ENDLESS = 302
WRONG: list[tuple[bytes | int, str]] = [
    (404, NOT_TOLD + "the homeserver answers with status 404 and no JSON)"),
    (b'{"errcode": "M_NOT_FOUND"}', NOT_TOLD + "it has no base_url of m.homeserver)"),
    (b"<html>", NOT_TOLD + "the homeserver answers with status 200 and no JSON)"),
    (b"", NOT_TOLD + "the homeserver answers with status 200 and no JSON)"),
    (b"[1]", NOT_TOLD + "the homeserver answers with status 200)"),
    (b'{"m.homeserver": "https://example.org"}', NOT_TOLD + "it has no base_url of m.homeserver)"),
    (b'{"m.homeserver": {"base_url": 7}}', NOT_TOLD + "it has no base_url of m.homeserver)"),
    (b'{"m.homeserver": {"base_url": "example.org"}}', NOT_TOLD + "its base_url is no address)"),
    (b'{"m.homeserver": {"base_url": "ftp://example.org"}}', NOT_TOLD + "its base_url is no address)"),
    (b'{"m.homeserver": {"base_url": "https://[example"}}', NOT_TOLD + "its base_url is no address)"),
    (b'{"m.homeserver": {"base_url": "https://ana:x@example.org"}}', NOT_TOLD + "its base_url is no address)"),
    (b'{"m.homeserver": {"base_url": "https://example.org/?a=b"}}', NOT_TOLD + "its base_url is no address)"),
    (b'{"m.homeserver": {"base_url": "http://localhost"}}', NOT_TOLD + "its base_url is not https)"),
    (
        b'{"m.homeserver": {"base_url": "https://localhost/nowhere"}}',
        NOBODY + "the homeserver answers with status 404 and no JSON)",
    ),
    (b'{"m.homeserver": {"base_url": "https://localhost:1"}}', NOBODY + "https://localhost:1 cannot be reached ("),
    (b'{"m.homeserver": {"base_url": "https://localhost/empty"}}', NOBODY + "it does not say which versions"),
    (0, NOT_TOLD + "https://localhost cannot be reached (ServerDisconnectedError)"),
    (ENDLESS, NOT_TOLD + "https://localhost cannot be reached (TooManyRedirects)"),
]


def test_what_is_no_discovery_is_said_in_one_sentence(synapse: Synapse, tmp_path: Path) -> None:
    """No page, no JSON, no address, nobody there, redirects without end: nothing is guessed, and the sentence names
    what helps."""
    certificate = self_signed(tmp_path)
    trust = ssl.create_default_context(cafile=certificate.certificate)

    async def ask() -> None:
        async with (
            Faulty(synapse.url, certificate) as server,
            Forward(places={"localhost:443": server.port}) as proxy,
        ):
            clients: list[AsyncClient] = []

            def client_of(address: str) -> AsyncClient:
                clients.append(new_client(address, "@bot:localhost", tmp_path, ssl=trust, proxy=proxy.url))
                return clients[-1]

            for answer, wanted in WRONG:

                def fault(request: web.Request, answer: bytes | int = answer) -> web.Response | bytes | int | None:
                    if request.path.startswith("/empty"):
                        return b"{}"
                    if answer == ENDLESS:
                        return web.Response(status=302, headers={"Location": WELL_KNOWN})
                    return answer if request.path == WELL_KNOWN else None

                server.fault = fault
                with pytest.raises(Trouble) as told:
                    await discover("@bot:localhost:8448", client_of)
                assert str(told.value).startswith(f"https://localhost{WELL_KNOWN} names ") and wanted in str(told.value)
                assert str(told.value).endswith("; set `homeserver`")
            assert all(client.client_session is None or client.client_session.closed for client in clients)

    run(ask())


@pytest.mark.parametrize("back", [False, True])
def test_a_redirect_by_plain_http_is_not_believed(synapse: Synapse, tmp_path: Path, back: bool) -> None:
    """The password goes to whatever is named: so nobody on the way may name it, also where the way leads back."""
    certificate = self_signed(tmp_path)
    trust = ssl.create_default_context(cafile=certificate.certificate)

    async def ask() -> None:
        async with Faulty(synapse.url, certificate) as server, Faulty(synapse.url) as plain:
            names = web.Response(text=f'{{"m.homeserver": {{"base_url": "{server.url}"}}}}')
            away = web.Response(status=302, headers={"Location": f"{plain.url}/on"})
            home = web.Response(status=302, headers={"Location": f"{server.url}/named"})
            server.fault = lambda request: {WELL_KNOWN: away, "/named": names}.get(request.path)
            plain.fault = lambda request: home if back else names
            told = f"https://localhost:{server.port}"

            def client_of(address: str) -> AsyncClient:
                # Port 443 is nobody's here; and the proxy of these tests would not take plain http.
                there = told if address == "https://localhost" else address
                return new_client(there, "@bot:localhost", tmp_path, ssl=trust)

            with pytest.raises(Trouble, match="redirects to http"):
                await discover("@bot:localhost", client_of)
            assert plain.seen["all"] == 1

    run(ask())


def test_where_no_homeserver_is_found_the_status_says_what_to_set(tmp_path: Path) -> None:
    """A silent server of the bot's id is named, with what kept the bot from it and the key that helps."""

    async def look() -> None:
        async with Forward(places={"localhost:443": free_port()}) as proxy:
            network = MatrixNetwork(user="@bot:localhost:9", password=SecretStr("x"), proxy=SecretStr(proxy.url))
            async with running(tmp_path, network, wait=False) as bot:
                await bot.knows(lambda: "names no homeserver" in bot.matrix.status())
                assert "https://localhost cannot be reached (the proxy" in bot.matrix.status()
                assert bot.matrix.status().endswith(" says '502 Bad Gateway')); set `homeserver`).")

    run(look())


def test_a_proxy_is_the_only_way(synapse: Synapse, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """All that the bot asks goes through its proxy, whose password is in no log; where the proxy refuses or is gone
    the bot says so in one sentence, and is back when the proxy is."""
    caplog.set_level(logging.DEBUG)

    async def talk() -> None:
        me, there = synapse.user(BOT), f"{HOST}:{synapse.port}"
        async with Guest(synapse, "ana") as ana, Forward(f"bot:{PLANTED}") as proxy:
            at = f"{HOST}:{proxy.port}"
            wrong = SecretStr(proxy.url.replace(PLANTED, f"wrong-{PLANTED}"))
            async with running(tmp_path, settings(synapse, proxy=wrong), wait=False) as bot:
                refusal = f"(the proxy {at} says '407 Proxy Authentication Required')"
                await bot.knows(lambda: refusal in bot.matrix.status())
                assert bot.matrix.status() == f"mx: not connected ({synapse.url} cannot be reached {refusal})."
                assert proxy.refused and not proxy.asked
            async with running(tmp_path, settings(synapse, proxy=SecretStr(proxy.url))) as bot:
                before = proxy.carried
                await answers(ana, me, encrypted=True)
                assert set(proxy.asked) == {there} and proxy.carried > before
                await proxy.stop()
                gone = f"mx: not connected ({synapse.url} cannot be reached (the proxy {at} is not there))."
                await bot.knows(lambda: bot.matrix.status() == gone)
                await proxy.start()
                await bot.connected()
                assert PLANTED not in repr(bot.bot.config) + bot.matrix.status()
        assert "a fault of" not in caplog.text and PLANTED not in caplog.text

    run(talk())


def test_only_the_configured_authority_is_trusted(synapse: Synapse, tmp_path: Path) -> None:
    """A certificate of a private authority is trusted with its `ca_file`; without it the sentence names the key."""
    certificate = self_signed(tmp_path)

    async def talk() -> None:
        async with Faulty(synapse.url, certificate) as server, Guest(synapse, "ana") as ana:
            await refused(server.url, "self-signed certificate", homeserver=server.url)
            async with Forward() as proxy:
                behind = {"homeserver": server.url, "proxy": SecretStr(proxy.url)}
                await refused(server.url, "self-signed certificate", **behind)
            trusting = settings(synapse, homeserver=server.url, ca_file=certificate.certificate)
            async with running(tmp_path, trusting):
                assert server.seen["sync"]
                await answers(ana, synapse.user(BOT))

    async def refused(url: str, why: str, **given: Any) -> None:
        async with running(tmp_path, settings(synapse, **given), wait=False) as bot:
            sentence = f"mx: not connected (the certificate of {url} is not trusted ({why}); see `ca_file`)."
            await bot.knows(lambda: bot.matrix.status() == sentence)

    run(talk())


def test_certificates_that_go_while_the_bot_starts_are_named(synapse: Synapse, tmp_path: Path) -> None:
    """A file that `check` found and that is gone, or spoiled, is one sentence, and no fault of the bot's."""
    spoiled = tmp_path / "spoiled.pem"
    spoiled.write_text("no certificate")

    async def look() -> None:
        for file in (tmp_path / "gone.pem", spoiled):
            async with running(tmp_path, settings(synapse, ca_file=file), wait=False) as bot:
                await bot.knows(lambda: "the certificates of `ca_file` cannot be read (" in bot.matrix.status())

    run(look())
