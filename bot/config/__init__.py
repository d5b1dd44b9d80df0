"""Typed settings, read from TOML: every fault at once, with its key and what was expected.

A setting may come from the environment instead of the file: `RECAPBOT_` and the key, `__` between tables
(`RECAPBOT_IRC__OFTC__SASL__PASSWORD`). Secrets are never shown: not by `repr`, not in a fault.
"""

import tomllib
from pathlib import Path
from typing import Any, TypeVar

from pydantic_settings import SettingsError

from bot.config.cross_checks import cross_check, team_faults
from bot.config.faults import ConfigError, fault_of, only_follows
from bot.config.secrets import double_secrets, open_secrets, with_secrets
from bot.config.sections import Bot, IrcNetwork, MatrixNetwork, Reading, Recaps, Reminder, Room, Sasl
from bot.config.settings import Config, Refused

__all__ = [
    "Bot",
    "Config",
    "ConfigError",
    "IrcNetwork",
    "MatrixNetwork",
    "Reading",
    "Recaps",
    "Reminder",
    "Room",
    "Sasl",
    "load",
    "read",
    "team_faults",
]

HasCertificates = TypeVar("HasCertificates", IrcNetwork, MatrixNetwork)


def load(path: Path) -> Config:
    """Read and check a configuration file. Raises ConfigError with every fault; connects to nothing."""
    config, faults = read(path)
    if faults:
        raise ConfigError(path, faults)
    return config


def read(path: Path) -> tuple[Config, list[str]]:
    """What can be used of a configuration file, and its faults. Raises ConfigError where it is no TOML at all."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(path, [f"cannot be read: {error.strerror}."]) from error
    except UnicodeDecodeError as error:
        raise ConfigError(path, ["is not UTF-8 text."]) from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(path, [f"is not TOML: {error}."]) from error
    refused: list[Any] = []
    try:
        config = Config(**raw)
    except Refused as error:
        config, refused = error.rest, error.errors
    except SettingsError as error:
        raise ConfigError(path, [f"in the environment lists and tables are JSON: {error}."]) from error
    faults: list[str] = []
    config = with_secrets(_with_paths(config, path.parent), path.parent, faults)
    faults += cross_check(config)
    faults = [fault for fault in faults if not only_follows(fault, refused)]
    return config, [*open_secrets(path, raw), *double_secrets(raw), *map(fault_of, refused), *faults]


def _with_paths(config: Config, folder: Path) -> Config:
    """Paths in the file are relative to the file."""
    teams = config.bot.teams_file
    bot = {"database": folder / config.bot.database, "teams_file": folder / teams if teams else None}
    recaps = {"paths": tuple(folder / path for path in config.recaps.paths)}

    def with_path(network: HasCertificates) -> HasCertificates:
        return network.model_copy(update={"ca_file": folder / network.ca_file}) if network.ca_file else network

    return config.model_copy(
        update={
            "bot": config.bot.model_copy(update=bot),
            "recaps": config.recaps.model_copy(update=recaps),
            "irc": {name: with_path(network) for name, network in config.irc.items()},
            "matrix": {name: with_path(network) for name, network in config.matrix.items()},
        }
    )
