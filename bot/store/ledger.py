"""The ledger of occurrences: what each rule owed, and what became of it. It alone decides what is sent.

An occurrence is known by rule, local date and target, so no restart, second process or turned clock makes it twice.
Its states:

    due        owed and not sent. With a `text` it may have arrived all the same: the next try is marked as a repeat.
               With a `detail` it was refused, or is held, for that reason.
    sending    handed to the network by a process that has not heard back
    sent       the server took it; without a `text`, there was nothing to send (`detail` says so)
    failed     refused for good or too often, or held till it was too late (`detail` says why)
    missed     not sent in time, or not to be sent any more (`detail` says why)

A process that dies while sending leaves `sending` behind; `recover`, called once when the only sender starts, makes
such rows due again.
"""

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfoNotFoundError

from bot.calendar import occurrences
from bot.model import Occurrence, Rule
from bot.store.changes import stamp
from bot.store.database import Store
from bot.store.rules import rules_where

log = logging.getLogger(__name__)

CATCH_UP = timedelta(hours=24)
"""What fell due longer ago is not sent any more: yesterday's digest helps, last week's is noise."""

MOST_TRIES = 8
"""Tries before a message that the network refuses counts as failed: about two hours with the pauses below."""

AWAY = "the bot could not send it in time"
NOT_WANTED = "the rule was paused or removed"
NOT_SEEN = "the account was not seen before the next one was due"
NOTHING_OPEN = "nothing was open"


_UNWANTED = "(SELECT r.state FROM rules r WHERE r.id = o.rule_id) <> 'active'"
# A personal reminder waits for its account till the next one is due; a room's is of no use after a day.
_OVERTAKEN = (
    "EXISTS (SELECT 1 FROM occurrences n WHERE n.rule_id = o.rule_id AND n.due_at > o.due_at AND n.due_at <= :now"
    " AND n.state <> 'missed')"
)
_LATE = "o.due_at < :late AND (SELECT r.room FROM rules r WHERE r.id = o.rule_id) IS NOT NULL"
_OVER = f"({_UNWANTED} OR {_OVERTAKEN} OR ({_LATE}))"
_STALE = f"(o.state = 'missed' AND o.due_at > :now) OR (o.state = 'due' AND {_OVER})"


@dataclass(frozen=True, slots=True)
class Pending:
    """An occurrence that is due, with its rule."""

    occurrence: Occurrence
    rule: Rule


def pause_after(tries: int) -> timedelta:
    """How long to wait after so many refused tries: 1, 2, 4, … minutes, an hour at most."""
    return timedelta(minutes=min(60, 2 ** max(0, tries - 1))) if tries else timedelta(0)


def owed(store: Store, now: datetime) -> list[Occurrence]:
    """What the active rules owe at `now` that the ledger does not hold yet, as `scan` would write it: due or missed."""
    found = []
    known = dict(
        store.db.execute(
            "SELECT rule_id, MAX(due_at) FROM occurrences WHERE due_at <= ? GROUP BY rule_id", [stamp(now)]
        ).fetchall()
    )
    for rule in rules_where(store, "r.state = 'active'"):
        after = max(rule.since, datetime.fromisoformat(known[rule.id])) if rule.id in known else rule.since
        try:
            dates = occurrences(rule, after, now)
        except ZoneInfoNotFoundError:
            log.error("%s has a time zone that this machine does not know: %s", rule.label, rule.zone)
            continue
        found += [_occurrence(rule, day, due_at, now) for day, due_at in dates]
    return found


def _occurrence(rule: Rule, day: date, due_at: datetime, now: datetime) -> Occurrence:
    target = rule.room or rule.account or ""
    late = now - due_at > CATCH_UP
    return Occurrence(
        id=hashlib.sha256(f"{rule.label} {day} {rule.network}/{target}".encode()).hexdigest()[:24],
        rule=rule.id,
        local_date=day,
        target=target,
        due_at=due_at,
        state="missed" if late else "due",
        detail=AWAY if late else None,
    )


def scan(store: Store, now: datetime) -> None:
    """Bring the ledger up to `now`: write what is owed, and mark as missed what is not to be sent any more.

    Nothing is locked where nothing changes, so that scanning often costs nothing.
    """
    new = owed(store, now)
    if not new and not store.db.execute(f"SELECT 1 FROM occurrences o WHERE {_STALE}", _times(now)).fetchone():
        return
    with store.write() as db:
        # Written by a clock that ran ahead, and seen by nobody: it will be owed when its time comes.
        db.execute("DELETE FROM occurrences WHERE state = 'missed' AND due_at > ?", [stamp(now)])
        for each in new:
            db.execute(
                "INSERT OR IGNORE INTO occurrences (id, rule_id, local_date, target, due_at, state, detail, changed_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    each.id,
                    each.rule,
                    each.local_date.isoformat(),
                    each.target,
                    stamp(each.due_at),
                    each.state,
                    each.detail,
                    stamp(now),
                ],
            )
        db.execute(
            "UPDATE occurrences AS o SET state = 'failed', changed_at = :now"
            f" WHERE state = 'due' AND detail IS NOT NULL AND {_LATE} AND NOT {_UNWANTED}",
            _times(now),
        )
        for condition, detail in ((_UNWANTED, NOT_WANTED), (_OVERTAKEN, NOT_SEEN), (_LATE, AWAY)):
            db.execute(
                f"UPDATE occurrences AS o SET state = 'missed', detail = :detail, changed_at = :now"
                f" WHERE state = 'due' AND {condition}",
                {**_times(now), "detail": detail},
            )


def _times(now: datetime) -> dict[str, str]:
    return {"now": stamp(now), "late": stamp(now - CATCH_UP)}


def recover(store: Store, now: datetime) -> int:
    """Make due again what a process that died left in `sending`; how many. Only for the one process that sends."""
    with store.write() as db:
        changed = db.execute(
            "UPDATE occurrences SET state = 'due', changed_at = ? WHERE state = 'sending'", [stamp(now)]
        )
        return int(changed.rowcount)


def pending(store: Store, now: datetime, network: str | None = None) -> list[Pending]:
    """What is due at `now` (on one network), oldest first, without what was refused a short while ago."""
    rows = store.db.query(
        "SELECT o.* FROM occurrences o JOIN rules r ON r.id = o.rule_id WHERE o.state = 'due' AND o.due_at <= :now"
        f" AND NOT {_OVER} AND (:network IS NULL OR r.network = :network) ORDER BY o.due_at, o.rule_id",
        {**_times(now), "network": network},
    )
    found = []
    for row in list(rows):
        since_change = now - datetime.fromisoformat(row["changed_at"])
        # A change in the future was written by a clock that ran ahead; it must not hold anything up. Without a
        # refusal in `detail` nobody asked for a pause: the process died, and what it left comes first.
        if row["detail"] is not None and timedelta(0) <= since_change < pause_after(row["attempt"]):
            continue
        found.append(Pending(occurrence_of(row), rules_where(store, "r.id = ?", [row["rule_id"]])[0]))
    return found


def begin(store: Store, occurrence: Occurrence, text: str, now: datetime) -> bool:
    """Claim a due occurrence for sending this text; False where it is not due any more or its rule was paused."""
    with store.write() as db:
        changed = db.execute(
            "UPDATE occurrences AS o SET state = 'sending', attempt = attempt + 1, text = ?, detail = NULL,"
            f" changed_at = ? WHERE id = ? AND state = 'due' AND NOT {_UNWANTED}",
            [text, stamp(now), occurrence.id],
        )
        return int(changed.rowcount) == 1


def end(store: Store, occurrence: Occurrence, now: datetime) -> None:
    """The server took it."""
    _close(store, occurrence, "sending", "sent", None, now)


def skip(store: Store, occurrence: Occurrence, now: datetime) -> None:
    """There was nothing to say: done with, and nothing was sent."""
    _close(store, occurrence, "due", "sent", NOTHING_OPEN, now)


def hold(store: Store, occurrence: Occurrence, reason: str, now: datetime) -> None:
    """It cannot be sent where it belongs, and was not tried: it stays due, and goes out as soon as it can."""
    with store.write() as db:
        db.execute(
            "UPDATE occurrences SET detail = ?, changed_at = ? WHERE id = ? AND state = 'due'",
            [reason, stamp(now), occurrence.id],
        )


def refuse(store: Store, before: Occurrence, reason: str, now: datetime, *, retry: bool, perhaps: bool = False) -> None:
    """The network did not take what `begin` claimed (`before` is the occurrence as it was then).

    It is tried again later if `retry` and it was not tried too often, else it failed. `perhaps` says that it may have
    arrived all the same; if it surely did not, its text is forgotten, so that the next try is no repeat.
    """
    if not retry or before.attempt + 1 >= MOST_TRIES:
        _close(store, before, "sending", "failed", reason, now)
        return
    with store.write() as db:
        db.execute(
            "UPDATE occurrences SET state = 'due', text = IIF(:perhaps, text, :before), detail = :reason,"
            " changed_at = :now WHERE id = :id AND state = 'sending'",
            {"perhaps": perhaps, "before": before.text, "reason": reason, "now": stamp(now), "id": before.id},
        )


def _close(store: Store, occurrence: Occurrence, before: str, after: str, detail: str | None, now: datetime) -> None:
    with store.write() as db:
        db.execute(
            "UPDATE occurrences SET state = ?, detail = ?, changed_at = ? WHERE id = ? AND state = ?",
            [after, detail, stamp(now), occurrence.id, before],
        )


def occurrence_of(row: Mapping[str, Any]) -> Occurrence:
    """A row of the ledger as a value."""
    return Occurrence(
        id=row["id"],
        rule=row["rule_id"],
        local_date=date.fromisoformat(row["local_date"]),
        target=row["target"],
        due_at=datetime.fromisoformat(row["due_at"]),
        state=row["state"],
        attempt=row["attempt"],
        text=row["text"],
        detail=row["detail"],
    )
