"""Loading: files go through a child process into the store, in their order, whatever one of them is."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.loading import Refused, find_sources, load
from bot.reader import Reader, read
from bot.shipped import read_teams, shipped
from bot.store.database import Store, StoreError
from bot.store.people import seed_teams
from tests.test_recaps_mail import mail, mbox

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
RECAPS = sorted(shipped("seeds").glob("*.txt"))


@pytest.fixture
def store() -> Store:
    """An empty store that knows the teams."""
    store = Store()
    seed_teams(store, read_teams())
    return store


def test_each_file_gets_its_own_outcome(store: Store, tmp_path: Path) -> None:
    """What is no recap is refused under its own name, and the files around it are stored under theirs, in order."""
    (tmp_path / "1.txt").write_bytes(RECAPS[3].read_bytes())
    (tmp_path / "2.txt").write_bytes(b"\x7fELF\0\1\2\3" * 100)
    (tmp_path / "3.txt").write_bytes(b"")
    (tmp_path / "4.txt").write_bytes(RECAPS[1].read_bytes())
    asked: list[str] = []
    with Reader() as reader:
        sources = [*find_sources([tmp_path]), Refused("gone", "there is no such file or folder")]
        report = load(store, reader, sources, loaded_by=None, now=NOW, progress=asked.append)
    assert asked == ["1.txt", "2.txt", "3.txt", "4.txt"]
    assert [(each.address, each.title) for each in report.loaded] == [
        ("1.txt", "[kolla][ptg] Kolla PTG summary"),
        ("4.txt", "[OpenStack-Infra] 2019 Denver Summit/Forum/PTG Recap"),
    ]
    assert [each.address for each in report.refused] == ["2.txt", "3.txt", "gone"]


def test_a_document_that_takes_too_long_is_refused(store: Store, tmp_path: Path) -> None:
    """Each document has its own time; one that the child has not read by then is refused, and the load goes on."""
    for number in (1, 2):
        (tmp_path / f"{number}.txt").write_bytes(RECAPS[3].read_bytes())
    with Reader(seconds=0) as reader:
        report = load(store, reader, find_sources([tmp_path]), loaded_by=None, now=NOW)
    assert [(each.address, each.reason) for each in report.refused] == [
        ("1.txt", "took longer than 0 s to read"),
        ("2.txt", "took longer than 0 s to read"),
    ]


def test_each_recap_of_an_archive_has_its_own_time() -> None:
    """The clock begins anew with each: an archive may hold thousands."""
    body = "At the PTG we agreed to drop cells. From now on ana will look after it.\n"
    begun: list[float] = []
    recaps = read(mbox(*(mail("[nova] PTG recap", body, n) for n in range(3))), "2021-May.txt", begin=begun.append)
    assert len(recaps) == 3 and begun == [0.0] * 3


def test_what_was_read_ahead_is_forgotten_when_the_store_refuses(tmp_path: Path) -> None:
    """A load that the database ends leaves nothing behind in the reader that the next load would take for its own."""
    full = Store(tmp_path / "full.db")
    full.db.execute("PRAGMA max_page_count = 1")
    (tmp_path / "recaps").mkdir()
    for number, recap in enumerate(RECAPS[:3]):
        (tmp_path / "recaps" / f"{number}.txt").write_bytes(recap.read_bytes())
    with Reader() as reader:
        with pytest.raises(StoreError, match="full"):
            load(full, reader, find_sources([tmp_path / "recaps"]), loaded_by=None, now=NOW)
        store = Store()
        seed_teams(store, read_teams())
        report = load(store, reader, find_sources([RECAPS[3]]), loaded_by=None, now=NOW)
    assert [each.title for each in report.loaded] == ["[kolla][ptg] Kolla PTG summary"]
    full.close()


def test_where_a_load_ends_it_says_what_stayed(tmp_path: Path) -> None:
    """Each recap is stored by itself: of a disk that is full one learns at which it was, and that those before stay."""
    store = Store(tmp_path / "small.db")
    seed_teams(store, read_teams())
    (tmp_path / "recaps").mkdir()
    (tmp_path / "recaps" / "1.md").write_text("# PTG recap\n\nAt the PTG we agreed to drop cells, by consensus.\n")
    (tmp_path / "recaps" / "2.txt").write_bytes(RECAPS[2].read_bytes())
    pages = store.db.execute("PRAGMA page_count").fetchone()[0]
    store.db.execute(f"PRAGMA max_page_count = {pages + 20}")
    with Reader(encoder=False) as reader, pytest.raises(StoreError) as stopped:
        load(store, reader, find_sources([tmp_path / "recaps"]), loaded_by=None, now=NOW)
    assert str(stopped.value) == (
        "2.txt: The disk that holds the database is full; nothing was changed. Make room and try again."
        " The 1 recap before it stayed; load again for the rest."
    )
    assert store.db.execute("SELECT address FROM recaps").fetchall() == [("1.md",)]
    store.close()
