"""What waits to be said over a connection, and which line goes next.

Rules, in this order:
1. Answers go before reminders.
2. In a room, each answer's first line goes before anyone's second.
3. The person with the fewest waiting lines goes first; among equals, who asked first.
4. A person has at most ten questions waiting; one more is refused, once until nothing of theirs waits any more.
No clock and no wire here; `irc_sender` says when a line may go.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

MAX_QUESTIONS = 10
"""Waiting questions a person may have."""
MAX_LINES = 5000
"""Waiting lines of all people together: some hours of sending, and a bound to what strangers can make us hold."""


class Verdict(Enum):
    """Whether one more question of a person is taken."""

    TAKEN = "taken"
    REFUSED = "refused"
    """Say so to them, once."""
    IGNORED = "ignored"
    """They have been told."""


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
    """Answers and reminders that have not gone yet."""

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
