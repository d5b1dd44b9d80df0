"""A second reading of the recaps that one reader labelled: what it makes of their labels.

Of `gold/seeds` and `gold/more` two or three readers labelled each recap on their own; what most marked is required,
what fewer marked is optional. The 56 recaps of `gold/one-reader` had one. In November 2026 a language model (Claude)
read them again, by the rules of `gold/README.md`, with three labelled recaps of `gold/more` as examples and without
seeing the labels of those that it read; on the recaps of several readers, which it read in the same way, its firm
labels agree with theirs at F1 .88/.90/.60 (decision, action, open question), with those on the border .87/.89/.84.
tools/second_reader.tsv holds what it said of each passage, under the passage's hash: no text.
"""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from functools import cache
from pathlib import Path

from bot.extraction.items import readable_passages
from bot.extraction.structure import Passage
from bot.model import Document, Kind
from tools.labelled import GROUPS, Labelled, Recap, labelled, met, passage_key, scorer

SECOND_READER = Path("tools/second_reader.tsv")
ONE_READER = "one-reader"
BORDER = 0.5
"""What the second reader says of a passage on the border; of others 0 or 1."""
LIKELY = {
    1.0: {0.0: 0.5, BORDER: 0.85, 1.0: 1.0},
    None: {0.0: 0.25, BORDER: 0.5, 1.0: 0.65},
    0.0: {0.0: 0.0, BORDER: 0.2, 1.0: 0.5},
}
"""How likely a passage is right, by what the labels say of it (None: optional) and then the second reader."""
WRONG, RIGHT = 0.1, 0.7
"""Up to where a passage counts as wrong and from where as right; between, readers disagree: it counts as neither."""


@cache
def second_reader() -> dict[str, dict[Kind, float]]:
    """What the second reader said of each passage, by its key (`said_of`)."""
    lines = (line.split("\t") for line in SECOND_READER.read_text(encoding="utf-8").splitlines())
    return {key: dict(zip(Kind, map(float, said), strict=True)) for key, *said in lines}


def said_of(passage: Passage, text: str) -> dict[Kind, float]:
    """What the second reader said of a passage."""
    try:
        return second_reader()[passage_key(passage, text)]
    except KeyError:
        raise SystemExit(f"Passages are cut otherwise than when {SECOND_READER} was written.") from None


def read_twice(shared: Path) -> Iterator[Labelled]:
    """All labelled recaps; those that one reader labelled with what the second says of them."""
    for group in GROUPS:
        for recap in labelled(shared, group):
            yield weighed(recap) if group == ONE_READER else recap


def weighed(recap: Labelled) -> Labelled:
    """A recap that one reader labelled with what the second says of it; what only the first labelled is not wanted."""
    said = [said_of(seen.passage, recap.text) for seen in recap.seen]
    right: dict[Kind, list[float | None]] = {}
    found, wanted = {}, {}
    for kind in Kind:
        right[kind] = [LIKELY[first][second[kind]] for first, second in zip(recap.right[kind], said, strict=True)]
        both = list(zip(recap.found[kind], said, strict=True))
        known = {label for labels, _ in both for label in labels}
        agreed_on = {label for labels, second in both if second[kind] for label in labels}
        found[kind] = [[label for label in labels if label in agreed_on] for labels in recap.found[kind]]
        wanted[kind] = recap.wanted[kind] - len(known - agreed_on)
    return replace(recap, right=right, found=found, wanted=wanted)


def settled(right: float | None) -> bool | None:
    """Whether a passage counts as right or as wrong; None where readers disagree."""
    return None if right is None or WRONG < right < RIGHT else right >= RIGHT


def agreed(recap: Recap, document: Document, shared: Path) -> Recap:
    """A recap that one reader labelled, as two label it: what only one of them marked is optional."""
    gold = deepcopy(recap.gold)
    passages = list(readable_passages(document))
    said = [said_of(passage, document.text) for passage in passages]
    meets = met(document, passages, gold["items"], scorer(shared))
    for n, item in enumerate(gold["items"]):
        by = [second for near, second in zip(meets, said, strict=True) if n in near]
        for kind in Kind:
            lonely = by and not any(second[kind] for second in by)
            if lonely and kind.value in item["kinds"] and kind.value not in item["optional"]:
                item["optional"].append(kind.value)
    marked = [{kind for n in near for kind in recap.gold["items"][n]["kinds"]} for near in meets]
    for passage, second, kinds in zip(passages, said, marked, strict=True):
        start, end = passage.span
        more = [kind.value for kind in Kind if second[kind] and kind.value not in kinds]
        if more:
            quote = document.text[start:end]
            gold["items"].append({"kinds": more, "optional": more, "owners": [], "quote": quote})
    return replace(recap, gold=gold)
