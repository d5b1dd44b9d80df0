"""The commands about a database that is there: `say`, `remind`, `export`, `backup`."""

import asyncio
import json
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from bot.cli.group import DB, NOW, main, open_existing, out
from bot.messages import Request, Role, UserError


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
