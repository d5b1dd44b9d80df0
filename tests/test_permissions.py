"""Who may do what: a table made from the declarations, for every command that changes something, everywhere.

The default is no: a new command fails here until somebody says how it is tried, and is refused to all whom its `who`
does not name.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from bot.commands.dispatch import Dispatcher
from bot.commands.registry import COMMANDS, Policy, Services, Who
from bot.messages import Role
from tests.talk import Talk

POLICY = Policy(admins=frozenset({"net/root", "bare/root"}), trust_nicks=frozenset({"trusted"}))


@dataclass(frozen=True)
class Person:
    """Somebody, as a transport would present them."""

    nick: str
    account: str | None = None
    role: Role = Role.USER
    """In the room."""


PEOPLE = {
    person.nick: person
    for person in (
        Person("nobody"),
        Person("voiced-nobody", role=Role.VOICE),
        Person("Christian"),  # the nick of an owner, and no account
        Person("root"),  # the nick of an admin, and no account
        Person("stranger", "stranger"),
        Person("voiced", "voiced", Role.VOICE),
        Person("claimer", "claimer"),  # said `iam Christian`, which nobody confirmed
        Person("owner", "owner"),  # confirmed to be Christian, who owns A1
        Person("author", "author"),  # confirmed to be Mark Goddard, who wrote the recap
        Person("loader", "loader"),  # loaded the recap
        Person("recorder", "recorder"),  # recorded A5 and D3
        Person("op", None, Role.OP),
        Person("admin", "root"),
    )
}

LINES = {
    "done": "done A1",
    "drop": "drop A1",
    "reopen": "reopen A1",
    "snooze": "snooze A1 2 weeks",
    "due": "due A1 M2",
    "assign": "assign A1 yoctozepto",
    "edit": "edit A1 investigate it",
    "answer": "answer Q1 the CI does",
    "take": "take A2",
    "note": "note A1 a patch waits",
    "iam": "iam yoctozepto",
    "link": "link",
    "~iam": "~iam stranger yoctozepto",
    "action": "action kolla: write it",
    "decide": "decide kolla: use it",
    "question": "question kolla: who?",
    "confirm": "confirm A1",
    "reject": "reject D1",
    "supersede": "supersede D1 D2",
    "undo": "undo",
    "here": "here kolla",
    "unload": "unload C1",
    "reload": "reload",
    "remind": "remind weekly mon",
    "pause": "pause R1",
    "resume": "resume R1",
    "unremind": "unremind R1",
}
"""How each command is tried. A1 is Christian's, from the recap; R1 is a reminder of the room."""

OF_THE_ROOM = frozenset({"remind", "pause", "resume", "unremind"})
"""Anyone may have rules of their own; those tried here are the room's, which are for its operators."""

ACCOUNTS_ONLY = frozenset({"link"})
"""What a role or a trusted nick does not help to: it is about accounts."""

PROVEN = frozenset({"stranger", "voiced", "claimer", "owner", "author", "loader", "recorder", "op", "admin"})

ALLOWED = {
    Who.PROVEN: PROVEN,
    Who.OWNER: frozenset({"owner", "author", "loader", "op", "admin"}),
    Who.REVIEWER: frozenset({"voiced", "voiced-nobody", "author", "loader", "op", "admin"}),
    Who.MAKER: PROVEN | {"voiced-nobody"},
    Who.OPERATOR: frozenset({"op", "admin"}),
    Who.ADMIN: frozenset({"admin"}),
}
"""Who passes in a room of a network with accounts."""

BY_MODE = {
    Who.REVIEWER: frozenset({"voiced", "voiced-nobody", "op"}),
    Who.OWNER: frozenset({"op"}),
    Who.PROVEN: frozenset({"op"}),
    Who.MAKER: frozenset({"voiced-nobody", "op"}),
    Who.OPERATOR: frozenset({"op"}),
    Who.ADMIN: frozenset[str](),
}
"""Who of them passes by their mode in the room alone, and so not in a direct message."""

TRUSTED = {
    Who.PROVEN: frozenset(PEOPLE),
    Who.OWNER: frozenset({"Christian", "op"}),
    Who.REVIEWER: frozenset({"voiced", "voiced-nobody", "op"}),
    Who.MAKER: frozenset(PEOPLE),
    Who.OPERATOR: frozenset({"op"}),
    Who.ADMIN: frozenset[str](),
}
"""Who passes in a room where nicks are trusted: whoever has the nick of an owner is that owner, and nobody an admin."""

NOBODY_S = frozenset({"answer"})
"""Tried on what nobody owns: a question."""

REFUSED = re.compile(
    r"^(`[^`]+` is for |A room's reminders are for |This network has no accounts to know people by|`~` is for )"
)

CHANGING = [each.name for each in COMMANDS.values() if each.changes]


@pytest.fixture(scope="module")
def talk() -> Iterator[Talk]:
    """A memory where everybody of PEOPLE has their part."""
    talk = Talk(POLICY)
    for line, nick, role in (
        ("iam Christian", "claimer/claimer", Role.USER),
        ("~iam owner Christian", "op", Role.OP),
        ("~iam author Mark Goddard", "op", Role.OP),
        ("action kolla: write it all - owner stranger", "recorder/recorder", Role.USER),
        ("decide kolla: use OpenSearch", "recorder/recorder", Role.USER),
        ("remind weekly mon", "op", Role.OP),
    ):
        (reply,) = talk.say(f"recapbot: {line}", nick, role=role)[:1]
        assert not REFUSED.match(reply), reply
    yield talk
    talk.store.close()


def attempt(talk: Talk, line: str, person: Person, *, network: str = "net", room: str | None = "#ptg") -> bool:
    """Whether that person may say the line there; nothing of it stays. A refusal must have changed nothing at all."""
    accounts = network == "net"
    who = f"{person.nick}/{person.account}" if accounts and person.account else person.nick
    role = person.role if room else Role.USER
    talk.dispatcher = Dispatcher(talk.store, talk.policy, Services())  # which remembers nobody's refusals
    connection = talk.store.db.conn
    connection.execute("BEGIN")
    before = connection.total_changes
    lines = talk.say(f"recapbot: {line}", who, network=network, room=room, role=role, has_accounts=accounts)
    changed = connection.total_changes != before
    connection.execute("ROLLBACK")
    assert lines, "every attempt is answered"
    refused = bool(REFUSED.match(lines[0]))
    assert not (refused and changed), lines
    return not refused


def test_every_changing_command_is_tried() -> None:
    """A command that changes something is never open to anyone, and stands in the table above."""
    assert set(LINES) == set(CHANGING)
    assert all(COMMANDS[name].who is not Who.ANYONE for name in CHANGING)


@pytest.mark.parametrize("name", CHANGING)
def test_in_a_room(talk: Talk, name: str) -> None:
    """On a network with accounts each command is for those whom its declaration names, and for nobody else."""
    allowed = ALLOWED[Who.OPERATOR if name in OF_THE_ROOM else COMMANDS[name].who]
    allowed -= {"op"} if name in ACCOUNTS_ONLY else set()
    allowed -= {"owner"} if name in NOBODY_S else set()
    for nick, person in PEOPLE.items():
        assert attempt(talk, LINES[name], person) == (nick in allowed), nick


@pytest.mark.parametrize("name", [name for name in CHANGING if name not in OF_THE_ROOM])
def test_in_a_direct_message(talk: Talk, name: str) -> None:
    """The modes of a room count in that room alone."""
    who = COMMANDS[name].who
    allowed = ALLOWED[who] - BY_MODE[who]
    allowed -= {"owner"} if name in NOBODY_S else set()
    for nick, person in PEOPLE.items():
        assert attempt(talk, LINES[name], person, room=None) == (nick in allowed), nick


@pytest.mark.parametrize("name", [name for name in CHANGING if name not in OF_THE_ROOM] + ["remind"])
def test_on_a_network_without_accounts(talk: Talk, name: str) -> None:
    """Only the operators of a room change anything there, and nobody is an admin."""
    allowed = ALLOWED[COMMANDS[name].who] & {"op"} if name not in ACCOUNTS_ONLY else frozenset()
    for nick, person in PEOPLE.items():
        assert attempt(talk, LINES[name], person, network="bare") == (nick in allowed), nick
        assert not attempt(talk, LINES[name], person, network="bare", room=None), nick


@pytest.mark.parametrize("name", [name for name in CHANGING if name not in OF_THE_ROOM])
def test_where_nicks_are_trusted(talk: Talk, name: str) -> None:
    """A nick counts as an identity there, and as the owner of that name; it is still no mode and no admin."""
    allowed = TRUSTED[COMMANDS[name].who] if name not in ACCOUNTS_ONLY else frozenset()
    allowed -= {"Christian"} if name in NOBODY_S else set()
    for nick, person in PEOPLE.items():
        assert attempt(talk, LINES[name], person, network="trusted") == (nick in allowed), nick


@pytest.mark.parametrize("name", [name for name in CHANGING if COMMANDS[name].who is Who.OWNER and name != "answer"])
def test_who_recorded_an_item_may_change_it(talk: Talk, name: str) -> None:
    """What was recorded by hand has no recap: its recorder stands where loader and author do."""
    line = LINES[name].replace("A1", "A5")
    for nick, person in PEOPLE.items():
        assert attempt(talk, line, person) == (nick in {"recorder", "op", "admin"}), nick


def test_who_recorded_a_decision_does_not_review_it(talk: Talk) -> None:
    """Confirming, rejecting and superseding are for the readers of recaps, voice and above."""
    for nick, person in PEOPLE.items():
        assert attempt(talk, "supersede D3 D1", person) == (nick in {"voiced", "voiced-nobody", "op", "admin"}), nick


def test_several_ids_are_changed_by_none_who_may_not_change_all(talk: Talk) -> None:
    """One item of another refuses the whole line."""
    assert attempt(talk, "done A5", PEOPLE["recorder"])
    assert not attempt(talk, "done A5 A1", PEOPLE["recorder"])
    assert not attempt(talk, "done A1 A5", PEOPLE["owner"])


def test_the_sign_of_admins_is_for_operators(talk: Talk) -> None:
    """`~done` is refused to whoever is neither operator nor admin, whatever they own."""
    for nick, person in PEOPLE.items():
        assert attempt(talk, "~done A1", person) == (nick in {"op", "admin"}), nick


def test_a_refusal_says_who_may(talk: Talk) -> None:
    """Who is refused reads what would open the door."""
    assert talk.say("+done A1", "stranger/stranger") == [
        "`+done A1` is for its owner, who recorded it, the recap's loader or author, a channel operator or an admin."
    ]
    assert talk.say("+take A2", "nobody") == [
        "`+take` is for anyone with an account. I see no account of yours: log in first."
    ]
    assert talk.say("+here kolla", "stranger/stranger") == ["`+here` is for a channel operator or an admin."]
    assert talk.say("+done A1", "op2", network="bare", has_accounts=False) == [
        "This network has no accounts to know people by, so only channel operators change anything here."
    ]
    assert talk.say("+done A1", "claimer/claimer") == [
        "`+done A1` is for its owner, who recorded it, the recap's loader or author, a channel operator or an admin."
        " You said that you are Christian; ask a channel operator for `~iam claimer Christian`."
    ]


def test_an_account_of_another_network_is_another_account(talk: Talk) -> None:
    """Whoever is the owner on one network is nobody in particular on the next."""
    for account in ("owner", "loader", "author", "recorder", "root"):
        lines = talk.say("+done A1 A5", f"x/{account}", network="elsewhere")
        assert REFUSED.match(lines[0]), account
    assert REFUSED.match(talk.say("+reload", "x/root", network="elsewhere")[0])


@pytest.mark.parametrize("account", ["ówner", "owner2", "OWNER\u0301", "Christian"])
def test_an_account_that_looks_like_another_is_another(talk: Talk, account: str) -> None:
    """Accents count, and a name of a recap is no account."""
    assert REFUSED.match(talk.say("+done A1", f"x/{account}")[0])


@pytest.mark.parametrize("account", ["kiſs", "kiß", "\u212aiss"])
def test_letters_that_unicode_folds_are_other_letters(account: str) -> None:
    """`kiſs` is `kiss` to Unicode's case folding, and another account to the network."""
    talk = Talk(Policy(admins=frozenset({"net/kiss"})))
    talk.say("~iam kiss Christian", "op", role=Role.OP)
    assert talk.say("+reload", f"x/{account}") == ["`+reload` is for an admin."]
    assert REFUSED.match(talk.say("+done A1", f"x/{account}")[0])


def test_the_case_of_an_account_is_the_network_s_business(talk: Talk) -> None:
    """Services take `Root` and `root` for one account, and so does the list of admins."""
    assert not REFUSED.match(talk.say("+reload", "x/Root")[0])


def test_an_operator_without_an_account_leaves_no_rights_to_the_next_of_that_nick() -> None:
    """What an operator recorded as a mere nick belongs to nobody who takes the nick later."""
    talk = Talk()
    assert talk.say("+action kolla: mend the gate", "op", role=Role.OP)[0].startswith("Recorded: A5")
    for who in ("op", "op/op"):
        assert REFUSED.match(talk.say("+done A5", who)[0])
        assert REFUSED.match(talk.say("+done A5", who, role=Role.VOICE)[0])
    assert "nothing" in talk.say("+undo", "op/op")[0]
    assert "nothing" in talk.say("+undo", "op", role=Role.OP, room="#elsewhere")[0]
    assert talk.say("+undo", "op", role=Role.OP) == ["Undone: action A5."]


def test_reading_is_for_anyone(talk: Talk) -> None:
    """No command that changes nothing is refused to anybody, save what only an admin should know."""
    for name, declared in COMMANDS.items():
        if not declared.changes and declared.who is not Who.ADMIN:
            assert attempt(talk, name, PEOPLE["nobody"]), name
            assert attempt(talk, name, PEOPLE["nobody"], network="bare"), name
    assert not attempt(talk, "status", PEOPLE["op"])
    assert attempt(talk, "status", PEOPLE["admin"], room=None)
