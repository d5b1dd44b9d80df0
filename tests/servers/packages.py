"""Where the servers come from: installed, else Debian's packages unpacked into `.cache/servers`.

Unpacking needs no root and changes nothing outside that folder: apt is given lists, cache and state of its own there,
and works out which libraries this machine lacks; `dpkg -x` only takes files out. RECAPBOT_TEST_SERVERS=unpack ignores
what is installed, =installed never downloads.

    python -m tests.servers.packages     makes everything ready, or says in one line what to install
"""

import atexit
import fcntl
import functools
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from tests.servers.process import server_user

CACHE = Path(__file__).parents[2] / ".cache" / "servers"
PROGRAMS = ("ngircd", "inspircd", "anope", "openssl")
"""What the tests run; Debian's packages of them have the same names. openssl makes the certificates."""
SEARCH = os.pathsep.join((os.environ.get("PATH", ""), "/usr/local/sbin", "/usr/sbin", "/sbin"))
"""Daemons lie outside an ordinary user's path."""


class Missing(Exception):
    """A program that is neither installed nor to be had; its text says what to do."""

    def __init__(self, why: str) -> None:
        super().__init__(f"The tests need real IRC servers ({why}): sudo apt-get install {' '.join(PROGRAMS)}")


@dataclass(frozen=True, slots=True)
class Program:
    """An executable, the root of the tree it lies in, and what its environment must say."""

    path: Path
    root: Path
    environment: dict[str, str] = field(default_factory=dict)

    def folder(self, pattern: str) -> Path:
        """The folder of its modules: the first that matches below its root."""
        return next(self.root.glob(pattern))


@functools.cache
def program(name: str) -> Program:
    """Find a program of PROGRAMS, unpacking it if need be. Raises Missing."""
    return _installed(name) or _unpacked(name)


def _installed(name: str) -> Program | None:
    """The program if this machine has it and we may use it."""
    if os.environ.get("RECAPBOT_TEST_SERVERS") == "unpack":
        return None
    path = shutil.which(name, path=SEARCH)
    return Program(Path(path), Path("/")) if path else None


def _unpacked(name: str) -> Program:
    """The program in the unpacked tree."""
    root = _reachable(_tree())
    path = shutil.which(name, path=os.pathsep.join(str(root / each) for each in ("usr/sbin", "usr/bin")))
    if path is None:
        raise Missing(f"{name} is not among the packages here")
    libraries = [*root.glob("usr/lib/*-linux-*"), *root.glob("lib/*-linux-*"), root / "usr/lib"]
    return Program(Path(path), root, {"LD_LIBRARY_PATH": os.pathsep.join(map(str, libraries))})


@functools.cache
def _reachable(tree: Path) -> Path:
    """The tree itself, or a copy where the servers' user can read it: root's home is closed to everyone else."""
    if server_user() is None or all(folder.stat().st_mode & 0o005 == 0o005 for folder in (tree, *tree.parents)):
        return tree
    copy = Path(tempfile.mkdtemp(prefix="recapbot-servers-"))
    copy.chmod(0o755)
    atexit.register(shutil.rmtree, copy, ignore_errors=True)
    shutil.copytree(tree, copy, symlinks=True, dirs_exist_ok=True)
    return copy


@functools.cache
def _tree() -> Path:
    """The unpacked tree, made on first use. One process makes it, others wait."""
    CACHE.mkdir(parents=True, exist_ok=True)
    release = re.sub(r"\W+", "-", _release())
    tree = CACHE / release
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not tree.exists():
            if os.environ.get("RECAPBOT_TEST_SERVERS") == "installed":
                raise Missing("RECAPBOT_TEST_SERVERS forbids to download them")
            if not shutil.which("apt-get") or not shutil.which("dpkg"):
                raise Missing("this machine has no apt to fetch them with")
            fresh = CACHE / f"{release}.new"
            shutil.rmtree(fresh, ignore_errors=True)
            for package in _download():
                subprocess.run(["dpkg", "-x", package, fresh], check=True)
            shutil.rmtree(CACHE / "apt")
            fresh.rename(tree)
    return tree


def _download() -> list[Path]:
    """Fetch the packages and whatever they need that this machine lacks."""
    apt = CACHE / "apt"
    shutil.rmtree(apt, ignore_errors=True)
    for folder in ("lists/partial", "archives/partial"):
        (apt / folder).mkdir(parents=True)
    options = {
        "Dir::State::Lists": apt / "lists",
        "Dir::Cache": apt,
        "Debug::NoLocking": "1",
        "APT::Sandbox::User": "root",  # the downloading user may not reach this folder
        "APT::Install-Recommends": "0",
        "Acquire::Languages": "none",
        "Acquire::Retries": "3",
        "Acquire::http::Timeout": "30",
    }
    given = [word for key, value in options.items() for word in ("-o", f"{key}={value}")]
    _run("apt-get", *given, "-q", "update")
    _run("apt-get", *given, "-q", "--yes", "--download-only", "--reinstall", "install", *PROGRAMS)
    return sorted((apt / "archives").glob("*.deb"))


def _run(*argv: str) -> None:
    """Run a part of apt; its last words are the reason when it fails."""
    environment = {**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, env=environment)
    if done.returncode:
        words = (done.stderr.strip() or done.stdout.strip() or "no reason given").splitlines()[-1]
        raise Missing(f"apt could not fetch them: {words}")


def _release() -> str:
    """Distribution and version: what is unpacked for one does not run on another."""
    lines = Path("/etc/os-release").read_text().splitlines()
    values = dict(line.replace('"', "").partition("=")[::2] for line in lines if "=" in line)
    return f"{values.get('ID', 'linux')}-{values.get('VERSION_ID', '')}-{os.uname().machine}"


def main() -> int:
    """Make every program ready; the exit status says whether they are."""
    try:
        found = [program(name) for name in PROGRAMS]
    except Missing as missing:
        print(missing, file=sys.stderr)
        return 1
    print("servers:", *(each.path for each in found))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
