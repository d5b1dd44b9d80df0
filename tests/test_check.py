"""`recapbot check` and what else the command line says before anything runs."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli import main
from bot.queries.teams import list_teams
from bot.store.database import Store
from bot.store.people import TeamSeed, seed_teams
from tests.servers.certificate import self_signed


def check(folder: Path, text: str) -> Result:
    """What `recapbot check` makes of a configuration."""
    (folder / "bot.toml").write_text(text, encoding="utf-8")
    return CliRunner().invoke(main, ["check", "--config", str(folder / "bot.toml")])


def test_a_configuration_in_order_is_said_to_be(tmp_path: Path) -> None:
    """A configuration without a fault is named with its networks, and the exit status is 0."""
    result = check(tmp_path, '[irc.net]\nhost = "irc.example.org"\nchannels = ["#ptg"]\n')
    assert result.exit_code == 0
    assert result.stdout == f"{tmp_path / 'bot.toml'} is in order: net (irc.example.org:6697, 1 channel).\n"


@pytest.mark.parametrize(
    ("teams", "fault"),
    [
        (None, "cannot be read (No such file or directory)."),
        ("[kolla", "is not TOML: Expected ']' at the end of a table declaration (at end of document)."),
        ('[kolla]\nalias = "k-a"\n', ": [kolla]: expected aliases and part_of only."),
    ],
)
def test_files_that_the_configuration_names_are_looked_at(tmp_path: Path, teams: str | None, fault: str) -> None:
    """Paths of recaps and the file of teams are checked too, and all that is wrong with them is said at once."""
    file = tmp_path / "teams.toml"
    if teams is not None:
        file.write_text(teams, encoding="utf-8")
    result = check(tmp_path, '[bot]\nteams_file = "teams.toml"\n[recaps]\npaths = ["recaps", "."]\n')
    space = "" if fault.startswith(":") else " "
    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        f"recapbot: {tmp_path / 'bot.toml'}: 2 faults.",
        f"  bot.teams_file: {file}{space}{fault}",
        f"  recaps.paths: {tmp_path / 'recaps'} does not exist.",
    ]


WRONG = """
[irc.net]
host = "127.0.0.1"
port = 1
tls = false
channels = ["#kolla", "#ptg"]
[rooms."#kolla"]
team = "kola"
[[reminders]]
network = "net"
room = "#ptg"
team = "xyzzy"
[[reminders]]
network = "net"
room = "#ptg"
team = "k-a"
"""
"""A room of a mistyped team, a reminder of one that nobody knows, and one by an alias."""


@pytest.mark.parametrize("command", ["check", "run"])
def test_a_team_that_nobody_knows_is_a_fault(tmp_path: Path, command: str) -> None:
    """It would else be a new team, of which nothing is ever said; and no such team is made."""
    path = tmp_path / "bot.toml"
    path.write_text(WRONG, encoding="utf-8")
    result = CliRunner().invoke(main, [command, "--config", str(path)])
    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        f"recapbot: {path}: 2 faults.",
        '  rooms."#kolla".team: there is no team kola; did you mean kolla?',
        "  reminders.0.team: there is no team xyzzy.",
    ]
    if command == "run":
        store = Store(tmp_path / "recapbot.db")
        assert "xyzzy" not in {team.name for team in list_teams(store)}
        store.close()


@pytest.mark.parametrize("command", ["check", "run"])
@pytest.mark.parametrize(
    ("teams", "fault"),
    [
        ("[topic]\n", "[topic]: 'topic' cannot be the name of a team."),
        ('[nova]\naliases = ["link"]\n', "[nova]: 'link' cannot be the name of a team."),
        ('[nova]\naliases = "n"\n', '[nova]: aliases: expected a list such as ["k-a"].'),
        ('[nova]\npart_of = "kola"\n[kolla]\n', "[nova]: part_of: there is no team 'kola' in this file."),
    ],
)
def test_a_name_that_no_team_may_have_is_a_fault(tmp_path: Path, command: str, teams: str, fault: str) -> None:
    """`check` sees all that `run` would stumble over."""
    (tmp_path / "teams.toml").write_text(teams, encoding="utf-8")
    path = tmp_path / "bot.toml"
    path.write_text('[bot]\nteams_file = "teams.toml"\n', encoding="utf-8")
    result = CliRunner().invoke(main, [command, "--config", str(path)])
    assert (result.exit_code, result.stderr.splitlines()) == (
        1,
        [f"recapbot: {path}: 1 fault.", f"  bot.teams_file: {tmp_path / 'teams.toml'}: {fault}"],
    )


MANY_FAULTS = """
[bot]
databse = "x"
log = "xml"
[recaps]
paths = ["recaps"]
[irc.net]
host = "irc.example.org"
port = "many"
channels = ["#kolla"]
ca_file = "no.pem"
nonsense = 1
[irc.net.sasl]
account = "recapbot"
password_file = "no-password"
[matrix.here]
user = "@recapbot:example.org"
[rooms."#kola"]
network = "net"
[rooms."#kolla"]
network = "ntt"
team = "kola"
[[reminders]]
network = "net"
room = "#kolla"
day = "mo"
team = "xyzzy"
[[reminders]]
network = "net"
"""


def test_every_kind_of_fault_is_told_in_one_run(tmp_path: Path) -> None:
    """Mistyped keys and values, secrets, names that lead nowhere, files and teams: none hides another."""
    result = check(tmp_path, MANY_FAULTS)
    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        f"recapbot: {tmp_path / 'bot.toml'}: 14 faults.",
        "  bot.log: expected 'text' or 'json'.",
        "  bot.databse: unknown key; did you mean database?",
        "  irc.net.port: expected a whole number.",
        "  irc.net.nonsense: unknown key.",
        "  reminders.0.day: expected a day of the week, one of Monday, Tuesday, Wednesday, Thursday, Friday, Saturday,"
        " Sunday.",
        f"  irc.net.sasl.password_file: {tmp_path / 'no-password'} cannot be read, or is empty.",
        '  rooms."#kola": is not among irc.net.channels; did you mean #kolla?',
        '  rooms."#kolla".network: there is no network ntt.',
        "  reminders.1: expected either room or account.",
        "  matrix.here: has neither password nor password_file.",
        f"  irc.net.ca_file: {tmp_path / 'no.pem'} is no file.",
        f"  recaps.paths: {tmp_path / 'recaps'} does not exist.",
        '  rooms."#kolla".team: there is no team kola; did you mean kolla?',
        "  reminders.0.team: there is no team xyzzy.",
    ]


def test_the_program_says_its_version() -> None:
    """`--version` answers, installed or from a checkout."""
    result = CliRunner().invoke(main, ["--version"])
    assert result.exit_code == 0 and result.stdout.startswith("recapbot ")


def test_an_instant_is_taken_in_utc_and_within_reason(tmp_path: Path) -> None:
    """An offset is reckoned with; at the ends of the calendar there is nothing to reckon with."""
    Store(tmp_path / "x.db").close()
    db = ["--db", str(tmp_path / "x.db")]
    said = ["say", *db, "--account", "ana", "--now", "2026-11-20T12:00+05:00", "remind me weekly mon"]
    assert "next on Mon 23 Nov 2026, 09:00 UTC" in CliRunner().invoke(main, said).stdout
    for moment in ("0001-01-01", "9999-12-31T23:59", "soon"):
        result = CliRunner().invoke(main, ["remind", *db, "--dry-run", "--now", moment])
        assert (result.exit_code, type(result.exception)) == (2, SystemExit)


def test_lines_of_standard_input_are_one_conversation(tmp_path: Path) -> None:
    """`more` goes on with the answer before it, which a line alone has not; bytes that are no text do no harm."""
    store = Store(tmp_path / "x.db")
    seed_teams(store, {"kolla": TeamSeed()})
    store.close()
    said = ["say", "--db", str(tmp_path / "x.db"), "--account", "ana"]
    recorded = "".join(f"action kolla: thing {number}\n" for number in range(13))
    result = CliRunner().invoke(main, said, input=f"{recorded}actions\nmore\n\xff\n".encode("latin-1"))
    heads = [line for line in result.stdout.splitlines() if "thing" not in line]
    assert heads == [
        "kolla: 13 open actions (13 unowned). First 11; say more.",
        "12 to 13, the last:",
        "I do not know `\ufffd`; `help` lists what I know.",
    ]


FAULTS = [
    (
        "database or disk is full",
        ["recapbot: The disk that holds the database is full; nothing was changed. Make room and try again."],
    ),
    ("boo", ["recapbot: Something went wrong with that; the operator's log says what."]),
]
"""What SQLite says, and what is then said to whoever sits at the console."""


@pytest.mark.parametrize(("refusal", "said"), FAULTS, ids=["foreseen", "unforeseen"])
def test_a_database_that_refuses_is_one_sentence_and_a_status(tmp_path: Path, refusal: str, said: list[str]) -> None:
    """Whoever runs `say` from a script must see that it failed; a traceback is for what nobody foresaw."""
    store = Store(tmp_path / "x.db")
    seed_teams(store, {"kolla": TeamSeed()})
    store.db.execute(f"CREATE TRIGGER no BEFORE INSERT ON items BEGIN SELECT RAISE(FAIL, '{refusal}'); END")
    store.close()
    line = ["say", "--db", str(tmp_path / "x.db"), "--account", "ana", "action kolla: write it"]
    result = CliRunner().invoke(main, line)
    logged = [text for text in result.stderr.splitlines() if not text.startswith("recapbot: ")]
    assert (result.exit_code, result.stdout) == (1, "")
    assert [text for text in result.stderr.splitlines() if text.startswith("recapbot: ")] == said
    assert ["Traceback" in text for text in logged] == ([True] if refusal == "boo" else [])


@pytest.mark.parametrize("recap", ["C99999999999999999999", "D1", "3", "C1/C2", ""])
def test_what_is_no_recap_is_not_unloaded(tmp_path: Path, recap: str) -> None:
    """One sentence, whatever is typed."""
    Store(tmp_path / "x.db").close()
    result = CliRunner().invoke(main, ["unload", "--db", str(tmp_path / "x.db"), recap])
    assert result.exit_code == 1
    assert result.stderr == f"recapbot: {recap!r} is no recap; say its id, such as C3 (`recaps` lists them).\n"


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (None, "is no file."),
        ("", "holds no certificates (expected PEM)."),
        ("key", "holds no certificates (expected PEM)."),
    ],
)
def test_certificates_that_are_none_are_a_fault(tmp_path: Path, content: str | None, fault: str) -> None:
    """On both kinds of network; a certificate is none."""
    made = self_signed(tmp_path)
    if content is not None:
        (tmp_path / "ca.pem").write_text(made.key.read_text() if content else "", encoding="utf-8")
    irc = '[irc.net]\nhost = "irc.example.org"\nca_file = "ca.pem"\n'
    matrix = '[matrix.here]\nuser = "@recapbot:example.org"\npassword_file = "word"\nca_file = "ca.pem"\n'
    (tmp_path / "word").write_text("x")
    (tmp_path / "word").chmod(0o600)
    result = check(tmp_path, irc + matrix)
    assert result.exit_code == 1
    assert result.stderr.splitlines()[1:] == [
        f"  {key}.ca_file: {tmp_path / 'ca.pem'} {fault}" for key in ("irc.net", "matrix.here")
    ]
    made.certificate.rename(tmp_path / "ca.pem")
    assert check(tmp_path, irc + matrix).exit_code == 0


def test_a_files_name_cannot_speak_for_the_program(tmp_path: Path) -> None:
    """A name of a folder that somebody else fills: one line, without what moves a terminal."""
    (tmp_path / "recaps").mkdir()
    (tmp_path / "recaps" / "a\x1b]0;owned\x07\nrecapbot: all is well.txt").write_text("Take two eggs.")
    result = CliRunner().invoke(main, ["load", "--db", str(tmp_path / "bot.db"), str(tmp_path / "recaps")])
    said = [line for line in result.stderr.splitlines() if line.startswith("recapbot:")]
    assert len(said) == 1 and "nothing in it speaks of a gathering" in said[0]
    assert "\x1b" not in result.output and "\x07" not in result.output
    assert result.exit_code == 1
