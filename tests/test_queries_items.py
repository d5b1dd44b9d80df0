"""Items by id and by filter: which are listed, in which order, and how many there are."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from bot.model import Actor, Kind
from bot.queries.items import PAGE, SMALL, Filter, by_label, count_items, find_items
from bot.store.items import change, record
from bot.store.recaps import unload
from tests.shelf import ANA, NOW, TODAY, Shelf, action, both, decision, question

ACTIONS = Filter(Kind.ACTION)


@pytest.fixture
def shelf() -> Shelf:
    """Two events of kolla, one of nova."""
    shelf = Shelf()
    shelf.put(
        "Wallaby PTG",
        {"Images": [action("build images for ARM", "Christian", due="M2"), question("who runs the ARM nodes?")]},
    )
    shelf.put(
        "Xena PTG",
        {
            "Logging": [
                both("we agreed to look at OpenSearch", "Christian", "yoctozepto"),
                action("write the migration guide"),
                action("perhaps rewrite it all", sure=0.3),
            ],
            "Inventory": [decision("kayobe keeps its inventory"), action("document the inventory", "Pierre")],
        },
        parts={"Inventory": "kayobe"},
    )
    shelf.put("Xena PTG", {"Cells": [action("test cells with 100% load", "Sylvain", due="2021-05-20")]}, team="nova")
    return shelf


def labels(shelf: Shelf, wanted: Filter, *, oldest_first: bool = False) -> list[str]:
    """The ids that a filter finds, in order."""
    return [item.label for item in find_items(shelf.store, wanted, NOW, oldest_first=oldest_first).items]


def person(shelf: Shelf, name: str) -> int:
    """The row of a person."""
    return int(shelf.store.db.execute("SELECT id FROM people WHERE name = ?", [name]).fetchone()[0])


def make(shelf: Shelf, text: str, team: str | None = "kolla") -> str:
    """An action recorded by hand."""
    return record(shelf.store, Kind.ACTION, team=team, text=text, owners=(), due=None, actor=ANA, now=NOW)


def set_values(shelf: Shelf, label: str, **values: Any) -> None:
    """Somebody changes an item."""
    change(shelf.store, [shelf.row(label)], "change", ANA, NOW, **values)


def test_newest_event_first_and_recorded_by_hand_before_all(shelf: Shelf) -> None:
    """A list begins with what was recorded last, then goes from the newest event to the oldest."""
    made = [make(shelf, "tidy up"), make(shelf, "tidy up more")]
    assert labels(shelf, ACTIONS) == [*reversed(made), "A2", "A3", "A5", "A6", "A1"]
    assert labels(shelf, ACTIONS, oldest_first=True) == ["A1", "A2", "A3", "A5", "A6", *made]


def test_cycles_have_their_own_order() -> None:
    """After zed the alphabet begins again: 2023.1 Antelope is newer than Zed and older than Bobcat."""
    shelf = Shelf()
    for cycle in ("Zed", "Bobcat", "Antelope"):
        shelf.put(f"{cycle} PTG", {"Topic": [action(f"do it in {cycle}")]})
    assert [item.event for item in find_items(shelf.store, ACTIONS, NOW).items] == [
        "Bobcat PTG",
        "Antelope PTG",
        "Zed PTG",
    ]


def test_what_names_no_event_comes_last() -> None:
    """A recap without an event is listed after all those that have one."""
    shelf = Shelf()
    shelf.put(None, {"Topic": [action("some day")]})
    shelf.put("Queens PTG", {"Topic": [action("in Queens")]})
    assert labels(shelf, ACTIONS) == ["A2", "A1"]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Filter(Kind.ACTION, team="kolla"), ["A2", "A3", "A5", "A1"]),
        (Filter(Kind.ACTION, team="kayobe"), ["A5"]),
        (Filter(Kind.ACTION, team="nova"), ["A6"]),
        (Filter(Kind.ACTION, team="glance"), []),
        (Filter(Kind.ACTION, cycle="xena"), ["A2", "A3", "A5", "A6"]),
        (Filter(Kind.ACTION, event="wallaby ptg"), ["A1"]),
        (Filter(Kind.ACTION, cycle="queens"), []),
        (Filter(Kind.ACTION, unowned=True), ["A3"]),
        (Filter(Kind.ACTION, reading="candidate"), ["A4"]),
        (Filter(Kind.ACTION, words=("inventory",)), ["A5"]),
        (Filter(Kind.ACTION, words=("invent",)), ["A5"]),
        (Filter(Kind.ACTION, words=("logging", "guides")), ["A3"]),
        (Filter(Kind.ACTION, words=("100%",)), ["A6"]),
        (Filter(Kind.ACTION, words=('guide" OR text:*',)), []),
        (Filter(Kind.ACTION, words=("-",)), []),
        (Filter(Kind.DECISION), ["D1", "D2"]),
        (Filter(Kind.DECISION, overdue=True), []),
        (Filter(Kind.QUESTION, state="all"), ["Q1"]),
        (Filter(Kind.QUESTION, state="dropped"), []),
        (Filter(team="kolla", event="Wallaby PTG"), ["A1", "Q1"]),
        (Filter(Kind.ACTION, recap=2), ["A2", "A3", "A5"]),
        (Filter(Kind.ACTION, session=1), ["A1"]),
    ],
)
def test_filters(shelf: Shelf, wanted: Filter, found: list[str]) -> None:
    """Each filter narrows the list to what it says, and counts the same."""
    assert labels(shelf, wanted) == found
    assert count_items(shelf.store, wanted, TODAY) == len(found)


def test_a_person_owns_what_names_them(shelf: Shelf) -> None:
    """A list of a person has what they own alone or with others."""
    assert labels(shelf, replace(ACTIONS, person=person(shelf, "Christian"))) == ["A2", "A1"]
    assert labels(shelf, replace(ACTIONS, person=person(shelf, "yoctozepto"))) == ["A2"]


def test_states(shelf: Shelf) -> None:
    """Open is what is listed unless another state is asked for; each kind has its own."""
    set_values(shelf, "A1", state="done")
    set_values(shelf, "A2", state="dropped")
    set_values(shelf, "D1", state="superseded", superseded_by=shelf.row("D2"))
    set_values(shelf, "Q1", state="answered", answer="Linaro")
    assert labels(shelf, ACTIONS) == ["A3", "A5", "A6"]
    assert labels(shelf, replace(ACTIONS, state="done")) == ["A1"]
    assert labels(shelf, replace(ACTIONS, state="dropped")) == ["A2"]
    assert labels(shelf, replace(ACTIONS, state="all")) == ["A2", "A3", "A5", "A6", "A1"]
    assert labels(shelf, Filter(Kind.DECISION)) == ["D2"]
    assert labels(shelf, Filter(Kind.DECISION, state="dropped")) == ["D1"]
    assert labels(shelf, Filter(Kind.QUESTION)) == []
    assert labels(shelf, Filter(Kind.QUESTION, state="done")) == ["Q1"]


def test_a_human_word_on_the_reading(shelf: Shelf) -> None:
    """A confirmed candidate is listed; a rejected item only where rejected ones are asked for, whatever its state."""
    set_values(shelf, "A4", verdict="confirmed")
    set_values(shelf, "A1", state="done")
    set_values(shelf, "A1", verdict="rejected")
    assert labels(shelf, ACTIONS) == ["A2", "A3", "A4", "A5", "A6"]
    assert labels(shelf, replace(ACTIONS, reading="candidate")) == []
    assert labels(shelf, replace(ACTIONS, reading="rejected")) == ["A1"]


def test_withdrawn_items_are_in_no_list(shelf: Shelf) -> None:
    """What a recap took with it when it was unloaded is not listed; its id still says what it was."""
    unload(shelf.store, 1, ANA, NOW)
    assert labels(shelf, replace(ACTIONS, state="all")) == ["A2", "A3", "A5", "A6"]
    found = by_label(shelf.store, "A1")
    assert found is not None and found.presence == "withdrawn"


def test_snoozed(shelf: Shelf) -> None:
    """An action is snoozed until its day comes, and open all the while."""
    set_values(shelf, "A2", snoozed_until=TODAY + timedelta(days=1))
    set_values(shelf, "A3", snoozed_until=TODAY)
    assert labels(shelf, replace(ACTIONS, team="kolla")) == ["A2", "A3", "A5", "A1"]
    assert labels(shelf, replace(ACTIONS, snoozed=True)) == ["A2"]
    assert labels(shelf, replace(ACTIONS, team="kolla", snoozed=False)) == ["A3", "A5", "A1"]


@pytest.mark.parametrize(
    ("today", "late"),
    [
        (date(2021, 4, 13), []),
        (date(2021, 5, 20), ["A1"]),  # Wallaby was released on 14 April: its M2 is over, whenever that was
        (date(2021, 5, 21), ["A6", "A1"]),
    ],
)
def test_overdue(shelf: Shelf, today: date, late: list[str]) -> None:
    """A date is overdue from the day after it, a milestone once its cycle is released; done is never overdue."""
    wanted = replace(ACTIONS, overdue=True)
    assert [item.label for item in find_items(shelf.store, wanted, today).items] == late
    set_values(shelf, "A1", state="done")
    assert "A1" not in [item.label for item in find_items(shelf.store, wanted, today).items]


def test_overdue_is_looked_for_among_what_is_due(shelf: Shelf) -> None:
    """Few actions are due some day: a list of overdue ones does not walk through all the others."""
    asked: list[str] = []
    shelf.store.db.conn.set_trace_callback(asked.append)
    assert find_items(shelf.store, replace(ACTIONS, overdue=True), NOW).total == 2
    assert count_items(shelf.store, replace(ACTIONS, overdue=True, reading="candidate"), NOW) == 0
    shelf.store.db.conn.set_trace_callback(None)
    plans = [step[3] for each in asked for step in shelf.store.db.execute(f"EXPLAIN QUERY PLAN {each}")]
    assert [plan for plan in plans if "items_list" in plan] == []
    assert [plan for plan in plans if "items_due" in plan]


def test_a_cycle_as_due(shelf: Shelf) -> None:
    """Due in a cycle is overdue once that cycle is released, whatever cycle the event prepared."""
    set_values(shelf, "A5", due="xena")
    wanted = replace(ACTIONS, team="kayobe", overdue=True)
    assert count_items(shelf.store, wanted, date(2021, 10, 6)) == 0
    assert count_items(shelf.store, wanted, date(2021, 10, 7)) == 1


def test_counts_do_not_end_with_the_page(shelf: Shelf) -> None:
    """Of a long list the first items are fetched, and all are counted, with those of nobody."""
    for number in range(PAGE + 5):
        make(shelf, f"step {number}")
    found = find_items(shelf.store, ACTIONS, NOW)
    assert (found.total, found.unowned, len(found.items)) == (PAGE + 10, PAGE + 6, PAGE)
    few = find_items(shelf.store, ACTIONS, NOW, limit=3)
    assert (few.total, [item.text for item in few.items]) == (PAGE + 10, ["step 204", "step 203", "step 202"])


def test_a_short_list_is_cut_too_and_has_a_team_if_all_its_items_do(shelf: Shelf) -> None:
    """As a long one: `limit` bounds ids and items, and the team counts all that were found."""
    found = find_items(shelf.store, ACTIONS, NOW, limit=2)
    assert (found.total, len(found.ids), len(found.items), found.team) == (5, 2, 2, None)
    assert find_items(shelf.store, replace(ACTIONS, team="nova"), NOW, limit=1).team == "nova"
    make(shelf, "of no team", team=None)
    assert find_items(shelf.store, replace(ACTIONS, words=("no", "team")), NOW).team is None


@pytest.mark.parametrize("oldest_first", [False, True])
def test_a_long_list_is_its_short_ones_in_a_row(oldest_first: bool) -> None:
    """The database counts and orders what is long, the bot what is short: nobody sees which."""
    shelf = Shelf()
    for event in ("Wallaby PTG", "Xena PTG", "a meeting"):
        promises = [
            action(f"task {n} of {event}", *["Ana"] * (n % 3), due="2021-05-20" if n % 2 else None)
            for n in range(2 * SMALL // 3)
        ]
        shelf.put(event, {"Tasks": promises})
    make(shelf, "by hand")
    make(shelf, "by hand too")
    whole = find_items(shelf.store, ACTIONS, NOW, 10 * SMALL, oldest_first=oldest_first)
    events = ["Xena PTG", "Wallaby PTG", "a meeting"]
    parts = [find_items(shelf.store, replace(ACTIONS, event=event), NOW, oldest_first=oldest_first) for event in events]
    recorded = [item.id for item in whole.items if item.recap is None]
    assert all(part.total <= SMALL < whole.total for part in parts)
    assert len(recorded) == 2
    if oldest_first:
        assert whole.ids == (*parts[2].ids, *parts[1].ids, *parts[0].ids, *recorded)
    else:
        assert whole.ids == (*recorded, *parts[0].ids, *parts[1].ids, *parts[2].ids)
    assert whole.total == sum(part.total for part in parts) + 2
    assert whole.unowned == sum(part.unowned for part in parts) + 2
    assert whole.overdue == sum(part.overdue for part in parts) > 0
    assert find_items(shelf.store, replace(ACTIONS, overdue=True), NOW).total == whole.overdue
    assert {whole.team, *(part.team for part in parts)} == {"kolla"}


def test_recorded_beside_an_event(shelf: Shelf) -> None:
    """What was recorded by hand belongs to no event, and stands beside one where that is asked for."""
    made = make(shelf, "tidy up")
    xena = Filter(Kind.ACTION, team="kolla", cycle="xena")
    assert labels(shelf, xena) == ["A2", "A3", "A5"]
    assert labels(shelf, replace(xena, or_recorded=True)) == [made, "A2", "A3", "A5"]


def test_by_label(shelf: Shelf) -> None:
    """An id is found however it is typed; of a pair the one of the kind asked for."""
    for typed in ("A2", "a2", "ACTION-2", "action2", "#A2", "A2,"):
        found = by_label(shelf.store, typed)
        assert found is not None and found.label == "A2", typed
    assert [by_label(shelf.store, typed) for typed in ("A99", "S1", "C1", "hello", "", "A")] == [None] * 6
    for kind, label in ((None, "D1"), (Kind.ACTION, "A2"), (Kind.DECISION, "D1"), (Kind.QUESTION, "D1")):
        found = by_label(shelf.store, "D1/A2", kind)
        assert found is not None and found.label == label


def test_all_that_is_known_of_an_item(shelf: Shelf) -> None:
    """An item comes with its team, event, heading, owners, place and twin."""
    found = by_label(shelf.store, "A2")
    assert found is not None
    assert (found.team, found.event, found.cycle, found.heading, found.recap) == (
        "kolla",
        "Xena PTG",
        "xena",
        "Logging",
        2,
    )
    assert [owner.name for owner in found.owners] == ["Christian", "yoctozepto"]
    assert (found.twin, found.state, found.reading, found.presence) == ("D1", "open", "firm", "here")
    text = shelf.store.db.execute("SELECT text FROM recaps WHERE id = 2").fetchone()[0]
    assert text[found.start : found.end] == found.quote == "we agreed to look at OpenSearch"


def test_a_twin_that_was_misread_is_none(shelf: Shelf) -> None:
    """A rejected item is named as the twin of no other."""
    set_values(shelf, "D1", verdict="rejected")
    found = by_label(shelf.store, "A2")
    assert found is not None and found.twin is None


def test_edited_and_superseded(shelf: Shelf) -> None:
    """An edited item says what the human made of it, a superseded decision by which it was replaced."""
    bob = Actor("oftc/bob", "bob", "oftc")
    change(shelf.store, [shelf.row("A3")], "edit", bob, NOW, edited="write a short guide")
    set_values(shelf, "D1", state="superseded", superseded_by=shelf.row("D2"))
    mended, old = by_label(shelf.store, "A3"), by_label(shelf.store, "D1")
    assert mended is not None and old is not None
    assert (mended.text, mended.quote, mended.edited) == ("write a short guide", "write the migration guide", True)
    assert old.superseded_by == "D2"
