"""Opens the database, keeps its promises (WAL, foreign keys, one transaction a write), and copies it.

There is one connection in a process (SQLite below 3.51.3 can corrupt a WAL database with several writers;
`pysqlite3`, which sqlite-utils picks up, carries a newer one). Whatever SQLite refuses comes out as StoreError, a
sentence for people, with nothing half-written.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

from pysqlite3 import dbapi2 as sqlite3
from sqlite_utils import Database

from bot.messages import UserError
from bot.schema import migrations

DatabaseError: type[Exception] = sqlite3.DatabaseError
"""What SQLite raises, from whichever module sqlite-utils uses; a read may meet it too."""

WAIT = 5.0
"""Seconds to wait for another process's write (`load` beside `run`) before giving up."""


class StoreError(UserError):
    """The database cannot do what was asked; its text says why and what to do."""


def explain(error: Exception, path: str = "the database") -> str:
    """One sentence for people about an error of SQLite."""
    text = str(error)
    if "locked" in text or "busy" in text:
        return f"{path} is in use by another program just now; nothing was changed, try again in a moment."
    if "full" in text:
        return f"The disk that holds {path} is full; nothing was changed. Make room and try again."
    if "disk I/O" in text:
        return f"The disk that holds {path} is full or fails; nothing was changed. Look at it and try again."
    if "readonly" in text or "read-only" in text:
        return f"{path} may only be read by this user; nothing was changed."
    if "not a database" in text or "malformed" in text:
        return f"{path} is damaged or no database; it was left as it is. Restore a backup (docs/operating.md)."
    if "unable to open" in text:
        return f"{path} cannot be opened: its folder is missing or may not be written."
    return f"{path} could not be used ({text}); nothing was changed."


def next_ids(db: Database, table: str) -> Iterator[int]:
    """Ids for new rows of a table, as long as nothing else is written to it. Its last rows must never be deleted
    while somebody remembers their ids: they would be given again."""
    return count(db.execute(f"SELECT COALESCE(MAX(id), 0) + 1 FROM {table}").fetchone()[0])


def add_rows(db: Database, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write new rows, all of the same columns (as SQL writes them), by one statement.

    sqlite-utils would look at the table first, each time.
    """
    if rows:
        marks = ", ".join("?" * len(rows[0]))
        sql = f"INSERT INTO {table} ({', '.join(rows[0])}) VALUES ({marks})"
        db.conn.executemany(sql, [list(row.values()) for row in rows])


class Store:
    """The one connection of this process. Writes go through the functions of `bot.store`, each one transaction."""

    def __init__(self, path: str | Path = ":memory:", *, wait: float = WAIT) -> None:
        """Open or create the database at `path` and bring it to this program's version.

        `wait` is how long a write waits for another process, in seconds. Raises StoreError; a file that is no
        database of ours, or is newer than the program, is left as it is.
        """
        self.path = str(path)
        try:
            if self.path != ":memory:":
                # Made here, so that it is for this user's eyes only; SQLite gives its side files the same mode.
                with suppress(OSError):
                    os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
            # The connection is made here, not by sqlite-utils, which has no way to say how long to wait.
            connection = sqlite3.connect(self.path, timeout=wait)
            self.db = Database(connection)
            self._batch: int | None = None
            try:
                self._refuse_strangers()
                self._prepare()
            except BaseException:
                self.db.close()
                raise
        except sqlite3.Error as error:
            raise StoreError(explain(error, self.path)) from error

    def _refuse_strangers(self) -> None:
        tables = set(self.db.table_names())
        if not tables:
            return
        if migrations.migrations_table not in tables:
            raise StoreError(f"{self.path} is the database of another program; it was left as it is.")
        ours = {migration.name for migration in migrations.pending(Database(memory=True))}
        if any(applied.name not in ours for applied in migrations.applied(self.db)):
            raise StoreError(f"{self.path} was made by a newer recapbot; upgrade the program or restore a backup.")

    def _prepare(self) -> None:
        self.db.execute("PRAGMA foreign_keys = ON")
        # FULL: what was answered as done survives a power cut too; at a chat's pace it costs nothing.
        self.db.execute("PRAGMA synchronous = FULL")
        if self.path != ":memory:":
            self.db.enable_wal()
        if migrations.pending(self.db):
            with self.write():
                migrations.apply(self.db)

    @contextmanager
    def write(self) -> Iterator[Database]:
        """One transaction, begun IMMEDIATE so that it never fails half-way for a lock.

        Inside another it is a part of it: what fails there is taken back alone, and the other may go on.
        """
        if self.db.conn.in_transaction:
            with self._part():
                yield self.db
            return
        try:
            self.db.conn.execute("BEGIN IMMEDIATE")
            self._batch = None
            try:
                yield self.db
                self.db.conn.execute("COMMIT")
            except BaseException:
                self.db.rollback()
                raise
        except sqlite3.OperationalError as error:
            raise StoreError(explain(error)) from error

    @contextmanager
    def _part(self) -> Iterator[None]:
        connection = self.db.conn
        connection.execute("SAVEPOINT part")
        try:
            yield
        except BaseException:
            if connection.in_transaction:  # SQLite itself takes the whole of it back where the disk is full
                connection.execute("ROLLBACK TO part")
                connection.execute("RELEASE part")
            raise
        connection.execute("RELEASE part")

    def batch(self) -> int:
        """The number that the changes of this transaction share in the audit trail: one command is one transaction."""
        if self._batch is None:
            last = self.db.execute("SELECT batch FROM changes ORDER BY id DESC LIMIT 1").fetchone()
            self._batch = (last[0] if last else 0) + 1
        return self._batch

    def check(self) -> None:
        """Have SQLite look at every page (`quick_check`). Raises StoreError where one is damaged."""
        try:
            answer = self.db.execute("PRAGMA quick_check(1)").fetchone()[0]
        except sqlite3.Error as error:
            raise StoreError(explain(error, self.path)) from error
        if answer != "ok":
            raise StoreError(f"{self.path} is damaged ({answer}); restore a backup (docs/operating.md).")

    def backup(self, target: Path) -> None:
        """Write a consistent copy of the live database to `target`, whole or not at all. Raises StoreError."""
        partial = target.with_name(target.name + ".partial")
        if target.exists():
            raise StoreError(f"{target} exists already; name another file.")
        try:
            partial.unlink(missing_ok=True)
            self.db.execute("VACUUM INTO ?", [str(partial)])
            copy = Database(str(partial))
            answer = copy.execute("PRAGMA integrity_check").fetchone()[0]
            copy.close()
            if answer != "ok":
                raise StoreError(f"The copy did not pass SQLite's integrity check ({answer}); {target} was not made.")
            partial.chmod(0o600)
            with partial.open("rb") as written:
                os.fsync(written.fileno())
            partial.replace(target)
        except (sqlite3.Error, OSError) as error:
            raise StoreError(f"{target} could not be written: {error}.") from error
        finally:
            with suppress(OSError):
                partial.unlink()

    def close(self) -> None:
        """Give the file back."""
        self.db.close()
