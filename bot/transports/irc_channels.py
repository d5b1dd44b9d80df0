"""The channels we belong to: joined after every connection, come back to after a kick or a refusal, within limits.

Rule: only channels of the configuration. Into any other (a server may put us there) we do not speak and do not stay.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence

from bot.transports.irc_lines import Features
from bot.transports.irc_timing import Timing

log = logging.getLogger(__name__)

JOIN_REFUSED = ("403", "405", "437", "470", "471", "473", "474", "475", "476", "477", "480", "489", "520")
LONGEST_JOIN = 400
"""Bytes of channel names in one JOIN."""


class Channels:
    """Joins and rejoins. `send` takes a line and what it costs of the sending allowance."""

    def __init__(
        self,
        network: str,
        wanted: Sequence[str],
        features: Features,
        send: Callable[[str, float], None],
        timing: Timing,
    ) -> None:
        self._network, self._wanted, self._features, self._send, self._timing = network, wanted, features, send, timing
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._kicks: dict[str, list[float]] = {}
        """When we were thrown out of a channel lately."""
        self._refusals: dict[str, int] = {}

    def spelling(self, channel: str) -> str | None:
        """A channel of the configuration as it is spelled there; None for any other."""
        key = self._features.fold(channel)
        return next((name for name in self._wanted if self._features.fold(name) == key), None)

    def join_all(self) -> None:
        """Join every channel, several with one line where the server takes that."""
        at_once = self._targets()
        group: list[str] = []
        for channel in self._wanted:
            if group and (len(group) >= at_once or len(",".join([*group, channel]).encode()) > LONGEST_JOIN):
                self._join(group)
                group = []
            group.append(channel)
        if group:
            self._join(group)

    def joined(self, channel: str) -> bool:
        """We are in; False when we should not be, and leave."""
        if self.spelling(channel) is None:
            log.warning("%s: put into %r, which is not in the configuration; leaving it", self._network, channel)
            self._send(f"PART {channel}", 1)
            return False
        key = self._features.fold(channel)
        self._refusals.pop(key, None)
        if timer := self._timers.pop(key, None):
            timer.cancel()
        return True

    def kicked(self, channel: str, by: str, reason: str) -> None:
        """We were thrown out: come back after a while, later each time, then wait to be invited."""
        now, key = asyncio.get_running_loop().time(), self._features.fold(channel)
        before = [at for at in self._kicks.get(key, ()) if now - at < self._timing.forgiven]
        self._kicks[key] = [*before, now]
        kicks, back = len(before), len(before) < len(self._timing.kicked)
        outlook = f"back in {self._timing.kicked[kicks]:g} s" if back else "staying out until invited"
        log.warning("%s: thrown out of %s by %r (%r): %s", self._network, channel, by, reason, outlook)
        if back:
            self._later(channel, self._timing.kicked[kicks])

    def refused(self, channel: str, reason: str) -> None:
        """A JOIN was refused: try again from time to time, for a ban ends and an invitation comes."""
        if self.spelling(channel) is None:
            return
        key = self._features.fold(channel)
        times = self._refusals.get(key, 0)
        self._refusals[key] = times + 1
        wait = self._timing.refused[min(times, len(self._timing.refused) - 1)]
        log.warning("%s: cannot join %s (%r): next try in %g s", self._network, channel, reason, wait)
        self._later(channel, wait)

    def invited(self, channel: str) -> None:
        """Somebody asked us in: welcome where the configuration wants us."""
        if name := self.spelling(channel):
            self._kicks.pop(self._features.fold(name), None)
            self._join([name])

    def close(self) -> None:
        """Try nothing more."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    def _later(self, channel: str, wait: float) -> None:
        key = self._features.fold(channel)
        if timer := self._timers.pop(key, None):
            timer.cancel()
        self._timers[key] = asyncio.get_running_loop().call_later(wait, self._join, [self.spelling(channel) or channel])

    def _join(self, channels: Sequence[str]) -> None:
        self._send(f"JOIN {','.join(channels)}", 2)  # InspIRCd counts a JOIN twice

    def _targets(self) -> int:
        """How many channels one JOIN may name."""
        for limit in self._features.tokens.get("TARGMAX", "").split(","):
            command, _, number = limit.partition(":")
            if command.upper() == "JOIN" and number.isascii() and number.isdigit():
                return max(int(number[:6]), 1)
        return 10
