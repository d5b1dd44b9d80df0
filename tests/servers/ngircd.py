"""ngircd: the fast, plain server. It knows no accounts, so nobody on it is proven."""

from types import TracebackType

from tests.servers.certificate import self_signed
from tests.servers.packages import program
from tests.servers.process import HOST, Child, Workspace, free_port

CONFIGURATION = """\
[Global]
    Name = irc.test.local
    Info = ngircd for tests
    Network = TestNet
    AdminInfo1 = tests
    AdminEMail = tests@localhost
    Listen = {host}
    Ports = {port}
    MotdPhrase = "tests"
    Password = {password}
[Limits]
    MaxConnections = 0
    MaxConnectionsIP = 0
    MaxJoins = 0
    MaxNickLength = 30
    MaxPenaltyTime = {penalty}
    PingTimeout = {ping}
    PongTimeout = {pong}
[Options]
    DNS = no
    Ident = no
    PAM = no
    AllowedChannelTypes = #&+
    OperCanUseMode = yes
    IncludeDir = {folder}/none
[Operator]
    Name = oper
    Password = operpass
[SSL]
    CertFile = {certificate}
    KeyFile = {key}
    Ports = {tls_port}
"""


class NgIRCd:
    """`with NgIRCd() as server: server.port, server.tls_port, server.ca_file`. `throttle` is its flood brake.

    `halt` and `restart` are a crash and a return under the same address.
    """

    def __init__(self, *, throttle: bool = False, ping: int = 3600, pong: int = 20, password: str = "") -> None:
        self.port, self.tls_port = free_port(), free_port()
        self.workspace = Workspace("ngircd")
        folder = self.workspace.path
        certificate = self_signed(folder)
        self.ca_file = certificate.certificate
        (folder / "ngircd.conf").write_text(
            CONFIGURATION.format(
                host=HOST,
                port=self.port,
                tls_port=self.tls_port,
                folder=folder,
                certificate=certificate.certificate,
                key=certificate.key,
                penalty=-1 if throttle else 0,
                ping=ping,
                pong=pong,
                password=password,
            )
        )
        self.workspace.hand_over()
        self.child = self._start()

    def _start(self) -> Child:
        found = program("ngircd")
        folder = self.workspace.path
        argv = [found.path, "-n", "-f", folder / "ngircd.conf"]
        child = Child(argv, folder / "output", environment=found.environment)
        child.wait_listening(self.port)
        return child

    def halt(self) -> None:
        """End the process at once, as a crash would; `restart` comes back."""
        self.child.kill()

    def restart(self) -> None:
        """Come back under the same address after `halt`."""
        self.child = self._start()

    def stop(self) -> None:
        """End the server and take its folder away."""
        self.child.stop()
        self.workspace.remove()

    def __enter__(self) -> "NgIRCd":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
