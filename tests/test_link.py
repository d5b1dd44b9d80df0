"""`link`: the accounts of one person on two networks, each proven."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from bot.commands.registry import Policy
from bot.messages import Role
from tests.talk import NOW, Talk


@pytest.fixture
def talk() -> Iterator[Talk]:
    """A memory with an action of Christian's, whom an operator has confirmed on IRC."""
    talk = Talk(Policy())
    say(talk, "iam Christian", "chris/chris")
    say(talk, "~iam chris Christian", "op/op", role=Role.OP, room="#ptg")
    say(talk, "+action kolla: look into it - owner Christian", "ana/ana", room="#ptg")
    yield talk
    talk.store.close()


def say(talk: Talk, line: str, who: str, *, network: str = "net", room: str | None = None, **more: Any) -> str:
    """What the bot answers, in one piece."""
    return "\n".join(talk.say(line, who, network=network, room=room, **more))


def code(talk: Talk, who: str = "chris/chris", network: str = "net") -> str:
    """A code given to somebody."""
    return say(talk, "link", who, network=network).partition("`link ")[2][:9]


ME = "chris/@chris:example.org"


def test_an_owner_has_their_rights_on_the_other_network_too(talk: Talk) -> None:
    """Once linked, what is theirs on IRC is theirs on Matrix, and `undo` ends that."""
    assert " is for its owner" in say(talk, "done A1", ME, network="mx")
    assert "chris on net is you, too" in say(talk, f"link {code(talk)}", ME, network="mx")
    assert "A1" in say(talk, "mine", ME, network="mx")
    assert "Done: A1" in say(talk, "done A1", ME, network="mx")
    say(talk, "undo", ME, network="mx")
    assert "Undone" in say(talk, "undo", ME, network="mx")
    assert " is for its owner" in say(talk, "done A1", ME, network="mx")


def test_what_one_recorded_the_other_may_change(talk: Talk) -> None:
    """An identity's own items are those of all its accounts, also where no recap names the person."""
    say(talk, "+action kolla: tidy up", "bob/bob", room="#ptg")
    theirs = code(talk, "bob/bob")
    assert "Linked" in say(talk, f"link {theirs.lower()}", "bob/@bob:example.org", network="mx")
    assert "Dropped: A6" in say(talk, "drop A6", "bob/@bob:example.org", network="mx")


def test_a_code_works_once_and_elsewhere_and_for_ten_minutes(talk: Talk) -> None:
    """A code is for one other network, one time and ten minutes; a second one makes the first worthless."""
    first, second = code(talk), code(talk)
    assert "on another network" in say(talk, f"link {second}", "eve/eve")
    assert "wrong or older" in say(talk, f"link {first}", ME, network="mx")
    assert "Linked" in say(talk, f"link {second}", ME, network="mx")
    assert "wrong or older" in say(talk, f"link {second}", "eve/@eve:example.org", network="mx")
    third = code(talk)
    late = NOW + timedelta(minutes=10)
    assert "wrong or older" in say(talk, f"link {third}", "eve/@eve:example.org", network="mx", now=late)


def test_who_guesses_is_stopped(talk: Talk) -> None:
    """After five wrong codes even the right one is refused, for ten minutes."""
    for number in range(5):
        assert "wrong or older" in say(talk, f"link WRNG-000{number}", ME, network="mx")
    assert "too many wrong codes" in say(talk, f"link {code(talk)}", ME, network="mx")
    later = NOW + timedelta(minutes=9)
    given = say(talk, "link", "chris/chris", now=later).partition("`link ")[2][:9]
    assert "Linked" in say(talk, f"link {given}", ME, network="mx", now=later + timedelta(minutes=2))


def test_a_code_is_said_to_the_bot_alone(talk: Talk) -> None:
    """In a room no code is taken, so that nobody reads one and is quicker."""
    given = code(talk)
    assert "to me alone" in say(talk, f"+link {given}", ME, network="mx", room="!room")
