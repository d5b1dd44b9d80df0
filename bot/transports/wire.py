"""What a transport promises the rest of the bot, and the pure rules of lines and limits."""

from collections.abc import Sequence
from typing import Protocol


class Undeliverable(Exception):
    """A message that the server refused or that cannot be sent. `retry` says whether trying later may help."""

    def __init__(self, reason: str, *, retry: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry = retry


class Transport(Protocol):
    """A connection to one network. It turns wire into `Request`, calls the handler it was given, sends the `Reply`."""

    name: str
    """The network's name in the configuration."""

    @property
    def connected(self) -> bool:
        """Registered with the server and able to send."""
        ...

    async def run(self) -> None:
        """Serve until `stop`; reconnects by itself and never raises for what the network does."""
        ...

    async def stop(self) -> None:
        """Finish what is in flight, then leave politely (10 s at most)."""
        ...

    async def deliver(self, target: str, lines: Sequence[str]) -> None:
        """Send a reminder to a room or nick; returns once the server has taken every line. Raises Undeliverable."""
        ...

    def nick_of(self, account: str) -> str | None:
        """The nick under which an account is seen now, or None."""
        ...

    def status(self) -> str:
        """One line for `status`."""
        ...
