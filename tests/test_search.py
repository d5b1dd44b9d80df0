"""Full-text search: what `ask` and `find` find, for questions as people ask them and for anything else they type."""

import gc
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bot.extraction.recap import read_recap
from bot.model import Kind
from bot.queries import search
from bot.queries.hits import Hit
from bot.queries.question import read_question
from bot.queries.search import MANY, SHOWN, Answer, find, holds_nothing
from bot.queries.terms import Term, rarest, telling
from bot.recaps.reading import read_document
from bot.shipped import read_teams
from bot.store.database import Store
from bot.store.items import change, record
from bot.store.people import seed_teams
from bot.store.recaps import save, unload
from bot.store.undo import undo
from tests.shelf import ANA, NOW, Shelf, action, decision, question

ROOT = Path(__file__).parent.parent
SEEDS = sorted((ROOT / "seeds").glob("*.txt"))
OTHERS = ROOT.parent / "shared" / "recaps"
QUESTIONS = tomllib.loads((ROOT / "tests" / "questions.toml").read_text(encoding="utf-8"))["question"]


def ask(store: Store, text: str, team: str | None = None) -> Answer:
    """What a question finds."""
    return search.ask(store, read_question(store, text), team=team)


def plain(text: str) -> str:
    """Text with white space folded and plain quotation marks."""
    return " ".join(text.translate(str.maketrans("’‘“”", "''\"\"")).split())


def memory(*paths: Path) -> Store:
    """A store into which those files were read as `recapbot load` does."""
    store = Store()
    seed_teams(store, read_teams())
    for path in paths:
        for document in read_document(path.read_bytes(), path.name):
            save(store, read_recap(document), loaded_by=None, now=NOW)
    return store


@pytest.fixture(scope="module")
def seeds() -> Store:
    """The five recaps of seeds/."""
    return memory(*SEEDS)


@pytest.fixture(scope="module")
def crowd() -> Store:
    """The five recaps among the other ones at hand."""
    if not OTHERS.is_dir():
        pytest.skip(f"{OTHERS} is not there: the questions are asked of the seeds alone")
    return memory(*SEEDS, *(path for path in sorted(OTHERS.iterdir()) if path.suffix != ".tsv"))


@dataclass(frozen=True)
class Score:
    """Of all questions, the share answered among the first three, and the questions that were not."""

    found: float
    missed: list[str]


def score(store: Store, what: Callable[[Hit], str]) -> Score:
    """Ask every question; a hit answers it if `what` of the hit holds one of its answers, or stands within one."""
    missed = []
    for each in QUESTIONS:
        shown = [plain(what(hit)) for hit in ask(store, each["ask"], team=each.get("team")).hits]
        answers = [plain(answer) for answer in each["answers"]]
        if not any(answer in text or (len(text) > 30 and text in answer) for text in shown for answer in answers):
            missed.append(each["ask"])
    return Score(1 - len(missed) / len(QUESTIONS), missed)


@pytest.mark.parametrize("asked", QUESTIONS, ids=lambda each: each["ask"][:40])
def test_answers_stand_in_the_seeds(asked: dict[str, Any]) -> None:
    """Each answer is a literal piece of the seed it is said to be of, so no question can be lost unseen."""
    seed = next(path for path in SEEDS if path.name.startswith(asked["seed"]))
    text = plain(seed.read_text(encoding="utf-8"))
    assert [answer for answer in asked["answers"] if plain(answer) not in text] == []


def test_questions_are_many() -> None:
    """There are questions of every seed, 48 or more together."""
    assert len(QUESTIONS) >= 48
    assert {each["seed"] for each in QUESTIONS} == {path.name[:3] for path in SEEDS}


def test_nine_in_ten_questions_are_answered(seeds: Store) -> None:
    """Nine questions in ten find a passage that answers among the first three."""
    result = score(seeds, lambda hit: hit.passage)
    assert result.found >= 0.9, result.missed


def test_nine_in_ten_are_answered_in_a_crowd(crowd: Store) -> None:
    """So they do with all other recaps at hand loaded beside the seeds."""
    result = score(crowd, lambda hit: hit.passage)
    assert result.found >= 0.9, result.missed


def test_what_is_shown_answers(seeds: Store) -> None:
    """Not only the passage but the very words shown answer three questions in four."""
    result = score(seeds, lambda hit: hit.text)
    assert result.found >= 0.75, result.missed


# --- a small memory -----------------------------------------------------------------------------------------------


@pytest.fixture
def shelf() -> Shelf:
    """Kolla, with a session of kayobe, and nova."""
    shelf = Shelf()
    shelf.put(
        "Xena PTG",
        {
            "Logging": [
                action("Christian offered to investigate a migration to OpenSearch.", "Christian"),
                decision("We agreed to keep Elasticsearch images until then."),
                question("Who tests the health checks?"),
            ],
            "Inventory": [decision("Kayobe keeps its inventory under Kubernetes configuration.")],
        },
        parts={"Inventory": "kayobe"},
    )
    shelf.put("Wallaby PTG", {"Cells": [decision("Cells get a live restore of their database.")]}, team="nova")
    return shelf


def asked(shelf: Shelf, text: str, team: str | None = None) -> list[str]:
    """The ids of what answers a question, best first."""
    return [hit.label for hit in ask(shelf.store, text, team=team).hits]


def found(shelf: Shelf, text: str, team: str | None = None) -> list[str]:
    """The ids of what holds words, in order of id."""
    return sorted(hit.label for hit in find(shelf.store, text, team=team).hits)


def test_a_hit_says_where_it_stands(shelf: Shelf) -> None:
    """A hit carries its item with the owners, its heading, its recap's title, its team and event."""
    hit = ask(shelf.store, "who looks at opensearch?").hits[0]
    assert (hit.label, hit.heading, hit.title) == ("A1", "Logging", "kolla at Xena PTG")
    assert (hit.team, hit.event) == ("kolla", "Xena PTG")
    assert hit.item is not None and [owner.name for owner in hit.item.owners] == ["Christian"]
    assert hit.text == "Christian offered to investigate a migration to OpenSearch."


def test_a_passage_without_an_item_has_its_session(shelf: Shelf) -> None:
    """What is no item is shown by the id of its session."""
    shelf.put("Yoga PTG", {"Weather": [decision("We met outside.")]}, team="nova")
    change(shelf.store, [shelf.row("D4")], "reject", ANA, NOW, verdict="rejected")
    session = shelf.store.db.execute("SELECT id FROM sessions WHERE title = 'Weather'").fetchone()[0]
    assert asked(shelf, "who met outside?") == [f"S{session}"]


@pytest.mark.parametrize(
    ("typed", "label", "taken"),
    [
        ("opensaerch", "A1", "opensearch"),
        ("elastisearch images", "D1", "elasticsearch"),
        ("migratoin", "A1", "migration"),
        ("databse", "D3", "database"),
        ("kuberentes", "D2", "kubernetes"),
    ],
)
def test_typos_are_mended(shelf: Shelf, typed: str, label: str, taken: str) -> None:
    """A word that stands nowhere is taken for the nearest one that does, and the answer says so."""
    answer = ask(shelf.store, typed)
    assert answer.hits[0].label == label
    assert list(answer.mended.values()) == [taken]


@pytest.mark.parametrize("typed", ["bells", "cake", "abcd", "opensearching2", "tomigrate", "lige"])
def test_what_is_no_slip_is_not_mended(shelf: Shelf, typed: str) -> None:
    """A word that merely resembles another, or is too short to tell, is taken for none."""
    answer = ask(shelf.store, typed)
    assert (answer.hits, answer.unknown) == ((), (typed,))


@pytest.mark.parametrize(
    ("typed", "label"),
    [
        ("healthchecks", "Q1"),
        ("health-check", "Q1"),
        ("open search", "A1"),
        ("k8s config", "D2"),
        ("db restore", "D3"),
        ("k-a opensearch", "A1"),
        ("OpenSearch's migration", "A1"),
    ],
)
def test_other_ways_to_write_a_word(shelf: Shelf, typed: str, label: str) -> None:
    """Words joined, apart or short, and other names of a team, find the same."""
    assert asked(shelf, typed)[:1] == [label]


def test_nothing_is_made_up(shelf: Shelf) -> None:
    """Where no word of the topic stands anywhere there is no answer, even if the team has passages."""
    answer = ask(shelf.store, "what did kolla decide about teleportation?")
    assert answer.hits == () and answer.unknown == ("teleportation",)
    assert asked(shelf, "what did we decide?") == []


@pytest.mark.parametrize(
    "text",
    [
        "what is the meaning of life",
        "who won the world cup?",
        "how do I bake a cake?",
        "what about the weather tomorrow?",
    ],
)
def test_what_no_recap_is_about_has_no_answer(seeds: Store, text: str) -> None:
    """Plain words that stand in some passage are no topic where the others of the question stand nowhere."""
    answer = ask(seeds, text)
    assert (answer.hits, answer.mended) == ((), {})


def test_plain_words_answer_where_a_name_stands_beside_them(seeds: Store) -> None:
    """Of a team or an event that is named, a word of the question is enough."""
    answer = ask(seeds, "how to make the kolla images smaller?")
    assert answer.hits and answer.unknown == ("smaller",)


def test_what_is_sure_goes_before_candidates(seeds: Store) -> None:
    """At about equal scores a decision comes before what may be none."""
    first, *rest = ask(seeds, "what was decided about rhel?").hits
    assert first.item is not None and first.item.reading == "firm" and first.team == "kolla"
    assert "candidate" in [hit.item.reading for hit in rest if hit.item]


def test_the_kind_that_is_asked_for_comes_first(shelf: Shelf) -> None:
    """A question about decisions shows a decision before an action of the same words."""
    shelf.put("Yoga PTG", {"Jobs": [action("Split the linter job."), decision("Split the linter job.")]})
    assert asked(shelf, "what was decided about the linter job?")[0] == "D4"
    assert asked(shelf, "actions about the linter job")[0] == "A2"


def test_the_team_addressed_answers(shelf: Shelf) -> None:
    """`#kayobe ask` gives what kayobe discussed before what kolla did in the same recap; `#nova` nothing of them."""
    assert asked(shelf, "what about the inventory and images?", "kayobe")[0] == "D2"
    assert asked(shelf, "restore or opensearch?", "nova") == ["D3"]


def test_others_answer_for_a_team_without_an_answer(shelf: Shelf) -> None:
    """Where the team addressed has nothing, others' passages are given, and the answer says that they are."""
    answer = ask(shelf.store, "opensearch", team="nova")
    assert [hit.label for hit in answer.hits] == ["A1"] and answer.elsewhere
    assert not ask(shelf.store, "opensearch", team="kolla").elsewhere


def test_a_question_that_names_another_team_is_asked_of_it(shelf: Shelf) -> None:
    """In kolla's room one may ask about nova."""
    answer = ask(shelf.store, "what did nova decide about the database?", team="kolla")
    assert [hit.label for hit in answer.hits] == ["D3"] and not answer.elsewhere


def test_events_and_people_are_known_by_name(shelf: Shelf) -> None:
    """A question's teams, events, cycles and people are told from its topic."""
    read = read_question(shelf.store, "open actions of Christian in k-a at the Xena PTG about logging?")
    assert (read.kind, read.state, read.topic) == (Kind.ACTION, "open", ("logging",))
    assert list(read.teams) == ["kolla"] and [event.name for event in read.events] == ["Xena PTG"]
    assert len(read.people) == 1


def test_what_was_recorded_by_hand_is_found(shelf: Shelf) -> None:
    """An item that stands in no recap is found by its words, in its team too."""
    label = record(
        shelf.store,
        Kind.DECISION,
        team="kolla",
        text="use frobnicators everywhere",
        owners=(),
        due=None,
        actor=ANA,
        now=NOW,
    )
    assert asked(shelf, "frobnicators?") == found(shelf, "frobnicators") == [label]
    assert found(shelf, "frobnicators", "kolla") == [label] and found(shelf, "frobnicators", "nova") == []


def test_what_was_not_known_a_moment_ago_is_found(shelf: Shelf) -> None:
    """A word or phrase that stood nowhere when somebody asked is found once it is recorded."""
    assert found(shelf, '"zebra crossing"') == found(shelf, "zebra-crossing") == []
    label = record(
        shelf.store, Kind.ACTION, team=None, text="paint a zebra crossing", owners=(), due=None, actor=ANA, now=NOW
    )
    assert found(shelf, '"zebra crossing"') == found(shelf, "zebra-crossing") == found(shelf, "zebra") == [label]


def test_an_edited_item_is_found_by_its_new_words(shelf: Shelf) -> None:
    """Words that a human put into an item find it, once, as do those of its quote."""
    change(shelf.store, [shelf.row("A1")], "edit", ANA, NOW, edited="Christian writes a zebra guide to OpenSearch")
    assert asked(shelf, "zebra") == found(shelf, "zebra opensearch") == ["A1"]
    assert found(shelf, "opensearch") == ["A1"]


def test_an_edited_item_is_shown_where_its_quote_is_found(seeds: Store) -> None:
    """Who searches for what the recap says gets the id of the item, whatever a human made of its words."""
    (hit,) = find(seeds, "investigate a possible migration").hits
    assert hit.item is not None
    change(seeds, [hit.item.id], "edit", ANA, NOW, edited="Christian looks at it")
    (again,) = find(seeds, "investigate a possible migration").hits
    assert (again.label, again.text) == (hit.label, "Christian looks at it")
    undo(seeds, ANA, NOW)


def test_find_knows_other_names_of_a_team(seeds: Store) -> None:
    """`k-a` is kolla-ansible, which is kolla's, for `find` as for `ask`."""
    assert [hit.label for hit in find(seeds, "k-a rhel").hits] == [hit.label for hit in find(seeds, "kolla rhel").hits]


def test_rejected_items_and_unloaded_recaps_are_not_found(shelf: Shelf) -> None:
    """A rejected item is shown no more, its passage is; of an unloaded recap nothing is left."""
    change(shelf.store, [shelf.row("A1")], "reject", ANA, NOW, verdict="rejected")
    assert asked(shelf, "opensearch migration")[0].startswith("S")
    unload(shelf.store, 1, ANA, NOW)
    assert asked(shelf, "opensearch migration") == found(shelf, "opensearch") == []


def test_find_wants_all_words(shelf: Shelf) -> None:
    """`find` gives what holds every word, in its headings or itself, and says how many there are."""
    assert found(shelf, "agreed elasticsearch") == ["D1"]
    assert found(shelf, "logging") == ["A1", "D1", "Q1"]
    answer = find(shelf.store, "logging")
    assert (answer.total, answer.all_words) == (3, True)


def test_find_falls_back_to_some_words(shelf: Shelf) -> None:
    """Where nothing holds all words, what holds some is given, and the answer says so."""
    answer = find(shelf.store, "opensearch cells")
    assert {hit.label for hit in answer.hits} == {"A1", "D3"} and not answer.all_words
    assert not find(shelf.store, "opensearch qqqqqq").all_words


def test_the_very_words_of_a_phrase_go_before_what_stands_under_them(shelf: Shelf, seeds: Store) -> None:
    """Among passages, and within one: a heading holds for all that stands below it, and says least of each."""
    shelf.put(
        "Zed PTG",
        {
            "CentOS Stream": [decision("RDO will not support it."), decision("Images get another tag.")],
            "Releases": [
                decision("Long before any of that is done we move to CentOS Stream, as all of the others do.")
            ],
        },
    )
    texts = [hit.text for hit in find(shelf.store, '"centos stream"').hits]
    assert texts[0].startswith("Long before") and len(texts) == 3
    [hit] = find(seeds, '"centos stream"').hits
    assert hit.text.startswith("We have added support for CentOS Stream 8")


def test_of_what_stands_under_a_word_that_is_shown_which_says_it(seeds: Store) -> None:
    """Below "CentOS Stream 8" all hold `centos`: of two decisions of one paragraph, the one that names it is shown."""
    (hit,) = [hit for hit in find(seeds, "centos").hits if hit.heading == "CentOS Stream 8"]
    assert hit.item is not None and "CentOS" in hit.item.text


def test_a_phrase_in_quotation_marks_stands_as_it_is(shelf: Shelf) -> None:
    """Quoted words must stand side by side, in that order, and are not mended."""
    assert found(shelf, '"live restore"') == ["D3"]
    assert found(shelf, "“live restore”") == ["D3"]
    assert found(shelf, '"restore live"') == [] and found(shelf, '"live restoer"') == []


def test_a_new_recap_is_searched_at_once(shelf: Shelf) -> None:
    """The words of a recap are known, and typos of them mended, as soon as it is loaded."""
    assert asked(shelf, "quetzalcoatlus") == []
    shelf.put("Yoga PTG", {"Birds": [decision("A quetzalcoatlus is no bird.")]})
    assert asked(shelf, "quetzalcoatlus") == asked(shelf, "quetzalcoatlsu") == ["D4"]


def test_an_empty_memory_answers_nothing() -> None:
    """A store without a recap has no hits and knows it."""
    store = Store()
    assert holds_nothing(store)
    assert ask(store, "who looks at opensearch?").hits == find(store, "opensearch").hits == ()


# --- what it costs ------------------------------------------------------------------------------------------------


def term(word: str, rows: int) -> Term:
    """A term that stands in so many rows."""
    return Term(word, word, (word,), rows, ((word,),))


def test_common_words_are_left_out() -> None:
    """A word found in more than one row in twenty is searched for only where nothing else is left."""
    kolla, ceph = term("kolla", 60_000), term("ceph", 300)
    assert telling([kolla, ceph], 100_000) == [ceph]
    assert telling([kolla], 100_000) == [kolla]
    assert telling([kolla, ceph], 2_000_000) == [kolla, ceph]
    assert telling([term("kolla", 900)], 1_000) == [term("kolla", 900)]


def test_the_rarest_words_fill_the_budget() -> None:
    """Of the other words the rarest are used, until they stand in more rows than a search may score."""
    words = [term("a", 4_000), term("b", 9_000), term("c", 10), term("d", 5_000)]
    assert [each.word for each in rarest(words, 1_000_000, budget=9_500)] == ["c", "a", "d"]
    assert [each.word for each in rarest(words[1:2], 1_000_000, budget=1_000)] == ["b"]


def test_a_word_of_everywhere_is_counted_up_to_a_bound() -> None:
    """A word in very many passages costs no more for it: some of them are given, and that there are many."""
    shelf = Shelf()
    for event in ("Xena PTG", "Yoga PTG", "Zed PTG"):
        shelf.put(event, {"Talk": [decision(f"We talked of cake number {n} at {event}.") for n in range(900)]})
    answer = find(shelf.store, "cake")
    assert (answer.total, len(answer.hits)) == (MANY + 1, SHOWN)


# --- whatever is typed ----------------------------------------------------------------------------------------------

SYNTAX = "\"*^:(){}+-~\\'`,.%?!@#$<>[]|/= \t\n\0"


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.text(max_size=80), st.text(SYNTAX + "aNORD tex", max_size=40)))
@example('"')
@example("NEAR(kolla ceph, 5)")
@example("team : kolla AND * OR ^a NOT")
@example("\ud800 \0 text:")
@example('""" "" \'\'')
@example("'s 's kolla's")
@example("ﬁx ǆ İstanbul ß 日本語 العربية 🙂")
@example("kolla " * 2000)
@example("x" * 10_000)
@example("-" * 10_000)
@example("a-b-c-d-e-f-g-h-i-j-k kolla-k8s-k8s-k8s")
def test_any_text_is_mere_words(seeds: Store, text: str) -> None:
    """Whatever is typed, `ask` and `find` answer without an error; none of it is FTS syntax."""
    for answer in (
        ask(seeds, text),
        find(seeds, text),
        ask(seeds, text, team="kolla"),
        find(seeds, text, team="kolla"),
    ):
        assert all(hit.label and hit.text for hit in answer.hits)


def test_what_search_keeps_is_given_back_in_any_thread() -> None:
    """Garbage is collected in whichever thread that begins, such as the one that reads recaps: it complains of nothing
    there, or pytest would make an error of it."""
    store = Store()
    search.warm(store)
    store.close()
    circle: list[object] = [store]
    circle.append(circle)
    del store, circle
    collecting = Thread(target=gc.collect)
    collecting.start()
    collecting.join()
