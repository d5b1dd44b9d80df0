"""What goes next through a connection, and when."""

import asyncio
from collections import deque
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.transports.irc_queue import MAX_LINES, MAX_QUESTIONS, Post, Verdict, Waiting
from bot.transports.irc_sender import NEWCOMER, Bucket, Sender


def post(person: str, *lines: str, room: str = "#ptg") -> Post:
    """An answer in a room, or (room empty) by direct message."""
    return Post(room or person, deque(lines), person, bool(room), question=True)


def order(waiting: Waiting) -> list[str]:
    """All that waits, in the order in which it goes."""
    lines = []
    while taken := waiting.take():
        lines.append(taken[1])
    return lines


def ask(waiting: Waiting, *posts: Post) -> None:
    """Queue answers."""
    for each in posts:
        assert waiting.answer(each)


def test_an_answer_goes_in_its_own_order() -> None:
    """The lines of one answer keep their order."""
    waiting = Waiting()
    ask(waiting, post("ana", "1", "2", "3"))
    assert order(waiting) == ["1", "2", "3"]
    assert not waiting


def test_in_a_room_first_lines_go_before_second_ones() -> None:
    """Everybody who asked in a room sees that they are heard before anybody gets the rest."""
    waiting = Waiting()
    ask(waiting, post("ana", "a1", "a2", "a3"), post("bob", "b1", "b2"), post("cy", "c1"))
    assert order(waiting) == ["c1", "b1", "a1", "b2", "a2", "a3"]


def test_a_first_line_does_not_hold_up_another_room() -> None:
    """The rule holds room by room: a question in #kolla does not delay the rest of an answer in #ptg by itself."""
    waiting = Waiting()
    ask(waiting, post("ana", "a1", "a2"))
    assert waiting.take() is not None
    ask(waiting, post("bob", "b1", "b2", "b3", room="#kolla"))
    assert order(waiting) == ["a2", "b1", "b2", "b3"]


def test_who_has_the_fewest_waiting_lines_goes_first() -> None:
    """One question is answered before the many of somebody who asked earlier."""
    waiting = Waiting()
    ask(waiting, *(post("flood", f"f{number}") for number in range(5)), post("ana", "a", room=""))
    assert order(waiting) == ["a", "f0", "f1", "f2", "f3", "f4"]


def test_a_storm_does_not_delay_who_asks_once() -> None:
    """While 20 people have 10 answers waiting each, the 21st person's answer is the next line."""
    waiting = Waiting()
    ask(waiting, *(post(f"p{person}", f"{person}.{number}") for number in range(10) for person in range(20)))
    ask(waiting, post("last", "here"))
    assert order(waiting)[0] == "here"


def test_reminders_wait_for_answers() -> None:
    """A reminder goes when no answer waits, and a new answer goes between its lines."""
    waiting = Waiting()
    waiting.remind(Post("#ptg", deque(["r1", "r2"]), in_room=True))
    assert waiting.take_begun() is None
    ask(waiting, post("ana", "a"))
    first = [taken[1] for _ in range(2) if (taken := waiting.take())]
    ask(waiting, post("bob", "b"))
    assert first + order(waiting) == ["a", "r1", "b", "r2"]


def test_the_eleventh_question_is_refused_once() -> None:
    """Ten may wait; the next is refused, further ones ignored; when one is answered there is room again."""
    waiting = Waiting()
    for number in range(MAX_QUESTIONS):
        assert waiting.ask("ana") is Verdict.TAKEN
        ask(waiting, post("ana", str(number)))
    assert [waiting.ask("ana") for _ in range(3)] == [Verdict.REFUSED, Verdict.IGNORED, Verdict.IGNORED]
    assert waiting.ask("bob") is Verdict.TAKEN
    waiting.take()
    assert waiting.ask("ana") is Verdict.TAKEN
    ask(waiting, post("ana", "11"))
    assert waiting.ask("ana") is Verdict.IGNORED
    order(waiting)
    assert waiting.ask("ana") is Verdict.TAKEN


def test_long_work_counts_as_a_waiting_question() -> None:
    """A question that is still being worked on is one of the ten, under whatever nick its asker goes by then."""
    waiting = Waiting()
    work = [post("ana", room="") for _ in range(MAX_QUESTIONS)]
    for each in work:
        waiting.hold(each)
    waiting.rename("ana", "anna", "Anna")
    assert waiting.ask("anna") is Verdict.REFUSED
    assert work[0].target == "Anna"
    for each in work:
        waiting.release(each)
    assert waiting.ask("anna") is Verdict.TAKEN


def test_answers_follow_a_new_nick() -> None:
    """A direct message goes to the nick its asker has now; an answer in a room stays there."""
    waiting = Waiting()
    ask(waiting, post("ana", "private", room=""), post("ana", "public"))
    waiting.rename("ana", "anna", "Anna")
    targets = [taken[0].target for _ in range(2) if (taken := waiting.take())]
    assert targets == ["Anna", "#ptg"]


def test_nothing_goes_to_who_is_gone() -> None:
    """Direct messages to somebody who left are not sent; what a room asked for is."""
    waiting = Waiting()
    ask(waiting, post("ana", "private", "more", room=""), post("ana", "public"))
    waiting.absent("ana")
    assert waiting.lines == 1
    assert order(waiting) == ["public"]


def test_what_waits_is_bounded() -> None:
    """However many people ask, no more than MAX_LINES lines are held."""
    waiting = Waiting()
    taken = sum(waiting.answer(post(f"p{number}", *"abcdef")) for number in range(MAX_LINES))
    assert taken == MAX_LINES // 6
    assert waiting.lines <= MAX_LINES


posts = st.tuples(st.sampled_from("abcde"), st.sampled_from(["#ptg", "#kolla", ""]), st.integers(1, 5))


@given(st.lists(posts, max_size=40), st.data())
def test_whatever_is_asked_all_is_answered(questions: list[tuple[str, str, int]], data: st.DataObject) -> None:
    """Every line goes exactly once, in the order of its answer, and the rule of first lines is never broken."""
    waiting, pending, sent = Waiting(), list(enumerate(questions)), []
    queued: list[Post] = []
    while pending or waiting:
        if pending and (not waiting or data.draw(st.booleans())):
            number, (person, room, length) = pending.pop(0)
            queued.append(post(person, *(f"{number}.{line}" for line in range(length)), room=room))
            ask(waiting, queued[-1])
        elif taken := waiting.take():
            first = not taken[1].endswith(".0")
            assert not (
                first and any(each.in_room and each.target == taken[0].target and not each.sent for each in queued)
            )
            sent.append(taken[1])
    assert sorted(sent) == sorted(f"{number}.{line}" for number, (_, _, n) in enumerate(questions) for line in range(n))
    assert waiting.lines == 0


def test_tokens_let_a_burst_go_and_then_the_rate() -> None:
    """A newcomer's allowance is for logging in; after it, four at once and then one a second; a debt is paid first."""
    bucket = Bucket(4, 1.0, now=0)
    for _ in range(NEWCOMER):
        assert bucket.wait(0) == 0
        bucket.take(0)
    assert bucket.wait(0) == 1
    assert bucket.wait(60) == 0
    for _ in range(4):
        bucket.take(60)
    assert bucket.wait(60.25) == 0.75
    bucket.take(60.25, 3)
    assert bucket.wait(60.25) == 3.75


def test_never_more_than_the_allowance() -> None:
    """Over any span, no more lines go than the burst and the rate allow."""
    bucket, now, times = Bucket(4, 1.0, now=0), 0.0, []
    bucket.take(0, NEWCOMER)
    while now < 100:
        now += bucket.wait(now)
        bucket.take(now)
        times.append(now)
    assert all(later - earlier >= count - 4 - 1e-6 for earlier, later, count in spans(times))


def spans(times: list[float]) -> list[tuple[float, float, int]]:
    """All spans between two lines: begin, end, lines within."""
    return [(times[a], times[b], b - a + 1) for a in range(len(times)) for b in range(a, len(times))]


def in_loop(body: Callable[[], None]) -> None:
    """Run something that needs a running loop."""

    async def run() -> None:
        body()

    asyncio.run(run())


def test_an_answer_leaves_within_the_call_that_queues_it() -> None:
    """With an allowance left there is no waiting for a timer or a turn of the loop."""
    written: list[str] = []

    def body() -> None:
        sender = Sender(written.append, 4, 1.0)
        sender.answer(post("ana", "at once"))
        assert written == ["PRIVMSG #ptg :at once"]

    in_loop(body)


def test_pong_goes_at_once_and_answers_before_reminders() -> None:
    """With the allowance used up, PONG still goes; then what the connection needs, answers, reminders, and WHO."""
    written: list[str] = []

    async def run() -> None:
        sender = Sender(written.append, 1, 1000.0)
        for _ in range(NEWCOMER):
            sender.urgent("spent")
        sender.idly("WHO #ptg")
        sender.remind(Post("#ptg", deque(["reminder"]), in_room=True))
        sender.answer(post("ana", "answer"))
        sender.control("JOIN #ptg")
        sender.urgent("PONG :x")
        assert written[NEWCOMER:] == ["PONG :x"]
        await asyncio.wait_for(sender.drained(), 5)

    asyncio.run(run())
    assert written[NEWCOMER + 1 :] == ["JOIN #ptg", "PRIVMSG #ptg :answer", "PRIVMSG #ptg :reminder", "WHO #ptg"]


def test_the_end_of_a_reminder_is_told() -> None:
    """Whoever sent a reminder learns when its last line has gone; one that has begun can be finished ahead of all."""
    written: list[str] = []

    def body() -> None:
        sender = Sender(written.append, 1, 0.001)
        sender.urgent("spent", NEWCOMER - 1)
        reminder = Post("#ptg", deque(["r1", "r2", "r3"]), in_room=True, gone=lambda: written.append("gone"))
        sender.remind(reminder)
        sender.answer(post("ana", "answer"))
        assert written == ["spent", "PRIVMSG #ptg :r1"]
        sender.hurry()

    in_loop(body)
    assert written == ["spent", "PRIVMSG #ptg :r1", "PRIVMSG #ptg :r2", "PRIVMSG #ptg :r3", "gone"]


def test_a_closed_queue_is_silent() -> None:
    """After the end of a connection nothing more is written."""
    written: list[str] = []

    async def run() -> None:
        closed, other = Sender(written.append, 1, 1000.0), Sender(written.append, 1, 1000.0)
        for sender in (closed, other):
            sender.urgent("spent", NEWCOMER)
            sender.answer(post("ana", "later"))
        closed.close()
        await closed.drained()
        await other.drained()

    asyncio.run(run())
    assert written == ["spent", "spent", "PRIVMSG #ptg :later"]


@pytest.mark.parametrize("burst", [1, 4, 10**9])
def test_control_lines_cost_what_servers_count(burst: int) -> None:
    """A JOIN costs two lines of the allowance, so that the answers after it wait long enough."""
    written: list[str] = []

    def body() -> None:
        sender = Sender(written.append, burst, 0.001)
        for number in range(NEWCOMER):
            sender.control(f"JOIN #{number}", 2)

    in_loop(body)
    assert len(written) == (NEWCOMER if burst > NEWCOMER else NEWCOMER // 2)
