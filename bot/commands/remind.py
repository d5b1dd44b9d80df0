"""Reminder rules by command: set, listed, paused, resumed, removed. Once a week and no oftener, by design."""

from collections.abc import Callable

from bot.calendar import EXAMPLE, read_schedule
from bot.commands.identity import account_name, own_identity
from bot.commands.ids import every
from bot.commands.names import who_asks
from bot.commands.place import zone
from bot.commands.registry import Call, Who, command
from bot.commands.rule_lines import content, how_to_stop, is_mine, rule_line, when_said
from bot.messages import Reply, Role, UserError
from bot.model import Rule
from bot.queries.labels import read_label
from bot.queries.rules import all_rules, rule_by_id, rules_here, rules_set_by
from bot.store.rules import SameRule, add_rule, set_rule_state


@command(
    "remind",
    usage="[me] weekly [DAY] [HH:MM] [ZONE]",
    help="Sends a team's open actions to this room every week, or with `me` your own to you by direct message.",
    example="+remind me weekly mon 14:00 Europe/Berlin",
    who=Who.PROVEN,
    changes=True,
)
def remind(call: Call) -> Reply:
    """A rule for the room (operators) or for the asker; Monday, 09:00 and the usual zone where not said."""
    first, _, rest = call.args.partition(" ")
    if first.casefold() in ("me", "myself"):
        return _remind_me(call, rest)
    if not call.args:
        raise UserError(f"Say when: `{call.sign}remind {EXAMPLE}`.")
    return _remind_room(call)


def _remind_me(call: Call, said: str) -> Reply:
    account = account_name(call.request, call.policy)
    if account is None:
        raise UserError(_why_nobody(call))
    others = rules_here(call.store, call.request.network, account=account)
    # A person says their zone once, in their first reminder; the room's is a guess that is good enough for that one.
    rule = _add(call, said, others[-1].zone if others else zone(call), account=account)
    text = f"{rule.label}: I send you your open actions every {when_said(rule, call)}."
    if not who_asks(call):
        text += f" I do not know yet which name recaps use for you: say `{call.sign}iam NAME`."
    return Reply((text, how_to_stop(call, rule)))


def _remind_room(call: Call) -> Reply:
    room = call.request.room
    if room is None:
        raise UserError(f"That is for the room to be reminded; here I can remind you: `remind me {EXAMPLE}`.")
    if call.request.role < Role.OP:
        raise UserError(
            f"A room's reminders are for {Who.OPERATOR.value}; for your own actions say"
            f" `{call.sign}remind me {EXAMPLE}`."
        )
    rule = _add(call, call.args, zone(call), room=room)
    return Reply(
        (f"{rule.label}: I send {content(rule)} to {room} every {when_said(rule, call)}.", how_to_stop(call, rule))
    )


def _add(call: Call, said: str, usual_zone: str, *, room: str | None = None, account: str | None = None) -> Rule:
    if call.actor is None:
        raise UserError(_why_nobody(call))
    schedule = read_schedule(said)
    try:
        return add_rule(
            call.store,
            network=call.request.network,
            room=room,
            account=account,
            team=call.team if room else None,
            weekday=schedule.weekday,
            at=schedule.at,
            zone=schedule.zone or usual_zone,
            actor=call.actor,
            now=call.request.now,
        )
    except SameRule as error:
        if error.rule.state != "paused":
            raise
        again = f"`{call.sign}resume {error.rule.label}` lets it go on."
        raise UserError(f"{error} It is paused; {again}") from error


def _why_nobody(call: Call) -> str:
    if not call.request.has_accounts:
        return "This network has no accounts, so I could not know whom I remind; a room can still be reminded."
    return "I remind accounts, for a nick may be anybody's: log in to the network's services first, then say it again."


@command(
    "reminders",
    help="Lists the reminders of this room, or in a direct message your own and those that you set in rooms.",
    example="+reminders",
)
def reminders(call: Call) -> Reply:
    """The rules of the room; in a direct message the asker's own and those they set in rooms, which may be out of
    reach; for an admin all there are."""
    account, identity = account_name(call.request, call.policy), own_identity(call.request, call.policy)
    if call.request.room is not None:
        rules = rules_here(call.store, call.request.network, room=call.request.room)
        none = f"This room has no reminders. A channel operator sets one: `{call.sign}remind {EXAMPLE}`."
    elif call.request.role is Role.ADMIN:
        rules, none = all_rules(call.store), "There are no reminders at all."
    else:
        network = call.request.network
        rules = rules_here(call.store, network, account=account) if account else []
        rules += rules_set_by(call.store, network, identity) if identity else []
        none = f"You have no reminders. To set one: `remind me {EXAMPLE}`."
    return Reply(tuple(rule_line(rule, call) for rule in rules) or (none,))


@command(
    "pause",
    usage="R1…",
    help="Stops a reminder until it is resumed; what falls in the pause is not sent later.",
    example="+pause R1",
    who=Who.PROVEN,
    changes=True,
)
def pause(call: Call) -> Reply:
    """Pause rules of this room (operators) or of the asker."""
    return _set_state(
        call, "paused", lambda rule: f"{rule.label} is paused; `{call.sign}resume {rule.label}` lets it go on."
    )


@command(
    "resume",
    usage="R1…",
    help="Lets a paused reminder go on.",
    example="+resume R1",
    who=Who.PROVEN,
    changes=True,
)
def resume(call: Call) -> Reply:
    """Resume rules of this room (operators) or of the asker."""
    return _set_state(call, "active", lambda rule: f"{rule.label} goes on: every {when_said(rule, call)}.")


@command(
    "unremind",
    usage="R1…",
    help="Removes a reminder.",
    example="+unremind R1",
    who=Who.PROVEN,
    changes=True,
)
def unremind(call: Call) -> Reply:
    """Remove rules of this room (operators) or of the asker."""
    return _set_state(call, "removed", lambda rule: f"{rule.label} is removed; `{call.sign}undo` brings it back.")


def _set_state(call: Call, state: str, said: Callable[[Rule], str]) -> Reply:
    """Put rules into a state, all of them or none."""
    if call.actor is None:
        raise UserError(_why_nobody(call))
    rules = _rules_of(call)
    set_rule_state(call.store, [rule.id for rule in rules], state, call.actor, call.request.now)
    return Reply(tuple(map(said, rules)))


def _rules_of(call: Call) -> list[Rule]:
    """The rules of the ids that were said, which the asker may change. Raises UserError."""
    labels = [label for word in call.args.split() for label in read_label(word)]
    if not labels or any(label.letter != "R" for label in labels):
        raise UserError(f"Say which, by its id: `{call.sign}{call.word} R1`; `{call.sign}reminders` lists them.")
    return every(dict.fromkeys(labels), lambda label: _changeable(call, label.number))


def _changeable(call: Call, number: int) -> Rule:
    rule = rule_by_id(call.store, number)
    request = call.request
    mine = rule is not None and is_mine(call, rule)
    # Of other people's reminders nobody learns even that they are.
    if rule is None or (rule.account is not None and not mine and request.role < Role.ADMIN):
        raise UserError(f"There is no reminder R{number}.")
    if rule.state == "removed":
        raise UserError(f"{rule.label} was removed; `{call.sign}remind` sets a new one.")
    here = rule.network == request.network and (rule.room or "").casefold() == (request.room or "").casefold()
    if mine or request.role is Role.ADMIN or (here and request.role >= Role.OP):
        return rule
    where = "" if here else f", and said in {rule.room}"
    raise UserError(f"`{call.sign}{call.word} {rule.label}` is for {Who.OPERATOR.value}{where}.")
