"""Sends what the ledger says is due, and writes down what became of it. The clock is an argument.

One row at a time on each network, the networks beside each other: one that is down or slow holds up no other. The
text is made when it is sent, so that nothing done meanwhile is in it, and written into the row before it leaves. Where
a network takes nothing twice, the occurrence is the message's key; elsewhere what stood in `sending` when a process
died, or may have arrived when a connection died, is said again, marked, and nothing else is.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from bot.messages import UserError
from bot.model import Occurrence
from bot.reminders import digest
from bot.store import ledger
from bot.store.database import Store
from bot.store.ledger import Pending
from bot.transports.wire import SendsOnce, Transport, Undeliverable

log = logging.getLogger(__name__)

Clock = Callable[[], datetime]

REPEAT = "(repeat) "
"""What a message begins with that may have arrived before."""

RECORD_AGAIN = 5.0
"""Seconds between tries to write down what became of a message, while the database is locked or the disk full."""


async def send_due(store: Store, transports: Mapping[str, Transport], clock: Clock) -> None:
    """Send everything that is due, on all networks at once; returns when each has been tried."""
    await asyncio.gather(*(send_on(store, transport, clock) for transport in transports.values()))


async def send_on(
    store: Store,
    transport: Transport,
    clock: Clock,
    stopping: Callable[[], bool] = bool,
    record_again: float = RECORD_AGAIN,
) -> None:
    """Send what is due on one network, oldest first, until all was tried, it is gone, or `stopping` says so."""
    for pending in ledger.pending(store, clock(), transport.name):
        if stopping() or not transport.connected:
            return
        try:
            await _send(store, transport, pending, clock, record_again)
        except Exception:
            # One rule that cannot be rendered, or a locked database, must not take the others with it.
            log.exception("reminder %s of %s was not sent", pending.rule.label, pending.occurrence.local_date)


async def _send(store: Store, transport: Transport, pending: Pending, clock: Clock, record_again: float) -> None:
    rule, occurrence = pending.rule, pending.occurrence
    target = rule.room or transport.nick_of(rule.account or "")
    if target is None:
        return
    now = clock()
    lines = digest(store, rule, now)
    if lines is None:
        ledger.skip(store, occurrence, now)
        return
    # What may have arrived is not held: the transport may know that it did.
    if rule.room is not None and occurrence.text is None and not transport.is_in(rule.room):
        reason = f"not in {rule.room}"
        if occurrence.detail != reason:
            log.warning("a reminder to %s is held: the bot is not there", rule.room)
            ledger.hold(store, occurrence, reason, now)
        return
    once = transport if isinstance(transport, SendsOnce) else None
    if occurrence.text is not None and once is None:
        lines = (REPEAT + lines[0], *lines[1:])
    if not ledger.begin(store, occurrence, "\n".join(lines), now):
        return
    refusal = await _deliver(
        once.deliver_once(occurrence.id, target, lines) if once else transport.deliver(target, lines), target
    )

    def write() -> None:
        if refusal is None:
            ledger.end(store, occurrence, clock())
            return
        # A person was seen a moment ago: what was refused may go through when they are seen again.
        retry = refusal.retry or rule.room is None
        ledger.refuse(store, occurrence, refusal.reason, clock(), retry=retry, perhaps=refusal.perhaps)

    await _record(write, occurrence, record_again)


async def _deliver(sending: Awaitable[None], target: str) -> Undeliverable | None:
    """Wait till the network has a message; what came back instead of its word that it took it, or None."""
    try:
        await sending
    except Undeliverable as refusal:
        log.warning("a reminder to %s was not taken: %s", target, refusal.reason)
        return refusal
    except Exception as error:
        log.exception("a reminder to %s broke off", target)
        return Undeliverable(f"broke off ({type(error).__name__})", retry=True, perhaps=True)
    return None


async def _record(write: Callable[[], None], occurrence: Occurrence, again: float) -> None:
    """Write down what became of a message, however long the database refuses: it must not be sent again for that."""
    while True:
        try:
            return write()
        except UserError as error:
            log.error("what became of reminder %s cannot be written down: %s", occurrence.id, error)
            await asyncio.sleep(again)
