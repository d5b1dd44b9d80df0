"""Faults that concern several keys at once, or what lies outside the file."""

import re
import ssl
from collections.abc import Collection, Iterator
from importlib.util import find_spec
from pathlib import Path

from bot.config.faults import did_you_mean
from bot.config.sections import Reading, Room
from bot.config.settings import Config
from bot.store.people import team_key


def cross_check(config: Config) -> list[str]:
    """Faults that concern several keys at once."""
    return [*_check_names(config), *_check_reminders(config), *_check_accounts(config), *_check_reader(config.reader)]


def _check_reader(reader: Reading) -> Iterator[str]:
    if reader.engine != "llm":
        return
    for key in ("address", "model"):
        if getattr(reader, key) is None:
            yield f'reader.{key}: is missing; engine = "llm" needs it.'
    if reader.key and not reader.key.get_secret_value().isascii():
        yield "reader.key: expected a key of ASCII characters."
    if find_spec("openai") is None:
        yield 'reader.engine: "llm" needs the package openai, which is not installed: pip install "openai>=3".'


def _check_names(config: Config) -> Iterator[str]:
    yield from (f"matrix.{name}: there is irc.{name} too; give it another name." for name in config.both)
    for name, room in config.rooms.items():
        if room.network and room.network not in config.networks:
            yield f'rooms."{name}".network: there is no network {room.network}.'
        elif fault := _fault_of_room(config, name, room):
            yield f'rooms."{name}": {fault}'


def _fault_of_room(config: Config, name: str, room: Room) -> str | None:
    """Where a room is set that no network has. Matrix may have any: the bot joins rooms by invitation there."""
    networks = [room.network] if room.network else list(config.networks)
    if any(network in config.matrix for network in networks) and (":" in name or name.startswith("!")):
        return None
    known = {each.casefold(): each for network in networks for each in config.rooms_of(network)}
    if name.casefold() in known:
        return None
    where = " or ".join(map(config.key_of_rooms, networks)) or "the rooms of any network"
    return f"is not among {where}{did_you_mean(name, known.values())}"


def _check_accounts(config: Config) -> Iterator[str]:
    for name, network in config.irc.items():
        if network.sasl and network.sasl.password is None:
            yield f"irc.{name}.sasl: has neither password nor password_file."
    for name, account in config.matrix.items():
        if account.password is None:
            yield f"matrix.{name}: has neither password nor password_file."
    for key, section in config.tables():
        if section.ca_file and (fault := _fault_of_certificates(section.ca_file)):
            yield f"{key}.ca_file: {section.ca_file} {fault}"
    for key, networks in (("irc", config.irc), ("matrix", config.matrix)):
        for name in networks:
            if not re.fullmatch(r"[\w.-]+", name):
                yield f'{key}."{name}": expected a name of letters, digits, dots and hyphens.'


def _fault_of_certificates(file: Path) -> str | None:
    """Why a file cannot say whom to trust; nothing would connect with it."""
    if not file.is_file():
        return "is no file."
    try:
        ssl.create_default_context(cafile=file)
    except ssl.SSLError:
        return "holds no certificates (expected PEM)."
    except OSError as error:
        return f"cannot be read ({error.strerror})."
    return None


def _check_reminders(config: Config) -> Iterator[str]:
    for index, reminder in enumerate(config.reminders):
        network, room = reminder.network, reminder.room
        if network not in config.networks:
            yield f"reminders.{index}.network: there is no network {network}."
        elif (room is None) == (reminder.account is None):
            yield f"reminders.{index}: expected either room or account."
        elif room and room.casefold() not in map(str.casefold, config.rooms_of(network)):
            yield f"reminders.{index}.room: {room} is not among {config.key_of_rooms(network)}."


def team_faults(config: Config, known: Collection[str]) -> list[str]:
    """A fault for each team that the configuration names and nobody knows; `known` are names and aliases (`team_key`).

    A mistyped team would else be a new one, of which nothing is ever said.
    """
    named = [(f'rooms."{name}".team', room.team) for name, room in config.rooms.items()]
    named += [(f"reminders.{index}.team", reminder.team) for index, reminder in enumerate(config.reminders)]
    unknown = [(key, team) for key, team in named if team is not None and team_key(team) not in known]
    return [f"{key}: there is no team {team}{did_you_mean(team_key(team), known)}" for key, team in unknown]
