"""The labelled recaps beside this repository, and marked ones (as in tools/written), read and matched with labels."""

import csv
import importlib.util
import json
import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import Any

import ftfy

from bot.extraction.features import Seen, see
from bot.extraction.items import readable_passages
from bot.extraction.structure import Passage
from bot.model import Document, Kind
from bot.recaps.reading import NotARecap, read_document

GROUPS = ("seeds", "more", "one-reader")
WRITTEN = Path("tools/written")
ENCODER_LEFT_OUT = Path("tools/encoder_out_of_fold.tsv")
"""What the encoder said of passages without having seen their author."""
_MARKER = re.compile(r"\{\{([DAQdaq]+)(?:@([^:{}]*))?:(.*?)\}\}", re.S)
_LETTERS = {"d": Kind.DECISION.value, "a": Kind.ACTION.value, "q": Kind.QUESTION.value}
HOUSES = {
    "Kata Containers": "Ildiko Vancsa (ildikov)",
    "Hai Tao Wang, Yong Hu": "Ildiko Vancsa (ildikov)",
    "cloud-init team": "Joshua Powers",
    "James Ramsay": "Taylor Blau",
}
"""Authors who write for one blog or series, in one style: left out together."""


@dataclass(frozen=True)
class Recap:
    """One labelled recap: where it is, who wrote it how, and its labels."""

    path: Path
    group: str
    author: str
    format: str
    gold: dict[str, Any]


@dataclass(frozen=True)
class Labelled:
    """One labelled recap: its passages, and for each kind how likely each is right (None: only optionally)."""

    name: str
    text: str
    author: str
    seen: list[Seen]
    right: dict[Kind, list[float | None]]
    found: dict[Kind, list[list[int]]]
    """Which required labels each passage would find."""
    wanted: dict[Kind, int]


@cache
def scorer(shared: Path) -> ModuleType:
    """tools/score_extraction.py of the shared folder, whose way of matching is ours."""
    spec = importlib.util.spec_from_file_location("score_extraction", shared / "tools" / "score_extraction.py")
    if spec is None or spec.loader is None:
        raise SystemExit(f"no score_extraction.py in {shared / 'tools'}")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def recaps_of(shared: Path, group: str) -> Iterator[Recap]:
    """The labelled recaps of one folder."""
    with (shared / "recaps" / "INDEX.tsv").open(encoding="utf-8") as index:
        rows = {row["file"]: row for row in csv.DictReader(index, delimiter="\t")}
    for path in sorted((shared / "gold" / group).glob("*.json")):
        gold = json.loads(path.read_text(encoding="utf-8"))
        name = gold["document"]
        row = rows.get(name, {"author": name, "format": "plain text"})
        author = HOUSES.get(row["author"], row["author"])
        yield Recap(shared / ("seeds" if group == "seeds" else "recaps") / name, group, author, row["format"], gold)


def labelled(shared: Path, group: str) -> list[Labelled]:
    """The recaps of one folder with their passages matched; one that the reader refuses is left out."""
    found = []
    for recap in recaps_of(shared, group):
        try:
            document = read_document(recap.path.read_bytes(), recap.path.name)[0]
        except NotARecap as refusal:
            print(f"{recap.path.name}: left out: {refusal}")
            continue
        found.append(matched(document, recap, scorer(shared)))
    return found


def marked(shared: Path, folder: Path = WRITTEN) -> list[Labelled]:
    """The marked recaps of a folder, each by an author of its own; the README of tools/written says how to mark."""
    found = []
    for path in sorted(folder.rglob("[0-9]*")):
        text, items = unmarked(path.read_text(encoding="utf-8"))
        recap = Recap(path, "marked", path.name, path.suffix, {"items": items})
        try:
            document = read_document(text.encode(), path.name)[0]
        except NotARecap as refusal:
            print(f"{path.name}: left out: {refusal}")
            continue
        one = matched(document, recap, scorer(shared))
        reached = {kind: len({label for labels in one.found[kind] for label in labels}) for kind in Kind}
        if lost := sum(one.wanted[kind] - reached[kind] for kind in Kind):
            print(f"{path.name}: {lost} labels meet no passage")
        found.append(one)
    return found


def unmarked(told: str) -> tuple[str, list[dict[str, Any]]]:
    """The text of an invented recap without its markers, and what they say, in the form of the labels."""
    items = [
        {
            "kinds": [_LETTERS[letter.lower()] for letter in letters],
            "optional": [_LETTERS[letter] for letter in letters if letter.islower()],
            "owners": [owner.strip() for owner in owners.split(",") if owner.strip()],
            "quote": quote,
        }
        for letters, owners, quote in _MARKER.findall(told)
    ]
    return _MARKER.sub(r"\3", told), items


def matched(document: Document, recap: Recap, score: ModuleType) -> Labelled:
    """A recap with its passages matched against its labels."""
    seen = [see(passage) for passage in readable_passages(document)]
    items = recap.gold["items"]
    right: dict[Kind, list[float | None]] = {kind: [] for kind in Kind}
    finds: dict[Kind, list[list[int]]] = {kind: [] for kind in Kind}
    for near in met(document, [one.passage for one in seen], items, score):
        for kind in Kind:
            of_kind = [n for n in near if kind.value in items[n]["kinds"]]
            required = [n for n in of_kind if kind.value not in items[n]["optional"]]
            right[kind].append(1.0 if required else None if of_kind else 0.0)
            finds[kind].append(required)
    wanted = {
        kind: sum(kind.value in item["kinds"] and kind.value not in item["optional"] for item in items) for kind in Kind
    }
    return Labelled(recap.path.name, document.text, recap.author, seen, right, finds, wanted)


def met(
    document: Document, passages: Sequence[Passage], items: Sequence[dict[str, Any]], score: ModuleType
) -> list[list[int]]:
    """For each passage which labels it meets, by score_extraction.py's rule."""
    places = [match.start() for match in re.finditer(r"[a-z0-9]+", document.text.lower())]
    words = score.tokens(document.text)
    labels = []
    for n, item in enumerate(items):
        where = score.locate(score.tokens(ftfy.fix_text(item["quote"])), words)
        where = where or score.locate(score.tokens(item["quote"]), words)
        if where is not None:
            labels.append((n, where))
    spans = [tuple(bisect_left(places, place) for place in passage.span) for passage in passages]
    return [[n for n, where in labels if end > start and score.overlaps((start, end), where)] for start, end in spans]


def passage_key(passage: Passage, text: str) -> str:
    """What stands for a passage in tools/out_of_fold.tsv: a hash of its place and its words."""
    start, end = passage.span
    return sha256(f"{start} {text[start:end]}".encode()).hexdigest()[:16]
