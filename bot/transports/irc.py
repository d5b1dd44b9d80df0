"""The IRC transport: keeps one connection to a network alive, and lets the rest of the bot speak through it.

Rule: whatever the network does, `run` goes on; only `stop` ends it. What a connection knows is in `irc_session`.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from bot.config import IrcNetwork
from bot.transports.irc_connection import tls_context
from bot.transports.irc_questions import Handler
from bot.transports.irc_registration import LoginRefused, Refused
from bot.transports.irc_session import Session
from bot.transports.irc_timing import Backoff, Timing
from bot.transports.wire import Undeliverable

log = logging.getLogger(__name__)


def _now() -> datetime:
    return datetime.now(UTC)


class IrcTransport:
    """One network. Implements `wire.Transport`.

    `handle` answers a Request, None for silence; it is called on the loop and must not block it for long.
    """

    def __init__(
        self,
        name: str,
        settings: IrcNetwork,
        handle: Handler,
        *,
        clock: Callable[[], datetime] = _now,
        timing: Timing | None = None,
    ) -> None:
        self.name = name
        self._settings, self._handle, self._clock, self._timing = settings, handle, clock, timing or Timing()
        self._session: Session | None = None
        self._serving: asyncio.Task[float | None] | None = None
        self._stopping = asyncio.Event()
        self._backoff = Backoff()
        self._trouble = "not yet connected"
        """Why there is no connection, for `status`."""

    @property
    def connected(self) -> bool:
        """Registered with the server and able to send."""
        return self._session is not None and self._session.registered

    @property
    def rooms(self) -> tuple[str, ...]:
        """The configured channels that the bot is in now."""
        return tuple(self._session.rooms) if self._session and self.connected else ()

    async def run(self) -> None:
        """Serve until `stop`."""
        while not self._stopping.is_set():
            served = await self._serve()
            if self._stopping.is_set():
                return
            wait = self._backoff.wait(served)
            log.info("%s: next try in %.1f s", self.name, wait)
            try:
                async with asyncio.timeout(wait):
                    await self._stopping.wait()
            except TimeoutError:
                pass

    async def stop(self) -> None:
        """Finish what is in flight, then leave politely; within 10 s."""
        self._stopping.set()
        if self._session is not None and self.connected:
            await self._session.leave()
        if self._serving is not None:
            self._serving.cancel()  # still on its way in, or done by now

    async def deliver(self, target: str, lines: Sequence[str]) -> None:
        """Send a reminder to a room or nick; return once the server has taken every line. Raises Undeliverable."""
        if self._session is None or not self.connected or self._stopping.is_set():
            raise Undeliverable(f"not connected to {self.name}", retry=True)
        await self._session.deliver(target, lines)

    def is_in(self, room: str) -> bool:
        """Whether the bot is in a channel now."""
        return self._session is not None and self.connected and self._session.people.has(room)

    def nick_of(self, account: str) -> str | None:
        """The nick an account is seen under now, or None; `~nick` is a nick taken for an account (trust_nicks)."""
        if self._session is None or not self.connected:
            return None
        if account.startswith("~"):
            return self._session.people.spelling(account[1:]) if self._settings.trust_nicks else None
        return self._session.people.nick_of(account)

    def status(self) -> str:
        """One line for `status`."""
        if self._session is None or not self.connected:
            return f"{self.name}: not connected ({self._trouble})."
        me, waiting = self._session.me, self._session.sender.waiting.lines
        rooms = ", ".join(self.rooms) or "no channel"
        parts = [f"{me.nick} on {self._settings.host}", f"in {rooms}"]
        missing = [room for room in self._settings.channels if room not in self.rooms]
        parts += [f"kept out of {', '.join(missing)}"] if missing else []
        parts += [f"logged in as {me.account}"] if me.account else ["not logged in to an account"]
        parts += ["nicks are trusted"] if self._settings.trust_nicks else []
        parts += [f"{waiting} {'line' if waiting == 1 else 'lines'} waiting"] if waiting else []
        return f"{self.name}: {'; '.join(parts)}."

    async def _serve(self) -> float | None:
        """One connection, whatever becomes of it; how long it was of use."""
        try:
            self._session = Session(self.name, self._settings, self._handle, self._clock, self._timing)
            self._serving = asyncio.create_task(self._session.run(tls_context(self._settings)))
            await asyncio.wait([self._serving])
            if self._serving.cancelled():
                return None
            served = self._serving.result()
            self._trouble = "connection lost"
            if not self._stopping.is_set():
                log.warning("%s: the connection was lost", self.name)
            return served
        except TimeoutError:
            self._trouble = "the server does not answer"
        except (OSError, Refused) as error:
            self._trouble = str(error)
            if isinstance(error, LoginRefused):
                self._backoff.hold()
        except Exception:
            log.exception("%s: the connection ended by a fault of ours", self.name)
            self._trouble = "a fault of the bot; see its log"
        finally:
            if self._serving is not None:
                self._serving.cancel()
            self._session = None
        log.error("%s: no connection to %s:%d: %r", self.name, self._settings.host, self._settings.port, self._trouble)
        return None
