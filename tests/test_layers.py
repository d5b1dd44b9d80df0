"""The order of the house: what may import what, read from the map in `bot/__init__.py` itself."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import bot

ROOT = Path(bot.__file__).parent
LAYERS = re.findall(r"^    (\w+) {2,}\S", bot.__doc__ or "", re.MULTILINE)
"""The map, from the top."""

ALONE = {
    "sqlite_utils": {"schema", "store", "queries"},
    "pysqlite3": {"store"},
    "apscheduler": {"scheduler"},
    "irc": {"transports", "demo_server"},
    "nio": {"transports"},
    "openai": {"language_model"},
}
"""A library that only these may import, so that replacing it is the work of one place."""

SEE_ONLY = {"transports": {"messages", "mailbox", "config"}, "model": set(), "messages": set()}
"""Who sees even less than the order allows."""


def layer_of(path: Path) -> str:
    """The line of the map that a file belongs to. `python -m bot` is the command line's."""
    name = path.relative_to(ROOT).with_suffix("").parts[0]
    return "cli" if name == "__main__" else name


def modules() -> list[Path]:
    """Every file of the bot but the map."""
    return [path for path in sorted(ROOT.rglob("*.py")) if path != ROOT / "__init__.py"]


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """(line, dotted name) of everything that a file imports, wherever in the file that stands."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, name.name) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}:{node.lineno} imports relatively: nobody sees from where"
            if node.module == "bot":
                yield from ((node.lineno, f"bot.{name.name}") for name in node.names)
            else:
                yield node.lineno, node.module or ""


def faults(path: Path) -> Iterator[str]:
    """What a file imports and should not."""
    layer = layer_of(path)
    for line, name in imports(path):
        library, _, rest = name.partition(".")
        other = rest.partition(".")[0]
        where = f"{path.relative_to(ROOT.parent)}:{line} imports {name}"
        if library != "bot":
            if layer not in ALONE.get(library, {layer}):
                yield f"{where}, which is for {', '.join(sorted(ALONE[library])) or 'nobody'}"
        elif other in LAYERS and other != layer:
            if layer not in LAYERS or LAYERS.index(other) > LAYERS.index(layer):
                yield f"{where}, which stands below {layer}"
            elif other not in SEE_ONLY.get(layer, {other}):
                yield f"{where}, but {layer} sees only {', '.join(sorted(SEE_ONLY[layer])) or 'itself'}"


def test_the_map_names_every_module() -> None:
    """The map in bot/__init__.py is whole, and names nothing that is gone."""
    assert {layer_of(path) for path in modules()} == set(LAYERS)
    assert len(LAYERS) == len(set(LAYERS))


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_imports_only_what_stands_above_it(path: Path) -> None:
    """Nothing imports from below its own line, and what only one place may use is used there."""
    assert list(faults(path)) == []


def test_a_fault_would_be_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The walk sees an import from below, a library in the wrong place and a glance past the seam, at any depth."""
    monkeypatch.setattr("tests.test_layers.ROOT", tmp_path / "bot")
    module = tmp_path / "bot" / "transports" / "irc.py"
    module.parent.mkdir(parents=True)
    module.write_text(
        "import irc.client\nfrom bot import messages\n\n\ndef late():\n"
        "    from bot.app import run\n    from bot.store.database import Store\n    import apscheduler\n"
    )
    assert [fault.partition(", ")[0].partition(" imports ")[2] for fault in faults(module)] == [
        "bot.app",
        "bot.store.database",
        "apscheduler",
    ]
