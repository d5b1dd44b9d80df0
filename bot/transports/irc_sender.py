"""When lines leave: the one way out of a connection, at the pace that servers bear.

Rules, in this order:
1. PONG, our own signs of life and what logs us in go at once; they are paid for afterwards.
2. What the connection needs (JOIN, MODE) goes before answers and reminders (`irc_queue`); what may wait (WHO), after.
3. Whatever waits, waits for a token: `burst` lines at once, `rate` a second after that.
No method blocks or sleeps, and a line whose turn it is leaves within the call that queued it. One `Sender` lives as
long as one connection.
"""

import asyncio
from collections import deque
from collections.abc import Callable

from bot.transports.irc_queue import Post, Waiting

NEWCOMER = 10
"""Lines that a new connection may send at once: InspIRCd's threshold. Logging in takes up to seven of them."""


class Bucket:
    """Tokens: NEWCOMER at first, for registration; `rate` more a second up to `burst`. A debt is possible."""

    def __init__(self, burst: int, rate: float, now: float) -> None:
        self._burst, self._rate = burst, rate
        self._tokens, self._at = float(max(burst, NEWCOMER)), now

    def wait(self, now: float) -> float:
        """Seconds until a line may go; 0 when it may go now."""
        self._refill(now)
        return 0.0 if self._tokens >= 1 else (1 - self._tokens) / self._rate

    def take(self, now: float, cost: float = 1) -> None:
        """Pay for a line, if need be with what is not there yet."""
        self._refill(now)
        self._tokens = max(self._tokens - cost, -NEWCOMER)

    def _refill(self, now: float) -> None:
        if self._tokens < self._burst:
            self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
        self._at = now


class Sender:
    """Sends what waits as the tokens allow. `write` puts one line on the wire."""

    def __init__(self, write: Callable[[str], None], burst: int, rate: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._write = write
        self._bucket = Bucket(burst, rate, self._loop.time())
        self._control: deque[tuple[str, float]] = deque()
        self._idly: deque[str] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._idle = asyncio.Event()
        self._idle.set()
        self.waiting = Waiting()

    def urgent(self, line: str, cost: float = 1) -> None:
        """Send at once: PONG, signs of life, what registration says."""
        self.pay(cost)
        self._write(line)

    def pay(self, cost: float = 1) -> None:
        """Count a line that goes past the queue: the answer to a CTCP, the only one with control characters."""
        self._bucket.take(self._loop.time(), cost)

    def control(self, line: str, cost: float = 1) -> None:
        """Send what the connection needs, as soon as a token is there."""
        self._control.append((line, cost))
        self.pump()

    def answer(self, post: Post) -> bool:
        """Queue an answer. False when too much waits, or it is empty."""
        taken = self.waiting.answer(post)
        self.pump()
        return taken

    def remind(self, post: Post) -> None:
        """Queue a reminder."""
        self.waiting.remind(post)
        self.pump()

    def idly(self, line: str) -> None:
        """Send when nothing else waits."""
        self._idly.append(line)
        self.pump()

    def pump(self) -> None:
        """Send all that may go now, and come back when more may."""
        if self._timer is not None:
            return
        while self._control or self.waiting or self._idly:
            if delay := self._bucket.wait(self._loop.time()):
                self._idle.clear()
                self._timer = self._loop.call_later(delay, self._resume)
                return
            self._send_next()
        self._idle.set()

    async def drained(self) -> None:
        """Return once nothing waits."""
        await self._idle.wait()

    def hurry(self) -> None:
        """The end is near: only people are served any more. The rest of a reminder that has begun goes at once and
        ahead of all, for half of one helps nobody."""
        self._control.clear()
        self._idly.clear()
        while taken := self.waiting.take_begun():
            self._send(*taken)
        if not self.waiting:
            self._idle.set()

    def close(self) -> None:
        """Send nothing more."""
        if self._timer is not None:
            self._timer.cancel()
        self._control.clear()
        self._idly.clear()
        self.waiting = Waiting()
        self._idle.set()

    def _resume(self) -> None:
        self._timer = None
        self.pump()

    def _send_next(self) -> None:
        if self._control:
            line, cost = self._control.popleft()
            self._bucket.take(self._loop.time(), cost)
            self._write(line)
        elif taken := self.waiting.take():
            self._send(*taken)
        else:
            self.urgent(self._idly.popleft())

    def _send(self, post: Post, text: str) -> None:
        self._bucket.take(self._loop.time())
        self._write(f"PRIVMSG {post.target} :{text}")
        if post.gone and not post.lines:
            post.gone()
