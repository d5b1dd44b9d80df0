"""Recording by hand: `action TEAM: TEXT - owner WHO - due WHEN`, `decide TEAM: TEXT`, `question TEAM: TEXT`.

`Alice to write it` names its owner as trackbot's users are used to, where Alice is somebody known. The text is kept as
it was said. The same text twice within a day is one recording: people repeat themselves, and bots echo.
"""

import re
from dataclasses import dataclass
from datetime import timedelta

from bot.commands.addressing import mistyped
from bot.commands.changing import acting, kept_text, visible
from bot.commands.names import read_owners, strangers
from bot.commands.place import today
from bot.commands.registry import Call, Who, command
from bot.commands.when import read_due
from bot.messages import Reply, UserError
from bot.model import Kind
from bot.queries.items import by_label
from bot.queries.lines import item_line
from bot.queries.people import resolve
from bot.queries.standing import recorded_since
from bot.queries.teams import list_teams, team_named
from bot.store.changes import stamp
from bot.store.items import record

ECHO = timedelta(days=1)
"""Within this time the same text for the same team is the same recording."""

_PART = re.compile(r"\s+(?:--?|–|—)\s+(?=(?:owners?|due)\b)", re.IGNORECASE)
_KEY = re.compile(r"(owner|due)s?\b[\s:=]*(.*)", re.IGNORECASE | re.DOTALL)
_TEAM = re.compile(r"#?([^\s:#]+(?: [^\s:]+){0,2}):(?:\s+(.+))?", re.DOTALL)
_PROMISE = re.compile(r"(.{1,80}?)\s+(?:to|will)\s+\S", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Recording:
    """What was said to be recorded, in its parts."""

    text: str
    owner: str | None = None
    due: str | None = None


def split_recording(said: str) -> Recording:
    """The text, and what `- owner …` and `- due …` behind it say, in any order. Pure."""
    text, *parts = _PART.split(said.strip())
    owner = due = None
    for part in parts:
        key, value = _KEY.fullmatch(part).groups()  # type: ignore[union-attr]  # _PART splits before such words only
        if key.casefold() == "owner":
            owner = value.strip()
        else:
            due = value.strip()
    return Recording(text.strip(), owner, due)


@command(
    "action",
    "todo",
    "ai",
    usage="TEAM: TEXT [- owner WHO] [- due WHEN]",
    help="Records an action; `TEAM:` may be left out where a team is meant already (#TEAM, or the room's own).",
    example="+action kolla: try out OpenSearch - owner Christian - due M2",
    who=Who.PROVEN,
    changes=True,
)
def action(call: Call) -> Reply:
    """Record an action, with its owners and its due."""
    team, said = _team_and_text(call)
    parts = split_recording(said)
    text = kept_text(parts.text, "what is to be done")
    owner = parts.owner if parts.owner is not None else _promiser(call, text)
    owners = read_owners(call, owner, team) if owner is not None else ()
    due = read_due(parts.due, today(call)) if parts.due is not None else None
    return _record(call, Kind.ACTION, team, text, owners, due)


@command(
    "decide",
    "resolution",
    usage="TEAM: TEXT",
    help="Records a decision.",
    example="+decide kolla: Elasticsearch is removed after the release",
    who=Who.PROVEN,
    changes=True,
)
def decide(call: Call) -> Reply:
    """Record a decision."""
    team, said = _team_and_text(call)
    return _record(call, Kind.DECISION, team, kept_text(said, "what was decided"))


@command(
    "question",
    usage="TEAM: TEXT",
    help="Records an open question; `+answer` closes it.",
    example="+question kolla: who tests the upgrade from Wallaby?",
    who=Who.PROVEN,
    changes=True,
)
def question(call: Call) -> Reply:
    """Record an open question."""
    team, said = _team_and_text(call)
    return _record(call, Kind.QUESTION, team, kept_text(said, "what is open"))


def _record(
    call: Call, kind: Kind, team: str, text: str, owners: tuple[str, ...] = (), due: str | None = None
) -> Reply:
    actor, now = acting(call), call.request.now
    if known := recorded_since(call.store, kind, team, text, stamp(now - ECHO)):
        return Reply((f"{known} says that already; nothing more was recorded.",))
    unknown = strangers(call.store, owners)
    label = record(call.store, kind, team=team, text=text, owners=owners, due=due, actor=actor, now=now)
    item = by_label(call.store, label)
    line = item_line(item, today(call), team=True) if item else label
    return Reply((f"Recorded: {line}.{visible(call)}{unknown}",))


def _team_and_text(call: Call) -> tuple[str, str]:
    """The team that `TEAM:` names, else the one meant here, and the text. Raises UserError where no team is known."""
    match = _TEAM.fullmatch(call.args)
    named = team_named(call.store, match[1]) if match else None
    if match and named:
        return named, match[2] or ""
    if call.team:
        return call.team, call.args
    if match is None:
        raise UserError(f"Say for which team: `{call.sign}{call.word} TEAM: TEXT`; `{call.sign}teams` lists them.")
    teams = [name for team in list_teams(call.store) for name in (team.name, *team.aliases)]
    close = mistyped(match[1].casefold(), teams)
    hint = f"Did you mean `{close}`?" if close else f"`{call.sign}teams` lists those I know."
    raise UserError(f"I know no team `{match[1][:40]}`. {hint}")


def _promiser(call: Call, text: str) -> str | None:
    """Who `Alice to write it` or `Alice and Bob will …` names, where each is somebody known; else None."""
    match = _PROMISE.match(text)
    if match is None:
        return None
    names = [name.strip().removeprefix("@") for name in re.split(r",|&|\band\b", match[1]) if name.strip()]
    known = all(len(resolve(call.store, name, exact=True)) == 1 or team_named(call.store, name) for name in names)
    return match[1] if known else None
