"""Who asks, and what they may be taken for. Pure; whatever is unknown gives no rights.

An identity is a services account or a Matrix id (`libera/alice`). A nick is none, save where the configuration trusts
the nicks of a network; it is then written `libera/~alice`. So is an operator without an account, and anyone with voice:
their rights come from the room's modes, and the audit trail needs a name. That name ends with the room
(`libera/~alice@#ptg`), so that it opens nothing elsewhere.
"""

from dataclasses import replace

from bot.commands.registry import Policy
from bot.messages import Request, Role
from bot.model import Actor
from bot.store.people import account_key


def with_role(request: Request, policy: Policy) -> Request:
    """The request, of role ADMIN where the configuration names its account (its `~nick` where nicks are trusted)."""
    account = account_name(request, policy)
    if account is not None and f"{request.network}/{account_key(account)}" in policy.admins:
        return replace(request, role=Role.ADMIN)
    return request


def own_identity(request: Request, policy: Policy) -> str | None:
    """The identity that is proven of the person, or taken for proven: `network/account`, `network/~nick`, or None."""
    if request.account:
        return f"{request.network}/{request.account}"
    if request.network in policy.trust_nicks:
        return f"{request.network}/~{request.nick.casefold()}"
    return None


def account_name(request: Request, policy: Policy) -> str | None:
    """The part of the own identity that `iam` ties to a name: the account, or `~nick` where nicks are trusted."""
    identity = own_identity(request, policy)
    return None if identity is None else identity.removeprefix(f"{request.network}/")


def actor_of(request: Request, policy: Policy) -> Actor | None:
    """Who the audit trail will name, or None for a person with neither an identity nor a mode of the room."""
    identity = own_identity(request, policy)
    if identity is None and request.role >= Role.VOICE:
        identity = f"{request.network}/~{request.nick.casefold()}@{request.room}"
    if identity is None:
        return None
    return Actor(identity, request.nick, request.network, request.room)


def is_proven(request: Request, policy: Policy) -> bool:
    """Whether the person counts as "anyone with an account"; an operator of the room does."""
    return own_identity(request, policy) is not None or request.role >= Role.OP


def may_change_here(request: Request, policy: Policy) -> bool:
    """Whether the network lets the person change anything: without accounts only operators do, or trusted nicks."""
    return request.has_accounts or request.network in policy.trust_nicks or request.role >= Role.OP
