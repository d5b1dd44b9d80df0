"""What the bot remembers when a transcript begins: the named recaps of `seeds/`, read once a run and copied."""

import functools
from datetime import UTC, datetime

from bot.loading import find_sources, load
from bot.reader import Reader
from bot.shipped import read_teams, shipped
from bot.store.database import Store
from bot.store.people import seed_teams

LOADED_AT = datetime(2021, 5, 1, tzinfo=UTC)
"""When the recaps of every transcript were loaded."""


def memory(seeds: tuple[str, ...], *, encoder: bool = False) -> Store:
    """A fresh store in memory with these recaps (`003`, `all`).

    Without the `encoder` they are read the same on every machine; with it as by default, and an id may be another.
    """
    store = Store(":memory:")
    _original(seeds, encoder).db.conn.backup(store.db.conn)
    return store


@functools.cache
def _original(seeds: tuple[str, ...], encoder: bool) -> Store:
    store = Store(":memory:")
    seed_teams(store, read_teams())
    paths = [
        path
        for path in sorted(shipped("seeds").iterdir())
        if path.name[:3].isdigit() and ("all" in seeds or path.name[:3] in seeds)
    ]
    if len(paths) < len(seeds):
        raise ValueError(f"not all of {', '.join(seeds)} are in seeds/")
    if paths:
        with Reader(encoder=encoder) as reader:
            report = load(store, reader, find_sources(paths), loaded_by=None, now=LOADED_AT)
        if report.refused:
            raise ValueError(f"{report.refused[0].address} {report.refused[0].reason}")
    return store
