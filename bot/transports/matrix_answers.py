"""From an event of the inbox to what the bot answers: every event once, and whatever it was, the next one is handled.

Rules: a command's changes, its answer and that it is done are one transaction; a right counts only where the sender
had it when they spoke and has it now; an id from a bridge proves nobody; an edit is not obeyed.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.config import MatrixNetwork
from bot.mailbox import Incoming, Journal, Kind, Outgoing
from bot.messages import Reply, Request, Role, UserError
from bot.transports.matrix_events import (
    edited,
    localpart_of,
    matches,
    own_names,
    reacted,
    spoken,
    thread_of,
)
from bot.transports.matrix_format import LINES, labels, notice
from bot.transports.matrix_places import Places

log = logging.getLogger(__name__)

Handler = Callable[[Request], Reply | None]

SORRY = "Something went wrong with that. It is in the bot's log."
INTERRUPTED = "I was stopped while I worked on that; please say it again."
EDITED = "I do not follow edits: what you said first is done and stands. `{undo}` takes it back."
REMOVED = "That {what} is gone, but not what it changed: `{undo}` takes it back."
UNREADABLE = (
    "I could not decrypt your message: your client did not give me its key. Please say it again; if that does not"
    " help, log out of your client and in again."
)
UNREADABLE_HERE = "I could not decrypt a message of {name} here. If it was for me, please say it again."

WORDS = {"✅": "done {}", "✔": "done {}", "☑": "done {}", "💤": "snooze {} 1 week", "🙋": "take {}", "❌": "reject {}"}
"""What a reaction to an item says in words; skin and sex of a 🙋 do not count."""
NAMED = 12
"""Items that are named where a reaction could be to any of them; of more it is said how many."""
TRIES = 30
"""Tries a second apart to handle an event that the database refuses, before it is passed over."""


@dataclass(slots=True)
class _Work:
    """What became of one event."""

    request: Request | None = None
    reply: Reply | None = None
    messages: list[Outgoing] = field(default_factory=list)


class Answers:
    """Handles what one account heard. `wake` says that something new stands in the outbox; `busy` (room, whether)
    shows there that the bot is at work."""

    def __init__(
        self,
        name: str,
        settings: MatrixNetwork,
        journal: Journal,
        places: Places,
        handle: Handler,
        clock: Callable[[], datetime],
        wake: Callable[[], None],
        busy: Callable[[str, bool], None],
    ) -> None:
        self._name, self._settings, self._journal, self._places = name, settings, journal, places
        self._handle, self._clock, self._wake, self._busy = handle, clock, wake, busy
        self._work: set[asyncio.Task[None]] = set()

    async def take(self, event: Incoming) -> bool:
        """Handle an event; whether it was answered. Whatever goes wrong ends here."""
        work = _Work()

        def do() -> Sequence[Outgoing]:
            nonlocal work
            work = _Work()  # a try before this one may have left something in it
            self._do(event, work)
            return work.messages

        if not await self._kept(event, do, lambda: work.reply is not None and work.reply.later is not None):
            return False
        if work.messages:
            self._wake()
        if work.request and work.reply and work.reply.later:
            task = asyncio.create_task(self._go_on(event, work.request, work.reply))
            self._work.add(task)
            task.add_done_callback(self._work.discard)
        return bool(work.messages)

    async def settled(self) -> None:
        """Return once no long work is going on."""
        while self._work:
            await asyncio.wait(self._work)

    def close(self) -> None:
        """Long work is given up; the next start says so."""
        for task in self._work:
            task.cancel()

    def tell_interrupted(self) -> None:
        """Answer those whose long work an earlier process did not end."""
        for event in self._journal.interrupted():
            self._journal.finish(event, [self._message(event, (INTERRUPTED,))])

    async def _kept(self, event: Incoming, do: Callable[[], Sequence[Outgoing]], goes_on: Callable[[], bool]) -> bool:
        """Whether the event was handled; one that cannot be is passed over."""
        for attempt in range(TRIES):
            try:
                self._journal.handle(event, do, goes_on=goes_on)
                return True
            except UserError as error:
                if attempt in (0, TRIES - 1):
                    log.error("%s: an event cannot be handled now: %s", self._name, error)
                await asyncio.sleep(1)
            except Exception:
                log.exception("%s: an event is passed over: %s of %s", self._name, event.event_id, event.sender)
                break
        try:
            self._journal.handle(event, tuple, goes_on=bool)
        except UserError as error:
            log.error("%s: an event cannot be passed over: %s", self._name, error)
        return False

    async def _go_on(self, event: Incoming, request: Request, first: Reply) -> None:
        """Do the long work that a reply announced, and say what came of it in the same place."""
        reply: Reply | None = first
        self._busy(event.room_id, True)
        messages: list[Outgoing] = []
        while reply is not None and reply.later is not None:
            private = reply.private
            try:
                reply = await reply.later()
            except UserError as error:
                reply = Reply((str(error),), private=private)
            except Exception:
                log.exception("%s: no end to %r of %s", self._name, request.text, event.sender)
                reply = Reply((SORRY,), private=private)
            messages.append(self._message(event, reply.lines, private=reply.private))
            for message in messages[:-1]:
                self._journal.post(message)
            messages = messages[-1:]
        self._busy(event.room_id, False)
        self._journal.finish(event, messages)
        self._wake()

    # --- what an event is answered ----------------------------------------------------------------------------------

    def _do(self, event: Incoming, work: _Work) -> None:
        if event.sender == self._places.me or matches(event.sender, self._settings.bots):
            return
        if not self._places.is_in(event.room_id):
            return
        if event.kind is Kind.MESSAGE:
            names = self._names(event.room_id)
            self._answer(event, spoken(event.content, names, self._places.me), work)
        elif event.kind is Kind.REACTION:
            self._react(event, work)
        elif event.kind is Kind.EDIT:
            self._hint(event, edited(event.content), EDITED, work)
        elif event.kind is Kind.REDACTION:
            self._hint(event, str(event.content.get("redacts")), REMOVED, work)
        elif event.kind is Kind.UNREADABLE:
            self._unreadable(event, work)

    def _answer(self, event: Incoming, text: str, work: _Work) -> None:
        if not text:
            return
        work.request = self._request(event, text)
        try:
            work.reply = self._handle(work.request)
        except UserError as error:
            work.reply = Reply((str(error),))
        except Exception:
            log.exception("%s: no answer to %r of %s", self._name, text, event.sender)
            work.reply = None if work.request.room else Reply((SORRY,))
        if work.reply is not None:
            work.messages.append(self._message(event, work.reply.lines, private=work.reply.private))

    def _react(self, event: Incoming, work: _Work) -> None:
        """A reaction to a message of ours that shows items says what the words say."""
        reaction = reacted(event.content)
        words = WORDS.get(reaction.sign[:1]) if reaction else None
        if reaction is None or words is None:
            return
        shown = self._journal.labels(event.room_id, reaction.to)
        if len(shown) > 1:
            more = f" and {len(shown) - NAMED} more" if len(shown) > NAMED else ""
            named = f"{', '.join(shown[:NAMED])}{more}"
            line = f"That message shows {len(shown)} items: {named}. Say which one in words."
            work.messages.append(self._message(event, (line,)))
        elif shown:
            ids = shown[0].split("/")
            if not words.startswith("reject"):
                ids = [each for each in ids if each.startswith("A")] or ids
            self._answer(event, f"{self._places.me}: {words.format(' '.join(ids))}", work)

    def _hint(self, event: Incoming, target: str | None, sentence: str, work: _Work) -> None:
        """What to do about a command that changed something, when its sender edits or removes it."""
        known = self._journal.answered(event.room_id, target) if target else None
        if known and known.changed and known.sender == event.sender:
            what = "reaction" if known.kind is Kind.REACTION else "message"
            # In a room a bare `undo` would meet silence, and which signs count there is not known here: a name always.
            alone = self._places.other(event.room_id) is not None
            undo = "undo" if alone else f"{localpart_of(self._places.me)}: undo"
            work.messages.append(self._message(event, (sentence.format(what=what, undo=undo),)))

    def _unreadable(self, event: Incoming, work: _Work) -> None:
        """Say so once a day and room: where several are, only they know whether it was for us."""
        direct = self._places.other(event.room_id) is not None
        name = localpart_of(event.sender)
        line = UNREADABLE if direct else UNREADABLE_HERE.format(name=name)
        key = f"unreadable {event.room_id} {self._clock().date().isoformat()}"
        work.messages.append(self._message(event, (line,), key=key))

    # --- requests and messages --------------------------------------------------------------------------------------

    def _names(self, room_id: str) -> tuple[str, ...]:
        return own_names(self._places.me, self._places.state(room_id).display_name(self._places.me))

    def _request(self, event: Incoming, text: str) -> Request:
        direct = self._places.other(event.room_id) is not None
        bridged = matches(event.sender, self._settings.bridged)
        return Request(
            text=text,
            nick=localpart_of(event.sender),
            now=self._clock(),
            network=self._name,
            room=None if direct else self._places.name(event.room_id),
            account=None if bridged else event.sender,
            role=Role.USER if direct or bridged else self._role(event),
            has_accounts=True,
            own_names=self._names(event.room_id),
            page=LINES if self._settings.fold else None,
            reactions=True,
        )

    def _place(self, event: Incoming) -> tuple[str, str | None]:
        """The message that an answer replies to, and the thread it belongs in.

        Clients cannot show a reply to a reaction, an edit or a redaction: what those are about stands for them.
        """
        target = None
        if event.kind is Kind.REACTION:
            reaction = reacted(event.content)
            target = reaction.to if reaction else None
        elif event.kind is Kind.EDIT:
            target = edited(event.content)
        elif event.kind is Kind.REDACTION:
            target = str(event.content.get("redacts"))
        if target is None:
            return event.event_id, thread_of(event.content)
        return target, self._journal.thread(event.room_id, target)

    def _role(self, event: Incoming) -> Role:
        now = self._places.role(event.room_id, event.sender)
        return now if event.role is None else min(now, Role(event.role))

    def _message(
        self, event: Incoming, lines: Sequence[str], *, private: bool = False, key: str | None = None
    ) -> Outgoing:
        """An answer to an event, in its place and thread; a private one where only its sender reads it."""
        direct = self._places.other(event.room_id) is not None
        about, thread = self._place(event)
        answers = about if thread or not direct else None
        elsewhere = private and not direct
        content = notice(lines, answers=None if elsewhere else answers, thread=None if elsewhere else thread)
        return Outgoing(
            room_id="" if elsewhere else event.room_id,
            content=content,
            labels=labels(lines),
            person=event.sender if private or direct else None,
            key=key,
        )
