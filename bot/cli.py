"""The command line: `recapbot …`. It reads the clock, opens files, and turns every fault into one sentence."""

import asyncio
import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn
from rich.table import Table

from bot.messages import Request, Role, UserError
from bot.model import Kind
from bot.queries.lines import plural
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
READING = click.option(
    "--config",
    "config_path",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Read as [reader] of this TOML file says; without it, as by default. `load` also takes its database.",
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


@main.command()
def demo() -> None:
    """Try it: a throw-away bot, an IRC server on this machine, and a prompt to talk to it."""
    from bot.demo import run_demo

    run_demo()


@main.command()
@CONFIG
def run(config_path: Path) -> None:
    """The service."""
    from bot.app import serve
    from bot.config import ConfigError, load
    from bot.logs import set_up

    config = _read_config(load, config_path)
    set_up(config.bot.log, config.bot.log_level)
    try:
        asyncio.run(serve(config, config_path))
    except ConfigError as error:
        raise UserError(str(error)) from error


@main.command()
@CONFIG
def check(config_path: Path) -> None:
    """Read the configuration, connect to nothing, report every fault."""
    from bot.config import ConfigError, read, team_faults
    from bot.shipped import read_teams, team_names

    config, faults = _read_config(read, config_path)
    faults += [f"recaps.paths: {path} does not exist." for path in config.recaps.paths if not path.exists()]
    try:
        faults += team_faults(config, team_names(read_teams(config.bot.teams_file)))
    except UserError as error:
        faults.append(f"bot.teams_file: {error}")
    if faults:
        raise UserError(str(ConfigError(config_path, faults)))
    irc = [
        f"{name} ({network.host}:{network.port}, {plural(len(network.channels), 'channel')})"
        for name, network in config.irc.items()
    ]
    matrix = [f"{name} ({each.user}, {plural(len(each.rooms), 'room')})" for name, each in config.matrix.items()]
    networks = ", ".join(irc + matrix)
    out.print(f"{config_path} is in order: {networks or 'no network yet'}.", markup=False)


def _read_config(load: Callable[[Path], Any], path: Path) -> Any:
    from bot.config import ConfigError

    try:
        return load(path)
    except ConfigError as error:
        raise UserError(str(error)) from error


@main.command()
@DB
@READING
@click.option("--reread", is_flag=True, help="Read recaps again that have not changed, as a better reader may.")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
def load(database: Path, config_path: Path | None, reread: bool, paths: tuple[Path, ...]) -> None:
    """Read recaps from files, folders and mbox archives into the database; say what was read."""
    from bot.loading import find_sources
    from bot.loading import load as load_sources
    from bot.queries.recaps import known_texts
    from bot.reader import Reader
    from bot.shipped import read_teams
    from bot.store.people import seed_teams

    config = _optional(config_path)
    model = config.reader.endpoint if config else None
    said = click.get_current_context().get_parameter_source("database")
    if config and said is click.core.ParameterSource.DEFAULT:
        database = config.bot.database
    store = Store(database)
    seed_teams(store, read_teams(config.bot.teams_file if config else None))
    known = known_texts(store) if model and not reread else ()
    columns = SpinnerColumn(), TextColumn("{task.description}")
    encoder = config.reader.encoder if config else True
    with (
        Reader(encoder=encoder, model=model, known=known) as reader,
        Progress(*columns, console=errors, transient=True) as progress,
    ):
        task = progress.add_task("Reading")
        report = load_sources(
            store,
            reader,
            find_sources(paths),
            loaded_by=None,
            now=datetime.now(UTC),
            reread=reread,
            progress=lambda address: progress.update(task, description=f"Reading {address}"),
        )
    store.close()
    table = Table(box=None, expand=True)
    for name in ("recap", "", "title", "event", "teams", "read"):
        table.add_column(name, no_wrap=True, overflow="ellipsis", ratio=1 if name == "title" else None)
    for each in report.loaded:
        counts = ", ".join(f"{each.firm.get(kind, 0)} {kind.letter}" for kind in Kind)
        title = escape(each.title or "(no title)")
        table.add_row(each.saved.label, each.saved.status, title, each.event or "-", " ".join(each.teams), counts)
    if report.loaded:
        out.print(table)
    out.print(f"{report.count('new')} new, {report.count('changed')} changed, {report.count('same')} as they were.")
    for remark in report.remarks():
        errors.print(f"recapbot: {remark}", markup=False)
    for refused in report.refused:
        errors.print(f"recapbot: {refused.address}: {refused.reason}.", markup=False)
    if report.refused:
        sys.exit(1)


def _optional(config_path: Path | None) -> Any:
    """The configuration of a command that needs none. Raises UserError."""
    if config_path is None:
        return None
    from bot.config import load

    return _read_config(load, config_path)


@main.command()
@READING
@click.argument("file", type=click.Path(exists=True, path_type=Path))
def extract(file: Path, config_path: Path | None) -> None:
    """Print what a recap says as JSON. Of an archive of several, one object a line."""
    from bot.extraction.output import as_json

    for recap in (recaps := _read(file, config_path)):
        click.echo(json.dumps(as_json(recap), ensure_ascii=False, indent=1 if len(recaps) == 1 else None))


@main.command()
@READING
@click.argument("file", type=click.Path(exists=True, path_type=Path))
def explain(file: Path, config_path: Path | None) -> None:
    """Show a recap as it was read: its items in colour, how sure each is, and why."""
    from bot.explain import explain_recap

    for recap in _read(file, config_path):
        for line in explain_recap(recap):
            out.print(line)


def _read(file: Path, config_path: Path | None) -> Any:
    """The recaps of a file as the bot reads them, with what is to be said of that. Raises UserError."""
    from bot.language_model.reading import LanguageModel
    from bot.loading import read_file
    from bot.reader import read
    from bot.recaps.reading import NotARecap

    config = _optional(config_path)
    endpoint = config.reader.endpoint if config else None
    try:
        recaps = read(
            read_file(file),
            file.name,
            encoder=config.reader.encoder if config else True,
            model=LanguageModel(endpoint) if endpoint else None,
        )
    except NotARecap as reason:
        raise UserError(f"{file}: {reason}.") from reason
    for recap in recaps:
        if recap.remark:
            errors.print(f"recapbot: {recap.document.address}: {recap.remark}.", markup=False)
    return recaps


@main.command()
@DB
@click.option("--as", "nick", default="you", help="The name to speak under.", show_default=True)
@click.option("--account", help="The account to be identified as; none without it.")
@click.option("--in", "room", metavar="ROOM", help="The room to speak in; a direct message without it.")
@click.option("--role", type=click.Choice(["user", "voice", "op", "admin"]), default="user", show_default=True)
@NOW
@click.argument("line", nargs=-1)
def say(
    database: Path, nick: str, account: str | None, room: str | None, role: str, now: datetime, line: tuple[str, ...]
) -> None:
    """Say one LINE to the bot, through the very dispatcher that the networks use, and print its answer.

    Without a LINE each line of standard input is said, in one conversation: only there `more` has something to go on.
    """
    from bot.commands.dispatch import Dispatcher
    from bot.commands.registry import Policy, Services
    from bot.logs import tracebacks_only

    store = open_existing(database)
    dispatcher = Dispatcher(store, Policy(), Services())
    lines = [" ".join(line)] if line else (heard.decode("utf-8", "replace") for heard in sys.stdin.buffer)
    for text in lines:
        request = Request(text, nick, now, room=room, account=account, role=Role[role.upper()])
        with tracebacks_only():
            reply = dispatcher.answer(request)
        while reply is not None:
            if reply.failed:
                store.close()
                raise UserError(" ".join(reply.lines))
            for each in reply.lines:
                click.echo(each)
            reply = asyncio.run(_await(reply.later)) if reply.later else None
    store.close()


async def _await(later: Callable[[], Any]) -> Any:
    return await later()


@main.command()
@DB
@NOW
@click.option("--dry-run", is_flag=True, required=True, help="Needed: only the running bot sends.")
def remind(database: Path, now: datetime, dry_run: bool) -> None:
    """Show which reminders would be sent now, and to whom."""
    from bot.reminders import dry_run as would_send

    store = open_existing(database)
    due = would_send(store, now)
    for target, lines in due:
        out.print(f"to {target}:", markup=False)
        for line in lines:
            click.echo(f"  {line}")
    if not due:
        out.print("Nothing is due.")
    store.close()


@main.command()
@DB
@click.option("--format", "form", type=click.Choice(["json", "markdown", "labels"]), default="json", show_default=True)
def export(database: Path, form: str) -> None:
    """Print all that the database knows; `labels`: what humans confirmed and rejected, to teach the reader with."""
    from bot.export import export_json, export_markdown
    from bot.export_labels import export_labels

    store = open_existing(database)
    if form == "json":
        click.echo(json.dumps(export_json(store), ensure_ascii=False, indent=1))
    elif form == "labels":
        for labels in export_labels(store):
            click.echo(json.dumps(labels, ensure_ascii=False))
    else:
        click.echo(export_markdown(store))
    store.close()


@main.command()
@DB
@click.argument("target", type=click.Path(dir_okay=False, path_type=Path))
def backup(database: Path, target: Path) -> None:
    """Write a consistent copy of the database, also of a live one, to TARGET."""
    store = open_existing(database)
    store.backup(target)
    store.close()
    out.print(
        f"{target} is a whole copy; to restore it, stop the bot and put it in the database's place.", markup=False
    )


@main.command()
@DB
@click.argument("recap")
def unload(database: Path, recap: str) -> None:
    """Take a recap (C3) and what was read from it out again."""
    from bot.model import Actor
    from bot.queries.labels import read_label
    from bot.store.recaps import unload as take_out

    labels = read_label(recap)
    if [label.letter for label in labels] != ["C"]:
        raise UserError(f"{recap!r} is no recap; say its id, such as C3 (`recaps` lists them).")
    store = open_existing(database)
    take_out(store, labels[0].number, Actor("console/operator", "operator", "console"), datetime.now(UTC))
    store.close()
    out.print(f"{labels[0]} is out. Loaded again, it comes back with its ids and corrections.")


@main.command()
@CONFIG
def health(config_path: Path) -> None:
    """Exit with 0 while the running bot is connected and its loop turns."""
    from bot.config import load
    from bot.health import judge

    verdict = judge(_read_config(load, config_path).bot.database, datetime.now(UTC))
    out.print(verdict.sentence, markup=False)
    sys.exit(0 if verdict.healthy else 1)
