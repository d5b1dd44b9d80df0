"""Who is where, with which rights, under which account: only what the server has said, and nothing in doubt."""

import random

import pytest

from bot.messages import Role
from bot.transports.irc_lines import Features
from bot.transports.irc_people import People

INSPIRCD = ("CASEMAPPING=rfc1459", "PREFIX=(qaohv)~&@%+", "CHANMODES=IXbegw,k,Hfjl,CTcimnprst")


@pytest.fixture
def people() -> People:
    """A channel with an operator, somebody with voice and somebody without, on a server of many modes."""
    features = Features()
    features.load(INSPIRCD)
    people = People(features)
    people.enter("#ptg")
    people.names("#ptg", ["@op", "+voiced", "nobody", "@+Both!user@host", "recapbot"])
    people.names_end("#ptg")
    return people


def roles(people: People, channel: str = "#ptg") -> dict[str, Role]:
    """The role of everybody who has one."""
    return {nick: role for nick in people.modes(channel) if (role := people.role(channel, nick))}


def test_the_list_of_names_tells_the_roles(people: People) -> None:
    """Prefixes (several of them, and with a mask) are read by what the server says they mean."""
    assert roles(people) == {"op": Role.OP, "voiced": Role.VOICE, "Both": Role.OP}
    assert people.role("#PTG", "BOTH") == Role.OP


@pytest.mark.parametrize(
    ("letters", "values", "after"),
    [
        ("-o", ["op"], {"voiced": Role.VOICE, "Both": Role.OP}),
        ("-o", ["Both"], {"op": Role.OP, "voiced": Role.VOICE, "Both": Role.VOICE}),
        ("+v-o", ["nobody", "op"], {"nobody": Role.VOICE, "voiced": Role.VOICE, "Both": Role.OP}),
        (
            "+bkl-b+o",
            ["*!*@*", "key", "5", "x!*@*", "nobody"],
            {"nobody": Role.OP, "op": Role.OP, "voiced": Role.VOICE, "Both": Role.OP},
        ),
        ("-l+o", ["nobody"], {"nobody": Role.OP, "op": Role.OP, "voiced": Role.VOICE, "Both": Role.OP}),
        ("+mnt", [], {"op": Role.OP, "voiced": Role.VOICE, "Both": Role.OP}),
        ("+q", ["voiced"], {"op": Role.OP, "voiced": Role.OP, "Both": Role.OP}),
        ("+h", ["nobody"], {"nobody": Role.VOICE, "op": Role.OP, "voiced": Role.VOICE, "Both": Role.OP}),
        ("+o", ["stranger"], {"op": Role.OP, "voiced": Role.VOICE, "Both": Role.OP}),
    ],
)
def test_modes_change_roles(people: People, letters: str, values: list[str], after: dict[str, Role]) -> None:
    """Each mode takes its parameter as the server's CHANMODES say, so that the right person gains or loses the role."""
    assert people.mode("#ptg", letters, values)
    assert roles(people) == after


@pytest.mark.parametrize(
    ("letters", "values"), [("+Z", []), ("+Zo", ["x", "nobody"]), ("+o", []), ("+t", ["nobody"]), ("+k-o", ["op"])]
)
def test_what_is_not_understood_takes_rights_away(people: People, letters: str, values: list[str]) -> None:
    """An unknown mode, or parameters that do not add up: nobody has rights until the server lists the names again."""
    assert not people.mode("#ptg", letters, values)
    assert roles(people) == {}
    people.names("#ptg", ["@op"])
    people.names_end("#ptg")
    assert roles(people) == {"op": Role.OP}


def test_rights_hold_in_their_channel_alone(people: People) -> None:
    """An operator here is nobody there, nor where we are not."""
    people.enter("#kolla")
    people.join("#kolla", "op")
    assert people.role("#kolla", "op") == Role.USER
    assert people.role("#elsewhere", "op") == Role.USER
    assert people.mode("#elsewhere", "+o", ["nobody"])


def test_rights_end_when_somebody_goes(people: People) -> None:
    """Leaving, being thrown out, quitting and coming back under the same nick leave nothing of the role."""
    people.part("#ptg", "op")
    people.join("#ptg", "op")
    people.quit("Both")
    people.join("#ptg", "Both")
    assert roles(people) == {"voiced": Role.VOICE}
    people.leave("#ptg")
    assert people.role("#ptg", "voiced") == Role.USER
    assert len(people) == 0


def test_a_taken_nick_brings_no_rights(people: People) -> None:
    """Role and account go with the person who renames, and whoever takes the old nick has none."""
    people.log_in("op", "olga")
    people.rename("op", "away")
    people.join("#ptg", "op")
    assert (people.role("#ptg", "away"), people.account("away")) == (Role.OP, "olga")
    assert (people.role("#ptg", "op"), people.account("op")) == (Role.USER, None)
    people.rename("nobody", "away")  # we missed that `away` quit
    assert (people.role("#ptg", "away"), people.account("away")) == (Role.USER, None)


def test_names_that_look_alike_are_not_the_same(people: People) -> None:
    """Only what the casemapping makes equal is one person: `{` is `[` here, a Cyrillic o is no o."""
    people.names("#ptg", ["@x[1]", "@op"])
    assert people.role("#ptg", "X{1}") == Role.OP
    assert people.role("#ptg", "\u043ep") == Role.USER


def test_accounts_are_what_the_server_last_said(people: People) -> None:
    """Logging in, changing and logging out (written `*`, `0` or nothing) are followed; of strangers nothing is kept."""
    assert people.account("op") is None
    people.log_in("op", "olga")
    assert (people.account("OP"), people.nick_of("OLGA")) == ("olga", "op")
    people.join("#ptg", "late", "olga")
    assert people.nick_of("olga") == "late"
    for word in ("*", "0", ""):
        people.log_in("late", word)
        assert (people.account("late"), people.nick_of("olga")) == (None, "op")
    people.log_in("stranger", "sam")
    assert people.nick_of("sam") is None
    people.forget_accounts()
    assert people.nick_of("olga") is None


def test_a_person_is_forgotten_with_the_last_shared_channel(people: People) -> None:
    """An account is known only as long as we see its holder somewhere."""
    people.enter("#kolla")
    people.join("#kolla", "op", "olga")
    people.part("#ptg", "op")
    assert people.nick_of("olga") == "op"
    people.leave("#kolla")
    assert people.nick_of("olga") is None


def test_a_new_list_keeps_the_accounts_of_who_is_still_there(people: People) -> None:
    """Asking for the names again must not make people prove themselves again; who is not listed is gone."""
    people.log_in("op", "olga")
    people.log_in("voiced", "vera")
    people.names("#ptg", ["op"])
    people.names_end("#ptg")
    assert (people.account("op"), people.account("voiced")) == ("olga", None)
    assert people.nicks("#ptg") == {"op"}


def test_a_long_life_adds_up() -> None:
    """After a thousand random changes we know the same roles as a plain model of the server's own lists."""
    rng = random.Random(7)
    features = Features()
    features.load(INSPIRCD)
    people = People(features)
    people.enter("#ptg")
    model: dict[str, set[str]] = {}
    for number in range(1000):
        nick = f"n{rng.randrange(30)}"
        match rng.choice(["join", "mode", "mode", "mode", "part", "quit", "rename"]):
            case "join" if nick not in model:
                model[nick] = set()
                people.join("#ptg", nick)
            case "mode" if nick in model:
                letter, sign = rng.choice("qaohv"), rng.choice("+-")
                (model[nick].add if sign == "+" else model[nick].discard)(letter)
                assert people.mode("#ptg", f"{sign}{letter}", [nick])
            case "part" if nick in model:
                del model[nick]
                people.part("#ptg", nick)
            case "quit" if nick in model:
                del model[nick]
                people.quit(nick)
            case "rename" if nick in model:
                model[f"r{number}"] = model.pop(nick)
                people.rename(nick, f"r{number}")
    assert people.modes("#ptg") == model
    assert len(people) == len(model)
