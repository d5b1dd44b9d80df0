"""What stands around a recap and is none of it: greetings, closings with a name, signatures, footers of lists."""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

from bot.model import Block, BlockKind

SIGNATURE = re.compile(r"--(?!-|>)|-{10}")
NAME_WORDS = 5  # a closing's name, perhaps with a nick


@dataclass(frozen=True, slots=True)
class Phrases:
    """The phrases of data/boilerplate.toml."""

    begins: tuple[str, ...]
    greetings: frozenset[str]
    closings: frozenset[str]


@cache
def phrases() -> Phrases:
    """The phrases, read once."""
    read = tomllib.loads(files("bot.recaps").joinpath("data/boilerplate.toml").read_text("utf-8"))
    return Phrases(tuple(read["begins"]), frozenset(read["greetings"]), frozenset(read["closings"]))


def set_aside(blocks: Sequence[Block], *, mail: bool, author: str = "") -> list[Block]:
    """The blocks, those that are boilerplate marked as such; greetings, closings and names only in mail."""
    letter = Letter(author) if mail else None
    return [
        replace(block, kind=BlockKind.BOILERPLATE, level=0)
        if footer(block) or letter and letter.frames(block)
        else block
        for block in blocks
    ]


def footer(block: Block) -> bool:
    """Whether a block is what a list or a blog puts around each page."""
    return len(block.text) < 200 and block.text.casefold().startswith(phrases().begins)


class Letter:
    """Where in a letter we are: before its first words, within, after its closing, in the signature."""

    def __init__(self, author: str) -> None:
        self.author = set(author.casefold().split())
        self.begun = self.closed = self.signed = False

    def frames(self, block: Block) -> bool:
        """Whether the next block is a greeting, a closing, a name or part of the signature."""
        if block.kind is not BlockKind.PARAGRAPH:
            self.begun = True
            self.closed = self.signed = False
            return False
        words = block.text.casefold().rstrip(" ,.!:-–—;)(").split()
        if not self.begun:
            self.begun = True
            if greets(words):
                return True
        if SIGNATURE.match(block.text) and len(block.text) < 400:
            self.signed = True
        elif closes(words):
            self.closed = True
        elif not (self.closed and len(words) <= NAME_WORDS) and not (self.signed and len(block.text) < 200):
            self.closed = False
            return 0 < len(words) < 4 and self.author.issuperset(words)
        return True


def greets(words: Sequence[str]) -> bool:
    """Whether a short line is a greeting, a name behind it or not."""
    known = phrases().greetings
    return len(words) < 5 and bool(words) and any(" ".join(words[:n]).rstrip(",") in known for n in (1, 2, 3))


def closes(words: Sequence[str]) -> bool:
    """Whether a short line closes a letter, a name behind it or not."""
    known = phrases().closings
    return len(words) < 6 and bool(words) and any(" ".join(words[:n]).rstrip(",") in known for n in (len(words), 1, 2))
