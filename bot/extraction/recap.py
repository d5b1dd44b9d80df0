"""Document -> ReadRecap: metadata, sessions and items in one value; the only name that loading imports."""

from bot.extraction.items import read_items
from bot.extraction.linear import Judge, linear_judge
from bot.extraction.metadata import read_metadata
from bot.extraction.sessions import read_sessions
from bot.model import Document, ReadRecap


def read_recap(document: Document, judge: Judge = linear_judge) -> ReadRecap:
    """All that is read from a document; `judge` says how sure its passages are."""
    said = read_metadata(document)
    sessions = read_sessions(document)
    items = read_items(
        document,
        sessions,
        author=said.author,
        teams=said.teams,
        published=said.published,
        cycle=said.cycle,
        judge=judge,
    )
    return ReadRecap(
        document, said.title, said.author, said.published, said.event, said.cycle, said.teams, sessions, items
    )
