"""What is in the memory: teams, events, recaps, sessions, people, and what happened to things."""

from datetime import date, datetime

import pytest

from bot.queries.events import event_ids, last_event, list_events, teams_of_events
from bot.queries.people import person_by_id, resolve
from bot.queries.recaps import gaps, list_recaps, recap_by_id, surroundings, totals
from bot.queries.sessions import list_sessions, session_by_id
from bot.queries.teams import list_teams, team_named, with_parts
from bot.queries.trail import history
from bot.store.items import change, note
from bot.store.people import claim, person_id
from bot.store.recaps import unload
from bot.store.undo import undo
from tests.shelf import ANA, NOW, Shelf, action, decision, question


@pytest.fixture
def shelf() -> Shelf:
    """Three recaps of two teams at two events."""
    shelf = Shelf()
    shelf.put("Queens PTG", {"Ceph": [action("drop the old Ceph role")], "Images": []}, author=None, published=None)
    shelf.put("Xena PTG", {"Logging": [decision("use OpenSearch"), question("when?")]}, parts={"Logging": "kayobe"})
    shelf.put("Xena PTG", {"Cells": [action("test cells"), action("or not", sure=0.2)]}, team="nova")
    return shelf


def test_teams(shelf: Shelf) -> None:
    """A team comes with its aliases, parts and recaps."""
    teams = {team.name: team for team in list_teams(shelf.store)}
    assert list(teams) == ["kayobe", "kolla", "nova"]
    assert (teams["kolla"].aliases, teams["kolla"].parts, teams["kolla"].recaps) == (("k-a",), ("kayobe",), 2)
    assert (teams["kayobe"].part_of, teams["kayobe"].recaps) == ("kolla", 0)


def test_a_team_by_any_name(shelf: Shelf) -> None:
    """A team is found by name and alias, whatever the case; its parts belong to it, and it not to its parts."""
    assert [team_named(shelf.store, name) for name in ("Kolla", "K-A", "kayobe", "glance")] == [
        "kolla",
        "kolla",
        "kayobe",
        None,
    ]
    assert [len(with_parts(shelf.store, name)) for name in ("k-a", "kayobe", "glance")] == [2, 1, 0]


def test_events(shelf: Shelf) -> None:
    """Events come newest first, with their recaps and teams; one whose recaps are all out is no event any more."""
    events = list_events(shelf.store)
    assert [(event.name, event.cycle, event.recaps) for event in events] == [
        ("Xena PTG", "xena", 2),
        ("Queens PTG", "queens", 1),
    ]
    assert [teams_of_events(shelf.store)[event.id] for event in events] == [["kolla", "nova"], ["kolla"]]
    assert event_ids(shelf.store, "xena ptg", None) == event_ids(shelf.store, None, "xena") == [events[0].id]
    assert event_ids(shelf.store, "Xena PTG", "queens") == []
    unload(shelf.store, 1, ANA, NOW)
    assert [event.name for event in list_events(shelf.store)] == ["Xena PTG"]


def test_last_event(shelf: Shelf) -> None:
    """A team's last event is the newest one that a recap of its own tells of."""
    shelf.put("Yoga PTG", {"Cells": []}, team="nova")
    found = {name: last_event(shelf.store, with_parts(shelf.store, name)) for name in ("kolla", "nova", "kayobe")}
    assert {name: event and event.name for name, event in found.items()} == {
        "kolla": "Xena PTG",
        "nova": "Yoga PTG",
        "kayobe": None,
    }


def test_recaps(shelf: Shelf) -> None:
    """Recaps come newest event first, with what they leave out; a team's are those about it."""
    total, recaps = list_recaps(shelf.store)
    assert (total, [recap.label for recap in recaps]) == (3, ["C2", "C3", "C1"])
    assert [gaps(recap) for recap in recaps] == [(), (), ("no date", "no author")]
    assert [recap.label for recap in list_recaps(shelf.store, "kolla")[1]] == ["C2", "C1"]
    assert list_recaps(shelf.store, limit=1)[0] == 3
    found = recap_by_id(shelf.store, 2)
    assert found is not None
    assert (found.title, found.author, found.published, found.teams, found.loaded_by) == (
        "kolla at Xena PTG",
        "Mark",
        date(2021, 5, 4),
        ("kolla",),
        "oftc/loader",
    )


def test_a_recap_that_says_nothing_of_itself() -> None:
    """Every gap is named, and the recap is listed all the same."""
    shelf = Shelf()
    shelf.put(None, {"Topic": []}, team=None, author=None, published=None)
    (recap,) = list_recaps(shelf.store)[1]
    assert gaps(recap) == ("no date", "no author", "no team", "no event")


def test_an_unloaded_recap_is_gone(shelf: Shelf) -> None:
    """It is in no list, and neither are its sessions."""
    unload(shelf.store, 2, ANA, NOW)
    assert recap_by_id(shelf.store, 2) is None
    assert [recap.label for recap in list_recaps(shelf.store)[1]] == ["C3", "C1"]
    assert session_by_id(shelf.store, 3) is None
    assert [session.label for session in list_sessions(shelf.store)[1]] == ["S4", "S1", "S2"]


def test_what_stands_around_a_place(shelf: Shelf) -> None:
    """A place of a recap is shown with the paragraph that it stands in; a place in none has nothing around it."""
    at = shelf.store.db.execute("SELECT \"start\" FROM items WHERE kind = 'question'").fetchone()[0]
    assert surroundings(shelf.store, 2, at + 2) == "when?"
    assert surroundings(shelf.store, 2, 100_000) is None


def test_totals(shelf: Shelf) -> None:
    """The memory in figures: candidates apart, what is closed not counted."""
    change(shelf.store, [shelf.row("A1")], "done", ANA, NOW, state="done")
    found = totals(shelf.store)
    assert (found.recaps, found.sessions, found.decisions, found.open_actions, found.open_questions) == (3, 4, 1, 1, 1)
    assert (found.candidates, found.events) == (1, 2)


def test_sessions(shelf: Shelf) -> None:
    """Sessions come newest event first, with what came of them; one that names no team is its recap's."""
    _, sessions = list_sessions(shelf.store)
    assert [(each.label, each.team, each.decisions, each.actions, each.questions) for each in sessions] == [
        ("S3", "kayobe", 1, 0, 1),
        ("S4", "nova", 0, 1, 0),
        ("S1", "kolla", 0, 1, 0),
        ("S2", "kolla", 0, 0, 0),
    ]
    change(shelf.store, [shelf.row("A1")], "done", ANA, NOW, state="done")
    assert session_by_id(shelf.store, 1) is not None
    assert [each.actions for each in list_sessions(shelf.store, team="kolla", cycle="queens")[1]] == [0, 0]


@pytest.mark.parametrize(
    ("wanted", "labels"),
    [
        ({"team": "kolla"}, ["S3", "S1", "S2"]),
        ({"team": "kayobe"}, ["S3"]),
        ({"team": "nova"}, ["S4"]),
        ({"team": "glance"}, []),
        ({"team": "kolla", "cycle": "xena"}, ["S3"]),
        ({"event": "Queens PTG"}, ["S1", "S2"]),
        ({"cycle": "zed"}, []),
        ({"recap": 3}, ["S4"]),
        ({"words": ["LOG"]}, ["S3"]),
        ({"words": ["log", "ceph"]}, []),
        ({"words": ["%"]}, []),
        ({"words": ["_"]}, []),
        ({"words": ["'"]}, []),
    ],
)
def test_session_filters(shelf: Shelf, wanted: dict[str, object], labels: list[str]) -> None:
    """Each filter narrows the sessions to what it says, and counts the same."""
    total, sessions = list_sessions(shelf.store, **wanted)
    assert [session.label for session in sessions] == labels
    assert total == len(labels)


@pytest.fixture
def people() -> Shelf:
    """People as recaps spell them."""
    shelf = Shelf()
    for name in ("Radosław Piliszek", "Mark Goddard", "Mark Smith", "yoctozepto", "Cédric Jeanneret", "Bo"):
        person_id(shelf.store, name)
    return shelf


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("Mark Goddard", ["Mark Goddard"]),
        ("mark goddard", ["Mark Goddard"]),
        ("Goddard", ["Mark Goddard"]),
        ("mark", ["Mark Goddard", "Mark Smith"]),
        ("god", ["Mark Goddard"]),
        ("go", []),
        ("Bo", ["Bo"]),
        ("cedric", ["Cédric Jeanneret"]),
        ("CÉDRIC JEANNERET", ["Cédric Jeanneret"]),
        ("radoslaw", ["Radosław Piliszek"]),
        ("@yocto", ["yoctozepto"]),
        ("mark%", []),
        ("nobody", []),
        ("", []),
    ],
)
def test_resolve(people: Shelf, typed: str, names: list[str]) -> None:
    """A name is found by case- and accent-blind spelling, one of its words, or a beginning; all whom it may mean."""
    assert [person.name for person in resolve(people.store, typed)] == names


def test_resolve_whole_names_only(people: Shelf) -> None:
    """Where a guess would do harm, a part of a name is nobody's."""
    assert [resolve(people.store, typed, exact=True) for typed in ("Mark", "goddard")] == [[], []]
    assert [person.name for person in resolve(people.store, "mark  SMITH", exact=True)] == ["Mark Smith"]


def test_accounts(people: Shelf) -> None:
    """An account is a name of the person it is tied to."""
    claim(people.store, "oftc", "mgoddard", "Mark Goddard", ANA, NOW)
    [found] = resolve(people.store, "MGoddard", exact=True)
    assert found.name == "Mark Goddard"
    assert person_by_id(people.store, found.id) == found
    assert person_by_id(people.store, 999) is None


def test_history(shelf: Shelf) -> None:
    """The trail tells what was done, by whom, in which command, with the words said; what was undone is left out."""
    row = shelf.row("A1")
    change(shelf.store, [row], "done", ANA, NOW, state="done", words="merged")
    change(shelf.store, [row], "due", ANA, NOW, due="M2")
    undo(shelf.store, ANA, NOW)
    note(shelf.store, row, "see the patch", ANA, NOW)
    entries = history(shelf.store, "A1")
    assert [(entry.what, entry.note, entry.by, entry.at) for entry in entries] == [
        ("done", None, "ana", NOW),
        ("note", "merged", "ana", NOW),
        ("note", "see the patch", "ana", NOW),
    ]
    assert entries[0].batch == entries[1].batch != entries[2].batch
    assert (entries[0].before, entries[0].after) == ({"state": "open"}, {"state": "done"})
    assert history(shelf.store, "A2") == []
    assert isinstance(entries[0].at, datetime) and entries[0].at.tzinfo is not None
