"""The words about the bot are true: README and docs/ against the declarations, the command line, the configuration and
the bot's own answers. `pytest --accept tests/test_docs.py` rewrites the generated parts of the README.
"""

import asyncio
import re
import shlex
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import UnionType
from typing import Any, get_args, get_origin

import pytest
from pydantic import BaseModel

import bot.commands
from bot import demo
from bot.app import Bot
from bot.cli import main
from bot.commands.registry import COMMANDS, NAMES, Command, Who
from bot.config import Config, IrcNetwork, Recaps, load
from bot.messages import Request, Role
from bot.shipped import shipped
from tests.benches.memory import memory

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
DOCS = [README, *sorted((ROOT / "docs").glob("*.md"))]
WRITTEN = [*DOCS, ROOT / "CHANGELOG.md", ROOT / "seeds" / "README.md"]

NOW = datetime(2021, 6, 1, 14, tzinfo=UTC)
"""When the talk of the README takes place: within the cycle that its recap plans."""

names = pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)


class Talk:
    """A bot that has read the recaps of seeds/, and people who talk to it in `#ptg`."""

    def __init__(self, *, encoder: bool = False) -> None:
        network = IrcNetwork(host="localhost", admins=("root",))
        config = Config(irc={"net": network}, recaps=Recaps(paths=(shipped("seeds"),)))
        self.bot = Bot(config, memory(("all",), encoder=encoder), lambda: NOW)

    def say(self, text: str, nick: str = "ana", role: Role = Role.USER, room: str | None = "#ptg") -> list[str]:
        """Every line of the answer, also of what it says after long work; none for silence."""
        return asyncio.run(self._say(Request(text, nick, NOW, "net", room, account=nick, role=role)))

    async def _say(self, request: Request) -> list[str]:
        lines: list[str] = []
        reply = self.bot.answer(request)
        while reply is not None:
            lines += reply.lines
            reply = await reply.later() if reply.later else None
        return lines

    def kept(self) -> list[str]:
        """Everything that the database holds."""
        db = self.bot.store.db
        tables = [name for name in db.table_names() if not name.endswith(("_fts", "_words"))]
        return [f"{table} {row}" for table in tables for row in db.execute(f'SELECT * FROM "{table}"')]


# --- what the README has from the bot ---------------------------------------------------------------------------


def check_part(name: str, fresh: str, request: pytest.FixtureRequest) -> None:
    """The part of the README between the marks of that name is `fresh`; with --accept it becomes so.

    What an id's number is may differ between machines, by how they round.
    """
    text = README.read_text(encoding="utf-8")
    before, mark, rest = text.partition(f"<!-- {name} -->\n")
    old, end, after = rest.partition(f"<!-- end of {name} -->")
    assert mark and end, f"README.md has no part {name}"
    if request.config.getoption("accept"):
        README.write_text(before + mark + fresh + end + after, encoding="utf-8")
    else:
        assert unnumbered(old) == unnumbered(fresh), "README.md is out of date: pytest --accept tests/test_docs.py"


def unnumbered(text: str) -> str:
    """The text without the numbers of ids."""
    return re.sub(r"\b([ADQSC])\d+\b", r"\1", text)


def words_for(who: Who) -> str:
    """What the table calls those who may use a command; the legend under it says who they are."""
    return "account" if who is Who.PROVEN else who.name.lower()


def table() -> str:
    """The table of commands, from their declarations."""
    rows = ["| command | what it does | who |", "|---|---|---|"]
    for each in COMMANDS.values():
        cells = (f"`{f'{each.name} {each.usage}'.strip()}`", each.help.replace("`+", "`"), words_for(each.who))
        rows.append("| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |")
    legend = [f"- **{words_for(who)}**: {who.value}" for who in Who if words_for(who) != who.value]
    return "\n".join([*rows, "", *legend]) + "\n"


def exchange() -> str:
    """The talk of the README with what the bot answers now. An id that somebody says is one it has just named."""
    talk, out, heard = Talk(encoder=True), [], ""
    for line in README.read_text(encoding="utf-8").partition("<!-- exchange -->\n```\n")[2].splitlines():
        if line == "```":
            break
        if (said := re.fullmatch(r"<(@?)(\w+)> (.+)", line)) and said[2] != "recapbot":
            first = re.search(r"\b[DAQ]\d+\b", heard)
            text = re.sub(r"\bA\d+\b", first[0] if first else "", said[3])
            answer = talk.say(text, said[2], Role.OP if said[1] else Role.USER)
            heard = "\n".join(answer) if any(re.match(r"A\d+", each) for each in answer) else heard
            out += [f"<{said[1]}{said[2]}> {text}", *(f"<recapbot> {each}" for each in answer)]
    return "\n".join(["```", *out, "```"]) + "\n"


def test_the_readme_shows_every_command(request: pytest.FixtureRequest) -> None:
    """The README's table of commands is what their declarations say."""
    check_part("commands", table(), request)


def test_the_readme_shows_what_the_bot_answers(request: pytest.FixtureRequest) -> None:
    """The talk that opens the README is what people hear who say the same to a bot that has read seeds/."""
    check_part("exchange", exchange(), request)


# --- the declarations themselves --------------------------------------------------------------------------------

BEFORE = {
    "mine": ["iam Christian"],
    "more": ["actions all"],
    "take": ["assign A17 nobody"],
    "reopen": ["done A17"],
    "undo": ["done A17"],
    "resume": ["pause R1"],
}
"""What has to be said before an example can work."""


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_the_example_of_a_command_works(command: Command) -> None:
    """An example, said by an admin who may do everything, changes what it says it changes, or tells something."""
    talk = Talk()
    for line in ("#kolla remind weekly mon 14:00 UTC", *(f"+{each}" for each in BEFORE.get(command.name, ()))):
        talk.say(line, "root", Role.OP)
    before = talk.kept()
    answer = talk.say(command.example, "root", Role.OP)
    changed = talk.kept() != before
    if command.name == "reload":  # of recaps that are as they were
        assert answer[-1] == "5 recaps read: 0 new, 0 changed, 5 as before."
    elif command.changes:
        assert changed, answer
    else:
        assert not changed and (len(answer) > 1 or re.search(r"\b[A-Z]\d+\b", answer[0])), answer


def test_commands_stand_in_the_order_of_their_modules() -> None:
    """Help and the README list the commands as bot/commands/__init__.py orders their modules."""
    modules = list(dict.fromkeys(each.handler.__module__.rpartition(".")[2] for each in COMMANDS.values()))
    assert modules == list(bot.commands.__all__)


VALUES = {"me", "nobody", "none", "TEAM:", "2 weeks"}
"""What help texts quote that is no command."""


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_help_names_commands_that_exist(command: Command) -> None:
    """Whatever the help of a command quotes is a command, or a value that it takes."""
    quoted = re.findall(r"`([^`]+)`", command.help)
    words = [each.split()[0] for each in quoted if each not in VALUES]
    assert [word for word in words if not (word.startswith("+") and word[1:] in NAMES)] == []


def said_lines(text: str) -> Iterator[str]:
    """The indented lines of a text that somebody may say in a channel, without what explains them."""
    for line in text.splitlines():
        if found := re.fullmatch(r" +([#+~]\w.*?|/msg recapbot .*?)(?:  .*)?", line):
            yield found[1]


@pytest.mark.parametrize(
    "line", [*said_lines(demo.help_text(memory(("all",)))), *said_lines(README.read_text(encoding="utf-8"))]
)
def test_what_people_are_told_to_try_works(line: str) -> None:
    """What the demo and the README suggest to say is understood."""
    talk = Talk()
    direct = line.startswith("/msg ")
    answer = talk.say(line.removeprefix("/msg recapbot "), "ana", Role.OP, None if direct else "#ptg")
    assert answer and not re.match(r"I do not|Did you mean|Say |There is no|Something", answer[0]), answer


# --- what the docs name -----------------------------------------------------------------------------------------


def code(path: Path) -> str:
    """All that stands in a document as code: blocks, spans and indented lines."""
    text = path.read_text(encoding="utf-8")
    fenced = re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    rest = re.sub(r"^```\w*\n.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    indented = re.findall(r"^    (.*)$", rest, re.MULTILINE)
    return "\n".join([*fenced, *indented, *re.findall(r"`([^`\n]+)`", rest)])


@names
def test_command_lines_in_the_docs_exist(path: Path) -> None:
    """Every `recapbot …` that a document shows is a command with the options that it has."""
    wrong = []
    for line in re.findall(r"(?:(?<!\w )\brecapbot|python3? -m bot)((?: +[^\n|&;>()]+)+)", code(path)):
        words = shlex.split(re.split(r" {3,}| …", line)[0].strip().partition(" #")[0])
        if not words or not re.fullmatch(r"[a-z]+", words[0]):
            continue
        command = main.commands.get(words[0])
        options = [name for each in command.params for name in each.opts] if command else []
        given = [word.partition("=")[0] for word in words if word.startswith("--")]
        if command is None or any(each not in options for each in given):
            wrong.append(f"recapbot {line.strip()}")
    assert wrong == []


def section(annotation: Any) -> Any:
    """The table that a key opens: its model, the model of its entries, or the mapping itself."""
    if get_origin(annotation) in (tuple, UnionType):
        return next((section(each) for each in get_args(annotation) if section(each)), None)
    if get_origin(annotation) is dict:
        return annotation
    return annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None


def is_key(path: list[str]) -> bool:
    """Whether the configuration has this key: `["irc", "libera", "sasl", "required"]`."""
    table: Any = Config
    for number, key in enumerate(path):
        if get_origin(table) is dict:
            table = get_args(table)[1]
            continue
        if key not in table.model_fields:
            return False
        table = section(table.model_fields[key].annotation)
        if table is None:
            return number == len(path) - 1
    return True


@names
def test_keys_in_the_docs_exist(path: Path) -> None:
    """Every key of the configuration that a document names, as `[table] key` or from the environment, exists."""
    text = code(path)
    tables = "|".join(Config.model_fields)
    keys = [
        [*table.replace('"', "").split("."), *([key] if key else [])]
        for table, key in re.findall(rf"\[{{1,2}}((?:{tables})(?:\.[\w\"#]+)*)\]{{1,2}}(?: (\w+))?", text)
    ]
    keys += [each.lower().split("__") for each in re.findall(r"\bRECAPBOT_(\w+__\w+)", text)]
    assert [key for key in keys if not is_key(key)] == []
    assert set(re.findall(r"\bRECAPBOT_(?!\w*__)\w+", text)) <= {"RECAPBOT_DB"}


@names
def test_configurations_in_the_docs_are_accepted(path: Path, tmp_path: Path) -> None:
    """Every TOML that a document shows is a configuration that `recapbot check` accepts."""
    for number, text in enumerate(
        re.findall(r"^```toml\n(.*?)^```", path.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    ):
        said = tomllib.loads(text)
        holders = [network.get("sasl", {}) for network in said.get("irc", {}).values()]
        for holder in (*holders, *said.get("matrix", {}).values()):
            if file := holder.get("password_file"):
                (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
                (tmp_path / file).write_text("secret\n", encoding="utf-8")
                (tmp_path / file).chmod(0o600)
        written = tmp_path / f"{number}.toml"
        written.write_text(text, encoding="utf-8")
        written.chmod(0o600)
        load(written)


@names
def test_words_for_the_bot_in_the_docs_exist(path: Path) -> None:
    """What a document says with a sign in front (`+done A17`, `~reload`) is a command."""
    said = re.findall(r"(?:^|(?<=[\s`>]))([+~])([a-z]+)\b", code(path), re.MULTILINE)
    assert [sign + word for sign, word in said if sign + word not in NAMES and word not in {*NAMES, "word"}] == []


@names
def test_targets_in_the_docs_exist(path: Path) -> None:
    """Every `make …` that a document names is a target of the Makefile."""
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"(?:^|`)make ([a-z]+)", code(path), re.MULTILINE)) <= targets


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_between_the_docs_lead_somewhere(path: Path) -> None:
    """Every relative link leads to a file, and to a heading of it where it names one."""
    for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text(encoding="utf-8")):
        if re.match(r"\w+:", target):
            continue
        name, _, anchor = target.partition("#")
        file = path.parent / name if name else path
        assert file.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.*)$", file.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in {re.sub(r"[^\w -]", "", each.lower()).replace(" ", "-") for each in headings}, target


@names
def test_files_in_the_docs_exist(path: Path) -> None:
    """Every path below one of our folders that a document names is there."""
    named = re.findall(
        r"(?<![\w./-])((?:bot|tests|tools|config|docs|seeds)/[\w./]*\w)", path.read_text(encoding="utf-8")
    )
    assert [each for each in named if not (ROOT / each).exists()] == []
