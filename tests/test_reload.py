"""Number 2 of what must always hold: loading again changes nothing, and keeps every human correction and every id."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.messages import UserError
from bot.model import Actor
from bot.reader import read
from bot.store.database import Store
from bot.store.items import change, note
from bot.store.recaps import Saved, save, unload
from tests.shelf import Shelf, action, decision, question

NOW = datetime(2021, 6, 1, 14, 0, tzinfo=UTC)
ANA = Actor("oftc/ana", "ana", "oftc", "#ptg")
SEED = Path("seeds/003_c986e9060d1ee11f.txt").read_text(encoding="utf-8")

OPENSEARCH = "Christian offered\nto investigate a possible migration."
CINDER = "yoctozepto and mnasiadka to continue looking at it."
PLUGINS = "We agreed to remove non-official plugins from our images."
SKIPPED_TABLES = ("blocks", "_sqlite_migrations")


@pytest.fixture
def store() -> Store:
    store = Store(":memory:")
    load(store, SEED)
    return store


def load(store: Store, text: str, address: str = "003.txt", reread: bool = False) -> Saved:
    (recap,) = read(text.encode(), address)
    return save(store, recap, loaded_by="oftc/ana", now=NOW, reread=reread)


def everything(store: Store) -> dict[str, list[tuple[object, ...]]]:
    tables = [name for name in store.db.table_names() if "_fts" not in name and "_words" not in name]
    return {name: store.db.execute(f'SELECT * FROM "{name}"').fetchall() for name in tables}


def item(store: Store, kind: str, words: str) -> dict[str, object]:
    rows = list(store.db.query("SELECT * FROM items WHERE kind = ? AND text LIKE ?", [kind, f"%{words}%"]))
    assert len(rows) == 1, f"{len(rows)} items with {words!r}"
    return rows[0]


def owners(store: Store, row: dict[str, object]) -> list[str]:
    sql = (
        "SELECT COALESCE(p.name, t.name) FROM item_owners o LEFT JOIN people p ON p.id = o.person_id"
        " LEFT JOIN teams t ON t.id = o.team_id WHERE item_id = ? ORDER BY position"
    )
    return [name for (name,) in store.db.execute(sql, [row["id"]])]


def labels(store: Store, presence: str = "here") -> dict[str, str]:
    rows = store.db.query("SELECT kind, number, quote FROM items WHERE presence = ?", [presence])
    return {f"{row['kind']}{row['number']}": row["quote"] for row in rows}


def firm(store: Store) -> set[str]:
    return {f"{row['kind']}{row['number']}" for row in store.db.query("SELECT * FROM items WHERE reading = 'firm'")}


def test_the_same_file_again_changes_nothing(store: Store) -> None:
    """Not one row of any table."""
    before = everything(store)
    assert load(store, SEED).status == "same"
    assert everything(store) == before


def test_reading_again_with_the_same_reader_changes_nothing_but_the_blocks_ids(store: Store) -> None:
    """`--reread` pairs every item with itself."""
    before = everything(store)
    saved = load(store, SEED, reread=True)
    after = everything(store)
    assert (saved.status, saved.added, saved.missing, saved.withdrawn) == ("changed", 0, 0, 0)
    for table in set(before) - set(SKIPPED_TABLES):
        assert after[table] == before[table], table


def test_files_of_one_name_in_two_folders_are_two_recaps() -> None:
    """Neither takes the other's place, however often both are loaded, and either may be edited."""
    store = Store()
    texts = [Path(f"seeds/{name}").read_text() for name in ("003_c986e9060d1ee11f.txt", "004_4090e71483b42ca8.txt")]
    assert [load(store, text, "recap.txt").status for text in texts] == ["new", "new"]
    before = everything(store)
    assert [load(store, text, "recap.txt") for text in texts] == [Saved("C1", "same"), Saved("C2", "same")]
    assert everything(store) == before
    edited = [text.replace("We ", "Then we ", 1) for text in texts]
    assert [(saved.label, saved.status) for saved in (load(store, text, "recap.txt") for text in edited)] == [
        ("C1", "changed"),
        ("C2", "changed"),
    ]


def test_a_text_rewritten_at_a_url_is_the_same_recap() -> None:
    """A page is known by where it stands."""
    store = Store()
    before, after = "We agreed to drop it. " * 9, "A spec will be written by Mark. " * 9
    before, after = (f"# Kolla at the Xena PTG\n\n## PTG sessions\n\n{text}\n" for text in (before, after))
    assert load(store, before, "https://etherpad.example/kolla").status == "new"
    assert load(store, after, "https://etherpad.example/kolla").label == "C1"


def test_a_renamed_file_is_the_same_recap(store: Store) -> None:
    """Equal text is the same recap whatever its name."""
    assert load(store, SEED, "kolla/xena.txt") == Saved("C1", "same")
    assert load(store, SEED + "\n\n", "kolla/xena2.txt").label == "C1"


def test_of_two_copies_the_one_that_was_edited_counts(store: Store) -> None:
    """However often both are loaded, in whichever order: an old copy is no edit."""
    edited = SEED.replace(PLUGINS, "We agreed to keep them.")
    assert load(store, SEED, "copy.txt") == Saved("C1", "same")
    assert load(store, edited).status == "changed"
    before = everything(store)
    for reread in (False, True):
        assert load(store, SEED, "copy.txt", reread=reread) == Saved("C1", "same")
    assert load(store, edited) == Saved("C1", "same")
    assert everything(store) == before
    assert load(store, edited + "\nWe agreed to meet again.\n", "copy.txt").status == "changed"
    assert load(store, edited) == Saved("C1", "same")


@pytest.mark.parametrize("old_copy_first", [True, False])
def test_an_unloaded_recap_comes_back_as_its_newest_copy_has_it(store: Store, old_copy_first: bool) -> None:
    """Whichever of its files is read first."""
    files = [("copy.txt", SEED), ("003.txt", SEED.replace(PLUGINS, ""))]
    for address, text in files:
        load(store, text, address)
    newest = store.db.execute("SELECT text_hash FROM recaps").fetchall()
    unload(store, 1, ANA, NOW)
    for address, text in [*(files if old_copy_first else reversed(files)), *files]:
        assert load(store, text, address).label == "C1"
    assert store.db.execute("SELECT text_hash FROM recaps").fetchall() == newest


def test_two_parts_under_one_subject_are_two_recaps() -> None:
    """Title, author and event alone do not make one mail another."""
    store = Store()
    head, half = SEED[: SEED.index("# ")], SEED.index("# Kayobe")
    texts = [SEED[:half], head + SEED[half:]]
    assert [load(store, text, f"{number}.txt").label for number, text in enumerate(texts)] == ["C1", "C2"]
    assert [load(store, text, f"{number}.txt").status for number, text in enumerate(texts)] == ["same", "same"]


def test_an_edited_file_under_another_name_is_the_same_recap(store: Store) -> None:
    """Equal title, author and event are the same recap too."""
    assert load(store, SEED.replace(PLUGINS, ""), "other.txt").label == "C1"
    assert store.db["recaps"].count == 1


def test_a_moved_paragraph_keeps_its_ids(store: Store) -> None:
    """Where a passage stands is not what it is; what stands beside it may make it a candidate, or too faint for one."""
    before, firm_before = labels(store), firm(store)
    section = SEED[SEED.index("## Elasticsearch") : SEED.index("## Reflection")]
    moved = SEED.replace(section, "").replace("# Kayobe\n", f"{section}# Kayobe\n")
    saved = load(store, moved)
    after = labels(store)
    gone = before.keys() - after.keys()
    assert (saved.status, saved.missing, saved.withdrawn) == ("changed", 0, len(gone))
    assert len(gone) <= 1 and not gone & firm_before  # beside where the section stood or stands now
    assert after.items() >= {label: quote for label, quote in before.items() if label not in gone}.items()
    assert firm(store) <= before.keys()
    place = item(store, "action", "Christian offered")
    assert moved[place["start"] : place["end"]] == place["quote"]


def test_a_reworded_sentence_keeps_its_id_and_its_human_words(store: Store) -> None:
    """State, owner, due, edit, note and verdict outlive the editor's pen."""
    before = item(store, "action", "Christian offered")
    change(store, [before["id"]], "assign", ANA, NOW, owners=["mnasiadka"])
    change(store, [before["id"]], "done", ANA, NOW, state="done", due="2021-07-01", edited="Look at OpenSearch")
    change(store, [before["id"]], "confirm", ANA, NOW, verdict="confirmed")
    note(store, before["id"], "the review is up", ANA, NOW)
    load(store, SEED.replace(OPENSEARCH, "Christian has offered\nto investigate a possible migration to it."))
    after = next(iter(store.db.query("SELECT * FROM items WHERE id = ?", [before["id"]])))
    assert "has offered" in after["quote"]
    assert (after["number"], after["state"], after["due"]) == (before["number"], "done", "2021-07-01")
    assert (after["edited"], after["verdict"]) == ("Look at OpenSearch", "confirmed")
    assert owners(store, after) == ["mnasiadka"]
    assert store.db["notes"].count == 1


def test_what_the_reader_says_of_an_untouched_item_follows_the_text(store: Store) -> None:
    """Owners that no human chose are those of the new wording."""
    load(store, SEED.replace(CINDER, "yoctozepto and hrw to continue looking at it."))
    assert owners(store, item(store, "action", "continue looking")) == ["yoctozepto", "hrw"]


def test_a_dropped_sentence_goes_and_comes_back_with_its_id(store: Store) -> None:
    """Nobody touched it: it is withdrawn, not deleted."""
    before = labels(store)
    saved = load(store, SEED.replace(CINDER, ""))
    assert saved.withdrawn >= 1 and saved.missing == 0
    assert CINDER not in labels(store).values()
    load(store, SEED)
    assert labels(store) == before


def test_a_dropped_sentence_that_a_human_touched_stays(store: Store) -> None:
    """It is marked as no longer in the recap, and is itself again when the passage returns."""
    row = item(store, "action", "continue looking")
    change(store, [row["id"]], "done", ANA, NOW, state="done")
    saved = load(store, SEED.replace(CINDER, ""))
    assert saved.missing == 1
    assert item(store, "action", "continue looking")["presence"] == "missing"
    load(store, SEED)
    again = item(store, "action", "continue looking")
    assert (again["presence"], again["state"], again["number"]) == ("here", "done", row["number"])


def test_a_rejection_is_kept_over_a_reload(store: Store) -> None:
    """What a human called wrong does not come back as right."""
    row = item(store, "decision", "remove non-official plugins")
    change(store, [row["id"]], "reject", ANA, NOW, verdict="rejected")
    load(store, SEED.replace("Thank you to everyone", "Thanks to everyone"))
    assert item(store, "decision", "remove non-official plugins")["reading"] == "rejected"


def test_sessions_keep_their_ids_over_an_edit(store: Store) -> None:
    """S12 is the same topic for ever."""
    before = store.db.execute("SELECT id, title FROM sessions ORDER BY id").fetchall()
    load(store, SEED.replace("# General topics\n", "# General topics\n\n## A new topic\n\nWe agreed to talk.\n"))
    after = store.db.execute("SELECT id, title FROM sessions WHERE withdrawn = 0 ORDER BY id").fetchall()
    assert set(before) < set(after)


def test_an_unloaded_recap_comes_back_with_its_ids_and_corrections(store: Store) -> None:
    """Out is out: nothing of it is found; in again, it is as it was."""
    before = labels(store)
    row = item(store, "action", "continue looking")
    change(store, [row["id"]], "done", ANA, NOW, state="done")
    unload(store, 1, ANA, NOW)
    assert labels(store) == {}
    assert store.db.execute("SELECT COUNT(*) FROM blocks").fetchone()[0] == 0
    assert store.db.execute("SELECT COUNT(*) FROM items_fts WHERE items_fts MATCH 'cinder'").fetchone()[0] == 0
    with pytest.raises(UserError, match="There is no recap C1"):
        unload(store, 1, ANA, NOW)
    assert load(store, SEED).label == "C1"
    assert labels(store) == before
    assert item(store, "action", "continue looking")["state"] == "done"


def test_a_session_moved_below_another_heading_keeps_its_id(store: Store) -> None:
    """Where it stands is not what it is."""
    logging = "## Logging\n\nAt the PTG we discussed it and agreed to keep the format.\n\n"
    inventory = "## Inventory\n\nWe talked about the inventory.\n\n"
    head = "---\ntitle: Kolla PTG recap\nauthor: Ana\ndate: 2021-05-04\n---\n\n"
    ids = []
    for first, second in ((logging, inventory), ("## Images\n\nWe build them.\n\n", logging + inventory)):
        load(store, f"{head}# Kolla\n\n{first}# Kayobe\n\n{second}", "moved.md")
        ids.append(
            {title: row for title, row in store.db.execute("SELECT title, id FROM sessions WHERE withdrawn = 0")}
        )
    assert ids[1].pop("Images") not in ids[0].values()
    assert ids[1] == ids[0] and len(ids[0]) >= 2


def test_two_recaps_of_one_title_by_different_authors_are_two(store: Store) -> None:
    """Only title, author and event together are a name."""
    other = SEED.replace("Mark Goddard mark at", "Somebody Else some at").replace("Mark\n", "Somebody\n")
    assert load(store, other, "other.txt").label == "C2"


def test_a_failure_in_the_middle_of_a_load_leaves_the_old_recap_whole(store: Store) -> None:
    """All or nothing: SQLite's limit of pages makes the write fail half-way."""
    before = everything(store)
    pages = store.db.execute("PRAGMA page_count").fetchone()[0]
    store.db.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(UserError):
        load(store, SEED + "\n\n# More\n\n" + "We agreed to write many words about it. " * 3_000)
    assert everything(store) == before


def test_loading_looks_nothing_up_by_reading_a_whole_table() -> None:
    """The ten thousandth recap is loaded as quickly as the first: whatever is asked meanwhile, an index answers."""
    shelf = Shelf()
    shelf.put("Xena PTG", {"Logging": [action("write the guide", "Christian"), decision("keep the format")]})
    asked: list[str] = []
    shelf.store.db.conn.set_trace_callback(asked.append)
    shelf.put("Yoga PTG", {"Images": [action("build them", "Ana", "Christian"), question("who runs them?")]})
    shelf.store.db.conn.set_trace_callback(None)
    plans = [
        step[3]
        for statement in asked
        if statement.startswith(("SELECT", "UPDATE", "DELETE"))
        for step in shelf.store.db.execute(f"EXPLAIN QUERY PLAN {statement}")
    ]
    assert len(plans) > 20
    assert [step for step in plans if step.startswith("SCAN") and "VIRTUAL" not in step and "json" not in step] == []
