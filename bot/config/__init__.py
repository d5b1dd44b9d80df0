"""Typed settings, read from TOML: every fault at once, with its key and what was expected.

A setting may come from the environment instead of the file: `RECAPBOT_` and the key, `__` between tables
(`RECAPBOT_IRC__OFTC__SASL__PASSWORD`). Secrets are never shown: not by `repr`, not in a fault.
"""

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

from bot.config.cross_checks import cross_check, team_faults
from bot.config.faults import ConfigError, Fault, did_you_mean, fault_of
from bot.config.outside import check_files, check_more
from bot.config.secrets import double_secrets, open_files, open_secrets, with_secrets
from bot.config.sections import Bot, IrcNetwork, MatrixNetwork, Reading, Recaps, Reminder, Room, Sasl, Section
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
    "open_files",
    "load",
    "read",
    "team_faults",
]

AnySection = TypeVar("AnySection", bound=Section)

PATHS = ("database", "teams_file", "ca_file", "password_file", "key_file")
"""The keys that name a file."""


def load(path: Path) -> Config:
    """Read and check a configuration file. Raises ConfigError with every fault; connects to nothing."""
    config, faults, more = read(path)
    if faults:
        raise ConfigError(path, faults + more)
    return config


def read(path: Path) -> tuple[Config, list[str], list[str]]:
    """What can be used of a configuration file, its faults, and those that only `check` minds (`check_more`).

    Raises ConfigError where it is no TOML at all.
    """
    raw = _tables(path)
    refused: list[Any] = []
    try:
        config = Config(**{key: value for key, value in raw.items() if key in Config.model_fields})
    except Refused as error:
        config, refused = error.rest, error.errors
    config = _with_paths(config, path.parent)
    secrets: list[Fault] = []
    config = with_secrets(config, raw, secrets)
    unread = [error["loc"] for error in refused if error["type"] != "extra_forbidden"]

    def sound(faults: Iterable[Fault]) -> list[str]:
        return [str(fault) for fault in faults if not fault.only_follows(unread)]

    said = [*map(str, open_secrets(path, raw)), *map(str, double_secrets(raw)), *_unknown(raw), *map(fault_of, refused)]
    return config, [*said, *sound([*secrets, *cross_check(config), *check_files(config)])], sound(check_more(config))


def _tables(path: Path) -> dict[str, Any]:
    """What a TOML file holds. Raises ConfigError."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(path, [f"cannot be read: {error.strerror}."]) from error
    except UnicodeDecodeError as error:
        raise ConfigError(path, ["is not UTF-8 text."]) from error
    except (ValueError, RecursionError) as error:
        raise ConfigError(path, [f"is not TOML: {error}."]) from error


def _unknown(raw: dict[str, Any]) -> list[str]:
    """Unknown tables; pydantic's settings would take `[BOT]` for `[bot]`, and of both together lose one."""
    known = Config.model_fields.keys()
    return [str(Fault((key,), f"unknown key{did_you_mean(key, known)}")) for key in raw if key not in known]


def _with_paths(config: Config, folder: Path) -> Config:
    """Paths in the file are relative to the file."""

    def with_paths(section: AnySection) -> AnySection:
        files = {key: getattr(section, key, None) for key in PATHS}
        return section.model_copy(update={key: folder / file for key, file in files.items() if file})

    irc = {
        name: network.model_copy(update={"sasl": network.sasl and with_paths(network.sasl)})
        for name, network in config.irc.items()
    }
    return config.model_copy(
        update={
            "bot": with_paths(config.bot),
            "recaps": config.recaps.model_copy(update={"paths": tuple(folder / path for path in config.recaps.paths)}),
            "reader": with_paths(config.reader),
            "irc": {name: with_paths(network) for name, network in irc.items()},
            "matrix": {name: with_paths(network) for name, network in config.matrix.items()},
        }
    )
