"""Cuts long answers, and keeps the rest for `more`: at most 6 lines in a room, 12 in a direct message,
and as many as one message holds where the network folds it.

The rest lives in memory, for the last answer to each person in each place; losing it is harmless.
"""

import re
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from bot.commands.place import page_length
from bot.commands.registry import Call, command, nothing_more
from bot.messages import Reply, Request

PLACES = 1000
"""Answers that are kept at most, the latest ones."""

KEPT = 400
"""Lines of one answer that are kept at most."""

_ITEM = re.compile(r"[A-Z]\d+\b")

Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class _Rest:
    """The lines of an answer that were not said yet, and how many were (its head and its headings do not count)."""

    lines: tuple[str, ...]
    said: int
    rest: Callable[[], tuple[str, ...]] | None = None
    """Makes the lines after those."""


class Pages:
    """What is left of the answers given last."""

    def __init__(self) -> None:
        self._rests: OrderedDict[Key, _Rest] = OrderedDict()

    def cut(self, request: Request, reply: Reply, sign: str, *, keep: bool = False) -> Reply:
        """The reply as it may be said: a long one loses its end, and its head says how to get it.

        `sign` goes before `more` there; `keep` leaves the rest of the answer before, where this one has none.
        """
        limit = page_length(request, reply.private)
        key = _key(request, reply.private)
        if reply.rest is not None and len(reply.lines) <= limit:
            reply = replace(reply, lines=(*reply.lines, *reply.rest()), rest=None)
        if len(reply.lines) <= limit:
            if not keep:
                self._rests.pop(key, None)
            return reply
        shown, rest = list(reply.lines[:limit]), reply.lines[limit : KEPT + limit]
        head = _head_of(shown)
        count = _counted(shown[head + 1 :])
        ended = shown[head].endswith((".", ":", "!", "?"))
        more = "more" if reply.private else f"{sign}more"
        shown[head] += f"{'' if ended else '.'} First {count}; say {more}."
        self._keep(key, _Rest(rest, count, reply.rest))
        return replace(reply, lines=tuple(shown), rest=None)

    def more(self, request: Request, sign: str) -> Reply:
        """The next lines of the last answer given to that person there."""
        key = _key(request, private=False)
        rest = self._rests.pop(key, None)
        if rest is None:
            return nothing_more(request)
        count, later = page_length(request) - 1, rest.rest
        lines, left = rest.lines[:count], rest.lines[count:]
        if not left and later is not None:
            whole, later = (*rest.lines, *later())[:KEPT], None
            lines, left = whole[:count], whole[count:]
        number = _counted(lines)
        said = rest.said + number
        span = str(said) if number == 1 else f"{rest.said + 1} to {said}"
        if left:
            self._keep(key, _Rest(left, said, later))
            return Reply((f"{span}; say {sign}more.", *lines))
        return Reply((f"{span}, the last:", *lines))

    def _keep(self, key: Key, rest: _Rest) -> None:
        self._rests[key] = rest
        self._rests.move_to_end(key)
        while len(self._rests) > PLACES:
            self._rests.popitem(last=False)


@command(
    "more",
    help="Says the rest of the last answer that you were given here.",
    example="+more",
)
def more(call: Call) -> Reply:
    """The rest of the last answer."""
    return call.services.more(call.request)


def _head_of(lines: list[str]) -> int:
    """Where the head of an answer stands: right before its first item or the heading of its first part, else first.

    A note may come before it.
    """
    head = max(next((index for index, line in enumerate(lines) if _ITEM.match(line)), 1) - 1, 0)
    while head and lines[head].endswith(":"):
        head -= 1
    return head


def _counted(lines: Sequence[str]) -> int:
    """How many of the lines say something: the heading of a part does not."""
    return sum(not line.endswith(":") for line in lines)


def _key(request: Request, private: bool) -> Key:
    place = "" if private or request.room is None else request.room.casefold()
    person = request.account or f"~{request.nick.casefold()}"
    return request.network, place, person
