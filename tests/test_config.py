"""The configuration: every fault at once, with its key; secrets never shown; the example true."""

import re
import sys
import tomllib
from pathlib import Path

import pytest
from pydantic import BaseModel

from bot.app import wanted_rules
from bot.config import Config, ConfigError, load
from bot.config.faults import SECTIONS
from bot.config.settings import STAND_INS
from bot.language_model import Endpoint

EXAMPLE = Path("config/bot.example.toml")


def write(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / "bot.toml"
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


def secret(folder: Path, name: str, text: str = "x") -> Path:
    """A file that holds a secret and that only we may read."""
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    return path


def faults(folder: Path, text: str, mode: int = 0o600) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(write(folder, text, mode))
    return caught.value.faults


def test_every_fault_is_told_at_once_with_its_key(tmp_path: Path) -> None:
    """One start, one list: nobody mends a file fault by fault."""
    assert faults(
        tmp_path,
        """
        [bot]
        databse = "x"
        [irc.oftc]
        port = "many"
        nick = "recap bot"
        channels = ["ptg"]
        [[reminders]]
        network = "libera"
        room = "#ptg"
        day = "mo"
        at = "25:00"
        zone = "Europe/Berln"
        """,
    ) == [
        "bot.databse: unknown key; did you mean database?",
        "irc.oftc.host: is missing.",
        "irc.oftc.port: expected a whole number.",
        "irc.oftc.nick: expected a nick without spaces or any of :,!?@#&+~%*.",
        'irc.oftc.channels.0: expected the name of a channel, such as "#ptg".',
        "reminders.0.day: expected a day of the week, one of Monday, Tuesday, Wednesday, Thursday, Friday,"
        " Saturday, Sunday.",
        "reminders.0.at: expected a time of day as HH:MM, such as 14:00.",
        "reminders.0.zone: expected a time zone such as UTC or Europe/Berlin; did you mean Europe/Berlin?",
        "reminders.0.network: there is no network libera.",
    ]


def test_what_only_follows_from_a_fault_is_not_told(tmp_path: Path) -> None:
    """Of what was refused nobody knows what it would have been: neither missing, nor out of place."""
    assert faults(
        tmp_path,
        """
        recaps = 3
        [reader]
        engine = "llm"
        model = "tiny"
        address = "localhost"
        [irc.oftc]
        channels = "#ptg"
        [irc.oftc.sasl]
        password = 12345
        [matrix.here]
        user = "recapbot"
        password_file = 3
        [rooms."#ptg"]
        network = "oftc"
        zone = "Mars"
        [rooms."#dev"]
        network = 3
        [[reminders]]
        room = "#ptg"
        [[reminders]]
        network = "oftc"
        room = "ptg"
        [[reminders]]
        network = "oftc"
        room = "#ptg"
        """,
        mode=0o644,
    ) == [
        "it holds a password and may be read by everybody: chmod 600 it, or use password_file.",
        "recaps: expected a table.",
        "reader.address: expected an address such as https://llm.example.org/v1, without a password or query.",
        "irc.oftc.host: is missing.",
        'irc.oftc.channels: expected a list of texts, such as ["…", "…"].',
        "irc.oftc.sasl.account: is missing.",
        "irc.oftc.sasl.password: expected a text in quotation marks.",
        'matrix.here.user: expected a Matrix id, such as "@recapbot:example.org".',
        "matrix.here.password_file: expected a path in quotation marks.",
        'rooms."#ptg".zone: expected a time zone such as UTC or Europe/Berlin.',
        'rooms."#dev".network: expected a text in quotation marks.',
        "reminders.0.network: is missing.",
        'reminders.1.room: expected the name of a room, such as "#ptg" or "#ptg:example.org".',
    ]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('irc = "x"', "irc"),
        ('[irc]\nhost = "irc.oftc.net"', "irc.host"),
        ('[irc.oftc]\nhost = "x"\nsasl = 3', "irc.oftc.sasl"),
        ("[matrix]\nuser = 3", "matrix.user"),
        ("reminders = [3]", "reminders.0"),
        ('[reminders]\nnetwork = "x"', "reminders"),
        ("[rooms]\nhost = 3", "rooms.host"),
        ("[bot]\nhost = 3", "bot.host"),
        (
            '[irc.x]\nhost = "x"\nchannels = ["#x"]\n[[reminders]]\nnetwork = "x"\nroom = "#x"\nday = 3',
            "reminders.0.day",
        ),
    ],
)
def test_a_value_of_another_type_is_a_fault(tmp_path: Path, text: str, key: str) -> None:
    """Whatever stands where a table should, or a word, there is a sentence about it and no traceback."""
    assert [fault.partition(":")[0] for fault in faults(tmp_path, text, mode=0o644)] == [key]


def test_a_fault_of_the_environment_hides_none_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are read as one."""
    monkeypatch.setenv("RECAPBOT_IRC__OFTC__PORT", "many")
    text = '[irc.oftc]\nhost = "x"\n[irc.oftc.sasl]\naccount = "x"'
    assert [fault.partition(":")[0] for fault in faults(tmp_path, text)] == ["irc.oftc.port", "irc.oftc.sasl"]
    monkeypatch.setenv("RECAPBOT_RECAPS__PATHS", "/recaps")  # a list is JSON there
    monkeypatch.setenv("RECAPBOT_REMINDERS", "[")
    assert faults(tmp_path, text) == [
        'recaps.paths: expected a list of texts, such as ["…", "…"].',
        "irc.oftc.port: expected a whole number.",
        "reminders: expected a table for each, under [[reminders]].",
        "irc.oftc.sasl: has neither password nor password_file.",
    ]


def test_only_the_environment_writes_numbers_as_texts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has no types; the file has, and there a text is no number and 1 is not true."""
    for key, value in {"PORT": "7000", "TLS": "false", "RATE": "2.5", "CHANNELS": '["#ptg"]'}.items():
        monkeypatch.setenv(f"RECAPBOT_IRC__OFTC__{key}", value)
    network = load(write(tmp_path, '[irc.oftc]\nhost = "x"')).irc["oftc"]
    assert (network.port, network.tls, network.rate, network.channels) == (7000, False, 2.5, ("#ptg",))
    for key in ("PORT", "TLS", "RATE", "CHANNELS"):
        monkeypatch.delenv(f"RECAPBOT_IRC__OFTC__{key}")
    assert faults(tmp_path, '[irc.net]\nhost = "x"\nport = "7000"\ntls = 1\nrate = "2.5"\nburst = true') == [
        "irc.net.port: expected a whole number.",
        "irc.net.tls: expected true or false.",
        "irc.net.burst: expected a whole number.",
        "irc.net.rate: expected a number.",
    ]


def test_whatever_must_be_there_has_a_stand_in() -> None:
    """Else a file without it could not be checked further."""
    for model in SECTIONS.values():
        assert {name for name, about in model.model_fields.items() if about.is_required()} <= set(STAND_INS)


def test_faults_that_concern_several_keys(tmp_path: Path) -> None:
    """A name that identities cannot hold, a reminder to nowhere, SASL without a password, no certificates."""
    assert faults(
        tmp_path,
        """
        [irc.oftc]
        host = "irc.example.org"
        channels = ["#ptg"]
        ca_file = "no.pem"
        [irc.oftc.sasl]
        account = "recapbot"
        [irc."a/b"]
        host = "irc.example.org"
        [rooms."#ptg"]
        network = "libera"
        [rooms."#PTG2"]
        [rooms."#zzz"]
        network = "oftc"
        [[reminders]]
        network = "oftc"
        room = "#other"
        [[reminders]]
        network = "oftc"
        room = "#ptg"
        account = "ana"
        """,
    ) == [
        'irc."a/b": expected a name of letters, digits, dots and hyphens.',
        'rooms."#ptg".network: there is no network libera.',
        'rooms."#PTG2": is not among irc.oftc.channels or irc."a/b".channels; did you mean #ptg?',
        'rooms."#zzz": is not among irc.oftc.channels.',
        "reminders.0.room: #other is not among irc.oftc.channels.",
        "reminders.1: expected either room or account.",
        "irc.oftc.sasl: has neither password nor password_file.",
        f"irc.oftc.ca_file: {tmp_path}/no.pem is no file.",
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"a = [", "is not TOML"), (b"a = '\xff'", "is not UTF-8 text"), (None, "cannot be read: No such file")],
)
def test_a_file_that_cannot_be_read_gets_one_sentence(tmp_path: Path, content: bytes | None, said: str) -> None:
    """Not a traceback."""
    path = tmp_path / "bot.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError, match=re.escape(said)):
        load(path)


SECRET = """
[irc.oftc]
host = "irc.example.org"
[irc.oftc.sasl]
account = "recapbot"
password = "hunter2-planted"
nonsense = 1
"""


def test_secrets_are_not_shown(tmp_path: Path) -> None:
    """Neither in a fault nor in what prints a configuration; and a file that everybody may read is refused."""
    told = faults(tmp_path, SECRET, mode=0o644)
    assert told[0] == "it holds a password and may be read by everybody: chmod 600 it, or use password_file."
    assert "hunter2" not in " ".join(told)
    config = load(write(tmp_path, SECRET.replace("nonsense = 1", "")))
    assert "hunter2" not in repr(config) + str(config)
    assert config.irc["oftc"].sasl.password.get_secret_value() == "hunter2-planted"


def test_a_password_may_come_from_a_file_or_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file's first line, relative to the configuration; the environment wins."""
    secret(tmp_path, "pw", "from-file\n")
    text = SECRET.replace('password = "hunter2-planted"', 'password_file = "pw"').replace("nonsense = 1", "")
    path = write(tmp_path, text, mode=0o644)
    assert load(path).irc["oftc"].sasl.password.get_secret_value() == "from-file"
    monkeypatch.setenv("RECAPBOT_IRC__OFTC__SASL__PASSWORD", "from-environment")
    assert load(path).irc["oftc"].sasl.password.get_secret_value() == "from-environment"
    (tmp_path / "pw").unlink()
    monkeypatch.delenv("RECAPBOT_IRC__OFTC__SASL__PASSWORD")
    with pytest.raises(ConfigError, match="cannot be read, or is empty"):
        load(path)


def test_a_secret_is_given_in_one_way(tmp_path: Path) -> None:
    """Of a password and its file one would be passed over in silence: both together are refused, in every table."""
    text = """
        [reader]
        key = "x"
        key_file = "secret"
        [irc.oftc]
        host = "irc.example.org"
        [irc.oftc.sasl]
        account = "recapbot"
        password = "x"
        password_file = "secret"
        [matrix.here]
        user = "@recapbot:example.org"
        password = "x"
        password_file = "secret"
        """
    both = [
        "reader: has both key and key_file; leave one out.",
        "matrix.here: has both password and password_file; leave one out.",
        "irc.oftc.sasl: has both password and password_file; leave one out.",
    ]
    assert faults(tmp_path, text) == both + [
        f"{key}: {tmp_path}/secret cannot be read, or is empty."
        for key in ("irc.oftc.sasl.password_file", "matrix.here.password_file")
    ]
    secret(tmp_path, "secret")
    assert faults(tmp_path, text) == both


def test_a_matrix_account_is_checked_too(tmp_path: Path) -> None:
    """Ids, rooms, addresses, names and passwords of Matrix are checked, and a password there is a secret as well."""
    assert faults(
        tmp_path,
        """
        [matrix.here]
        user = "recapbot"
        homeserver = "matrix.example.org"
        rooms = ["#ptg", "!abc", "!old:example.org"]
        """,
    ) == [
        'matrix.here.user: expected a Matrix id, such as "@recapbot:example.org".',
        "matrix.here.homeserver: expected an address such as https://matrix.example.org.",
        'matrix.here.rooms.0: expected the alias or id of a room, such as "#ptg:example.org".',
        "matrix.here: has neither password nor password_file.",
    ]
    account = '[matrix.here]\nuser = "@recapbot:example.org"\n'
    assert faults(tmp_path, account) == ["matrix.here: has neither password nor password_file."]
    assert faults(tmp_path, account + 'password = "x"\n[irc.here]\nhost = "irc.example.org"') == [
        "matrix.here: there is irc.here too; give it another name."
    ]
    assert "chmod 600" in faults(tmp_path, account + 'password = "x"', 0o644)[0]
    rule = '[[reminders]]\nnetwork = "here"\nroom = "#other:example.org"'
    assert faults(tmp_path, f'{account}password = "x"\n{rule}') == [
        "reminders.0.room: #other:example.org is not among matrix.here.rooms."
    ]
    assert "hunter2" not in repr(load(write(tmp_path, account + 'password = "hunter2"')))


PROXIED = '[matrix.here]\nuser = "@recapbot:example.org"\npassword_file = "word"\nproxy = "{}"\n'


@pytest.mark.parametrize(
    "proxy",
    [
        "https://localhost:3128",
        "http://localhost",
        "http://localhost:0",
        "http://localhost:70000",
        "http://hunter2@localhost:3128",
        "http://bot:hunter2@more@localhost:3128",
        "http://localhost:3128/hunter2",
        "localhost:3128",
    ],
)
def test_a_proxy_that_cannot_be_used_is_refused(tmp_path: Path, proxy: str) -> None:
    """What the library for proxies would stumble over, said without what stands in it."""
    secret(tmp_path, "word")
    assert faults(tmp_path, PROXIED.format(proxy)) == [
        "matrix.here.proxy: expected http, socks4 or socks5, a host and a port, such as http://localhost:3128."
    ]


@pytest.mark.parametrize(
    "proxy", ["http://bot:hunter2%40@proxy.example.org:3128", "socks5://[::1]:1080", "socks4://127.0.0.1:1080"]
)
def test_the_password_of_a_proxy_is_a_secret(tmp_path: Path, proxy: str) -> None:
    """It is never shown, and not kept where everybody may read it."""
    secret(tmp_path, "word")
    path = write(tmp_path, PROXIED.format(proxy))
    assert proxy not in repr(load(path))
    path.chmod(0o644)
    if "@" not in proxy:
        assert load(path).matrix["here"].proxy is not None
        return
    assert faults(tmp_path, PROXIED.format(proxy), 0o644) == [
        "it holds the password of a proxy and may be read by everybody: chmod 600 it, or use the environment."
    ]


LLM = '[reader]\nengine = "llm"\naddress = "http://localhost:1/v1"\nmodel = "tiny"\n'


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            '[reader]\nengine = "llm"\n',
            [
                'reader.address: is missing; engine = "llm" needs it.',
                'reader.model: is missing; engine = "llm" needs it.',
            ],
        ),
        (
            '[reader]\nengine = "gpt"\naddress = "https://me:hunter2@example.org/v1"\n'
            'model = ""\ntimeout = 0\nmodle = 1\n',
            [
                "reader.engine: expected 'encoder', 'linear' or 'llm'.",
                "reader.address: expected an address such as https://llm.example.org/v1, without a password or query.",
                "reader.model: expected a text that is not empty.",
                "reader.timeout: expected more than 0.",
                "reader.modle: unknown key; did you mean model?",
            ],
        ),
        (LLM + 'key = "clé"\n', ["reader.key: expected a key of ASCII characters."]),
        (LLM + 'key_file = "none"\n', ["reader.key_file: {folder}/none cannot be read, or is empty."]),
    ],
)
def test_a_language_model_is_checked(tmp_path: Path, text: str, told: list[str]) -> None:
    """Whoever asks one must say which and where; a name and password in an address would be shown."""
    assert faults(tmp_path, text) == [each.format(folder=tmp_path) for each in told]


def test_a_language_model_is_asked_where_it_is_chosen_and_its_key_is_a_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By default none is, whatever stands beside; the key comes from the file's first line, or the environment."""
    secret(tmp_path, "key", "from-file\n")
    text = LLM + 'key_file = "key"\n'
    assert load(write(tmp_path, "")).reader.endpoint is None
    assert load(write(tmp_path, text.replace("llm", "linear"))).reader.endpoint is None
    config = load(write(tmp_path, text, mode=0o644))
    endpoint = config.reader.endpoint
    assert endpoint == Endpoint("http://localhost:1/v1", "tiny", "from-file", 60.0)
    assert "from-file" not in repr(config) + repr(endpoint)
    assert faults(tmp_path, LLM + 'key = "hunter2"', mode=0o644) == [
        "it holds the key of reader and may be read by everybody: chmod 600 it, or use key_file."
    ]
    monkeypatch.setenv("RECAPBOT_READER__KEY", "from-environment")
    endpoint = load(write(tmp_path, text)).reader.endpoint
    assert endpoint is not None and endpoint.key == "from-environment"


def test_without_the_package_of_the_language_model_it_is_said_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only where it is wanted: the bot needs none."""
    monkeypatch.setitem(sys.modules, "openai", None)  # what Python takes for a package that is not there
    assert load(write(tmp_path, "")).reader.engine == "encoder"
    assert faults(tmp_path, LLM) == [
        'reader.engine: "llm" needs the package openai, which is not installed: pip install "openai>=3".'
    ]


def keys(model: type[BaseModel]) -> set[str]:
    return set(model.model_fields)


def test_the_example_holds_every_key_and_no_other(tmp_path: Path) -> None:
    """The example is the reference: each key of each table stands in it, set or commented out."""
    text = EXAMPLE.read_text(encoding="utf-8")
    for name in ("irc-password", "matrix-password", "llm-key"):
        secret(tmp_path, f"secrets/{name}")
    load(write(tmp_path, text))
    tables = re.split(r"^\[+([^\]]+)\]+.*$", text, flags=re.MULTILINE)
    seen = dict(zip(tables[1::2], tables[2::2], strict=True))
    assert {name.split(".")[0] for name in seen} == keys(Config)
    for name, body in seen.items():
        section = "sasl" if name.endswith(".sasl") else name.split(".")[0]
        written = set(re.findall(r"^(?:# )?(\w+) = ", body, flags=re.MULTILINE))
        missing = keys(SECTIONS[section]) - written - {"sasl", "password", "key"}
        assert not missing, f"[{name}] of the example does not show {sorted(missing)}"
        assert written <= keys(SECTIONS[section])


def test_the_shipped_teams_can_be_read() -> None:
    """No alias stands for two teams, and no team is part of one that is not there."""
    teams = tomllib.loads(Path("config/teams.toml").read_text(encoding="utf-8"))
    names = [*teams, *(alias for about in teams.values() for alias in about.get("aliases", ()))]
    assert len(names) == len(set(names))
    assert {about["part_of"] for about in teams.values() if "part_of" in about} <= set(teams)


def test_a_reminder_takes_the_team_and_zone_of_its_room(tmp_path: Path) -> None:
    """However the case of the room's name is, and only of the network that the room is set for."""
    config = load(
        write(
            tmp_path,
            """
            [irc.oftc]
            host = "irc.oftc.net"
            channels = ["#ptg"]
            [irc.libera]
            host = "irc.libera.chat"
            channels = ["#ptg"]
            [rooms."#PTG"]
            network = "oftc"
            team = "kolla"
            zone = "Europe/Berlin"
            [[reminders]]
            network = "oftc"
            room = "#ptg"
            [[reminders]]
            network = "libera"
            room = "#ptg"
            """,
        )
    )
    assert [(rule.network, rule.team, rule.zone) for rule in wanted_rules(config)] == [
        ("oftc", "kolla", "Europe/Berlin"),
        ("libera", None, "UTC"),
    ]
