"""Which headings are sessions, which topics prose has, and what each covers."""

from pathlib import Path

import pytest

from bot.extraction.recap import read_recap
from bot.extraction.sessions import read_sessions
from bot.extraction.topics import derived_title
from bot.model import ReadSession
from bot.recaps.reading import read_document

SEEDS = Path(__file__).parent.parent / "seeds"


def sessions(text: str, address: str = "a.md") -> tuple[ReadSession, ...]:
    """The sessions of a text."""
    return read_sessions(read_document(text.encode(), address)[0])


def paths(text: str, address: str = "a.md") -> list[str]:
    """Their paths, for reading."""
    return [" / ".join(session.path) for session in sessions(text, address)]


KOLLA = [
    "Wallaby Retrospective",
    "Review Wallaby PTG actions",
    "General topics / Deprecations",
    "General topics / Release process",
    "General topics / Elasticsearch -> OpenSearch",
    "General topics / Reflection",
    "General topics / Future leadership",
    "Kolla (images) topics / CentOS Stream 8",
    "Kolla (images) topics / Official plugins",
    "Kolla Ansible / Glance metadef APIs (OSSN-0088)",
    "Kolla Ansible / Opinionated, hardened configuration",
    "Kolla Ansible / Running kolla-ansible bootstrap-servers without stress",
    "Kolla Ansible / Removal/cleanup of services",
    "Kolla Ansible / Cinder active/active bug",
    "Kolla Ansible / More fine grained skipping of tasks, e.g. allow to skip service registration",
    "Kolla Ansible / Letsencrypt",
    "Kolla Ansible / ProxySQL",
    "Kayobe / Running host configure during upgrades",
    "Kayobe / Support provisioning infrastructure VMs",
    "Kayobe / Ubuntu",
    "Kayobe / Multiple environments",
    "Kayobe / Multiple host images",
    "Priorities",
]

TRIPLEO = [
    "Upgrades CI with the stand-alone deployment",
    "Upgrades Special Interest Group",
    "Edge room",
    "TripleO room",
    "TripleO room / TripleO and Edge cloud deployments",
    "TripleO room / OS / Platform",
    "TripleO room / TripleO CI",
    "TripleO room / Ansible / Framework",
    "TripleO room / Security",
    "TripleO room / UX / UI",
    "TripleO room / Baremetal",
]


@pytest.mark.parametrize(
    ("name", "expected"), [("003_c986e9060d1ee11f.txt", KOLLA), ("000_1f348d2938bc1b73.txt", TRIPLEO)]
)
def test_seeds_with_headings(name: str, expected: list[str]) -> None:
    """Marked up or not, the headings of a seed are its sessions, with their paths."""
    (document,) = read_document((SEEDS / name).read_bytes(), name)
    assert [" / ".join(session.path) for session in read_sessions(document)] == expected


def test_teams_of_sessions() -> None:
    """A session under a team's heading is that team's; one under no team's is nobody's but the recap's."""
    (document,) = read_document((SEEDS / "003_c986e9060d1ee11f.txt").read_bytes(), "003")
    team = {session.title: session.team for session in read_sessions(document)}
    assert team["Ubuntu"] == "kayobe"
    assert team["Letsencrypt"] == "kolla"
    assert team["Reflection"] is None


def test_topics_of_a_seed_of_prose() -> None:
    """Plain prose gives a topic for each thing that was discussed, with a title in the writer's words."""
    (document,) = read_document((SEEDS / "001_f9750f5d20561d9a.txt").read_bytes(), "001")
    found = {session.title: session.quote for session in read_sessions(document)}
    assert found["Storyboard painpoints"] == "Later that day we had a Forum session on Storyboard painpoints."
    assert found["PTL tips and tricks"].startswith("There was a forum discussion on PTL tips and tricks [2]")
    assert "Recent tech changes" in found
    assert len(found) == 12


def test_topics_under_days() -> None:
    """Where headings are days, they are sessions, and the topics of each stand under it."""
    (document,) = read_document((SEEDS / "004_4090e71483b42ca8.txt").read_bytes(), "004")
    found = [session.path for session in read_sessions(document)]
    assert ("Day-4, September 14",) in found
    assert ("Day-4, September 14", "Skip level upgrades") in found
    assert all(path[0].startswith("Day-") for path in found)


@pytest.mark.parametrize("name", sorted(path.name for path in SEEDS.glob("*.txt")))
def test_places(name: str) -> None:
    """Each session's quote stands where the session begins; sessions follow each other, and items lie in theirs."""
    (document,) = read_document((SEEDS / name).read_bytes(), name)
    read = read_recap(document)
    assert read.sessions
    for session in read.sessions:
        assert document.text.startswith(session.quote, session.start)
        assert session.start < session.end <= len(document.text)
        assert session.path[-1] == session.title
    assert [session.start for session in read.sessions] == sorted(session.start for session in read.sessions)
    for item in read.items:
        assert item.session is None or read.sessions[item.session].start <= item.start < read.sessions[item.session].end


@pytest.mark.parametrize(
    "heading",
    [
        "Introduction", "Thanks", "Thank you!", "Special thanks to the organizers", "Attendees", "List of participants",
        "Get involved", "How can we get involved?", "About StarlingX", "References", "Team photo", "Upcoming events",
        "Conclusion", "Action items", "TL;DR", "Wrap-up",
    ],
)  # fmt: skip
def test_headings_that_are_no_topic(heading: str) -> None:
    """What frames a report is no session."""
    assert paths(f"# PTG\n\n## {heading}\n\nWords on it.\n\n## Placement\n\nWe agreed.\n") == ["Placement"]


def test_a_heading_without_words_of_its_own_is_only_a_path() -> None:
    """A heading right above another one is no session, but part of the path of those below."""
    assert paths("# PTG\n\n## Nova\n\n### Cells\n\nWe agreed.\n\n## Empty\n") == ["Nova / Cells"]


def test_the_title_is_no_session() -> None:
    """The heading above all others, or the one that says what the head says, is the title and in no path."""
    assert paths("# PTG notes\n\nWords.\n\n## Cells\n\nWe agreed.\n") == ["Cells"]
    assert paths("---\ntitle: PTG notes\n---\n\n# PTG notes\n\nWords.\n\n# Cells\n\nWe agreed.\n") == ["Cells"]
    assert paths("---\ntitle: PTG notes\n---\n\n# Cells\n\nWe agreed.\n") == ["Cells"]


def test_a_session_reaches_past_headings_that_are_no_topic() -> None:
    """What stands under "Actions" below a topic still belongs to the topic."""
    text = "# PTG\n\n## Cells\n\nWe agreed.\n\n### Action items\n\nAna will do it.\n\n## Placement\n\nWords.\n"
    cells, placement = sessions(text)
    assert cells.start < text.index("Ana will") < cells.end == placement.start


@pytest.mark.parametrize(
    ("sentence", "title"),
    [
        ("Later that day we had a Forum session on Storyboard painpoints.", "Storyboard painpoints"),
        ("We also talked about the new release process, which is long.", "New release process"),
        ("I met with Ana of Freezer regarding the current status of the project.", "Status of the project"),
        ("Skip level upgrades was one of the major talking points.", "Skip level upgrades"),
        ("The relationship with CentOS was discussed, in particular the process.", "Relationship with CentOS"),
        ("One of the important topics in Kolla is the gating.", "Gating"),
        ("During lunch, we had a talk with Ana around “Monitoring with Prometheus”.", "Monitoring with Prometheus"),
        ("We started with a discussion of how the project is governed.", "How the project is governed"),
        ("We had few hallway discussions related to kolla-kubernetes, openstack-helm.", "kolla-kubernetes"),
        ("Ana joined us after the break of an hour in the hall outside.", "Ana joined us after the break of an…"),
    ],
)
def test_titles_of_topics(sentence: str, title: str) -> None:
    """A topic is named by what its opening sentence is about, else by how it begins."""
    assert derived_title(sentence) == title


def test_prose_without_topics_has_no_sessions() -> None:
    """Greetings, travel and thanks open no topic."""
    text = "I had a great time at the summit and its sessions.\n\nThe day ended with a happy hour.\n"
    assert sessions(text, "a.txt") == ()


def test_a_list_of_topics() -> None:
    """Items below "the following topics" are topics."""
    text = (
        "We met at the hackathon.\n\nThe following topics have been addressed:\n\n- Cloud in a box\n- Documentation\n"
    )
    assert paths(text) == ["Cloud in a box", "Documentation"]
