"""Reminder rules and what became of their occurrences."""

from datetime import date, datetime

from bot.model import Rule
from bot.store.changes import stamp
from bot.store.database import Store
from bot.store.ledger import AWAY
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
