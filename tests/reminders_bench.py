"""What the tests of reminders stand on: a store with actions, a clock to turn, networks that keep what they heard."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from bot.delivery import send_due
from bot.model import Actor, Kind, Rule
from bot.store import ledger
from bot.store.database import Store
from bot.store.items import record
from bot.store.people import claim
from bot.store.rules import add_rule
from bot.transports.wire import Undeliverable

ANA = Actor("libera/ana", "ana", "libera", "#ptg")
"""An operator who sets things up."""

FRIDAY = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
"""When every story begins."""

MONDAY = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
"""When the first digest of `weekly` is due."""

WEEK = timedelta(weeks=1)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


class Network:
    """The wire of a network: it keeps what it took, and refuses what it is told to refuse."""

    def __init__(self, name: str = "libera") -> None:
        self.name = name
        self.connected = True
        self.heard: list[tuple[str, tuple[str, ...]]] = []
        self.seen: dict[str, str] = {}
        self.refusals: list[Exception] = []
        self.gate: asyncio.Event | None = None
        self.closed: set[str] = set()
        """Rooms that the bot is not in."""

    async def run(self) -> None:
        """Nothing to serve."""

    async def stop(self) -> None:
        """Nothing to leave."""

    async def deliver(self, target: str, lines: Sequence[str]) -> None:
        """Take the message, or answer with the next refusal; wait before the gate where there is one."""
        if self.gate is not None:
            await self.gate.wait()
        refusal = self.refusals.pop(0) if self.refusals else None
        if not isinstance(refusal, Undeliverable) or refusal.perhaps:
            self.heard.append((target, tuple(lines)))
        if refusal is not None:
            raise refusal

    def is_in(self, room: str) -> bool:
        """The bot is in every room that is not closed to it."""
        return room not in self.closed

    def nick_of(self, account: str) -> str | None:
        """The nick of an account that is there."""
        return self.seen.get(account)

    def status(self) -> str:
        """One line."""
        return self.name


class Bench:
    """A store, a clock, and networks."""

    def __init__(self, store: Store | None = None, *networks: Network) -> None:
        self.store = store or Store()
        self.now = FRIDAY
        self.networks = networks or (Network(),)

    @property
    def network(self) -> Network:
        """The first network."""
        return self.networks[0]

    @property
    def transports(self) -> Mapping[str, Network]:
        """The networks by name."""
        return {network.name: network for network in self.networks}

    def clock(self) -> datetime:
        """What time it is in this story."""
        return self.now

    def weekly(self, room: str = "#ptg", network: str = "libera", zone: str = "UTC") -> Rule:
        """A rule: kolla's digest every Monday at 14:00."""
        return add_rule(
            self.store,
            network=network,
            room=room,
            team="kolla",
            weekday=0,
            at="14:00",
            zone=zone,
            actor=ANA,
            now=self.now,
        )

    def personal(self, account: str = "christian", name: str = "Christian") -> Rule:
        """A rule: a person's own actions every Monday at 14:00, their account tied to their name."""
        claim(self.store, "libera", account, name, ANA, self.now)
        return add_rule(
            self.store,
            network="libera",
            account=account,
            team=None,
            weekday=0,
            at="14:00",
            zone="UTC",
            actor=ANA,
            now=self.now,
        )

    def action(self, text: str, *owners: str, due: str | None = None, team: str = "kolla") -> str:
        """An action recorded by hand; its label."""
        return record(self.store, Kind.ACTION, team=team, text=text, owners=owners, due=due, actor=ANA, now=self.now)

    def item(self, label: str) -> int:
        """The row of an action."""
        row = self.store.db.execute("SELECT id FROM items WHERE kind = 'action' AND number = ?", [label[1:]]).fetchone()
        return int(row[0])

    def look(self, now: datetime | None = None) -> None:
        """One look at the ledger, and everything sent that is due."""
        self.now = now or self.now
        ledger.scan(self.store, self.now)
        asyncio.run(send_due(self.store, self.transports, self.clock))

    def live(self, until: datetime, step: timedelta = HOUR) -> None:
        """Look again and again until then."""
        while self.now < until:
            self.look(min(self.now + step, until))

    def restart(self, now: datetime) -> None:
        """The process died some time ago; another one starts at `now`, and looks."""
        self.now = now
        ledger.recover(self.store, now)
        self.look()

    def states(self) -> list[str]:
        """The ledger, oldest first: `2026-11-23 sent`."""
        rows = self.store.db.query("SELECT local_date, state FROM occurrences ORDER BY due_at, rule_id")
        return [f"{row['local_date']} {row['state']}" for row in rows]

    def detail(self) -> str | None:
        """What the newest row of the ledger says of itself."""
        row = self.store.db.execute("SELECT detail FROM occurrences ORDER BY due_at DESC, rule_id DESC").fetchone()
        return None if row[0] is None else str(row[0])

    def heads(self) -> list[str]:
        """The first lines of what was heard on the first network."""
        return [lines[0] for _, lines in self.network.heard]
