"""Where the files are that the bot ships with: inside an installed wheel, or beside `bot/` in a checkout."""

import tomllib
from collections.abc import Iterator, Mapping
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
    teams, faults = sound_teams(path)
    if faults:
        raise UserError("\n".join(faults))
    return teams


def sound_teams(path: Path | None = None) -> tuple[dict[str, TeamSeed], list[str]]:
    """What can be used of a `teams.toml`, and a sentence for each fault. Raises UserError where it cannot be read."""
    path = path or shipped("config") / "teams.toml"
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror}).") from error
    except (ValueError, RecursionError) as error:
        raise UserError(f"{path} is not TOML: {error}.") from error
    faults = [f"{path}: [{name}]: {fault}" for name, about in raw.items() for fault in _faults(name, about, raw)]
    return {name: _seed(about) for name, about in raw.items()}, faults


def team_names(teams: Mapping[str, TeamSeed]) -> set[str]:
    """Every name and alias of those teams, as after `#` in chat."""
    return {team_key(each) for name, team in teams.items() for each in (name, *team.aliases)}


def _faults(name: str, about: Any, teams: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with one team of the file."""
    entry, seed = about if isinstance(about, dict) else {}, _seed(about)
    if entry is not about or set(entry) - {"aliases", "part_of"}:
        yield "expected aliases and part_of only."
    if entry.get("aliases", []) != list(seed.aliases):
        yield 'aliases: expected a list such as ["k-a"].'
    for each in (name, *seed.aliases):
        if not may_name_team(each):
            yield f"{each!r} cannot be the name of a team."
    if "part_of" in entry and seed.part_of not in teams:
        yield f"part_of: there is no team {entry['part_of']!r} in this file."


def _seed(about: Any) -> TeamSeed:
    """What can be used of the entry of a team."""
    entry = about if isinstance(about, dict) else {}
    aliases, part_of = entry.get("aliases"), entry.get("part_of")
    names = [each for each in aliases if isinstance(each, str)] if isinstance(aliases, list) else []
    return TeamSeed(tuple(names), part_of if isinstance(part_of, str) else None)
