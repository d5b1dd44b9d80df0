"""Typed settings, read from TOML: every fault at once, with its key and what was expected.

A setting may come from the environment instead of the file: `RECAPBOT_` and the key, `__` between tables
(`RECAPBOT_IRC__OFTC__SASL__PASSWORD`). Secrets are never shown: not by `repr`, not in a fault.
"""

import re
import stat
import tomllib
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from rapidfuzz import process

from bot.calendar import DAYS, weekday_named, zone_named
from bot.messages import UserError
from bot.store.people import team_key


class ConfigError(Exception):
    """The configuration cannot be used. `faults` are whole sentences, one a fault."""

    def __init__(self, path: Path, faults: list[str]) -> None:
        count = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
        super().__init__("\n".join([f"{path}: {count}.", *(f"  {fault}" for fault in faults)]))
        self.faults = faults


def _zone(name: str) -> str:
    try:
        return zone_named(name)
    except UserError as error:
        hint = re.search(r"Did you mean (.+)\?", str(error))
        more = f"; did you mean {hint[1]}?" if hint else ""
        raise ValueError(f"expected a time zone such as UTC or Europe/Berlin{more}") from None


def _wall_time(text: str) -> str:
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", text):
        raise ValueError("expected a time of day as HH:MM, such as 14:00")
    return text


def _day(text: str) -> int:
    weekday = weekday_named(text)
    if weekday is None:
        raise ValueError(f"expected a day of the week, one of {', '.join(DAYS)}")
    return weekday


def _channel(name: str) -> str:
    if not re.fullmatch(r"[#&+!][^\s,\x00-\x20:]{1,63}", name):
        raise ValueError('expected the name of a channel, such as "#ptg"')
    return name


def _nick(name: str) -> str:
    # What else a nick may hold is for the server to say; with one of these a line would mean another thing.
    if not re.fullmatch(r"[^\s\x00-\x20:,!@#&+~%*?]+", name):
        raise ValueError("expected a nick without spaces or any of :,!?@#&+~%*")
    return name


Zone = Annotated[str, AfterValidator(_zone)]
WallTime = Annotated[str, AfterValidator(_wall_time)]
Day = Annotated[int, BeforeValidator(_day)]
Channel = Annotated[str, AfterValidator(_channel)]
Nick = Annotated[str, AfterValidator(_nick)]


class Section(BaseModel):
    """A table of the file. Unknown keys are faults."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Bot(Section):
    """`[bot]`: the process."""

    database: Path = Path("recapbot.db")
    """The database; beside it stand its lock and its heartbeat."""
    log: Literal["text", "json"] = "text"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    teams_file: Path | None = None
    """Teams and their aliases, read once into an empty database; None takes those the bot ships with."""


class Recaps(Section):
    """`[recaps]`: what `reload` reads, and `run` at its start."""

    paths: tuple[Path, ...] = ()


class Sasl(Section):
    """`[irc.NAME.sasl]`, SASL PLAIN: who the bot is on the network."""

    account: str
    password: SecretStr | None = None
    password_file: Path | None = None
    """A file whose first line is the password; relative to the configuration's folder."""
    required: bool = True
    """Stay away from a server that does not accept it."""


class IrcNetwork(Section):
    """One IRC network (`[irc.NAME]`)."""

    host: str
    port: int = Field(default=6697, ge=1, le=65535)
    tls: bool = True
    ca_file: Path | None = None
    """Certificates to trust instead of the system's."""
    nick: Nick = "recapbot"
    username: str = "recapbot"
    realname: str = "recapbot: decisions and actions of our gatherings"
    channels: tuple[Channel, ...] = ()
    sasl: Sasl | None = None
    server_password: SecretStr | None = None
    bots: tuple[str, ...] = ()
    """Nicks of other bots, never answered."""
    admins: tuple[str, ...] = ()
    """Services accounts that may do everything."""
    trust_nicks: bool = False
    """Take nicks for proven identities: only for a small network where everybody trusts everybody."""
    burst: int = Field(default=4, ge=1)
    """Lines that may go out at once."""
    rate: float = Field(default=1.0, gt=0)
    """Lines a second after that."""


class Room(Section):
    """`[rooms."#NAME"]`: what is particular to a room."""

    network: str | None = None
    """Only on this network; None on every one."""
    team: str | None = None
    """The team that commands there mean when they name none."""
    zone: Zone = "UTC"
    signs: Annotated[str, Field(pattern=r"^[+~#!]*$")] | None = None
    """Which of the signs + ~ # ! count there."""


class Reminder(Section):
    """`[[reminders]]`: every week, a team's open actions to a room, or a person's own to their account."""

    network: str
    room: Channel | None = None
    account: str | None = None
    """A services account, instead of a room."""
    team: str | None = None
    """Whose open actions a room gets; None takes the room's team, else every team's."""
    day: Day = 0
    at: WallTime = "09:00"
    zone: Zone | None = None
    """None takes the room's zone."""


class Config(BaseSettings):
    """The whole file."""

    model_config = SettingsConfigDict(
        extra="forbid", frozen=True, env_prefix="RECAPBOT_", env_nested_delimiter="__", hide_input_in_errors=True
    )

    bot: Bot = Bot()
    recaps: Recaps = Recaps()
    irc: dict[str, IrcNetwork] = {}
    rooms: dict[str, Room] = {}
    reminders: tuple[Reminder, ...] = ()

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

    def room(self, network: str, name: str) -> Room:
        """What is set for a room, however the case of its name is; the defaults where nothing is."""
        settings = (room for key, room in self.rooms.items() if key.casefold() == name.casefold())
        return next((room for room in settings if room.network in (None, network)), Room())


def load(path: Path) -> Config:
    """Read and check a configuration file. Raises ConfigError with every fault; connects to nothing."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(path, [f"cannot be read: {error.strerror}."]) from error
    except UnicodeDecodeError as error:
        raise ConfigError(path, ["is not UTF-8 text."]) from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(path, [f"is not TOML: {error}."]) from error
    faults = list(_open_secrets(path, raw))
    try:
        config = Config(**raw)
    except ValidationError as error:
        raise ConfigError(path, faults + [_fault(each) for each in error.errors()]) from None
    config = _with_secrets(_with_paths(config, path.parent), path.parent, faults)
    faults += _cross_check(config)
    if faults:
        raise ConfigError(path, faults)
    return config


def _open_secrets(path: Path, raw: dict[str, Any]) -> Iterator[str]:
    """A fault where a file that everybody may read holds a secret."""
    networks = raw.get("irc")
    tables = [table for table in networks.values() if isinstance(table, dict)] if isinstance(networks, dict) else []
    secret = any("server_password" in table or "password" in (table.get("sasl") or {}) for table in tables)
    if secret and path.stat().st_mode & stat.S_IROTH:
        yield "it holds a password and may be read by everybody: chmod 600 it, or use password_file."


def _with_secrets(config: Config, folder: Path, faults: list[str]) -> Config:
    """The same with the password of each `password_file` in its place; what cannot be read becomes a fault."""
    networks = dict(config.irc)
    for name, network in config.irc.items():
        sasl = network.sasl
        if sasl is None or sasl.password is not None or sasl.password_file is None:
            continue
        file = folder / sasl.password_file
        try:
            password = SecretStr(file.read_text(encoding="utf-8").splitlines()[0].strip())
        except (OSError, UnicodeDecodeError, IndexError):
            faults.append(f"irc.{name}.sasl.password_file: {file} cannot be read, or is empty.")
            password = SecretStr("")
        networks[name] = network.model_copy(update={"sasl": sasl.model_copy(update={"password": password})})
    return config.model_copy(update={"irc": networks})


def _fault(error: Any) -> str:
    """One sentence about one fault that pydantic found: the key and what was expected, never the value."""
    key = ".".join(str(part) for part in error["loc"])
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
    "irc": IrcNetwork,
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
    faults = []
    for name, room in config.rooms.items():
        if room.network and room.network not in config.irc:
            faults.append(f'rooms."{name}".network: there is no network {room.network}.')
            continue
        networks = [room.network] if room.network else list(config.irc)
        channels = {channel.casefold(): channel for each in networks for channel in config.irc[each].channels}
        if name.casefold() not in channels:
            where = f"irc.{room.network}.channels" if room.network else "the channels of any network"
            faults.append(f'rooms."{name}": is not among {where}{_near(name, channels.values())}')
    for index, reminder in enumerate(config.reminders):
        if fault := _fault_of_reminder(reminder, config.irc.get(reminder.network)):
            faults.append(f"reminders.{index}{fault}")
    for name, network in config.irc.items():
        if not re.fullmatch(r"[\w.-]+", name):
            faults.append(f'irc."{name}": expected a name of letters, digits, dots and hyphens.')
        if network.sasl and network.sasl.password is None:
            faults.append(f"irc.{name}.sasl: has neither password nor password_file.")
        if network.ca_file and not network.ca_file.is_file():
            faults.append(f"irc.{name}.ca_file: {network.ca_file} is no file.")
    return faults


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


def _fault_of_reminder(reminder: Reminder, network: IrcNetwork | None) -> str | None:
    """What keeps a reminder from being sent, from the key on; None where nothing does."""
    if network is None:
        return f".network: there is no network {reminder.network}."
    if (reminder.room is None) == (reminder.account is None):
        return ": expected either room or account."
    if reminder.room and reminder.room.casefold() not in {channel.casefold() for channel in network.channels}:
        return f".room: {reminder.room} is not among irc.{reminder.network}.channels."
    return None


def _with_paths(config: Config, folder: Path) -> Config:
    """Paths in the file are relative to the file."""
    teams = config.bot.teams_file
    bot = {"database": folder / config.bot.database, "teams_file": folder / teams if teams else None}
    recaps = {"paths": tuple(folder / path for path in config.recaps.paths)}
    networks = {
        name: network.model_copy(update={"ca_file": folder / network.ca_file}) if network.ca_file else network
        for name, network in config.irc.items()
    }
    return config.model_copy(
        update={
            "bot": config.bot.model_copy(update=bot),
            "recaps": config.recaps.model_copy(update=recaps),
            "irc": networks,
        }
    )
