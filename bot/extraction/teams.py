"""Teams as recaps name them, found by the list in data/teams.toml; a team that the list lacks is not guessed."""

import re
from collections import Counter
from dataclasses import dataclass
from functools import cache

from bot.extraction.gatherings import data

BEHIND = (
    r"(?:\s+(?:\([^()]{1,40}\)\s+)?(?:project\s+|ptg\s+|community\s+)?"
    r"(?:teams?|folks|room|rooms|sessions?|topics?|sig|wg|squad|track|community|developers|cores|ptl|developer|updates?))"
)
LONGEST_HEADING = 80


@dataclass(frozen=True, slots=True)
class Names:
    """The names of all teams: which team each means, whether it counts alone, and one pattern for all."""

    team: dict[str, str]
    firmly: frozenset[str]
    pattern: re.Pattern[str]


@cache
def names() -> Names:
    """The names of data/teams.toml, read once."""
    team: dict[str, str] = {}
    firmly = set()
    for name, entry in data("teams").items():
        for alias in (name, *entry.get("also", ())):
            team[alias] = name
            if entry.get("firmly") and ("-" not in alias or alias == name):
                firmly.add(alias)
    spelled = "|".join(
        re.escape(alias).replace(r"\ ", r"[\s_-]").replace(r"\-", r"[\s_-]")
        for alias in sorted(team, key=len, reverse=True)
    )
    pattern = re.compile(rf"(?<![\w./-])(?P<name>{spelled})(?![\w/-]|\.\w)(?P<behind>{BEHIND}\b)?", re.IGNORECASE)
    return Names(team, frozenset(firmly), pattern)


def known(written: str) -> str | None:
    """The team that a name means, or None."""
    key = " ".join(written.replace("_", " ").casefold().split())
    return names().team.get(key) or names().team.get(key.replace(" ", "-")) or names().team.get(key.replace("-", " "))


def counted(text: str) -> Counter[str]:
    """How often each team is named in a text; names that are plain words count only where a team is meant."""
    found: Counter[str] = Counter()
    for match in names().pattern.finditer(text):
        team = known(match.group("name"))
        if team and (match.group("behind") or names_a_team(match.group("name"))):
            found[team] += 1
    return found


def names_a_team(written: str) -> bool:
    """Whether a name alone, as written, is a team's: not a plain word, or a plain word with a capital."""
    key = " ".join(written.casefold().split())
    return key not in names().firmly or written[0].isupper()


def of_heading(heading: str) -> str | None:
    """The team that a heading is about: the heading is its name, alone or with "team", "room", "(images) topics"."""
    words = heading.strip(" :.#*").removeprefix("The ").removeprefix("the ")
    if len(words) > LONGEST_HEADING:
        return None
    if team := known(words):
        return team
    match = names().pattern.match(words)
    if match and match.group("behind") and not words[match.end() :].strip(" :.()"):
        return known(match.group("name"))
    return None
