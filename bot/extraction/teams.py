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
GROUP = re.compile(r"\b(?:team|sig|wg|group|committee)\b")
WORD = re.compile(r"[^\W_]+")
LONGEST_HEADING = 80


@dataclass(frozen=True, slots=True)
class Names:
    """The names of all teams: which team each means, which are plain words or topics too, and one pattern for all."""

    team: dict[str, str]
    words: frozenset[str]
    topics: frozenset[str]
    pattern: re.Pattern[str]
    first: frozenset[str]
    """The words that names begin with."""


@cache
def names() -> Names:
    """The names of data/teams.toml, read once."""
    team: dict[str, str] = {}
    words, topics = set(), set()
    for name, entry in data("teams").items():
        for alias in (name, *entry.get("also", ())):
            team[alias] = name
            if entry.get("topic") and not GROUP.search(alias):
                topics.add(alias)
            if entry.get("word"):
                words.add(alias)
    spelled = "|".join(
        re.escape(alias).replace(r"\ ", r"[\s_-]").replace(r"\-", r"[\s_-]")
        for alias in sorted(team, key=len, reverse=True)
    )
    pattern = re.compile(rf"(?<![\w./-])(?P<name>{spelled})(?![\w/-]|\.\w)(?P<behind>{BEHIND}\b)?", re.IGNORECASE)
    return Names(
        team, frozenset(words), frozenset(topics), pattern, frozenset(WORD.findall(alias)[0] for alias in team)
    )


def known(written: str) -> str | None:
    """The team that a name means, or None."""
    key = " ".join(written.replace("_", " ").casefold().split())
    return names().team.get(key) or names().team.get(key.replace(" ", "-")) or names().team.get(key.replace("-", " "))


def counted(text: str) -> Counter[str]:
    """How often each team is named in a text; names that are plain words count only where a team is meant."""
    found: Counter[str] = Counter()
    first, pattern = names().first, names().pattern
    at = 0
    for word in WORD.finditer(text):
        if word[0].lower() not in first or word.start() < at:
            continue
        match = pattern.match(text, word.start())
        team = known(match.group("name")) if match else None
        if match and team and (match.group("behind") or names_a_team(match.group("name"))):
            found[team] += 1
            at = match.end()
    return found


def names_a_team(written: str) -> bool:
    """Whether a name alone, as written, is a team's: not a topic's, and no plain word in small letters."""
    key = " ".join(written.replace("_", " ").casefold().split())
    return key not in names().topics and (key not in names().words or written[0].isupper())


def of_heading(heading: str) -> str | None:
    """The team that a heading is about: the heading is its name, alone or with "team", "room", "(images) topics"."""
    words = heading.strip(" :.#*").removeprefix("The ").removeprefix("the ")
    match = names().pattern.match(words) if len(words) <= LONGEST_HEADING else None
    if not match or words[match.end() :].strip(" :.()"):
        return None
    return known(match.group("name")) if match.group("behind") or names_a_team(match.group("name")) else None
