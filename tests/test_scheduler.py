"""What wakes the reminders: soon after the start, whatever the clock and the database do, and never twice at once."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.scheduler import HOLD, Reminders
from bot.store.database import Store
from bot.transports.wire import Undeliverable
from tests.reminders_bench import HOUR, MINUTE, MONDAY, WEEK, Bench, Network

HEAD = "Weekly reminder R1: kolla, 1 open action."


def bench_at(now: datetime, store: Store | None = None, *networks: Network) -> Bench:
    """A rule of #ptg, one open action, and the clock at `now`."""
    bench = Bench(store, *networks)
    bench.action("look at OpenSearch", "Christian")
    bench.weekly()
    bench.now = now
    return bench


def play(story: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a story, ten seconds at most."""
    asyncio.run(asyncio.wait_for(story(), 10))


async def until(true: Callable[[], object]) -> None:
    """Let the loop turn until something is true."""
    while not true():
        await asyncio.sleep(0.001)


class Seconds:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.passed = 0.0

    def __call__(self) -> float:
        """How many have passed."""
        return self.passed


def test_first_look_at_once() -> None:
    """What fell due before the start is sent at once, not when the first interval is over."""

    async def story() -> None:
        bench = bench_at(MONDAY + HOUR)
        reminders = Reminders(bench.store, bench.transports, bench.clock, every=3600)
        assert (reminders.scan_age, reminders.status()) == (None, "reminders: not looked at yet.")
        reminders.start()
        await until(lambda: bench.states() == ["2026-11-23 sent"])
        assert reminders.status() == "reminders: looked at 0 s ago."
        await reminders.stop()
        assert bench.heads() == [HEAD]

    play(story)


def test_status_names_what_was_refused() -> None:
    """A reminder that cannot arrive is named with its reason while it is tried, and after it has failed."""
    bench = bench_at(MONDAY)
    bench.network.refusals = [Undeliverable("not in #ptg", retry=True)] * 9
    reminders = Reminders(bench.store, bench.transports, bench.clock)
    bench.look(MONDAY)
    assert reminders.status().endswith("; R1 of Mon 23 Nov 2026 is not sent yet (not in #ptg).")
    bench.live(MONDAY + 4 * HOUR, MINUTE)
    assert reminders.status().endswith("; R1 of Mon 23 Nov 2026 was not sent (not in #ptg).")
    bench.network.refusals = []
    bench.live(MONDAY + WEEK)
    assert reminders.status() == "reminders: not looked at yet."


def test_interval() -> None:
    """The ledger is looked through again and again, and each look sees the clock of its moment."""

    async def story() -> None:
        bench = bench_at(MONDAY - MINUTE)
        reminders = Reminders(bench.store, bench.transports, bench.clock, every=0.01)
        reminders.start()
        await until(lambda: reminders.scan_age is not None)
        assert bench.heads() == []
        bench.now = MONDAY
        await until(bench.heads)
        await reminders.stop()

    play(story)


def test_wakes_after_the_clock_went_back() -> None:
    """A machine's clock put back leaves apscheduler planning for the old time; the reminders go on all the same."""

    async def story() -> None:
        bench = bench_at(MONDAY - MINUTE)
        reminders = Reminders(bench.store, bench.transports, bench.clock, every=0.01)
        reminders.start()
        await until(lambda: reminders.scan_age is not None)
        reminders._job.modify(next_run_time=datetime.now(UTC) + timedelta(days=3650))
        bench.now = MONDAY
        await until(bench.heads)
        await reminders.stop()

    play(story)


def test_jump_ahead_is_held() -> None:
    """A jump of ten years is not believed for ten minutes; if the clock comes back, nothing has happened."""

    async def story() -> None:
        seconds = Seconds()
        bench = bench_at(MONDAY - MINUTE)
        reminders = Reminders(bench.store, bench.transports, bench.clock, monotonic=seconds)
        await reminders.tick(bench.now)
        seconds.passed += 15
        await reminders.tick(MONDAY + 521 * WEEK)
        assert bench.states() == []
        assert reminders.status() == "reminders: held, because the clock jumped ahead by more than a day."
        assert reminders.scan_age == 0
        seconds.passed += 60
        bench.now = MONDAY
        await reminders.tick(MONDAY)
        await until(lambda: bench.states() == ["2026-11-23 sent"])
        assert reminders.status() == "reminders: looked at 0 s ago."
        await reminders.stop()

    play(story)


def test_jump_ahead_that_stays() -> None:
    """A jump that lasts is believed: the machine was asleep. One digest at most comes of it."""

    async def story() -> None:
        seconds = Seconds()
        bench = bench_at(MONDAY - MINUTE)
        reminders = Reminders(bench.store, bench.transports, bench.clock, monotonic=seconds)
        await reminders.tick(bench.now)
        bench.now = MONDAY + 2 * WEEK + HOUR
        await reminders.tick(bench.now)
        seconds.passed += HOLD
        await reminders.tick(bench.now)
        await until(lambda: bench.states() == ["2026-11-23 missed", "2026-11-30 missed", "2026-12-07 sent"])
        await reminders.stop()

    play(story)


def test_busy_network_is_not_asked_twice() -> None:
    """While a network is still sending, further looks leave it alone and serve the others."""

    async def story() -> None:
        stuck, free = Network("libera"), Network("oftc")
        stuck.gate = asyncio.Event()
        bench = bench_at(MONDAY, None, stuck, free)
        bench.now = MONDAY - MINUTE
        bench.weekly(network="oftc")
        bench.now = MONDAY
        seconds = Seconds()
        reminders = Reminders(bench.store, bench.transports, bench.clock, monotonic=seconds)
        await reminders.tick(MONDAY)
        await until(lambda: free.heard)
        bench.weekly("#late", "oftc")
        bench.now = MONDAY + WEEK
        seconds.passed += WEEK.total_seconds()
        await reminders.tick(bench.now)
        await until(lambda: len(free.heard) == 3)
        assert bench.states().count("2026-11-23 sending") == 1
        stuck.gate.set()
        await reminders.stop()
        assert [head for head in bench.heads() if "repeat" in head] == []

    play(story)


def test_stop_waits_for_what_is_being_sent() -> None:
    """A stop lets the message on its way arrive, and begins no other."""

    async def story() -> None:
        bench = bench_at(MONDAY - MINUTE)
        bench.weekly("#kolla")
        bench.now = MONDAY
        bench.network.gate = asyncio.Event()
        reminders = Reminders(bench.store, bench.transports, bench.clock)
        await reminders.tick(MONDAY)
        await until(lambda: "2026-11-23 sending" in bench.states())
        stopping = asyncio.create_task(reminders.stop())
        await asyncio.sleep(0)
        bench.network.gate.set()
        await stopping
        await reminders.tick(MONDAY + MINUTE)
        assert [target for target, _ in bench.network.heard] == ["#ptg"]
        assert bench.states() == ["2026-11-23 sent", "2026-11-23 due"]

    play(story)


def test_stop_does_not_wait_for_ever() -> None:
    """A message that does not arrive within the grace is left as it is: the next start repeats it, marked."""

    async def story() -> None:
        bench = bench_at(MONDAY)
        bench.network.gate = asyncio.Event()
        reminders = Reminders(bench.store, bench.transports, bench.clock)
        await reminders.tick(MONDAY)
        await until(lambda: bench.states() == ["2026-11-23 sending"])
        await reminders.stop(grace=0.01)
        assert bench.states() == ["2026-11-23 sending"]
        bench.network.gate = None
        again = Reminders(bench.store, bench.transports, bench.clock)
        again.start()
        await until(bench.heads)
        await again.stop()
        assert bench.heads() == [f"(repeat) {HEAD}"]

    play(story)


def test_locked_database(tmp_path: Path) -> None:
    """While another program holds the database nothing is sent; the next look after it does."""

    async def story() -> None:
        path = tmp_path / "recapbot.db"
        bench = bench_at(MONDAY, Store(path, wait=0.01))
        other = Store(path)
        reminders = Reminders(bench.store, bench.transports, bench.clock)
        with other.write():
            await reminders.tick(MONDAY)
            assert reminders.scan_age is None
        await reminders.tick(MONDAY)
        await until(bench.heads)
        await reminders.stop()
        assert bench.states() == ["2026-11-23 sent"]
        other.close()
        bench.store.close()

    play(story)


def test_taken_but_not_written_down(tmp_path: Path) -> None:
    """A message that was taken while the database was locked is written down once it is free, not sent again."""

    async def story() -> None:
        path = tmp_path / "recapbot.db"
        bench = bench_at(MONDAY, Store(path, wait=0.01))
        bench.network.gate = asyncio.Event()
        other = Store(path)
        reminders = Reminders(bench.store, bench.transports, bench.clock, record_again=0.01)
        await reminders.tick(MONDAY)
        await until(lambda: bench.states() == ["2026-11-23 sending"])
        with other.write():
            bench.network.gate.set()
            await until(bench.heads)
            await reminders.tick(MONDAY)
            assert bench.states() == ["2026-11-23 sending"]
        await until(lambda: bench.states() == ["2026-11-23 sent"])
        await reminders.stop()
        assert bench.heads() == [HEAD]
        other.close()
        bench.store.close()

    play(story)
