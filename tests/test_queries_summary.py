"""The state of a team at an event, and what came up again there."""

import pytest

from bot.model import Kind
from bot.queries.again import came_up_again, topic
from bot.queries.events import list_events
from bot.queries.summary import days_of, summarize
from bot.store.items import record
from tests.shelf import ANA, NOW, TODAY, Shelf, action, both, decision, question


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("Elasticsearch -> OpenSearch", {"elasticsearch", "opensearch"}),
        ("The upgrade of images", {"upgrade", "image"}),
        ("Python 3", {"python"}),
        ("Wallaby retrospective", set()),
        ("Review Wallaby PTG actions", set()),
        ("Xena PTG", set()),
    ],
)
def test_topic(title: str, words: set[str]) -> None:
    """A heading is about its words, without small ones, numbers and cycles; what stands in every recap is no topic."""
    assert topic(title) == words


def test_came_up_again() -> None:
    """A topic that a team had before is named with the last time; other teams' topics and newer ones are not."""
    shelf = Shelf()
    shelf.put("Victoria PTG", {"Image build pipeline": [], "Retrospective": [], "Ceph": []})
    shelf.put("Wallaby PTG", {"Building of images: the pipeline": [], "Image pipeline": []})
    shelf.put("Wallaby PTG", {"Cells": []}, team="nova")
    shelf.put("Xena PTG", {"Pipeline for images": [], "Retrospective": [], "Cells": [], "Ceph": [], "Image size": []})
    shelf.put("Yoga PTG", {"Image size": []})
    events = {event.name: event.id for event in list_events(shelf.store)}
    found = came_up_again(shelf.store, "kolla", events["Xena PTG"])
    assert [(each.session.title, each.before.title, each.before.event) for each in found] == [
        ("Pipeline for images", "Building of images: the pipeline", "Wallaby PTG"),
        ("Ceph", "Ceph", "Victoria PTG"),
    ]
    assert came_up_again(shelf.store, "nova", events["Xena PTG"]) == []


@pytest.fixture
def shelf() -> Shelf:
    """Two events of kolla, and something recorded since."""
    shelf = Shelf()
    shelf.put("Wallaby PTG", {"Ceph": [action("drop the old role"), decision("no Ceph any more")]})
    shelf.put(
        "Xena PTG",
        {
            "Logging": [both("look at OpenSearch", "Christian"), action("write a guide", due="2021-05-01")],
            "Ceph": [question("who still needs it?"), action("perhaps drop it", sure=0.2)],
        },
    )
    record(shelf.store, Kind.ACTION, team="kolla", text="tidy up", owners=(), due=None, actor=ANA, now=NOW)
    return shelf


def test_the_last_event(shelf: Shelf) -> None:
    """The summary of a team is of its last event, with what was recorded since, and says what is left elsewhere."""
    found = summarize(shelf.store, "kolla", None, TODAY)
    assert found.event is not None and found.event.name == "Xena PTG"
    assert [recap.label for recap in found.recaps] == ["C2"]
    assert [item.label for item in found.decisions.items] == ["D2"]
    assert [item.label for item in found.actions.items] == ["A5", "A2", "A3"]
    assert (found.actions.unowned, found.actions.overdue, found.elsewhere) == (2, 1, 1)
    assert [item.label for item in found.questions.items] == ["Q1"]
    assert found.candidates == {Kind.DECISION: 0, Kind.ACTION: 1, Kind.QUESTION: 0}
    assert [again.session.title for again in found.again] == ["Ceph"]


def test_an_earlier_event(shelf: Shelf) -> None:
    """The summary of an earlier event leaves out what was recorded since."""
    _, wallaby = list_events(shelf.store)
    found = summarize(shelf.store, "kolla", wallaby, TODAY)
    assert [item.label for item in found.actions.items] == ["A1"]
    assert (found.elsewhere, found.again) == (3, ())


def test_a_team_without_events() -> None:
    """Where no recap names an event, the summary is of all there is."""
    shelf = Shelf()
    shelf.put(None, {"Topic": [action("some day")]})
    found = summarize(shelf.store, "kolla", None, TODAY)
    assert (found.event, [item.label for item in found.actions.items], found.elsewhere) == (None, ["A1"], 0)
    assert [recap.label for recap in found.recaps] == ["C1"]


def test_days_of_an_event(shelf: Shelf) -> None:
    """A gathering of the table has its days; another has none."""
    shelf.put("Quokka PTG", {"Topic": []})
    days = {event.name: days_of(event) for event in list_events(shelf.store)}
    xena = days["Xena PTG"]
    assert xena is not None and (xena[0].isoformat(), xena[1].isoformat()) == ("2021-04-19", "2021-04-23")
    assert days["Quokka PTG"] is None
