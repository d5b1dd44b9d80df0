"""How long the IRC transport waits for what, and when it tries again. No clock here."""

import random
from collections.abc import Callable
from dataclasses import dataclass

PROMPT_TRIES = 5
"""Tries at most a second apart: a server that restarts is back within seconds."""
LONGEST_WAIT = 300.0
STABLE = 300.0
"""Seconds of service after which a lost connection counts as the first one."""
SERVED = 9
"""Tries that a connection which had served, however briefly, counts for at most: then about half a minute passes."""


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds. Tests shorten them; nobody else needs to."""

    connect: float = 15
    register: float = 60
    sasl: float = 15
    ping_every: float = 30
    dead_after: float = 60
    """Without a byte from the server."""
    regain_every: float = 60
    """Between tries to get the configured nick back."""
    kicked: tuple[float, ...] = (5, 60, 300)
    """Before coming back after the first, second, third kick; after one more we stay out until invited."""
    forgiven: float = 3600
    """After which a kick is forgotten: a bot that is thrown out now and then, over months, is still wanted."""
    refused: tuple[float, ...] = (30, 300)
    """Before trying again to join a channel that refused us; the last one for ever."""
    delivery: float = 300
    """For a reminder to get its turn."""
    drain: float = 7
    """At the end, for what still waits."""
    quit: float = 2
    """For the server to close after QUIT."""
    ctcp_every: float = 5
    echo: float = 2
    """A direct message that repeats our own words within this time is a machine's."""


class Backoff:
    """When to try to connect again: five times at most a second apart, then 2, 4, 8 … 300 s, varied by a fifth."""

    def __init__(self, vary: Callable[[], float] = random.random) -> None:
        self._vary = vary
        self._tries = 0

    def hold(self) -> None:
        """Leave the prompt tries out: the server refused our login, and will do so again."""
        self._tries = max(self._tries, SERVED)

    def wait(self, served: float | None) -> float:
        """Seconds to wait now. `served` is how long the lost connection was registered; None if it never was."""
        if served is not None:
            self._tries = 0 if served >= STABLE else min(self._tries, SERVED)
        self._tries += 1
        if self._tries <= PROMPT_TRIES:
            return 0.75 + 0.2 * self._vary()
        return float(min(LONGEST_WAIT, 2 ** (self._tries - PROMPT_TRIES) * (0.8 + 0.4 * self._vary())))
