"""Who may do what (design: "Who may"). Whoever is unknown, and whatever is not said here, is refused.

Two gates: `refusal` asks what a command wants of anyone, before its handler runs; `require` asks, item by item, what
its items want.
"""

from collections.abc import Callable, Sequence

from bot.commands.identity import account_name, is_proven, may_change_here
from bot.commands.ids import UNCHANGED
from bot.commands.place import hint_sign
from bot.commands.registry import Call, Command, Policy, Who
from bot.messages import Request, Role, UserError
from bot.model import Item
from bot.queries.standing import answers_for, has_recap, tie_of


def refusal(command: Command, request: Request, policy: Policy) -> str | None:
    """Why this person may not use the command at all, in a sentence; None where they may."""
    if command.changes and not may_change_here(request, policy):
        return "This network has no accounts to know people by, so only channel operators change anything here."
    allowed = {
        Who.ANYONE: True,
        Who.PROVEN: is_proven(request, policy),
        Who.OWNER: is_proven(request, policy),
        Who.REVIEWER: is_proven(request, policy) or request.role >= Role.VOICE,
        Who.MAKER: is_proven(request, policy) or request.role >= Role.VOICE,  # a reviewer's word is a change too
        Who.OPERATOR: request.role >= Role.OP,
        Who.ADMIN: request.role >= Role.ADMIN,
    }
    if allowed.get(command.who, False):
        return None
    sign = "" if command.name.startswith("~") else hint_sign(policy, request)
    sentence = f"`{sign}{command.name}` is for {command.who.value}."
    if is_proven(request, policy) or command.who in (Who.OPERATOR, Who.ADMIN):
        return sentence
    return f"{sentence} I see no account of yours: log in first."


def may_change(call: Call, item: Item) -> bool:
    """The owner, who recorded it, the recap's loader or linked author, a channel operator, an admin."""
    if call.request.role >= Role.OP:
        return True
    account = account_name(call.request, call.policy)
    return account is not None and answers_for(call.store, call.request.network, account, item)


def may_review(call: Call, item: Item) -> bool:
    """The recap's loader or linked author, anyone with voice, a channel operator, an admin."""
    if call.request.role >= Role.VOICE:
        return True
    account = account_name(call.request, call.policy)
    return account is not None and has_recap(call.store, call.request.network, account, item)


JUDGES: dict[Who, Callable[[Call, Item], bool]] = {Who.OWNER: may_change, Who.REVIEWER: may_review}
"""Who is judged item by item, and by which rule."""


def require(call: Call, items: Sequence[Item], who: Who) -> None:
    """Raise UserError, which says who may, unless the asker may change every one of the items."""
    judge = JUDGES[who]
    refused = [item for item in items if call.actor is None or not judge(call, item)]
    if refused:
        labels = ", ".join(item.label for item in refused)
        rest = UNCHANGED if len(refused) < len(items) else ""
        raise UserError(f"`{call.sign}{call.word} {labels}` is for {who.value}.{rest}{unconfirmed(call, refused)}")


def unconfirmed(call: Call, items: Sequence[Item]) -> str:
    """What is missing where the asker said who they are, and that person owns one of the items."""
    account = account_name(call.request, call.policy)
    tie = tie_of(call.store, call.request.network, account) if account else None
    if tie is None or tie.confirmed or not any(owner.person == tie.person for item in items for owner in item.owners):
        return ""
    return f" You said that you are {tie.name}; ask a channel operator for `~iam {account} {tie.name}`."
