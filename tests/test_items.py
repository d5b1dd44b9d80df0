"""Decisions, actions and open questions, read from the seeds and from small documents."""

import time
from functools import cache
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.extraction.cues import cues_in, plain, words
from bot.extraction.gatherings import data
from bot.extraction.items import CANDIDATES, FAINT, FEWEST, read_items
from bot.extraction.recap import read_recap
from bot.model import FIRM, Block, BlockKind, Document, Kind, ReadItem, ReadRecap
from bot.recaps.reading import NotARecap, read_document

SEEDS = sorted((Path(__file__).parent.parent / "seeds").glob("0*.txt"))
KOLLA = "003_c986e9060d1ee11f"
LISTS = """---
title: Xena PTG summary
author: Ann Lee
date: 2021-05-04
---

# Images

We agreed on the following:

- drop the old base image
- keep the default as it is

# Next steps

Actions:

- jroll: write a spec
- update the docs (Ann Lee)

# Retrospective

What went well:

- weekly meetings (action: start doing them again)

| Action Item | Owner(s) |
| --- | --- |
| Proposal for a new release model | Quinton Hoole |
| Regular check-ins with operators | |
"""


@cache
def recap(name: str) -> ReadRecap:
    path = next(path for path in SEEDS if path.stem.startswith(name))
    return read_recap(read_document(path.read_bytes(), path.name)[0])


def firm(read: ReadRecap, kind: Kind) -> list[ReadItem]:
    return [item for item in read.items if item.kind is kind and item.confidence >= FIRM]


def item(read: ReadRecap, kind: Kind, part: str) -> ReadItem:
    """The firm item of this kind whose clean text holds `part`."""
    found = [item for item in firm(read, kind) if part in item.text]
    assert found, f"no firm {kind.value} says {part!r}"
    return found[0]


@pytest.mark.parametrize(
    ("name", "kind", "part"),
    [
        (KOLLA, Kind.DECISION, "We agreed to keep CentOS Linux 8"),
        (KOLLA, Kind.DECISION, "We agreed to remove non-official plugins"),
        (KOLLA, Kind.ACTION, "We agreed to document some more of our release process."),
        (KOLLA, Kind.ACTION, "investigate enabling Docker live restore"),
        (KOLLA, Kind.QUESTION, "Some details are still to be decided."),
        (KOLLA, Kind.QUESTION, "Some nods of approval, but no one offering to implement it."),
        ("000", Kind.DECISION, "It was agreed that the existing use cases will be extended"),
        ("001", Kind.ACTION, "we'll split up the base.yaml playbook"),
        ("002", Kind.ACTION, "A blueprint will be written"),
        ("002", Kind.QUESTION, "this plan is still open for discussion"),
        ("004", Kind.ACTION, "Kolla team will evaluate fast forward upgrades"),
    ],
)
def test_the_seeds_say_what_a_reader_takes_from_them(name: str, kind: Kind, part: str) -> None:
    """The plain cases are firm."""
    assert item(recap(name), kind, part)


@pytest.mark.parametrize(
    ("name", "part"),
    [
        (KOLLA, "Thank you to everyone"),
        (KOLLA, "We walked through the proposed feature"),
        ("001", "An exciting start to the week"),
        ("002", "It's always good to see folks"),
        ("004", "The day ended with"),
    ],
)
def test_thanks_travel_and_narrative_are_no_items(name: str, part: str) -> None:
    """What nobody decided, promised or left open is not firm."""
    assert not [item.text for item in recap(name).items if part in item.text and item.confidence >= FIRM]


def test_a_passage_may_be_decision_and_action() -> None:
    """Both items stand over the same range."""
    decision, action = (item(recap(KOLLA), kind, "document some more") for kind in (Kind.DECISION, Kind.ACTION))
    assert (decision.start, decision.end) == (action.start, action.end)
    assert decision.quote == "We agreed to document some more of our release process."


def test_owners_due_links_and_session_are_read_with_an_action() -> None:
    """Each is taken from the passage and the place where it stands; a decision has neither owner nor due."""
    read = recap(KOLLA)
    assert item(read, Kind.ACTION, "possible migration").owners == ("Christian",)
    assert item(read, Kind.ACTION, "to continue looking").owners == ("yoctozepto", "mnasiadka")
    deprecated = item(read, Kind.ACTION, "it will be deprecated in Wallaby")
    assert (deprecated.owners, deprecated.due) == ((), "xena")
    split = item(read, Kind.ACTION, "split the existing patches [4]")
    assert split.owners == ("team",)
    assert [link for link in split.links if link.startswith("https://review.opendev.org/q/topic")]
    assert split.session is not None and read.sessions[split.session].title == "Letsencrypt"
    assert all(not found.owners and found.due is None for found in read.items if found.kind is not Kind.ACTION)


def test_the_seeds_are_quoted_whole_across_lines() -> None:
    """A quote is the slice as it stands, line breaks and all; the text for people is folded."""
    found = item(recap(KOLLA), Kind.DECISION, "RHEL support is not tested")
    assert "\n" in found.quote and "\n" not in found.text
    assert " ".join(found.quote.split()) == found.text


def test_lists_and_tables_say_what_their_entries_are() -> None:
    """Entries under "We agreed on" and under "Actions", brackets with a label, tables with an owner's column."""
    read = read_recap(read_document(LISTS.encode(), "lists.md")[0])
    decisions = {found.text for found in firm(read, Kind.DECISION)}
    actions = {found.text: found.owners for found in firm(read, Kind.ACTION)}
    assert {"drop the old base image", "keep the default as it is"} <= decisions
    assert "We agreed on the following:" not in decisions
    assert actions["jroll: write a spec"] == ("jroll",)
    assert actions["update the docs (Ann Lee)"] == ("Ann Lee",)
    assert actions["start doing them again"] == ()
    assert next(o for text, o in actions.items() if text.startswith("Proposal for")) == ("Quinton Hoole",)


def holds_together(read: ReadRecap) -> None:
    """What is true of every reading of every document."""
    text = read.document.text
    spoken = [block for block in read.document.blocks if block.kind not in (BlockKind.HEADING, BlockKind.CODE)]
    for found in read.items:
        assert text[found.start : found.end] == found.quote
        assert found.text and found.reason
        assert FAINT <= found.confidence <= 1
        assert found.session is None or read.sessions[found.session].start <= found.start
        assert any(block.start <= found.start and found.end <= block.end for block in spoken)
    for kind in Kind:
        sure = len(firm(read, kind))
        faint = sorted(item.confidence for item in read.items if item.kind is kind and item.confidence < FIRM)
        surely = [confidence for confidence in faint if confidence > faint[0]]  # equals share the last place
        assert len(surely) < max(FEWEST, CANDIDATES * sure)


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.stem)
def test_every_quote_of_a_seed_is_its_stored_slice(path: Path) -> None:
    """Ranges lie in blocks, confidence between FAINT and 1, and candidates are few."""
    holds_together(recap(path.stem))


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(SEEDS),
    st.integers(0, 1_000_000),
    st.sampled_from(["words", "lines", "bytes", "end"]),
    st.sampled_from(["a.md", "a.txt", "a.rst", "a.html"]),
)
def test_torn_and_shuffled_recaps_are_read_or_refused(path: Path, seed: int, how: str, name: str) -> None:
    """No damage to a recap raises anything but the refusal, and what is read of it holds together."""
    source = torn(path.read_bytes(), how, Random(seed))
    try:
        documents = read_document(source, name)
    except NotARecap:
        return
    for document in documents:
        holds_together(read_recap(document))


def torn(source: bytes, how: str, random: Random) -> bytes:
    """A recap with its words or lines shuffled, with bytes missing, or cut short."""
    if how == "end":
        return source[: random.randrange(len(source))]
    if how == "bytes":
        return bytes(byte for byte in source if random.random() > 0.03)
    mark = b" " if how == "words" else b"\n"
    parts = source.split(mark)
    random.shuffle(parts)
    return mark.join(parts)


def test_the_seeds_are_read_in_a_moment() -> None:
    """Five recaps take well under a second, whatever else the machine does."""
    documents = [read_document(path.read_bytes(), path.name)[0] for path in SEEDS]
    started = time.process_time()
    for document in documents:
        read_recap(document)
    assert time.process_time() - started < 0.6


@pytest.mark.parametrize(
    "text",
    ["will " * 20_000, "Alice and Bob to " * 6_000, "(" * 50_000, "in the end of the " * 6_000, "led by X by " * 9_000],
    ids=lambda text: text[:12],
)
def test_hostile_text_takes_linear_time(text: str) -> None:
    """A hundred kilobytes without a full stop are read in a second."""
    block = Block(BlockKind.PARAGRAPH, 0, len(text), text, range(len(text)))
    document = Document("long", "text", text, (block,))
    started = time.process_time()
    read_items(document, (), author=None, teams=(), published=None, cycle=None)
    assert time.process_time() - started < 1.5


def test_every_cue_can_speak() -> None:
    """Ids are unique, and each trigger word is one that the text is cut into."""
    cues = data("cues")["cue"]
    assert len({cue["id"] for cue in cues}) == len(cues)
    for cue in cues:
        for word in cue["words"].split():
            assert words(plain(word)) == [word], cue["id"]
        assert any(kind.value in cue for kind in Kind), cue["id"]


def test_addresses_say_nothing() -> None:
    """A question mark in a URL asks nothing."""
    text = plain("See https://example.org/?project=should-we for more.")
    assert "question mark" not in {cue.id for cue in cues_in(text, words(text))}
