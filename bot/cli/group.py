"""The group of all commands, and what they share: options, the two consoles, and how a fault is said."""

from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from bot.messages import UserError
from bot.store.database import DatabaseError, Store
from bot.store.database import explain as explain_error

out = Console(highlight=False, soft_wrap=True)
errors = Console(stderr=True, highlight=False, soft_wrap=True)

DB = click.option(
    "--db",
    "database",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="RECAPBOT_DB",
    default="recapbot.db",
    show_default="$RECAPBOT_DB, else ./recapbot.db",
    help="The database.",
)
CONFIG = click.option(
    "--config", "config_path", type=click.Path(dir_okay=False, path_type=Path), required=True, help="The TOML file."
)


class Instant(click.ParamType[datetime]):
    """An ISO date and time; UTC where no offset is given."""

    name = "ISO"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """`2021-06-01T14:00+02:00` -> the same instant in UTC; of years that calendars reckon with."""
        if isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail("expected a date and time such as 2021-06-01T14:00Z", param, ctx)
        if not 1970 <= moment.year <= 2999:
            self.fail("expected a year from 1970 to 2999", param, ctx)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


NOW = click.option("--now", type=Instant(), default=lambda: datetime.now(UTC), help="The time to take for now.")


class Commands(click.Group):
    """A group whose commands end with one sentence and status 1 where people can put something right."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; UserError and the database's errors become one line on standard error."""
        try:
            return super().invoke(ctx)
        except UserError as error:
            errors.print(f"recapbot: {error}", markup=False)
        except DatabaseError as error:
            errors.print(f"recapbot: {explain_error(error)}", markup=False)
        ctx.exit(1)


def _version() -> str:
    """The version of the installed program; a checkout has none that could be relied on."""
    try:
        return version("recapbot")
    except PackageNotFoundError:
        return "(a checkout, not installed)"


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(_version(), message="recapbot %(version)s")
def main() -> None:
    """The memory of open-source teams: what was decided and promised at gatherings, in the place where they talk."""


def open_existing(path: Path) -> Store:
    """The store at `path`, which must be there already. Raises UserError."""
    if not path.exists():
        raise UserError(f"There is no database {path}; make one with `recapbot load --db {path} FOLDER`.")
    return Store(path)


def read_config(load: Callable[[Path], Any], path: Path) -> Any:
    from bot.config import ConfigError

    try:
        return load(path)
    except ConfigError as error:
        raise UserError(str(error)) from error
