"""Reminder rules: made, paused, resumed and removed by people, or set by the configuration.

A rule keeps its id and its target for ever; a removed one stays as a row, so that its id is never given again. `since`
moves forward whenever a rule begins anew (resumed, rescheduled): it owes nothing from before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bot.messages import UserError
from bot.model import Actor, Rule
from bot.store.changes import log_change, stamp
from bot.store.database import Store
from bot.store.people import account_key, team_id

PER_ROOM = 20
PER_PERSON = 5
"""Rules that one target may have: more would be a mistake, or abuse."""


@dataclass(frozen=True, slots=True)
class WantedRule:
    """A rule that the configuration sets; `room` or `account` is its target."""

    network: str
    room: str | None
    account: str | None
    team: str | None
    weekday: int
    at: str
    zone: str


class SameRule(UserError):
    """There is that very rule already: `rule`."""

    def __init__(self, rule: Rule) -> None:
        super().__init__(f"{rule.label} does that already.")
        self.rule = rule


def rules_where(store: Store, condition: str, values: Sequence[Any] = ()) -> list[Rule]:
    """The rules for which an SQL condition on `rules r` holds, oldest first: every read of rules is this one."""
    sql = f"SELECT r.*, t.name AS team FROM rules r LEFT JOIN teams t ON t.id = r.team_id WHERE {condition}"
    return [_rule_of(row) for row in store.db.query(f"{sql} ORDER BY r.id", values)]


def _rule_of(row: Mapping[str, Any]) -> Rule:
    return Rule(
        id=row["id"],
        network=row["network"],
        room=row["room"],
        account=row["account"],
        team=row["team"],
        weekday=row["weekday"],
        at=row["at"],
        zone=row["zone"],
        state=row["state"],
        created_at=datetime.fromisoformat(row["created_at"]),
        since=datetime.fromisoformat(row["since"]),
        source=row["source"],
    )


def add_rule(
    store: Store,
    *,
    network: str,
    room: str | None = None,
    account: str | None = None,
    team: str | None,
    weekday: int,
    at: str,
    zone: str,
    source: str = "command",
    actor: Actor,
    now: datetime,
) -> Rule:
    """Make a rule for a room or for an account.

    Raises SameRule where that very rule exists already, and UserError where the target has as many as it may have.
    """
    with store.write():
        wanted = _by_team_name(store, WantedRule(network, room, account, team, weekday, at, zone))
        others = _rules_of_target(store, wanted)
        same = next((rule for rule in others if _schedule(rule) == _schedule(wanted)), None)
        if same is not None:
            raise SameRule(same)
        most = PER_ROOM if room else PER_PERSON
        if len(others) >= most:
            raise UserError(f"There are {len(others)} reminders here already, as many as may be; remove one first.")
        rule = _insert(store, wanted, source, actor.identity, now)
        before = {"state": "removed"}
        log_change(store, f"R{rule}", "remind", before, {"state": "active"}, actor, now)
        return _one(store, rule)


def set_rule_state(store: Store, rule_ids: Sequence[int], state: str, actor: Actor, now: datetime) -> None:
    """Make rules `active`, `paused` or `removed`, as one batch of the trail. What fell in a pause is never owed.

    Raises UserError for a rule of the configuration that is to be removed: only the configuration removes it.
    """
    what = {"active": "resume", "paused": "pause", "removed": "unremind"}[state]
    with store.write() as db:
        for rule in (_one(store, rule_id) for rule_id in rule_ids):
            if rule.state == state:
                continue
            if state == "removed" and rule.source == "config":
                raise UserError(f"{rule.label} is set in the configuration; pause {rule.label}, or remove it there.")
            db.execute("UPDATE rules SET state = ? WHERE id = ?", [state, rule.id])
            if state == "active":
                db.execute("UPDATE rules SET since = ? WHERE id = ?", [stamp(now), rule.id])
            log_change(store, rule.label, what, {"state": rule.state}, {"state": state}, actor, now)


def sync_config_rules(store: Store, wanted: Sequence[WantedRule], now: datetime) -> None:
    """Make the configuration's rules these: the same rule keeps its id and a pause, whatever else was restarted.

    A rule of the same target and team with another schedule is that rule rescheduled. What people have set by command
    already is not set a second time.
    """
    with store.write() as db:
        by_command, old = (
            rules_where(store, "r.source = ? AND r.state <> 'removed'", [source]) for source in ("command", "config")
        )
        set_by_people = {_schedule(rule) for rule in by_command}
        named = dict.fromkeys(_by_team_name(store, each) for each in wanted)
        new = [each for each in named if _schedule(each) not in set_by_people]
        for pair in (_schedule, _target):
            for each in list(new):
                match = next((rule for rule in old if pair(rule) == pair(each)), None)
                if match is None:
                    continue
                old.remove(match)
                new.remove(each)
                if _schedule(match) != _schedule(each):
                    db.execute(
                        "UPDATE rules SET weekday = ?, at = ?, zone = ?, since = ? WHERE id = ?",
                        [each.weekday, each.at, each.zone, stamp(now), match.id],
                    )
        for rule in old:
            db.execute("UPDATE rules SET state = 'removed' WHERE id = ?", [rule.id])
        for each in new:
            _insert(store, each, "config", "config", now)


def _by_team_name(store: Store, wanted: WantedRule) -> WantedRule:
    """The same with its team by the name that the tables keep, so that an alias compares equal."""
    if wanted.team is None:
        return wanted
    row = store.db.execute("SELECT name FROM teams WHERE id = ?", [team_id(store, wanted.team)]).fetchone()
    return replace(wanted, team=str(row[0]))


def _insert(store: Store, wanted: WantedRule, source: str, created_by: str, now: datetime) -> int:
    with store.write() as db:
        row = db.execute(
            "INSERT INTO rules (network, room, account, team_id, weekday, at, zone, source, created_by, created_at,"
            " since) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
            [
                wanted.network,
                wanted.room,
                wanted.account,
                team_id(store, wanted.team) if wanted.team else None,
                wanted.weekday,
                wanted.at,
                wanted.zone,
                source,
                created_by,
                stamp(now),
                stamp(now),
            ],
        ).fetchone()
        return int(row[0])


def _one(store: Store, rule_id: int) -> Rule:
    return rules_where(store, "r.id = ?", [rule_id])[0]


def _rules_of_target(store: Store, wanted: WantedRule) -> list[Rule]:
    others = rules_where(store, "r.network = ? AND r.state <> 'removed'", [wanted.network])
    return [rule for rule in others if _place(rule) == _place(wanted)]


def _place(rule: Rule | WantedRule) -> tuple[str, str, str]:
    return rule.network, (rule.room or "").casefold(), account_key(rule.account or "")


def _target(rule: Rule | WantedRule) -> tuple[str, ...]:
    return *_place(rule), rule.team or ""


def _schedule(rule: Rule | WantedRule) -> tuple[object, ...]:
    return *_target(rule), rule.weekday, rule.at, rule.zone
