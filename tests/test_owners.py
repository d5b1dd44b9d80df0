"""Whom an action names as its owners."""

import pytest

from bot.extraction.owners import read_owners


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Christian offered to investigate a possible migration.", ("Christian",)),
        ("yoctozepto and mnasiadka to continue looking at it.", ("yoctozepto", "mnasiadka")),
        ("yoctozepto may have time to look into this.", ("yoctozepto",)),
        ("In addition to that Allison Randall would reach out to institutions.", ("Allison Randall",)),
        ("Ollie Walsh already has a POC working with this, and will continue working on it.", ("Ollie Walsh",)),
        ("Finally, Jay, sean-k-mooney and/or Ann Lee will write a spec.", ("Jay", "sean-k-mooney", "Ann Lee")),
        ("Michal Nasiadka (mnasiadka) will propose a patch.", ("Michal Nasiadka",)),
        ("Samuel Ortiz from Intel is going to send a patch.", ("Samuel Ortiz",)),
        ("This work is being led by Cédric Jeanneret.", ("Cédric Jeanneret",)),
        ("We agreed that Mark will write it down.", ("Mark",)),
        ("Conclusion was for Nick and Monty to see if OwnCloud works.", ("Nick", "Monty")),
        ("It was assigned to Ann Lee and jroll.", ("Ann Lee", "jroll")),
        ("Ann Lee explained that she will send a mail.", ("Ann Lee",)),
    ],
)
def test_people_are_named_as_written(text: str, expected: tuple[str, ...]) -> None:
    """Full names and nicks, alone or joined, before a promise or behind a passive."""
    assert read_owners(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The OpenStack infra team will look into it.", ("OpenStack infra team",)),
        ("Glance folks are going to write a spec.", ("Glance folks",)),
        ("The Kolla team and the TripleO team will work together.", ("team", "TripleO team")),
        ("We will look into it.", ("team",)),
        ("We'll create a periodic job.", ("team",)),
        ("The team will hack on Friday.", ("team",)),
        ("Let's write a blueprint.", ("team",)),
        ("They were going to look into how feasible that is.", ("StarlingX folks",)),
        ("The SIG will continue to promote these.", ("upgrades SIG",)),
        ("Azure intends to invest in integration testing.", ("Azure",)),
    ],
)
def test_teams_are_owners_too(text: str, expected: tuple[str, ...]) -> None:
    """ "We" and the recap's own team are "team"; "they" and "the SIG" are those spoken of before."""
    assert read_owners(text, own_teams=("kolla",), teams_before=("upgrades SIG", "StarlingX folks")) == expected


@pytest.mark.parametrize(
    "text",
    [
        "A blueprint will be written.",
        "Alternatives will be investigated.",
        "Ussuri will move to Extended Maintenance.",
        "The first move will be towards removing te-broker.",
        "Ironic would use it.",
        "metalsmith will set the host name.",
        "Everything needs to be documented.",
        "The etherpad will be sent around.",
        "",
    ],
)
def test_nobody_is_guessed(text: str) -> None:
    """Passives without a name and software as a subject have no owner."""
    assert read_owners(text, own_teams=("kolla",), teams_before=("Nova team",)) == ()


def test_i_is_the_author() -> None:
    """ "I" is the author by name where the name is known, also beside others."""
    assert read_owners("I'll bring this up.", author="Ann Lee") == ("Ann Lee",)
    assert read_owners("I will bring this up.") == ("author",)
    assert read_owners("Alice King and I will write it.", author="Ann Lee") == ("Ann Lee", "Alice King")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Inspector HA (milan)", ("milan",)),
        ("write a spec [JayF, hurricanerix]", ("JayF", "hurricanerix")),
        ("jroll: write a spec", ("jroll",)),
        ("Ann Lee - send a mail", ("Ann Lee",)),
        ("write a spec (see the notes)", ()),
        ("update the docs: installation", ()),
    ],
)
def test_entries_of_a_list_of_actions_name_owners_by_their_shape(text: str, expected: tuple[str, ...]) -> None:
    """In a list of actions a bracket, or what stands before a colon, names owners if it is names throughout."""
    assert read_owners(text, listed=True) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[mgoddard] update the release notes", ("mgoddard",)),
        ("(bob, Ann Lee) write more tests", ("bob", "Ann Lee")),
        ("Ann Lee: write a blog post about it", ("Ann Lee",)),
        ("Deadline: close the survey by Friday", ()),
        ("Reminder: vote on the name", ()),
        ("Redis - test it", ()),
        ("Victoria: add tests", ()),
        ("[Jammy] test it", ()),
        ("Note: write a blog post about it", ()),
        ("mgoddard: the release notes were late", ()),
        ("Update the docs (Sphinx)", ()),
        ("mnasiadka to bump the version", ("mnasiadka",)),
        ("yoctozepto will triage the bugs", ("yoctozepto",)),
    ],
)
def test_a_name_before_a_task_owns_it_anywhere(text: str, expected: tuple[str, ...]) -> None:
    """Outside of a list of actions too, where what follows is work to be done; a bracket behind it may be anything."""
    assert read_owners(text) == expected


def test_the_owners_column_decides() -> None:
    """What a table says of the owner stands above the words of the task."""
    assert read_owners("Bob will be asked | Tim Hockin", cell="Tim Hockin") == ("Tim Hockin",)
    assert read_owners("Write a spec |", cell="") == ()


@pytest.mark.parametrize(
    ("text", "owners"),
    [
        ("Get clones into stable (Dmitry Borodaenko): validate features first", ("Dmitry Borodaenko",)),
        ("unofficially, dtantsur to follow up with a formal guideline", ("dtantsur",)),
    ],
)
def test_a_name_in_the_heading_of_an_entry_owns_it_and_an_adverb_is_no_name(text: str, owners: tuple[str, ...]) -> None:
    """ "Title (Name): …" and adverbs before the subject."""
    assert read_owners(text) == owners


def test_an_owners_column_may_hold_groups() -> None:
    """What is no person stands as it was written; placeholders are nobody."""
    assert read_owners("Approve the architecture", cell="SIG Architecture") == ("SIG Architecture",)
    assert read_owners("Organise a group", cell="Machinery, CLI, Cluster Lifecycle") == (
        "Machinery",
        "CLI",
        "Cluster Lifecycle",
    )
    assert read_owners("Find somebody", cell="TBD") == ()


def test_in_a_teams_report_the_team_owns_what_nobody_else_does() -> None:
    """ "we" and the passive are the reporting team's; a named person stays."""
    assert read_owners("We will update etcd.", section_team="Containers") == ("Containers",)
    assert read_owners("Etcd will be updated.", section_team="Containers") == ("Containers",)
    assert read_owners("Mark Goddard will update etcd.", section_team="Containers") == ("Mark Goddard",)
