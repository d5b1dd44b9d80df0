"""`link`: one person, an account on IRC and one on Matrix. A code shown to the one is entered from the other."""

from bot.commands.changing import acting
from bot.commands.identity import account_name
from bot.commands.registry import Call, Who, command
from bot.messages import Reply, UserError
from bot.store.links import enter_code, linked, new_code


@command(
    "link",
    usage="[CODE]",
    help="Links your accounts on two networks: alone it gives you a code, which you say to me from the other one.",
    example="+link",
    who=Who.PROVEN,
    changes=True,
)
def link(call: Call) -> Reply:
    """Give out a code, or take one."""
    account = call.request.account
    if account is None or account_name(call.request, call.policy) is None:
        raise UserError(f"`{call.sign}link` is for {Who.PROVEN.value}. I see no account of yours: log in first.")
    network = call.request.network
    if not call.args:
        code = new_code(call.store, network, account, call.request.now)
        known = linked(call.store, network, account)
        lines = [f"Say `link {code}` to me from your account on the other network, within ten minutes."]
        if known:
            lines.append(f"Linked already: {_named(known)}.")
        # Whoever sees the code could take your place.
        return Reply(tuple(lines), private=True)
    if call.request.room is not None:
        raise UserError("Say that to me alone: a code is not for others to see.")
    enter_code(call.store, network, account, call.args.split()[0], acting(call), call.request.now)
    return Reply((f"Linked: {_named(linked(call.store, network, account))} is you, too. `undo` takes it back.",))


def _named(accounts: list[tuple[str, str]]) -> str:
    return ", ".join(f"{account} on {network}" for network, account in accounts)
