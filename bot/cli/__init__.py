"""The command line: `recapbot …`. It reads the clock, opens files, and turns every fault into one sentence.

A new module of commands is named here, nothing is discovered.
"""

from bot.cli import database, recaps, service
from bot.cli.group import main

__all__ = ["database", "main", "recaps", "service"]
