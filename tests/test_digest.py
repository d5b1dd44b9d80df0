"""What a reminder says: what is open, how to answer, and nothing that is done."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from bot.model import Actor, Document, Kind, ReadItem, ReadRecap, Rule
from bot.reminders import digest, dry_run
from bot.store import ledger
from bot.store.items import change
from bot.store.people import confirm_claim
from bot.store.recaps import save
from bot.store.rules import add_rule
from tests.reminders_bench import ANA, FRIDAY, HOUR, MONDAY, WEEK, Bench


@pytest.fixture
def bench() -> Bench:
    """Nothing yet."""
    return Bench()


def said(bench: Bench, rule: Rule) -> list[str]:
    """The lines of a rule's digest on Monday."""
    return list(digest(bench.store, rule, MONDAY) or ())


def set_state(bench: Bench, label: str, **values: Any) -> None:
    """Somebody changes an action."""
    change(bench.store, [bench.item(label)], "change", ANA, FRIDAY, **values)


def load(bench: Bench, *items: tuple[str, float], cycle: str = "xena") -> None:
    """A recap of kolla with these actions, as sure as said."""
    text = "\n".join(quote for quote, _ in items)
    read = tuple(
        ReadItem(Kind.ACTION, text.index(quote), text.index(quote) + len(quote), quote, quote, confidence=sure)
        for quote, sure in items
    )
    document = Document(f"{cycle}.txt", "text", text, ())
    recap = ReadRecap(document, f"kolla {cycle}", None, None, f"{cycle.capitalize()} PTG", cycle, ("kolla",), (), read)
    save(bench.store, recap, loaded_by=None, now=FRIDAY)


def test_room(bench: Bench) -> None:
    """A room's digest: the total with what is overdue and unowned, newest and oldest, how to answer, how many more."""
    for number in range(1, 8):
        owners = ["Christian"] if number % 2 else []
        bench.action(f"look at part {number}", *owners, due="2026-10-01" if number == 7 else None)
    assert said(bench, bench.weekly()) == [
        "Weekly reminder R1: kolla, 7 open actions (3 unowned, 1 overdue). The newest and the oldest:",
        'A7 Christian: "look at part 7" - overdue since 2026-10-01',
        'A6 unowned: "look at part 6"',
        'A2 unowned: "look at part 2"',
        'A1 Christian: "look at part 1"',
        "Say `+done A7`, `+snooze A7 2 weeks` or `+take A6`. 3 more: `#kolla actions`.",
    ]


def test_few(bench: Bench) -> None:
    """Few actions are all named, each once, and nothing is said of more."""
    bench.action("look at OpenSearch", "Christian", "Mark")
    assert said(bench, bench.weekly()) == [
        "Weekly reminder R1: kolla, 1 open action.",
        'A1 Christian, Mark: "look at OpenSearch"',
        "Say `+done A1` or `+snooze A1 2 weeks`.",
    ]


def test_events(bench: Bench) -> None:
    """Of several events the newest actions come first and the oldest last, each with its event."""
    load(bench, *((f"look at part {number} of wallaby", 0.9) for number in range(6)), cycle="wallaby")
    load(bench, *((f"look at part {number} of xena", 0.9) for number in range(6)))
    rule = bench.weekly()
    assert [line.split(" - ")[0] for line in said(bench, rule)[1:-1]] == [
        'A7 unowned: "look at part 0 of xena" (Xena PTG)',
        'A8 unowned: "look at part 1 of xena" (Xena PTG)',
        'A2 unowned: "look at part 1 of wallaby" (Wallaby PTG)',
        'A1 unowned: "look at part 0 of wallaby" (Wallaby PTG)',
    ]


def test_one_recap(bench: Bench) -> None:
    """Where all actions are of one recap, none is named twice."""
    load(bench, *((f"look at part {number}", 0.9) for number in range(6)))
    ids = [line.split()[0] for line in said(bench, bench.weekly())[1:-1]]
    assert len(ids) == len(set(ids)) == 4


def test_all_teams(bench: Bench) -> None:
    """A rule without a team speaks of all of them, and says of each action whose it is."""
    bench.action("look at OpenSearch", "Christian")
    bench.action("renew the certificates", team="infra")
    rule = add_rule(
        bench.store, network="libera", room="#ptg", team=None, weekday=0, at="14:00", zone="UTC", actor=ANA, now=FRIDAY
    )
    assert said(bench, rule)[:3] == [
        "Weekly reminder R1: all teams, 2 open actions (1 unowned).",
        'A2 unowned: "renew the certificates" (infra)',
        'A1 Christian: "look at OpenSearch" (kolla)',
    ]


def test_never_in_it(bench: Bench) -> None:
    """Done, dropped, snoozed, rejected actions and unconfirmed candidates are never in it; with them alone, silence."""
    load(bench, ("done", 0.9), ("dropped", 0.9), ("snoozed", 0.9), ("rejected", 0.9), ("perhaps", 0.4))
    rule = bench.weekly()
    for label, values in (
        ("A1", {"state": "done"}),
        ("A2", {"state": "dropped"}),
        ("A3", {"snoozed_until": date(2026, 11, 24)}),
        ("A4", {"verdict": "rejected"}),
    ):
        assert said(bench, rule)
        set_state(bench, label, **values)
    assert said(bench, rule) == []
    set_state(bench, "A5", verdict="confirmed")
    assert said(bench, rule)[1].startswith('A5 unowned: "perhaps"')


def test_snooze_ends(bench: Bench) -> None:
    """A snoozed action is back on the day that was named."""
    bench.action("look at OpenSearch", "Christian")
    rule = bench.weekly()
    set_state(bench, "A1", snoozed_until=date(2026, 11, 23))
    assert said(bench, rule)[0] == "Weekly reminder R1: kolla, 1 open action."


def test_day_of_the_zone(bench: Bench) -> None:
    """Which day it is, is asked in the rule's zone: a due of Monday is over when it is Tuesday there."""
    bench.action("look at OpenSearch", "Christian", due="2026-11-23")
    rule = bench.weekly(zone="Asia/Tokyo")
    assert "overdue" not in said(bench, rule)[0]
    late = digest(bench.store, rule, MONDAY + 2 * HOUR)
    assert late is not None and "(1 overdue)" in late[0]


def test_person(bench: Bench) -> None:
    """A personal reminder calls the person by name, holds their own actions of all teams, and says how to stop it."""
    bench.action("look at OpenSearch", "Christian")
    bench.action("renew the certificates", "Christian", "Mark", team="infra")
    bench.action("write the docs", "Mark")
    rule = bench.personal()
    lines = [
        "christian, you have 2 open actions.",
        'A2 Christian, Mark: "renew the certificates" (infra)',
        'A1 "look at OpenSearch" (kolla)',
    ]
    rest = "All of them: `mine`. To stop this: `unremind R1`."
    # What would be refused is not proposed.
    rights = "`done` and `snooze` are yours once a channel operator says `~iam christian Christian`."
    assert said(bench, rule) == [*lines, f"{rights} {rest}"]
    confirm_claim(bench.store, "libera", "christian", "Christian", ANA, FRIDAY)
    assert said(bench, rule) == [*lines, f"Say `done A2` or `snooze A2 2 weeks`. {rest}"]


def test_person_who_took_it(bench: Bench) -> None:
    """Whoever took or recorded an action answers for it, confirmed or not: that one is the example."""
    for text in ("look at OpenSearch", "write the docs", "mend the gate"):
        bench.action(text, "Christian")
    rule = bench.personal()
    assert said(bench, rule)[-1].startswith("`done` and `snooze` are yours once")
    set_state(bench, "A2", owners=())
    me = Actor("libera/christian", "chris", "libera")
    change(bench.store, [bench.item("A2")], "take", me, FRIDAY, owners=("Christian",))
    assert said(bench, rule)[-1].startswith("Say `done A2` or `snooze A2 2 weeks`.")
    # A rule of the configuration may spell the account otherwise than the network does.
    assert said(bench, replace(rule, account="CHRISTIAN"))[-1].startswith("Say `done A2` or `snooze A2 2 weeks`.")
    # Who is known, and still not the one whom the recap names, is told who may.
    set_state(bench, "A2", owners=())
    confirm_claim(bench.store, "libera", "christian", "Chris Boss", ANA, FRIDAY)
    assert said(bench, rule)[-1].startswith("A channel operator may say `done A3` for you.")


def test_person_by_spelling(bench: Bench) -> None:
    """An account that is tied to no name, but spelled as recaps name somebody, is that person."""
    bench.action("look at OpenSearch", "yoctozepto")
    for account in ("Yoctozepto", "~yoctozepto", "somebody"):
        add_rule(
            bench.store,
            network="libera",
            account=account,
            team=None,
            weekday=0,
            at="14:00",
            zone="UTC",
            actor=ANA,
            now=FRIDAY,
        )
    assert [lines[0] for _, lines in dry_run(bench.store, MONDAY)] == [
        "Yoctozepto, you have 1 open action.",
        "yoctozepto, you have 1 open action.",
    ]


def test_many_of_a_person(bench: Bench) -> None:
    """A personal reminder has at most twelve lines, whatever is open."""
    for number in range(30):
        bench.action(f"look at part {number}", "Christian")
    lines = said(bench, bench.personal())
    assert len(lines) == 12
    assert [line.split()[0] for line in lines[1:-1]] == "A30 A29 A28 A27 A26 A5 A4 A3 A2 A1".split()


def test_missed_dates_wait_for_a_digest(bench: Bench) -> None:
    """Missed dates are named by the next digest that is sent, also where a week with nothing open lies between."""
    bench.weekly()
    bench.action("look at OpenSearch", "Christian")
    bench.restart(MONDAY + 2 * timedelta(days=1))
    set_state(bench, "A1", state="done")
    bench.look(MONDAY + WEEK)
    bench.action("write the docs", "Mark")
    bench.look(MONDAY + 2 * WEEK)
    assert bench.heads() == ["Weekly reminder R1: kolla, 1 open action. Missed: Mon 23 Nov 2026."]


def test_a_dry_run_names_the_dates_that_were_missed(bench: Bench) -> None:
    """What a bot that was away for a week would write into its ledger first, a dry run knows without writing."""
    bench.action("look at OpenSearch", "Christian")
    room = bench.weekly()
    ((_, lines),) = dry_run(bench.store, MONDAY + WEEK)
    assert bench.states() == [] and "Missed: Mon " in lines[0]
    ledger.scan(bench.store, MONDAY + WEEK)
    assert lines == digest(bench.store, room, MONDAY + WEEK)


def test_dry_run(bench: Bench) -> None:
    """A dry run tells what would be sent now and to whom, what waits included, and writes nothing."""
    bench.action("look at OpenSearch", "Christian")
    room = bench.weekly()
    bench.personal()
    bench.personal("mark", "Mark")
    bench.weekly("#infra")
    assert dry_run(bench.store, MONDAY - HOUR) == []
    planned = dry_run(bench.store, MONDAY)
    assert [target for target, _ in planned] == [
        "#ptg on libera",
        "christian on libera, as soon as they are there",
        "#infra on libera",
    ]
    assert planned[0][1] == digest(bench.store, room, MONDAY)
    assert bench.states() == []
    ledger.scan(bench.store, MONDAY)
    assert dry_run(bench.store, MONDAY + HOUR) == planned
    assert [target for target, _ in dry_run(bench.store, MONDAY + 30 * HOUR)] == [planned[1][0]]
    assert len(dry_run(bench.store, MONDAY + WEEK)) == 3
