"""One connection from its first byte to its last: registration, then lines in, answers and reminders out.

All that is known of a connection lives here and dies with it: who is who, who may what, what waits to be sent.
A line is handled by the method that `_lines` names; what no method wants is ignored.
"""

import asyncio
import logging
import ssl
from collections.abc import Callable, Sequence
from datetime import datetime

from bot.config import IrcNetwork
from bot.transports import wire
from bot.transports.irc_channels import JOIN_REFUSED, Channels
from bot.transports.irc_connection import Connection
from bot.transports.irc_delivery import REFUSALS, Deliveries, Pings
from bot.transports.irc_lines import Features, Message
from bot.transports.irc_people import People
from bot.transports.irc_questions import Handler, Network, Questions
from bot.transports.irc_registration import Me, Regain, Registration
from bot.transports.irc_replay import Replay
from bot.transports.irc_sender import Sender
from bot.transports.irc_timing import Timing

log = logging.getLogger(__name__)

WHOX = "%tna,737"
"""What WHO is asked for: our mark, nick, account."""


class Session:
    """A connection to the network. `run` once; `leave` ends it politely."""

    def __init__(
        self, name: str, settings: IrcNetwork, handle: Handler, clock: Callable[[], datetime], timing: Timing
    ) -> None:
        self.name, self._settings, self._clock, self._timing = name, settings, clock, timing
        self._loop = asyncio.get_running_loop()
        self._connection = connection = Connection(name, self._receive, self._lost)
        self.me = Me(settings.nick)
        self.features = Features()
        self.people = People(self.features)
        self.sender = Sender(connection.send_raw, settings.burst, settings.rate)
        self._pings = Pings(self.sender.urgent)
        self._registration = Registration(name, settings, self.me, self.sender.urgent, timing)
        self._regain = Regain(settings, self.me, self.sender.control, timing)
        self._channels = Channels(name, settings.channels, self.features, self.sender.control, timing)
        self._replay = Replay(self.features.fold, clock())
        self._deliveries = Deliveries(self.sender, self._pings, self.features.fold, timing.delivery)
        known = (self.me, self.features, self.people, self._channels, self._registration, self._replay, self.sender)
        self._questions = Questions(Network(name, settings, *known), handle, clock, connection.reply_to_ctcp, timing)
        self._closed = asyncio.Event()
        self._served_since: float | None = None
        self._error = "connection closed"
        """Why the server says it ends the connection."""
        self._lines = self._table()

    @property
    def registered(self) -> bool:
        """Whether the server has let us in and the connection is up."""
        return self._served_since is not None and not self._closed.is_set()

    @property
    def rooms(self) -> list[str]:
        """The configured channels that we are in."""
        return [channel for channel in self._settings.channels if self.people.has(channel)]

    async def run(self, context: ssl.SSLContext | None) -> float | None:
        """Serve until the connection is lost or left; how many seconds it was of use, None if never.

        Raises Refused when the server does not let us in, OSError and TimeoutError when it is not reached.
        """
        watch: asyncio.Task[None] | None = None
        try:
            async with asyncio.timeout(self._timing.connect):
                await self._connection.open(self._settings, context, self._registration.open)
            watch = self._loop.create_task(self._watch())
            async with asyncio.timeout(self._timing.register):
                await self._registration.done
            self._begin()
            await self._closed.wait()
            log.info("%s: disconnected: %r", self.name, self._error)
            return self._loop.time() - (self._served_since or 0)
        finally:
            if watch:
                watch.cancel()
            self._end()

    async def deliver(self, target: str, lines: Sequence[str]) -> None:
        """Send a reminder; see `Transport.deliver`."""
        in_room = self.features.is_channel(target)
        if not wire.is_target(target):
            raise wire.Undeliverable(f"{target!r} is no channel or nick", retry=False)
        if in_room and not self.people.has(target):
            raise wire.Undeliverable(f"the bot is not in {target}", retry=True)
        await self._deliveries.deliver(target, self._questions.pieces(target, lines, in_room=in_room), in_room=in_room)

    async def leave(self) -> None:
        """Take no more questions, send what waits as far as time allows, say goodbye."""
        self._questions.open = False
        self._deliveries.hurry()
        try:
            async with asyncio.timeout(self._timing.drain):
                await self._questions.settled()
                await self.sender.drained()
                await self._deliveries.settled()
        except TimeoutError:
            log.warning("%s: left with %d lines unsaid", self.name, self.sender.waiting.lines)
        self.sender.urgent("QUIT :stopping")
        try:
            async with asyncio.timeout(self._timing.quit):
                await self._closed.wait()
        except TimeoutError:
            self._connection.abort()

    # --- the life of the connection -----------------------------------------------------------------------------

    def _begin(self) -> None:
        """We are in: say that we are a bot, see to our nick, join."""
        self._served_since, account = self._loop.time(), self.me.account
        log.info("%s: registered as %s, %s", self.name, self.me.nick, f"account {account}" if account else "no account")
        if letter := self.features.tokens.get("BOT"):
            self.sender.control(f"MODE {self.me.nick} +{letter[0]}")
        self._channels.join_all()
        self._regain.start()

    def _end(self) -> None:
        self._regain.close()
        self._channels.close()
        self._questions.close()
        self._deliveries.close()
        self.sender.close()
        self._connection.abort()
        self._registration.close(self._error)
        if not self._registration.done.cancelled():
            self._registration.done.exception()  # it has been told, or nobody waits for it any more

    def _lost(self) -> None:
        """The connection is gone."""
        self._closed.set()
        self._registration.close(self._error)

    async def _watch(self) -> None:
        """Ask the server for a sign of life; one that is silent for too long is gone, whatever TCP believes."""
        while True:
            await asyncio.sleep(min(self._timing.ping_every, self._timing.dead_after))
            silence = self._loop.time() - self._connection.heard_at
            if silence >= self._timing.dead_after:
                self._error = f"no sign of life for {silence:.0f} s"
                self._connection.abort()
                return
            self._pings.ask(lambda: None)

    # --- lines --------------------------------------------------------------------------------------------------

    def _table(self) -> dict[str, Callable[[Message], None]]:
        own: dict[str, Callable[[Message], None]] = {
            "PING": lambda message: self.sender.urgent(f"PONG :{message.params[0]}"),
            "PONG": lambda message: self._pings.pong(message.params[-1]),
            "PRIVMSG": self._on_privmsg,
            "NOTICE": self._on_notice,
            "JOIN": self._on_join,
            "PART": lambda message: self._on_leaving(message, message.params[0], message.source.nick),
            "KICK": lambda message: self._on_leaving(message, message.params[0], message.params[1]),
            "QUIT": self._on_quit,
            "NICK": self._on_nick,
            "MODE": self._on_mode,
            "ACCOUNT": lambda message: self.people.log_in(message.source.nick, message.params[0]),
            "CHGHOST": self._on_chghost,
            "BATCH": self._replay.batch,
            "INVITE": lambda message: self._channels.invited(message.params[1]),
            "ERROR": self._on_error,
            "001": self._on_welcome,
            "005": lambda message: self.features.load(message.params[1:-1]),
            "353": lambda message: self.people.names(message.params[-2], message.params[-1].split(" ")),
            "354": self._on_whox,
            "366": self._on_names_end,
            "396": self._on_own_host,
        }
        registering = "CAP AUTHENTICATE 376 422 432 433 436 437 900 901 902 903 904 905 906 907 908".split()
        refusing = dict.fromkeys((*REFUSALS, *JOIN_REFUSED), self._on_refusal)
        return {**refusing, **dict.fromkeys(registering, self._on_registration), **own}

    def _receive(self, message: Message) -> None:
        if method := self._lines.get(message.command):
            method(message)

    def _is_me(self, nick: str) -> bool:
        return self.features.fold(nick) == self.features.fold(self.me.nick)

    def _on_registration(self, message: Message) -> None:
        self._registration.receive(message)
        if message.command == "CAP" and "account-notify" not in self._registration.caps:
            self.people.forget_accounts()
        if message.command == "437":  # of a nick before we are in, of a channel after
            self._on_refusal(message)

    def _on_welcome(self, message: Message) -> None:
        self._registration.receive(message)
        self._replay.welcomed(message)

    def _on_privmsg(self, message: Message) -> None:
        if message.source.nick.startswith("*"):
            self._on_notice(message)
        else:
            self._questions.receive(message)

    def _on_notice(self, message: Message) -> None:
        """Never answered. It may announce that old messages follow; what we ask then is answered after them."""
        if key := self._replay.announced(message):
            self._pings.ask(lambda: self._replay.over(key))

    def _on_join(self, message: Message) -> None:
        channel, nick = message.params[0], message.source.nick
        if not self._is_me(nick):
            extended = "extended-join" in self._registration.caps and len(message.params) > 1
            self.people.join(channel, nick, message.params[1] if extended else None)
            return
        self.me.seen_as(message.source)
        if self._channels.joined(channel):
            log.info("%s: joined %s", self.name, channel)
            self.people.enter(channel)
            self._replay.joined(channel, message, self._clock())

    def _on_names_end(self, message: Message) -> None:
        """The list of a channel is complete; now who is logged in to what, where the server can tell."""
        channel = message.params[1]
        self.people.names_end(channel)
        if self.people.has(channel) and "WHOX" in self.features.tokens and "account-notify" in self._registration.caps:
            self.sender.idly(f"WHO {channel} {WHOX}")

    def _on_whox(self, message: Message) -> None:
        mark, nick, account = message.params[1], message.params[2], message.params[3]
        if WHOX.endswith(f",{mark}"):
            self.people.log_in(nick, account)

    def _on_leaving(self, message: Message, channel: str, nick: str) -> None:
        if not self._is_me(nick):
            self.people.part(channel, nick)
        elif self.people.has(channel):
            self.people.leave(channel)
            reason = message.params[-1] if message.command == "KICK" and len(message.params) > 2 else ""
            self._channels.kicked(channel, message.source.nick, reason)  # only a server makes us part

    def _on_quit(self, message: Message) -> None:
        nick = message.source.nick
        self.people.quit(nick)
        self.sender.waiting.absent(self.features.fold(nick))
        self._regain.freed(nick)

    def _on_nick(self, message: Message) -> None:
        old, new = message.source.nick, message.params[0]
        self.people.rename(old, new)
        if self._is_me(old):
            self.me.nick = new
            log.info("%s: now known as %s", self.name, new)
            self._regain.start()
        else:
            self.sender.waiting.rename(self.features.fold(old), self.features.fold(new), new)
            self._regain.freed(old)

    def _on_mode(self, message: Message) -> None:
        channel, letters = message.params[0], message.params[1]
        if self.features.is_channel(channel) and not self.people.mode(channel, letters, message.params[2:]):
            log.warning("%s: modes of %s not understood: %r", self.name, channel, message.params[1:])
            self.sender.control(f"NAMES {channel}")

    def _on_chghost(self, message: Message) -> None:
        if self._is_me(message.source.nick):
            self.me.user, self.me.host = message.params[0], message.params[1]

    def _on_own_host(self, message: Message) -> None:
        """Numeric 396: our host, or user and host, as others see it from now on."""
        user, _, host = message.params[1].rpartition("@")
        self.me.user, self.me.host = user or self.me.user, host

    def _on_refusal(self, message: Message) -> None:
        """A message or a JOIN was refused; which one, only the name in the line tells."""
        command, params = message.command, message.params
        if command in REFUSALS and self._deliveries.refused(command, params):
            return
        if command == "401":
            self.sender.waiting.absent(self.features.fold(params[1]))
        channel = next((word for word in params[:-1] if self.features.is_channel(word)), None)
        if command in JOIN_REFUSED and channel and not self.people.has(channel):
            self._channels.refused(channel, params[-1])
        else:
            log.info("%s: refused: %s %r", self.name, command, params[1:])

    def _on_error(self, message: Message) -> None:
        self._error = message.params[-1]
