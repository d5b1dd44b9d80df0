"""The one door: what it lets in, what it says where something goes wrong, and that it never falls."""

import asyncio
import logging
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.commands.dispatch import LONGEST, OOPS, Dispatcher, clean
from bot.commands.misses import LAST, MOST, PEOPLE, SAME
from bot.commands.registry import COMMANDS, Policy, Services
from bot.messages import Reply, Role, UserError
from bot.model import Actor
from bot.store.database import Store
from tests.talk import NOW, Talk


@pytest.fixture
def talk() -> Talk:
    """A memory and somebody to talk to it."""
    return Talk()


def test_every_way_of_addressing_gives_the_same_answer(talk: Talk) -> None:
    """A track, a sign, the bot's name and a direct message lead to one list."""
    expected = talk.say("+actions kolla")
    assert len(expected) == 4 and expected[0].startswith("kolla, Xena PTG: 3 open actions")
    for line in (
        "#kolla actions",
        "#k-a actions",
        "recapbot: actions kolla",
        "recapbot, #kolla actions",
        "+kolla actions",
    ):
        assert talk.say(line) == expected, line
    alone = [line.replace("`+", "`") for line in expected]
    for line in ("actions kolla", "+actions kolla", "#kolla actions", "kolla actions", "!actions kolla"):
        assert talk.say(line, room=None) == alone, line


def test_silence_is_none(talk: Talk) -> None:
    """What is not for the bot gets no reply at all, and touches nothing."""
    before = talk.store.db.conn.total_changes
    for line in (
        "+1",
        "~5 minutes",
        "#1 priority",
        "#openstack-kolla is busy",
        "hello",
        "",
        " ",
        "\x02",
        "#nova now x",
    ):
        assert talk.answer(line) is None, line
    assert talk.answer("", room=None) is None
    assert talk.store.db.conn.total_changes == before


def test_a_room_means_its_team_where_none_is_named(talk: Talk) -> None:
    """`here` sets the team of a room, over the configuration's, or takes it away; another may be named."""
    assert talk.say("+decide we use it", "bob/bob") == [
        "Say for which team: `+decide TEAM: TEXT`; `+teams` lists them."
    ]
    configured = Talk(Policy(room_teams={("net", "#PTG"): "k-a"}))
    assert configured.say("+decide we use it", "bob/bob")[0].startswith('Recorded: D3 "we use it" (kolla)')
    configured.say("#nova here", "op", role=Role.OP)
    assert configured.say("+decide we use that", "bob/bob")[0].startswith('Recorded: D4 "we use that" (nova)')
    assert configured.say("+decide kolla: we use that", "bob/bob")[0].startswith('Recorded: D5 "we use that" (kolla)')
    configured.say("+here none", "op", role=Role.OP)
    assert configured.say("+decide we use all", "bob/bob") == [
        "Say for which team: `+decide TEAM: TEXT`; `+teams` lists them."
    ]
    assert configured.say("+decide we use it all", "bob/bob", room=None) == [
        "Say for which team: `decide TEAM: TEXT`; `teams` lists them."
    ]


def test_signs_follow_the_room(talk: Talk) -> None:
    """A room may have other signs or none, and hints name one that works there."""
    policy = Policy(signs={("net", "#quiet"): "", ("net", "#bang"): "!"})
    rooms = Talk(policy)
    assert rooms.say("+done", room="#quiet") == rooms.say("#kolla actions", room="#quiet") == []
    assert rooms.say("recapbot: done", "a/a", room="#quiet") == [
        "Say `recapbot: done ID… [words]`, for example `recapbot: done A17 merged last week`."
    ]
    assert rooms.say("!done", "a/a", room="#BANG")[0].startswith("Say `!done ID")
    assert rooms.say("+done", "a/a", room="#BANG") == []
    assert talk.say("!done", "a/a", room="!abc:example.org")[0].startswith("Say `+done ID")


def test_a_command_without_what_it_needs_says_what_it_needs(talk: Talk) -> None:
    """The usage and an example, from the declaration."""
    assert talk.say("+take", "bob/bob") == ["Say `+take ID…`, for example `+take A17`."]
    assert talk.say("close", "bob/bob", room=None) == [
        "Say `done ID… [words]`, for example `done A17 merged last week`."
    ]
    assert talk.say("#kolla summary")[0].startswith("kolla")


@pytest.mark.parametrize("name", COMMANDS)
def test_no_command_fails_without_arguments_or_with_nonsense(talk: Talk, name: str) -> None:
    """Whatever follows a command, the answer is a sentence of its own, for an operator and an admin too."""
    for args in ("", "A1", "A999", "S1 C1 R1", "none", "\"'*()-:^ NEAR AND", "0" * 40, "ÄÖ 日本 ...", "A1 " * 60):
        for who, role in (("x", Role.OP), ("x/root", Role.USER)):
            lines = talk.say(f"recapbot: {name} {args}", who, role=role)
            assert lines and OOPS not in lines, (name, args, lines)
            assert len(lines) <= 6


@pytest.mark.parametrize(
    ("line", "most"), [("you said: {}", SAME), ("\x02", SAME), ("w{} it is", MOST), ("done {}", MOST)]
)
def test_what_answers_by_itself_is_not_answered_for_ever(talk: Talk, line: str, most: int) -> None:
    """Two machines that do not understand each other end soon, and nobody else is the worse for it."""
    heard = [talk.say(line.format(number), "eliza/eliza", room=None) for number in range(40)]
    assert [bool(lines) for lines in heard] == [True] * most + [False] * (40 - most)
    assert [LAST in lines[-1] for lines in heard[:most]] == [False] * (most - 1) + [True]
    assert len(heard[most - 1]) == 1, "a line of its own would be one message more"
    assert talk.say("hello", "bob", room=None)
    assert talk.say("+done A99", "eliza/eliza"), "a room's commands have their signs"
    assert talk.say("teams", "eliza/eliza", room=None), "what works is answered"
    assert talk.say(line.format(1), "eliza/eliza", room=None), "and they begin anew"


def test_people_try_something_else(talk: Talk) -> None:
    """Whatever odd things somebody says, each gets its sentence, and before a silence stands that there will be one."""
    odd = ["hello", "x" * 3000, "\x02", "спасибо", "who is it?", "done A999", "done A998", "done A999", "hello"]
    heard = [talk.say(line, "x/Acc" if line == "hello" else "x/acc", room=None) for line in odd]
    assert all(len(lines) == 1 for lines in heard)
    assert [LAST in lines[0] for lines in heard] == [False] * 8 + [True]
    assert talk.say("hello", "x/acc", room=None) == []
    assert LAST in talk.say("done A997", "x/acc", room=None)[0], "the tenth"
    assert talk.say("done A996", "x/acc", room=None) == []


def test_whoever_waits_a_minute_is_told_again(talk: Talk) -> None:
    """However the clock was set meanwhile; and the console, where nobody answers by itself, never falls silent."""
    for _ in range(SAME):
        assert talk.say("hello", "bob", room=None)
    assert talk.say("hello", "bob", room=None) == []
    assert talk.say("hello", "bob", room=None, now=NOW + timedelta(seconds=59)) == []
    assert talk.say("hello", "bob", room=None, now=NOW + timedelta(seconds=60))
    assert talk.say("hello", "bob", room=None, now=NOW - timedelta(hours=1))
    assert all(talk.say("hello", "bob", room=None, network="console") for _ in range(40))


def test_only_the_latest_are_remembered(talk: Talk) -> None:
    """A crowd with a word each takes no memory for ever; the latest of them are those who may repeat themselves."""
    for _ in range(SAME):
        talk.say("hello", "first", room=None)
    for number in range(PEOPLE - 1):
        talk.say("hello", f"nick{number}", room=None)
    assert talk.say("hello", "first", room=None) == []
    for number in range(PEOPLE):
        talk.say("hello", f"nick{number}", room=None)
    assert talk.say("hello", "first", room=None)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("x" * 10_000, f"That has 10,000 characters; {LONGEST:,} are the most that I read."),
        ("action kolla: " + "y " * 5_000, f"That has 10,013 characters; {LONGEST:,} are the most that I read."),
        ("\x00\x01\x02\x1b\x7f", "There was nothing in that to read."),
        ("\ud800\udfff", "There was nothing in that to read."),
        ("спасибо большое", "I do not know `спасибо`; `help` lists what I know."),
        ("日本語で話して", "I do not know `日本語で話して`; `help` lists what I know."),
        ("مرحبا", "I do not know `مرحبا`; `help` lists what I know."),
    ],
)
def test_an_odd_message_gets_one_sentence(talk: Talk, line: str, sentence: str) -> None:
    """A flood, control characters, halves of characters and other scripts are answered, and never a crash."""
    assert talk.say(line, "a/a", room=None) == [sentence]


def test_dress_is_taken_off() -> None:
    """Colours and faces of mIRC, invisible characters and line ends do not hide what was said."""
    assert clean("\x02+done\x02 \x0304,12A1\x0f\r\nnow\u200b \u2060ok\ufeff") == "+done A1 now ok"
    assert clean("\x03" + "5 a\tb\x1b[0m") == "a b [0m"
    assert (
        clean("\u0928\u092e\u0938\u094d\u200d\u0924\u0947 👩\u200d💻")
        == "\u0928\u092e\u0938\u094d\u200d\u0924\u0947 👩\u200d💻"
    )


def test_a_recorded_text_is_as_it_was_said_without_its_dress(talk: Talk) -> None:
    """What is kept has no control characters, whatever the client sent."""
    talk.say("+action kolla: \x02mend\x02\nthe\tgate\x00", "bob/bob")
    assert talk.say("+actions kolla gate")[1] == 'A5 unowned: "mend the gate"'


def test_what_nobody_foresaw_is_one_sentence_and_a_line_in_the_log(
    talk: Talk, caplog: pytest.LogCaptureFixture
) -> None:
    """The asker learns that it failed, the operator learns why; the error's own text stays in the log."""
    broken = Talk(Policy(zones={("net", "#ptg"): "Mars/Olympus"}))
    with caplog.at_level(logging.ERROR):
        assert broken.say("+due A1 friday", "op", role=Role.OP) == [OOPS]
    (record,) = caplog.records
    assert "+due A1 friday" in record.getMessage() and record.exc_info


def test_a_broken_database_is_never_shown(talk: Talk, caplog: pytest.LogCaptureFixture) -> None:
    """An error of SQLite that means nothing to people is a bug like any other."""
    talk.store.db.execute("DROP TABLE notes")
    with caplog.at_level(logging.ERROR):
        assert talk.say("+note A1 hello", "bob/bob") == [OOPS]
        assert talk.say("+done A1 merged", "op", role=Role.OP) == [OOPS]
    assert "no such table" in caplog.text
    assert talk.store.db.execute("SELECT state FROM items WHERE kind = 'action' AND number = 1").fetchone() == ("open",)


def test_a_database_that_fails_before_a_line_is_understood_is_silence_in_a_room(
    talk: Talk, caplog: pytest.LogCaptureFixture
) -> None:
    """`#topic` of a meeting is not answered with an error of ours."""
    talk.store.close()
    assert talk.answer("#kolla actions") is None
    assert talk.say("#kolla actions", room=None) == [OOPS]
    assert "could not be understood" in caplog.text


@pytest.fixture
def on_disk(tmp_path: Path) -> Talk:
    """A memory in a file, which waits a tenth of a second for others."""
    talk = Talk()
    path = tmp_path / "bot.db"
    talk.store.backup(path)
    talk.store.close()
    talk.store = Store(path, wait=0.1)
    talk.dispatcher = Dispatcher(talk.store, talk.policy, Services())
    return talk


def test_a_locked_database_is_said_and_nothing_is_half_written(on_disk: Talk) -> None:
    """Another program holds the file: one sentence; reading goes on, and writing again once it is free."""
    other = Store(on_disk.store.path)
    before = on_disk.dump()
    with other.write():
        assert on_disk.say("+done A1 A2 merged", "op", role=Role.OP) == [
            "The database is in use by another program just now; nothing was changed, try again in a moment."
        ]
        assert on_disk.say("+actions kolla")[0].startswith("kolla, Xena PTG: 3 open actions")
    assert on_disk.dump() == before
    assert on_disk.say("+done A1 A2 merged", "op", role=Role.OP)[0].startswith("Done: A1")
    other.close()
    on_disk.store.close()


def test_a_full_disk_is_said_and_nothing_is_half_written(on_disk: Talk) -> None:
    """No room for one more page: one sentence, and the change is not there."""
    connection = on_disk.store.db.conn
    before = on_disk.dump()
    connection.execute("PRAGMA max_page_count = 1")  # SQLite takes it as "no more than there are"
    replies = [on_disk.say(f"+note A1 {'x' * 400} {n}", "bob/bob")[0] for n in range(40)]
    assert replies[-1] == "The disk that holds the database is full; nothing was changed. Make room and try again."
    full = replies.index(replies[-1])
    assert all(reply.startswith("Noted") for reply in replies[:full])
    after = [line for line in on_disk.dump() if line not in before]
    assert len([line for line in after if line.startswith("notes ")]) == full
    connection.execute("PRAGMA max_page_count = 1073741823")
    assert on_disk.say("+done A1", "op", role=Role.OP)[0].startswith("Done: A1")
    on_disk.store.close()


def test_a_read_only_database_is_said_and_reading_goes_on(on_disk: Talk) -> None:
    """One sentence for each change, none lost half-way."""
    before = on_disk.dump()
    on_disk.store.db.execute("PRAGMA query_only = ON")
    assert on_disk.say("+done A1", "op", role=Role.OP) == [
        "The database may only be read by this user; nothing was changed."
    ]
    assert on_disk.say("+actions kolla")[0].startswith("kolla, Xena PTG: 3 open actions")
    assert on_disk.dump() == before
    on_disk.store.close()


def reload_with(outcome: Reply | Exception) -> Talk:
    """A bot whose `reload` comes to that outcome, after a while."""

    async def reload(actor: Actor, now: datetime) -> Reply:
        await asyncio.sleep(0)
        if isinstance(outcome, Exception):
            raise outcome
        return replace(outcome, lines=(f"{actor.name} had it read.", *outcome.lines))

    return Talk(services=Services(reload=reload))


@pytest.mark.parametrize(
    ("outcome", "lines"),
    [
        (Reply(("2 recaps.",)), ("root had it read.", "2 recaps.")),
        (UserError("the folder is gone."), ("The folder is gone.",)),
        (RuntimeError("secret"), (OOPS,)),
    ],
)
def test_long_work_answers_twice(outcome: Reply | Exception, lines: tuple[str, ...]) -> None:
    """`reload` says that it begins, and later what came of it, whatever that is."""
    first = reload_with(outcome).answer("+reload", "root/root")
    assert first is not None and first.lines == ("Reading the recaps again.",) and first.later
    assert asyncio.run(_awaited(first)).lines == lines


async def _awaited(reply: Reply) -> Reply:
    assert reply.later
    return await reply.later()


def test_the_later_part_is_cut_too() -> None:
    """Long work does not flood a room either."""
    first = reload_with(Reply(tuple(f"file {n}" for n in range(20)))).answer("+reload", "root/root")
    assert first is not None
    assert len(asyncio.run(_awaited(first)).lines) == 6


def test_more_goes_on_where_the_answer_stopped(talk: Talk) -> None:
    """A list longer than six lines is cut, a change in between does not lose the rest, and `more` says it."""
    for number in range(9):
        talk.say(f"+action kolla: mend gate {number}", "bob/bob")
    first = talk.say("#kolla actions", "bob/bob")
    assert len(first) == 6 and first[0].endswith("First 5; say +more.")
    talk.say(f"+done {first[1].split()[0]}", "bob/bob")
    assert talk.say("+more", "eve/eve") == ["There is no more."]
    second = talk.say("+more", "bob/bob")
    assert len(second) == 6 and second[0] == "6 to 10; say +more."
    assert len({line.split()[0] for line in first[1:] + second[1:]}) == 10
    assert talk.say("recapbot: more", "bob/bob")[0] == "11 to 12, the last:"
    assert talk.say("+more", "bob/bob") == ["There is no more."]


def test_help_names_what_this_person_may_use(talk: Talk) -> None:
    """Commands that would be refused are not offered; everybody is told how to read."""

    def offered(who: str, **where: object) -> set[str]:
        lines = talk.say("recapbot: help", who, **where)
        assert len(lines) <= 6 and all(len(line) < 400 for line in lines)
        return {word.strip(".,") for line in lines[1:] for word in line.split()[1:]}

    reading = {each.name for each in COMMANDS.values() if not each.changes and each.name != "status"}
    assert offered("x") == offered("x", has_accounts=False) == reading
    assert "done" in offered("x/x") and not {"here", "reload"} & offered("x/x")
    assert {"done", "here", "confirm"} <= offered("x", role=Role.OP) and "reload" not in offered("x", role=Role.OP)
    assert offered("x/root", room=None) == set(COMMANDS)


def test_a_team_alone_is_told_what_to_ask(talk: Talk) -> None:
    """`#kolla` and `#kolla help` get one line."""
    line = (
        "About kolla: `#kolla summary`, `#kolla decisions`, `#kolla actions`, `#kolla questions` or `#kolla sessions`."
        " `+help` lists the rest."
    )
    for said in ("#kolla", "#k-a help", "recapbot: kolla", "+kolla"):
        assert talk.say(said) == [line]


def test_help_explains_a_command(talk: Talk) -> None:
    """Usage, what it does, its other names, an example, who may; without a sign in a direct message."""
    assert talk.say("+help close", "a/a") == [
        "+done ID… [words]: Marks actions as done; the words are kept as a note."
        " Also: close, closed, finish, finished.",
        "Example: +done A17 merged last week",
        "It is for its owner, who recorded it, the recap's loader or author, a channel operator or an admin.",
    ]
    assert talk.say("help +more", room=None) == [
        "more: Says the rest of the last answer that you were given here.",
        "Example: more",
    ]
    assert talk.say("help ~iam", "a/a", room=None)[-1] == "`~iam` is for a channel operator or an admin."
    assert talk.say("+help decisons") == ["I know no command `decisons`. Did you mean `+help decisions`?"]
    assert talk.say("+help xyzzy") == ["I know no command `xyzzy`. `+help` lists those I know."]


def test_a_recap_loaded_again_is_asked_for_at_once(talk: Talk) -> None:
    """Nothing of the memory is kept beside the database: what another program wrote is answered."""
    assert talk.say("#kolla decisions")[0].startswith("kolla, Xena PTG: 2 decisions")
    talk.say("+unload C1", "root/root")
    assert talk.say("#kolla decisions")[0].startswith("kolla: no decision")


SHARED = Talk()
"""One memory for all that hypothesis says."""


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=120), st.booleans(), st.sampled_from(["", "+", "~", "#kolla ", "recapbot: ", *COMMANDS]))
def test_no_line_makes_it_fall(line: str, direct: bool, start: str) -> None:
    """Whatever is said by an operator, anywhere, there is an answer without an error, or silence."""
    lines = SHARED.say(f"{start} {line}", "op", room=None if direct else "#ptg", role=Role.OP)
    assert OOPS not in lines
