"""People named by their Matrix id in a command: what clients put there when somebody is mentioned."""

import pytest

from bot.messages import Role
from tests.talk import Talk

BOB = "bob/@bob:example.org"


@pytest.fixture
def talk() -> Talk:
    """A small memory, and somebody to talk to it."""
    return Talk()


def said(talk: Talk, line: str, nick: str = BOB, role: Role = Role.USER) -> str:
    """What is answered, in one line."""
    return " | ".join(talk.say(line, nick, role=role))


@pytest.mark.parametrize("way", ["+action kolla: write it - owner {}", "+assign A2 {}"])
def test_what_is_given_to_an_id_is_theirs(talk: Talk, way: str) -> None:
    """Nobody had heard of them: they find it with `mine`. An owner's rights come as ever, by an operator's word."""
    label = "A2" if "assign" in way else "A5"
    assert " bob: " in said(talk, way.format("@bob:example.org"), "op/op", Role.OP)
    assert f"{label} " in said(talk, "+mine")
    assert f"{label} " in said(talk, "+actions @bob:example.org", "op/op")
    assert " is for its owner" in said(talk, f"+done {label}")
    said(talk, "~iam @bob:example.org bob", "op/op", Role.OP)
    assert said(talk, f"+done {label}").startswith("Done: ")


def test_an_id_is_the_person_that_it_is_tied_to(talk: Talk) -> None:
    """Also where others bear the name that it begins with."""
    said(talk, "~iam @bob:example.org Christian", "op/op", Role.OP)
    said(talk, "+action kolla: another bob's - owner bob", "op/op", Role.OP)
    assert "A1 " in said(talk, "+actions @Bob:example.org", "op/op")
    assert said(talk, "+assign A2 @bob:example.org and Zoe", "op/op", Role.OP).startswith("Assigned to Christian, Zoë")


@pytest.mark.parametrize("name", ["@:example.org", "@bob:", "@", "@no body:x"])
def test_what_only_looks_like_an_id_is_a_name(talk: Talk, name: str) -> None:
    """It is answered in a sentence, whatever it is."""
    for line in (f"+assign A2 {name}", f"+actions {name}", f"+action kolla: x - owner {name}"):
        assert said(talk, line, "op/op", Role.OP)
