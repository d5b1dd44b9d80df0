"""`ask` and `find` as people meet them: whole replies, through the dispatcher."""

import pytest

from bot.commands.dispatch import Dispatcher
from bot.commands.registry import Policy, Services
from bot.messages import Request
from bot.model import Kind
from bot.store.database import Store
from bot.store.items import record
from tests.shelf import ANA, NOW, Shelf, action, both, decision, question


@pytest.fixture
def shelf() -> Shelf:
    """Two events of kolla and one of nova."""
    shelf = Shelf()
    shelf.put(
        "Xena PTG",
        {
            "Storage": [
                both("Christian agreed to move the logs to OpenSearch.", "Christian"),
                action("Write the migration guide.", "yoctozepto"),
                question("Who tests the health checks?"),
            ]
        },
    )
    shelf.put("Wallaby PTG", {"Storage": [decision("The logs stay in Elasticsearch.")]})
    shelf.put("Xena PTG", {"Cells": [action("Test a live restore of cells.", "Sylvain")]}, team="nova")
    return shelf


def say(store: Store, text: str) -> list[str]:
    """The reply in `#ptg` to a line that ana says."""
    request = Request(text=text, nick="ana", now=NOW, network="oftc", room="#ptg", account="ana")
    reply = Dispatcher(store, Policy(), Services()).answer(request)
    return list(reply.lines) if reply else []


def test_ask_answers_with_ids_and_quotes(shelf: Shelf) -> None:
    """An answer is a line a passage: ids, owners, the words, team and event, heading."""
    assert say(shelf.store, "+ask who moves to opensearch?") == [
        'D1/A1 Christian: "Christian agreed to move the logs to OpenSearch." (kolla Xena PTG, Storage)'
    ]


def test_ask_tells_what_it_took_a_word_for(shelf: Shelf) -> None:
    """A mended typo is told after the answer, and what stands nowhere too."""
    assert say(shelf.store, "+ask migratoin guide for zebras?") == [
        'A2 yoctozepto: "Write the migration guide." (kolla Xena PTG, Storage)',
        'I took `migratoin` for `migration`. "zebras" stands nowhere.',
    ]


def test_ask_says_that_it_found_nothing(shelf: Shelf) -> None:
    """Nothing found is said in a sentence with what to try."""
    assert say(shelf.store, "+ask what did we say about zebras?") == [
        'I found nothing about "zebras". Try other words, or see `+sessions`.'
    ]
    assert say(shelf.store, "#nova ask zebras") == [
        'I found nothing of nova about "zebras". Try other words, or see `+sessions`.'
    ]


def test_ask_wants_a_topic(shelf: Shelf) -> None:
    """A question of little words alone is answered with how to ask."""
    assert say(shelf.store, "+ask what is it?") == [
        "Name a topic: `+ask who looks at opensearch?`, or see `+sessions`."
    ]


def test_ask_of_an_empty_memory() -> None:
    """Where no recap is loaded the asker learns that, not that the topic is unknown."""
    assert say(Store(), "+ask who looks at opensearch?") == [
        "I have read no recaps yet; the operator loads them with `recapbot load`."
    ]


def test_the_team_addressed_is_asked_first(shelf: Shelf) -> None:
    """What others say is given where the team addressed has nothing, and the reply begins by saying so."""
    assert say(shelf.store, "#nova ask opensearch?") == [
        "Nothing of nova answers that; of others:",
        'D1/A1 Christian: "Christian agreed to move the logs to OpenSearch." (kolla Xena PTG, Storage)',
    ]


@pytest.mark.parametrize(
    ("asked", "listed"),
    [
        ("+ask open actions of kolla", "+actions kolla"),
        ("+ask what was decided by kolla at wallaby?", "+decisions kolla wallaby"),
        ("+ask open questions of k-a?", "+questions kolla"),
        ("+ask actions of yoctozepto", "+actions @yoctozepto"),
        ("#kolla ask what did we decide?", "#kolla decisions"),
        ("+ask what is open for kolla?", "+actions kolla"),
    ],
)
def test_a_question_for_a_list_is_answered_with_it(shelf: Shelf, asked: str, listed: str) -> None:
    """A question that names a kind of item and no topic gets the very list that the command gives."""
    assert say(shelf.store, asked) == say(shelf.store, listed)


def test_find_counts_first(shelf: Shelf) -> None:
    """`find` says how many passages hold the words, then shows them."""
    assert say(shelf.store, "+find logs") == [
        '"logs": 2 passages.',
        'D2 "The logs stay in Elasticsearch." (kolla Wallaby PTG, Storage)',
        'D1/A1 Christian: "Christian agreed to move the logs to OpenSearch." (kolla Xena PTG, Storage)',
    ]
    assert say(shelf.store, '#nova find "live restore"') == [
        'nova, "live restore": 1 passage.',
        'A3 Sylvain: "Test a live restore of cells." (Xena PTG, Cells)',
    ]


def test_find_says_what_it_did_not_find(shelf: Shelf) -> None:
    """Hits of only some words are announced as such; no hit at all is a sentence."""
    assert say(shelf.store, "+find guide zebra") == [
        '"guide", "zebra": no passage holds all of these words; 1 holds some.',
        '"zebra" stands nowhere.',
        'A2 yoctozepto: "Write the migration guide." (kolla Xena PTG, Storage)',
    ]
    assert say(shelf.store, "+find zebra") == ['I found nothing about "zebra". Try other words, or see `+sessions`.']


def test_what_was_recorded_by_hand_is_found(shelf: Shelf) -> None:
    """An item recorded in chat is found as well; it has a team and no event."""
    record(shelf.store, Kind.ACTION, team="nova", text="buy cake", owners=("Zoë",), due=None, actor=ANA, now=NOW)
    assert say(shelf.store, "+find cake") == ['"cake": 1 passage.', 'A4 Zoë: "buy cake" (nova)']
