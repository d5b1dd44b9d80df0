"""The database: opened or refused with one sentence, written whole or not at all, copied while it lives."""

import sqlite3
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from bot.messages import UserError
from bot.model import Actor, Kind
from bot.queries.trail import history
from bot.store.changes import stamp
from bot.store.database import Store, StoreError
from bot.store.items import change, note, record
from bot.store.people import TeamSeed, claim, confirm_claim, find_team, person_id, seed_teams, set_room_team, team_id
from bot.store.undo import undo
from tests.shelf import Shelf, action

NOW = datetime(2021, 6, 1, 14, 0, tzinfo=UTC)
ANA = Actor("oftc/ana", "ana", "oftc", "#ptg")
BOB = Actor("oftc/bob", "bob", "oftc", "#ptg")


@pytest.fixture
def store() -> Store:
    return Store(":memory:")


def write_action(store: Store, text: str = "write the docs", owners: tuple[str, ...] = ()) -> int:
    label = record(store, Kind.ACTION, team="kolla", text=text, owners=owners, due=None, actor=ANA, now=NOW)
    return int(store.db.execute("SELECT id FROM items WHERE number = ?", [int(label[1:])]).fetchone()[0])


def row(store: Store, item: int) -> dict[str, object]:
    return next(iter(store.db.query("SELECT * FROM items WHERE id = ?", [item])))


# --- opening ---------------------------------------------------------------------------------------------------


def test_a_new_database_has_wal_foreign_keys_and_strict_tables(tmp_path: Path) -> None:
    """What keeps the database safe is switched on."""
    store = Store(tmp_path / "new.db")
    assert store.db.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    assert store.db.execute("PRAGMA foreign_keys").fetchone()[0] == 1
    assert store.db["items"].strict
    store.close()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"this is a recap, not a database; " * 40, "damaged or no database"),
        (b"SQLite format 3\0" + b"\xff" * 4000, "damaged or no database"),
    ],
)
def test_a_file_that_is_no_database_is_left_as_it_is(tmp_path: Path, content: bytes, said: str) -> None:
    """Opening refuses with a sentence and changes no byte."""
    path = tmp_path / "x.db"
    path.write_bytes(content)
    with pytest.raises(StoreError, match=said):
        Store(path)
    assert path.read_bytes() == content


def test_the_database_of_another_program_is_refused(tmp_path: Path) -> None:
    """Tables that are not ours stay alone."""
    path = tmp_path / "x.db"
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE notes (text)")
    other.close()
    with pytest.raises(StoreError, match="another program"):
        Store(path)


def test_a_database_newer_than_the_program_is_refused(tmp_path: Path) -> None:
    """A migration that this program does not know means that it must not write."""
    path = tmp_path / "x.db"
    store = Store(path)
    store.db["_sqlite_migrations"].insert({"migration_set": "recapbot", "name": "m999_later", "applied_at": "2099"})
    store.close()
    with pytest.raises(StoreError, match="newer recapbot"):
        Store(path)


def test_the_database_is_for_its_owners_eyes_only(tmp_path: Path) -> None:
    """It, its side files and its copies may be read by nobody else."""
    store = Store(tmp_path / "x.db")
    write_action(store)
    store.backup(tmp_path / "copy.db")
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert set(modes.values()) == {0o600}, modes
    store.close()


def test_a_page_damaged_in_the_middle_is_found_at_the_start(tmp_path: Path) -> None:
    """What opening alone does not see, `run` looks for, and leaves the file as it is."""
    path = tmp_path / "x.db"
    store = Store(path)
    for _ in range(50):
        write_action(store, "x" * 2000)
    store.check()
    store.close()
    content = bytearray(path.read_bytes())
    content[len(content) // 2 :] = b"\xa5" * (len(content) - len(content) // 2)
    path.write_bytes(content)
    with pytest.raises(StoreError, match="damaged"):
        Store(path).check()
    assert path.read_bytes() == content


def test_a_folder_that_is_missing_gets_one_sentence(tmp_path: Path) -> None:
    """No traceback for a wrong path."""
    with pytest.raises(StoreError, match="folder is missing"):
        Store(tmp_path / "nowhere" / "x.db")


# --- writing ---------------------------------------------------------------------------------------------------


def test_a_write_that_fails_midway_leaves_nothing(store: Store) -> None:
    """One transaction: all of it or none."""
    with pytest.raises(RuntimeError), store.write():
        team_id(store, "kolla")
        raise RuntimeError
    assert find_team(store.db, "kolla") is None


def test_a_locked_database_gives_one_sentence_and_no_change(tmp_path: Path) -> None:
    """Another program's long write makes ours wait, then say so."""
    store = Store(tmp_path / "x.db", wait=0.05)
    other = Store(tmp_path / "x.db")
    with other.write(), pytest.raises(StoreError, match="in use by another program just now"):
        write_action(store)
    write_action(store)
    assert store.db["items"].count == 1
    store.close()


def test_a_full_disk_gives_one_sentence_and_reading_goes_on(tmp_path: Path) -> None:
    """SQLITE_FULL, provoked by SQLite's own limit of pages: nothing half-written, and writing works again after it."""
    store = Store(tmp_path / "x.db")
    item = write_action(store)
    pages = store.db.execute("PRAGMA page_count").fetchone()[0]
    store.db.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreError, match="disk that holds"):
        for _ in range(100):
            write_action(store, "x" * 5000)
    count = store.db["items"].count
    assert row(store, item)["text"] == "write the docs"
    store.db.execute("PRAGMA max_page_count = 100000")
    write_action(store)
    assert store.db["items"].count == count + 1
    assert store.db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    store.close()


def test_a_backup_is_a_whole_copy_of_the_live_database(tmp_path: Path) -> None:
    """What was acknowledged before the backup is in it, though it still stands in the WAL."""
    store = Store(tmp_path / "x.db")
    item = write_action(store)
    store.backup(tmp_path / "copy.db")
    copy = Store(tmp_path / "copy.db")
    assert row(copy, item)["text"] == "write the docs"
    copy.close()
    with pytest.raises(StoreError, match="exists already"):
        store.backup(tmp_path / "copy.db")
    # As on a read-only file system nothing can be cleared away there either.
    with pytest.raises(StoreError, match="could not be written"):
        store.backup(tmp_path / "x.db" / "copy.db")
    store.close()


# --- items -----------------------------------------------------------------------------------------------------


def test_numbers_are_never_given_twice(store: Store) -> None:
    """An undone recording keeps its number used."""
    first = record(store, Kind.ACTION, team=None, text="one", owners=(), due=None, actor=ANA, now=NOW)
    undo(store, ANA, NOW)
    second = record(store, Kind.ACTION, team=None, text="two", owners=(), due=None, actor=ANA, now=NOW)
    assert (first, second) == ("A1", "A2")


def test_a_change_and_its_undo(store: Store) -> None:
    """Undo puts back what was before, owners and all."""
    item = write_action(store, owners=("Christian",))
    change(store, [item], "assign", ANA, NOW, owners=["mnasiadka", "kolla"])
    assert [o["person_id"] is None for o in store.db.query("SELECT * FROM item_owners ORDER BY position")] == [
        False,
        True,
    ]
    change(store, [item], "snooze", ANA, NOW, snoozed_until=date(2021, 7, 1))
    assert row(store, item)["snoozed_until"] == "2021-07-01"
    undo(store, ANA, NOW)
    assert row(store, item)["snoozed_until"] is None
    undo(store, ANA, NOW)
    names = store.db.query("SELECT p.name FROM item_owners o JOIN people p ON p.id = o.person_id")
    assert [each["name"] for each in names] == ["Christian"]
    assert row(store, item)["owners_set"] == 1


def test_several_items_change_and_are_undone_together(store: Store) -> None:
    """One command, one batch."""
    items = [write_action(store), write_action(store)]
    change(store, items, "done", ANA, NOW, state="done")
    undone = undo(store, ANA, NOW)
    assert [each.subject for each in undone] == ["A1", "A2"]
    assert [row(store, item)["state"] for item in items] == ["open", "open"]


def test_undo_takes_back_only_ones_own_and_only_what_still_stands(store: Store) -> None:
    """Somebody else's change is not mine to undo, and mine not after theirs."""
    item = write_action(store)
    change(store, [item], "done", BOB, NOW, state="done")
    change(store, [item], "reopen", ANA, NOW, state="open")
    with pytest.raises(UserError, match="A1 was changed again since"):
        undo(store, BOB, NOW)
    with pytest.raises(UserError, match="nothing that could be undone"):
        undo(store, Actor("oftc/eve", "eve", "oftc"), NOW)


def test_a_recording_that_others_worked_on_is_not_undone(store: Store) -> None:
    """Whoever took it over would lose what they did; the recorder's own words on it go with it."""
    item = write_action(store)
    note(store, item, "see the review", ANA, NOW)
    change(store, [item], "take", BOB, NOW, owners=["bob"])
    undo(store, ANA, NOW)
    with pytest.raises(UserError, match="A1 was changed again since; nothing was undone"):
        undo(store, ANA, NOW)
    assert row(store, item)["presence"] == "recorded"
    undo(store, BOB, NOW)
    undo(store, ANA, NOW)
    assert row(store, item)["presence"] == "withdrawn"


def test_what_is_so_already_leaves_no_row_in_the_trail(store: Store) -> None:
    """Closing twice is one change."""
    item = write_action(store)
    change(store, [item], "done", ANA, NOW, state="done")
    change(store, [item], "done", ANA, NOW, state="done")
    assert store.db.execute("SELECT COUNT(*) FROM changes WHERE what = 'done'").fetchone()[0] == 1


def test_what_fails_within_a_greater_write_is_taken_back_alone(store: Store) -> None:
    """Somebody may catch what failed there and go on; what the greater one did before and after stays."""
    first, second = write_action(store), write_action(store)
    with store.write():
        change(store, [first], "done", ANA, NOW, state="done")
        with pytest.raises(KeyError), store.write():
            change(store, [second], "done", ANA, NOW, state="done")
            raise KeyError
        note(store, second, "see the review", ANA, NOW)
    assert [row["state"] for row in store.db.query("SELECT state FROM items ORDER BY id")] == ["done", "open"]
    assert [entry.what for entry in history(store, "A2")] == ["action", "note"]


def test_a_note_can_be_undone(store: Store) -> None:
    """A note is a change like any other."""
    item = write_action(store)
    note(store, item, "see the review", ANA, NOW)
    undo(store, ANA, NOW)
    assert [entry.what for entry in history(store, "A1")] == ["action"]


# --- people and teams ------------------------------------------------------------------------------------------


def test_people_are_found_without_case_and_accents(store: Store) -> None:
    """Cédric Jeanneret is cedric jeanneret."""
    assert person_id(store, "Cédric Jeanneret") == person_id(store, "cedric  jeanneret")
    assert person_id(store, "Cédric") != person_id(store, "Cédric Jeanneret")


def test_owners_are_kept_once_in_their_order() -> None:
    """Of an action read: people and teams as they were named, no "author" who is unknown, "team" as the item's own."""
    shelf = Shelf()
    shelf.put("Xena PTG", {"Logging": [action("tidy up", "Ana", " Ana ", "author", "nova", "team")]})
    rows = shelf.store.db.execute(
        "SELECT o.position, p.name, t.name, i.owned FROM item_owners o JOIN items i ON i.id = o.item_id"
        " LEFT JOIN people p ON p.id = o.person_id LEFT JOIN teams t ON t.id = o.team_id ORDER BY o.position"
    ).fetchall()
    assert rows == [(0, "Ana", None, 3), (1, None, "nova", 3), (2, None, "kolla", 3)]


def test_teams_are_seeded_once_and_found_by_any_name(store: Store) -> None:
    """The file fills an empty table; afterwards the table is the truth."""
    seed_teams(store, {"kolla": TeamSeed(("Kolla Ansible", "k-a")), "kayobe": TeamSeed((), "kolla")})
    seed_teams(store, {"nova": TeamSeed()})
    assert find_team(store.db, "#k-a") == find_team(store.db, "kolla-ansible") == find_team(store.db, "the Kolla team")
    assert find_team(store.db, "nova") is None
    part_of = store.db.execute("SELECT part_of FROM teams WHERE name = 'kayobe'").fetchone()[0]
    assert part_of == find_team(store.db, "kolla")


@pytest.mark.parametrize("name", ["", "#", "topic", "Agreed", "1st"])
def test_a_team_cannot_have_a_word_of_meetbot_for_its_name(store: Store, name: str) -> None:
    """`#topic` must go on meaning a topic."""
    with pytest.raises(UserError, match="cannot be the name of a team"):
        team_id(store, name)


def test_a_claim_gives_rights_only_when_confirmed_and_free(store: Store) -> None:
    """`iam` ties; `~iam` confirms, for one account a network."""
    claim(store, "oftc", "ana", "Ana Lopez", ANA, NOW)
    confirmed = "SELECT confirmed_by FROM person_names WHERE kind = 'account' AND key = 'ana'"
    assert store.db.execute(confirmed).fetchone()[0] is None
    confirm_claim(store, "oftc", "ana", "ana lopez", BOB, NOW)
    assert store.db.execute(confirmed).fetchone()[0] == "oftc/bob"
    with pytest.raises(UserError, match="is the account ana already"):
        confirm_claim(store, "oftc", "mallory", "Ana Lopez", BOB, NOW)
    undo(store, BOB, NOW)
    assert store.db.execute(confirmed).fetchone()[0] is None


def test_a_rooms_team_can_be_set_and_undone(store: Store) -> None:
    """`#kolla here`, and undo."""
    set_room_team(store, "oftc", "#ptg", "kolla", ANA, NOW)
    assert store.db.execute("SELECT team_id FROM rooms").fetchone()[0] == find_team(store.db, "kolla")
    undo(store, ANA, NOW)
    assert store.db.execute("SELECT COUNT(*) FROM rooms").fetchone()[0] == 0


def test_instants_are_kept_in_utc() -> None:
    """Whatever offset they come with: the database compares them as texts."""
    assert stamp(datetime.fromisoformat("2021-06-01T14:00:00.5+02:00")) == "2021-06-01T12:00:00+00:00"
