"""The commands for who runs the bot: `demo`, `run`, `check`, `health`."""

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path

from bot.cli.group import CONFIG, errors, main, out, read_config
from bot.messages import UserError
from bot.queries.lines import plural


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

    config = read_config(load, config_path)
    set_up(config.bot.log, config.bot.log_level)
    try:
        asyncio.run(serve(config, config_path))
    except ConfigError as error:
        raise UserError(str(error)) from error


@main.command()
@CONFIG
def check(config_path: Path) -> None:
    """Read the configuration, connect to nothing, report every fault."""
    from bot.config import ConfigError, open_files, read

    config, faults, more = read_config(read, config_path)
    for warning in open_files(config):
        errors.print(f"recapbot: {warning}", markup=False)
    if faults or more:
        raise UserError(str(ConfigError(config_path, faults + more)))
    irc = [
        f"{name} ({network.host}:{network.port}, {plural(len(network.channels), 'channel')})"
        for name, network in config.irc.items()
    ]
    matrix = [f"{name} ({each.user}, {plural(len(each.rooms), 'room')})" for name, each in config.matrix.items()]
    networks = ", ".join(irc + matrix)
    out.print(f"{config_path} is in order: {networks or 'no network yet'}.", markup=False)


@main.command()
@CONFIG
def health(config_path: Path) -> None:
    """Exit with 0 while the running bot is connected and its loop turns."""
    from bot.config import load
    from bot.health import judge

    verdict = judge(read_config(load, config_path).bot.database, datetime.now(UTC))
    out.print(verdict.sentence, markup=False)
    sys.exit(0 if verdict.healthy else 1)
