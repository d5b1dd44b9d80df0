"""The commands of reminders: who may set them, what they answer, and how they are stopped."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.commands.dispatch import Dispatcher
from bot.commands.registry import Policy, Services
from bot.messages import Request, Role
from bot.store.database import Store
from bot.store.people import team_id
from bot.store.rules import PER_PERSON, PER_ROOM, WantedRule, sync_config_rules
from bot.transports.wire import Undeliverable
from tests.reminders_bench import FRIDAY, HOUR, MONDAY, Bench

POLICY = Policy(
    admins=frozenset({"libera/boss"}),
    trust_nicks=frozenset({"demo"}),
    zones={("libera", "#Kolla"): "Europe/Berlin"},
    room_teams={("libera", "#kolla"): "kolla"},
)
OP = Request("", "ana", FRIDAY, "libera", "#ptg", account="ana", role=Role.OP)
BOB = replace(OP, nick="bob", account="bob", role=Role.USER)
PRIVATE = replace(BOB, room=None)
STRANGER = replace(BOB, account=None)
STOP = "With nothing open I say nothing. To stop it: `+pause R1` or `+unremind R1`."


class Talk:
    """A dispatcher to talk to."""

    def __init__(self) -> None:
        self.store = Store()
        team_id(self.store, "kolla")
        self.dispatcher = Dispatcher(self.store, POLICY, Services())

    def __call__(self, who: Request, text: str) -> list[str]:
        """What is answered."""
        reply = self.dispatcher.answer(replace(who, text=text))
        return list(reply.lines) if reply else []


@pytest.fixture
def talk() -> Talk:
    """Nothing is set yet."""
    return Talk()


def test_room(talk: Talk) -> None:
    """An operator sets a room's digest; the answer has its id, the next date here and in UTC, how to stop."""
    assert talk(OP, "#kolla remind weekly mon 14:00 europe/berlin") == [
        "R1: I send kolla's open actions to #ptg every Monday, next on"
        " Mon 23 Nov 2026, 14:00 Europe/Berlin (13:00 UTC).",
        STOP,
    ]
    assert talk(BOB, "+reminders") == [
        "R1 #ptg: kolla's open actions, every Monday, next on Mon 23 Nov 2026, 14:00 Europe/Berlin (13:00 UTC)"
    ]


def test_refused_reminders_are_seen(talk: Talk) -> None:
    """A room that the bot was thrown out of cannot be asked: who set its reminder sees in private that it failed."""
    talk(OP, "#kolla remind weekly mon 14:00")
    bench = Bench(talk.store)
    bench.action("look at OpenSearch")
    bench.network.refusals = [Undeliverable("not in #ptg", retry=False)]
    bench.look(MONDAY)
    line = (
        "R1 #ptg: kolla's open actions, every Monday, next on Mon 30 Nov 2026, 14:00 UTC;"
        " Mon 23 Nov 2026 was not sent (not in #ptg)"
    )
    later = {"now": MONDAY + HOUR, "room": None, "role": Role.USER}
    for who in (replace(OP, **later), replace(OP, account="boss", **later)):
        assert talk(who, "reminders") == [line]
    for who in (replace(BOB, **later), replace(STRANGER, **later)):
        assert talk(who, "reminders")[0].startswith("You have no reminders.")


def test_room_defaults(talk: Talk) -> None:
    """Monday, 09:00, the room's zone and the room's team are meant where nothing else is said."""
    here = replace(OP, room="#kolla")
    assert talk(here, "+remind weekly")[0] == (
        "R1: I send kolla's open actions to #kolla every Monday, next on"
        " Mon 23 Nov 2026, 09:00 Europe/Berlin (08:00 UTC)."
    )
    assert talk(OP, "+remind weekly fri")[0] == (
        "R2: I send the open actions of all teams to #ptg every Friday, next on Fri 20 Nov 2026, 09:00 UTC."
    )


def test_me(talk: Talk) -> None:
    """Anyone with an account may be reminded, wherever they say so; who is not known by a name is told how to be."""
    assert talk(PRIVATE, "remind me weekly thu 08:00 Asia/Tokyo") == [
        "R1: I send you your open actions every Thursday, next on"
        " Thu 26 Nov 2026, 08:00 Asia/Tokyo (Wed 25 Nov 2026, 23:00 UTC)."
        " I do not know yet which name recaps use for you: say `iam NAME`.",
        "With nothing open I say nothing. To stop it: `pause R1` or `unremind R1`.",
    ]
    talk(PRIVATE, "iam Bob Marley")
    assert "iam" not in talk(BOB, "+remind me weekly")[0]
    assert [line.split(",")[0] for line in talk(PRIVATE, "reminders")] == [
        "R1 to bob: own open actions",
        "R2 to bob: own open actions",
    ]


def test_zone_of_a_person(talk: Talk) -> None:
    """A person's first reminder is in the zone they say, or the room's; the next one in the zone of the last."""
    assert "09:00 Europe/Berlin" in talk(replace(BOB, room="#kolla"), "+remind me weekly")[0]
    talk(PRIVATE, "remind me weekly tue Asia/Tokyo")
    assert "Wed 25 Nov 2026, 09:00 Asia/Tokyo" in talk(PRIVATE, "remind me weekly wed")[0]
    assert "09:00 UTC" in talk(replace(PRIVATE, account="eve"), "remind me weekly")[0]


@pytest.mark.parametrize(
    ("who", "text", "reason"),
    [
        (BOB, "+remind weekly", "A room's reminders are for a channel operator or an admin; for your own actions say"),
        (PRIVATE, "remind weekly", "That is for the room to be reminded; here I can remind you: `remind me weekly"),
        (OP, "+remind daily", "I remind once a week, so that nobody is nagged."),
        (OP, "+remind weekly Europe/Berln", "I know no day, time or time zone 'Europe/Berln'. Did you mean"),
        (OP, "+remind", "Say when: `+remind weekly mon 14:00 Europe/Berlin`."),
        (OP, "+pause", "Say `+pause R1"),
        (OP, "+pause A1", "Say which, by its id: `+pause R1`; `+reminders` lists them."),
        (OP, "+pause R9", "There is no reminder R9."),
        (OP, "+resume R999999999", "There is no reminder R999999999."),
    ],
)
def test_refused(talk: Talk, who: Request, text: str, reason: str) -> None:
    """What cannot be done is refused in one sentence that says what can."""
    [line] = talk(who, text)
    assert line.startswith(reason)
    assert talk(OP, "+reminders") == [
        "This room has no reminders. A channel operator sets one: `+remind weekly mon 14:00 Europe/Berlin`."
    ]


def test_network_without_accounts(talk: Talk) -> None:
    """Where there are no accounts, a person cannot be reminded, operator or not, and hears why; a room can."""
    there = replace(OP, network="ngircd", account=None, has_accounts=False)
    assert "no accounts" in talk(there, "+remind me weekly")[0]
    assert "no accounts" in talk(replace(there, role=Role.USER), "+remind me weekly")[0]
    assert talk(there, "+remind weekly")[0].startswith("R1: ")


def test_trusted_nicks(talk: Talk) -> None:
    """Where the configuration trusts nicks, the nick is who is reminded."""
    there = replace(BOB, network="demo", account=None, has_accounts=False)
    assert talk(there, "+remind me weekly")[0].startswith("R1: I send you")
    [row] = talk.store.db.query("SELECT account FROM rules")
    assert row["account"] == "~bob"


def test_not_logged_in(talk: Talk) -> None:
    """Without an account nothing is set."""
    talk(STRANGER, "+remind me weekly")
    assert talk(replace(STRANGER, room=None), "reminders") == [
        "You have no reminders. To set one: `remind me weekly mon 14:00 Europe/Berlin`."
    ]
    assert talk.store.db.execute("SELECT COUNT(*) FROM rules").fetchone()[0] == 0


def test_pause_resume_remove(talk: Talk) -> None:
    """A reminder is paused, resumed and removed by id; the list and the answers say how it stands."""
    talk(OP, "#kolla remind weekly")
    assert talk(OP, "+pause R1") == ["R1 is paused; `+resume R1` lets it go on."]
    assert talk(OP, "+reminders") == ["R1 #ptg: kolla's open actions, Monday 09:00 UTC, paused"]
    assert talk(OP, "+resume r1") == ["R1 goes on: every Monday, next on Mon 23 Nov 2026, 09:00 UTC."]
    assert talk(OP, "+unremind R1") == ["R1 is removed; `+undo` brings it back."]
    assert talk(OP, "+resume R1") == ["R1 was removed; `+remind` sets a new one."]
    talk(OP, "+undo")
    assert talk(OP, "+reminders")[0].startswith("R1 #ptg: kolla's open actions, every Monday")


def test_several_at_once(talk: Talk) -> None:
    """Several ids are one change: done all or none, and undone together."""
    talk(OP, "#kolla remind weekly")
    talk(OP, "#kolla remind weekly thu")
    assert talk(OP, "+pause R1 R7") == ["There is no reminder R7. Nothing was changed."]
    assert all("paused" not in line for line in talk(OP, "+reminders"))
    assert len(talk(OP, "+pause R1, R2")) == 2
    assert all("paused" in line for line in talk(OP, "+reminders"))
    talk(OP, "+undo")
    assert all("paused" not in line for line in talk(OP, "+reminders"))


def test_rights(talk: Talk) -> None:
    """A room's rule obeys its operators and admins, a person's that person and admins; others learn nothing of it."""
    talk(OP, "#kolla remind weekly")
    talk(BOB, "+remind me weekly")
    elsewhere = replace(OP, room="#infra")
    other_network = replace(OP, network="oftc")
    boss = replace(PRIVATE, nick="boss", account="boss")
    assert talk(BOB, "+pause R1") == ["`+pause R1` is for a channel operator or an admin."]
    assert talk(elsewhere, "+pause R1") == ["`+pause R1` is for a channel operator or an admin, and said in #ptg."]
    assert talk(other_network, "+pause R1") == talk(elsewhere, "+pause R1")
    assert talk(OP, "+pause R2") == ["There is no reminder R2."]
    assert talk(replace(BOB, network="oftc"), "+pause R2") == ["There is no reminder R2."]
    assert talk(replace(BOB, account="BOB"), "+pause R2")[0].startswith("R2 is paused")
    assert [line.split()[0] for line in talk(boss, "reminders")] == ["R1", "R2"]
    assert talk(boss, "unremind R1 R2") == [
        "R1 is removed; `undo` brings it back.",
        "R2 is removed; `undo` brings it back.",
    ]


def test_the_same_twice(talk: Talk) -> None:
    """The very rule that is there already is not set again; one that is paused is to be resumed."""
    talk(OP, "#kolla remind weekly")
    assert talk(OP, "#kolla remind weekly monday 09:00") == ["R1 does that already."]
    talk(OP, "+pause R1")
    assert talk(OP, "#kolla remind weekly") == ["R1 does that already. It is paused; `+resume R1` lets it go on."]


@pytest.mark.parametrize(("who", "line", "most"), [(OP, "+remind", PER_ROOM), (PRIVATE, "remind me", PER_PERSON)])
def test_quota(talk: Talk, who: Request, line: str, most: int) -> None:
    """A room, and a person, have no more rules than make sense; a removed one makes room."""
    for number in range(most):
        assert talk(who, f"{line} weekly 10:{number:02}")[0].startswith(f"R{number + 1}: ")
    assert talk(who, f"{line} weekly 11:00") == [
        f"There are {most} reminders here already, as many as may be; remove one first."
    ]
    talk(who, f"{'+' if who.room else ''}unremind R1")
    assert talk(who, f"{line} weekly 11:00")[0].startswith(f"R{most + 1}: ")


def test_rule_of_the_configuration(talk: Talk) -> None:
    """What the configuration sets may be paused by command, and removed only there."""
    sync_config_rules(talk.store, [WantedRule("libera", "#ptg", None, "kolla", 0, "14:00", "UTC")], FRIDAY)
    assert talk(OP, "+unremind R1") == ["R1 is set in the configuration; pause R1, or remove it there."]
    assert talk(OP, "+pause R1")[0].startswith("R1 is paused")


def test_from_word_to_digest(talk: Talk) -> None:
    """What an operator sets is what the room hears."""
    bench = Bench(talk.store)
    bench.action("look at OpenSearch", "Christian")
    talk(OP, "#kolla remind weekly mon 14:00 UTC")
    bench.look(MONDAY - timedelta(seconds=1))
    bench.look(MONDAY + HOUR)
    assert bench.network.heard == [
        (
            "#ptg",
            (
                "Weekly reminder R1: kolla, 1 open action.",
                'A1 Christian: "look at OpenSearch"',
                "Say `+done A1` or `+snooze A1 2 weeks`.",
            ),
        )
    ]
