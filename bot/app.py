"""The running bot: builds everything from the configuration, runs it until it is told to stop, closes it.

What is above this line gets time as an argument; here is the clock.
"""

import asyncio
import gc
import logging
import signal
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from bot import health
from bot.commands.dispatch import Dispatcher
from bot.commands.registry import Policy, Services
from bot.config import Config, ConfigError, MatrixNetwork, open_files, team_faults
from bot.extraction.encoder import runtime_missing
from bot.loading import Refused, Report, Source, find_sources, read_source, store_recap
from bot.messages import Reply, Request, UserError
from bot.model import Actor
from bot.queries.lines import plural
from bot.queries.recaps import known_texts
from bot.queries.search import warm
from bot.queries.teams import list_teams
from bot.reader import Reader
from bot.scheduler import Reminders
from bot.shipped import read_teams, team_names
from bot.store.database import Store
from bot.store.mailbox import Mailbox
from bot.store.people import account_key, seed_teams
from bot.store.rules import WantedRule, sync_config_rules
from bot.transports.irc import IrcTransport
from bot.transports.matrix_timing import Timing
from bot.transports.wire import Transport

log = logging.getLogger(__name__)


def now_utc() -> datetime:
    """The clock."""
    return datetime.now(UTC)


def policy_of(config: Config) -> Policy:
    """The part of the configuration that commands obey."""
    rooms = [
        ((network, name), room)
        for name, room in config.rooms.items()
        for network in config.networks
        if room.network in (None, network)
    ]
    return Policy(
        admins=frozenset(
            f"{key.partition('.')[2]}/{account_key(admin)}"
            for key, network in config.tables()
            for admin in network.admins
        ),
        trust_nicks=frozenset(name for name, network in config.irc.items() if network.trust_nicks),
        signs={key: room.signs for key, room in rooms if room.signs is not None},
        room_teams={key: room.team for key, room in rooms if room.team},
        zones={key: room.zone for key, room in rooms},
    )


def wanted_rules(config: Config) -> list[WantedRule]:
    """The reminder rules that the configuration sets."""
    rules = []
    for each in config.reminders:
        room = config.room(each.network, each.room or "")
        rules.append(
            WantedRule(
                network=each.network,
                room=each.room,
                account=each.account,
                team=each.team or room.team,
                weekday=each.day,
                at=each.at,
                zone=each.zone or room.zone,
            )
        )
    return rules


class Bot:
    """One running bot: a store, a dispatcher, transports and reminders."""

    def __init__(
        self,
        config: Config,
        store: Store,
        clock: Callable[[], datetime] = now_utc,
        *,
        matrix_timing: Timing | None = None,
    ) -> None:
        """Put the parts together; nothing runs and nothing is connected yet."""
        self.config = config
        self.store = store
        self.clock = clock
        self.started = clock()
        self._matrix_timing = matrix_timing
        self._loading = asyncio.Lock()
        services = Services(status=self.status, reload=self.reload if config.recaps.paths else None)
        self.dispatcher = Dispatcher(store, policy_of(config), services)
        self.transports: Mapping[str, Transport] = {
            **{name: IrcTransport(name, network, self.answer, clock=clock) for name, network in config.irc.items()},
            **{name: self._matrix(name, network) for name, network in config.matrix.items()},
        }
        self.reminders = Reminders(store, self.transports, clock)

    def _matrix(self, name: str, network: MatrixNetwork) -> Transport:
        from bot.transports.matrix import MatrixTransport  # nio takes 0.4 s and 40 MB: only where it is wanted

        database = self.config.bot.database
        folder = database.with_name(f"{database.name}.matrix") / name
        journal = Mailbox(self.store, name, self.clock)
        return MatrixTransport(
            name, network, self.answer, journal, folder, clock=self.clock, timing=self._matrix_timing
        )

    def answer(self, request: Request) -> Reply | None:
        """What transports call for each line they hear."""
        return self.dispatcher.answer(request)

    def status(self) -> Sequence[str]:
        """Lines for the command `status`."""
        up, model, why = self.clock() - self.started, self.config.reader.endpoint, self._without_encoder()
        hours, minutes = divmod(int(up.total_seconds()) // 60, 60)
        return [
            f"Up {hours} h {minutes:02} min.",
            *(transport.status() for transport in self.transports.values()),
            self.reminders.status(),
            *([f"Recaps are sent to the language model {model.model} at {model.address}."] if model else []),
            *([f"{'The rest is' if model else 'Recaps are'} read by the linear reader alone: {why}."] if why else []),
        ]

    def _without_encoder(self) -> str | None:
        """Why the encoder is not asked; None where it is."""
        if not self.config.reader.encoder:
            return "the configuration says so"
        missing = runtime_missing()
        return f"the package {missing} is not installed" if missing else None

    async def reload(self, actor: Actor, now: datetime) -> Reply:
        """Read the configured recaps again, off the loop; what came of it."""
        report = await self._load(list(find_sources(self.config.recaps.paths)), actor.identity, now)
        return Reply(report_lines(report))

    async def _load(self, sources: Sequence[Source | Refused], loaded_by: str | None, now: datetime) -> Report:
        report = Report()
        async with self._loading:
            how = self.config.reader
            with Reader(encoder=how.encoder, model=how.endpoint, known=known_texts(self.store)) as reader:
                for source in sources:
                    read = (
                        source if isinstance(source, Refused) else await asyncio.to_thread(read_source, reader, source)
                    )
                    if isinstance(read, Refused):
                        report.add(read)
                        continue
                    for recap in read:
                        report.add(store_recap(self.store, recap, loaded_by=loaded_by, now=now))
                        await asyncio.sleep(0)  # an archive holds thousands, and the networks must be answered
        for remark in report.remarks():
            log.warning("%s", remark)
        return report

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until `stop` is set, then finish what is in flight and leave politely."""
        work = [asyncio.create_task(self._guard(name, transport)) for name, transport in self.transports.items()]
        work.append(asyncio.create_task(self._beat()))
        loading = asyncio.create_task(self._load_at_start())
        self.reminders.start()
        warm(self.store)
        gc.collect()
        gc.freeze()  # what is here now stays: no answer should wait for a search for garbage among it
        await stop.wait()
        gc.unfreeze()
        log.info("stopping")
        loading.cancel()
        # Side by side: a transport that stops hands back the reminders it has not begun, and finishes those it has.
        await asyncio.gather(self.reminders.stop(), *(transport.stop() for transport in self.transports.values()))
        for task in work:
            task.cancel()
        await asyncio.gather(*work, loading, return_exceptions=True)
        log.info("stopped")

    async def _guard(self, name: str, transport: Transport) -> None:
        """Run a transport; should it fall over its own bug, the others live on."""
        try:
            await transport.run()
        except Exception:
            log.exception("transport %s died", name)

    async def _load_at_start(self) -> None:
        if not self.config.recaps.paths:
            return
        try:
            report = await self._load(list(find_sources(self.config.recaps.paths)), None, self.clock())
            log.info("recaps: %s", " ".join(report_lines(report)))
        except UserError as error:
            log.error("recaps were not loaded: %s", error)
        except Exception:
            log.exception("recaps were not loaded")

    async def _beat(self) -> None:
        while True:
            connected = {name: transport.connected for name, transport in self.transports.items()}
            try:
                health.beat(self.config.bot.database, connected, self.clock())
            except OSError as error:
                log.warning("no heartbeat: %s", error)
            await asyncio.sleep(health.EVERY.total_seconds())


def report_lines(report: Report) -> tuple[str, ...]:
    """What a load did, for chat and the log: the counts, what is to be said of a recap, each file that gave nothing."""
    total = len(report.loaded)
    head = (
        f"{plural(total, 'recap')} read: {report.count('new')} new, {report.count('changed')} changed,"
        f" {report.count('same')} as before."
    )
    return (head, *report.remarks(), *(f"{refused.address}: {refused.reason}." for refused in report.refused))


async def serve(config: Config, path: Path) -> None:
    """`recapbot run`: one bot until SIGTERM or SIGINT. `path` is that of the configuration, for what is wrong with it.

    Raises UserError where it cannot start, and ConfigError.
    """
    for warning in open_files(config):
        log.warning("%s", warning)
    teams = read_teams(config.bot.teams_file)
    with health.only_one(config.bot.database):
        store = Store(config.bot.database)
        store.check()
        seed_teams(store, teams)
        there = {name for team in list_teams(store) for name in (team.name, *team.aliases)}
        if faults := team_faults(config, team_names(teams) | there):
            store.close()
            raise ConfigError(path, [*map(str, faults)])
        bot = Bot(config, store)
        sync_config_rules(store, wanted_rules(config), bot.clock())
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        try:
            await bot.run(stop)
        finally:
            store.close()
            health.heartbeat_path(config.bot.database).unlink(missing_ok=True)
