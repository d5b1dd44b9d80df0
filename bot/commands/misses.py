"""How often somebody is told in a minute that they were not understood: a few times, then no more of it.

What answers every message of ours by itself would else be answered for ever: two machines, neither of which
understands the other. They say the same again and again; people try something else. Whoever is understood begins anew.
"""

from collections import OrderedDict
from dataclasses import replace
from datetime import datetime, timedelta

from bot.messages import CONSOLE, Reply, Request

SAME = 2
"""Times within `WITHIN` that a person is told of the same word that is none of ours."""

MOST = 10
"""Times that they are told of any word, or of a command said wrongly."""

WITHIN = timedelta(minutes=1)

PEOPLE = 1000
"""People who are remembered, the latest ones."""

LAST = "I say so no more within this minute; a command that works is answered."
"""What the last reply before the silence ends with."""

_Key = tuple[str, str]


class Misses:
    """What people were told of misses lately, and when."""

    def __init__(self) -> None:
        self._told: OrderedDict[_Key, tuple[tuple[datetime, Reply], ...]] = OrderedDict()

    def told(self, request: Request, reply: Reply, *, word: bool) -> Reply | None:
        """The reply to what was not understood, or None for silence where they were told so often enough.

        `word`: whether it was no command at all. At the console nobody answers by itself.
        """
        if request.network == CONSOLE:
            return reply
        key = _key(request)
        before = tuple(each for each in self._told.pop(key, ()) if abs(request.now - each[0]) < WITHIN)
        alike = sum(said == reply for _, said in before) if word else 0
        silent = alike >= SAME or len(before) >= MOST
        self._told[key] = before if silent else (*before, (request.now, reply))
        while len(self._told) > PEOPLE:
            self._told.popitem(last=False)
        if silent:
            return None
        if word and alike + 1 == SAME or len(before) + 1 == MOST:
            *lines, last = reply.lines
            return replace(reply, lines=(*lines, f"{last} {LAST}"))
        return reply

    def understood(self, request: Request) -> None:
        """The person said something that has an answer: they are no machine that repeats itself."""
        self._told.pop(_key(request), None)


def _key(request: Request) -> _Key:
    return request.network, (request.account or f"~{request.nick}").casefold()
