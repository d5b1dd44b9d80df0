"""The whole configuration, of file and environment together; refused values leave the rest of it usable."""

from collections.abc import Iterator, Sequence
from copy import deepcopy
from functools import reduce
from operator import getitem
from typing import Any

from pydantic import ModelWrapValidatorHandler, ValidationError, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from bot.config.sections import Bot, FromEnvironment, IrcNetwork, MatrixNetwork, Reading, Recaps, Reminder, Room


class Refused(Exception):
    """Pydantic refused some values: its `errors`, and the configuration without them, in which more may be wrong."""

    def __init__(self, errors: list[Any], rest: "Config") -> None:
        super().__init__(f"{len(errors)} values")
        self.errors, self.rest = errors, rest


class Environment(EnvSettingsSource):
    """The environment; what is wrong with its values is found where those of the file are looked at."""

    def __init__(self, settings_cls: type[BaseSettings]) -> None:
        """Its values are marked as coming from there."""
        super().__init__(settings_cls)
        self.env_vars = {name: value and FromEnvironment(value) for name, value in self.env_vars.items()}

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:
        """A list or table, which is JSON there; the text itself where it is none."""
        try:
            return super().decode_complex_value(field_name, field, value)
        except ValueError:
            return value


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
        return Environment(settings_cls), init_settings

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

    def loc_of_rooms(self, network: str) -> tuple[str, str, str]:
        """Where the configured rooms of a network stand."""
        return ("irc", network, "channels") if network in self.irc else ("matrix", network, "rooms")

    def tables(self) -> Iterator[tuple[str, IrcNetwork | MatrixNetwork]]:
        """Each network's key and table."""
        yield from ((f"irc.{name}", network) for name, network in self.irc.items())
        yield from ((f"matrix.{name}", network) for name, network in self.matrix.items())

    def room(self, network: str, name: str) -> Room:
        """What is set for a room, however the case of its name is; the defaults where nothing is."""
        settings = (room for key, room in self.rooms.items() if key.casefold() == name.casefold())
        return next((room for room in settings if room.network in (None, network)), Room())


STAND_INS: dict[str, Any] = dict.fromkeys(("host", "account", "network", "password", "password_file"), "-") | {
    "user": "@-:-",
    "room": "#-",
    "engine": "llm",
}
"""What is taken for values that were refused or are missing, where to have none is a fault of its own or hides one."""

TABLES = {
    "irc": {"host": "-"},
    "matrix": {"user": "@-:-", "password": "-"},
    "reminders": {"network": "-", "room": "#-"},
}
"""What is taken for a network that is no table, so that its name stays known, and for a reminder that is none."""


def _without(tables: dict[str, Any], errors: Sequence[Any]) -> dict[str, Any]:
    """The tables without the values that were refused, or with a stand-in for them."""
    rest = deepcopy(tables)
    for error in reversed(errors):  # so that what is taken out of a list moves none that is still to come
        *above, key = error["loc"]
        table = reduce(getitem, above, rest)
        if error["type"] != "extra_forbidden" and len(above) == 1 and above[0] in TABLES:
            table[key] = TABLES[above[0]]
        elif error["type"] != "extra_forbidden" and above != ["rooms"] and key in STAND_INS:
            table[key] = STAND_INS[key]
        else:
            del table[key]
    return rest
