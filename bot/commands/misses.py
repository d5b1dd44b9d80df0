"""How often somebody is told in a minute that they were not understood: a few times, then no more of it.

What answers every message of ours by itself would else be answered for ever: two machines, neither of which
understands the other. Whoever is understood begins anew.
"""

from collections import OrderedDict
from dataclasses import replace
from datetime import datetime, timedelta

from bot.messages import CONSOLE, Reply, Request

WORDS = 3
"""Times within `WITHIN` that a person is told of a word that is none of ours."""

ERRORS = 10
"""The same, where they said a command, but wrongly: people try that more often."""

WITHIN = timedelta(minutes=1)

PEOPLE = 1000
"""People who are remembered, the latest ones."""

LAST = "I say so no more within this minute; a command that works is answered."
"""What the last reply before the silence ends with."""


_Key = tuple[str, str, int]
"""The network, the person, and which of the two it is."""


class Misses:
    """Who was told of a miss lately, and when."""

    def __init__(self) -> None:
        self._told: OrderedDict[_Key, tuple[datetime, ...]] = OrderedDict()

    def told(self, request: Request, reply: Reply, most: int) -> Reply | None:
        """The reply to what was not understood, or None for silence where they were told `most` times.

        At the console nobody answers by itself.
        """
        if request.network == CONSOLE:
            return reply
        key = _key(request, most)
        before = tuple(at for at in self._told.pop(key, ()) if abs(request.now - at) < WITHIN)
        if len(before) >= most:
            self._told[key] = before
            return None
        self._told[key] = (*before, request.now)
        while len(self._told) > PEOPLE:
            self._told.popitem(last=False)
        if len(before) + 1 == most:
            *lines, last = reply.lines
            return replace(reply, lines=(*lines, f"{last} {LAST}"))
        return reply

    def understood(self, request: Request) -> None:
        """The person said something that has an answer: they are no machine that repeats itself."""
        for most in (WORDS, ERRORS):
            self._told.pop(_key(request, most), None)


def _key(request: Request, most: int) -> _Key:
    return request.network, (request.account or f"~{request.nick}").casefold(), most
