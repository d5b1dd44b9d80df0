"""Who is who: `iam NAME` ties the asker to a name that recaps use, `~iam ACCOUNT NAME` gives it an owner's rights."""

from bot.commands.addressing import mistyped
from bot.commands.changing import acting, kept_text
from bot.commands.identity import account_name
from bot.commands.names import LONGEST
from bot.commands.registry import Call, Who, command
from bot.messages import Reply, UserError
from bot.queries.people import names_of_people
from bot.queries.standing import holder_of, is_named, person_spelled, tie_of
from bot.store.people import account_key, claim, confirm_claim


@command(
    "iam",
    "whoami",
    usage="[NAME]",
    help="Ties you to a name that recaps use, for `+mine` and reminders; alone, it says who you are to me.",
    example="+iam Christian",
    who=Who.PROVEN,
    changes=True,
)
def iam(call: Call) -> Reply:
    """Tie the asker to a name."""
    account = account_name(call.request, call.policy)
    if account is None:
        raise UserError("I see no account of yours that I could tie to a name; log in first.")
    if not call.args:
        return _who_i_am(call, account)
    name = _name(call.args)
    network = call.request.network
    holder = holder_of(call.store, network, name)
    if holder is not None and account_key(holder) != account_key(account):
        raise UserError(f"{name} is the account {holder} already. If that is wrong, tell a channel operator.")
    known = names_of_people(call.store)
    close = None if person_spelled(call.store, name) else mistyped(name, known)
    claim(call.store, network, account, name, acting(call), call.request.now)
    reply = _who_i_am(call, account)
    if close:
        return Reply((*reply.lines, f"I knew no {name} before. Did you mean `{call.sign}iam {close}`?"))
    person = person_spelled(call.store, name)
    if person is not None and not is_named(call.store, person):
        return Reply((*reply.lines, f"No recap names {name} so far."))
    return reply


@command(
    "~iam",
    usage="ACCOUNT NAME",
    help="Confirms that an account is the person of that name, with an owner's rights.",
    example="~iam chris Christian",
    who=Who.OPERATOR,
    changes=True,
)
def confirm_iam(call: Call) -> Reply:
    """Confirm that an account is a person."""
    account, _, rest = call.args.partition(" ")
    if not rest:
        raise UserError("Say the account and the name: `~iam ACCOUNT NAME`.")
    network, name = call.request.network, _name(rest)
    if not call.request.has_accounts and network not in call.policy.trust_nicks:
        raise UserError("This network has no accounts that could be tied to a name.")
    if not call.request.has_accounts:
        account = f"~{account.removeprefix('~').casefold()}"
    confirm_claim(call.store, network, account, name, acting(call), call.request.now)
    tie = tie_of(call.store, network, account)
    return Reply((f"{account} is {tie.name if tie else name} from now on, with an owner's rights.",))


def _who_i_am(call: Call, account: str) -> Reply:
    tie = tie_of(call.store, call.request.network, account)
    if tie is None:
        return Reply((f"I do not know you by a name of the recaps; say `{call.sign}iam NAME`.",))
    if tie.confirmed:
        return Reply((f"You are {tie.name}, with an owner's rights.",))
    rights = f"an owner's rights come with a channel operator's `~iam {account} {tie.name}`"
    return Reply((f"You are {tie.name}: `{call.sign}mine` shows what is yours; {rights}.",))


def _name(said: str) -> str:
    name = kept_text(said.removeprefix("@"), "the name")
    if len(name) > LONGEST:
        raise UserError(f"A name has {LONGEST} characters at most.")
    return name
