"""The tables of the configuration, one class each, with their defaults; secrets are never shown, not even by `repr`."""

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr

from bot.calendar import DAYS, weekday_named, zone_named
from bot.language_model import Endpoint
from bot.messages import UserError


class FromEnvironment(str):
    """A value of the environment, where a number can only be written as a text."""


def _typed(*types: type, words: str) -> BeforeValidator:
    """Takes values of those types as they are; pydantic by itself would take `true` for 1 and "yes" for true."""

    def check(value: object) -> object:
        if type(value) not in (*types, FromEnvironment):
            raise ValueError(words)
        return value

    return BeforeValidator(check)


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


def _day(text: object) -> int:
    weekday = weekday_named(text) if isinstance(text, str) else None
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


def _matrix_user(name: str) -> str:
    if not re.fullmatch(r"@[^\s:]{1,200}:\S{1,200}", name):
        raise ValueError('expected a Matrix id, such as "@recapbot:example.org"')
    return name


def _matrix_room(name: str) -> str:
    # An id of a room of version 12 has no server part.
    if not re.fullmatch(r"#[^\s:]+:\S+|![^\s:]+(:\S+)?", name):
        raise ValueError('expected the alias or id of a room, such as "#ptg:example.org"')
    return name


def _room(name: str) -> str:
    if not re.fullmatch(r"[#&+!][^\s,\x00-\x20]{1,255}", name):
        raise ValueError('expected the name of a room, such as "#ptg" or "#ptg:example.org"')
    return name


def _signs(text: str) -> str:
    if not re.fullmatch(r"[+~#!]*", text):
        raise ValueError('expected some of the signs + ~ # !, such as "+~", or "" for none')
    return text


def _address(text: str) -> str:
    if not re.fullmatch(r"https?://[^\s/]+(/\S*)?", text):
        raise ValueError("expected an address such as https://matrix.example.org")
    return text.rstrip("/")


def _api(text: str) -> str:
    # A name and password in it would be a secret where nobody takes it for one.
    if not re.fullmatch(r"https?://[^\s/@?#]+(/[^\s?#]*)?", text):
        raise ValueError("expected an address such as https://llm.example.org/v1, without a password or query")
    return text.rstrip("/")


def _proxy(address: SecretStr) -> SecretStr:
    name, host = r"[^\s:@/?#]+", r"([^\s:@/?#\[\]]+|\[[\da-fA-F:]+\])"
    said = re.fullmatch(
        rf"(http|socks4|socks5)://({name}:{name}@)?{host}:(?P<port>\d{{1,5}})", address.get_secret_value()
    )
    if said is None or not 0 < int(said["port"]) < 2**16:
        raise ValueError("expected http, socks4 or socks5, a host and a port, such as http://localhost:3128")
    return address


Flag = Annotated[bool, _typed(bool, words="expected true or false")]
Whole = Annotated[int, _typed(int, words="expected a whole number")]
Number = Annotated[float, _typed(int, float, words="expected a number"), Field(allow_inf_nan=False)]
MatrixUser = Annotated[str, AfterValidator(_matrix_user)]
MatrixRoom = Annotated[str, AfterValidator(_matrix_room)]
RoomName = Annotated[str, AfterValidator(_room)]
Address = Annotated[str, AfterValidator(_address)]
Api = Annotated[str, AfterValidator(_api)]
Proxy = Annotated[SecretStr, AfterValidator(_proxy)]
Zone = Annotated[str, AfterValidator(_zone)]
WallTime = Annotated[str, AfterValidator(_wall_time)]
Day = Annotated[int, BeforeValidator(_day)]
Channel = Annotated[str, AfterValidator(_channel)]
Nick = Annotated[str, AfterValidator(_nick)]
Signs = Annotated[str, AfterValidator(_signs)]


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


class Reading(Section):
    """`[reader]`: who reads recaps."""

    engine: Literal["encoder", "linear", "llm"] = "encoder"
    """`encoder` is the best that the bot ships with, `linear` the smallest; `llm` sends recaps to a language model."""
    address: Api | None = None
    """Of any service that speaks OpenAI's protocol, with its path."""
    model: Annotated[str, Field(min_length=1)] | None = None
    key: SecretStr | None = None
    key_file: Path | None = None
    """A file whose first line is the key; relative to the configuration's folder. Many services at home need none."""
    timeout: Number = Field(default=60.0, gt=0, le=3600)
    """Seconds that one request may take; a recap is a handful of them."""

    @property
    def encoder(self) -> bool:
        """Whether the encoder is asked."""
        return self.engine != "linear"

    @property
    def endpoint(self) -> Endpoint | None:
        """The language model to ask; None where none is."""
        if self.engine != "llm" or self.address is None or self.model is None:
            return None
        key = self.key.get_secret_value() if self.key else None
        return Endpoint(self.address, self.model, key, self.timeout)


class Sasl(Section):
    """`[irc.NAME.sasl]`, SASL PLAIN: who the bot is on the network."""

    account: str
    password: SecretStr | None = None
    password_file: Path | None = None
    """A file whose first line is the password; relative to the configuration's folder."""
    required: Flag = True
    """Stay away from a server that does not accept it."""


class IrcNetwork(Section):
    """One IRC network (`[irc.NAME]`)."""

    host: str
    port: Whole = Field(default=6697, ge=1, le=65535)
    tls: Flag = True
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
    trust_nicks: Flag = False
    """Take nicks for proven identities: only for a small network where everybody trusts everybody."""
    burst: Whole = Field(default=4, ge=1)
    """Lines that may go out at once."""
    rate: Number = Field(default=1.0, gt=0)
    """Lines a second after that."""


class MatrixNetwork(Section):
    """One Matrix account (`[matrix.NAME]`)."""

    user: MatrixUser
    """The bot's own id."""
    homeserver: Address | None = None
    """The address of its homeserver; None asks the id's server for it (.well-known)."""
    password: SecretStr | None = None
    password_file: Path | None = None
    """A file whose first line is the password; relative to the configuration's folder."""
    device_name: str = "recapbot"
    ca_file: Path | None = None
    """Certificates to trust instead of the system's."""
    proxy: Proxy | None = None
    """The way to the homeserver. A secret, for there may be a name and password in it: `http://name:password@…`."""
    rooms: tuple[MatrixRoom, ...] = ()
    """Aliases or ids; more are joined by invitation."""
    admins: tuple[MatrixUser, ...] = ()
    """Ids that may do everything."""
    direct_from: tuple[str, ...] = ("*",)
    """Who may invite the bot to a direct room: ids, `*:server` for everyone of a server, `*` for everyone."""
    rooms_from: tuple[str, ...] = ()
    """Who may invite it to other rooms, beside the admins. Operators over every item: whoever makes a room and invites
    the bot is an operator there, and an operator of any room may change any item."""
    bots: tuple[MatrixUser, ...] = ()
    """Ids of other bots, never answered."""
    bridged: tuple[str, ...] = ("@_irc_*", "@_oftc_*", "@irc_*", "@oftc-irc_*")
    """Ids of people who come over a bridge: nobody has proven who they are, so they have no rights."""
    encrypt_direct: Flag = True
    """Encrypt the direct rooms that the bot itself makes."""
    verified_only: Flag = False
    """Share the keys of encrypted rooms only with devices that are verified in the bot's own key store. There is no
    command yet that verifies one, so that nobody can read what the bot says in encrypted rooms."""
    fold: Flag = True
    """One folded message for a long answer, instead of a few lines and `more`."""


class Room(Section):
    """`[rooms."#NAME"]`: what is particular to a room."""

    network: str | None = None
    """Only on this network; None on every one."""
    team: str | None = None
    """The team that commands there mean when they name none."""
    zone: Zone = "UTC"
    signs: Signs | None = None
    """Which of the signs + ~ # ! count there."""


class Reminder(Section):
    """`[[reminders]]`: every week, a team's open actions to a room, or a person's own to their account."""

    network: str
    room: RoomName | None = None
    account: str | None = None
    """A services account or Matrix id, instead of a room."""
    team: str | None = None
    """Whose open actions a room gets; None takes the room's team, else every team's."""
    day: Day = 0
    at: WallTime = "09:00"
    zone: Zone | None = None
    """None takes the room's zone."""
