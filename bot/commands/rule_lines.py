"""How a reminder rule is told: its line in lists and in `show`, and whose it is. Declares no command."""

from bot.calendar import DAYS, next_occurrence, when_text
from bot.commands.identity import account_name
from bot.commands.registry import Call
from bot.messages import Role, UserError
from bot.model import Rule
from bot.queries.rules import rule_by_id
from bot.reminders import trouble
from bot.store.people import account_key


def is_mine(call: Call, rule: Rule) -> bool:
    """Whether a reminder is the asker's own, sent to their account."""
    account = account_name(call.request, call.policy)
    if account is None or rule.account is None or rule.network != call.request.network:
        return False
    return account_key(rule.account) == account_key(account)


def show_rule(call: Call, number: int) -> str:
    """The line of a reminder for `show`. Raises UserError where there is none, or it is somebody else's own."""
    rule = rule_by_id(call.store, number)
    hidden = rule is not None and rule.account is not None and call.request.role < Role.ADMIN
    if rule is None or (hidden and not is_mine(call, rule)):
        raise UserError(f"There is no reminder R{number}.")
    return f"{rule.label} was removed." if rule.state == "removed" else rule_line(rule, call)


def content(rule: Rule) -> str:
    """What a room's reminder sends."""
    return f"{rule.team}'s open actions" if rule.team else "the open actions of all teams"


def when_said(rule: Rule, call: Call) -> str:
    """`Monday 14:00 Europe/Berlin, next on Mon 23 Nov 2026, 14:00 Europe/Berlin (13:00 UTC)`, the zone said once."""
    _, due_at = next_occurrence(rule, call.request.now)
    return f"{DAYS[rule.weekday]}, next on {when_text(rule, due_at)}"


def rule_line(rule: Rule, call: Call) -> str:
    """A reminder in one line: its id, where it goes, what it sends, when, and whether the last one was refused."""
    target = rule.room or f"to {(rule.account or '').removeprefix('~')}"
    if rule.network != call.request.network:
        target += f" on {rule.network}"
    what = content(rule) if rule.room else "own open actions"
    if rule.state == "paused":
        return f"{rule.label} {target}: {what}, {DAYS[rule.weekday]} {rule.at} {rule.zone}, paused"
    refused = trouble(call.store, rule, call.request.now)
    return f"{rule.label} {target}: {what}, every {when_said(rule, call)}{f'; {refused}' if refused else ''}"


def how_to_stop(call: Call, rule: Rule) -> str:
    """What is said after a reminder was set."""
    stop, remove = (f"`{call.sign}{word} {rule.label}`" for word in ("pause", "unremind"))
    return f"With nothing open I say nothing. To stop it: {stop} or {remove}."
