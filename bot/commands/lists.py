"""The lists: decisions, actions, questions, and what the asker owes."""

from dataclasses import replace

from bot.commands.filters import read_filter
from bot.commands.ids import split_ids
from bot.commands.listing import list_reply, query
from bot.commands.names import lookups, who_asks
from bot.commands.place import today
from bot.commands.registry import Call, Who, command
from bot.messages import Reply, UserError
from bot.model import Kind
from bot.queries.items import Filter, count_items

FILTERS = "SC"
"""The letters of ids that narrow a list: a session's, a recap's."""


@command(
    "decisions",
    "decided",
    usage="[team] [event or cycle] [superseded|candidate|rejected|all] [words]",
    help="Lists decisions, newest event first. Filters may stand in any order.",
    example="+decisions kolla xena",
)
def decisions(call: Call) -> Reply:
    """The decisions that a filter describes."""
    return _list(call, Kind.DECISION)


@command(
    "actions",
    "todos",
    usage="[team] [event or cycle] [@person] [done|dropped|snoozed|overdue|unowned|candidate|rejected|all] [words]",
    help="Lists actions, the open ones if you do not say which, newest event first. Filters may stand in any order.",
    example="+actions kolla xena @yoctozepto",
)
def actions(call: Call) -> Reply:
    """The actions that a filter describes."""
    return _list(call, Kind.ACTION)


@command(
    "questions",
    usage="[team] [event or cycle] [open|answered|candidate|rejected|all] [words]",
    help="Lists open questions, newest event first. Filters may stand in any order.",
    example="+questions kolla",
)
def questions(call: Call) -> Reply:
    """The questions that a filter describes."""
    return _list(call, Kind.QUESTION)


def _list(call: Call, kind: Kind) -> Reply:
    ids, rest = split_ids(call.args)
    labels = [str(label) for each in ids for label in each if label.letter not in FILTERS]
    if labels and not rest:
        one = f"`{call.sign}show {' '.join(labels)}`"
        raise UserError(
            f"{one} tells what you name by its id; `{call.sign}{call.word}` lists by team, event and words."
        )
    reading = read_filter(call.args, kind, call.team, lookups(call), tracked=call.tracked)
    _check_kind(call, reading.filter)
    return list_reply(call, reading.filter, reading.notes)


def _check_kind(call: Call, wanted: Filter) -> None:
    """Raise UserError where the filter asks of decisions or questions what only actions can be."""
    if wanted.kind is Kind.ACTION:
        return
    for word, asked in (("unowned", wanted.unowned), ("overdue", wanted.overdue), ("snoozed", wanted.snoozed)):
        if asked:
            raise UserError(f"Only actions are {word}: `{query(call, replace(wanted, kind=Kind.ACTION))}` lists them.")
    if wanted.kind is Kind.DECISION and wanted.state == "done":
        stands, gone = (f"`{query(call, replace(wanted, state=state))}`" for state in ("open", "dropped"))
        raise UserError(f"A decision is never done; it is decided ({stands}) or superseded ({gone}).")


@command(
    "mine",
    usage="[team] [event or cycle] [done|overdue|all|…] [words]",
    help="Lists your own open actions. I know you by your account; `+iam NAME` says which name recaps use for you.",
    example="+mine",
)
def mine(call: Call) -> Reply:
    """The asker's own actions, of all teams unless one is named in so many words."""
    me = who_asks(call)
    if not me:
        raise UserError(_stranger(call))
    reading = read_filter(call.args, Kind.ACTION, None, lookups(call))
    if reading.filter.person not in (None, *me):
        theirs = f"`{query(call, reading.filter)}`"
        raise UserError(f"`{call.sign}mine` lists what is yours; {theirs} lists theirs.")
    wanted = replace(reading.filter, person=me[0], also=me[1] if len(me) > 1 else None)
    possible = replace(wanted, reading="candidate")
    if wanted.reading == "firm" and not _any(call, wanted) and _any(call, possible):
        unsure = f"Yours are candidates only; `{call.sign}confirm ID` makes them count, for {Who.REVIEWER.value}."
        return list_reply(call, possible, (*reading.notes, unsure))
    return list_reply(call, wanted, reading.notes)


def _any(call: Call, wanted: Filter) -> bool:
    return count_items(call.store, wanted, today(call), 1) > 0


def _stranger(call: Call) -> str:
    listed = f"`{call.sign}actions @NAME` lists anyone's."
    if call.actor is None and not call.request.has_accounts:
        return f"This network has no accounts, so I do not know who you are. {listed}"
    if call.actor is None:
        return f"I know people by their services account: log in first. {listed}"
    return f"I do not know which name recaps use for you: say `{call.sign}iam NAME`. {listed}"
