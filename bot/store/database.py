"""Opens the database, keeps its promises (WAL, foreign keys, one writer at a time), and copies it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlite_utils import Database

from bot.schema import migrations


class Store:
    """The one connection of this process. Writes go through the functions of `bot.store`, each one transaction."""

    def __init__(self, path: str | Path = ":memory:") -> None:
        self.db = Database(str(path))
        self.db.execute("PRAGMA foreign_keys = ON")
        migrations.apply(self.db)

    @contextmanager
    def write(self) -> Iterator[Database]:
        """One transaction, begun IMMEDIATE; inside another it is part of that one."""
        with self.db.atomic():
            yield self.db

    def close(self) -> None:
        """Give the file back."""
        self.db.close()
