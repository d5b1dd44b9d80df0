"""What a reminder says, and what would be sent at a given time. No clock of its own, and nothing is sent here.

A digest is made anew from the tables whenever it is sent: open actions only, firm or confirmed; nothing done, dropped,
snoozed, rejected or only a candidate. Nothing open, nothing said.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot.calendar import day_text
from bot.model import Item, Kind, Rule
from bot.queries.items import Filter, Found, count_items, find_items
from bot.queries.lines import item_line, plural
from bot.queries.people import called
from bot.queries.rules import all_rules, newest_occurrence, rule_by_id, undelivered_dates
from bot.queries.standing import answers_for, people_of, tie_of
from bot.store import ledger
from bot.store.database import Store

IN_ROOM = 4
"""Actions that a digest names in a room: with its head and its foot it has as many lines as a reply there."""

IN_PRIVATE = 10
"""The same in a direct message."""

NAMED_DATES = 3
"""Missed dates that a digest names; of more it says how many."""


def digest(
    store: Store, rule: Rule, now: datetime, sign: str = "+", *, missed: Sequence[date] = ()
) -> tuple[str, ...] | None:
    """The lines of a rule's reminder at `now`, or None where nothing is open.

    A room's says what its team owes, an account's what that person does, by their name. `sign` stands before the
    commands that it names in a room; `missed` are dates that the ledger does not hold yet.
    """
    local = now.astimezone(ZoneInfo(rule.zone))
    wanted = _wanted(store, rule)
    if wanted is None:
        return None
    most = IN_ROOM if rule.room else IN_PRIVATE
    newest = find_items(store, wanted, local, limit=most)
    if not newest.total:
        return None
    items = newest.items
    if newest.total > most:
        recent = newest.items[: most - most // 2]
        oldest = find_items(store, wanted, local, limit=most, oldest_first=True).items
        # Both orders go down one recap from its top, so what is oldest may be newest too.
        items = (*recent, *reversed([item for item in oldest if item not in recent][: most // 2]))
    head = _head(rule, newest, count_items(store, replace(wanted, overdue=True), local))
    if dates := sorted({*undelivered_dates(store, rule, now), *missed}):
        head += f" {_missed_text(dates)}"
    if newest.total > len(items):
        head += " The newest and the oldest:"
    lines = [_line(rule, item, local.date()) for item in items]
    if rule.account is not None:
        return head, *lines, _personal_foot(store, rule, rule.account, items)
    return head, *lines, _foot(rule, items, newest.total - len(items), sign)


def _wanted(store: Store, rule: Rule) -> Filter | None:
    """Which items a rule speaks of; None for an account tied to no name, and which is no name that recaps use."""
    if rule.account is None:
        return Filter(kind=Kind.ACTION, team=rule.team, snoozed=False)
    people = people_of(store, rule.network, rule.account)
    if not people:
        return None
    return Filter(kind=Kind.ACTION, team=rule.team, person=people[0], also=people[-1], snoozed=False)


def _head(rule: Rule, found: Found, overdue: int) -> str:
    counted = [f"{found.unowned} unowned" if found.unowned else "", f"{overdue} overdue" if overdue else ""]
    marks = ", ".join(filter(None, counted))
    total = plural(found.total, "open action") + (f" ({marks})" if marks else "")
    if rule.account is not None:
        return f"{rule.account.removeprefix('~')}, you have {total}."
    return f"Weekly reminder {rule.label}: {rule.team or 'all teams'}, {total}."


def _missed_text(dates: Sequence[date]) -> str:
    named = ", ".join(day_text(day) for day in dates[-NAMED_DATES:])
    earlier = len(dates) - NAMED_DATES
    return f"Missed: {named}{f' and {earlier} earlier' if earlier > 0 else ''}."


def _line(rule: Rule, item: Item, today: date) -> str:
    """A personal reminder does not say whose the actions are, save where others owe them too."""
    shared = rule.account is None or len(item.owners) > 1
    return item_line(item, today, team=rule.team is None, event=True, owners=shared)


def _foot(rule: Rule, items: Sequence[Item], more: int, sign: str) -> str:
    """How to answer in a room: with ids of this digest, so that the line can be copied."""
    example = next((item for item in items if item.owners), items[0]).label
    unowned = next((item.label for item in items if not item.owners), None)
    ways = [f"`{sign}done {example}`", f"`{sign}snooze {example} 2 weeks`"]
    if unowned:
        ways.append(f"`{sign}take {unowned}`")
    text = f"Say {', '.join(ways[:-1])} or {ways[-1]}."
    if more:
        text += f" {more} more: `{f'#{rule.team} ' if rule.team else sign}actions`."
    return text


def _personal_foot(store: Store, rule: Rule, account: str, items: Sequence[Item]) -> str:
    """The same for a person; who may not answer for any of these is told who may, or what would give them the right."""
    mine = next((item.label for item in items if answers_for(store, rule.network, account, item)), None)
    tie = tie_of(store, rule.network, account)
    if mine is not None:
        text = f"Say `done {mine}` or `snooze {mine} 2 weeks`."
    elif tie is not None and tie.confirmed:
        text = f"A channel operator may say `done {items[0].label}` for you."
    else:
        name = tie.name if tie else called(account)
        text = f"`done` and `snooze` are yours once a channel operator says `~iam {account.removeprefix('~')} {name}`."
    return f"{text} All of them: `mine`. To stop this: `unremind {rule.label}`."


def trouble(store: Store, rule: Rule, now: datetime) -> str | None:
    """`Mon 23 Nov 2026 was not sent (not in #ptg)`, where a rule's last digest was refused; else None."""
    last = newest_occurrence(store, rule, now)
    if rule.state != "active" or last is None or last.state not in ("due", "failed") or last.detail is None:
        return None
    what = "was not sent" if last.state == "failed" else "is not sent yet"
    return f"{day_text(last.local_date)} {what} ({last.detail})"


def troubles(store: Store, now: datetime) -> list[str]:
    """The same of every rule that has some, with its id."""
    return [f"{rule.label} of {said}" for rule in all_rules(store) if (said := trouble(store, rule, now))]


def dry_run(store: Store, now: datetime) -> list[tuple[str, tuple[str, ...]]]:
    """What a bot that looked at its ledger at `now` would send, and to whom; nothing is written, nothing sent."""
    owed = ledger.owed(store, now)
    due = [each for each in owed if each.state == "due"]
    missed: dict[int, list[date]] = {}
    for each in owed:
        if each.state == "missed" and each.detail == ledger.AWAY:
            missed.setdefault(each.rule, []).append(each.local_date)
    overtaken = {each.rule for each in due}
    rules = [each.rule for each in ledger.pending(store, now) if each.rule.id not in overtaken]
    rules += [rule for each in due if (rule := rule_by_id(store, each.rule)) is not None]
    said = [(_target_text(rule), digest(store, rule, now, missed=missed.get(rule.id, ()))) for rule in rules]
    return [(target, lines) for target, lines in said if lines is not None]


def _target_text(rule: Rule) -> str:
    if rule.room is not None:
        return f"{rule.room} on {rule.network}"
    return f"{(rule.account or '').removeprefix('~')} on {rule.network}, as soon as they are there"
