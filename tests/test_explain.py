"""`recapbot explain`: a recap with what was read, for whoever wrote it."""

from pathlib import Path

from click.testing import CliRunner

from bot.cli import main
from bot.explain import COLOURS, explain_recap
from bot.extraction.recap import read_recap
from bot.model import Kind
from bot.recaps.reading import read_document

KOLLA = next((Path(__file__).parent.parent / "seeds").glob("003*.txt"))


def test_every_item_stands_below_its_passage_with_confidence_and_reason() -> None:
    """As many lines of reasons as items, each with the kind, the figure and what spoke for it."""
    read = read_recap(read_document(KOLLA.read_bytes(), KOLLA.name)[0])
    lines = [line.plain for line in explain_recap(read)]
    for item in read.items:
        sign = "" if item.confidence >= 0.5 else "?"
        assert any(f"{sign}{item.kind.value} {item.confidence:.2f}  {item.reason}" in line for line in lines)
    assert any("action" in line and "by Christian" in line for line in lines)


def test_passages_are_painted_in_the_colour_of_their_kind() -> None:
    """A firm decision stands out in the text itself."""
    read = read_recap(read_document(KOLLA.read_bytes(), KOLLA.name)[0])
    line = next(line for line in explain_recap(read) if "We agreed to keep CentOS Linux 8" in line.plain)
    assert any(COLOURS[Kind.DECISION] in str(span.style) for span in line.spans)


def test_the_command_explains_a_file_and_refuses_what_is_no_recap(tmp_path: Path) -> None:
    """It prints the whole, and one sentence where there is nothing to read."""
    told = CliRunner().invoke(main, ["explain", str(KOLLA)])
    assert (
        told.exit_code == 0 and "cue: agreed to do" in told.output and "# Letsencrypt" in told.output.replace("##", "#")
    )
    empty = tmp_path / "empty.md"
    empty.write_text("")
    assert CliRunner().invoke(main, ["explain", str(empty)]).exit_code == 1
