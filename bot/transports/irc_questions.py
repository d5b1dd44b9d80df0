"""From what somebody says to what the bot answers: a PRIVMSG becomes a Request, the Reply becomes lines in the queue.

Rules: only people are answered (never a server, a bot, ourselves, or what is only played back); identity is what the
server vouches for, never the nick; nothing that a handler does reaches the connection.
Answers are PRIVMSGs, as ptgbot's are: many clients show a NOTICE in another window or colour, where a room does not
read it. Loops, against which NOTICE is meant, are kept away by never answering NOTICEs, bots or our own words, and by
`bot.commands.misses`.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.config import IrcNetwork
from bot.messages import Reply, Request, Role, UserError
from bot.transports import wire
from bot.transports.irc_channels import Channels
from bot.transports.irc_connection import LINE
from bot.transports.irc_lines import Features, Message
from bot.transports.irc_people import People
from bot.transports.irc_queue import MAX_QUESTIONS, Post, Verdict
from bot.transports.irc_registration import ACCOUNTS, Me, Registration
from bot.transports.irc_replay import Replay
from bot.transports.irc_sender import Sender
from bot.transports.irc_timing import Timing

log = logging.getLogger(__name__)

Handler = Callable[[Request], Reply | None]

BOT_TAGS = ("bot", "draft/bot", "inspircd.org/bot")
SIGNS = "+~#!"
"""What a command in a room may begin with."""
TOO_MANY = f"Too many at once: {MAX_QUESTIONS} of your questions are waiting. Ask again when they are answered."
SORRY = "Something went wrong with that. It is in the bot's log."
CTCP_LENGTH = 60
"""Characters of a CTCP PING that are sent back."""
OWN_WORDS = 32
"""Direct messages of ours that are remembered, to know them when they are sent back."""


@dataclass(frozen=True, slots=True)
class Network:
    """What a connection knows, for those who answer."""

    name: str
    settings: IrcNetwork
    me: Me
    features: Features
    people: People
    channels: Channels
    registration: Registration
    replay: Replay
    sender: Sender


class Questions:
    """Answers people over one connection."""

    def __init__(
        self,
        network: Network,
        handle: Handler,
        clock: Callable[[], datetime],
        reply_to_ctcp: Callable[[str, str], None],
        timing: Timing,
    ) -> None:
        self._network, self._handle, self._clock, self._timing = network, handle, clock, timing
        self._reply_to_ctcp = reply_to_ctcp
        self._loop = asyncio.get_running_loop()
        self._ctcp_at = -timing.ctcp_every
        self._said: deque[tuple[str, str, float]] = deque(maxlen=OWN_WORDS)
        self._work: set[asyncio.Task[None]] = set()
        self.open = True
        """Whether questions are taken."""

    def receive(self, message: Message) -> None:
        """Take a PRIVMSG."""
        net, nick = self._network, message.source.nick
        target, text = message.params[0], message.params[1]
        fold = net.features.fold
        direct = fold(target) == fold(net.me.nick)
        room = None if direct else net.channels.spelling(target)
        if not self.open or not (direct or (room and net.people.has(target))) or not self._is_person(message):
            return
        if net.replay.is_old(message):
            log.debug("%s: not obeyed, only played back: %r", net.name, text)
        elif text.startswith("\x01"):
            self._ctcp(nick, text.strip("\x01"), direct)
        elif plain := wire.unformatted(text).strip() or (text.strip() if direct else ""):
            account = self._account(message)
            if not (direct and self._is_echo(nick, plain)) and self._is_welcome(nick, room, plain):
                self._answer(self._request(nick, room, plain, account))

    async def settled(self) -> None:
        """Return once no long work is going on."""
        while self._work:
            await asyncio.wait(self._work)

    def close(self) -> None:
        """Answer nothing more."""
        self.open = False
        for task in self._work:
            task.cancel()

    def pieces(self, target: str, lines: Sequence[str], *, keep: tuple[str, ...] = (), in_room: bool) -> deque[str]:
        """The lines as they go on the wire: cut to what arrives whole, and in a room without a highlight of anyone."""
        room = LINE - len(f": PRIVMSG {target} :".encode()) - self._network.me.prefix()
        nicks = self._network.people.nicks(target) if in_room else set()
        keep = (*keep, self._network.me.nick, self._network.settings.nick)  # `recapbot: help` must work when copied
        return deque(piece for line in lines for piece in wire.split(wire.without_pings(line, nicks, keep), room))

    # --- who asks -----------------------------------------------------------------------------------------------

    def _is_person(self, message: Message) -> bool:
        net, nick = self._network, message.source.nick
        key = net.features.fold(nick)
        if message.source.is_server or nick.startswith("*") or key == net.features.fold(net.me.nick):
            return False
        bots = {net.features.fold(bot) for bot in net.settings.bots}
        return key not in bots and not any(tag in message.tags for tag in BOT_TAGS)

    def _account(self, message: Message) -> str | None:
        """The account behind this very line; where the server does not say so line by line, the one it last told of."""
        net, nick = self._network, message.source.nick
        if "account-tag" in net.registration.caps:
            account = message.tags.get("account") or None
            net.people.log_in(nick, account or "*")
            return account
        return net.people.account(nick) if "account-notify" in net.registration.caps else None

    def _request(self, nick: str, room: str | None, text: str, account: str | None) -> Request:
        net = self._network
        return Request(
            text=text,
            nick=nick,
            now=self._clock(),
            network=net.name,
            room=room,
            account=account,
            role=net.people.role(room, nick) if room else Role.USER,
            has_accounts=any(cap in net.registration.offered for cap in ACCOUNTS),
            own_names=tuple(dict.fromkeys((net.me.nick, net.settings.nick))),
        )

    # --- what is answered ---------------------------------------------------------------------------------------

    def _is_welcome(self, nick: str, room: str | None, text: str) -> bool:
        """Whether one more line of this person is handled. Only what may be a question is ever refused."""
        net = self._network
        names = (net.me.nick.casefold(), net.settings.nick.casefold())
        if room and text[0] not in SIGNS and not text.casefold().startswith(names):
            return True
        person = net.features.fold(nick)
        verdict = net.sender.waiting.ask(person)
        if verdict is Verdict.REFUSED:
            lines = self.pieces(
                room or nick, (f"{nick}: {TOO_MANY}" if room else TOO_MANY,), keep=(nick,), in_room=bool(room)
            )
            # Counted apart from the person, whose many waiting lines it would else stand behind.
            net.sender.answer(Post(room or nick, lines, f"{person} refused", bool(room)))
        return verdict is Verdict.TAKEN

    def _answer(self, request: Request) -> None:
        try:
            reply = self._handle(request)
        except UserError as error:
            reply = Reply((str(error),))
        except Exception:
            log.exception("%s: no answer to %r of %r", self._network.name, request.text, request.nick)
            # In a room it may have been no question at all: silence there, once and for all lines.
            reply = None if request.room else Reply((SORRY,))
        if reply is None:
            return
        self._queue(request, reply)
        if reply.later:
            held = Post(request.nick, deque(), self._network.features.fold(request.nick), question=True)
            self._network.sender.waiting.hold(held)
            task = self._loop.create_task(self._finish(request, reply, held))
            self._work.add(task)
            task.add_done_callback(self._work.discard)

    async def _finish(self, request: Request, reply: Reply, held: Post) -> None:
        """Do the long work that a reply announced, and say what came of it in the same place; it may announce more."""
        try:
            while reply.later:
                reply = await self._outcome(request, reply.later, reply.private)
                self._queue(request, reply, nick=held.target)
        finally:
            self._network.sender.waiting.release(held)

    async def _outcome(self, request: Request, later: Callable[[], Awaitable[Reply]], private: bool) -> Reply:
        try:
            return await later()
        except UserError as error:
            return Reply((str(error),), private=private)
        except Exception:
            log.exception("%s: no end to %r of %r", self._network.name, request.text, request.nick)
            return Reply((SORRY,), private=private)

    def _queue(self, request: Request, reply: Reply, nick: str = "") -> None:
        net, nick = self._network, nick or request.nick
        in_room = request.room is not None and not reply.private
        target = request.room if request.room and in_room else nick
        lines = self.pieces(target, reply.lines, keep=(nick,), in_room=in_room)
        if not in_room:
            if request.text in lines:
                return  # our own answer came back from something that answers by itself
            self._said.extend((net.features.fold(nick), line, self._loop.time()) for line in lines)
        if lines and not net.sender.answer(Post(target, lines, net.features.fold(nick), in_room, question=True)):
            log.warning(
                "%s: too much waits to be sent; the answer to %r of %r is dropped", net.name, request.text, nick
            )

    # --- machines -----------------------------------------------------------------------------------------------

    def _is_echo(self, nick: str, text: str) -> bool:
        """Whether a direct message only repeats what we said to its sender a moment ago."""
        since = self._loop.time() - self._timing.echo
        key = self._network.features.fold(nick)
        return any(said.strip() == text and at >= since for to, said, at in self._said if to == key)

    def _ctcp(self, nick: str, text: str, direct: bool) -> None:
        """Answer VERSION and PING, sparingly; nothing else, and nobody in a room."""
        kind, _, rest = text.partition(" ")
        answer = {"VERSION": "VERSION recapbot", "PING": f"PING {rest[:CTCP_LENGTH]}"}.get(kind.upper())
        now = self._loop.time()
        if direct and answer and now - self._ctcp_at >= self._timing.ctcp_every:
            self._ctcp_at = now
            self._network.sender.pay()
            self._reply_to_ctcp(nick, answer)
