"""What a command is: one declaration beside its handler. Help, README and permission tests are made from it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from bot.messages import Reply, Request
from bot.model import Actor
from bot.store.database import Store


class Who(Enum):
    """Who may use a command; the value is what help says. OWNER and REVIEWER are judged item by item (`rights`)."""

    ANYONE = "anyone"
    PROVEN = "anyone with an account"
    OWNER = "its owner, who recorded it, the recap's loader or author, a channel operator or an admin"
    REVIEWER = "the recap's loader or author, anyone with voice, a channel operator or an admin"
    MAKER = "who made the change"
    OPERATOR = "a channel operator or an admin"
    ADMIN = "an admin"


def nothing_more(request: Request) -> Reply:
    """What `more` says where no answer is left over."""
    return Reply(("There is no more.",))


@dataclass(frozen=True, slots=True)
class Services:
    """What the running bot can do for a handler and a handler cannot do itself."""

    status: Callable[[], Sequence[str]] = tuple
    """Lines about transports, uptime and the like, for `status`."""
    reload: Callable[[Actor, datetime], Awaitable[Reply]] | None = None
    """Reads `[recaps] paths` again; None where nothing is configured."""
    more: Callable[[Request], Reply] = nothing_more
    """The rest of the last answer given to that person there; dispatch keeps it."""


@dataclass(frozen=True, slots=True)
class Policy:
    """The part of the configuration that commands obey."""

    admins: frozenset[str] = frozenset()
    """`network/account`, the account by its key (`bot.store.people.account_key`)."""
    trust_nicks: frozenset[str] = frozenset()
    """Networks whose nicks are taken for proven identities (small trusted networks, the demo)."""
    signs: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """(network, room) -> which of `+~#!` count there; rooms not named take the default of their kind."""
    room_teams: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """(network, room) -> default team, where the configuration says so."""
    zones: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """(network, room) -> IANA time zone; UTC where not said."""


@dataclass(frozen=True, slots=True)
class Call:
    """One command as dispatch understood it: all that a handler gets."""

    store: Store
    request: Request
    word: str
    """The command word as typed."""
    args: str
    """What follows it, stripped."""
    team: str | None
    """The team addressed by `#team` (its table name), else the room's default team, else None."""
    actor: Actor | None
    """Who asks, when proven (or trusted); None has no rights of their own. An operator always has an actor."""
    policy: Policy
    services: Services
    tracked: bool = False
    """Whether `team` was addressed by `#team`."""
    sign: str = "+"
    """The sign to show in hints: `+` in a room, empty in a direct message."""


Handler = Callable[[Call], Reply]


@dataclass(frozen=True, slots=True)
class Command:
    """One command. `usage` is what follows the name; `example` a whole line that works.

    Other commands that `help` names begin with `+`, as the example does: people are shown what they say there.
    """

    name: str
    aliases: tuple[str, ...]
    usage: str
    help: str
    example: str
    who: Who
    handler: Handler
    changes: bool
    """Whether it changes anything (for the permission table and for networks without accounts)."""


COMMANDS: dict[str, Command] = {}
"""By name, in the order declared."""

NAMES: dict[str, Command] = {}
"""By name and alias."""


def command(
    name: str,
    *aliases: str,
    usage: str = "",
    help: str,
    example: str,
    who: Who = Who.ANYONE,
    changes: bool = False,
) -> Callable[[Handler], Handler]:
    """Declare the decorated handler as a command. A name or alias given twice, or an empty help, stops the start."""
    if not help or not example:
        raise ValueError(f"command {name!r} has no help or no example")

    def declare(handler: Handler) -> Handler:
        declared = Command(name, aliases, usage, help, example, who, handler, changes)
        for each in (name, *aliases):
            if each in NAMES:
                raise ValueError(f"command name {each!r} is declared twice")
            NAMES[each] = declared
        COMMANDS[name] = declared
        return handler

    return declare
