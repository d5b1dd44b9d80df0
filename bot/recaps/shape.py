"""What the lines of a text look like from afar: notes in words or code."""

import re
from collections.abc import Sequence

from bot.recaps.lines import Line

PYTHON = r">>> (?=\S*[(.=\[]|import |from )"
PROMPT = re.compile(rf"(?:\$ |{PYTHON}|[\w.-]+@[\w.-]+[: ]\S*[$#] )(?=\S)")
CODE = re.compile(
    rf"\$ \S|{PYTHON}"
    r"|\.\.\. |#!|[+|]-{3,}|</?[a-z][\w:-]*(?: [^<>]*)?>(?:.*>)?\Z"
    r"|\[[\w.:-]+\]\Z|[a-z][\w.-]* ?= ?\S+\Z|def \w+\(|class \w+[(:]|import [\w.]+\Z|from [\w.]+ import "
    r"|[{}]|.*[{}\\]\Z|.*[()=].*;\Z"
)
PROSE_WORD = re.compile(r"[A-Za-z][a-z']+")


def notes(lines: Sequence[Line]) -> bool:
    """Whether lines in a code block are notes in words rather than code."""
    words = signs = long_lines = 0
    filled = [line.text for line in lines if line.text]
    for text in filled[:400]:
        found = PROSE_WORD.findall(text)
        words += sum(map(len, found))
        signs += sum(text.count(sign) for sign in "{}<>=$;\\|") + text.startswith(("$", "#"))
        long_lines += len(found) >= 5
    letters = sum(len(text) - text.count(" ") for text in filled[:400])
    return len(filled) > 2 and words > 0.7 * letters and signs * 40 < letters and long_lines * 2 > len(filled[:400])


def code(lines: Sequence[Line]) -> bool:
    """Whether indented lines are code rather than words: they begin at a prompt, or half of them look like it."""
    return bool(PROMPT.match(lines[0].text)) or 2 * sum(bool(CODE.match(line.text)) for line in lines) >= len(lines)
