"""Replies of the reading commands that no transcript can show: long lists, and numbers with many digits."""

from dataclasses import replace

import pytest

from bot.commands.dispatch import Dispatcher
from bot.commands.registry import Policy, Services
from bot.messages import Request, Role
from bot.model import Kind
from bot.queries.items import PAGE
from bot.store.items import record
from tests.shelf import ANA, NOW, Shelf, action, decision


def said(shelf: Shelf, line: str, *, role: Role = Role.USER, lines: int = 1000) -> list[str]:
    """All that the bot answers by direct message, `more` included."""
    dispatcher = Dispatcher(shelf.store, Policy(), Services())
    heard: list[str] = []
    for text in [line, *["more"] * lines]:
        reply = dispatcher.answer(Request(text, "ana", NOW, network="oftc", account="ana", role=role))
        assert reply is not None
        if reply.lines == ("There is no more.",):
            break
        heard += reply.lines
    return heard


def test_a_long_list_ends_with_how_many_more_there_are() -> None:
    """A list is read page by page to the end of what can be paged; then it says how long it is, and to narrow it."""
    shelf = Shelf()
    shelf.put("Xena PTG", {"Topic": [action(f"step {number}") for number in range(PAGE + 1500)]})
    heard = said(shelf, "actions kolla")
    assert heard[0] == "kolla, Xena PTG: 1,700 open actions (1,700 unowned). First 11; say more."
    assert [line for line in heard if line.startswith("A")][-1] == 'A200 unowned: "step 199" (Topic)'
    assert heard[-1] == "… and 1,500 more. Narrow the list by a team, an event, @person or words."


def test_what_is_paged_is_as_it_is_by_then() -> None:
    """The lines after the first page are made when they are asked for: what was done meanwhile says so."""
    shelf = Shelf()
    shelf.put("Xena PTG", {"Topic": [action(f"step {number}", "Mark") for number in range(30)]})
    dispatcher = Dispatcher(shelf.store, Policy(), Services())
    request = Request("actions kolla", "ana", NOW, network="oftc", account="ana", role=Role.OP)
    for text in ("actions kolla", "done A20"):
        assert dispatcher.answer(replace(request, text=text)) is not None
    second = dispatcher.answer(replace(request, text="more"))
    assert second is not None
    assert (second.lines[0], second.lines[1]) == ("12 to 22; say more.", 'A12 Mark: "step 11" (Topic)')
    assert second.lines[9] == 'A20 Mark: "step 19" (Topic) - done'
    last = dispatcher.answer(replace(request, text="more"))
    assert last is not None
    assert (last.lines[0], last.lines[-1]) == ("23 to 30, the last:", 'A30 Mark: "step 29" (Topic)')


def test_many_candidates_are_just_many() -> None:
    """Candidates beside a list are counted as far as it helps."""
    shelf = Shelf()
    said_there = [action("write it down"), *(action(f"perhaps {number}", sure=0.2) for number in range(1000))]
    shelf.put("Xena PTG", {"Topic": said_there})
    (head, _) = said(shelf, "actions kolla")
    assert head == "kolla, Xena PTG: 1 open action. Many more possible: `actions kolla candidate`."


@pytest.mark.parametrize(
    ("line", "last"),
    [
        ("sessions kolla", "… and 5 more. Narrow the list by a team, an event or words."),
        ("decisions", "… and 5 more. Narrow the list by a team, an event, @person or words."),
    ],
)
def test_every_list_says_what_it_leaves_out(line: str, last: str) -> None:
    """Sessions and items alike end with how many more there are."""
    shelf = Shelf()
    shelf.put("Xena PTG", {f"Topic {number}": [decision(f"agreed {number}")] for number in range(PAGE + 5)})
    assert said(shelf, line)[-1] == last


def test_a_summary_leads_to_what_it_leaves_out() -> None:
    """Beyond what can be paged the summary names the list that has the rest."""
    shelf = Shelf()
    shelf.put("Xena PTG", {"Topic": [action(f"step {number}", "Mark") for number in range(PAGE + 5)]})
    heard = said(shelf, "summary kolla")
    assert heard[0].startswith(
        "kolla, Xena PTG (19 to 23 April 2021): 0 decisions, 205 open actions, 0 open questions."
    )
    assert "… and 5 more: `actions kolla xena`." in heard


def test_an_empty_memory() -> None:
    """Before the first recap each list says plainly that there is nothing, and who changes that."""
    shelf = Shelf()
    nothing = "I have read no recaps yet; the operator loads them with `recapbot load`."
    assert said(shelf, "recaps") == said(shelf, "events") == [nothing]
    assert said(shelf, "actions") == [f"All teams: no open actions. {nothing}"]
    assert said(shelf, "teams") == ["0 teams with recaps.", "No recap yet of 3 other teams: kayobe, kolla, nova"]
    assert said(shelf, "summary kolla") == ["I know nothing of kolla yet; `teams` says of whom I have recaps."]


def test_status_says_what_is_held() -> None:
    """The memory in figures is part of how the bot is."""
    shelf = Shelf()
    shelf.put("Xena PTG", {"Topic": [action("step"), decision("agreed"), action("perhaps", sure=0.2)]})
    record(shelf.store, Kind.QUESTION, team=None, text="why?", owners=(), due=None, actor=ANA, now=NOW)
    held = "1 recap of 1 event, 1 session, 1 decision, 1 open action, 1 open question, 1 candidate."
    assert held in said(shelf, "status", role=Role.ADMIN)
