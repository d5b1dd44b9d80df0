"""What a document says of itself: tables of heads, titles and texts, and the five seeds."""

from datetime import date
from pathlib import Path

import pytest

from bot.extraction import teams
from bot.extraction.dates import read_date
from bot.extraction.events import read_event
from bot.extraction.metadata import Metadata, read_metadata
from bot.recaps.reading import read_document

SEEDS = Path(__file__).parent.parent / "seeds"


def said(text: str, address: str = "a.md") -> Metadata:
    """The metadata of a text."""
    return read_metadata(read_document(text.encode(), address)[0])


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "000_1f348d2938bc1b73.txt",
            ("My summary of the OpenStack Stein PTG in Denver", None, None, "Stein PTG", "stein", "tripleo"),
        ),
        (
            "001_f9750f5d20561d9a.txt",
            (
                "[OpenStack-Infra] 2019 Denver Summit/Forum/PTG Recap",
                "Clark Boylan",
                date(2019, 5, 13),
                "Train PTG",
                "train",
                "infra",
            ),
        ),
        (
            "002_93ee533cfc8b95f2.txt",
            ("TripleO Denver 2018 PTG notes", None, date(2018, 9, 14), "Stein PTG", "stein", "tripleo"),
        ),
        (
            "003_c986e9060d1ee11f.txt",
            ("[kolla][ptg] Kolla PTG summary", "Mark Goddard", date(2021, 5, 4), "Xena PTG", "xena", "kolla"),
        ),
        ("004_4090e71483b42ca8.txt", (None, None, None, "Queens PTG", "queens", "kolla")),
    ],
)
def test_seeds(name: str, expected: tuple[str | date | None, ...]) -> None:
    """Title, author, date, event, cycle and first team of each recap that the bot ships with."""
    (document,) = read_document((SEEDS / name).read_bytes(), name)
    read = read_metadata(document)
    assert (read.title, read.author, read.published, read.event, read.cycle, read.teams[0]) == expected


@pytest.mark.parametrize(
    ("title", "opening", "published", "event", "cycle"),
    [
        ("Kolla Xena PTG summary", "", None, "Xena PTG", "xena"),
        ("Keystone mid-cycle recap for Liberty", "OpenStack", None, "Liberty mid-cycle", "liberty"),
        ("Designate Mid Cycle", "OpenStack", date(2016, 2, 24), "Mitaka mid-cycle", "mitaka"),
        ("Designate Mid Cycle", "OpenStack", None, "Mid-cycle", None),
        ("OpenStack Summit Hong Kong", "", date(2013, 11, 12), "Icehouse Design Summit", "icehouse"),
        ("Denver PTG Summary: Ironic", "", date(2017, 9, 21), "Queens PTG", "queens"),
        ("Denver PTG Summary: Ironic", "", date(2018, 10, 1), "Stein PTG", "stein"),
        ("Denver PTG Summary: Ironic", "", None, None, None),
        ("Denver PTG 2018: Ironic", "", None, "Stein PTG", "stein"),
        ("Kata at the April 2025 PTG", "", None, "Flamingo PTG", "flamingo"),
        ("StarlingX at the virtual PTG", "", date(2020, 6, 15), "Victoria PTG", "victoria"),
        ("StarlingX at the virtual PTG", "", None, None, None),
        ("Notes", "I was in Austin for the “Newton” OpenStack summit.", None, "Newton Design Summit", "newton"),
        ("Notes on the Austin OpenStack Summit", "", date(2016, 5, 16), "Newton Design Summit", "newton"),
        ("Sydney OpenStack Summit", "", date(2017, 11, 22), "Sydney Forum 2017", None),
        ("Recap: Rust Leads Summit 2024", "", date(2024, 5, 9), "Rust Leads Summit 2024", None),
        ("cloud-init: Summit 2018", "", None, "cloud-init Summit 2018", None),
        ("April 14th OpenStack Foundation Board Meeting", "Before the OpenStack Summit in Portland.", date(2013, 5, 25),
         "April 14th OpenStack Foundation Board Meeting", None),
        ("Weekly news", "OpenStack has a release.", date(2021, 5, 4), None, None),
        ("Cluster lifecycle", "We took the train to the summit.", None, None, None),
    ],
)  # fmt: skip
def test_events(title: str, opening: str, published: date | None, event: str | None, cycle: str | None) -> None:
    """The gathering is found by its cycle, or by kind with place or time; where these leave a doubt there is none."""
    found = read_event(title, opening, [], opening, published)
    assert (found.name, found.cycle) == (event, cycle)


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2018-09-14 15:04:21 -0600", date(2018, 9, 14)),
        ("2013/11/12", date(2013, 11, 12)),
        ("Mon May 13 17:49:44 UTC 2019", date(2019, 5, 13)),
        ("Thu, 12 Mar 2020 14:57:24 +1100", date(2020, 3, 12)),
        ("April 19, 2013 at 07:04 PM", date(2013, 4, 19)),
        ("published on 31 August 2017.", date(2017, 8, 31)),
        ("3rd of May 2021", date(2021, 5, 3)),
        ("2021-13-40", None),
        ("31 February 2020", None),
        ("May 2021", None),
        ("12345-01-019", None),
        ("", None),
    ],
)
def test_dates(written: str, day: date | None) -> None:
    """A whole date is read in any usual writing; half of one, or an impossible one, is none."""
    assert read_date(written) == day


@pytest.mark.parametrize(
    ("text", "author"),
    [
        ("# Notes of the summit\n\nNote taker: Ana Example\n\nWe agreed.\n", "Ana Example"),
        (
            "# Notes of the summit\n\n- **Note-taker(s) (on this doc)**: Ana, Bob Example\n\nWe agreed.\n",
            "Ana, Bob Example",
        ),
        ("# Notes of the summit\n\nThis was written by Ana Example and published then. We agreed.\n", "Ana Example"),
        ("# Notes of the summit\n\nAna Example agreed.\n", None),
    ],
)
def test_authors_in_the_text(text: str, author: str | None) -> None:
    """Without a field, the author is who the head of the text says wrote it, and nobody else."""
    assert said(text).author == author


@pytest.mark.parametrize(
    ("address", "text", "day"),
    [
        ("_posts/2019-04-08-summit.md", "# Summit\n\nWe agreed.\n", date(2019, 4, 8)),
        ("a.md", '+++\ntitle = "Summit"\npath = "2024/05/09/summit"\n+++\n\nWe agreed.\n', date(2024, 5, 9)),
        ("a.md", "# Summit\n\nDate: 2016-11-10\n\nWe agreed.\n", date(2016, 11, 10)),
        (
            "a.md",
            "# Summit\n\n_Originally posted on [x](https://x.example/2016/07/28/y/)_\n\nWe agreed.\n",
            date(2016, 7, 28),
        ),
        ("a.md", "# Summit\n\nUntil 2022-05-10 we have time, and agreed to take it.\n", None),
    ],
)
def test_dates_of_publication(address: str, text: str, day: date | None) -> None:
    """Without a field, the date is that of the file's name, of the page's address, or what its head says."""
    assert said(text, address).published == day


@pytest.mark.parametrize(
    ("heading", "team"),
    [
        ("Kayobe", "kayobe"),
        ("Kolla Ansible", "kolla"),
        ("Kolla (images) topics", "kolla"),
        ("TripleO room", "tripleo"),
        ("Upgrades Special Interest Group", "upgrades"),
        ("Edge room", "edge"),
        ("QA", "qa"),
        ("Security", None),
        ("Edge edge edge", None),
        ("Nova virt driver API compatibility", None),
        ("Getting rid of Nova in the undercloud", None),
        ("heat stacks", None),
    ],
)
def test_teams_of_headings(heading: str, team: str | None) -> None:
    """A heading is a team's if it is the team's name; a topic about its software, or named like it, is not."""
    assert teams.of_heading(heading) == team


def test_order_of_teams() -> None:
    """The team of the title comes first, then those of the headings, each once."""
    text = "# [kolla] PTG summary\n\n## Kayobe\n\nWe agreed.\n\n## Kolla Ansible\n\nWe discussed.\n"
    assert said(text).teams == ("kolla", "kayobe")


def test_gaps_stay_gaps() -> None:
    """A text that does not say who, when, where or which team leaves all of that open."""
    assert said("We met at the summit and agreed on things.\n", "a.txt") == Metadata(None, None, None, None, None, ())
