"""What a language model answered about a portion of a recap: JSON in, items out, and nothing that is not in the text.

A quote is an item only where it stands in one block, word for word; white space may differ. Owners must be named there,
and when it is due the bot reads from the words there. So whatever a model says, or a recap makes it say, comes to
passages of the recap itself.
"""

import json
import math
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.extraction.due import read_due
from bot.extraction.items import FAINT, LONGEST, Places
from bot.extraction.owners import borne_out
from bot.extraction.portions import Part, Portion
from bot.extraction.structure import reporting_team
from bot.model import Document, Kind, ReadItem, ReadRecap
from bot.recaps.reading import whole

REASON = "language model"
"""What `explain` says of such an item."""


class Unusable(Exception):
    """The answer is not what was asked for; its text says in what way."""


@dataclass(slots=True)
class Answer:
    """The items of a portion, and how many more were named that do not stand there, or are no items at all."""

    items: list[ReadItem] = field(default_factory=list)
    dropped: int = 0


def read_answer(content: str, portion: Portion, recap: ReadRecap) -> Answer:
    """The items that an answer names, checked against the portion that was asked about.

    Raises Unusable where it is not JSON of the shape asked for, and where nothing that it quotes stands there.
    """
    told = _items(content)
    answer = Answer()
    places = Places(recap.document.links, recap.sessions)
    for each in told:
        item = _checked(each, portion.parts, recap, places, answer.items)
        if item is None:
            answer.dropped += 1
        elif item.confidence >= FAINT and not any(_double(item, other) for other in answer.items):
            answer.items.append(item)
    if told and answer.dropped == len(told):
        raise Unusable("nothing that it quotes stands in the text")
    return answer


def _items(content: str) -> list[Any]:
    """The list of items, also out of a fenced block; several models cannot be kept from one."""
    fenced = re.fullmatch(r"\s*```\w*\n(.*)```\s*", content, re.DOTALL)
    try:
        told = json.loads(fenced[1] if fenced else content)
    except (ValueError, RecursionError):
        raise Unusable("it answered with no JSON") from None
    items = told.get("items") if isinstance(told, dict) else None
    if not isinstance(items, list):
        raise Unusable("it answered with JSON of another shape")
    return items


def _checked(
    told: Any, parts: Sequence[Part], recap: ReadRecap, places: Places, known: Sequence[ReadItem]
) -> ReadItem | None:
    """The item that an entry of the answer names; None where it is none, or does not stand in the text.

    `known` are the items of the entries before it.
    """
    if not isinstance(told, dict):
        return None
    kind, sure = told.get("kind"), _confidence(told.get("confidence"))
    if kind not in list(Kind) or sure is None:
        return None
    taken = {item.start for item in known if item.kind == kind}
    found = _find(told.get("quote"), parts, recap.document, taken)
    if found is None:
        return None
    part, text, (first, last) = found
    action = kind == Kind.ACTION
    return ReadItem(
        Kind(kind),
        first,
        last,
        recap.document.text[first:last],
        text,
        owners=_owners(told.get("owners"), part, recap) if action else (),
        due=_due(told.get("due"), text, part, recap) if action else None,
        links=places.links(first, last),
        session=places.session(first),
        confidence=round(sure, 3),
        reason=REASON,
    )


def _confidence(told: Any) -> float | None:
    if isinstance(told, bool) or not isinstance(told, int | float):
        return None
    if isinstance(told, float) and math.isnan(told):  # an int may be too great to be asked
        return None
    return float(min(1, max(0, told)))


def _find(
    quote: Any, parts: Sequence[Part], document: Document, taken: Collection[int]
) -> tuple[Part, str, tuple[int, int]] | None:
    """The first block that a quote stands in, its words there, and their range in the document.

    Places in the document that are `taken` come last: words that stand in two blocks may be told twice.
    """
    words = _words(quote)
    if not 1 < len(words) <= LONGEST:
        return None
    pattern = _pattern(words)
    found = [
        (part, match[0], whole(document, part.block, *match.span()))
        for part in parts
        if (match := pattern.search(part.block.text)) is not None
    ]
    return next((each for each in found if each[2][0] not in taken), found[0] if found else None)


def _words(told: Any) -> list[str]:
    return told.split() if isinstance(told, str) else []


def _pattern(words: Sequence[str]) -> re.Pattern[str]:
    """Those words in a row, whole, with any white space between them."""
    before, behind = r"(?<!\w)" * words[0][0].isalnum(), r"(?!\w)" * words[-1][-1].isalnum()
    return re.compile(before + r"\s+".join(map(re.escape, words)) + behind)


def _owners(told: Any, part: Part, recap: ReadRecap) -> tuple[str, ...]:
    names = [name for name in told if isinstance(name, str)] if isinstance(told, list) else []
    return borne_out(
        names,
        f"{part.lead}\n{part.block.text}",
        author=recap.author,
        own_teams=recap.teams,
        section_team=reporting_team(part.block.path),
    )


def _due(told: Any, text: str, part: Part, recap: ReadRecap) -> str | None:
    """When the passage says it is due; else what the words say that the model took from the same block."""
    due = read_due(text, published=recap.published, cycle=recap.cycle)
    words = _words(told)
    if due is not None or not 0 < len(words) <= LONGEST:
        return due
    standing = _pattern(words).search(part.block.text)
    return read_due(standing[0], published=recap.published, cycle=recap.cycle) if standing else None


def _double(one: ReadItem, other: ReadItem) -> bool:
    """Whether two items are of one kind and share some of their passage."""
    return one.kind is other.kind and one.start < other.end and other.start < one.end
