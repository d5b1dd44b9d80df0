#!/usr/bin/env python3
"""Run the steps of the Dockerfile, as they stand, in a bare Debian tree: for machines without a container engine.

    debootstrap --variant=minbase trixie /tmp/tree
    sudo python3 tools/try_dockerfile.py /tmp/tree            # the steps, each printed before it runs
    sudo python3 tools/try_dockerfile.py /tmp/tree -- health --config /etc/recapbot/bot.toml

With arguments after `--` it runs the entry point with them instead, as the image's user, on a read-only root with only
/var/lib/recapbot and /tmp writable. Needs root, chroot and unshare. Standard library only.
"""

import argparse
import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent


def steps() -> list[tuple[str, str]]:
    """The Dockerfile's instructions: (word, rest), continuation lines joined, comments dropped."""
    lines = [line for line in (HERE / "Dockerfile").read_text().splitlines() if not line.lstrip().startswith("#")]
    text = "\n".join(lines).replace("\\\n", " ")
    return [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in text.splitlines() if line)]


def environment(rest: str) -> dict[str, str]:
    """What an ENV instruction sets."""
    path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    return dict(pair.replace("$PATH", path).split("=", 1) for pair in shlex.split(rest))


def copy(tree: Path, workdir: str, rest: str) -> None:
    """A COPY instruction, by the rules that the Dockerfile uses: files into a folder, a folder onto a folder."""
    *sources, target = shlex.split(rest)
    into = tree / os.path.join(workdir, target).lstrip("/")
    for source in sources:
        path = HERE / source
        if path.is_dir():
            shutil.copytree(path, into, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            into.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, into)


def main() -> None:
    """Build the tree, or run the entry point in it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tree", type=Path)
    parser.add_argument("arguments", nargs="*", help="run the entry point with these")
    args = parser.parse_args()
    tree: Path = args.tree
    workdir, user, env, entry = "/", "root", {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root"}, []
    for word, rest in steps():
        if word == "WORKDIR":
            workdir = rest
            (tree / rest.lstrip("/")).mkdir(parents=True, exist_ok=True)
        elif word == "ENV":
            env |= environment(rest)
        elif word == "USER":
            user = rest
        elif word == "ENTRYPOINT":
            entry = json.loads(rest)
        elif not args.arguments and word == "COPY":
            print(f"COPY {rest}", flush=True)
            copy(tree, workdir, rest)
        elif not args.arguments and word == "RUN":
            print(f"RUN {rest}", flush=True)
            command = ["chroot", str(tree), "/bin/sh", "-ec", f"cd {workdir} && {rest}"]
            subprocess.run(command, check=True, env=env | proxy_free_settings())
    if args.arguments:
        sys.exit(run_entry(tree, user, workdir, env, [*entry, *args.arguments]))


def proxy_free_settings() -> dict[str, str]:
    """How pip finds packages on this machine, passed through; nothing of it stays in the tree."""
    return {key: value for key, value in os.environ.items() if key.startswith("PIP_") and "FIND_LINKS" not in key}


def run_entry(tree: Path, user: str, workdir: str, env: dict[str, str], command: list[str]) -> int:
    """Run a command as the image's user on a read-only root; its exit status."""
    inside = shlex.join(["chroot", f"--userspec={user}:{user}", str(tree), "/bin/sh", "-c"])
    words = shlex.join(['cd "$0" && exec "$@"', workdir, *command])
    script = (
        f"mount --bind {tree} {tree} && mount -o remount,ro,bind {tree} && mount -t tmpfs tmpfs {tree}/tmp"
        f" && mount --bind {tree}.volume {tree}/var/lib/recapbot"
        f" && mount -t proc proc {tree}/proc"
        f" && exec {inside} {words}"
    )
    volume = Path(f"{tree}.volume")
    if not volume.exists():
        volume.mkdir(mode=0o750)
        owner = (tree / "var/lib/recapbot").stat()
        os.chown(volume, owner.st_uid, owner.st_gid)
    return subprocess.run(["unshare", "--mount", "/bin/sh", "-ec", script], env=env).returncode


if __name__ == "__main__":
    main()
