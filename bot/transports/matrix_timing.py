"""How long the Matrix transport waits for what, and when it tries again. No clock here."""

import random
from collections.abc import Callable
from dataclasses import dataclass

PROMPT_TRIES = 3
PATIENT_TRIES = 200
LONGEST_WAIT = 30.0
SOON = 3.0
"""Seconds between tries while an outage is young: a homeserver that is back is met within five seconds."""


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds. Tests shorten them; nobody else needs to."""

    sync: float = 30
    """A sync waits so long for something to happen."""
    delivery: float = 60
    """For a reminder to be taken."""
    drain: float = 7
    """At the end, for what still waits."""
    key: float = 10
    """For the key of a message that cannot be read yet."""
    receipt: float = 1
    """Between an answer and the receipt for its question."""
    made: float = 60
    """For a sync to show somebody in the room that was made for them."""
    unsure: float = 10
    """For a sync to show a room whose making was not answered, if it was made."""
    rejoin: float = 300
    """Between tries to join a room of the configuration that refuses us."""
    kicked: tuple[float, ...] = (5, 60, 300)
    """Before each return to a room of the configuration that threw us out; after them we wait to be invited."""
    forgiven: float = 3600
    """After which a return is forgotten: a bot that is thrown out now and then, over months, is still wanted."""
    forget: float = 30 * 86_400
    """After that, what was done is forgotten."""
    sure: float = 23 * 3600
    """So long a homeserver knows a transaction again; what is older is looked for before it is sent."""
    longest_wait: float = 120
    """However long a homeserver asks to wait."""


class Backoff:
    """When to try again: at once a second apart, then every three seconds for ten minutes, then every
    thirty."""

    def __init__(self, vary: Callable[[], float] = random.random) -> None:
        self._vary = vary
        self._tries = 0

    def reset(self) -> None:
        """It worked."""
        self._tries = 0

    def wait(self, asked: float | None = None, longest: float = 120) -> float:
        """Seconds to wait now; what the other side asked for, within limits, if that is longer."""
        self._tries += 1
        usual = 0.75 if self._tries <= PROMPT_TRIES else SOON if self._tries <= PATIENT_TRIES else LONGEST_WAIT
        return max(usual * (0.8 + 0.4 * self._vary()), min(asked or 0.0, longest))
