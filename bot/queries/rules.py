"""Reminder rules and what became of their occurrences."""

from datetime import date, datetime

from bot.model import Occurrence, Rule
from bot.store.changes import stamp
from bot.store.database import Store
from bot.store.ledger import AWAY, occurrence_of
from bot.store.rules import rules_where


def rule_by_id(store: Store, rule_id: int) -> Rule | None:
    """The rule of that number, removed ones too; None where there never was one."""
    return next(iter(rules_where(store, "r.id = ?", [rule_id])), None)


def rules_here(store: Store, network: str, *, room: str | None = None, account: str | None = None) -> list[Rule]:
    """The active and paused rules of a room or of an account, oldest first."""
    column, target = ("room", room) if account is None else ("account", account)
    there = f"r.network = ? AND lower(r.{column}) = lower(?) AND r.state <> 'removed'"
    return rules_where(store, there, [network, target])


def all_rules(store: Store) -> list[Rule]:
    """Every rule that is active or paused, oldest first."""
    return rules_where(store, "r.state <> 'removed'")


def rules_set_by(store: Store, network: str, identity: str) -> list[Rule]:
    """The active and paused rules of rooms that somebody set, oldest first."""
    by_them = "r.network = ? AND lower(r.created_by) = lower(?) AND r.room IS NOT NULL AND r.state <> 'removed'"
    return rules_where(store, by_them, [network, identity])


def newest_occurrence(store: Store, rule: Rule, now: datetime) -> Occurrence | None:
    """What became of a rule's digest when it was due last."""
    rows = store.db.query(
        "SELECT * FROM occurrences WHERE rule_id = ? AND due_at <= ? ORDER BY due_at DESC LIMIT 1",
        [rule.id, stamp(now)],
    )
    return next(map(occurrence_of, rows), None)


def undelivered_dates(store: Store, rule: Rule, now: datetime) -> list[date]:
    """The local dates on which a digest was missed while the bot was away, or failed, since the last that arrived."""
    rows = store.db.query(
        "SELECT local_date FROM occurrences WHERE rule_id = :rule AND due_at <= :now"
        " AND (state = 'failed' OR (state = 'missed' AND detail = :away)) AND changed_at > COALESCE("
        " (SELECT MAX(changed_at) FROM occurrences WHERE rule_id = :rule AND changed_at <= :now AND state = 'sent'"
        " AND text IS NOT NULL), '') ORDER BY local_date",
        {"rule": rule.id, "now": stamp(now), "away": AWAY},
    )
    return [date.fromisoformat(row["local_date"]) for row in rows]
