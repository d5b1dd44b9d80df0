"""The invented recaps that the reader learns from: marked as their README says, and read like any other."""

from pathlib import Path

import pytest

from bot.recaps.reading import read_document
from tools.labelled import WRITTEN, unmarked

RECAPS = sorted((Path(__file__).parent.parent / WRITTEN).glob("[0-9]*"))


def test_markers_become_labels() -> None:
    """The text is what stands between the markers, and each says its kinds, which of them are optional, and owners."""
    text, items = unmarked("Well. {{DA@Ann Bell, infra team:We drop X,\nand Ann tells users.}} {{dQ:Or Y?}} Tea.")
    assert text == "Well. We drop X,\nand Ann tells users. Or Y? Tea."
    assert items == [
        {
            "kinds": ["decision", "action"],
            "optional": [],
            "owners": ["Ann Bell", "infra team"],
            "quote": "We drop X,\nand Ann tells users.",
        },
        {"kinds": ["decision", "question"], "optional": ["decision"], "owners": [], "quote": "Or Y?"},
    ]


@pytest.mark.parametrize("path", RECAPS, ids=lambda path: path.stem)
def test_each_is_marked_and_read(path: Path) -> None:
    """No marker is left in the text, and the reader takes it for one recap with blocks."""
    text, items = unmarked(path.read_text(encoding="utf-8"))
    assert "{{" not in text and "}}" not in text and items
    (document,) = read_document(text.encode(), path.name)
    assert document.blocks
