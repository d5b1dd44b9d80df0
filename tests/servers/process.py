"""Servers as child processes: free ports, a folder they may write to, an end by their own process id.

Rule: no server outlives the tests (the kernel ends it with its parent), and none runs as root: these daemons refuse
that or wait before they start.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

HOST = "127.0.0.1"


def free_port() -> int:
    """A loopback port that is free now. Another process may take it before we do; that race is ours to lose rarely."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def server_user() -> str | None:
    """Whom servers run as: Debian's `irc`, else `nobody`, when we are root; None (ourselves) when we are not."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "irc" if "irc" in names else "nobody"


class Workspace:
    """A temporary folder that the servers' user may read and write. (pytest's own is closed to others than root.)"""

    def __init__(self, name: str) -> None:
        self.path = Path(tempfile.mkdtemp(prefix=f"recapbot-{name}-"))

    def hand_over(self) -> None:
        """Give the folder and what lies in it to the servers' user; to be called after the last file is written."""
        user = server_user()
        if user is not None:
            for path in (self.path, *self.path.rglob("*")):
                shutil.chown(path, user, pwd.getpwnam(user).pw_gid)

    def remove(self) -> None:
        """Take the folder away."""
        shutil.rmtree(self.path, ignore_errors=True)


class Child:
    """A server in the foreground, its output in a file."""

    def __init__(
        self,
        argv: Sequence[object],
        log: Path,
        *,
        environment: Mapping[str, str] | None = None,
        as_ourselves: bool = False,
    ) -> None:
        self.name = Path(str(argv[0])).name
        self.log = log
        # setpriv changes the user and asks the kernel to end the server when the tests die, and then becomes the
        # server; prlimit keeps InspIRCd 3.15, which may crash as the last step of a clean exit, from leaving a core.
        wrapper = ["setpriv", "--pdeathsig", "TERM"]
        user = None if as_ourselves else server_user()
        if user is not None:
            entry = pwd.getpwnam(user)
            wrapper += [f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--clear-groups"]
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                ["prlimit", "--core=0", *wrapper, *map(str, argv)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=log.parent,
                env={**os.environ, **(environment or {})},
                start_new_session=True,  # Ctrl-C is for pytest, which then ends its servers in order
            )

    @property
    def pid(self) -> int:
        """The server's process id."""
        return self.process.pid

    def check(self) -> None:
        """Raise RuntimeError with the end of the log if the server is gone."""
        if self.process.poll() is not None:
            tail = self.log.read_text(errors="replace")[-800:]
            raise RuntimeError(f"{self.name} ended with status {self.process.returncode}: {tail}")

    def wait_listening(self, port: int, seconds: float = 10.0) -> None:
        """Return once the server accepts connections."""
        end = time.monotonic() + seconds
        while True:
            self.check()
            try:
                socket.create_connection((HOST, port), 0.5).close()
                return
            except OSError:
                if time.monotonic() > end:
                    raise TimeoutError(f"{self.name} does not listen on port {port} after {seconds} s") from None
                time.sleep(0.01)  # between two tries to connect: a server says in no other way that it listens

    def freeze(self) -> None:
        """Stop the server's clock, as a hung machine would; `thaw` goes on."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a frozen server go on."""
        self.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """End it at once, as a crash would."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """End it politely, at once if it does not listen within 5 s."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.kill()
