"""The one queue through which a connection sends: what goes next, and when.

Rules, in this order:
1. PONG, our own signs of life and what logs us in go at once; they are paid for afterwards.
2. What the connection needs (JOIN, MODE) goes before answers, answers before reminders, and those before what may wait
   (WHO).
3. In a room, each answer's first line goes before anyone's second.
4. The person with the fewest waiting lines goes first; among equals, who asked first.
5. A person has at most ten questions waiting; one more is refused, once until nothing of theirs waits any more.
Whatever waits, waits for a token: `burst` lines at once, `rate` a second after that. No method blocks or sleeps, and a
line whose turn it is leaves within the call that queued it. One queue lives as long as one connection.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

MAX_QUESTIONS = 10
"""Waiting questions a person may have."""
MAX_LINES = 5000
"""Waiting lines of all people together: some hours of sending, and a bound to what strangers can make us hold."""

NEWCOMER = 10
"""Lines that a new connection may send at once: InspIRCd's threshold. Logging in takes up to seven of them."""


class Verdict(Enum):
    """Whether one more question of a person is taken."""

    TAKEN = "taken"
    REFUSED = "refused"
    """Say so to them, once."""
    IGNORED = "ignored"
    """They have been told."""


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


@dataclass(eq=False, slots=True)
class Post:
    """Lines for one target: an answer or a reminder."""

    target: str
    lines: deque[str]
    person: str = ""
    """Who asked, or whom a reminder by direct message is for; empty for a reminder to a room."""
    in_room: bool = False
    question: bool = False
    """Whether it counts among the person's waiting questions."""
    gone: Callable[[], None] | None = None
    """Called when the last line has gone."""
    sent: int = 0
    number: int = 0


@dataclass(slots=True)
class _Asker:
    questions: int = 0
    lines: int = 0
    refused: bool = False


class Waiting:
    """What waits, and which line goes next. No clock and no wire here."""

    def __init__(self) -> None:
        self._answers: list[Post] = []
        self._reminders: deque[Post] = deque()
        self._held: list[Post] = []
        self._askers: dict[str, _Asker] = {}
        self._number = 0
        self.lines = 0
        """Waiting lines of answers."""

    def __bool__(self) -> bool:
        return bool(self._answers or self._reminders)

    def ask(self, person: str) -> Verdict:
        """Whether another question of this person is taken now."""
        asker = self._askers.get(person)
        if asker is None or asker.questions < MAX_QUESTIONS:
            return Verdict.TAKEN
        if asker.refused:
            return Verdict.IGNORED
        asker.refused = True
        return Verdict.REFUSED

    def hold(self, post: Post) -> None:
        """A question is being worked on: it counts as waiting, and its post follows the person, until `release`."""
        self._held.append(post)
        self._askers.setdefault(post.person, _Asker()).questions += post.question

    def release(self, post: Post) -> None:
        """The work is done."""
        if post in self._held:
            self._held.remove(post)
            asker = self._askers[post.person]
            asker.questions -= post.question
            self._settle(post.person, asker)

    def answer(self, post: Post) -> bool:
        """Take an answer. False when too much waits already."""
        if not post.lines or self.lines + len(post.lines) > MAX_LINES:
            return False
        self._number += 1
        post.number = self._number
        asker = self._askers.setdefault(post.person, _Asker())
        asker.questions += post.question
        asker.lines += len(post.lines)
        self.lines += len(post.lines)
        self._answers.append(post)
        return True

    def remind(self, post: Post) -> None:
        """Take a reminder."""
        self._reminders.append(post)

    def take(self) -> tuple[Post, str] | None:
        """The line that goes next, and whose it is; None when nothing waits."""
        if not self._answers:
            return self._take_reminder() if self._reminders else None
        opening = {post.target for post in self._answers if post.in_room and not post.sent}
        post = min(
            (post for post in self._answers if not (post.sent and post.in_room and post.target in opening)),
            key=lambda post: (self._askers[post.person].lines, post.number),
        )
        asker = self._askers[post.person]
        asker.lines -= 1
        self.lines -= 1
        post.sent += 1
        line = post.lines.popleft()
        if not post.lines:
            self._answers.remove(post)
            asker.questions -= post.question
            self._settle(post.person, asker)
        return post, line

    def take_begun(self) -> tuple[Post, str] | None:
        """The next line of a reminder that has begun; None when none has."""
        return self._take_reminder() if self._reminders and self._reminders[0].sent else None

    def _take_reminder(self) -> tuple[Post, str]:
        post = self._reminders[0]
        post.sent += 1
        line = post.lines.popleft()
        if not post.lines:
            self._reminders.popleft()
        return post, line

    def rename(self, old: str, new: str, nick: str) -> None:
        """A person is known by another key and nick now: answers and reminders follow them."""
        for post in (*self._answers, *self._reminders, *self._held):
            if post.person == old:
                post.person = new
                post.target = post.target if post.in_room else nick
        if asker := self._askers.pop(old, None):
            other = self._askers.get(new, _Asker())
            self._askers[new] = _Asker(
                asker.questions + other.questions, asker.lines + other.lines, asker.refused or other.refused
            )

    def withdraw(self, post: Post) -> bool:
        """Take out what need not be sent any more; False when it is no longer here."""
        if post in self._reminders:
            self._reminders.remove(post)
        elif post in self._answers:
            self._answers.remove(post)
            asker = self._askers[post.person]
            asker.questions -= post.question
            asker.lines -= len(post.lines)
            self.lines -= len(post.lines)
            self._settle(post.person, asker)
        else:
            return False
        return True

    def absent(self, person: str) -> None:
        """A person cannot be reached: their answers by direct message need not go."""
        for post in [post for post in self._answers if post.person == person and not post.in_room]:
            self.withdraw(post)

    def _settle(self, person: str, asker: _Asker) -> None:
        if not asker.questions and not asker.lines:
            self._askers.pop(person, None)


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
        self._bucket.take(self._loop.time(), cost)
        self._write(line)

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

    def finish_reminder(self) -> None:
        """Send the rest of a reminder that has begun, at once and ahead of all: half of one helps nobody."""
        while taken := self.waiting.take_begun():
            self._send(*taken)

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
