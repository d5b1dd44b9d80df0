"""Logging in to a server: capabilities, SASL, the nick; and getting the configured nick back.

Rule 1: a server refuses the whole of a list of capabilities for one name, so after a refusal each is asked for alone.
(Not before: every line counts, and ten at once are a flood to InspIRCd.)
Rule 2: where SASL is required, nothing happens without it: no channel is joined, no word said; the connection ends and
is tried again.
Everything here answers lines of the server by lines to it; time is a timer of the loop.
"""

import asyncio
import base64
import logging
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from bot.config import IrcNetwork
from bot.transports.irc_lines import Message, Source
from bot.transports.irc_timing import Timing

log = logging.getLogger(__name__)

WANTED = (
    *("account-tag", "account-notify", "extended-join"),  # who somebody is
    *("multi-prefix", "userhost-in-names", "chghost"),  # modes of everybody, our own prefix
    *("message-tags", "server-time", "batch"),  # bots, and what is only replayed
)
ACCOUNTS = ("sasl", "account-tag", "account-notify", "extended-join")
"""A network that offers one of these knows accounts."""
NICK_COST = 3
"""What a change of nick costs of the sending allowance; measured on InspIRCd."""
LONGEST_USER, LONGEST_HOST = 12, 64
"""What servers allow; taken for ours until the server has said what others see."""


class Refused(Exception):
    """The server did not let us in, or not as who we must be."""


class LoginRefused(Refused):
    """The server does not take our password: trying again at once would not help, and looks like an attack."""


@dataclass(slots=True)
class Me:
    """Who we are on this connection."""

    nick: str
    user: str = ""
    host: str = ""
    account: str | None = None
    _guess: int = field(default=LONGEST_USER + LONGEST_HOST, init=False)

    def seen_as(self, source: Source) -> None:
        """Take what the server puts before our lines."""
        self.user, self.host = source.user or self.user, source.host or self.host

    def prefix(self) -> int:
        """Bytes of `nick!user@host` as others get it before each of our lines; at least as many where unknown."""
        mask = len((self.user + self.host).encode()) if self.user and self.host else self._guess
        return len(self.nick.encode()) + 1 + mask + 1


class Registration:
    """The conversation from the first line to the end of the greeting, and about capabilities after it."""

    def __init__(self, name: str, settings: IrcNetwork, me: Me, send: Callable[[str], None], timing: Timing) -> None:
        self._name, self._settings, self._send, self._timing = name, settings, send, timing
        self._loop = asyncio.get_running_loop()
        self._me = me
        self._asked: set[str] = set()
        self._together: list[str] = []
        """What was asked for in one line, while that is unanswered."""
        self._negotiating = True
        self._authenticating = False
        self._nicks = alternatives(settings.nick)
        self._timer: asyncio.TimerHandle | None = None
        self.offered: dict[str, str] = {}
        """Capability -> value, as the server lists them."""
        self.caps: set[str] = set()
        """Capabilities in use."""
        self.done: asyncio.Future[None] = self._loop.create_future()
        """Done when we are in; failed by `Refused`."""

    def open(self) -> None:
        """Say what comes before NICK and USER."""
        self._send("CAP LS 302")
        if password := self._settings.server_password:
            self._send(f"PASS :{password.get_secret_value()}")

    def close(self, reason: str) -> None:
        """The connection is gone."""
        self._end_authentication()
        if not self.done.done():
            self.done.set_exception(Refused(reason))

    def receive(self, message: Message) -> None:
        """Take a line that concerns registration; others are ignored."""
        match message.command:
            case "CAP":
                self._capabilities(message.params)
            case "AUTHENTICATE" | "900" | "901" | "903" | "902" | "904" | "905" | "906" | "907" | "908":
                self._sasl(message.command, message.params)
            case "432" | "433" | "436" | "437" if not self.done.done():
                self._next_nick(message.params[-1])
            case "001":
                self._me.nick = message.params[0]
                self._negotiating = False
                if self._must_authenticate():
                    self._refuse("the server let us in without SASL, which is required")
            case "376" | "422" if not self.done.done():
                self.done.set_result(None)

    def _next_nick(self, reason: str) -> None:
        if nick := next(self._nicks, None):
            self._me.nick = nick
            self._send(f"NICK {nick}")
        else:
            self._refuse(f"the server accepts none of our nicks ({reason!r})")

    # --- capabilities -------------------------------------------------------------------------------------------

    def _capabilities(self, params: tuple[str, ...]) -> None:
        kind, listed = params[1].upper(), params[-1].split()
        if kind in ("LS", "NEW"):
            self.offered.update((cap.partition("=")[0], cap.partition("=")[2]) for cap in listed)
            if kind == "NEW" or params[2] != "*":  # `LS *` says that more lines follow
                self._ask()
        elif kind == "DEL":
            self.caps.difference_update(listed)
            for cap in listed:
                self.offered.pop(cap, None)
        elif kind == "NAK" and self._together:
            self._together, alone = [], self._together
            for cap in alone:
                self._send(f"CAP REQ :{cap}")
        elif kind in ("ACK", "NAK"):
            self._together = []
            for cap in listed:
                self._answered(cap.lstrip("-"), kind == "ACK" and not cap.startswith("-"))
            self._maybe_end()

    def _ask(self) -> None:
        new = [cap for cap in WANTED if cap in self.offered and cap not in self.caps and cap not in self._asked]
        if self._settings.sasl and not self._me.account and not self._authenticating:
            mechanisms = self.offered.get("sasl", "EXTERNAL").upper().split(",")  # not offered: none that we speak
            if "PLAIN" in mechanisms or mechanisms == [""]:
                self._authenticating = True
                self._timer = self._loop.call_later(self._timing.sasl, self._too_slow)
                new.append("sasl")
            elif self._negotiating:
                self._failed("the server offers no SASL PLAIN")
        if new and not self._is_refused():
            self._asked.update(new)
            self._together = new if len(new) > 1 else []
            self._send(f"CAP REQ :{' '.join(new)}")
        self._maybe_end()

    def _answered(self, cap: str, granted: bool) -> None:
        self._asked.discard(cap)
        (self.caps.add if granted else self.caps.discard)(cap)
        if cap == "sasl" and self._authenticating:
            if granted:
                self._send("AUTHENTICATE PLAIN")
            else:
                self._failed("the server refused SASL")

    def _maybe_end(self) -> None:
        if self._negotiating and not self._asked and not self._authenticating and not self.done.done():
            self._negotiating = False
            self._send("CAP END")

    # --- SASL ---------------------------------------------------------------------------------------------------

    def _sasl(self, command: str, params: tuple[str, ...]) -> None:
        if command in ("900", "901"):  # logged in, logged out: at any time
            self._me.account = params[2] if command == "900" else None
        elif not self._authenticating:
            pass
        elif command == "903":
            self._end_authentication()
            self._me.account = self._me.account or (self._settings.sasl.account if self._settings.sasl else None)
            self._maybe_end()
        elif command != "AUTHENTICATE":
            self._failed(f"SASL failed ({command} {params[-1]!r})", LoginRefused)
        elif params[0] == "+":
            self._authenticate()

    def _authenticate(self) -> None:
        sasl = self._settings.sasl
        assert sasl is not None and sasl.password is not None, "the configuration sees to that"
        secret = base64.b64encode(f"\0{sasl.account}\0{sasl.password.get_secret_value()}".encode()).decode()
        for start in range(0, len(secret) + 1, 400):  # a last piece of 400 is followed by an empty one
            self._send(f"AUTHENTICATE {secret[start : start + 400] or '+'}")

    def _too_slow(self) -> None:
        self._send("AUTHENTICATE *")
        self._failed(f"no answer to SASL within {self._timing.sasl:g} s")

    def _failed(self, reason: str, kind: type[Refused] = Refused) -> None:
        self._asked.discard("sasl")
        self._end_authentication()
        if self._must_authenticate() and not self.done.done():
            self._refuse(f"{reason}, and it is required", kind)
        else:
            log.warning("%s: not logged in to an account: %s", self._name, reason)
            self._maybe_end()

    def _end_authentication(self) -> None:
        self._authenticating = False
        if self._timer:
            self._timer.cancel()

    def _must_authenticate(self) -> bool:
        return bool(self._settings.sasl and self._settings.sasl.required and not self._me.account)

    def _is_refused(self) -> bool:
        return self.done.done() and (self.done.cancelled() or self.done.exception() is not None)

    def _refuse(self, reason: str, kind: type[Refused] = Refused) -> None:
        if not self.done.done():
            self.done.set_exception(kind(reason))


def alternatives(nick: str) -> Iterator[str]:
    """Nicks to try when the configured one is taken or not allowed, none longer than old servers allow."""
    yield f"{nick}_"
    for stem in (nick[:6], nick[:6], nick[:6], "recap", "recap"):
        yield f"{stem}{random.randrange(1000):03}"


class Regain:
    """Gets the configured nick back: every minute, and at once when whoever holds it lets it go.

    Where it is taken away again and again it is not asked for oftener: that would go before everybody's answers.
    """

    def __init__(self, settings: IrcNetwork, me: Me, send: Callable[[str, float], None], timing: Timing) -> None:
        self._nick, self._me, self._send, self._every = settings.nick, me, send, timing.regain_every
        self._timer: asyncio.TimerHandle | None = None
        self._tried: float | None = None

    def start(self) -> None:
        """We are in, or our nick has changed: see whether it is the right one. Services are asked to free it."""
        self.close()
        if self._me.nick != self._nick:
            loop = asyncio.get_running_loop()
            wait = 0.0 if self._tried is None else self._tried + self._every - loop.time()
            if wait > 0:
                self._timer = loop.call_later(wait, self._ask)
            else:
                self._ask()

    def freed(self, nick: str) -> None:
        """Somebody stopped using this nick."""
        if nick.casefold() == self._nick.casefold() and self._me.nick != self._nick:
            self._send(f"NICK {self._nick}", NICK_COST)

    def close(self) -> None:
        """Give up."""
        if self._timer:
            self._timer.cancel()

    def _ask(self) -> None:
        if self._me.account:
            self._send(f"PRIVMSG NickServ :RECOVER {self._nick}", 1)  # anope
            self._send(f"PRIVMSG NickServ :REGAIN {self._nick}", 1)  # atheme
        self._try()

    def _try(self) -> None:
        loop = asyncio.get_running_loop()
        self._tried = loop.time()
        self._send(f"NICK {self._nick}", NICK_COST)
        self._timer = loop.call_later(self._every, self._try)
