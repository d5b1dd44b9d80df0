"""Synapse, the homeserver of most communities, from PyPI in a virtual environment of its own: it pins much.

    python -m tests.servers.synapse     makes that environment, or says in one line why it cannot

It listens on loopback only, with SQLite, without federation, and (unless asked for) without limits.
"""

import base64
import fcntl
import hashlib
import hmac
import json
import os
import secrets
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.servers.process import HOST, Child, Workspace, free_port

ROOT = Path(__file__).parents[2]
LOCK = ROOT / "tests" / "servers" / "requirements-synapse.lock"
ENVIRONMENT = Path(os.environ.get("RECAPBOT_TEST_SYNAPSE", ROOT / ".cache" / "synapse"))
NAME = "localhost"
"""The server's name, which every id ends with."""

CONFIGURATION = """\
server_name: {name}
public_baseurl: {url}/
pid_file: {folder}/homeserver.pid
signing_key_path: {folder}/signing.key
log_config: {folder}/log.yaml
media_store_path: {folder}/media
report_stats: false
macaroon_secret_key: tests
form_secret: tests
registration_shared_secret: tests
enable_registration: false
suppress_key_server_warning: true
trusted_key_servers: []
federation_domain_whitelist: []
listeners:
  - port: {port}
    bind_addresses: ["{host}"]
    type: http
    resources: [{{names: [client], compress: false}}]
database: {{name: sqlite3, args: {{database: {folder}/homeserver.db}}}}
bcrypt_rounds: 4
caches: {{sync_response_cache_duration: 0}}
"""
UNLIMITED = "{per_second: 100000, burst_count: 100000}"
WITHOUT_LIMITS = f"""\
rc_message: {UNLIMITED}
rc_registration: {UNLIMITED}
rc_login: {{address: {UNLIMITED}, account: {UNLIMITED}, failed_attempts: {UNLIMITED}}}
rc_admin_redaction: {UNLIMITED}
rc_joins: {{local: {UNLIMITED}, remote: {UNLIMITED}}}
rc_joins_per_room: {UNLIMITED}
rc_invites: {{per_room: {UNLIMITED}, per_user: {UNLIMITED}, per_issuer: {UNLIMITED}}}
rc_room_creation: {UNLIMITED}
rc_presence: {{per_user: {UNLIMITED}}}
"""
LOGGING = """\
version: 1
handlers: {{file: {{class: logging.FileHandler, filename: {folder}/synapse.log}}}}
root: {{level: WARNING, handlers: [file]}}
disable_existing_loggers: false
"""


class Missing(Exception):
    """Synapse cannot be had; the text says why."""


def python() -> Path:
    """The interpreter of the environment that holds Synapse; made if need be. Raises Missing."""
    made_from = ENVIRONMENT / "made-from"
    interpreter = ENVIRONMENT / "bin" / "python"
    ENVIRONMENT.parent.mkdir(parents=True, exist_ok=True)
    with ENVIRONMENT.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if made_from.exists() and made_from.read_bytes() == LOCK.read_bytes():
            return interpreter
        _run(sys.executable, "-m", "venv", "--clear", ENVIRONMENT)
        how = ("--quiet", "--disable-pip-version-check", "--no-input", "--only-binary=:all:", "--require-hashes")
        _run(interpreter, "-m", "pip", "install", *how, "--requirement", LOCK)
        made_from.write_bytes(LOCK.read_bytes())
    return interpreter


def _run(*argv: object) -> None:
    done = subprocess.run([str(each) for each in argv], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode:
        words = (done.stderr.strip() or done.stdout.strip() or "no reason given").splitlines()[-1]
        raise Missing(f"The tests need Synapse, a Matrix homeserver, and pip could not install it: {words}")


class Synapse:
    """`with Synapse({"ana": "secret"}) as server: server.url, server.token("ana")`.

    `limits` keeps Synapse's own rate limits; `halt` and `restart` are a crash and a return under the same address.
    """

    def __init__(self, accounts: Mapping[str, str], *, limits: bool = False, extra: str = "") -> None:
        self.accounts = dict(accounts)
        self.port = free_port()
        self.url = f"http://{HOST}:{self.port}"
        self._interpreter = python()
        self._tokens: dict[str, str] = {}
        self.workspace = Workspace("synapse")
        folder = self.workspace.path
        key = base64.b64encode(secrets.token_bytes(32)).decode().rstrip("=")
        (folder / "signing.key").write_text(f"ed25519 a_tests {key}\n")
        (folder / "log.yaml").write_text(LOGGING.format(folder=folder))
        settings = CONFIGURATION.format(name=NAME, url=self.url, folder=folder, port=self.port, host=HOST)
        (folder / "homeserver.yaml").write_text(settings + ("" if limits else WITHOUT_LIMITS) + extra)
        self.child = self._start()
        for name, password in self.accounts.items():
            self._register(name, password)

    def _start(self) -> Child:
        folder = self.workspace.path
        argv = [self._interpreter, "-m", "synapse.app.homeserver", "-c", folder / "homeserver.yaml"]
        child = Child(argv, folder / "output", as_ourselves=True)
        end = time.monotonic() + 60
        while True:
            child.check()
            try:
                urllib.request.urlopen(f"{self.url}/_matrix/client/versions", timeout=2).close()
                return child
            except OSError:
                if time.monotonic() > end:
                    raise TimeoutError("Synapse does not answer after a minute") from None
                time.sleep(0.05)  # between two tries to connect: a server says in no other way that it listens

    def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None, token: str = "") -> Any:
        """A request, as whoever the token belongs to. Raises urllib's HTTPError."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, method=method, data=data)
        if token:
            request.add_header("Authorization", f"Bearer {token}")
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def _register(self, name: str, password: str) -> None:
        path = "/_synapse/admin/v1/register"
        nonce = self.ask("GET", path)["nonce"]
        words = b"\0".join(each.encode() for each in (nonce, name, password, "notadmin"))
        mac = hmac.new(b"tests", words, hashlib.sha1).hexdigest()
        body = {"nonce": nonce, "username": name, "password": password, "admin": False, "mac": mac}
        self._tokens[name] = self.ask("POST", path, body)["access_token"]

    def token(self, name: str) -> str:
        """An access token of an account: that of the device made when it was registered."""
        return self._tokens[name]

    def user(self, name: str) -> str:
        """The whole id of an account."""
        return f"@{name}:{NAME}"

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

    def __enter__(self) -> "Synapse":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def main() -> int:
    """Make the environment; the exit status says whether it is there."""
    try:
        print("homeserver:", python())
    except Missing as missing:
        print(missing, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
