"""The filters of the lists, in any order."""

from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.filters import Lookups, read_filter
from bot.messages import UserError
from bot.model import Kind
from bot.queries.items import Filter
from bot.queries.people import Person
from bot.store.people import fold

TEAMS = {"kolla": "kolla", "k-a": "kolla", "kayobe": "kayobe", "cinder": "cinder", "heat": "heat"}
EVENTS = {"xena ptg": "Xena PTG", "wallaby ptg": "Wallaby PTG"}
CYCLES = {"xena": "xena", "wallaby": "wallaby"}
PEOPLE = (
    Person(1, "Mark Goddard"),
    Person(2, "yoctozepto"),
    Person(3, "Christian Berendt"),
    Person(4, "Christian Rohmann"),
)


def people(name: str, exact: bool) -> list[Person]:
    """Who is meant: a whole name, else (if not `exact`) a word of one."""
    whole = [person for person in PEOPLE if fold(person.name) == fold(name)]
    return whole or [person for person in PEOPLE if not exact and fold(name) in fold(person.name).split()]


def lookups() -> Lookups:
    """The tables above."""
    return Lookups(
        team=lambda name: TEAMS.get(name.casefold()),
        event=lambda name: EVENTS.get(name.casefold()),
        cycle=lambda name: CYCLES.get(name.casefold()),
        last=lambda team: "Wallaby PTG" if team == "kayobe" else "Xena PTG",
        people=people,
        me=lambda: (1,),
        names=lambda: [*TEAMS, *CYCLES],
        names_of_people=lambda: [person.name for person in PEOPLE],
    )


def wanted(args: str, kind: Kind | None = Kind.ACTION, team: str | None = None, **expected: object) -> None:
    """Check that the words are read so, with nothing guessed."""
    reading = read_filter(args, kind, team, lookups())
    assert reading.filter == Filter(kind=kind, **{"team": team, **expected})
    assert reading.notes == ()


def test_nothing_said_is_the_default() -> None:
    """Open, firm items of the team that is meant."""
    wanted("")
    wanted("", team="kolla")


def test_filters_may_stand_in_any_order() -> None:
    """Team, cycle, person, state and words lead to the same filter however they are ordered."""
    for words in permutations(["kolla", "xena", "@yoctozepto", "done", "volumes"]):
        reading = read_filter(" ".join(words), Kind.ACTION, "cinder", lookups())
        assert reading.filter == Filter(
            kind=Kind.ACTION, team="kolla", cycle="xena", person=2, state="done", words=("volumes",)
        )


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        ("k-a", {"team": "kolla"}),
        ("#kolla", {"team": "kolla"}),
        ("for KOLLA, in xena", {"team": "kolla", "cycle": "xena"}),
        ("xena ptg", {"event": "Xena PTG"}),
        ("Wallaby PTG kolla", {"event": "Wallaby PTG", "team": "kolla"}),
        ("last", {"event": "Xena PTG"}),
        ("last ptg kayobe", {"event": "Wallaby PTG", "team": "kayobe"}),
        ("@Mark Goddard", {"person": 1}),
        ("@mark goddard xena", {"person": 1, "cycle": "xena"}),
        ("@mark", {"person": 1}),
        ("yoctozepto", {"person": 2}),
        ("mark goddard", {"person": 1}),
        ("mark", {"words": ("mark",)}),
        ("@me", {"person": 1}),
        ("my", {"person": 1}),
        ("S12", {"session": 12}),
        ("c3", {"recap": 3}),
        ("overdue unowned", {"overdue": True, "unowned": True}),
        ("snoozed", {"snoozed": True}),
        ("candidates", {"reading": "candidate"}),
        ("rejected", {"reading": "rejected"}),
        ("all", {"state": "all"}),
        ("closed", {"state": "done"}),
        ("dropped", {"state": "dropped"}),
        ("late unassigned", {"overdue": True, "unowned": True}),
        ("open volumes", {"words": ("volumes",)}),
        ("about the volumes", {"words": ("volumes",)}),
        ('"kola"', {"words": ("kola",)}),
        ('"live migration" xena', {"words": ("live", "migration"), "cycle": "xena"}),
        ('"Xena PTG"', {"event": "Xena PTG"}),
        ('"xena"', {"words": ("xena",)}),
        ("xena Xena PTG", {"event": "Xena PTG", "cycle": "xena"}),
        ("Xena PTG xena", {"event": "Xena PTG", "cycle": "xena"}),
        ("last xena", {"event": "Xena PTG", "cycle": "xena"}),
        ("done closed", {"state": "done"}),
        ("@me my", {"person": 1}),
        ("rejected done", {"reading": "rejected", "state": "done"}),
        ("all overdue", {"state": "all", "overdue": True}),
        ("A17", {"words": ("A17",)}),
    ],
)
def test_a_word_narrows_the_list_by_what_it_is(args: str, expected: dict[str, object]) -> None:
    """Teams, events, cycles, people, ids and states are known by their words; the rest is searched."""
    wanted(args, **expected)


def test_people_are_no_filter_of_decisions_unless_marked() -> None:
    """A decision has no owner: a bare name is searched as words there."""
    wanted("yoctozepto", kind=Kind.DECISION, words=("yoctozepto",))
    wanted("@yoctozepto", kind=Kind.DECISION, person=2)


@pytest.mark.parametrize(
    ("args", "expected", "close"),
    [
        ("kola", {"team": "kolla"}, "kolla"),
        ("kollla xena", {"team": "kolla", "cycle": "xena"}, "kolla"),
        ("walaby", {"cycle": "wallaby"}, "wallaby"),
        ("overdeu", {"overdue": True}, "overdue"),
        ("@yoctozpto", {"person": 2}, "yoctozepto"),
    ],
)
def test_a_typo_is_mended_with_a_note(args: str, expected: dict[str, object], close: str) -> None:
    """What is a letter or two away is taken for what it looks like, and the reply says so."""
    reading = read_filter(args, Kind.ACTION, None, lookups())
    assert reading.filter == Filter(kind=Kind.ACTION, **expected)
    assert len(reading.notes) == 1 and reading.notes[0].startswith(f"Did you mean `{close}`?")


@pytest.mark.parametrize("word", ["cinderlib", "hat", "beat", "collar", "volumes"])
def test_a_word_that_only_resembles_a_name_is_searched(word: str) -> None:
    """Longer by three letters, shorter than four, another beginning: no typo."""
    wanted(word, words=(word,))


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        ("@nobody1", "I know nobody called `nobody1`."),
        ("@christian", "`christian` may be Christian Berendt or Christian Rohmann; say the whole name."),
    ],
)
def test_a_person_must_be_known(args: str, sentence: str) -> None:
    """Nobody, or several people, is no filter."""
    with pytest.raises(UserError) as raised:
        read_filter(args, Kind.ACTION, None, lookups())
    assert str(raised.value) == sentence


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        ("done all", '`done` and `all` at once: say one state, or "all" to search the word.'),
        ("finished kolla open", '`finished` and `open` at once: say one state, or "open" to search the word.'),
        ("candidate rejected", "`candidate` and `rejected` at once: say one reading."),
        ("xena wallaby", "`xena` and `wallaby` at once: say one cycle."),
        ("wallaby ptg volumes xena ptg", "`wallaby ptg` and `xena ptg` at once: say one event."),
        ('last "Wallaby PTG"', "`last` and `Wallaby PTG` at once: say one event."),
        ("walaby xena", "`walaby` and `xena` at once: say one cycle."),
        ("@yoctozepto @mark", "`@yoctozepto` and `@mark` at once: say one person."),
        ("mark goddard, yoctozepto", "`mark goddard` and `yoctozepto` at once: say one person."),
        ("my @yoctozepto", "`my` and `@yoctozepto` at once: say one person."),
        ("C3 C4", "`C3` and `C4` at once: say one recap."),
        ("S3 S4", "`S3` and `S4` at once: say one session."),
        ("overdue done", "`done` and `overdue` at once: only what is open is overdue."),
        ("closed snoozed", "`closed` and `snoozed` at once: only what is open is snoozed."),
    ],
)
def test_what_nothing_could_fulfil_is_refused(args: str, sentence: str) -> None:
    """The last word does not win in silence."""
    with pytest.raises(UserError) as raised:
        read_filter(args, Kind.ACTION, None, lookups())
    assert str(raised.value) == sentence


def test_who_asks_must_be_known_for_their_own() -> None:
    """`my` of a stranger is no filter; of somebody with two names it is for both."""

    def nobody() -> tuple[int, ...]:
        raise UserError("Who are you?")

    with pytest.raises(UserError, match="Who are you"):
        read_filter("my", Kind.ACTION, None, replace(lookups(), me=nobody))
    two = read_filter("@me", Kind.ACTION, None, replace(lookups(), me=lambda: (1, 2)))
    assert (two.filter.person, two.filter.also) == (1, 2)


@given(st.text(max_size=200), st.sampled_from([*Kind, None]))
def test_whatever_is_said_is_a_filter_or_a_sentence(args: str, kind: Kind | None) -> None:
    """No words make the reading fail otherwise."""
    try:
        reading = read_filter(args, kind, "kolla", lookups())
    except UserError as error:
        assert str(error)
    else:
        assert reading.filter.kind is kind


def test_a_list_is_of_one_team() -> None:
    """After a team, and after a track, another team's name is a word to search; a room's own team gives way to it."""
    wanted("kolla heat templates", team="kolla", words=("heat", "templates"))
    own = read_filter("heat templates", Kind.ACTION, "kolla", lookups())
    assert (own.filter.team, own.filter.words) == ("heat", ("templates",))
    tracked = read_filter("heat templates", Kind.ACTION, "kolla", lookups(), tracked=True)
    assert (tracked.filter.team, tracked.filter.words) == ("kolla", ("heat", "templates"))
