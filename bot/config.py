"""Typed settings, read from TOML: every fault at once, with its key and what was expected."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class Section(BaseModel):
    """A table of the file. Unknown keys are faults."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Sasl(Section):
    """SASL PLAIN: who the bot is on the network."""

    account: str
    password: SecretStr | None = None
    password_file: Path | None = None
    required: bool = True
    """Stay away from a server that does not accept it."""


class IrcNetwork(Section):
    """One IRC network (`[irc.NAME]`)."""

    host: str
    port: int = Field(default=6697, ge=1, le=65535)
    tls: bool = True
    ca_file: Path | None = None
    """Certificates to trust instead of the system's."""
    nick: str = "recapbot"
    username: str = "recapbot"
    realname: str = "recapbot: decisions and actions of our gatherings"
    channels: tuple[str, ...] = ()
    sasl: Sasl | None = None
    server_password: SecretStr | None = None
    bots: tuple[str, ...] = ()
    """Nicks of other bots, never answered."""
    admins: tuple[str, ...] = ()
    """Services accounts that may do everything."""
    trust_nicks: bool = False
    burst: int = Field(default=4, ge=1)
    """Lines that may go out at once."""
    rate: float = Field(default=1.0, gt=0)
    """Lines a second after that."""
