"""What the shape of a document says of its passages: lead-ins, headings, labels, speakers."""

import pytest

from bot.extraction.features import see
from bot.extraction.items import readable_passages
from bot.extraction.recap import read_recap
from bot.extraction.structure import Passage, heading_zone, lead_zone, reporting_team, told_by_somebody
from bot.model import FIRM, Kind
from bot.recaps.reading import read_document

RECAP = """---
title: Newton summit recap
author: Ann Lee
date: 2016-05-04
---

# Priorities

What the team came together for at the summit.

- Rolling upgrades between releases
- Better functional test coverage

# Images

We've decided:

- one base image for all services
- release once a month

While nothing is agreed yet, these were named:

- a second registry

AI (luke): Create an intro guide to the images

# Project Team Updates

## Networking

The team is currently working on accelerator support.

# Questions and answers

How do you test it? A: with the usual jobs.

How should we support the old clients?
"""


def passages() -> dict[str, Passage]:
    """The passages of RECAP by their text."""
    return {found.text: found for found in readable_passages(read_document(RECAP.encode(), "recap.md")[0])}


@pytest.mark.parametrize(
    ("lead", "zone"),
    [
        ("We've decided:", "decision"),
        ("The conclusions of the session are:", "decision"),
        ("Actions to do after this discussion:", "action"),
        ("Priorities for Newton:", "plan"),
        ("We would like to make a number of improvements:", "plan"),
        ("These questions remain:", "question"),
        ("Do not move forward until these are decided:", ""),
        ("While the community haven't made decisions yet, people named:", ""),
        ("The following people came:", ""),
    ],
)
def test_a_lead_in_says_what_its_entries_are_if_it_asserts_it(lead: str, zone: str) -> None:
    """What is denied, awaited or not spoken of gives the entries nothing."""
    assert lead_zone(lead) == zone


@pytest.mark.parametrize(
    ("heading", "zone"),
    [
        ("Action items", "action"),
        ("Open questions", "question"),
        ("Comments and Questions", ""),
        ("Roadmap for Havana", "plan"),
        ("Links and resources", "none"),
        ("Documenting Application Developer Resources", ""),
    ],
)
def test_a_heading_says_what_stands_below_it(heading: str, zone: str) -> None:
    """A heading that names a topic says nothing, whatever words are in it."""
    assert heading_zone(heading) == zone


@pytest.mark.parametrize(
    ("heading", "zone"),
    [
        ("Storage vendors are killing us, and what to do about it in a cloud of your own: by Rackspace", "none"),
        ("Opening keynote", "none"),
        ("Lightning talks", "none"),
        ("Action items, by Owner", "action"),
        ("Images (by Antelope)", ""),
        ("Open questions", "question"),
    ],
)
def test_the_heading_of_a_talk_speaks_against_what_stands_below_it(heading: str, zone: str) -> None:
    """What a speaker asks or plans is hardly the group's; a heading with another "by" is none of a talk."""
    text = f"# Summit recap: by Ann Lee\n\n## {heading}\n\nWhat we discussed at the summit.\n"
    assert [found.zone for found in readable_passages(read_document(text.encode(), "recap.md")[0])] == [zone]


def test_entries_stand_in_the_zone_of_their_lead_in_or_heading() -> None:
    """Under "We've decided" a decision, under "Priorities" a plan."""
    found = passages()
    assert found["one base image for all services"].zone == "decision"
    assert found["Rolling upgrades between releases"].zone == "plan"
    assert found["a second registry"].zone == ""


def test_entries_of_plans_are_decided_and_to_be_done() -> None:
    """A priority without a verb is more than prose without one."""
    entry = see(passages()["Better functional test coverage"])
    prose = see(passages()["What the team came together for at the summit."])
    assert all(entry.prior[kind] > prose.prior[kind] for kind in (Kind.DECISION, Kind.ACTION))


def test_the_name_in_the_bracket_of_a_label_owns_the_action() -> None:
    """ "AI (luke): …" is luke's."""
    read = read_recap(read_document(RECAP.encode(), "recap.md")[0])
    (found,) = [item for item in read.items if item.kind is Kind.ACTION and "intro guide" in item.text]
    assert found.confidence >= FIRM and found.owners == ("luke",)


def test_work_told_in_the_report_of_a_team_is_that_teams() -> None:
    """ "the team" under "Project Team Updates / Networking" is Networking."""
    assert reporting_team(("Project Team Updates", "Networking")) == "Networking"
    assert reporting_team(("Networking",)) is None
    read = read_recap(read_document(RECAP.encode(), "recap.md")[0])
    (found,) = [item for item in read.items if item.kind is Kind.ACTION and "accelerator" in item.text]
    assert found.owners == ("Networking",)


def test_a_question_with_its_answer_behind_it_is_less_open() -> None:
    """Questions and answers leave little to decide."""
    found = passages()
    answered, open_one = found["How do you test it?"], found["How should we support the old clients?"]
    assert "answered" in see(answered).features and "answered" not in see(open_one).features
    assert see(answered).prior[Kind.QUESTION] < see(open_one).prior[Kind.QUESTION]


@pytest.mark.parametrize("text", ["jberkus: people say so", "(Peff) for every C file", "Mike Rubin: Patch releases"])
def test_notes_of_what_was_said_open_with_who_said_it(text: str) -> None:
    """A nick, a name, a name in brackets."""
    assert told_by_somebody(text)


def test_a_sentence_opens_with_nobody() -> None:
    """A colon later on is no speaker."""
    assert not told_by_somebody("We agreed on two things: this and that.")
