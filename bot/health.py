"""Whether a bot runs with a database, and how it is.

The lock beside the database is held while it runs, and goes with its process. The heartbeat, a small file beside it
too, says when its loop last turned, and who is connected.
"""

import fcntl
import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from bot.messages import UserError

EVERY = timedelta(seconds=5)
"""How often the running bot writes its heartbeat."""

STALE = timedelta(seconds=45)
"""A heartbeat older than this means that the loop hangs."""

LOOKS = 5
"""Times that a bot looks whether the lock is free, a moment apart: `is_running` holds it for an instant."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the bot is well, and one sentence about it."""

    healthy: bool
    sentence: str


def lock_path(database: Path) -> Path:
    """Where the lock of the bot with this database is."""
    return database.with_name(database.name + ".lock")


@contextmanager
def only_one(database: Path) -> Iterator[None]:
    """Hold the lock beside the database. Raises UserError where another running bot holds it."""
    path = lock_path(database)
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise UserError(f"{path} cannot be written ({error.strerror}); is the folder there, and ours?") from error
    try:
        looks = 1
        while not _taken(descriptor, fcntl.LOCK_EX):
            if looks == LOOKS:
                raise UserError(f"Another recapbot runs with {database}; stop it first.")
            time.sleep(0.1)  # nothing runs yet that could wait for us, and a health check is over in an instant
            looks += 1
        yield
    finally:
        os.close(descriptor)


def is_running(database: Path) -> bool:
    """Whether a bot holds the lock; True too where that cannot be seen."""
    try:
        descriptor = os.open(lock_path(database), os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    try:
        return not _taken(descriptor, fcntl.LOCK_SH)
    except UserError:
        return True
    finally:
        os.close(descriptor)


def _taken(descriptor: int, lock: int) -> bool:
    try:
        fcntl.flock(descriptor, lock | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        raise UserError(
            f"The database cannot be locked ({error.strerror}); keep it on a disk of this machine."
        ) from error
    return True


def heartbeat_path(database: Path) -> Path:
    """Where the heartbeat of the bot with this database is."""
    return database.with_name(database.name + ".health")


def beat(database: Path, connected: Mapping[str, bool], now: datetime) -> None:
    """Write the heartbeat: `connected` says of each network whether the bot is on it."""
    path = heartbeat_path(database)
    partial = path.with_name(path.name + ".partial")
    partial.write_text(json.dumps({"at": now.isoformat(), "connected": dict(connected)}), encoding="utf-8")
    partial.replace(path)


def judge(database: Path, now: datetime) -> Verdict:
    """Healthy: it runs, its loop turned lately and one network at least is connected (the others may be down)."""
    if not is_running(database):
        return Verdict(False, "The bot is not running.")
    try:
        written = json.loads(heartbeat_path(database).read_text(encoding="utf-8"))
        age = now - datetime.fromisoformat(written["at"])
        connected: dict[str, bool] = written["connected"]
    except (OSError, ValueError, KeyError, TypeError):
        return Verdict(False, "The bot has not come up yet.")
    if age > STALE:
        return Verdict(False, f"The bot's last sign of life is {int(age.total_seconds())} s old.")
    names = ", ".join(f"{name}: {'connected' if up else 'not connected'}" for name, up in connected.items())
    return Verdict(any(connected.values()), f"The bot runs; {names or 'no network is configured'}.")
