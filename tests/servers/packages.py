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
PROGRAMS = {"ngircd": "ngircd", "inspircd": "inspircd", "anope": "anope", "openssl": "openssl"}
"""Program -> Debian's package of it. openssl makes the certificates."""
SERVICES = {"anope": "anope", "atheme-services": "atheme-services"}
"""The services that can hold accounts, best first: Ubuntu has no anope."""
SEARCH = os.pathsep.join((os.environ.get("PATH", ""), "/usr/local/sbin", "/usr/sbin", "/sbin"))
"""Daemons lie outside an ordinary user's path."""


class Missing(Exception):
    """A program that is neither installed nor to be had; its text says what to do."""

    def __init__(self, why: str) -> None:
        packages = " ".join(PROGRAMS.values())
        super().__init__(f"The tests need real IRC servers ({why}): sudo apt-get install {packages}")


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


@functools.cache
def services() -> tuple[str, Program]:
    """Whatever can hold accounts here: `anope`, else `atheme-services`. Raises Missing."""
    for name in SERVICES:
        if found := _installed(name):
            return name, found
    tree = _tree()
    for name in SERVICES:
        if (tree / "usr/bin" / name).exists() or (tree / "usr/sbin" / name).exists():
            return name, _unpacked(name)
    raise Missing("neither anope nor atheme-services is among the packages here")


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
                raise Missing("and RECAPBOT_TEST_SERVERS forbids to download them")
            if not shutil.which("apt-get") or not shutil.which("dpkg"):
                raise Missing("and this machine has no apt to fetch them with")
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
    (apt / "status").write_text(_status_without_ours())
    options = {
        "Dir::State::Lists": apt / "lists",
        "Dir::State::status": apt / "status",
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
    known = {name for name in SERVICES.values() if _knows(given, name)}
    wanted = [name for name in PROGRAMS.values() if name not in SERVICES.values()]
    wanted += [name for name in SERVICES.values() if name in known][:1]
    _run("apt-get", *given, "-q", "--yes", "--download-only", "install", *wanted)
    return sorted((apt / "archives").glob("*.deb"))


def _run(*argv: str) -> None:
    """Run a part of apt; its last words are the reason when it fails."""
    environment = {**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, env=environment)
    if done.returncode:
        words = (done.stderr.strip() or done.stdout.strip() or "no reason given").splitlines()[-1]
        raise Missing(f"and apt could not fetch them: {words}")


def _knows(options: list[str], package: str) -> bool:
    """Whether this release has the package."""
    argv = ["apt-cache", *options, "show", "--no-all-versions", package]
    return subprocess.run(argv, capture_output=True).returncode == 0


def _status_without_ours() -> str:
    """What dpkg has installed, less the servers themselves: else apt would not fetch what is here already."""
    ours = {*PROGRAMS.values(), *SERVICES.values()}
    paragraphs = Path("/var/lib/dpkg/status").read_text(errors="replace").split("\n\n")
    kept = [text for text in paragraphs if not re.match(rf"Package: ({'|'.join(ours)})\n", text)]
    return "\n\n".join(kept)


def _release() -> str:
    """Distribution and version: what is unpacked for one does not run on another."""
    lines = Path("/etc/os-release").read_text().splitlines()
    values = dict(line.replace('"', "").partition("=")[::2] for line in lines if "=" in line)
    return f"{values.get('ID', 'linux')}-{values.get('VERSION_ID', '')}-{os.uname().machine}"


def main() -> int:
    """Make every program ready; the exit status says whether they are."""
    try:
        found = [program("ngircd"), program("inspircd"), services()[1], program("openssl")]
    except Missing as missing:
        print(missing, file=sys.stderr)
        return 1
    for each in found:
        print(f"{each.path}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
