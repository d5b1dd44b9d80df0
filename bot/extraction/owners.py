"""Who owes an action: the people and teams that its words name, and nobody else.

Rules, first that speaks wins: a label or bracket ("AR: X to …", "(X, Y)", "assigned to X"); the subject of a promise
("X and Y will …", "X offered to …", "X to continue"); "I"; "we"; "they" for the team named last; whom a passive names
("led by X"). A passive without a name has no owner: nobody is guessed.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from bot.extraction.cues import one_line
from bot.extraction.frames import Frame, frames
from bot.extraction.gatherings import data
from bot.extraction.names import lists, names_before, person_in, tokens

TEAM = "team"
AUTHOR = "author"
MOST = 10
"""Owners of one action that are believed of somebody else's reading, and …"""
LONGEST_NAME = 5
"""… words of such a name."""

_BRACKET = re.compile(r"[(\[]([^()\[\]]{2,80})[)\]][\s.;:]*$")
_BRACKET_FIRST = re.compile(r"^\W{0,2}[(\[]([^()\[\]]{2,60})[)\]]")
_BRACKET_HEADING = re.compile(r"[^()\[\].:]{3,80} \(([^()]{3,60})\)(?=:)")
_NAME_FIRST = re.compile(r"^\W{0,2}([\w@][\w@.,&/ '’-]{1,50}?)(?: ?:| [-–—]) (?=\S)")
_NAME_LAST = re.compile(r"(?: [-–—]+|[,:]| \|) ?(@?\w[\w@.,&/ '’-]{1,50})$")
_GROUP = re.compile(r"[A-Z][\w-]*(?: [\w-]+){0,3}")
_NOBODY = frozenset(["tbd", "tba", "none", "nobody", "n/a", "na", "open", "unassigned", "anyone", "volunteer needed"])
_MENTION = re.compile(r"(?<![\w.])@(\w[\w.-]+\w)")
_I = re.compile(r"\b(?:I|I['’](?:ll|m|d|ve)|[Mm]yself|me)\b")
_WE = re.compile(r"\b(?:we|us|our|let['’]s|everyone|everybody|all of us)\b|\bwe['’](?:ll|re|d|ve)\b", re.I)
_TEAM_ITSELF = re.compile(r"\b(?:the|this|our|whole) (?:team|community|group|project)\b", re.I)
_NO_NAMES = frozenset("they them he him she her it you someone somebody everyone everybody all people".split())
_THEY = re.compile(r"\bthey\b", re.I)


@dataclass(frozen=True, slots=True)
class _Patterns:
    passive: re.Pattern[str]
    assigned: re.Pattern[str]
    partner: re.Pattern[str]


@cache
def _patterns() -> _Patterns:
    """The patterns of data/promises.toml that stand before a name."""
    return _Patterns(**{key: re.compile(one_line(pattern)) for key, pattern in data("promises")["by"].items()})


def read_owners(
    text: str,
    *,
    author: str | None = None,
    own_teams: Sequence[str] = (),
    teams_before: Sequence[str] = (),
    before: str = "",
    listed: bool = False,
    cell: str | None = None,
    section_team: str | None = None,
) -> tuple[str, ...]:
    """The owners that the text of an action names, as written, without doubles.

    "team" stands for "we" and for the recap's own team, the author's name (else "author") for "I". `teams_before` are
    the teams named earlier in the section, `before` is the passage before this one, `listed` says that the text is an
    entry of a list of actions, where names stand in brackets or beside a colon (before a task they do so anywhere),
    `cell` is what the owner's column of a table holds. `section_team` is the team whose report the section is: there it
    is "we", "the team" and nobody named.
    """
    return _reported(_owners(text, author, own_teams, teams_before, before, listed, cell), section_team)


def borne_out(
    names: Sequence[str],
    text: str,
    *,
    author: str | None = None,
    own_teams: Sequence[str] = (),
    section_team: str | None = None,
) -> tuple[str, ...]:
    """Of the owners that somebody else takes from a text those that it names, as written there, without doubles.

    "team" and "author" are believed where the text says "we" or "I", and are then what `read_owners` makes of those.
    """
    found: list[str] = []
    for name in names[:MOST]:
        told = " ".join(name.strip(" @*_`.").split())
        key = told.lower()
        if key in (TEAM, "the team", "we", "us"):
            found += [TEAM] if _WE.search(text) or _TEAM_ITSELF.search(text) else []
        elif key in (AUTHOR, "i", "me") or (author is not None and key == author.lower() and _I.search(text)):
            found += [author or AUTHOR] if _I.search(text) else []
        elif key not in _NOBODY | _NO_NAMES and re.search(r"[^\W\d_]", told) and len(told.split()) <= LONGEST_NAME:
            words = r"\s+".join(map(re.escape, told.split()))
            standing = re.search(rf"(?<!\w){words}(?!\w)", text, re.I)
            found += [standing[0]] if standing else []
    return _reported(_own(found, own_teams), section_team)


def _reported(owners: tuple[str, ...], section_team: str | None) -> tuple[str, ...]:
    """In the report of a team it is "the team", and nobody named is that team as well."""
    if section_team is None:
        return owners
    return tuple(dict.fromkeys(section_team if name == TEAM else name for name in owners)) or (section_team,)


def _owners(
    text: str,
    author: str | None,
    own_teams: Sequence[str],
    teams_before: Sequence[str],
    before: str,
    listed: bool,
    cell: str | None,
) -> tuple[str, ...]:
    if cell is not None:
        return _own(_split_names(cell, lone=True) or _verbatim(cell), own_teams)
    for reading in (_marked(text, listed), *_promised(text, author, teams_before, before)):
        if reading:
            return _own(reading, own_teams)
    return ()


def _marked(text: str, listed: bool) -> list[str]:
    """Names that a label, a bracket or a mention gives."""
    match = _patterns().assigned.search(text)
    if match and (names := _names_after(text, match.end())):
        return names
    first = (_BRACKET_FIRST, _NAME_FIRST)
    for pattern in (_BRACKET, *first, _NAME_LAST) if listed else first if _is_task(text) else ():
        match = pattern.search(text) if pattern is not _NAME_LAST else pattern.search(text[-70:])
        if match and (names := _split_names(match.group(1), lone=True)) and (listed or all(map(_is_person, names))):
            return names
    heading = _BRACKET_HEADING.match(text)
    if heading and (names := _split_names(heading.group(1), lone=True)):
        return names
    bracket = _BRACKET.search(text)
    if bracket and "@" in bracket.group(1):
        return _MENTION.findall(bracket.group(1))
    return []


def _is_person(name: str) -> bool:
    """Whether a name is one by its form alone: a nick, or of several words. "Reminder" and "Redis" are not."""
    return name.islower() or " " in name


def _is_task(text: str) -> bool:
    """Whether a text begins as the entry of a list of tasks does: with work to be done, behind a name at most."""
    first = _BRACKET_FIRST.match(text) or _NAME_FIRST.match(text)
    words = tokens(text[first.end() :] if first else text)
    return bool(words) and words[0].lower in lists().work


def _promised(text: str, author: str | None, teams_before: Sequence[str], before: str) -> Iterator[list[str]]:
    """Readings of who promises, the surest first."""
    said = frames(text)
    named = [f for f in said if f.subject.names and f.verb != "did"]
    for verbs in (("will", "going", "offered", "to", "has"), ("doing", "need"), ("may",)):
        yield [name for f in named if f.verb in verbs for name in (*_myself(f, author), *f.subject.names)]
    yield _names_by(text)
    yield _MENTION.findall(text)
    kinds = {f.subject.kind for f in said}
    if "he" in kinds:
        at = next(f.start for f in said if f.subject.kind == "he")
        yield list(person_in(text[:at]) or person_in(before))
    if "I" in kinds:
        partner = _patterns().partner.search(text)
        yield [author or AUTHOR, *(_names_after(text, partner.end()) if partner else [])]
    nouns = [f.subject.noun for f in said if f.subject.noun]
    if "teams" in nouns:  # "the teams will": the two spoken of before
        yield _last(teams_before, 2)
    if nouns and nouns[0] not in ("team", "teams", "community", "group", "project"):  # "the SIG": spoken of before
        yield [team for team in teams_before if team.lower().endswith(" " + nouns[0])][-1:]
    if "we" in kinds or _WE.search(text):
        yield [TEAM]
    if "they" in kinds or _THEY.search(text):
        yield _last(teams_before, 1) or [TEAM]
    if _I.search(text):
        yield [author or AUTHOR]
    yield [name for f in said if f.verb == "did" for name in f.subject.names]


def _myself(frame: Frame, author: str | None) -> list[str]:
    """ "Alice and I will": the author beside those named."""
    return [author or AUTHOR] if frame.subject.kind == "I" else []


def _last(teams: Sequence[str], count: int) -> list[str]:
    """The teams named last, each once whatever its spelling."""
    seen: dict[str, str] = {}
    for team in reversed(teams):
        seen.setdefault(_team_key(team), team)
    return list(seen.values())[:count][::-1]


def _names_by(text: str) -> list[str]:
    match = _patterns().passive.search(text)
    return _names_after(text, match.end()) if match else []


def _names_after(text: str, start: int) -> list[str]:
    """The names that begin right at `start`: the longest run of at most eight tokens that is names throughout."""
    words = tokens(text[start : start + 90])[:8]
    for end in range(len(words), 0, -1):
        found = names_before(words, end)
        if found is not None and found.names and found.first == 0:
            return list(found.names)
        if found is not None and found.kind in ("I", "we") and found.first == 0:
            return []
    return []


def _split_names(text: str, lone: bool) -> list[str]:
    """The names of a bracket or a table cell; nothing where any part is no name."""
    parts = [part.strip(" *_`.") for part in re.split(r",|;| and | & |/| \+ |\band/or\b|\|", text)]
    names: list[str] = []
    for part in parts:
        if not part:
            continue
        words = tokens(part)
        found = names_before(words, len(words)) if words else None
        if found is None or found.first != 0 or not found.names or len(words) > 5:
            return []
        names.extend(found.names)
    return names if lone or len(names) > 1 else []


def _verbatim(cell: str) -> list[str]:
    """What an owner's column holds that is no name of a person: groups, as they stand there."""
    parts = [part.strip(" *_`.") for part in re.split(r",|;|/|\|", cell)]
    return [part for part in parts if _GROUP.fullmatch(part) and part.lower() not in _NOBODY]


def _own(names: Sequence[str], own_teams: Sequence[str]) -> tuple[str, ...]:
    """Without doubles, and with "team" for the recap's own team; a recap of several teams names the one it means."""
    alone = len(names) == 1 and len(own_teams) > 1
    own = {_team_key(team) for team in own_teams[:1]}
    return tuple(dict.fromkeys(TEAM if _team_key(name) in own and not alone else name for name in names))


def _team_key(name: str) -> str:
    return re.sub(r" (?:team|teams|folks|project|community|squad)$", "", name.lower().removeprefix("the "))
