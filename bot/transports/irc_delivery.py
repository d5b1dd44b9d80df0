"""Reminders, with proof: sent, followed by a PING, and taken once its PONG is back.

A server handles the lines of a connection in order, so a refusal (404, 401 …) comes before the PONG, and the PONG says
that the server has taken every line. It needs no capability. Servers answer PINGs in order too: one that does not
repeat our token answers the oldest.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.transports.irc_queue import Post
from bot.transports.irc_sender import Sender
from bot.transports.wire import Undeliverable

REFUSALS = {
    **{code: True for code in ("401", "403", "404", "408", "415", "439", "442", "477", "486", "489", "531", "716")},
    **{code: False for code in ("407", "411", "412", "413", "414", "417")},
}
"""Numerics that refuse a message -> whether trying later may help."""
UNANSWERED = 100
"""PINGs remembered; a server that leaves more of them unanswered will not answer the oldest."""


class Pings:
    """Our PINGs, and what to do when each is answered."""

    def __init__(self, send: Callable[[str], None]) -> None:
        self._send = send
        self._number = 0
        self._open: deque[tuple[str, Callable[[], None]]] = deque(maxlen=UNANSWERED)

    def ask(self, answered: Callable[[], None]) -> None:
        """Send a PING."""
        self._number += 1
        token = f"recapbot-{self._number}"
        self._open.append((token, answered))
        self._send(f"PING :{token}")

    def pong(self, token: str) -> None:
        """A PONG came: it answers its PING and all before."""
        known = any(token == each for each, _ in self._open)
        while self._open:
            each, answered = self._open.popleft()
            answered()
            if each == token or not known:
                return


@dataclass(eq=False, slots=True)
class _Delivery:
    post: Post
    done: asyncio.Future[None]
    refusals: int = 0
    reason: str = ""
    retry: bool = True


class Deliveries:
    """The reminders on their way over one connection."""

    def __init__(self, sender: Sender, pings: Pings, fold: Callable[[str], str], patience: float) -> None:
        self._sender, self._pings, self._fold, self._patience = sender, pings, fold, patience
        self._open: list[_Delivery] = []

    async def deliver(self, target: str, pieces: Sequence[str], *, in_room: bool) -> None:
        """Send the lines; return once the server has taken them all. Raises Undeliverable."""
        loop = asyncio.get_running_loop()
        post = Post(target, deque(pieces), "" if in_room else self._fold(target), in_room)
        delivery = _Delivery(post, loop.create_future())
        post.gone = lambda: self._pings.ask(lambda: self._taken(delivery))
        self._open.append(delivery)
        timer = loop.call_later(self._patience, self._too_late, delivery)
        try:
            self._sender.remind(post)
            await delivery.done
        finally:
            timer.cancel()
            self._open.remove(delivery)
            self._sender.waiting.withdraw(post)

    def refused(self, code: str, params: Sequence[str]) -> bool:
        """A message was refused; whether it was a reminder's. Servers differ in where they name the target."""
        named = {self._fold(word) for word in params[:-1]}
        for delivery in self._open:
            post = delivery.post
            if delivery.refusals < post.sent and self._fold(post.target) in named:
                delivery.refusals += 1
                delivery.reason, delivery.retry = f"{code} {params[-1]}", REFUSALS[code]
                if self._sender.waiting.withdraw(post) and post.gone:
                    post.gone()  # the rest need not go; the PONG still says what became of what went
                return True
        return False

    def hurry(self) -> None:
        """We are about to leave: what has begun is finished, what has not is left for the next time."""
        for delivery in [each for each in self._open if not each.post.sent and not each.done.done()]:
            delivery.done.set_exception(Undeliverable("the bot is stopping", retry=True))
            self._sender.waiting.withdraw(delivery.post)
        self._sender.hurry()

    async def settled(self) -> None:
        """Return once nothing is on its way."""
        while self._open:
            await asyncio.wait([delivery.done for delivery in self._open])
            await asyncio.sleep(0)  # let `deliver` take itself out

    def close(self) -> None:
        """The connection is gone: what was sent and not acknowledged may have arrived."""
        for delivery in self._open:
            if not delivery.done.done():
                gone = Undeliverable("the connection was lost", retry=True, perhaps=delivery.post.sent > 0)
                delivery.done.set_exception(gone)

    def _taken(self, delivery: _Delivery) -> None:
        if delivery.done.done():
            return
        if delivery.refusals:
            perhaps = delivery.refusals < delivery.post.sent
            delivery.done.set_exception(Undeliverable(delivery.reason, retry=delivery.retry, perhaps=perhaps))
        else:
            delivery.done.set_result(None)

    def _too_late(self, delivery: _Delivery) -> None:
        if not delivery.done.done():
            late = Undeliverable("it did not get its turn in time", retry=True, perhaps=delivery.post.sent > 0)
            delivery.done.set_exception(late)
