"""Files and folders -> recaps -> store. The same file twice changes nothing; a bad one costs one line."""

import os
import stat
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from pathlib import Path

from bot.messages import UserError
from bot.model import FIRM, Kind, ReadRecap
from bot.queries.lines import plural
from bot.reader import Reader
from bot.recaps.reading import NotARecap
from bot.store.database import Store, StoreError
from bot.store.recaps import Saved, save

LIMIT = 5 * 1024 * 1024
"""Bytes; no recap known has a fiftieth of it. An mbox archive may have more (ARCHIVE)."""

ARCHIVE = 100 * 1024 * 1024
"""Bytes of an mbox archive."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What storing one recap did, and what a report says of it; the recap is not kept, there may be thousands."""

    address: str
    saved: Saved
    title: str | None
    event: str | None
    teams: tuple[str, ...]
    firm: Mapping[Kind, int]
    """How many items of each kind were read that are no mere candidates."""
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that gave nothing, and why."""

    address: str
    reason: str


@dataclass(slots=True)
class Report:
    """What a load did, file by file."""

    loaded: list[Loaded] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)

    def add(self, outcome: Loaded | Refused) -> None:
        """Note what became of one recap or file."""
        if isinstance(outcome, Loaded):
            self.loaded.append(outcome)
        else:
            self.refused.append(outcome)

    def remarks(self) -> list[str]:
        """What is to be said of how recaps were read, each thing once."""
        said: dict[str, list[str]] = {}
        for each in self.loaded:
            if each.remark:
                said.setdefault(each.remark, []).append(each.address)
        return [f"{of[0] if len(of) == 1 else f'{len(of)} recaps'}: {remark}." for remark, of in said.items()]

    def count(self, status: str) -> int:
        """How many recaps were new, changed or same."""
        return sum(each.saved.status == status for each in self.loaded)


@dataclass(frozen=True, slots=True)
class Source:
    """A file to load and the address that its recap is known by."""

    path: Path
    address: str


def find_sources(paths: Iterable[Path]) -> Iterator[Source | Refused]:
    """The files that the paths name: a folder's in order of name, known by their path below it."""
    for path in paths:
        if path.is_dir():
            yield from _sources_below(path)
        elif not path.exists():
            yield Refused(str(path), "there is no such file or folder")
        else:
            yield Source(path, path.name)


def _sources_below(folder: Path) -> Iterator[Source | Refused]:
    found = False
    for path in sorted(folder.rglob("*")):
        below = path.relative_to(folder)
        hidden = any(part.startswith(".") for part in below.parts)
        if hidden or path.stem.lower() == "readme" or path.is_dir():
            continue
        found = True
        yield Source(path, str(below))
    if not found:
        yield Refused(str(folder), "there is no recap in this folder")


def read_file(path: Path) -> bytes:
    """The bytes of a regular file of a size that a recap may have. Raises NotARecap."""
    try:
        # Not blocking, so that a named pipe is refused rather than waited for.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(descriptor, "rb") as file:
            about = os.fstat(file.fileno())
            if not stat.S_ISREG(about.st_mode):
                raise NotARecap("is no ordinary file")
            limit = ARCHIVE if path.suffix == ".mbox" else LIMIT
            if about.st_size > limit:
                raise NotARecap(f"has {about.st_size // 1024 // 1024} MB; at most {limit // 1024 // 1024} MB are read")
            return file.read()
    except OSError as error:
        raise NotARecap(f"cannot be opened ({error.strerror})") from error


def read_source(reader: Reader, source: Source) -> list[ReadRecap] | Refused:
    """What a file says, or why it says nothing. Blocks while the child reads; touches no database."""
    try:
        return reader.read(read_file(source.path), source.address)
    except NotARecap as reason:
        return Refused(source.address, str(reason))


def store_recap(
    store: Store, recap: ReadRecap, *, loaded_by: str | None, now: datetime, reread: bool = False
) -> Loaded | Refused:
    """Store one recap in its own transaction. Raises StoreError when the database refuses."""
    try:
        saved = save(store, recap, loaded_by=loaded_by, now=now, reread=reread)
    except StoreError:
        raise
    except UserError as reason:
        return Refused(recap.document.address, str(reason))
    firm = Counter(item.kind for item in recap.items if item.confidence >= FIRM)
    return Loaded(recap.document.address, saved, recap.title, recap.event, recap.teams, firm, recap.remark)


def load(
    store: Store,
    reader: Reader,
    sources: Iterable[Source | Refused],
    *,
    loaded_by: str | None,
    now: datetime,
    reread: bool = False,
    progress: Callable[[str], None] = lambda address: None,
) -> Report:
    """Read the sources one after the other and store what they say.

    `progress` is called with each address before it is read. Raises StoreError when the database refuses; what was
    loaded before that stays.
    """
    report = Report()
    with closing(_read_ahead(reader, sources, progress)) as outcomes:
        for read in outcomes:
            if isinstance(read, Refused):
                report.add(read)
                continue
            for recap in read:
                try:
                    report.add(store_recap(store, recap, loaded_by=loaded_by, now=now, reread=reread))
                except StoreError as error:
                    raise StoreError(_stopped(recap.document.address, error, len(report.loaded))) from error
    return report


def _stopped(address: str, error: StoreError, before: int) -> str:
    """Where the loading ended and why, and what of it stays: each recap is a transaction of its own."""
    stays = f" The {plural(before, 'recap')} before it stayed; load again for the rest." if before else ""
    return f"{address}: {error}{stays}"


def _read_ahead(
    reader: Reader, sources: Iterable[Source | Refused], progress: Callable[[str], None]
) -> Generator[list[ReadRecap] | Refused, None, None]:
    """What the sources say, in their order. While the caller stores one, the child reads the next."""
    begun: Source | Refused | None = None
    try:
        for source in chain(sources, [None]):
            before = _finish(reader, begun) if isinstance(begun, Source) else begun
            begun = source
            if isinstance(source, Source):
                progress(source.address)
                begun = _begin(reader, source)
            if before is not None:
                yield before
    finally:
        if isinstance(begun, Source):  # nobody will ask what the child is reading now
            reader.close()


def _begin(reader: Reader, source: Source) -> Source | Refused:
    try:
        reader.begin(read_file(source.path), source.address)
        return source
    except NotARecap as reason:
        return Refused(source.address, str(reason))


def _finish(reader: Reader, source: Source) -> list[ReadRecap] | Refused:
    try:
        return reader.finish()
    except NotARecap as reason:
        return Refused(source.address, str(reason))
