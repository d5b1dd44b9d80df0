"""What the bot tells people to say works where it tells them: in a room every command has its sign."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.commands.registry import COMMANDS, NAMES
from bot.messages import Role
from tests.benches.transcript import read
from tests.talk import NOW, Talk
from tests.test_permissions import LINES, PEOPLE, POLICY

TRANSCRIPTS = sorted((Path(__file__).parent / "transcripts").glob("*.txt"))

NOT_TO_BE_SAID = re.compile(
    r"I (?:do not )?know (?:no \w+ )?`[^`]*`|I took `[^`]*` for `[^`]*`|`[^`]*` and `[^`]*` at once|"
    r"`[^`]*` to me in private"
)
"""What was typed, and what is to be said elsewhere."""


def bare(line: str) -> list[str]:
    """The commands that a line said in a room quotes without the sign that they need there."""
    quoted = re.findall(r"`([^`]+)`", NOT_TO_BE_SAID.sub("", line))
    return [each for each in quoted if each.split()[0] in NAMES and not each.startswith("~")]


def test_a_command_without_its_sign_is_noticed() -> None:
    """The test below would find one."""
    assert bare("Say `+done A1`, or `mine`; `#kolla teams` is fine.") == ["mine"]
    assert bare("I do not know `help`; `done A1` is for its owner.") == ["done A1"]


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
def test_in_the_transcripts(path: Path) -> None:
    """Nothing that the bot says in a room of any transcript would be met with silence if it were said."""
    heard = [answer for step in read(path).steps for answer in step.answers if answer.room]
    assert [answer.text for answer in heard if bare(answer.text)] == []


def replies() -> Iterator[tuple[str, list[str]]]:
    """Lines said in a room by all sorts of people, and what the bot answers to each."""
    helps = [f"help {name}" for name in COMMANDS]
    examples = [each.example.lstrip("+") for each in COMMANDS.values()]
    wrong = [
        line
        for name in COMMANDS
        for line in (name, f"{name} xyzzy", f"{name} A99 x", f"{name} D1 D2", f"{name} S1", f"{name} R1", f"{name} C9")
    ]
    unclear = ["xyzzy", "acitons", "who is it?", "#kolla acitons", "actions @nobody", "actions me", "action kola: x"]
    states = ["decisions done", "questions overdue", "actions A1", 'find "', 'ask "', "take A4", "reject A4", "done A4"]
    for person in PEOPLE.values():
        talk = Talk(POLICY)
        who = f"{person.nick}/{person.account}" if person.account else person.nick
        for minute, line in enumerate([*LINES.values(), *helps, *examples, *wrong, *unclear, *states, "help"]):
            said = line if line.startswith("#") else f"recapbot: {line}"
            now = NOW + timedelta(minutes=minute)  # nobody is not understood too often
            reply = talk.answer(said, who, role=person.role, now=now)
            if reply is not None and not reply.private:  # in private no sign is needed
                yield said, list(reply.lines)
        yield "+undo", undone_by_two(talk)
        talk.store.close()


def undone_by_two(talk: Talk) -> list[str]:
    """What is said to who wants to undo what somebody has changed since."""
    talk.say("+due A2 M1", "first/first", role=Role.OP)
    talk.say("+due A2 M2", "second/second", role=Role.OP)
    return talk.say("+undo", "first/first", role=Role.OP)


def test_in_every_reply() -> None:
    """Whoever says whatever in a room, right or wrong, is told what works there."""
    assert [(said, lines) for said, lines in replies() if any(bare(line) for line in lines)] == []
