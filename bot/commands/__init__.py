"""The modules whose declarations make up the commands: a new one is named here, nothing is discovered."""

# Their order is that of the commands in `help` and in the README's table.
# isort: off
from bot.commands import (
    lists,
    summary,
    memory,
    show,
    search,
    topic,
    paging,
    help,
    recording,
    owning,
    change,
    wording,
    review,
    people,
    link,
    remind,
    manage,
)

# isort: on

__all__ = [
    "lists",
    "summary",
    "memory",
    "show",
    "search",
    "topic",
    "paging",
    "help",
    "recording",
    "owning",
    "change",
    "wording",
    "review",
    "people",
    "link",
    "remind",
    "manage",
]
