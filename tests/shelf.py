"""A store with small recaps written by hand, for the tests of what is read from it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from bot.model import Actor, Block, BlockKind, Document, Kind, ReadItem, ReadRecap, ReadSession
from bot.store.database import Store
from bot.store.people import TeamSeed, seed_teams
from bot.store.recaps import save

NOW = datetime(2021, 6, 1, 14, 0, tzinfo=UTC)
TODAY = NOW.date()
ANA = Actor("oftc/ana", "ana", "oftc", "#ptg")


@dataclass(frozen=True)
class Said:
    """A sentence of a recap, and the items that it is."""

    quote: str
    kinds: tuple[Kind, ...]
    owners: tuple[str, ...] = ()
    due: str | None = None
    sure: float = 0.9


def decision(quote: str, *, sure: float = 0.9) -> Said:
    """A decision."""
    return Said(quote, (Kind.DECISION,), sure=sure)


def action(quote: str, *owners: str, due: str | None = None, sure: float = 0.9) -> Said:
    """An action of those owners."""
    return Said(quote, (Kind.ACTION,), owners, due, sure)


def question(quote: str) -> Said:
    """An open question."""
    return Said(quote, (Kind.QUESTION,))


def both(quote: str, *owners: str) -> Said:
    """A decision that is an action too."""
    return Said(quote, (Kind.DECISION, Kind.ACTION), owners)


class Shelf:
    """A store that knows kolla with its part kayobe, and nova; and what is put on it."""

    def __init__(self) -> None:
        self.store = Store(":memory:")
        teams = {"kolla": TeamSeed(("k-a",)), "kayobe": TeamSeed((), "kolla"), "nova": TeamSeed()}
        seed_teams(self.store, teams)

    def put(
        self,
        event: str | None,
        sessions: Mapping[str, Sequence[Said]],
        *,
        team: str | None = "kolla",
        parts: Mapping[str, str] | None = None,
        author: str | None = "Mark",
        published: date | None = date(2021, 5, 4),
        address: str | None = None,
    ) -> str:
        """Store a recap: its sessions with what is said in each. `parts` names the team of a session. Its label."""
        text = ""
        read_sessions: list[ReadSession] = []
        read_items: list[ReadItem] = []
        blocks: list[Block] = []
        for title, said in sessions.items():
            start = len(text)
            text += f"{title}\n"
            for each in said:
                at = len(text)
                text += f"{each.quote}\n"
                offsets = range(at, at + len(each.quote))
                blocks.append(Block(BlockKind.PARAGRAPH, at, at + len(each.quote), each.quote, offsets, path=(title,)))
                read_items += [
                    ReadItem(
                        kind,
                        at,
                        at + len(each.quote),
                        each.quote,
                        each.quote,
                        each.owners if kind is Kind.ACTION else (),
                        each.due,
                        session=len(read_sessions),
                        confidence=each.sure,
                    )
                    for kind in each.kinds
                ]
            of_team = (parts or {}).get(title)
            read_sessions.append(ReadSession(title, (title,), of_team, start, len(text), title))
        cycle = event.split()[0].casefold() if event else None
        document = Document(address or f"{team}-{cycle}.txt", "text", text, tuple(blocks))
        read = ReadRecap(
            document,
            f"{team} at {event}",
            author,
            published,
            event,
            cycle,
            (team,) if team else (),
            tuple(read_sessions),
            tuple(read_items),
        )
        return save(self.store, read, loaded_by="oftc/loader", now=NOW).label

    def row(self, label: str) -> int:
        """The row of an item."""
        kind = next(kind for kind in Kind if kind.letter == label[0])
        found = self.store.db.execute(
            "SELECT id FROM items WHERE kind = ? AND number = ?", [kind.value, int(label[1:])]
        ).fetchone()
        return int(found[0])
