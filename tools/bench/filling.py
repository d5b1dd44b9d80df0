"""The process that loads a folder of recaps into a new database, as `recapbot load` does, on one core.

    python -m tools.bench.filling DATABASE FOLDER

It and its reading child share one core. It prints one JSON object: how long it took, and what both held in memory
after the first tenth and at the end.
"""

import json
import multiprocessing
import os
import resource
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from bot.loading import Refused, Source, find_sources, load
from bot.reader import Reader
from bot.shipped import read_teams
from bot.store.database import Store
from bot.store.people import seed_teams
from tools.bench.processes import megabytes


class Watched:
    """The files of a folder, and the memory of both processes when a tenth and when all of them were stored."""

    def __init__(self, folder: Path) -> None:
        self.files = list(find_sources([folder]))
        self.parent: list[float] = []
        self.child: list[float] = []

    def __iter__(self) -> Iterator[Source | Refused]:
        for number, source in enumerate(self.files, 1):
            yield source
            if number in (len(self.files) // 10, len(self.files)):
                (child,) = (each.pid or 0 for each in multiprocessing.active_children())
                self.parent.append(round(megabytes(os.getpid()), 1))
                self.child.append(round(megabytes(child), 1))


def now() -> datetime:
    """The clock."""
    return datetime.now(UTC)


def cpu() -> float:
    """Seconds that this process and its children, as far as they have ended, have computed."""
    return sum(
        used.ru_utime + used.ru_stime
        for used in (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    )


def fill(database: Path, folder: Path) -> dict[str, object]:
    """Load everything; what it took."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    store = Store(database)
    seed_teams(store, read_teams())
    watched = Watched(folder)
    computed, began = cpu(), time.perf_counter()
    with Reader(encoder=False) as reader:
        report = load(store, reader, watched, loaded_by=None, now=now())
    seconds, computed = time.perf_counter() - began, cpu() - computed
    rows = {
        table: store.db.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0]
        for table in ("recaps", "sessions", "blocks", "items", "item_owners", "people")
    }
    firm = store.db.execute("SELECT COUNT(*) FROM items WHERE reading = 'firm'").fetchone()[0]
    store.close()
    return {
        "recaps": len(report.loaded),
        "refused": len(report.refused),
        "seconds": seconds,
        "computed": computed,
        "parent": watched.parent,
        "child": watched.child,
        "rows": {**rows, "firm items": firm},
        "made": now().isoformat(timespec="minutes"),
    }


if __name__ == "__main__":
    print(json.dumps(fill(Path(sys.argv[1]), Path(sys.argv[2]))))
