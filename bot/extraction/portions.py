"""A recap in portions, as a language model is asked about it: its blocks with what stands around them.

Pure: text in, text out. Only blocks that may hold items are in a portion: no headings of their own, code, quotes of
others, references or signatures.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import groupby, islice
from typing import Any

from bot.extraction.structure import passages
from bot.model import Block, ReadRecap

LONGEST = 8_000
"""Characters of a portion's blocks, with what stands around each: some 2,000 tokens, where many a model at home has
4,000 for question and answer. A longer block the bot reads itself."""
MOST = 50
"""Portions of one recap; the longest recap known has 13. The rest is left to the bot itself: each is a request."""


@dataclass(frozen=True, slots=True)
class Part:
    """A block and the sentence that leads in the list that it stands in."""

    block: Block
    lead: str


@dataclass(frozen=True, slots=True)
class Portion:
    """Blocks that are asked about together, in their order."""

    parts: tuple[Part, ...]
    text: str
    """What is sent: JSON, so that nothing in a block can be taken for what stands around it."""


@cache
def instructions() -> str:
    """What the model is told to do with each portion."""
    return (files("bot.extraction") / "data" / "instructions.txt").read_text(encoding="utf-8")


def portions(recap: ReadRecap) -> list[Portion]:
    """The portions of a recap in order, at most MOST."""
    return [Portion(parts, _text(recap, parts)) for parts in islice(_batches(recap), MOST)]


def _batches(recap: ReadRecap) -> Iterator[tuple[Part, ...]]:
    batch: list[Part] = []
    size = 0
    for _, own in groupby(passages(recap.document.blocks), key=lambda passage: passage.block.start):
        first = next(own)
        part = Part(first.block, first.lead)
        length = len(_json(_told(part)))
        if length > LONGEST:
            continue
        if size + length > LONGEST:
            yield tuple(batch)
            batch, size = [], 0
        batch.append(part)
        size += length
    if batch:
        yield tuple(batch)


def _text(recap: ReadRecap, parts: Sequence[Part]) -> str:
    about = {"title": recap.title, "author": recap.author, "event": recap.event, "teams": recap.teams}
    return _json({**about, "blocks": [_told(part) for part in parts]})


def _told(part: Part) -> dict[str, Any]:
    lead = {"lead-in": part.lead} if part.lead else {}
    return {"headings": part.block.path, **lead, "text": part.block.text}


def _json(told: Any) -> str:
    return json.dumps(told, ensure_ascii=False)
