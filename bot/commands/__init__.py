"""The modules whose declarations make up the commands: a new one is named here, nothing is discovered."""

from bot.commands import change, help, manage, owning, paging, people, recording, review, wording

__all__ = ["change", "help", "manage", "owning", "paging", "people", "recording", "review", "wording"]
