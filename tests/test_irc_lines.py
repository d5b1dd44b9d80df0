"""Lines of IRC taken apart, what servers say of themselves, and when to try again."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.transports.irc_lines import MAX_UNFINISHED, Endless, Features, LineBuffer, Malformed, Message, Source, parse
from bot.transports.irc_timing import Backoff

ALICE = Source("alice", "al", "host.example")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("PING :token", Message("PING", ("token",))),
        (
            ":alice!al@host.example PRIVMSG #ptg :two  words :",
            Message("PRIVMSG", ("#ptg", "two  words :"), ALICE),
        ),
        (":alice!al@host.example PRIVMSG #ptg one", Message("PRIVMSG", ("#ptg", "one"), ALICE)),
        (":alice!al@host.example PRIVMSG #ptg :", Message("PRIVMSG", ("#ptg", ""), ALICE)),
        (":irc.example 001 recapbot :Hi", Message("001", ("recapbot", "Hi"), Source("irc.example"))),
        (
            r"@account=alice;time=2026-11-20T10:00:00.000Z;x=a\:b\sc;bot :alice!al@host.example JOIN #ptg",
            Message(
                "JOIN",
                ("#ptg",),
                ALICE,
                {"account": "alice", "time": "2026-11-20T10:00:00.000Z", "x": "a;b c", "bot": ""},
            ),
        ),
        (":alice!al@host.example QUIT", Message("QUIT", (), ALICE)),
        (
            ":a\u00a0b!c@d mode #x\u3000y +o  bob ",
            Message("MODE", ("#x\u3000y", "+o", "bob"), Source("a\u00a0b", "c", "d")),
        ),
    ],
)
def test_a_line_is_taken_apart(line: str, message: Message) -> None:
    """Tags, source, command and parameters; only U+0020 separates; nothing of the last parameter is lost."""
    assert parse(line) == message


@pytest.mark.parametrize(
    "line", [" ", ":", ":only.a.source", "@tags", "12 x", "1234 x", "é x", "@a=b ", "\x01DCC", ":a b\x00c"]
)
def test_what_is_no_message_is_malformed(line: str) -> None:
    """A line without a command is dropped, not half-understood."""
    with pytest.raises(Malformed):
        parse(line)


@given(st.text(st.characters(exclude_characters="\n"), max_size=200))
def test_any_line_is_a_message_or_malformed(line: str) -> None:
    """No line raises anything else."""
    try:
        parse(line)
    except Malformed:
        pass


@given(
    st.lists(st.binary(max_size=40).filter(lambda line: b"\n" not in line and line.rstrip(b"\r"))), st.integers(1, 50)
)
def test_lines_come_whole_however_they_are_cut(lines: list[bytes], size: int) -> None:
    """Bytes may arrive in any pieces; what is not UTF-8 is replaced, and only that."""
    buffer, data, heard = LineBuffer(), b"".join(line + b"\r\n" for line in lines), []
    for start in range(0, len(data), size):
        heard += buffer.feed(data[start : start + size])
    assert heard == [line.rstrip(b"\r").decode(errors="replace") for line in lines]


def test_endless_data_is_given_up() -> None:
    """16 KiB without a line end is the end of a connection, not of our memory."""
    buffer = LineBuffer()
    assert buffer.feed(b"x" * MAX_UNFINISHED) == []
    with pytest.raises(Endless):
        buffer.feed(b"x")


@pytest.mark.parametrize(
    ("mapping", "name", "key"),
    [
        (None, "Foo[\\]^", "foo{|}~"),
        ("rfc1459", "Foo[\\]^", "foo{|}~"),
        ("strict-rfc1459", "Foo[\\]^", "foo{|}^"),
        ("ascii", "Foo[\\]^É", "foo[\\]^É"),
        ("something-new", "Foo[", "foo["),
    ],
)
def test_names_compare_as_the_server_says(mapping: str | None, name: str, key: str) -> None:
    """CASEMAPPING decides which names are one; an unknown one makes fewer names equal, never more."""
    features = Features()
    features.load((f"CASEMAPPING={mapping}",) if mapping else ())
    assert features.fold(name) == key


def test_strange_tokens_do_no_harm() -> None:
    """Tokens without sense are kept as text; a PREFIX that cannot be read makes nobody an operator."""
    features = Features()
    features.load(("LOAD=1", "PREFIX=ov@+", "", "=", "-EXCEPTS", "NICKLEN=many", "CHANMODES=x"))
    assert features.prefixes == {}
    assert features.number("NICKLEN", 9) == 9
    assert features.parameters("o", True) is None


def test_the_first_tries_are_prompt_and_the_later_ones_rare() -> None:
    """Five tries at most a second apart; not more than 15 in ten minutes; never more than 300 s apart."""
    for luck in (0.0, 0.5, 1.0):
        backoff = Backoff(lambda luck=luck: luck)
        waits = [backoff.wait(None) for _ in range(30)]
        assert all(wait <= 1 for wait in waits[:5])
        assert sum(waits[:5]) > 3
        assert sum(at < 600 for at in itertools.accumulate(waits)) <= 15
        assert waits[4] < waits[5] < waits[6] <= max(waits) <= 300


def test_good_service_makes_the_next_loss_the_first() -> None:
    """After five minutes of service the tries start anew; after less, they come at most half a minute apart."""
    backoff = Backoff(lambda: 0.5)
    for _ in range(20):
        backoff.wait(None)
    assert backoff.wait(10) == 32
    assert backoff.wait(301) <= 1


def test_a_refused_login_is_not_tried_again_at_once() -> None:
    """A wrong password five times in five seconds would look like an attack."""
    backoff = Backoff(lambda: 0.5)
    backoff.hold()
    assert backoff.wait(None) == 32
