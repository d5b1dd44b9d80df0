"""From one line that somebody said to the reply, or to silence: every check once, in one order, for every network.

Cleaning, addressing, the command, who asks, whether they may, what the command needs, its handler, paging. Whatever
goes wrong on the way ends in one plain sentence; what was not foreseen is logged with the request.
"""

import logging
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial

from bot.commands.addressing import Meant, Missed, Setting, understand
from bot.commands.help import example, usage
from bot.commands.identity import actor_of, with_role
from bot.commands.misses import Misses
from bot.commands.paging import Pages
from bot.commands.place import default_team, hint_sign, signs
from bot.commands.registry import NAMES, Call, Command, Policy, Services
from bot.commands.rights import refusal
from bot.messages import Reply, Request, Role, UserError
from bot.queries.teams import team_named
from bot.store.database import DatabaseError, Store, explain

LONGEST = 2000
"""Characters of a line that are read."""

OOPS = "Something went wrong with that; the operator's log says what."
"""The answer where a handler failed in a way that nobody foresaw."""

ASIDE = frozenset(["more", "show", "help"])
"""Beside changes, what leaves the rest of a list there: one reads it, looks at an item or marks it as done, goes on."""

log = logging.getLogger(__name__)

# mIRC's codes for colours and faces go with their digits; other control characters become spaces; what is invisible
# (our own lists may hold such a character, so that a nick does not ping) or half a character goes.
_DRESS = re.compile("\x03(?:[0-9]{1,2}(?:,[0-9]{1,2})?)?|\x04(?:[0-9a-fA-F]{6})?|[\x02\x0f\x11\x16\x1d\x1e\x1f]")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\ud800-\udfff]")


def clean(text: str) -> str:
    """What somebody said, on one line and without what cannot be seen."""
    return _INVISIBLE.sub("", _CONTROL.sub(" ", _DRESS.sub("", text))).strip()


class Dispatcher:
    """The one door to the commands: transports, the console and the command line all call `answer`."""

    def __init__(self, store: Store, policy: Policy, services: Services) -> None:
        self._store = store
        self._policy = policy
        self._pages = Pages()
        self._misses = Misses()
        self._services = replace(services, more=self._more)

    def answer(self, request: Request) -> Reply | None:
        """The reply to a line, or None for silence. Never raises."""
        given = request.text.strip(" \t\r\n")
        request = replace(request, text=clean(request.text), nick=clean(request.nick)[:60] or "somebody")
        try:
            meant = understand(request.text, self._setting(request))
        except Exception:
            # Nobody knows yet whether the line was for the bot: in a room, silence.
            log.exception("a line could not be understood: %r", request)
            return None if request.room is not None else Reply((OOPS,), failed=True)
        if given and not request.text and request.room is None:
            meant = Missed("There was nothing in that to read.")
        if meant is None:
            return None
        if len(request.text) > LONGEST:
            meant = Missed(f"That has {len(request.text):,} characters; {LONGEST:,} are the most that I read.")
        if isinstance(meant, Missed):
            return self._misses.told(request, Reply((meant.sentence,)), word=True)
        try:
            reply = self._paged(request, meant, self._run(with_role(request, self._policy), meant))
        except Exception as error:
            reply = _failure(request, error)
            # What was said in a room began with a sign or our name: no machine does that by chance.
            return reply if request.room is not None or reply.failed else self._misses.told(request, reply, word=False)
        self._misses.understood(request)
        return reply

    def _setting(self, request: Request) -> Setting:
        return Setting(
            direct=request.room is None,
            own_names=request.own_names,
            signs=signs(self._policy, request),
            words=NAMES,
            team=partial(team_named, self._store),
            sign=hint_sign(self._policy, request),
        )

    def _paged(self, request: Request, meant: Meant, reply: Reply) -> Reply:
        """The reply as it may be said, and its later part too."""
        if reply.later is not None:
            reply = replace(reply, later=partial(self._later, request, meant, reply.later))
        command = NAMES[meant.word]
        keep = command.changes or command.name in ASIDE
        return self._pages.cut(request, reply, hint_sign(self._policy, request), keep=keep)

    async def _later(self, request: Request, meant: Meant, later: Callable[[], Awaitable[Reply]]) -> Reply:
        try:
            return self._paged(request, meant, await later())
        except Exception as error:
            return _failure(request, error)

    def _run(self, request: Request, meant: Meant) -> Reply:
        """The reply of the command, after every check that is not its own. Raises UserError."""
        command = NAMES[meant.word]
        if meant.admin and request.role < Role.OP:
            raise UserError("`~` is for channel operators and admins; other commands go without it.")
        if why := refusal(command, request, self._policy):
            raise UserError(why)
        sign = hint_sign(self._policy, request)
        team = meant.team or default_team(self._store, self._policy, request)
        if not meant.args and _needs_args(command, team):
            raise UserError(f"Say `{usage(command, sign)}`, for example `{example(command, sign)}`.")
        call = Call(
            store=self._store,
            request=request,
            word=meant.word,
            args=meant.args,
            team=team,
            actor=actor_of(request, self._policy),
            policy=self._policy,
            services=self._services,
            tracked=meant.team is not None,
            sign=sign,
        )
        return command.handler(call)

    def _more(self, request: Request) -> Reply:
        return self._pages.more(request, hint_sign(self._policy, request))


def _needs_args(command: Command, team: str | None) -> bool:
    """Whether the usage begins with something that must be said, and that is not the team that is meant anyway."""
    first = command.usage.split(" ")[0]
    return bool(first) and not first.startswith("[") and not (team is not None and first == "TEAM")


def _failure(request: Request, error: Exception) -> Reply:
    """The one sentence for whatever went wrong; what nobody foresaw is logged, and its own text is never shown."""
    cause = error if isinstance(error, DatabaseError) else error.__cause__
    said = explain(error) if isinstance(error, DatabaseError) else str(error)
    foreseen = isinstance(error, UserError | DatabaseError)
    if isinstance(cause, DatabaseError):
        foreseen = foreseen and str(cause) not in said
        log.error("the database refused: %s; %r", cause, request)
    if foreseen:
        return Reply((_sentence(said),), failed=isinstance(cause, DatabaseError))
    log.error("a command failed: %r", request, exc_info=error)
    return Reply((OOPS,), failed=True)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
