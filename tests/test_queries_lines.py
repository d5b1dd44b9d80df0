"""How an item becomes a line, and how the ids and the dues in it read."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import Item, Kind, Owner
from bot.queries.due import due_text
from bot.queries.labels import Label, read_label
from bot.queries.lines import item_line, plural, shorten

TODAY = date(2021, 6, 1)


def item(**values: object) -> Item:
    """An open action of Christian."""
    plain: dict[str, object] = {
        "id": 1,
        "label": "A12",
        "kind": Kind.ACTION,
        "text": "offered to investigate a possible migration",
        "quote": "offered to investigate a possible migration",
        "state": "open",
        "reading": "firm",
        "presence": "here",
        "confidence": 0.9,
        "team": "kolla",
        "event": "Xena PTG",
        "cycle": "xena",
        "recap": 1,
        "session": 1,
        "heading": "Elasticsearch -> OpenSearch",
        "owners": (Owner("Christian", person=1),),
    }
    return Item(**(plain | values))


@pytest.mark.parametrize(
    ("values", "line"),
    [
        (
            {},
            'A12 Christian: "offered to investigate a possible migration" (Elasticsearch -> OpenSearch)',
        ),
        (
            {"twin": "D4", "owners": (), "heading": None},
            'D4/A12 unowned: "offered to investigate a possible migration"',
        ),
        (
            {"owners": (Owner("yoctozepto", 1), Owner("kolla", team="kolla")), "text": "to go on", "heading": None},
            'A12 yoctozepto, kolla (team): "to go on"',
        ),
        ({"text": "to go on", "edited": True, "heading": None}, "A12 Christian: to go on"),
        (
            {
                "kind": Kind.DECISION,
                "label": "D5",
                "state": "decided",
                "owners": (),
                "text": "keep it",
                "heading": "CI",
            },
            'D5 "keep it" (CI)',
        ),
        (
            {"text": "x", "heading": None, "due": "M2", "snoozed_until": date(2021, 6, 2)},
            'A12 Christian: "x" - due M2, snoozed until 2021-06-02',
        ),
        ({"text": "x", "heading": None, "snoozed_until": TODAY}, 'A12 Christian: "x"'),
        ({"text": "x", "heading": None, "state": "done", "due": "2021-05-01"}, 'A12 Christian: "x" - done'),
        ({"text": "x", "heading": None, "reading": "candidate"}, 'A12 Christian: "x" - candidate'),
        ({"text": "x", "heading": None, "presence": "missing"}, 'A12 Christian: "x" - no longer in the recap'),
        (
            {
                "kind": Kind.DECISION,
                "label": "D5",
                "state": "superseded",
                "superseded_by": "D9",
                "text": "x",
                "owners": (),
            },
            'D5 "x" (Elasticsearch -> OpenSearch) - superseded by D9',
        ),
    ],
)
def test_item_line(values: dict[str, object], line: str) -> None:
    """A line has the ids, the owners, the passage, the heading, and what sets the item apart."""
    assert item_line(item(**values), TODAY) == line


def test_a_line_says_what_its_head_does_not() -> None:
    """Team and event stand in the line where the list mixes several; owners and known marks may be left to the head."""
    late = item(text="x", due="2021-05-31", state="open")
    assert item_line(late, TODAY, team=True, event=True) == (
        'A12 Christian: "x" (kolla Xena PTG, Elasticsearch -> OpenSearch) - overdue since 2021-05-31'
    )
    done = item(text="x", state="done", heading=None)
    assert item_line(done, TODAY, owners=False, known=("done",)) == 'A12 "x"'


@pytest.mark.parametrize(
    ("due", "cycle", "today", "text"),
    [
        (None, "xena", "2021-06-01", ""),
        ("2021-06-01", "xena", "2021-06-01", "due 2021-06-01"),
        ("2021-06-01", "xena", "2021-06-02", "overdue since 2021-06-01"),
        ("M1", "xena", "2021-10-06", "due M1"),
        ("M1", "xena", "2021-10-07", "overdue (due M1)"),
        ("M1", None, "2030-01-01", "due M1"),
        ("yoga", "xena", "2021-10-07", "due yoga"),
        ("yoga", None, "2022-03-31", "overdue (due yoga)"),
    ],
)
def test_due(due: str | None, cycle: str | None, today: str, text: str) -> None:
    """A date is over on the day after; a milestone, of which no calendar is known, once its cycle is released."""
    assert due_text(item(due=due, cycle=cycle), date.fromisoformat(today)) == text


@pytest.mark.parametrize(
    ("text", "limit", "short"),
    [
        ("short enough", 12, "short enough"),
        ("one two three four", 12, "one two…"),
        ("one two, three", 9, "one two…"),
        ("  white \n space ", 20, "white space"),
        ("https://example.org/a/very/long/address", 12, "https://exa…"),
        ("ein Wort aus vielen", 9, "ein Wort…"),
    ],
)
def test_shorten(text: str, limit: int, short: str) -> None:
    """A text is cut at a word, or where the room ends if a word has no end in it."""
    assert shorten(text, limit) == short


@given(st.text(), st.integers(min_value=2, max_value=200))
def test_a_shortened_text_fits(text: str, limit: int) -> None:
    """Whatever the text, it fits, stands on one line, and begins as it did."""
    short = shorten(text, limit)
    assert len(short) <= limit
    assert " ".join(text.split()).startswith(short.removesuffix("…"))


@pytest.mark.parametrize(
    ("typed", "labels"),
    [
        ("A17", ["A17"]),
        ("a17", ["A17"]),
        ("ACTION-17", ["A17"]),
        ("Question 3".replace(" ", "-"), ["Q3"]),
        ("#d4", ["D4"]),
        ("A017", ["A17"]),
        ("s12,", ["S12"]),
        ("recap-3", ["C3"]),
        ("R1", ["R1"]),
        ("D4/A12", ["D4", "A12"]),
        ("A0", []),
        ("A9999999999", []),
        ("17", []),
        ("A17b", []),
        ("D4/", []),
        ("B12", []),
        ("A1٢", []),
        ("", []),
    ],
)
def test_read_label(typed: str, labels: list[str]) -> None:
    """Ids are understood however people write them; what is none is none."""
    assert [str(label) for label in read_label(typed)] == labels


def test_a_label_knows_its_kind() -> None:
    """Items have a kind, sessions and recaps none."""
    assert (Label("A", 1).kind, Label("S", 1).kind) == (Kind.ACTION, None)


def test_plural() -> None:
    """One is one, none and two are many."""
    assert [plural(number, "action") for number in (0, 1, 2)] == ["0 actions", "1 action", "2 actions"]
    assert plural(2, "person", "people") == "2 people"
