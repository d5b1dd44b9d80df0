"""Where the files are that the bot ships with: inside an installed wheel, or beside `bot/` in a checkout."""

import tomllib
from pathlib import Path

from bot.messages import UserError
from bot.store.people import TeamSeed


def shipped(name: str) -> Path:
    """The folder `seeds` or `config` that came with the bot."""
    inside = Path(__file__).parent / "shipped_files" / name
    return inside if inside.is_dir() else Path(__file__).parent.parent / name


def read_teams(path: Path | None = None) -> dict[str, TeamSeed]:
    """The teams of a `teams.toml`, by name; without a path those the bot ships with.

    Raises UserError where the file cannot be read or a team is not `{aliases = […], part_of = "…"}`.
    """
    path = path or shipped("config") / "teams.toml"
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror}).") from error
    except ValueError as error:
        raise UserError(f"{path} is not TOML: {error}.") from error
    teams = {}
    for name, about in raw.items():
        unknown = set(about) - {"aliases", "part_of"} if isinstance(about, dict) else {"…"}
        if unknown:
            raise UserError(f"{path}: [{name}]: expected aliases and part_of only.")
        teams[name] = TeamSeed(tuple(about.get("aliases", ())), about.get("part_of"))
    return teams
