"""Export: all that the database knows, for programs and for people."""

import json
from typing import Any

import pytest
from markdown_it import MarkdownIt

from bot.export import export_json, export_markdown
from bot.model import Kind
from bot.store.database import Store
from bot.store.items import change, note, record
from bot.store.recaps import unload
from tests.shelf import ANA, NOW, Shelf, action, both, decision, question


@pytest.fixture
def shelf() -> Shelf:
    """A recap of kolla with everything that happens to items, and an item recorded by hand."""
    shelf = Shelf()
    shelf.put(
        "Xena PTG",
        {
            "Logging <again>": [
                both("We agreed to move to *OpenSearch*.", "Christian"),
                action("Write the guide.", "team", due="M2"),
                action("Perhaps rewrite it all.", sure=0.3),
            ],
            "Cells": [decision("No cells."), question("Who tests it?")],
        },
    )
    record(shelf.store, Kind.ACTION, team="nova", text="buy cake", owners=("Zoë",), due=None, actor=ANA, now=NOW)
    return shelf


def items(exported: dict[str, Any]) -> dict[str, Any]:
    """The items of an export by their ids."""
    every = [*exported["recorded"], *(item for recap in exported["recaps"] for item in recap["items"])]
    return {item["id"]: item for item in every}


def test_json_holds_everything(shelf: Shelf) -> None:
    """Teams, events, people, the recap with its sessions, and every item with its owners and quote are there."""
    exported = export_json(shelf.store)
    assert {"name": "kolla", "aliases": ["k-a"], "part_of": None} in exported["teams"]
    assert {"name": "kayobe", "aliases": [], "part_of": "kolla"} in exported["teams"]
    assert exported["events"] == [{"name": "Xena PTG", "cycle": "xena"}]
    assert [person["name"] for person in exported["people"]] == ["Mark", "Christian", "Zoë"]
    (recap,) = exported["recaps"]
    assert (recap["id"], recap["author"], recap["published"], recap["teams"]) == ("C1", "Mark", "2021-05-04", ["kolla"])
    assert [session["title"] for session in recap["sessions"]] == ["Logging <again>", "Cells"]
    assert sorted(items(exported)) == ["A1", "A2", "A3", "A4", "D1", "D2", "Q1"]
    first = items(exported)["A1"]
    assert first["quote"] == "We agreed to move to *OpenSearch*." and first["session"] == "S1"
    assert first["owners"] == [{"name": "Christian", "team": False}]
    assert items(exported)["A2"]["owners"] == [{"name": "kolla", "team": True}] and items(exported)["A2"]["due"] == "M2"
    assert items(exported)["A3"]["reading"] == "candidate"
    assert items(exported)["A4"]["recorded_by"] == ANA.identity


def test_json_is_json(shelf: Shelf) -> None:
    """The object survives being written and read again."""
    exported = export_json(shelf.store)
    assert json.loads(json.dumps(exported)) == exported


def test_json_tells_what_became_of_an_item(shelf: Shelf) -> None:
    """A change and a note are in the history with who, when and from what to what."""
    change(shelf.store, [shelf.row("A1")], "done", ANA, NOW, state="done")
    note(shelf.store, shelf.row("A1"), "merged last night", ANA, NOW)
    told = items(export_json(shelf.store))["A1"]
    assert told["state"] == "done"
    assert [(entry["what"], entry["by"], entry["note"]) for entry in told["history"]] == [
        ("done", "ana", None),
        ("note", "ana", "merged last night"),
    ]
    assert (told["history"][0]["before"]["state"], told["history"][0]["after"]["state"]) == ("open", "done")
    assert told["history"][0]["at"] == NOW.isoformat()


def test_what_is_unloaded_is_not_exported(shelf: Shelf) -> None:
    """Of an unloaded recap nothing is told; what was recorded by hand stays."""
    unload(shelf.store, 1, ANA, NOW)
    assert list(items(export_json(shelf.store))) == ["A4"]
    assert "OpenSearch" not in export_markdown(shelf.store)


def test_markdown_tells_the_memory(shelf: Shelf) -> None:
    """Recap, session, passage: with ids, owners, state and due; no candidates, and what was recorded at the end."""
    assert export_markdown(shelf.store) == "\n".join(
        [
            "# What was decided, promised and asked",
            "",
            "1 recap, 2 decisions, 3 open actions, 1 open question.",
            "",
            "## kolla at Xena PTG (C1)",
            "",
            "kolla; Xena PTG; Mark; 2021-05-04",
            "",
            "### Logging \\<again> (S1)",
            "",
            '- **D1/A1** Christian: "We agreed to move to \\*OpenSearch\\*." - open',
            '- **A2** kolla (team): "Write the guide." - open, due M2',
            "",
            "### Cells (S2)",
            "",
            '- **D2** "No cells."',
            '- **Q1** "Who tests it?" - open',
            "",
            "## Recorded by hand",
            "",
            '- **A4** Zoë: "buy cake" - open',
            "  - 2021-06-01 ana: action",
            "",
        ]
    )


def test_markdown_tells_what_became_of_an_item(shelf: Shelf) -> None:
    """State, answer and history stand below the passage; of a pair, those of both; rejected items are left out."""
    change(shelf.store, [shelf.row("D1")], "supersede", ANA, NOW, state="superseded", superseded_by=shelf.row("D2"))
    change(shelf.store, [shelf.row("Q1")], "answer", ANA, NOW, state="answered", answer="Ana *does*")
    change(shelf.store, [shelf.row("A2")], "reject", ANA, NOW, verdict="rejected")
    lines = export_markdown(shelf.store).splitlines()
    assert '- **D1/A1** Christian: "We agreed to move to \\*OpenSearch\\*." - open, superseded by D2' in lines
    place = lines.index('- **Q1** "Who tests it?" - answered')
    assert lines[place + 1 : place + 3] == ["  - answer: Ana \\*does\\*", "  - 2021-06-01 ana: answer"]
    assert not any("A2" in line for line in lines)


def test_markdown_shows_words_as_they_are() -> None:
    """Whatever stands in a quote, a reader of the Markdown sees just those characters."""
    said = r'Use `<b>` & [x](http://a) *or* __init__ ~~not~~ #1 | \n &amp; "so"'
    shelf = Shelf()
    shelf.put("Xena PTG", {"Talk": [decision(said)]})
    inline = [token for token in MarkdownIt().parse(export_markdown(shelf.store)) if token.type == "inline"]
    shown = [child for child in inline[-1].children or () if child.type not in ("strong_open", "strong_close")]
    assert {child.type for child in shown} <= {"text", "text_special"}
    assert "".join(child.content for child in shown) == f'D1 "{said}"'


def test_an_empty_memory_is_exported() -> None:
    """There is something to write where there is nothing to tell."""
    assert export_json(Store())["recaps"] == []
    assert export_markdown(Store()).startswith("# What was decided")
