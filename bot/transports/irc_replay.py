"""What is said now, and what is only played back: an old command is never obeyed again.

A line is replayed when it is part of a batch of history, when the server stamped it before we came (to the network, or
to that channel: stamps are compared with the server's own stamps where there are any), or when it follows the notice by
which servers and bouncers announce a playback, until everything that was on its way has arrived. One `Replay` lives
as long as one connection.
"""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

from bot.transports.irc_lines import Message

SLACK = timedelta(seconds=5)
"""How far the clocks of a network's servers may differ."""
LIVE_BATCHES = ("netjoin", "netsplit", "labeled-response")
"""Batches that do not hold old messages."""
OPEN_BATCHES = 100
"""More than this at once is a broken server."""
ANNOUNCED = re.compile(r"\b(replay|play ?back|buffer)", re.IGNORECASE)
COMPLETE = re.compile(r"\bplay ?back complete", re.IGNORECASE)


def stamp(message: Message) -> datetime | None:
    """When the server says that this was said."""
    try:
        at = datetime.fromisoformat(message.tags["time"])
    except (KeyError, ValueError):
        return None
    return at if at.tzinfo else None


class Replay:
    """Tells old messages from new ones. `fold` gives the key of a name, `now` is when the connection began."""

    def __init__(self, fold: Callable[[str], str], now: datetime) -> None:
        self._fold = fold
        self._since = now
        self._joined: dict[str, datetime] = {}
        self._playing: set[str] = set()
        self._batches: set[str] = set()
        """References of open batches that hold old messages."""

    def welcomed(self, message: Message) -> None:
        """The server let us in."""
        self._since = stamp(message) or self._since

    def joined(self, channel: str, message: Message, now: datetime) -> None:
        """We came into a channel."""
        self._joined[self._fold(channel)] = stamp(message) or now

    def batch(self, message: Message) -> None:
        """A batch begins (`+reference type …`) or ends (`-reference`)."""
        reference = message.params[0]
        if reference.startswith("-"):
            self._batches.discard(reference[1:])
        elif message.params[1] not in LIVE_BATCHES or message.tags.get("batch") in self._batches:
            if len(self._batches) < OPEN_BATCHES:
                self._batches.add(reference[1:])

    def announced(self, message: Message) -> str | None:
        """The channel or nick of which a server or bouncer now plays back what was said; the caller says when it is
        `over`. People cannot announce: they have a mask, and no nick of a person begins with a star."""
        bouncer = message.source.nick.startswith("*")
        if not (message.source.is_server or bouncer) or not ANNOUNCED.search(message.params[1]):
            return None
        key = self._fold(message.params[0])
        if COMPLETE.search(message.params[1]):
            self._playing.discard(key)
            return None
        self._playing.add(key)
        return key

    def over(self, key: str) -> None:
        """All that was played back has arrived."""
        self._playing.discard(key)

    def is_old(self, message: Message) -> bool:
        """Whether this message (to a channel or to us) is only played back."""
        key = self._fold(message.params[0])
        if message.tags.get("batch") in self._batches or key in self._playing:
            return True
        said = stamp(message)
        return said is not None and said < self._joined.get(key, self._since) - SLACK
