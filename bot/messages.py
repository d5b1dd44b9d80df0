"""Request, Reply and UserError: all that a transport and a command know of each other."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

CONSOLE = "console"
"""The network of whoever speaks to the bot on its own machine (`recapbot say`)."""


class Role(IntEnum):
    """What a person may do in the room they speak in. Unknown means USER: no rights."""

    USER = 0
    VOICE = 1
    OP = 2
    ADMIN = 3


@dataclass(frozen=True, slots=True)
class Request:
    """One line that somebody said, with what the transport knows and a handler must not fetch."""

    text: str
    nick: str
    """For display only; never an identity."""
    now: datetime
    """Aware, UTC."""
    network: str = CONSOLE
    room: str | None = None
    """The channel or room; None in a direct message."""
    account: str | None = None
    """The proven account on that network (services account, Matrix id); None when unproven."""
    role: Role = Role.USER
    """From the modes of that room; global admins are added by dispatch."""
    has_accounts: bool = True
    """Whether the network knows accounts at all."""
    own_names: tuple[str, ...] = ("recapbot",)
    """The names that the bot is addressed by there."""
    page: int | None = None
    """Lines that an answer may have where it is one message, however long; None for a few, and `more`."""
    reactions: bool = False
    """Whether a reaction to an item does what a word does there."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the bot answers: plain text, one item a line, the most telling line first."""

    lines: tuple[str, ...]
    private: bool = False
    """Goes to the asker by direct message, wherever the question was asked."""
    rest: Callable[[], tuple[str, ...]] | None = None
    """Makes the lines that follow `lines`, of which there must be more than one page, once somebody asks for them."""
    later: Callable[[], Awaitable["Reply"]] | None = None
    """Long work that goes on after `lines` are said; its reply goes to the same place."""
    failed: bool = False
    """Whether the program or its database failed, by no fault of the asker: `lines` say so."""


class UserError(Exception):
    """Something a person can put right; its text, one plain sentence, is the reply."""
