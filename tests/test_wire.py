"""The rules of lines: what may leave, how long text is cut, who is highlighted, who can be spoken to."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.transports import wire

FAMILY = "\U0001f469\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"
FLAG = "\U0001f1e9\U0001f1ea"
ACCENTED = "e\u0301"

anything = st.text(st.characters(), max_size=900)
fragments = st.lists(st.sampled_from(["a", "é", "語 ", " ", "#", ACCENTED, FAMILY, FLAG, "\u200d", "\U0001f3ff"]))
wordy = fragments.map("".join)


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("plain, café, 語, " + FAMILY, "plain, café, 語, " + FAMILY),
        ("hello\rPRIVMSG #ptg :injected", "hello PRIVMSG #ptg :injected"),
        ("one\r\ntwo\nthree\ttab", "one  two three tab"),
        ("nul\x00 bell\x07 escape\x1b[31m delete\x7f", "nul bell escape[31m delete"),
        ("\x01DCC SEND\x01", "DCC SEND"),
        ("c1 \x85next\x9b31m", "c1  next31m"),
        ("line\u2028paragraph\u2029", "line paragraph "),
        ("abc\u202egnp.exe\u2066x\u2069\u200f", "abcgnp.exex"),
        ("half \ud800 a pair", "half \ufffd a pair"),
    ],
)
def test_what_leaves_is_clean(text: str, cleaned: str) -> None:
    """Line breaks become spaces; control characters and direction overrides are gone; text itself stays."""
    assert wire.clean(text) == cleaned


@given(anything)
def test_cleaning_leaves_no_control_character(text: str) -> None:
    """Nothing that ends a line, hides or reorders text is left; it can be encoded; cleaning again changes nothing."""
    cleaned = wire.clean(text)
    assert wire.clean(cleaned) == cleaned
    cleaned.encode()
    assert not any(unicodedata.category(c) == "Cc" or unicodedata.bidirectional(c) in BIDI for c in cleaned)


BIDI = ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("\x02#kolla\x02 actions", "#kolla actions"),
        ("\x0304,12red\x03 \x1dslanted\x1d \x0fplain", "red slanted plain"),
        ("\x04ff0000hex\x04 \x11mono\x11 \x1estruck", "hex mono struck"),
        ("price 12,50", "price 12,50"),
    ],
)
def test_colours_are_not_heard(text: str, plain: str) -> None:
    """A command in bold or colour is the same command."""
    assert wire.unformatted(text) == plain


@pytest.mark.parametrize(
    "name",
    [
        "#ptg",
        "##ptg",
        "#openstack-kolla",
        "#c++",
        "#.net",
        "&local",
        "+modeless",
        "alice",
        "[al`ice]",
        "a|way_",
        "Ünal",
    ],
)
def test_a_room_or_nick_is_a_target(name: str) -> None:
    """Whatever servers take for one room or one nick can be spoken to."""
    assert wire.is_target(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "#",
        "#a,bob",
        "#a :x",
        "bob alice",
        ":bob",
        "@#ops",
        "$$*.org",
        "a\rb",
        "a\x00b",
        "*!*@*",
        "irc.server.net",
        "a\u00a0b",
        "a" * 400,
    ],
)
def test_nothing_else_is_a_target(name: str) -> None:
    """A list, a mask, a server, a status message or a line break is refused, not sent."""
    assert not wire.is_target(name)


@pytest.mark.parametrize(
    ("text", "limit", "pieces"),
    [
        ("short", 20, ["short"]),
        ("", 20, []),
        ("   \r\n ", 20, []),
        ("one two three", 8, ["one two ", "three"]),
        ("one two", 7, ["one two"]),
        ("abcdefghij", 4, ["abcd", "efgh", "ij"]),
        ("ééééé", 4, ["éé", "éé", "é"]),
        (ACCENTED * 3, 7, [ACCENTED * 2, ACCENTED]),
        (FLAG * 2, 12, [FLAG, FLAG]),
        ("ab" + FAMILY, 26, ["ab", FAMILY]),
        ("ab\U0001f44d\U0001f3ff", 9, ["ab", "\U0001f44d\U0001f3ff"]),
        (FAMILY, 12, ["\U0001f469\u200d\U0001f469", "\u200d\U0001f467\u200d", "\U0001f466"]),
        ("한글" + "\u1112\u1161\u11ab", 9, ["한글", "\u1112\u1161\u11ab"]),
    ],
)
def test_long_text_is_cut_between_words_and_characters(text: str, limit: int, pieces: list[str]) -> None:
    """A cut falls after a word, else between visible characters, else (one alone too long) between code points."""
    assert wire.split(text, limit) == pieces


@given(st.one_of(anything, wordy), st.integers(4, 512))
@example(FAMILY * 40, 60)
@example(" " * 600, 510)
def test_pieces_joined_are_the_text(text: str, limit: int) -> None:
    """Cutting loses nothing, adds nothing, keeps the limit in bytes, and every piece is whole UTF-8."""
    pieces = wire.split(text, limit)
    assert "".join(pieces) == (wire.clean(text) if wire.clean(text).strip() else "")
    assert all(0 < len(piece.encode()) <= limit for piece in pieces)


@given(
    st.lists(st.sampled_from([ACCENTED, FAMILY, FLAG, "x", "語", "한"]), min_size=1, max_size=60), st.integers(30, 200)
)
def test_no_cut_falls_inside_a_visible_character(characters: list[str], limit: int) -> None:
    """Where every visible character fits a line, every piece holds whole ones."""
    rest = list(characters)
    for piece in wire.split("".join(characters), limit):
        while piece:
            first = rest.pop(0)
            assert piece.startswith(first)
            piece = piece.removeprefix(first)
    assert not rest


def test_a_limit_below_one_character_is_refused() -> None:
    """A limit that no character fits is a mistake of the caller, said at once."""
    with pytest.raises(ValueError, match="no room"):
        wire.split("語", 3)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("A12 christian: look at it", "A12 c⁠hristian: look at it"),
        ("A15 yoctozepto, Mnasiadka: both", "A15 y⁠octozepto, M⁠nasiadka: both"),
        ("(by [mnasiadka])", "(by [m⁠nasiadka])"),
        ("a|way is away, a|way_2 is not here", "a⁠|way is away, a|way_2 is not here"),
        ("mnasiadkas christianity", "mnasiadkas christianity"),
        ("see https://example.org/christian/x and `+done christian`", None),
        ("#christian actions, +christian", None),
        ("christian-kolla", "c⁠hristian-kolla"),
        ("x and X", None),
        ("asker asks about christian", "asker asks about c⁠hristian"),
    ],
)
def test_a_list_highlights_nobody_but_the_asker(text: str, shown: str | None) -> None:
    """A nick of somebody present is broken invisibly; addresses, commands, parts of words and the asker's are not."""
    nicks = {"christian", "yoctozepto", "mnasiadka", "a|way", "x", "asker"}
    assert wire.without_pings(text, nicks, keep=("Asker",)) == (shown or text)


@given(anything, st.sets(st.text("ab[]|-_é", min_size=1, max_size=6)))
def test_breaking_nicks_changes_nothing_visible(text: str, nicks: set[str]) -> None:
    """Only word joiners are added, so that what people read and copy stays the same."""
    assert wire.without_pings(text, nicks).replace("\u2060", "") == text.replace("\u2060", "")
