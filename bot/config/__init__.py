"""Typed settings, read from TOML: every fault at once, with its key and what was expected.

A setting may come from the environment instead of the file: `RECAPBOT_` and the key, `__` between tables
(`RECAPBOT_IRC__OFTC__SASL__PASSWORD`). Secrets are never shown: not by `repr`, not in a fault.
"""

import re
import stat
import tomllib
from collections.abc import Collection, Iterator, Sequence
from copy import deepcopy
from functools import reduce
from importlib.util import find_spec
from operator import getitem
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ModelWrapValidatorHandler, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError
from rapidfuzz import process

from bot.config.sections import Bot, IrcNetwork, MatrixNetwork, Reading, Recaps, Reminder, Room, Sasl
from bot.store.people import team_key

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


class ConfigError(Exception):
    """The configuration cannot be used. `faults` are whole sentences, one a fault."""

    def __init__(self, path: Path, faults: list[str]) -> None:
        count = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
        super().__init__("\n".join([f"{path}: {count}.", *(f"  {fault}" for fault in faults)]))
        self.faults = faults


class Refused(Exception):
    """Pydantic refused some values: its `errors`, and the configuration without them, in which more may be wrong."""

    def __init__(self, errors: list[Any], rest: "Config") -> None:
        super().__init__(f"{len(errors)} values")
        self.errors, self.rest = errors, rest


HasPassword = TypeVar("HasPassword", Sasl, MatrixNetwork)
HasCertificates = TypeVar("HasCertificates", IrcNetwork, MatrixNetwork)


class Config(BaseSettings):
    """The whole file."""

    model_config = SettingsConfigDict(
        extra="forbid", frozen=True, env_prefix="RECAPBOT_", env_nested_delimiter="__", hide_input_in_errors=True
    )

    bot: Bot = Bot()
    recaps: Recaps = Recaps()
    reader: Reading = Reading()
    irc: dict[str, IrcNetwork] = {}
    matrix: dict[str, MatrixNetwork] = {}
    rooms: dict[str, Room] = {}
    reminders: tuple[Reminder, ...] = ()

    @model_validator(mode="wrap")
    @classmethod
    def _refuse(cls, tables: dict[str, Any], validate: ModelWrapValidatorHandler["Config"]) -> "Config":
        """Raises Refused. Only here the tables are those of file and environment together."""
        try:
            return validate(tables)
        except ValidationError as error:
            raise Refused(error.errors(), validate(_without(tables, error.errors()))) from None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment before the file, and no other source."""
        return env_settings, init_settings

    @property
    def networks(self) -> tuple[str, ...]:
        """The names of all networks."""
        return (*self.irc, *self.matrix)

    @property
    def both(self) -> list[str]:
        """Names that stand for two networks, where nobody could tell which is meant."""
        return sorted(self.irc.keys() & self.matrix.keys())

    def rooms_of(self, network: str) -> tuple[str, ...]:
        """The configured rooms of a network."""
        return self.irc[network].channels if network in self.irc else self.matrix[network].rooms

    def key_of_rooms(self, network: str) -> str:
        """The key of the configured rooms of a network."""
        return f"irc.{network}.channels" if network in self.irc else f"matrix.{network}.rooms"

    def tables(self) -> Iterator[tuple[str, IrcNetwork | MatrixNetwork]]:
        """Each network's key and table."""
        yield from ((f"irc.{name}", network) for name, network in self.irc.items())
        yield from ((f"matrix.{name}", network) for name, network in self.matrix.items())

    def room(self, network: str, name: str) -> Room:
        """What is set for a room, however the case of its name is; the defaults where nothing is."""
        settings = (room for key, room in self.rooms.items() if key.casefold() == name.casefold())
        return next((room for room in settings if room.network in (None, network)), Room())


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
    config = _with_secrets(_with_paths(config, path.parent), path.parent, faults)
    faults += _cross_check(config)
    faults = [fault for fault in faults if not _only_follows(fault, refused)]
    return config, [*_open_secrets(path, raw), *_double_secrets(raw), *map(_fault, refused), *faults]


STAND_INS = dict.fromkeys(("host", "account", "network", "password", "password_file"), "-") | {
    "user": "@-:-",
    "room": "#-",
}
"""What is taken for values that were refused or are missing, where to have none is a fault of its own."""


def _without(tables: dict[str, Any], errors: Sequence[Any]) -> dict[str, Any]:
    """The tables without the values that were refused, or with a stand-in for them."""
    rest = deepcopy(tables)
    for error in reversed(errors):  # so that what is taken out of a list moves none that is still to come
        *above, key = error["loc"]
        table = reduce(getitem, above, rest)
        if key in STAND_INS and len(above) > 1 and error["type"] != "extra_forbidden":
            table[key] = STAND_INS[key]
        else:
            del table[key]
    return rest


def _only_follows(fault: str, errors: Sequence[Any]) -> bool:
    """Whether a fault names a key that was refused: where `channels` is no list, no room is among them."""
    keys = {_key(error["loc"]) for error in errors if error["type"] != "extra_forbidden"}
    return any(word.rstrip(":;.") in keys for word in fault.split())


def _open_secrets(path: Path, raw: dict[str, Any]) -> Iterator[str]:
    """A fault where a file that everybody may read holds a secret."""
    networks = [raw.get("irc"), raw.get("matrix")]
    tables = [each for network in networks if isinstance(network, dict) for each in network.values()]
    tables += [each.get("sasl") for each in tables if isinstance(each, dict)]
    secret = any({"password", "server_password"} & set(table) for table in tables if isinstance(table, dict))
    if not path.stat().st_mode & stat.S_IROTH:
        return
    if secret:
        yield "it holds a password and may be read by everybody: chmod 600 it, or use password_file."
    if isinstance(reader := raw.get("reader"), dict) and "key" in reader:
        yield "it holds the key of reader and may be read by everybody: chmod 600 it, or use key_file."


def _double_secrets(raw: dict[str, Any]) -> Iterator[str]:
    """A fault for each table that gives a secret in two ways. What the environment gives goes before the file."""
    where = [("matrix", name) for name in _table(raw, "matrix")] + [
        ("irc", name, "sasl") for name in _table(raw, "irc")
    ]
    for loc in [("reader",), *where]:
        table = _table(raw, *loc)
        for secret in ("password", "key"):
            if secret in table and f"{secret}_file" in table:
                yield f"{_key(loc)}: has both {secret} and {secret}_file; leave one out."


def _table(raw: object, *loc: str) -> dict[str, Any]:
    """A table of the file; an empty one where there is none."""
    for key in loc:
        raw = raw.get(key) if isinstance(raw, dict) else None
    return raw if isinstance(raw, dict) else {}


def _with_secrets(config: Config, folder: Path, faults: list[str]) -> Config:
    """The same with the secret of each `password_file` and `key_file` in its place; what cannot be read is a fault."""

    def with_password(section: HasPassword, key: str) -> HasPassword:
        if section.password is not None or section.password_file is None:
            return section
        password = _first_line(folder / section.password_file, f"{key}.password_file", faults)
        return section.model_copy(update={"password": password})

    irc = {
        name: network.model_copy(update={"sasl": with_password(network.sasl, f"irc.{name}.sasl")})
        if network.sasl
        else network
        for name, network in config.irc.items()
    }
    matrix = {name: with_password(network, f"matrix.{name}") for name, network in config.matrix.items()}
    reader = config.reader
    if reader.engine == "llm" and reader.key is None and reader.key_file:
        key = _first_line(folder / reader.key_file, "reader.key_file", faults)
        reader = reader.model_copy(update={"key": key})
    return config.model_copy(update={"irc": irc, "matrix": matrix, "reader": reader})


def _first_line(file: Path, key: str, faults: list[str]) -> SecretStr:
    """The secret that a file holds; where it cannot be read, a fault of that key."""
    try:
        return SecretStr(file.read_text(encoding="utf-8").splitlines()[0].strip())
    except (OSError, UnicodeDecodeError, IndexError):
        faults.append(f"{key}: {file} cannot be read, or is empty.")
        return SecretStr("")


def _key(loc: Sequence[str | int]) -> str:
    """A key as TOML writes it."""
    parts = map(str, loc)
    return ".".join(part if re.fullmatch(r"[\w-]+", part) else f'"{part}"' for part in parts)


def _fault(error: Any) -> str:
    """One sentence about one fault that pydantic found: the key and what was expected, never the value."""
    key = _key(error["loc"])
    if error["type"] == "extra_forbidden":
        return f"{key}: unknown key{_near_key(error['loc'])}"
    if error["type"] == "missing":
        return f"{key}: is missing."
    text = str(error["msg"]).removeprefix("Value error, ").replace("Input should be", "expected").rstrip("?.")
    end = "?" if "did you mean" in text else "."
    return f"{key}: {text[0].lower()}{text[1:]}{end}"


SECTIONS: dict[str, type[BaseModel]] = {
    "bot": Bot,
    "recaps": Recaps,
    "reader": Reading,
    "irc": IrcNetwork,
    "matrix": MatrixNetwork,
    "sasl": Sasl,
    "rooms": Room,
    "reminders": Reminder,
}


def _near_key(loc: tuple[str | int, ...]) -> str:
    """`; did you mean …?` where a known key of that table is spelled nearly so."""
    model: type[BaseModel] = Config
    for part in loc[:-1]:
        model = SECTIONS.get(str(part), model)
    return _near(str(loc[-1]), model.model_fields.keys())


def _cross_check(config: Config) -> list[str]:
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
    return f"is not among {where}{_near(name, known.values())}"


def _check_accounts(config: Config) -> Iterator[str]:
    for name, network in config.irc.items():
        if network.sasl and network.sasl.password is None:
            yield f"irc.{name}.sasl: has neither password nor password_file."
    for name, account in config.matrix.items():
        if account.password is None:
            yield f"matrix.{name}: has neither password nor password_file."
    for key, section in config.tables():
        if section.ca_file and not section.ca_file.is_file():
            yield f"{key}.ca_file: {section.ca_file} is no file."
    for key, networks in (("irc", config.irc), ("matrix", config.matrix)):
        for name in networks:
            if not re.fullmatch(r"[\w.-]+", name):
                yield f'{key}."{name}": expected a name of letters, digits, dots and hyphens.'


def team_faults(config: Config, known: Collection[str]) -> list[str]:
    """A fault for each team that the configuration names and nobody knows; `known` are names and aliases (`team_key`).

    A mistyped team would else be a new one, of which nothing is ever said.
    """
    named = [(f'rooms."{name}".team', room.team) for name, room in config.rooms.items()]
    named += [(f"reminders.{index}.team", reminder.team) for index, reminder in enumerate(config.reminders)]
    unknown = [(key, team) for key, team in named if team is not None and team_key(team) not in known]
    return [f"{key}: there is no team {team}{_near(team_key(team), known)}" for key, team in unknown]


def _near(word: str, known: Collection[str]) -> str:
    """`; did you mean …?` where something known is spelled nearly so, else the end of the sentence."""
    near = process.extractOne(word, known, processor=str.casefold, score_cutoff=70)
    return f"; did you mean {near[0]}?" if near else "."


def _check_reminders(config: Config) -> Iterator[str]:
    for index, reminder in enumerate(config.reminders):
        network, room = reminder.network, reminder.room
        if network not in config.networks:
            yield f"reminders.{index}.network: there is no network {network}."
        elif (room is None) == (reminder.account is None):
            yield f"reminders.{index}: expected either room or account."
        elif room and room.casefold() not in map(str.casefold, config.rooms_of(network)):
            yield f"reminders.{index}.room: {room} is not among {config.key_of_rooms(network)}."


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
