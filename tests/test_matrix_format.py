"""How a reply looks on Matrix, what an event says, and what a room's state means: all pure."""

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.mailbox import Kind
from bot.messages import Role
from bot.transports.matrix_events import incoming, kind_of, matches, reacted, spoken
from bot.transports.matrix_format import LONGEST, labels, notice
from bot.transports.matrix_rooms import RoomState

ME = "@recapbot:example.org"
TAGS = re.compile(r"</?(?:strong|code|ul|li|details|summary)>|<br>|<a href=\"https?://[^\"<>]*\">|</a>")


@settings(max_examples=300, deadline=None)
@given(st.lists(st.text(max_size=200), min_size=1, max_size=12))
def test_whatever_is_said_no_tag_of_it_survives(lines: list[str]) -> None:
    """After taking out our own tags no angle bracket is left, and nobody is highlighted."""
    content = notice([*lines, "<img src=x onerror=1> @room `<b>` https://x.org/<i>"])
    assert not re.search(r"[<>]", TAGS.sub("", content["formatted_body"]))
    assert "@room" not in content["body"] and content["m.mentions"] == {}
    assert "\n" not in "".join(content["body"].split("\n")) and content["msgtype"] == "m.notice"


def test_ids_are_bold_and_items_a_list() -> None:
    """The same lines, plain and dressed: ids bold, items in a list, what one types as such, addresses as links."""
    lines = ["kolla: 2 open actions. See https://x.org/a?b=1&c=2.", 'A2 ana: "a <b>"', "D4/A12 bob: say `+done A12`"]
    content = notice(lines, ping="@ana:x.org")
    assert content["body"] == "\n".join(lines)
    assert content["formatted_body"] == (
        'kolla: 2 open actions. See <a href="https://x.org/a?b=1&amp;c=2">https://x.org/a?b=1&amp;c=2</a>.'
        '<ul><li><strong>A2</strong> ana: "a &lt;b&gt;"</li>'
        "<li><strong>D4/A12</strong> bob: say <code>+done A12</code></li></ul>"
    )
    assert content["m.mentions"] == {"user_ids": ["@ana:x.org"]} and content["msgtype"] == "m.text"
    assert labels(lines) == ("A2", "D4/A12")
    assert labels(['Yours now, bob: A2 "x"', "A3", "C3 a recap", "say `+done A17`", "kolla: A team"]) == ("A2", "A3")
    assert "formatted_body" not in notice(["Hello."])


def test_an_endless_answer_fits_into_an_event() -> None:
    """However long an answer is, its event stays far below 64 KiB, and says that something is missing."""
    content = notice(["x" * 500] * 500)
    assert len(content["body"].encode()) + len(content.get("formatted_body", "").encode()) < 49_000
    assert content["body"].endswith("… and more than one message holds.")
    assert len(notice(["ü" * 100_000])["body"].encode()) < LONGEST + 100


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        ({"type": "m.room.message", "content": {"msgtype": "m.text", "body": "x"}}, Kind.MESSAGE),
        ({"type": "m.room.message", "content": {"msgtype": "m.notice", "body": "x"}}, None),
        ({"type": "m.room.message", "content": {"msgtype": "m.text"}}, None),
        ({"type": "m.room.message", "content": None}, None),
        ({"type": ["m.room.message"]}, None),
        ({"type": "m.room.encrypted", "content": {}}, None),
        ({"type": "m.room.encrypted", "content": {"ciphertext": "x"}}, Kind.UNREADABLE),
        ({"type": "m.room.redaction", "redacts": "$x"}, Kind.REDACTION),
        ({"type": "m.room.redaction", "content": {"redacts": "$x"}}, Kind.REDACTION),
        ({"type": "m.room.tombstone", "content": {}}, None),
        ({"type": "m.room.tombstone", "state_key": "", "content": {}}, Kind.TOMBSTONE),
    ],
)
def test_an_event_is_what_it_is(event: dict[str, Any], kind: Kind | None) -> None:
    """Each event is known for what it is to the bot, whatever shape it has."""
    assert kind_of(event) == kind


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3),
    max_leaves=10,
)
KEYS = st.sampled_from(
    ["type", "content", "event_id", "sender", "origin_server_ts", "redacts", "unsigned", "state_key"]
)
TYPES = st.sampled_from(["m.room.message", "m.reaction", "m.room.encrypted", "m.room.redaction", "m.room.power_levels"])


@settings(max_examples=500, deadline=None)
@given(st.dictionaries(KEYS, ANY_JSON), TYPES, ANY_JSON, ANY_JSON)
def test_no_shape_of_an_event_breaks_the_reader(event: dict[str, Any], kind: str, relation: Any, body: Any) -> None:
    """Whatever JSON an event is made of, it is read, or is nothing."""
    content = {"msgtype": "m.text", "body": body, "formatted_body": body, "m.relates_to": relation}
    for each in (
        event,
        {**event, "type": kind},
        {"event_id": "$x", "sender": "@a:b", "type": kind, "content": content},
    ):
        found = incoming("!room", each, None)
        if found is not None and found.kind is Kind.MESSAGE:
            spoken(found.content, ("recapbot",), ME)
        state = RoomState("!room")
        state.apply({**each, "state_key": ""})
        assert state.role("@a:b") is Role.USER


def test_half_characters_and_huge_numbers_are_taken() -> None:
    """What SQLite cannot store is made storable at the door."""
    content = {"msgtype": "m.text", "body": "a\ud800b", "n": 2**80}
    event = {
        "type": "m.room.message",
        "event_id": "$x",
        "sender": "@a:b",
        "content": content,
        "origin_server_ts": 2**70,
    }
    found = incoming("!r", event, None)
    assert found is not None and found.content["body"] == "a?b" and found.at.year == 1970


def test_a_name_at_the_beginning_counts_and_a_quote_does_not() -> None:
    """A pill is a name that is spoken to; the quote of a reply is not what somebody says."""
    names = ("Recap", "recapbot")
    pill = {"body": "Recap actions", "formatted_body": f'<a href="https://matrix.to/#/{ME}">Recap</a> actions'}
    assert spoken(pill, names, ME) == f"{ME}: actions"
    other = {**pill, "formatted_body": pill["formatted_body"].replace("recapbot", "eve")}
    assert spoken(other, names, ME) == "Recap actions"
    reply = {"body": "> <@a:b> !done A1\n> more\n\n!list", "m.relates_to": {"m.in_reply_to": {"event_id": "$x"}}}
    assert spoken(reply, names, ME) == "!list"
    assert spoken({"body": "> <@a:b> !done A1\n\n!list"}, names, ME).startswith("> <@a:b>")


def test_a_reaction_needs_no_colour() -> None:
    """A sign with or without its variation selector is the same."""
    relation = {"rel_type": "m.annotation", "event_id": "$x", "key": "✔️"}
    found = reacted({"m.relates_to": relation})
    assert found is not None and found.sign == "✔"


def test_patterns_of_people() -> None:
    """Ids, everyone of a server, and everyone; a dot is a dot."""
    assert matches("@ana:x.org", ["@ana:x.org"]) and matches("@ana:x.org", ["*:x.org"]) and matches("@a:b", ["*"])
    assert (
        not matches("@ana:xyorg", ["*:x.org"])
        and not matches("@ana:x.org", [])
        and not matches("@b:x.org.eve", ["*:x.org"])
    )
    assert matches("@_irc_bob:x.org", ["@_irc_*"]) and not matches("@bob:_irc_", ["@_irc_*"])


def room(version: str, levels: dict[str, Any] | None, **create: Any) -> RoomState:
    """A room made by @maker:x with these levels; everybody named is in it."""
    state = RoomState("!room")
    state.apply(
        {
            "type": "m.room.create",
            "state_key": "",
            "sender": "@maker:x",
            "content": {"room_version": version, **create},
        }
    )
    if levels is not None:
        state.apply({"type": "m.room.power_levels", "state_key": "", "content": levels})
    for name in ("maker", "more", "op", "some", "none"):
        state.apply({"type": "m.room.member", "state_key": f"@{name}:x", "content": {"membership": "join"}})
    return state


@pytest.mark.parametrize(
    ("state", "roles"),
    [
        (room("11", None), "maker OP, none USER"),
        (room("11", {"users": {"@op:x": 50, "@some:x": 10}}), "maker USER, op OP, some VOICE, none USER"),
        (room("12", {"users": {"@op:x": 50}}), "maker OP, op OP, none USER"),
        (room("12", {"users": {}}, additional_creators=["@more:x"]), "maker OP, more OP, none USER"),
        (room("11", {"users": {}}, additional_creators=["@more:x"]), "maker USER, more USER"),
        (room("9", {"users": {"@op:x": "100"}}), "op OP"),
        (room("11", {"users": {"@op:x": True, "@some:x": [50]}}), "op USER, some USER"),
        (room("11", {"users": [1], "users_default": 25}), "none USER"),
        (room("11", {"users_default": 50}), "none OP"),
        (RoomState("!unknown"), "maker USER"),
    ],
)
def test_roles_follow_power(state: RoomState, roles: str) -> None:
    """A role is what the room's version and levels make of somebody; what is strange or missing gives nothing."""
    for each in roles.split(", "):
        name, role = each.split(" ")
        assert state.role(f"@{name}:x").name == role, each


def test_who_left_has_no_role() -> None:
    """Power counts for those who are in the room."""
    state = room("11", {"users": {"@op:x": 100}})
    state.apply({"type": "m.room.member", "state_key": "@op:x", "content": {"membership": "leave"}})
    assert state.role("@op:x") is Role.USER
