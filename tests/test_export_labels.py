"""Corrections as labels: what a community confirmed and rejected, for the next training."""

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from bot.cli import main
from bot.export_labels import export_labels
from bot.store.items import change
from tests.shelf import ANA, NOW, Shelf, action, both, decision


def corrected() -> Shelf:
    """A recap with an item confirmed, one rejected, one done, one that nobody looked at; another left alone."""
    shelf = Shelf()
    shelf.put(
        "Xena PTG",
        {
            "Logging": [
                both("We agreed to move to OpenSearch.", "Christian"),
                action("Perhaps rewrite it all.", sure=0.3),
                action("Write the guide.", "team"),
                action("The guide is good.", "team"),
            ]
        },
    )
    shelf.put("Wallaby PTG", {"Cells": [decision("No cells.")]})
    by_text = {
        row["text"]: row["id"] for row in shelf.store.db.query("SELECT id, text FROM items WHERE kind = 'action'")
    }
    for text, verdict in (("Perhaps rewrite it all.", "confirmed"), ("The guide is good.", "rejected")):
        change(shelf.store, [by_text[text]], verdict, ANA, NOW, verdict=verdict)
    change(shelf.store, [by_text["Write the guide."]], "done", ANA, NOW, state="done")
    return shelf


def by_quote(labels: dict[str, Any]) -> dict[str, Any]:
    return {item["quote"]: item for item in labels["items"]}


def test_what_was_confirmed_or_done_is_required_and_what_nobody_saw_is_optional() -> None:
    """A rejected item is no label at all, and a passage of two kinds is one label."""
    (labels,) = export_labels(corrected().store)
    told = by_quote(labels)
    assert set(told) == {"We agreed to move to OpenSearch.", "Perhaps rewrite it all.", "Write the guide."}
    assert told["Perhaps rewrite it all."]["optional"] == [] and told["Write the guide."]["optional"] == []
    both_kinds = told["We agreed to move to OpenSearch."]
    assert sorted(both_kinds["kinds"]) == sorted(both_kinds["optional"]) == ["action", "decision"]
    assert both_kinds["owners"] == ["Christian"] and told["Write the guide."]["owners"] == ["team"]


def test_a_recap_that_nobody_touched_has_no_labels() -> None:
    """Only what a human said teaches anything."""
    assert [labels["cycle"] for labels in export_labels(corrected().store)] == ["xena"]


def test_the_command_prints_one_recap_a_line(tmp_path: Path) -> None:
    """`recapbot export --format labels` gives JSON lines, none of an empty database."""
    database = tmp_path / "a.db"
    from bot.store.database import Store

    Store(database).close()
    told = CliRunner().invoke(main, ["export", "--db", str(database), "--format", "labels"])
    assert (told.exit_code, told.output) == (0, "")
    shelf = corrected()
    shelf.store.backup(tmp_path / "b.db")
    told = CliRunner().invoke(main, ["export", "--db", str(tmp_path / "b.db"), "--format", "labels"])
    assert [json.loads(line)["cycle"] for line in told.output.splitlines()] == ["xena"]
