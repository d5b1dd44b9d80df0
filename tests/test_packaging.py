"""The wheel carries every package of the bot, and what the bot ships with."""

import tomllib
from itertools import chain
from pathlib import Path

SETTINGS = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))


def test_the_wheel_names_every_package() -> None:
    """A package that pyproject.toml does not name would be missing from an installed bot alone; folders of data are
    packages to setuptools, which warns at length of each that is not named."""
    named = {name for name in SETTINGS["tool"]["setuptools"]["packages"] if "shipped_files" not in name}
    there = {".".join(path.parent.parts) for path in Path("bot").rglob("__init__.py")}
    assert named == there | {".".join(path.parts) for path in Path("bot").rglob("data")}


def test_locks_hold_hashes_and_no_address_of_a_registry() -> None:
    """`pip install --require-hashes` checks each file; where it comes from is each machine's business."""
    for lock in (Path("requirements.lock"), Path("requirements-dev.lock")):
        text = lock.read_text(encoding="utf-8")
        assert "://" not in text and "--index" not in text and "--find-links" not in text
        pins = [line for line in text.splitlines() if "==" in line and not line.startswith((" ", "#"))]
        assert pins and all(line.endswith("\\") for line in pins)


def test_what_the_bot_needs_is_pinned() -> None:
    """No dependency without a line in the lock; what is optional has one too, so that the image lacks nothing."""
    lock = Path("requirements.lock").read_text(encoding="utf-8")
    extras = SETTINGS["project"]["optional-dependencies"].values()
    for requirement in chain(SETTINGS["project"]["dependencies"], *extras):
        name = requirement.partition(">")[0].partition("[")[0]
        assert f"\n{name}==" in f"\n{lock}", name
