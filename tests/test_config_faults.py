"""No fault of a configuration hides another, none is told that only follows, and all are said in plain words."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import pytest
from click.testing import CliRunner
from pydantic import BaseModel, SecretStr

from bot.app import serve
from bot.cli import main
from bot.config import Config, ConfigError, load, read
from bot.config.faults import SECTIONS
from bot.config.sections import Section

VALUES = {
    "string": '"wrong"',
    "integer": "-7",
    "float": "-2.5",
    "infinity": "inf",
    "boolean": "true",
    "date": "1979-05-27",
    "time": "07:32:00",
    "array": "[7]",
    "table": "{ x = 7 }",
}
"""A value of each type of TOML, chosen to be wrong also where the type is right."""

WHOLE = {
    "bot": "[bot]\n",
    "recaps": "[recaps]\n",
    "reader": "[reader]\n",
    "irc": '[irc.net]\nhost = "x"\n',
    "sasl": '[irc.net]\nhost = "x"\n[irc.net.sasl]\naccount = "x"\npassword = "x"\n',
    "matrix": '[matrix.net]\nuser = "@x:x"\npassword = "x"\n',
    "rooms": '[irc.net]\nhost = "x"\nchannels = ["#x"]\n[rooms."#x"]\n',
    "reminders": '[irc.net]\nhost = "x"\nchannels = ["#x"]\n[[reminders]]\nnetwork = "net"\nroom = "#x"\n',
}
"""A configuration without a fault for each table, which is its last."""

RIVALS = {"password_file": "password", "account": "room"}
"""Of these keys only one may be there."""

PROGRAMMERS = re.compile(r"valid|input|<class|instance|pattern|unable|parse|should|tuple|dict|bool|integer|str\b|None")
"""What pydantic says, and who runs a bot should not have to read."""


def told(folder: Path, text: str) -> list[str]:
    """Every fault of a configuration, as `check` tells them."""
    path = folder / "bot.toml"
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    _, faults, more = read(path)
    return faults + more


def is_right(annotation: Any, kind: str) -> bool:
    """Whether a key of that type takes any value of a type of TOML."""
    kinds = {str: "string", Path: "string", SecretStr: "string", bool: "boolean"}
    if get_origin(annotation) in (UnionType, Union):
        return any(is_right(each, kind) for each in get_args(annotation))
    return kinds.get(get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation) == kind


def keys() -> Iterator[tuple[str, str, str]]:
    """(table, key, type of TOML): each key with each type that it does not take."""
    for table, model in SECTIONS.items():
        for key, about in model.model_fields.items():
            yield from ((table, key, kind) for kind in VALUES if not is_right(about.annotation, kind))
    yield from (("", key, kind) for key in Config.model_fields for kind in VALUES)


@pytest.mark.parametrize(("table", "key", "kind"), list(keys()))
def test_every_key_refuses_every_other_type_in_plain_words(tmp_path: Path, table: str, key: str, kind: str) -> None:
    """One sentence about the key or what stands under it, that names no type of Python and does not show the value."""
    *above, last = re.split(r"(?m)^(?=\[)", WHOLE.get(table, ""))
    last = re.sub(rf"(?m)^({key}|{RIVALS.get(key)}) = .*\n", "", last)
    faults = told(tmp_path, f"{''.join(above)}{last}{key} = {VALUES[kind]}\n")
    here = [*re.findall(r"\[+(.*?)\]", last), key]
    loc = ".".join(here).replace("reminders.", "reminders.0.")
    assert faults and all(fault.startswith((f"{loc}: ", f"{loc}.")) for fault in faults)
    assert not [fault for fault in faults if PROGRAMMERS.search(fault.removeprefix(loc))]
    assert not re.search(r"wrong|-7|-2\.5|1979", " ".join(faults))


@pytest.mark.parametrize("table", WHOLE)
def test_a_text_in_a_list_is_a_text(tmp_path: Path, table: str) -> None:
    """Of a list the entry is named that is none."""
    assert told(tmp_path, WHOLE[table]) == []
    for key, about in SECTIONS[table].model_fields.items():
        if get_origin(about.annotation) is tuple:
            header = re.findall(r"^\[+(.*?)\]", WHOLE[table], re.MULTILINE)[-1]
            text = re.sub(rf"(?m)^{key} = .*\n", "", WHOLE[table])
            (fault,) = told(tmp_path, f"{text}{key} = [7]\n")
            assert re.fullmatch(rf"{header}\.{key}\.0: expected a (text|path) in quotation marks\.", fault)


REMINDER = '[[reminders]]\nnetwork = "net"\n'
NET = '[irc.net]\nhost = "x"\nchannels = ["#x", "#y"]\n'
EITHER = "expected either room or account."


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        (
            NET + '[[reminders]]\nnetwork = "netz"\nroom = "#x"\naccount = "ana"\n',
            ["reminders.0.network: there is no network netz; did you mean net?", f"reminders.0: {EITHER}"],
        ),
        (NET + '[[reminders]]\nday = "mon"\n', ["reminders.0.network: is missing.", f"reminders.0: {EITHER}"]),
        (NET + REMINDER + 'account = 3\nday = "mon"', ["reminders.0.account: expected a text in quotation marks."]),
        (
            NET + REMINDER + 'room = "x"\naccount = "ana"',
            [
                'reminders.0.room: expected the name of a room, such as "#ptg" or "#ptg:example.org".',
                f"reminders.0: {EITHER}",
            ],
        ),
        (
            NET + REMINDER + 'room = "#z"\naccount = "ana"',
            [f"reminders.0: {EITHER}", "reminders.0.room: #z is not among irc.net.channels."],
        ),
        (
            NET + '[[reminders]]\nnetwork = "abc"\nroom = "#elsewhere"\n[rooms."#nowhere"]\nnetwork = "abc"\n',
            [
                'rooms."#nowhere".network: there is no network abc.',
                'rooms."#nowhere": is not among irc.net.channels.',
                "reminders.0.network: there is no network abc.",
                "reminders.0.room: #elsewhere is not among irc.net.channels.",
            ],
        ),
        (
            NET + '[matrix.net]\nuser = "@x:x"\n[irc."a/b"]\n',
            [
                'irc."a/b".host: is missing.',
                "matrix.net: there is irc.net too; give it another name.",
                'irc."a/b": expected a name of letters, digits, dots and hyphens.',
                "matrix.net: has neither password nor password_file.",
            ],
        ),
    ],
)
def test_faults_of_one_table_do_not_hide_each_other(tmp_path: Path, text: str, faults: list[str]) -> None:
    """Each is mended for itself, so each is told."""
    assert told(tmp_path, text) == faults


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("irc = 3\n" + REMINDER + 'room = "#x"', ["irc: expected a table for each, such as [irc.NAME]."]),
        (
            'irc.net = 3\n[rooms."#x"]\nnetwork = "net"\n' + REMINDER + 'room = "#x"',
            ["irc.net: expected a table."],
        ),
        (
            'irc.net = 3\nirc."a/b" = 3\n[matrix.net]\nuser = "@x:x"\n',
            [
                "irc.net: expected a table.",
                'irc."a/b": expected a table.',
                "matrix.net: there is irc.net too; give it another name.",
                'irc."a/b": expected a name of letters, digits, dots and hyphens.',
                "matrix.net: has neither password nor password_file.",
            ],
        ),
        (
            'reminders = [3, { network = "netz", room = "#x" }]\n' + NET,
            ["reminders.0: expected a table.", "reminders.1.network: there is no network netz; did you mean net?"],
        ),
        (
            '[irc.net]\nhost = "x"\nchannels = ["x", "#y"]\n[rooms."#x"]\nzone = "Mars"\n' + REMINDER + 'room = "#x"',
            [
                'irc.net.channels.0: expected the name of a channel, such as "#ptg".',
                'rooms."#x".zone: expected a time zone such as UTC or Europe/Berlin.',
            ],
        ),
        (
            NET + '[rooms."#z"]\nzone = "Mars"\n',
            [
                'rooms."#z".zone: expected a time zone such as UTC or Europe/Berlin.',
                'rooms."#z": is not among irc.net.channels.',
            ],
        ),
        (
            NET + "[bot]\nteams_file = 3\ndatabase = 3\n" + REMINDER + 'room = "#x"\nteam = "xyzzy"',
            [
                "bot.database: expected a path in quotation marks.",
                "bot.teams_file: expected a path in quotation marks.",
            ],
        ),
    ],
)
def test_what_was_refused_is_held_against_nothing_else(tmp_path: Path, text: str, faults: list[str]) -> None:
    """A name that was refused is still there, and what would have stood in it is not said to be missing."""
    assert sorted(told(tmp_path, text)) == sorted(faults)


def test_an_unknown_table_is_refused_however_it_is_written(tmp_path: Path) -> None:
    """`[BOT]` is not `[bot]`, and of both together neither is lost."""
    assert told(tmp_path, '[BOT]\nlog = "xml"\n[bot]\nlog = "yml"\n["a\\nb"]\n') == [
        "BOT: unknown key; did you mean bot?",
        '"a\\nb": unknown key.',
        "bot.log: expected 'text' or 'json'.",
    ]


@pytest.mark.parametrize("text", [f"a = {'9' * 5000}", f"a = {'[' * 5000}"])
def test_toml_that_python_cannot_take_is_one_sentence(tmp_path: Path, text: str) -> None:
    """Its reader has limits that it tells by other errors."""
    with pytest.raises(ConfigError, match="is not TOML"):
        told(tmp_path, text)


LONG = "x" * 300
"""A name that no file can have."""


@pytest.mark.parametrize("name", [LONG, "a\\u0000b"], ids=["too long", "with a NUL"])
def test_a_path_that_cannot_be_is_a_fault_like_others(tmp_path: Path, name: str) -> None:
    """It is told of each key, also of those that an engine nobody knows may need, and nothing falls over."""
    text = (
        f'[bot]\ndatabase = "{name}/x"\nteams_file = "{name}"\n'
        f'[recaps]\npaths = ["{name}"]\n'
        f'[reader]\nengine = "magic"\nkey_file = "{name}"\n'
        f'[matrix.net]\nuser = "@x:x"\npassword_file = "{name}"\nca_file = "{name}"\n'
    )
    assert [fault.partition(":")[0] for fault in told(tmp_path, text)] == [
        "reader.engine",
        "matrix.net.password_file",
        "reader.key_file",
        "matrix.net.ca_file",
        "bot.teams_file",
        "bot.database",
        "recaps.paths",
    ]


def test_the_folder_of_the_database_must_be_there(tmp_path: Path) -> None:
    """`run` makes the database, and no folder."""
    assert told(tmp_path, '[bot]\ndatabase = "data/x.db"') == [
        f"bot.database: the folder {tmp_path}/data does not exist."
    ]
    (tmp_path / "data" / "x.db").mkdir(parents=True)
    assert told(tmp_path, '[bot]\ndatabase = "data/x.db"') == [f"bot.database: {tmp_path}/data/x.db is a folder."]


TEAM = NET + '[bot]\nteams_file = "teams.toml"\n[rooms."#x"]\nteam = "nvoa"\n[rooms."#y"]\nteam = "k-a"\n'


def test_all_that_is_wrong_with_the_file_of_teams_is_told(tmp_path: Path) -> None:
    """Its faults hide neither each other nor those of the teams that are named, as far as it can be read."""
    file = tmp_path / "teams.toml"
    file.write_text('x = 3\n[nova]\nalias = "n"\npart_of = ["x"]\n[kolla]\naliases = ["k-a", "topic", 3]\n[link]\n')
    expected = [
        f"bot.teams_file: {file}: [x]: expected aliases and part_of only.",
        f"bot.teams_file: {file}: [nova]: expected aliases and part_of only.",
        f"bot.teams_file: {file}: [nova]: part_of: there is no team ['x'] in this file.",
        f'bot.teams_file: {file}: [kolla]: aliases: expected a list such as ["k-a"].',
        f"bot.teams_file: {file}: [kolla]: 'topic' cannot be the name of a team.",
        f"bot.teams_file: {file}: [link]: 'link' cannot be the name of a team.",
    ]
    assert told(tmp_path, TEAM) == [*expected, 'rooms."#x".team: there is no team nvoa; did you mean nova?']
    file.unlink()
    unread = f"bot.teams_file: {file} cannot be read (No such file or directory)."
    assert told(tmp_path, TEAM) == [f"{unread} Nor can be said whether the teams that are named here stand in it."]
    assert told(tmp_path, '[bot]\nteams_file = "teams.toml"') == [unread]


def test_run_tells_of_a_faulty_configuration_what_check_tells(tmp_path: Path) -> None:
    """Also what it would find out only later, or could do without."""
    path = tmp_path / "bot.toml"
    path.write_text('[bot]\nlog = "xml"\n[recaps]\npaths = ["no"]\n' + NET + '[rooms."#x"]\nteam = "xyzzy"\n')
    runs = [CliRunner().invoke(main, [command, "--config", str(path)]) for command in ("run", "check")]
    assert {result.exit_code for result in runs} == {1}
    assert runs[0].stderr == runs[1].stderr
    assert runs[0].stderr.count("\n") == 4


SASL = NET + '[irc.net.sasl]\naccount = "x"\npassword_file = "word"\n'


@pytest.mark.parametrize("content", ["", "\n", "  \nsecret"])
def test_a_secret_whose_first_line_is_empty_is_none(tmp_path: Path, content: str) -> None:
    """It would be sent as an empty password, and the network would say that it is wrong."""
    (tmp_path / "word").write_text(content)
    assert told(tmp_path, SASL) == [f"irc.net.sasl.password_file: {tmp_path}/word cannot be read, or is empty."]


@pytest.mark.parametrize("mode", [0o604, 0o444, 0o640, 0o400])
def test_a_file_of_a_secret_that_everybody_may_read_is_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, mode: int
) -> None:
    """By `check` and at the start; what Docker and systemd put below /run is in order."""
    word = tmp_path / "word"
    word.write_text("secret")
    word.chmod(mode)
    path = tmp_path / "bot.toml"
    path.write_text(SASL)
    advice = f"irc.net.sasl.password_file: {word} may be read by everybody; better give it to the bot's user (chown)"
    warning = f"{advice} and chmod 600 it." if mode & 0o004 else ""
    result = CliRunner().invoke(main, ["check", "--config", str(path)])
    assert (result.exit_code, result.stderr) == (0, f"recapbot: {warning}\n" if warning else "")
    path.write_text(SASL + '[rooms."#x"]\nteam = "xyzzy"\n')  # so that it starts and ends
    with pytest.raises(ConfigError, match="there is no team xyzzy"):
        asyncio.run(serve(load(path), path))
    assert (warning in caplog.text) if warning else ("everybody" not in caplog.text)
    path.write_text(SASL)
    real = Path.resolve
    monkeypatch.setattr(Path, "resolve", lambda file: Path("/run/secrets") / file.name if file == word else real(file))
    assert CliRunner().invoke(main, ["check", "--config", str(path)]).stderr == ""


def test_tables_are_models_of_their_own() -> None:
    """What the tests above go through is all there is."""
    assert set(SECTIONS.values()) == set(Section.__subclasses__()) and issubclass(Section, BaseModel)
