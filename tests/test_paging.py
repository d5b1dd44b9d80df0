"""Long answers are cut, and `more` says the rest."""

from dataclasses import replace

import pytest

from bot.commands.paging import KEPT, PLACES, Pages
from bot.messages import Reply, Request
from tests.talk import NOW

ROOM = Request("+actions", "alice", NOW, "net", "#ptg", "alice")
DIRECT = Request("actions", "alice", NOW, "net", None, "alice")


def listing(items: int, head: str = "kolla: some open actions.") -> Reply:
    """A head and so many items."""
    return Reply((head, *(f"A{number} text" for number in range(1, items + 1))))


@pytest.mark.parametrize(("request_", "items"), [(ROOM, 5), (DIRECT, 11)])
def test_what_fits_is_said_whole(request_: Request, items: int) -> None:
    """Six lines in a room and twelve in a direct message are no flood."""
    pages = Pages()
    assert pages.cut(request_, listing(items), "+") == listing(items)
    assert pages.more(request_, "+").lines == ("There is no more.",)


def test_a_room_gets_six_lines_and_the_rest_by_more() -> None:
    """The head says how many are shown and how to get the others; each page says where it is."""
    pages = Pages()
    reply = pages.cut(ROOM, listing(13), "+")
    assert reply.lines == ("kolla: some open actions. First 5; say +more.", *(f"A{n} text" for n in range(1, 6)))
    assert pages.more(ROOM, "+").lines == ("6 to 10; say +more.", *(f"A{n} text" for n in range(6, 11)))
    assert pages.more(ROOM, "+").lines == ("11 to 13, the last:", "A11 text", "A12 text", "A13 text")
    assert pages.more(ROOM, "+").lines == ("There is no more.",)


def test_what_one_message_holds_is_said_to_the_end() -> None:
    """Where the network folds long answers, the lines that are made only when asked for are asked for at once."""
    pages, folded = Pages(), replace(ROOM, page=60)
    whole = listing(35)
    first = replace(listing(12), rest=lambda: whole.lines[13:])
    assert pages.cut(folded, first, "+") == whole
    assert pages.more(folded, "+").lines == ("There is no more.",)


def test_a_direct_message_gets_twelve_lines() -> None:
    """Alone with the bot one may read more at once."""
    pages = Pages()
    assert len(pages.cut(DIRECT, listing(13), "").lines) == 12
    assert pages.more(DIRECT, "").lines == ("12 to 13, the last:", "A12 text", "A13 text")


def test_a_last_line_alone_has_one_number() -> None:
    """`6, the last` and not `6 to 6`."""
    pages = Pages()
    pages.cut(ROOM, listing(6), "+")
    assert pages.more(ROOM, "+").lines == ("6, the last:", "A6 text")


def test_a_note_before_the_head_is_not_the_head() -> None:
    """Where a typo was mended the count still stands where the list begins."""
    reply = Reply(("Did you mean `kolla`?", *listing(9).lines))
    assert Pages().cut(ROOM, reply, "+").lines[:2] == (
        "Did you mean `kolla`?",
        "kolla: some open actions. First 4; say +more.",
    )


def test_a_head_without_a_full_stop_gets_one() -> None:
    """Two sentences do not run into each other."""
    assert Pages().cut(ROOM, listing(9, 'A17: "text"'), "!").lines[0] == 'A17: "text". First 5; say !more.'


def test_a_private_answer_is_as_long_as_a_direct_message_and_goes_on_there() -> None:
    """What was asked in a room and is answered alone has its rest where the answer went."""
    pages = Pages()
    reply = pages.cut(ROOM, Reply(listing(20).lines, private=True), "+")
    assert len(reply.lines) == 12 and reply.lines[0].endswith("First 11; say more.")
    assert pages.more(ROOM, "+").lines == ("There is no more.",)
    assert pages.more(DIRECT, "").lines[0] == "12 to 20, the last:"


def test_the_rest_is_of_one_person_in_one_place() -> None:
    """Another person, another room and another network have rests of their own."""
    pages = Pages()
    pages.cut(ROOM, listing(9), "+")
    for other in (
        Request("+more", "bob", NOW, "net", "#ptg", "bob"),
        Request("+more", "alice", NOW, "net", "#dev", "alice"),
        Request("+more", "alice", NOW, "other", "#ptg", "alice"),
        Request("+more", "alice", NOW, "net", "#ptg"),
        DIRECT,
    ):
        assert pages.more(other, "+").lines == ("There is no more.",)
    assert pages.more(Request("+more", "al", NOW, "net", "#PTG", "alice"), "+").lines[0] == "6 to 9, the last:"


def test_the_next_answer_takes_the_place_of_the_rest() -> None:
    """`more` is about the last answer, save where it was the reply to a change."""
    pages = Pages()
    pages.cut(ROOM, listing(9), "+")
    pages.cut(ROOM, Reply(("Done: A1.",)), "+", keep=True)
    assert pages.more(ROOM, "+").lines[0] == "6 to 9, the last:"
    pages.cut(ROOM, listing(9), "+")
    pages.cut(ROOM, Reply(("Nothing found.",)), "+")
    assert pages.more(ROOM, "+").lines == ("There is no more.",)


def test_what_is_kept_is_bounded() -> None:
    """However many people ask however long, the memory holds the latest answers, cut to a length."""
    pages = Pages()
    askers = [Request("+actions", f"n{number}", NOW, "net", "#ptg") for number in range(PLACES + 1)]
    for asker in askers:
        pages.cut(asker, listing(KEPT * 2), "+")
    assert pages.more(askers[0], "+").lines == ("There is no more.",)
    said = [line for _ in range(KEPT) for line in pages.more(askers[1], "+").lines if line.startswith("A")]
    assert len(said) == KEPT
