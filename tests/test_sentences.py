"""Where sentences and clauses begin and end."""

import pytest

from bot.extraction.sentences import LONGEST, clauses, sentences


def cut(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("We agreed. We left.", ["We agreed.", "We left."]),
        ("It is done. yoctozepto and mnasiadka to go on.", ["It is done.", "yoctozepto and mnasiadka to go on."]),
        ("See v8. ttx had a talk.", ["See v8.", "ttx had a talk."]),
        ("Tools, e.g. Zuul, stay.", ["Tools, e.g. Zuul, stay."]),
        ("We meet at 3 p.m. today.", ["We meet at 3 p.m. today."]),
        ("We are still affected by [2]. We have a plan.", ["We are still affected by [2].", "We have a plan."]),
        ("Who does it? Nobody!", ["Who does it?", "Nobody!"]),
        ("  Cédric leads it.  “Fine.” It is done. ", ["Cédric leads it.", "“Fine.”", "It is done."]),
        ("1. Write a spec. 2. Send it.", ["1. Write a spec.", "2. Send it."]),
        ("", []),
        (" \n ", []),
    ],
)
def test_sentences_are_those_a_reader_sees(text: str, expected: list[str]) -> None:
    """Nicks in lower case start sentences, abbreviations and references end none, enumerators stay with their text."""
    assert cut(text) == expected


def test_no_sentence_is_longer_than_the_limit() -> None:
    """Text without a full stop is cut at white space, or anywhere where there is none."""
    for text in ("word " * 5_000, "x" * 50_000, "é" * 3_000 + ". Ende"):
        ranges = sentences(text)
        assert all(0 < end - start <= LONGEST for start, end in ranges)
        assert "".join(text[a:b] for a, b in ranges).replace(" ", "") == text.replace(" ", "")


def test_a_sentence_of_ordinary_length_is_one_clause() -> None:
    """Only a long sentence is taken apart."""
    text = "We agreed to keep it, but somebody has to write that down; nobody wanted to."
    assert clauses(text, 0, len(text)) == [(0, len(text))]


def test_a_long_sentence_is_taken_clause_by_clause() -> None:
    """Clauses begin at a semicolon, or at a comma with a conjunction, and lose no word."""
    text = (
        "We looked at every one of the many old ways of building the images that the project still supports today, "
        "but Alice offered to write a small tool that finds out which of them anybody uses; "
        "the rest of the group would rather wait and see what comes out of that before anything is removed."
    )
    found = [text[start:end] for start, end in clauses(text, 0, len(text))]
    assert [part.split()[0] for part in found] == ["We", "but", "the"]
    assert " ".join(found) == text
