"""Faults of what the configuration names and that lies outside it: files and folders. Nothing is made or changed."""

import os.path
import ssl
from collections.abc import Iterator, Sequence
from pathlib import Path

from bot.config.cross_checks import team_faults
from bot.config.faults import Fault
from bot.config.settings import Config
from bot.messages import UserError
from bot.shipped import sound_teams, team_names


def check_files(config: Config) -> Iterator[Fault]:
    """Faults of files that the bot cannot start without."""
    for key, networks in (("irc", config.irc), ("matrix", config.matrix)):
        for name, network in networks.items():
            if network.ca_file and (said := _fault_of_certificates(network.ca_file)):
                yield Fault((key, name, "ca_file"), f"{network.ca_file} {said}")
    for said in _faults_of_teams(config):
        yield Fault(("bot", "teams_file"), said)


def check_more(config: Config) -> Iterator[Fault]:
    """What only `check` refuses: `run` can do without those paths, makes a database, and knows more teams from it."""
    database = config.bot.database
    if not os.path.isdir(database.parent):
        yield Fault(("bot", "database"), f"the folder {database.parent} does not exist.")
    elif os.path.isdir(database):
        yield Fault(("bot", "database"), f"{database} is a folder.")
    for path in config.recaps.paths:
        if not os.path.exists(path):
            yield Fault(("recaps", "paths"), f"{path} does not exist.", rests_on=())
    try:
        yield from team_faults(config, team_names(sound_teams(config.bot.teams_file)[0]))
    except UserError:
        return  # which is said already, and of no team can be said whether it stands in the file


def _faults_of_teams(config: Config) -> Sequence[str]:
    """What is wrong with the file of teams."""
    try:
        return sound_teams(config.bot.teams_file)[1]
    except UserError as error:
        teams = [room.team for room in config.rooms.values()] + [reminder.team for reminder in config.reminders]
        named = any(team is not None for team in teams)
        return [f"{error}{' Nor can be said whether the teams that are named here stand in it.' if named else ''}"]


def _fault_of_certificates(file: Path) -> str | None:
    """Why a file cannot say whom to trust; nothing would connect with it."""
    if not os.path.isfile(file):
        return "is no file."
    try:
        ssl.create_default_context(cafile=file)
    except ssl.SSLError:
        return "holds no certificates (expected PEM)."
    except OSError as error:
        return f"cannot be read ({error.strerror})."
    return None
