"""The commands about recaps: `load`, `extract`, `explain`, `unload`."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn
from rich.table import Table

from bot.cli.group import DB, errors, main, open_existing, out, read_config
from bot.commands.dispatch import clean
from bot.messages import CONSOLE, UserError
from bot.model import Kind
from bot.store.database import Store

READING = click.option(
    "--config",
    "config_path",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Read as [reader] of this TOML file says; without it, as by default. `load` also takes its database.",
)


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
            progress=lambda address: progress.update(task, description=f"Reading {escape(clean(address))}"),
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
        errors.print(f"recapbot: {clean(refused.address)}: {refused.reason}.", markup=False)
    if report.refused:
        sys.exit(1)


def _optional(config_path: Path | None) -> Any:
    """The configuration of a command that needs none. Raises UserError."""
    if config_path is None:
        return None
    from bot.config import load

    return read_config(load, config_path)


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
    take_out(store, labels[0].number, Actor(f"{CONSOLE}/operator", "operator", CONSOLE), datetime.now(UTC))
    store.close()
    out.print(f"{labels[0]} is out. Loaded again, it comes back with its ids and corrections.")
