"""Reads the ids that a command is given, and finds their items: `A12, a15 and ACTION-17 with words`, `D4/A12`.

Of a pair of ids the one that the command is for is meant; where it is for both, both are.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from bot.commands.registry import Call
from bot.messages import UserError
from bot.model import Item, Kind
from bot.queries.items import by_label
from bot.queries.labels import LETTERS, Label, read_label

MANY = 50
"""Ids that one command may be given."""

UNCHANGED = " Nothing was changed."
"""Ends a refusal of some of the things named, where one might think that the others went through."""

Thing = TypeVar("Thing")
Found = TypeVar("Found")

_NEXT = re.compile(
    rf"(and\s+|&\s*)?((?:{'|'.join(LETTERS.values())})\s+#?\d+|[^\s,;]+?)(?=[\s,;:]|$)([\s,;:]*)", re.IGNORECASE
)


def split_ids(args: str, kind: Kind | None = None) -> tuple[list[tuple[Label, ...]], str]:
    """The ids that `args` begin with, each as the word it is (a pair is one word), and the text after them.

    A colon ends them: what follows is the text, whatever it begins with. Where a `kind` is given, an id of another one
    after the first belongs to the text already, save where it is listed: behind "and" or a comma, or before that colon.
    """
    rest = args.strip()
    found: list[tuple[Label, ...]] = []
    comma = False
    while match := _NEXT.match(rest):
        labels = read_label(re.sub(r"\s+#?", "-", match[2]))
        listed = match[1] or comma or ":" in match[3]
        if not labels or (found and kind and not listed and kind not in [label.kind for label in labels]):
            break
        found.append(labels)
        rest, comma = rest[match.end() :], "," in match[3]
        if ":" in match[3]:
            break
    return found, rest


def items_of(call: Call, ids: Sequence[tuple[Label, ...]], kinds: Sequence[Kind]) -> list[Item]:
    """The items of those ids that a command for `kinds` means, each once.

    Raises UserError for an id that is missing, is not of that kind, or whose item is no longer there.
    """
    if not ids:
        raise UserError(f"Say which, by id: `{call.sign}{call.word} {kinds[0].letter}12`.")
    if len(ids) > MANY:
        raise UserError(f"That is {len(ids)} ids at once; {MANY} are the most.")
    found = every(ids, lambda labels: _meant(call, labels, kinds))
    return list({item.id: item for items in found for item in items}.values())


def every(things: Iterable[Thing], check: Callable[[Thing], Found]) -> list[Found]:
    """What `check` gives for each, of which all change or none. Raises the first UserError that it raises."""
    found, refusals = [], []
    for thing in things:
        try:
            found.append(check(thing))
        except UserError as error:
            refusals.append(error)
    if refusals:
        raise UserError(f"{refusals[0]}{UNCHANGED if found else ''}")
    return found


def _meant(call: Call, labels: tuple[Label, ...], kinds: Sequence[Kind]) -> list[Item]:
    fitting = [label for label in labels if label.kind in kinds]
    if not fitting:
        raise UserError(_unfit(call, labels[0], kinds))
    found = []
    for label in fitting:
        item = by_label(call.store, str(label))
        if item is None:
            raise UserError(f"There is no {label}.")
        if item.presence == "withdrawn":
            raise UserError(f"{label} is withdrawn: its recap no longer holds it, or it was taken back.")
        found.append(item)
    return found


def _unfit(call: Call, label: Label, kinds: Sequence[Kind]) -> str:
    """The sentence about an id of the wrong kind, with the twin that may have been meant."""
    wanted = " and ".join(f"{kind.value}s" for kind in kinds)
    item = by_label(call.store, str(label)) if label.kind else None
    twin = read_label(item.twin)[0] if item is not None and item.twin else None
    hint = f" Its passage is also {twin}." if twin is not None and twin.kind in kinds else ""
    noun = LETTERS[label.letter]
    return f"{label} is {'an' if noun[0] == 'a' else 'a'} {noun}; `{call.sign}{call.word}` is for {wanted}.{hint}"
