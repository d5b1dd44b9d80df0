"""Where the files are that the bot ships with: inside an installed wheel, or beside `bot/` in a checkout."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bot.messages import UserError
from bot.store.people import TeamSeed, may_name_team, team_key


def shipped(name: str) -> Path:
    """The folder `seeds` or `config` that came with the bot."""
    inside = Path(__file__).parent / "shipped_files" / name
    return inside if inside.is_dir() else Path(__file__).parent.parent / name


def read_teams(path: Path | None = None) -> dict[str, TeamSeed]:
    """The teams of a `teams.toml`, by name; without a path those the bot ships with.

    Raises UserError where the file cannot be read, a team is not `{aliases = […], part_of = "…"}`, or a name is none
    that a team may have.
    """
    path = path or shipped("config") / "teams.toml"
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror}).") from error
    except ValueError as error:
        raise UserError(f"{path} is not TOML: {error}.") from error
    for name, about in raw.items():
        if fault := _fault(name, about, raw):
            raise UserError(f"{path}: [{name}]: {fault}")
    return {name: TeamSeed(tuple(about.get("aliases", ())), about.get("part_of")) for name, about in raw.items()}


def team_names(teams: Mapping[str, TeamSeed]) -> set[str]:
    """Every name and alias of those teams, as after `#` in chat."""
    return {team_key(each) for name, team in teams.items() for each in (name, *team.aliases)}


def _fault(name: str, about: Any, teams: Mapping[str, Any]) -> str | None:
    """What is wrong with one team of the file; None where nothing is."""
    if not isinstance(about, dict) or set(about) - {"aliases", "part_of"}:
        return "expected aliases and part_of only."
    aliases = about.get("aliases", [])
    if not isinstance(aliases, list) or not all(isinstance(alias, str) for alias in aliases):
        return 'aliases: expected a list such as ["k-a"].'
    for each in (name, *aliases):
        if not may_name_team(each):
            return f"{each!r} cannot be the name of a team."
    if about.get("part_of", name) not in teams:
        return f"part_of: there is no team {about['part_of']!r} in this file."
    return None
