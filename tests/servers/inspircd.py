"""InspIRCd with services: the server that proves who somebody is (SASL, account tags, modes, IRCv3).

It completes a registration only on its tick of one second, so everything that can connect at once should.
"""

import asyncio
from collections.abc import Mapping
from types import TracebackType
from typing import Literal

from tests.servers import anope
from tests.servers.certificate import self_signed
from tests.servers.packages import program
from tests.servers.process import HOST, Child, Workspace, free_port
from tests.servers.raw import PATIENCE, RawClient

Flood = Literal["off", "default", "kill"]

FLOOD: dict[Flood, str] = {
    "off": 'threshold="1000000" commandrate="1000000" fakelag="no"',
    "default": 'threshold="10" commandrate="1000" fakelag="yes"',
    "kill": 'threshold="10" commandrate="1000" fakelag="no"',
}
"""`default` is the server's own: ten lines at once, then one a second. `kill` throws out who sends faster."""

# Names of version 3 and of version 4; those that this server does not have are left out.
MODULES = """
account botmode cap cban chanhistory chghost customprefix deaf hidechans ircv3 ircv3_accounttag ircv3_batch
ircv3_capnotify ircv3_chghost ircv3_ctctags ircv3_echomessage ircv3_invitenotify ircv3_labeledresponse ircv3_msgid
ircv3_servertime messageflood monitor multiprefix namesx sajoin samode sanick sasl services services_account setname
spanningtree ssl_gnutls sslinfo svshold uhnames
""".split()

CONFIGURATION = """\
<server name="irc.test.local" description="InspIRCd for tests" network="TestNet" id="001">
<admin name="tests" nick="tests" description="tests" email="tests@localhost">
<bind address="{host}" port="{port}" type="clients">
<bind address="{host}" port="{tls_port}" type="clients" sslprofile="Clients">
<bind address="{host}" port="{link_port}" type="servers">
<sslprofile name="Clients" provider="gnutls" certfile="{certificate}" keyfile="{key}" hash="sha256">
<connect name="all" allow="*" timeout="60" pingfreq="{ping}" hardsendq="8M" softsendq="1M" recvq="1M"
         localmax="1000" globalmax="1000" maxchans="200" resolvehostnames="no" useident="no" {flood}>
<class name="All" commands="*" privs="*" usermodes="*" chanmodes="*">
<type name="NetAdmin" classes="All" host="oper.test.local">
<oper name="oper" password="operpass" host="*@*" type="NetAdmin">
<files motd="{folder}/motd.txt">
<dns server="127.0.0.1" timeout="1">
<pid file="{folder}/inspircd.pid">
<path configdir="{folder}" datadir="{folder}" logdir="{folder}" runtimedir="{folder}" moduledir="{modules}">
<options casemapping="ascii" defaultmodes="not" syntaxhints="no">
<performance somaxconn="128" softlimit="12800">
<security maxtargets="20" hidesplits="no" hidekills="">
<limits maxnick="30" maxchan="64" maxmodes="20" maxident="11" maxquit="255" maxtopic="307" maxkick="255">
<log method="file" type="* -USERINPUT -USEROUTPUT" level="default" target="{folder}/inspircd.log">
<link name="services.test.local" ipaddr="{host}" port="{link_port}" allowmask="127.0.0.0/8"
      sendpass="linkpass" recvpass="linkpass" timeout="60">
<uline server="services.test.local" silent="yes">
<services server="services.test.local" silent="yes">
<sasl target="services.test.local" requiressl="no">
<chanhistory bots="yes" enableumode="yes" maxlines="50" prefixmsg="yes">
{load}
"""


class InspIRCd:
    """`with InspIRCd({"ana": "secret"}) as server: server.port, server.tls_port, server.ca_file, server.accounts`.

    Without accounts no services are started. `halt` and `restart` are a crash and a return under the same address.
    """

    def __init__(self, accounts: Mapping[str, str] | None = None, *, flood: Flood = "off", ping: int = 3600) -> None:
        self.accounts = dict(accounts or {})
        self.port, self.tls_port, self.link_port = free_port(), free_port(), free_port()
        self.workspace = Workspace("inspircd")
        folder = self.workspace.path
        certificate = self_signed(folder)
        self.ca_file = certificate.certificate
        modules = program("inspircd").folder("usr/lib/inspircd/modules")
        (folder / "motd.txt").write_text("tests\n")
        (folder / "inspircd.conf").write_text(
            CONFIGURATION.format(
                host=HOST,
                port=self.port,
                tls_port=self.tls_port,
                link_port=self.link_port,
                folder=folder,
                certificate=certificate.certificate,
                key=certificate.key,
                ping=ping,
                flood=FLOOD[flood],
                modules=modules,
                load="\n".join(f'<module name="{name}">' for name in MODULES if (modules / f"m_{name}.so").exists()),
            )
        )
        (folder / "services.conf").write_text(anope.configuration(folder, self.link_port))
        self.workspace.hand_over()
        self.services: Child | None = None
        try:
            self.restart()
            if self.accounts:
                asyncio.run(self._register())
        except BaseException:
            self.stop()
            raise

    def halt(self) -> None:
        """Crash, and `restart` comes back. The services leave politely, or they would forget the accounts."""
        self.child.kill()
        if self.services:
            self.services.stop()

    def restart(self) -> None:
        """Come back under the same address after `halt`; the accounts are as they were."""
        found = program("inspircd")
        folder = self.workspace.path
        argv = [found.path, "--config", folder / "inspircd.conf", "--nofork"]
        self.child = Child(argv, folder / "output", environment=found.environment)
        self.child.wait_listening(self.port)
        if self.accounts:
            self.services = anope.start(folder)
            asyncio.run(self._wait_linked())

    async def _wait_linked(self) -> None:
        """Return once the services are linked: only then does the server offer SASL. Asked before registration,
        which would cost a second."""
        assert self.services is not None
        async with asyncio.timeout(PATIENCE * 2):
            while True:
                self.services.check()
                async with await RawClient.connect(self.port) as client:
                    client.send("CAP LS 302")
                    if "sasl" in (await client.until(r" CAP \* LS (?!\*)")).text:
                        return
                await asyncio.sleep(0.02)

    async def _register(self) -> None:
        await asyncio.gather(*(self._register_one(name, password) for name, password in self.accounts.items()))

    async def _register_one(self, name: str, password: str) -> None:
        async with await RawClient.connect(self.port) as client:
            await client.register(name)
            client.say("NickServ", f"REGISTER {password} {name}@example.org")
            await client.until(rf" 900 {name} ")

    def stop(self) -> None:
        """End the servers and take their folder away."""
        if self.services:
            self.services.stop()
        self.child.stop()
        self.workspace.remove()

    def __enter__(self) -> "InspIRCd":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
