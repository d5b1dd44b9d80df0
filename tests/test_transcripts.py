"""What people say and what the bot answers: every transcript, in the core and over each network it is meant for."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.benches.core import Core
from tests.benches.irc import Irc
from tests.benches.matrix import Matrix, fits
from tests.benches.transcript import BENCHES, Heard, Transcript, Unreadable, differences, read
from tests.conftest import ACCOUNTS
from tests.servers.inspircd import InspIRCd
from tests.servers.ngircd import NgIRCd
from tests.servers.synapse import Synapse

FOLDER = Path(__file__).parent / "transcripts"
PLAYS = [(bench, path) for bench in BENCHES for path in sorted(FOLDER.glob("*.txt")) if bench in read(path).benches]

MATRIX = {"matrix": ("12", False), "matrix-encrypted": ("11", True)}
"""Benches on Synapse: the room version, and whether rooms are encrypted."""
PLAYS += [(bench, path) for bench in MATRIX for path in sorted(FOLDER.glob("*.txt")) if fits(read(path))]


def on_synapse(bench: str) -> Iterator[Matrix]:
    """A bench with a homeserver of its own: names and direct rooms that other tests left would be heard in it."""
    version, encrypted = MATRIX[bench]
    with Synapse(ACCOUNTS) as server:
        made = Matrix(server, version=version, encrypted=encrypted)
        yield made
        made.close()


@pytest.fixture(scope="module")
def on_matrix(synapse: Synapse) -> Iterator[Matrix]:
    """The bench in rooms that anybody on the way could read."""
    yield from on_synapse("matrix")


@pytest.fixture(scope="module")
def on_matrix_encrypted(synapse: Synapse) -> Iterator[Matrix]:
    """The bench in encrypted rooms."""
    yield from on_synapse("matrix-encrypted")


@pytest.fixture(scope="module")
def on_core() -> Core:
    """The bench without a network."""
    return Core()


@pytest.fixture(scope="module")
def on_ngircd(ngircd: NgIRCd) -> Iterator[Irc]:
    """The bench on a network without accounts."""
    bench = Irc(ngircd)
    yield bench
    bench.close()


@pytest.fixture(scope="module")
def on_inspircd(inspircd: InspIRCd) -> Iterator[Irc]:
    """The bench on a network with accounts."""
    bench = Irc(inspircd)
    yield bench
    bench.close()


@pytest.mark.parametrize(("bench", "path"), PLAYS, ids=[f"{path.stem}-{bench}" for bench, path in PLAYS])
def test_the_bot_answers_as_written(bench: str, path: Path, request: pytest.FixtureRequest) -> None:
    """The bot answers word for word what the transcript says, on every network that it is written for."""
    transcript = read(path)
    played = request.getfixturevalue(f"on_{bench.replace('-', '_')}").play(transcript)
    if request.config.getoption("accept") and bench == transcript.benches[0]:
        path.write_text(transcript.with_answers(played), encoding="utf-8")
        return
    wrong = [line for step, heard in zip(transcript.steps, played, strict=True) for line in differences(step, heard)]
    if wrong:
        pytest.fail("\n".join([f"{path.name} on {bench}:", *wrong]), pytrace=False)


# --- the format itself ------------------------------------------------------------------------------------------


def written(folder: Path, text: str) -> Transcript:
    """A transcript of this text."""
    path = folder / "a.txt"
    path.write_text(text, encoding="utf-8")
    return read(path)


TALK = """\
# Who speaks.
benches: core inspircd
seeds: 002 003
now: 2021-06-01T16:00+02:00
team in #dev: kolla
ana: account anna, op in #dev, admin
bob: no account, voice

ana in #dev> #kolla actions
bot in #dev> old
# A word between.
bob> help
bot> one
bot to ana> two
now> 2021-06-08T14:00Z
bot in #dev> three
"""


def test_a_transcript_is_read(tmp_path: Path) -> None:
    """The head, who says what where, and what the bot answers to it are all found."""
    talk = written(tmp_path, TALK)
    ana, bob = talk.people
    assert (talk.benches, talk.seeds, talk.settings) == (
        ("core", "inspircd"),
        ("002", "003"),
        {"#dev": {"team": "kolla"}},
    )
    assert (ana.account, ana.admin, [ana.role(room).name for room in ("#dev", "#ptg", None)]) == (
        "anna",
        True,
        ["OP", "USER", "USER"],
    )
    assert (bob.account, bob.admin, [bob.role(room).name for room in ("#dev", None)]) == (
        None,
        False,
        ["VOICE", "USER"],
    )
    assert [(step.who and step.who.nick, step.room, step.text, step.answers) for step in talk.steps] == [
        ("ana", "#dev", "#kolla actions", (Heard("#dev", None, "old"),)),
        ("bob", None, "help", (Heard(None, "bob", "one"), Heard(None, "ana", "two"))),
        (None, None, "now> 2021-06-08T14:00Z", (Heard("#dev", None, "three"),)),
    ]
    assert [step.now.isoformat() for step in talk.steps] == ["2021-06-01T14:00:00+00:00"] * 2 + [
        "2021-06-08T14:00:00+00:00"
    ]


def test_accepting_rewrites_the_bot_and_nothing_else(tmp_path: Path) -> None:
    """What the bot answers now replaces what it answered, and comments and people stay."""
    talk = written(tmp_path, TALK)
    answers = [[Heard("#dev", None, "new"), Heard("#dev", None, "newer")], [Heard(None, "bob", "one")], []]
    rewritten = talk.with_answers(answers)
    assert rewritten == TALK.replace("bot in #dev> old", "bot in #dev> new\nbot in #dev> newer").replace(
        "bot to ana> two\n", ""
    ).replace("bot in #dev> three\n", "")
    assert [list(step.answers) for step in written(tmp_path, rewritten).steps] == answers


def test_a_difference_names_its_line(tmp_path: Path) -> None:
    """A wrong answer is shown with what was said, what was expected and what was heard; a right one is not."""
    step = written(tmp_path, TALK).steps[0]
    assert differences(step, [Heard("#dev", None, "old")]) == []
    assert differences(step, []) == ["line 9: #kolla actions", "  - bot in #dev> old", "  + (silence)"]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("eve in #dev> hello", "a.txt:1: eve is not in the head"),
        ("bot> hello", "a.txt:1: the bot speaks first"),
        ("ana: king", "a.txt:1: 'king' says nothing about ana"),
        ("benches: moon", "a.txt:1: there is no bench moon"),
        ("now: 2021-06-01T14:00", "a.txt:1: 2021-06-01T14:00: the time needs a Z or an offset"),
        ("colour in #dev: red", "a.txt:1: a room has a team, signs or a zone, no colour"),
        ("bob: no account\nbob> hi\nseeds: 003", "a.txt:3: neither said by anybody nor part of the head: seeds: 003"),
        ("now> 2021-06-08T14:00Z\nbot> hi", "a.txt:2: a direct message to whom? Write `bot to ana>`"),
        ("ana: account ana", "a.txt: ngircd knows no accounts; say `benches: core inspircd`"),
    ],
)
def test_a_fault_in_a_transcript_is_named(tmp_path: Path, text: str, fault: str) -> None:
    """A transcript that is written wrongly says where, and is not played."""
    with pytest.raises(Unreadable) as raised:
        written(tmp_path, text)
    assert str(raised.value) == fault
