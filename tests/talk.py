"""A small memory made by hand, and somebody to talk to it through the real dispatcher."""

from datetime import UTC, date, datetime
from typing import Any

from bot.commands.dispatch import Dispatcher
from bot.commands.registry import Policy, Services
from bot.messages import Reply, Request
from bot.model import Document, Kind, ReadItem, ReadRecap, ReadSession
from bot.store.database import Store
from bot.store.people import TeamSeed, seed_teams
from bot.store.recaps import save

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
"""A Friday."""

TEAMS = {"kolla": TeamSeed(("k-a", "kolla-ansible")), "kayobe": TeamSeed((), "kolla"), "nova": TeamSeed()}

TEXT = """\
Agreed to drop Elasticsearch. Christian offered to investigate a possible migration. We will look at the images.
Agreed to keep MariaDB, and Zoë will write the upgrade test. A blueprint will be written. Who tests it?
"""

PASSAGES: tuple[tuple[Kind, str, tuple[str, ...], float], ...] = (
    (Kind.DECISION, "Agreed to drop Elasticsearch", (), 1.0),
    (Kind.ACTION, "Christian offered to investigate a possible migration", ("Christian",), 1.0),
    (Kind.ACTION, "We will look at the images", ("team",), 1.0),
    (Kind.DECISION, "Agreed to keep MariaDB, and Zoë will write the upgrade test", (), 1.0),
    (Kind.ACTION, "Agreed to keep MariaDB, and Zoë will write the upgrade test", ("Zoë",), 1.0),
    (Kind.ACTION, "A blueprint will be written", (), 0.3),
    (Kind.QUESTION, "Who tests it?", (), 1.0),
)
"""What the recap holds: D1, A1 of Christian, A2 of the team, D2/A3 of Zoë, A4 a candidate of nobody, Q1."""


def recap(address: str = "kolla.txt", author: str = "Mark Goddard") -> ReadRecap:
    """TEXT as read: one recap of kolla's Xena PTG with one session."""
    items = tuple(
        ReadItem(kind, TEXT.index(said), TEXT.index(said) + len(said), said, said, owners, confidence=sure, session=0)
        for kind, said, owners, sure in PASSAGES
    )
    session = ReadSession("OpenSearch", ("OpenSearch",), "kolla", 0, len(TEXT), "OpenSearch")
    document = Document(address, "plain", TEXT, ())
    published = date(2021, 5, 1)
    return ReadRecap(document, "Kolla at the PTG", author, published, "Xena PTG", "xena", ("kolla",), (session,), items)


class Talk:
    """A store with that recap (loaded by `net/loader`), a dispatcher over it, and a way to speak."""

    def __init__(self, policy: Policy | None = None, services: Services | None = None) -> None:
        self.store = Store()
        seed_teams(self.store, TEAMS)
        save(self.store, recap(), loaded_by="net/loader", now=NOW)
        self.policy = policy or Policy(admins=frozenset({"net/root"}))
        self.dispatcher = Dispatcher(self.store, self.policy, services or Services())

    def answer(self, text: str, nick: str = "alice", **where: Any) -> Reply | None:
        """The reply to a line said in `#ptg` (`room=None`: in a direct message); `alice/account` has an account."""
        nick, _, account = nick.partition("/")
        asked = {"network": "net", "room": "#ptg", "account": account or None, "now": NOW, **where}
        return self.dispatcher.answer(Request(text=text, nick=nick, **asked))

    def say(self, text: str, nick: str = "alice", **where: Any) -> list[str]:
        """The lines of the reply; none for silence."""
        reply = self.answer(text, nick, **where)
        return list(reply.lines) if reply else []

    def dump(self) -> list[str]:
        """Everything the database holds, to see whether anything changed."""
        tables = [name for name in self.store.db.table_names() if not name.endswith(("_fts", "_words"))]
        return [f"{table} {row}" for table in tables for row in self.store.db.execute(f'SELECT * FROM "{table}"')]
