"""What the ledger does over restarts, pauses and turned clocks: nothing is lost, nothing said twice."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.delivery import send_due
from bot.messages import UserError
from bot.model import Actor
from bot.store import ledger
from bot.store.database import Store
from bot.store.items import change
from bot.store.rules import WantedRule, add_rule, set_rule_state, sync_config_rules
from bot.store.undo import undo
from bot.transports.wire import Undeliverable
from tests.reminders_bench import ANA, FRIDAY, HOUR, MINUTE, MONDAY, WEEK, Bench, Network

SECOND = timedelta(seconds=1)
HEAD = "Weekly reminder R1: kolla, 1 open action."


@pytest.fixture
def bench() -> Bench:
    """A rule of #ptg, and one open action."""
    bench = Bench()
    bench.action("look at OpenSearch", "Christian")
    bench.weekly()
    return bench


def test_each_week_once(bench: Bench) -> None:
    """A digest goes out each Monday at 14:00, once, however often the bot looks."""
    bench.live(MONDAY - MINUTE)
    assert bench.heads() == []
    bench.live(MONDAY + 3 * WEEK, 10 * MINUTE)
    assert bench.heads() == [HEAD] * 4
    assert bench.states() == ["2026-11-23 sent", "2026-11-30 sent", "2026-12-07 sent", "2026-12-14 sent"]


def test_new_rule_owes_nothing_of_the_past() -> None:
    """A rule made on Monday at 14:00 speaks on the next one."""
    bench = Bench()
    bench.action("look at OpenSearch")
    bench.now = MONDAY
    bench.weekly()
    bench.live(MONDAY + WEEK - MINUTE)
    assert bench.states() == []
    bench.look(MONDAY + WEEK)
    assert bench.states() == ["2026-11-30 sent"]


@pytest.mark.parametrize("late", [MINUTE, HOUR, 23 * HOUR, 24 * HOUR])
def test_late_start_within_a_day(bench: Bench, late: timedelta) -> None:
    """Down when it fell due: sent once at the next start, up to a day late."""
    bench.restart(MONDAY + late)
    bench.restart(MONDAY + late + MINUTE)
    assert bench.heads() == [HEAD]


def test_late_start_after_a_day(bench: Bench) -> None:
    """Down for longer: not sent any more, and the next digest names the dates, once."""
    bench.restart(MONDAY + WEEK + 25 * HOUR)
    assert bench.heads() == []
    assert bench.states() == ["2026-11-23 missed", "2026-11-30 missed"]
    bench.look(MONDAY + 2 * WEEK)
    bench.look(MONDAY + 3 * WEEK)
    assert bench.heads() == [f"{HEAD} Missed: Mon 23 Nov 2026, Mon 30 Nov 2026.", HEAD]


def test_long_absence(bench: Bench) -> None:
    """After half a year one digest goes out, never the backlog, and it names the last dates only."""
    bench.restart(MONDAY + 26 * WEEK + HOUR)
    assert bench.heads() == [f"{HEAD} Missed: Mon 3 May 2027, Mon 10 May 2027, Mon 17 May 2027 and 23 earlier."]


def test_nothing_open(bench: Bench) -> None:
    """With nothing open nothing is said, and the occurrence is done with: an action of Tuesday waits for Monday."""
    change(bench.store, [bench.item("A1")], "done", ANA, FRIDAY, state="done")
    bench.look(MONDAY)
    assert (bench.states(), bench.detail()) == (["2026-11-23 sent"], "nothing was open")
    bench.action("write the docs")
    bench.live(MONDAY + WEEK - MINUTE)
    assert bench.heads() == []
    bench.look(MONDAY + WEEK)
    assert len(bench.heads()) == 1


def test_state_is_that_of_the_sending(bench: Bench) -> None:
    """What was done between the due time and the sending is not in the text."""
    bench.network.connected = False
    bench.action("write the docs", "Mark")
    bench.look(MONDAY)
    change(bench.store, [bench.item("A1")], "done", ANA, bench.now, state="done")
    bench.network.connected = True
    bench.look(MONDAY + HOUR)
    [(_, lines)] = bench.network.heard
    assert lines[1] == 'A2 Mark: "write the docs"'
    assert not any("A1" in line for line in lines)


def test_pause(bench: Bench) -> None:
    """A pause is silent, and what fell in it is never sent nor called missed."""
    set_rule_state(bench.store, [1], "paused", ANA, FRIDAY)
    bench.live(MONDAY + HOUR)
    set_rule_state(bench.store, [1], "active", ANA, bench.now)
    bench.live(MONDAY + WEEK)
    assert bench.heads() == [HEAD]
    assert bench.states() == ["2026-11-30 sent"]


def test_pause_of_what_is_due(bench: Bench) -> None:
    """A pause also stops what was due and not sent yet; resumed, it stays unsent and unmentioned."""
    bench.network.connected = False
    bench.look(MONDAY)
    set_rule_state(bench.store, [1], "paused", ANA, MONDAY)
    bench.network.connected = True
    bench.look(MONDAY + MINUTE)
    set_rule_state(bench.store, [1], "active", ANA, bench.now)
    bench.live(MONDAY + WEEK)
    assert bench.heads() == [HEAD]
    assert bench.states() == ["2026-11-23 missed", "2026-11-30 sent"]


def test_pause_between_look_and_sending(bench: Bench) -> None:
    """A rule paused after its row was read is not sent: the row is claimed only while the rule is active."""
    ledger.scan(bench.store, MONDAY)
    [waiting] = ledger.pending(bench.store, MONDAY)
    set_rule_state(bench.store, [1], "paused", ANA, MONDAY)
    assert not ledger.begin(bench.store, waiting.occurrence, "text", MONDAY)


def test_undone_pause(bench: Bench) -> None:
    """A pause taken back by `undo` was none: what fell in it is sent."""
    set_rule_state(bench.store, [1], "paused", ANA, FRIDAY)
    bench.look(MONDAY)
    undo(bench.store, ANA, bench.now)
    bench.look(MONDAY + HOUR)
    assert bench.heads() == [HEAD]


def test_undone_after_weeks(bench: Bench) -> None:
    """A pause of weeks that is taken back leaves nothing owed, and calls nothing missed that nobody wanted."""
    set_rule_state(bench.store, [1], "paused", ANA, FRIDAY)
    bench.live(MONDAY + 2 * WEEK + 2 * HOUR)
    undo(bench.store, ANA, bench.now + WEEK / 2)
    bench.live(MONDAY + 3 * WEEK)
    assert bench.heads() == [HEAD]
    assert bench.states() == ["2026-12-14 sent"]


def test_undone_removal_of_what_was_set_again(bench: Bench) -> None:
    """A rule does not come back beside another that says the same at the same time."""
    set_rule_state(bench.store, [1], "removed", ANA, FRIDAY)
    add_rule(
        bench.store,
        network="libera",
        room="#PTG",
        team="kolla",
        weekday=0,
        at="14:00",
        zone="UTC",
        actor=Actor("libera/bob", "bob", "libera", "#ptg"),
        now=FRIDAY,
    )
    with pytest.raises(UserError, match="R2 does by now what R1 did; nothing was undone."):
        undo(bench.store, ANA, FRIDAY)
    bench.look(MONDAY)
    assert len(bench.heads()) == 1


def test_removed_rule(bench: Bench) -> None:
    """A removed rule is silent for good, and its id is not given again."""
    set_rule_state(bench.store, [1], "removed", ANA, FRIDAY)
    assert bench.weekly().label == "R2"
    bench.look(MONDAY)
    assert bench.heads() == [HEAD.replace("R1", "R2")]


# --- clocks ----------------------------------------------------------------------------------------------------


def test_clock_put_back(bench: Bench) -> None:
    """A clock that goes back an hour doubles nothing."""
    bench.look(MONDAY)
    bench.look(MONDAY - HOUR)
    bench.live(MONDAY + 2 * HOUR, MINUTE)
    assert bench.heads() == [HEAD]


def test_clock_far_ahead_and_back(bench: Bench) -> None:
    """Ten years ahead: at most one digest of the rule. Set right again, every Monday has its own as before."""
    ahead = MONDAY + 521 * WEEK
    bench.look(ahead + HOUR)
    assert len(bench.heads()) == 1
    bench.look(FRIDAY + HOUR)
    bench.live(MONDAY + WEEK)
    assert bench.states()[:2] == ["2026-11-23 sent", "2026-11-30 sent"]
    assert bench.heads()[1:] == [HEAD, HEAD]


def test_changes_of_the_clocks() -> None:
    """In a zone with summer time a rule at 02:30 on Sundays speaks once a week over both changes of a year."""
    bench = Bench()
    bench.action("look at OpenSearch")
    bench.now = datetime(2026, 3, 1, tzinfo=UTC)
    wanted = WantedRule("libera", "#ptg", None, "kolla", 6, "02:30", "Europe/Berlin")
    sync_config_rules(bench.store, [wanted], bench.now)
    bench.live(datetime(2026, 4, 6, tzinfo=UTC), 30 * MINUTE)
    assert len(bench.heads()) == 6
    bench.restart(datetime(2026, 10, 19, tzinfo=UTC))
    before = len(bench.heads())
    bench.live(datetime(2026, 10, 27, tzinfo=UTC), 15 * MINUTE)
    assert len(bench.heads()) - before == 1


# --- two copies, and deaths ------------------------------------------------------------------------------------


def test_two_copies(tmp_path: Path) -> None:
    """Two processes that look at the same database at the same time send one digest between them."""
    path = tmp_path / "recapbot.db"
    one, other = Bench(Store(path)), Bench(Store(path))
    one.action("look at OpenSearch")
    one.weekly()
    for copy in (one, other):
        ledger.scan(copy.store, MONDAY)
    waiting = [ledger.pending(copy.store, MONDAY)[0].occurrence for copy in (one, other)]
    claimed = [ledger.begin(copy.store, row, "text", MONDAY) for copy, row in zip((one, other), waiting, strict=True)]
    assert claimed == [True, False]
    for copy in (one, other):
        copy.look(MONDAY + MINUTE)
        copy.store.close()
    assert one.heads() == other.heads() == []


def test_death_while_sending(bench: Bench) -> None:
    """What was being sent when the process died is said again once, marked; a second start says nothing."""
    ledger.scan(bench.store, MONDAY)
    [waiting] = ledger.pending(bench.store, MONDAY)
    assert ledger.begin(bench.store, waiting.occurrence, "text", MONDAY)
    bench.look(MONDAY + SECOND)
    assert bench.heads() == []
    bench.restart(MONDAY + MINUTE)
    bench.restart(MONDAY + 2 * MINUTE)
    assert bench.heads() == [f"(repeat) {HEAD}"]


def test_death_before_sending(bench: Bench) -> None:
    """What was due and not begun when the process died is sent once, without a mark."""
    ledger.scan(bench.store, MONDAY)
    bench.restart(MONDAY + MINUTE)
    assert bench.heads() == [HEAD]


def test_repeat_of_what_is_done(bench: Bench) -> None:
    """What was done since the process died is not said again."""
    ledger.scan(bench.store, MONDAY)
    [waiting] = ledger.pending(bench.store, MONDAY)
    ledger.begin(bench.store, waiting.occurrence, "text", MONDAY)
    change(bench.store, [bench.item("A1")], "done", ANA, MONDAY, state="done")
    bench.restart(MONDAY + HOUR)
    assert bench.heads() == []
    assert bench.states() == ["2026-11-23 sent"]


# --- refusals and absences -------------------------------------------------------------------------------------


def test_network_down(bench: Bench) -> None:
    """While its network is down a digest waits, without counting as a try; after a day it is missed."""
    bench.network.connected = False
    bench.live(MONDAY + 23 * HOUR)
    assert bench.states() == ["2026-11-23 due"]
    bench.network.connected = True
    bench.look()
    assert bench.heads() == [HEAD]
    bench.network.connected = False
    bench.live(MONDAY + WEEK + 25 * HOUR)
    bench.network.connected = True
    bench.live(MONDAY + 2 * WEEK)
    assert bench.heads()[1:] == [f"{HEAD} Missed: Mon 30 Nov 2026."]


def test_refused_for_good(bench: Bench) -> None:
    """A refusal that no trying mends is a failure with its reason, and the next digest names its date."""
    bench.network.refusals = [Undeliverable("cannot send to #ptg: you are banned", retry=False)]
    bench.live(MONDAY + WEEK)
    assert bench.states() == ["2026-11-23 failed", "2026-11-30 sent"]
    assert bench.heads() == [f"{HEAD} Missed: Mon 23 Nov 2026."]


def test_refused_for_now(bench: Bench) -> None:
    """A refusal that may pass is tried again after 1, 2, 4, … minutes, unmarked: nobody has seen it."""
    bench.network.refusals = [Undeliverable("#ptg is moderated", retry=True)] * 3
    times = []
    while not bench.heads():
        left = len(bench.network.refusals)
        bench.look(bench.now + MINUTE if bench.now >= MONDAY else MONDAY)
        if bench.heads() or len(bench.network.refusals) < left:
            times.append((bench.now - MONDAY) / MINUTE)
    assert times == [0, 1, 3, 7]
    assert bench.heads() == [HEAD]


def test_refused_too_often(bench: Bench) -> None:
    """After eight refusals, about two hours, the digest has failed, with the reason of the last."""
    bench.network.refusals = [Undeliverable("#ptg is moderated", retry=True)] * 50
    bench.look(MONDAY)
    bench.live(MONDAY + 3 * HOUR, MINUTE)
    assert (bench.states(), bench.detail()) == (["2026-11-23 failed"], "#ptg is moderated")
    assert len(bench.network.refusals) == 42


def test_room_that_the_bot_is_not_in(bench: Bench) -> None:
    """Nothing is tried there: the digest is held, with the reason, and goes out, unmarked, once the bot is in."""
    bench.network.refusals = [AssertionError("tried")]
    bench.network.closed = {"#ptg"}
    bench.live(MONDAY + 23 * HOUR)
    assert (bench.states(), bench.detail()) == (["2026-11-23 due"], "not in #ptg")
    bench.network.refusals, bench.network.closed = [], set()
    bench.look()
    assert (bench.states(), bench.detail(), bench.heads()) == (["2026-11-23 sent"], None, [HEAD])


def test_room_that_the_bot_is_not_in_for_a_day(bench: Bench) -> None:
    """Then the digest has failed for that reason, and the next names its date."""
    bench.network.closed = {"#ptg"}
    bench.live(MONDAY + 25 * HOUR)
    assert (bench.states(), bench.detail()) == (["2026-11-23 failed"], "not in #ptg")
    bench.network.closed = set()
    bench.live(MONDAY + WEEK)
    assert bench.heads() == [f"{HEAD} Missed: Mon 23 Nov 2026."]


def test_room_left_after_it_may_have_arrived(bench: Bench) -> None:
    """What may have been sent is not held: the network is asked, which may know that it has it."""
    bench.network.refusals = [Undeliverable("no answer in time", retry=True, perhaps=True)]
    bench.look(MONDAY)
    bench.network.closed = {"#ptg"}
    bench.live(MONDAY + HOUR, MINUTE)
    assert (bench.states(), bench.heads()) == (["2026-11-23 sent"], [HEAD, f"(repeat) {HEAD}"])


def test_connection_died(bench: Bench) -> None:
    """A message that may have arrived before its connection died is said again, marked, also after a refusal."""
    bench.network.refusals = [
        Undeliverable("connection lost", retry=True, perhaps=True),
        Undeliverable("#ptg is moderated", retry=True),
    ]
    bench.look(MONDAY)
    bench.live(MONDAY + HOUR, MINUTE)
    assert bench.heads() == [HEAD, f"(repeat) {HEAD}"]


def test_bug_in_a_transport(bench: Bench) -> None:
    """Any other exception of a transport is taken for a message that may have arrived."""
    bench.network.refusals = [ValueError("a bug")]
    bench.look(MONDAY)
    bench.live(MONDAY + HOUR, MINUTE)
    assert bench.heads() == [HEAD, f"(repeat) {HEAD}"]


def test_one_network_holds_up_no_other() -> None:
    """While one network does not answer, the other gets its digest."""

    async def story() -> None:
        stuck, free = Network("oftc"), Network("libera")
        stuck.gate = asyncio.Event()
        bench = Bench(None, free, stuck)
        bench.action("look at OpenSearch")
        bench.weekly(network="oftc")
        bench.weekly(network="libera")
        ledger.scan(bench.store, MONDAY)
        bench.now = MONDAY
        sending = asyncio.create_task(send_due(bench.store, bench.transports, bench.clock))
        while not free.heard:
            await asyncio.sleep(0)
        assert bench.states() == ["2026-11-23 sending", "2026-11-23 sent"]
        stuck.gate.set()
        await sending
        assert bench.states() == ["2026-11-23 sent", "2026-11-23 sent"]

    asyncio.run(story())


# --- people ----------------------------------------------------------------------------------------------------


def test_person_is_waited_for() -> None:
    """A personal reminder waits until its account is seen, and goes to the nick of that moment."""
    bench = Bench()
    bench.action("look at OpenSearch", "Christian")
    bench.personal()
    bench.live(MONDAY + 50 * HOUR)
    assert bench.states() == ["2026-11-23 due"]
    bench.network.seen["christian"] = "chris[m]"
    bench.live(MONDAY + 52 * HOUR)
    assert [target for target, _ in bench.network.heard] == ["chris[m]"]
    assert bench.states() == ["2026-11-23 sent"]


def test_person_is_not_sent_a_backlog() -> None:
    """Away for three weeks, a person gets the last reminder alone."""
    bench = Bench()
    bench.action("look at OpenSearch", "Christian")
    bench.personal()
    bench.live(MONDAY + 2 * WEEK + HOUR)
    assert bench.states() == ["2026-11-23 missed", "2026-11-30 missed", "2026-12-07 due"]
    bench.network.seen["christian"] = "christian"
    bench.look()
    assert bench.heads() == ["christian, you have 1 open action."]


def test_person_left_just_then() -> None:
    """A person who left the moment before is waited for, whatever the server says of trying again."""
    bench = Bench()
    bench.action("look at OpenSearch", "Christian")
    bench.personal()
    bench.network.seen["christian"] = "christian"
    bench.network.refusals = [Undeliverable("no such nick", retry=False)]
    bench.look(MONDAY)
    bench.live(MONDAY + HOUR, MINUTE)
    assert bench.heads() == ["christian, you have 1 open action."]


# --- the configuration's rules ---------------------------------------------------------------------------------


def wanted(team: str | None = "kolla", at: str = "14:00", room: str = "#ptg", weekday: int = 0) -> WantedRule:
    """A rule of the configuration."""
    return WantedRule("libera", room, None, team, weekday, at, "UTC")


def rules(bench: Bench) -> list[tuple[object, ...]]:
    """All rules as they stand."""
    return bench.store.db.execute("SELECT id, room, at, state FROM rules ORDER BY id").fetchall()


def test_configuration_adds_changes_and_removes() -> None:
    """The configuration's rules follow it over restarts: kept, rescheduled, removed, with their ids."""
    bench = Bench()
    sync_config_rules(bench.store, [wanted(), wanted("infra")], FRIDAY)
    sync_config_rules(bench.store, [wanted(at="16:00"), wanted("infra"), wanted(room="#kolla")], FRIDAY)
    assert rules(bench) == [
        (1, "#ptg", "16:00", "active"),
        (2, "#ptg", "14:00", "active"),
        (3, "#kolla", "14:00", "active"),
    ]
    sync_config_rules(bench.store, [wanted("infra")], FRIDAY)
    assert [row[3] for row in rules(bench)] == ["removed", "active", "removed"]


def test_pause_survives_restarts() -> None:
    """A rule of the configuration that somebody paused stays so when the bot starts again."""
    bench = Bench()
    sync_config_rules(bench.store, [wanted()], FRIDAY)
    set_rule_state(bench.store, [1], "paused", ANA, FRIDAY)
    sync_config_rules(bench.store, [wanted()], FRIDAY)
    sync_config_rules(bench.store, [wanted(at="15:00")], FRIDAY)
    assert rules(bench) == [(1, "#ptg", "15:00", "paused")]


def test_rule_of_a_command_is_not_the_configurations() -> None:
    """An empty configuration leaves alone what people set."""
    bench = Bench()
    bench.weekly()
    sync_config_rules(bench.store, [], FRIDAY)
    assert rules(bench) == [(1, "#ptg", "14:00", "active")]


def test_rule_of_a_command_is_not_set_twice() -> None:
    """What the configuration sets and people have set already is one rule, and one digest."""
    bench = Bench()
    bench.action("look at OpenSearch")
    bench.weekly("#PTG")
    sync_config_rules(bench.store, [wanted(), wanted(at="15:00")], FRIDAY)
    assert [row[2] for row in rules(bench)] == ["14:00", "15:00"]
    bench.look(MONDAY)
    assert len(bench.heads()) == 1


def test_rescheduled_rule_owes_nothing_of_the_past() -> None:
    """Moved to an hour that is over already, a rule speaks next week, and never twice a day."""
    bench = Bench()
    bench.action("look at OpenSearch")
    sync_config_rules(bench.store, [wanted()], FRIDAY)
    bench.look(MONDAY)
    sync_config_rules(bench.store, [wanted(at="13:00")], MONDAY + HOUR)
    bench.live(MONDAY + 2 * HOUR)
    sync_config_rules(bench.store, [wanted(at="18:00")], bench.now)
    bench.live(MONDAY + WEEK - HOUR)
    assert len(bench.heads()) == 1
