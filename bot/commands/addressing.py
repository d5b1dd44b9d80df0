"""Turns a line that somebody said into what was meant, or silence. Pure: teams and words are given.

A line is the bot's business where it begins with a sign right before a letter (`+actions`, `~reload`, `!actions`), with
a track that is a known team (`#kolla actions`), with one of the bot's names (`recapbot: actions`), or where it is said
to the bot alone. In a room an unknown word is answered only where it looks like one of ours and is not a word of
ptgbot or MeetBot, which may live beside us; whoever speaks to the bot by name or alone hears of every miss.
"""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from bot.queries.labels import read_label

SIGNS = "+~#"
"""The signs that count in a room unless the configuration says otherwise."""

MATRIX_SIGNS = "+~#!"
"""The same in a Matrix room, where `!word` is what people are used to."""

SIMILAR = 75.0
"""Similarity in percent from which an unknown word is taken for a mistyped one."""

LETTERS = 4
"""An unknown word shorter than this is never taken for a mistyped one."""

FOREIGN = frozenset(
    # ptgbot
    "now next clean clear etherpad url color location book unbook in out seen subscribe unsubscribe list add del newday"
    " motd emptydb fetchdb requirevoice alloweveryone"
    # MeetBot and its forks
    " startmeeting endmeeting meetingtopic meetingname topic subtopic agreed agree accepted accept rejected reject"
    " action info idea help halp link undo chair unchair chairs nick save commands lurk unlurk restrictlogs startvote"
    " vote showvote endvote motion failed inconclusive progress replay voters votesrequired".split()
)
"""Words of the bots that live beside ours: where we do not serve one, it is never ours to answer."""

_SIGNED = re.compile(r"([+~!])([^\W\d_].*)", re.DOTALL)
_TRACK = re.compile(r"#([^\W\d_][^\s:,]*)[:,]?(?:\s+(.*))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Setting:
    """Where a line was said, and what is known there."""

    direct: bool
    """Said to the bot alone."""
    own_names: Sequence[str]
    signs: str
    """Which of `+~#!` count in the room."""
    words: Collection[str]
    """The names and aliases of the commands; one that only `~` reaches begins with it (`~iam`)."""
    team: Callable[[str], str | None]
    """The table name of the team, part or alias that a word is; None where it is none."""
    sign: str = ""
    """What goes before a command that people are told to say there: without it they would meet silence."""


@dataclass(frozen=True, slots=True)
class Meant:
    """A command: its word (lower case, a key of `words`), what follows it, and how it was addressed."""

    word: str
    args: str = ""
    team: str | None = None
    """The team addressed as a track, by its table name."""
    admin: bool = False
    """Said with `~`."""


@dataclass(frozen=True, slots=True)
class Missed:
    """A line for the bot that it does not understand, and the sentence that says so."""

    sentence: str


def understand(line: str, setting: Setting) -> Meant | Missed | None:
    """What a line means in that setting; None where it is not the bot's business."""
    line = line.strip()
    called = _after_name(line, setting.own_names)
    if called is not None:
        return _spoken_to(called, setting) if called else Meant("help")
    if setting.direct:
        return _spoken_to(line, setting) if line else None
    if "#" in setting.signs and (found := _track(line, setting)):
        team, rest = found
        return _in_room(rest, setting, team=team)
    signed = _SIGNED.fullmatch(line)
    if signed is None or signed[1] not in setting.signs:
        return None
    return _in_room(signed[2], setting, admin=signed[1] == "~")


def mistyped(word: str, words: Collection[str]) -> str | None:
    """The one of `words` that `word` is most likely meant to be, or None."""
    if len(word) < LETTERS:
        return None
    known = [each for each in words if not each.startswith("~")]
    best = process.extractOne(word, known, scorer=fuzz.ratio, processor=str.casefold, score_cutoff=SIMILAR)
    return best[0] if best else None


def _after_name(line: str, names: Sequence[str]) -> str | None:
    """What follows `NAME:` or `NAME,`, empty where nothing does; None for a line that does not begin so."""
    for name in sorted(names, key=len, reverse=True):
        if name and line[: len(name)].casefold() == name.casefold():
            rest = line[len(name) :].lstrip()
            if rest[:1] in (":", ","):
                return rest[1:].strip()
    return None


def _track(line: str, setting: Setting) -> tuple[str, str] | None:
    """The team that `#team …` addresses, with the rest; None where it is no known team."""
    match = _TRACK.fullmatch(line)
    if match is None:
        return None
    team = setting.team(match[1].rstrip("?!."))
    return None if team is None else (team, (match[2] or "").strip())


def _in_room(text: str, setting: Setting, *, team: str | None = None, admin: bool = False) -> Meant | Missed | None:
    """A line that begins with a sign: what is unknown and looks like nothing of ours is met with silence."""
    meant = _command(text, setting, team=team, admin=admin)
    if meant is not None:
        return meant
    word = _first_word(text)[0]
    if word in FOREIGN:
        return None
    close = mistyped(word, setting.words)
    return _did_you_mean(word, f"#{team} {close}" if team else f"{setting.sign}{close}") if close else None


def _spoken_to(text: str, setting: Setting) -> Meant | Missed:
    """A line to the bot by name or alone, with a sign or without; every miss is answered."""
    team = None
    if found := _track(text, setting):
        team, text = found
    admin = text.startswith("~")
    text = text.lstrip("+~!#").strip()
    meant = _command(text, setting, team=team, admin=admin)
    if meant is not None:
        return meant
    word, _ = _first_word(text)
    shown = word[:40]
    close = mistyped(word, setting.words)
    if close:
        return _did_you_mean(word, f"#{team} {close}" if team else f"{setting.sign}{close}")
    ask, lists = f"`{setting.sign}ask`", f"`{setting.sign}help`"
    if text.endswith("?"):
        return Missed(f"I know my commands only. Put {ask} before a question; {lists} lists the rest.")
    return Missed(f"I do not know `{shown}`; {lists} lists what I know." if shown else f"Say {lists} for what I know.")


def _command(text: str, setting: Setting, *, team: str | None, admin: bool) -> Meant | None:
    """The command that a text without its sign names.

    `kolla actions` is `#kolla actions` where both are known, `A17` is `show A17`, and `A17 done` is `done A17`.
    """
    if not text and team:
        return Meant("help", "", team, admin)
    word, args = _first_word(text)
    for known in (f"~{word}", word) if admin else (word,):
        if known in setting.words:
            return Meant(known, args, team, admin)
    ids, rest = _leading_ids(text)
    if ids and not rest and "show" in setting.words:
        return Meant("show", ids, team, admin)
    if ids and (said := _first_word(rest))[0] in setting.words:
        return Meant(said[0], f"{ids} {said[1]}".rstrip(), team, admin)
    if team is None and word and (named := setting.team(word)) and (not args or _first_word(args)[0] in setting.words):
        return _command(args, setting, team=named, admin=admin)
    return None


def _did_you_mean(word: str, close: str) -> Missed:
    return Missed(f"I do not know `{word}`. Did you mean `{close}`?")


def _first_word(text: str) -> tuple[str, str]:
    """The command word as it is looked up, and what follows it."""
    parts = text.split(None, 1)
    return (parts[0].rstrip("?!.,:;").casefold() if parts else ""), (parts[1] if len(parts) > 1 else "")


def _leading_ids(text: str) -> tuple[str, str]:
    """The ids that a text begins with (`A17`, `ACTION-17?`, `D4/A12 Q3`), each once, and what follows them."""
    words = text.split()
    count = next((index for index, word in enumerate(words) if not read_label(word)), len(words))
    ids = dict.fromkeys(str(label) for word in words[:count] for label in read_label(word))
    return " ".join(ids), " ".join(words[count:])
