"""What operators and admins do: the team of a room, recaps out and in again, the state of the bot."""

from bot.commands.changing import acting
from bot.commands.identity import own_identity
from bot.commands.ids import every, split_ids
from bot.commands.memory import held
from bot.commands.registry import Call, Who, command
from bot.messages import Reply, UserError
from bot.queries.labels import Label
from bot.queries.recaps import recap_by_id
from bot.queries.rooms import room_team
from bot.queries.teams import team_named
from bot.store.people import set_room_team
from bot.store.recaps import unload as take_out

_NONE = frozenset({"none", "nobody", "no", "off", "-"})


@command(
    "here",
    usage="[TEAM or none]",
    help="Makes a team the one that commands in this room mean where they name none; `none` ends that.",
    example="#kolla here",
    who=Who.OPERATOR,
    changes=True,
)
def here(call: Call) -> Reply:
    """Set the default team of a room."""
    room = call.request.room
    if room is None:
        raise UserError("That is for a room; say it there.")
    folded = room.casefold()
    if call.args.casefold() in _NONE:
        set_room_team(call.store, call.request.network, folded, None, acting(call), call.request.now)
        return Reply((f"Commands in {room} mean no team in particular from now on.",))
    team = team_named(call.store, call.args) if call.args else call.team
    if team is None:
        known = f"I know no team `{call.args[:40]}`" if call.args else "Say which team"
        raise UserError(f"{known}: `{call.sign}{call.word} TEAM`; `{call.sign}teams` lists them.")
    said = room_team(call.store, call.request.network, room)
    if said is not None and said.team == team:
        return Reply((f"Commands in {room} mean {team} already.",))
    set_room_team(call.store, call.request.network, folded, team, acting(call), call.request.now)
    return Reply((f"Commands in {room} that name no team mean {team} from now on.",))


@command(
    "unload",
    usage="C3…",
    help="Takes a recap and what was read from it out again.",
    example="+unload C3",
    who=Who.ADMIN,
    changes=True,
)
def unload(call: Call) -> Reply:
    """Take recaps out again."""
    ids, _ = split_ids(call.args)
    labels = list(dict.fromkeys(label for each in ids for label in each))
    if not labels:
        raise UserError(f"Say which recap, by id: `{call.sign}{call.word} C3`; `{call.sign}recaps` lists them.")

    def check(label: Label) -> int:
        if label.letter != "C":
            raise UserError(f"{label} is no recap; `{call.sign}recaps` lists them.")
        if recap_by_id(call.store, label.number) is None:
            raise UserError(f"There is no recap {label}; `{call.sign}recaps` lists those there are.")
        return label.number

    with call.store.write():
        for recap in every(labels, check):
            take_out(call.store, recap, acting(call), call.request.now)
    out = ", ".join(map(str, labels))
    return Reply((f"Unloaded: {out}. Loaded again, a recap comes back with its ids and every correction.",))


@command(
    "reload",
    help="Reads the recaps of the configured paths again.",
    example="+reload",
    who=Who.ADMIN,
    changes=True,
)
def reload(call: Call) -> Reply:
    """Read the configured recaps again, after this reply."""
    again, actor, now = call.services.reload, acting(call), call.request.now
    if again is None:
        raise UserError("The configuration names no paths to read: `[recaps] paths` is empty.")
    return Reply(("Reading the recaps again.",), later=lambda: again(actor, now))


@command(
    "status",
    help="Says how the bot is: what it holds, its networks, how long it runs, whose word it takes.",
    example="+status",
    who=Who.ADMIN,
)
def status(call: Call) -> Reply:
    """Say how the bot is."""
    trusted = ", ".join(sorted(call.policy.trust_nicks))
    identity = own_identity(call.request, call.policy) or "an operator without an account"
    nicks = f"Nicks are trusted as proof of identity on: {trusted}." if trusted else "Nicks are trusted nowhere."
    you = f"You are {identity}, {call.request.role.name.lower()} here."
    return Reply((held(call), *call.services.status(), nicks, you))
