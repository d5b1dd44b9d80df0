"""A transcript: what people say and what the bot answers, as a file that everyone can read and write.

    # A comment. Above the first thing said stands the head:
    benches: core inspircd       where it is played; all three where not said (ngircd knows no accounts)
    seeds: 002 003               the recaps in the bot's memory, or `all`; none where not said
    now: 2021-06-01T14:00Z       the time until the next `now>`
    team in #dev: kolla          a room's default team; also `signs in #dev: +~` and `zone in #dev: Europe/Berlin`
    trust nicks: yes             the switch of the configuration
    ana: account ana, op         who speaks: `account NAME` or `no account`, then `op`, `voice`, `op in #dev`, `admin`
    bob: no account

    ana in #ptg> +ask who looks at opensearch?
    bot in #ptg> an answer in the room, as many lines as it has
    bob> summary kolla
    bot> an answer by direct message, to who spoke last
    ana in #ptg> +1
    now> 2021-06-07T14:00Z
    bot in #ptg> whatever falls due by then
    bot to ana> and a direct message to somebody who did not speak

Nothing after `ana in #ptg> +1` means that the bot is silent. `pytest --accept` rewrites the bot's lines.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

from bot.messages import Role

BENCHES = ("core", "ngircd", "inspircd")
"""In this order: what the core answers is what `--accept` writes."""

SAID = re.compile(r"(?P<who>\S+)(?: in (?P<room>\S+)| to (?P<to>\S+))?>(?: (?P<text>.*))?")
HEAD = re.compile(r"(?P<key>\S+|trust nicks)(?: in (?P<room>\S+))?: *(?P<value>.*)")


class Unreadable(Exception):
    """A transcript that does not keep to the format; its text says where and what."""


@dataclass(frozen=True, slots=True, order=True)
class Heard:
    """A line of the bot: to a room, or by direct message to somebody."""

    room: str | None
    to: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Person:
    """Who speaks. `roles` is by room; the key None is every room."""

    nick: str
    account: str | None = None
    admin: bool = False
    roles: dict[str | None, Role] = field(default_factory=dict)

    def role(self, room: str | None) -> Role:
        """What the modes of a room make of them; nothing in a direct message."""
        return Role.USER if room is None else self.roles.get(room, self.roles.get(None, Role.USER))


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happens: somebody says `text`, or (`who` is None) it becomes `now`. And what the bot answers."""

    line: int
    """Where it stands in the file, from 0."""
    now: datetime
    who: Person | None
    room: str | None
    text: str
    answers: tuple[Heard, ...]


@dataclass(frozen=True, slots=True)
class Transcript:
    """A whole transcript, taken apart."""

    path: Path
    lines: tuple[str, ...]
    benches: tuple[str, ...]
    seeds: tuple[str, ...]
    trust_nicks: bool
    settings: dict[str, dict[str, str]]
    """Room -> `team`, `signs`, `zone` -> value."""
    people: tuple[Person, ...]
    steps: tuple[Step, ...]

    @property
    def rooms(self) -> list[str]:
        """Every room that is spoken in, or set; `#ptg` at least, so that people and bot share one."""
        return sorted({"#ptg", *self.settings, *(step.room for step in self.steps if step.room)})

    @property
    def has_accounts(self) -> bool:
        """Whether the network that the core stands for knows accounts."""
        return "inspircd" in self.benches or "ngircd" not in self.benches

    def with_answers(self, played: Sequence[Sequence[Heard]]) -> str:
        """The file's text with these answers, step by step, in place of those it has."""
        answers = dict(zip((step.line for step in self.steps), zip(self.steps, played, strict=True), strict=True))
        out = []
        for number, line in enumerate(self.lines):
            said = SAID.fullmatch(line)
            if said and said["who"] == "bot":
                continue
            out.append(line)
            if number in answers:
                step, heard = answers[number]
                out += (written(each, step.who) for each in heard)
        return "\n".join(out) + "\n"


def written(heard: Heard, last: Person | None) -> str:
    """A line of the bot as it stands in a file, after `last` spoke."""
    if heard.room:
        return f"bot in {heard.room}> {heard.text}".rstrip()
    to = "" if last and heard.to == last.nick else f" to {heard.to}"
    return f"bot{to}> {heard.text}".rstrip()


def differences(step: Step, played: Sequence[Heard]) -> list[str]:
    """What was heard and what was expected, where they are not the same."""
    if tuple(played) == step.answers:
        return []
    expected = [written(each, step.who) for each in step.answers] or ["(silence)"]
    heard = [written(each, step.who) for each in played] or ["(silence)"]
    said = f"line {step.line + 1}: {step.text}"
    return [said, *(f"  - {each}" for each in expected), *(f"  + {each}" for each in heard)]


def read(path: Path) -> Transcript:
    """Take a transcript apart. Raises Unreadable."""
    return _Reading(path).transcript()


def instant(text: str) -> datetime:
    """`2021-06-01T14:00Z`. Raises ValueError."""
    time = datetime.fromisoformat(text)
    if time.utcoffset() is None:
        raise ValueError(f"{text}: the time needs a Z or an offset")
    return time.astimezone(UTC)


class _Reading:
    """A transcript while it is read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lines = tuple(path.read_text(encoding="utf-8").splitlines())
        self.number = 0
        self.now = instant("2021-06-01T14:00Z")
        self.benches: tuple[str, ...] = BENCHES
        self.seeds: tuple[str, ...] = ()
        self.trust_nicks = False
        self.settings: dict[str, dict[str, str]] = {}
        self.people: dict[str, Person] = {}
        self.steps: list[Step] = []

    def transcript(self) -> Transcript:
        for number, line in enumerate(self.lines):
            self.number = number
            if not line.strip() or line.startswith("#"):
                continue
            try:
                self._line(line)
            except (ValueError, KeyError) as error:
                raise Unreadable(f"{self.path.name}:{self.number + 1}: {error}") from error
        if "ngircd" in self.benches and any(person.account for person in self.people.values()):
            raise Unreadable(f"{self.path.name}: ngircd knows no accounts; say `benches: core inspircd`")
        return Transcript(
            path=self.path,
            lines=self.lines,
            benches=self.benches,
            seeds=self.seeds,
            trust_nicks=self.trust_nicks,
            settings=self.settings,
            people=tuple(self.people.values()),
            steps=tuple(self.steps),
        )

    def _line(self, line: str) -> None:
        if said := SAID.fullmatch(line):
            if said["who"] == "bot":
                self._answer(said)
            else:
                self._said(said)
        elif (head := HEAD.fullmatch(line)) and not self.steps:
            self._head(head["key"], head["room"], head["value"])
        else:
            raise ValueError(f"neither said by anybody nor part of the head: {line}")

    def _said(self, said: re.Match[str]) -> None:
        text = said["text"] or ""
        if said["who"] == "now":
            self.now = instant(text)
            self.steps.append(Step(self.number, self.now, None, None, f"now> {text}", ()))
        elif person := self.people.get(said["who"]):
            self.steps.append(Step(self.number, self.now, person, said["room"], text, ()))
        else:
            raise ValueError(f"{said['who']} is not in the head")

    def _answer(self, said: re.Match[str]) -> None:
        if not self.steps:
            raise ValueError("the bot speaks first")
        step = self.steps[-1]
        to = said["to"] or (step.who.nick if step.who else None)
        if said["room"] is None and to is None:
            raise ValueError("a direct message to whom? Write `bot to ana>`")
        heard = Heard(said["room"], None if said["room"] else to, said["text"] or "")
        self.steps[-1] = Step(step.line, step.now, step.who, step.room, step.text, (*step.answers, heard))

    def _head(self, key: str, room: str | None, value: str) -> None:
        if room is not None:
            if key not in ("team", "signs", "zone"):
                raise ValueError(f"a room has a team, signs or a zone, no {key}")
            self.settings.setdefault(room, {})[key] = value
        elif key == "benches":
            self.benches = tuple(bench for bench in BENCHES if bench in value.split())
            if unknown := set(value.split()) - set(BENCHES):
                raise ValueError(f"there is no bench {', '.join(unknown)}")
        elif key == "seeds":
            self.seeds = tuple(value.split())
        elif key == "now":
            self.now = instant(value)
        elif key == "trust nicks":
            self.trust_nicks = {"yes": True, "no": False}[value]
        else:
            self.people[key] = _person(key, [part.strip() for part in value.split(",")])


def _person(nick: str, attributes: Sequence[str]) -> Person:
    """`account ana`, `no account`, `op`, `voice in #dev`, `admin`. Raises ValueError."""
    account, admin = None, False
    roles: dict[str | None, Role] = {}
    for attribute in attributes:
        words = attribute.split()
        match words:
            case ["no", "account"]:
                pass
            case ["account", name]:
                account = name
            case ["admin"]:
                admin = True
            case [("op" | "voice") as role]:
                roles[None] = Role[role.upper()]
            case [("op" | "voice") as role, "in", room]:
                roles[room] = Role[role.upper()]
            case _:
                raise ValueError(f"{attribute!r} says nothing about {nick}")
    return Person(nick, account, admin, roles)


def in_order(heard: Iterable[Heard]) -> list[Heard]:
    """Lines of one step in an order that does not depend on who heard first: rooms, then people; each as it came."""
    return sorted(heard, key=lambda each: (each.room is None, each.room or "", each.to or ""))


def joined(played: Sequence[Heard], expected: Sequence[Heard]) -> list[Heard]:
    """Lines as heard, those put together again that a network had to split because they were too long."""
    whole = {(each.room, each.to, each.text) for each in expected}
    out: list[Heard] = []
    for (room, to), group in groupby(played, key=lambda each: (each.room, each.to)):
        texts = [each.text for each in group]
        while texts:
            sizes = range(len(texts), 1, -1)
            taken = next((size for size in sizes if (room, to, "".join(texts[:size])) in whole), 1)
            out.append(Heard(room, to, "".join(texts[:taken])))
            del texts[:taken]
    return out
