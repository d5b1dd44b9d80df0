"""The heartbeat: a small file beside the database that says when the bot's loop last turned, and who is connected."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

EVERY = timedelta(seconds=5)
"""How often the running bot writes its heartbeat."""

STALE = timedelta(seconds=45)
"""A heartbeat older than this means that the loop hangs or the process is gone."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the bot is well, and one sentence about it."""

    healthy: bool
    sentence: str


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
    """Healthy: the loop turned lately and at least one network is connected (one that is down leaves the others be)."""
    try:
        written = json.loads(heartbeat_path(database).read_text(encoding="utf-8"))
        age = now - datetime.fromisoformat(written["at"])
        connected: dict[str, bool] = written["connected"]
    except (OSError, ValueError, KeyError, TypeError):
        return Verdict(False, "The bot is not running, or has not come up yet.")
    if age > STALE:
        return Verdict(False, f"The bot's last sign of life is {int(age.total_seconds())} s old.")
    names = ", ".join(f"{name}: {'connected' if up else 'not connected'}" for name, up in connected.items())
    return Verdict(any(connected.values()), f"The bot runs; {names or 'no network is configured'}.")
