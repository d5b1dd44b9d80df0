"""Which lines are for the bot, and what they mean."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.addressing import FOREIGN, MATRIX_SIGNS, Meant, Missed, Setting, mistyped, understand

WORDS = ("help", "show", "actions", "decisions", "done", "close", "take", "iam", "~iam", "summary", "action", "mine")
TEAMS = {"kolla": "kolla", "k-a": "kolla", "kayobe": "kayobe", "nova": "nova"}


def setting(*, direct: bool = False, signs: str = "+~#", names: tuple[str, ...] = ("recapbot",)) -> Setting:
    """A room of IRC, or what the arguments say."""
    return Setting(direct, names, signs, WORDS, lambda word: TEAMS.get(word.casefold()), "" if direct else "+")


ROOM = setting()
DIRECT = setting(direct=True)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "   ",
        "+1",
        "+ 1",
        "+",
        "++",
        "+-",
        "~",
        "~5 minutes",
        "~ 5 minutes",
        "#1 priority",
        "#",
        "# actions",
        "##",
        "#openstack-kolla is busy",
        "#kolla is busy",
        "#kolla now cinder",
        "#nova book Aspen-MonA1",
        "#topic actions",
        "#agreed we drop it",
        "#action kolla write it",
        "#help wanted",
        "+in #kolla",
        "+seen mark",
        "+subscribe cinder",
        "~list",
        "~motd add info hello",
        "+now",
        "+xyzzy",
        "+one from me",
        "+мы тоже",
        "!actions",
        "?help",
        "actions kolla",
        "recapbot is great",
        "recapbots: help",
        "I think recapbot: help works",
        "+next actions",
        "+A17B",
        "+A17 is mine, is it not",
    ],
)
def test_what_is_not_for_the_bot_is_met_with_silence(line: str) -> None:
    """A sign counts only right before a letter, a track only where it is a team, a word only where it is near ours."""
    assert understand(line, ROOM) is None


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("+actions", Meant("actions")),
        ("+actions kolla xena", Meant("actions", "kolla xena")),
        ("  +Actions  kolla", Meant("actions", "kolla")),
        ("+actions?", Meant("actions")),
        ("+done A17 merged: see #12", Meant("done", "A17 merged: see #12")),
        ("+close action-12", Meant("close", "action-12")),
        ("~actions", Meant("actions", admin=True)),
        ("~iam alice Alice", Meant("~iam", "alice Alice", admin=True)),
        ("+iam Alice", Meant("iam", "Alice")),
        ("#kolla actions xena", Meant("actions", "xena", "kolla")),
        ("#Kolla: actions", Meant("actions", "", "kolla")),
        ("#k-a actions", Meant("actions", "", "kolla")),
        ("#kayobe summary", Meant("summary", "", "kayobe")),
        ("#kolla", Meant("help", "", "kolla")),
        ("#kolla help", Meant("help", "", "kolla")),
        ("#kolla A17", Meant("show", "A17", "kolla")),
        ("recapbot: actions kolla", Meant("actions", "kolla")),
        ("RecapBot, +actions", Meant("actions")),
        ("recapbot: #kolla actions", Meant("actions", "", "kolla")),
        ("recapbot: kolla actions", Meant("actions", "", "kolla")),
        ("recapbot: ~actions", Meant("actions", admin=True)),
        ("recapbot : actions", Meant("actions")),
        ("recapbot:", Meant("help")),
        ("recapbot: ACTION-17?", Meant("show", "A17")),
        ("recapbot, a17 D4/A12", Meant("show", "A17 D4 A12")),
        ("recapbot: ACTION: kolla: write it", Meant("action", "kolla: write it")),
        ("+a17", Meant("show", "A17")),
        ("recapbot: ACTION-12: done merged it", Meant("done", "A12 merged it")),
        ("+a12 A13 close", Meant("close", "A12 A13")),
        ("+kolla actions", Meant("actions", "", "kolla")),
    ],
)
def test_a_line_for_the_bot_names_its_command(line: str, meant: Meant) -> None:
    """Every way of addressing leads to the command, its arguments and the team."""
    assert understand(line, ROOM) == meant


@pytest.mark.parametrize("word", ["actions", "+actions", "#actions", "~actions", "!actions", "ACTIONS", "+ actions"])
def test_in_a_direct_message_the_sign_may_be_left_out(word: str) -> None:
    """With a sign, any sign, or without one the word is the command."""
    meant = understand(f"{word} kolla", DIRECT)
    assert isinstance(meant, Meant)
    assert (meant.word, meant.args) == ("actions", "kolla")


def test_a_track_is_a_team_in_a_direct_message_too() -> None:
    """`#kolla actions` and `kolla actions` are the same there."""
    assert understand("#kolla actions", DIRECT) == understand("kolla actions", DIRECT) == Meant("actions", "", "kolla")


@pytest.mark.parametrize(
    ("line", "close"),
    [
        ("+decisons", "+decisions"),
        ("+Decisions_", "+decisions"),
        ("#kolla acitons", "#kolla actions"),
        ("~sumary", "+summary"),
        ("+hlep", "+help"),
        ("+DECISONS", "+decisions"),
    ],
)
def test_a_mistyped_word_is_answered_with_the_right_one(line: str, close: str) -> None:
    """From four letters and three quarters of likeness on the bot asks what was meant, as it is said there."""
    missed = understand(line, ROOM)
    assert isinstance(missed, Missed)
    assert missed.sentence.endswith(f"Did you mean `{close}`?")


@pytest.mark.parametrize("word", ["don", "tak", "ion", "sumer", "dust", "abcdefgh"])
def test_a_word_that_is_short_or_unlike_ours_is_not_answered(word: str) -> None:
    """Three letters, or less than 75 % of likeness, are no typo."""
    assert understand(f"+{word}", ROOM) is None


def test_words_of_other_bots_are_never_answered_in_a_room() -> None:
    """However near ours they are, where we do not serve them they are for ptgbot or MeetBot."""
    near = setting()
    object.__setattr__(near, "words", ("nexus", "colors", "actions", "seem", "agrees", "links"))
    for word in FOREIGN - {"action"}:
        for line in (f"+{word} x", f"~{word} x", f"#kolla {word} x"):
            assert understand(line, near) is None, line


def test_where_a_word_of_another_bot_is_ours_too_ours_wins() -> None:
    """`+action` is MeetBot's word with another sign, and ours."""
    assert understand("+action kolla: x", ROOM) == Meant("action", "kolla: x")
    assert understand("#kolla action x", ROOM) == Meant("action", "x", "kolla")


@pytest.mark.parametrize("line", ["now", "xyzzy", "+1", "спасибо", "kolla is busy", "#1 priority", "thanks!", "+", "A"])
def test_whoever_speaks_to_the_bot_hears_of_every_miss(line: str) -> None:
    """In a direct message, or by name in a room, nothing is met with silence."""
    assert isinstance(understand(line, DIRECT), Missed)
    assert isinstance(understand(f"recapbot: {line}", ROOM), Missed)


def test_a_question_to_the_bot_is_shown_the_way_to_ask() -> None:
    """Who asks in plain words hears of `ask`."""
    missed = understand("recapbot: who looks at opensearch?", ROOM)
    assert isinstance(missed, Missed)
    assert "`+ask`" in missed.sentence


@pytest.mark.parametrize(
    ("signs", "answered"),
    [("+", "+"), ("~", "~"), ("#", "#kolla "), ("!", "!"), ("", "recapbot: "), ("+!", "+!")],
)
def test_signs_count_where_the_room_has_them(signs: str, answered: str) -> None:
    """A sign that is switched off is silence; the bot's name always counts."""
    here = setting(signs=signs)
    for start in ("+", "~", "!", "#kolla "):
        heard = understand(f"{start}actions", here) is not None
        assert heard == (start[0] in signs), start
    assert understand("recapbot: actions", here) == Meant("actions")


def test_matrix_rooms_know_one_sign_more() -> None:
    """`!word` is what people of Matrix type."""
    assert understand("!actions", setting(signs=MATRIX_SIGNS)) == Meant("actions")


def test_the_longest_of_several_names_is_the_one_that_is_meant() -> None:
    """A name that begins with another of the bot's is not cut in two, and odd letters in names mean themselves."""
    here = setting(names=("recap", "recap[bot]", "@recapbot:example.org"))
    assert understand("recap[bot]: actions", here) == Meant("actions")
    assert understand("@recapbot:example.org: actions", here) == Meant("actions")
    assert understand("recap, actions", here) == Meant("actions")
    assert understand("recapxbot]: actions", here) is None


def test_the_closest_word_wins() -> None:
    """Of two words that are near, the nearer one is proposed; a word that only `~` reaches is never proposed."""
    assert mistyped("decision", ("decide", "decisions", "~decision")) == "decisions"


@given(st.text(max_size=300), st.booleans(), st.sampled_from(["", "+~#", "+~#!"]))
def test_no_line_makes_it_fail(line: str, direct: bool, signs: str) -> None:
    """Whatever is said, the answer is a command that exists, a sentence, or silence."""
    here = setting(direct=direct, signs=signs)
    for text in (line, f"+{line}", f"#kolla {line}", f"recapbot: {line}"):
        meant = understand(text, here)
        assert meant is None or isinstance(meant, Missed) or meant.word in WORDS
        if direct and text.strip():
            assert meant is not None
