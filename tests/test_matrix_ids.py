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


def op_said(talk: Talk, line: str) -> str:
    """What an operator is answered."""
    return said(talk, line, "op/op", Role.OP)


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


@pytest.mark.parametrize(
    ("name", "called"), [("@:example.org", ":example.org"), ("@bob:", "bob"), ("@no body:x", "no body")]
)
def test_what_only_looks_like_an_id_is_a_name(talk: Talk, name: str, called: str) -> None:
    """What is given to it is found under it."""
    found = f'kolla, Xena PTG, {called}: 1 open action. | A2 "We will look at the images" (OpenSearch)'
    assert op_said(talk, f"+assign A2 {name}") == f'Assigned to {called}: A2 "We will look at the images"'
    assert op_said(talk, f"+actions {name}") == found
    assert op_said(talk, f"+action kolla: x - owner {name}") == f'Recorded: A5 {called}: "x" (kolla).'


def test_the_sign_alone_names_nobody(talk: Talk) -> None:
    """It is asked who is meant; in a list it is a word like others."""
    who = "Say who: one or several names, `me`, `team` or `nobody`."
    assert op_said(talk, "+assign A2 @") == op_said(talk, "+action kolla: x - owner @") == who
    assert op_said(talk, "+actions @") == '"@": no open actions. `+actions` lists 3 open actions.'
