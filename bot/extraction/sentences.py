"""Where sentences, and the clauses of long ones, begin and end within a block.

sentencex finds the sentences (it keeps those that start with a lower-case nick); here they are trimmed, and cut
where no person would have written so much in one breath, so that every later step works on bounded text. Ranges are
half-open and lead into the text they were given.
"""

import re
from collections.abc import Iterator

from sentencex import get_sentence_boundaries  # type: ignore[import-untyped]  # it ships no types

LONGEST = 1_000
"""Characters of a sentence; a longer one is cut at white space."""
CHUNK = 20_000
"""Characters given to the splitter at once: a document without line breaks is one long line."""
LONG = 40
"""Words above which a sentence is taken clause by clause."""
SHORTEST_CLAUSE = 8
"""Words; a shorter piece stays with its neighbour."""

Range = tuple[int, int]

_WORD = re.compile(r"\w+")
_CLAUSE = re.compile(
    r"[;:](?= )"
    r"|(?:,| [-–—])(?= (?:and|but|so|however|though|although|while|whereas|instead|then|which|since|because)\b)"
    r"|(?: |^)(?=\(\w+ \w+ )"
)
_ENUMERATOR = re.compile(r"(?:\(?[0-9]{1,2}[.)]|[ivx]{1,4}[.)]|[A-Za-z][.)])$")


def sentences(text: str) -> list[Range]:
    """The ranges of the sentences of a block's text, trimmed of white space; none is longer than LONGEST."""
    found: list[Range] = []
    for chunk_start, chunk_end in _pieces(0, len(text), CHUNK, text):
        merge_from: int | None = None
        for boundary in get_sentence_boundaries("en", text[chunk_start:chunk_end]):
            start, end = _trim(text, chunk_start + boundary["start_index"], chunk_start + boundary["end_index"])
            if start == end:
                continue
            if merge_from is not None:
                start, merge_from = merge_from, None
            if _ENUMERATOR.fullmatch(text[start:end]):  # "1." or "a)" belongs to what follows
                merge_from = start
                continue
            found.extend(_pieces(start, end, LONGEST, text))
        if merge_from is not None:
            found.append(_trim(text, merge_from, chunk_end))
    return found


def clauses(text: str, start: int, end: int) -> list[Range]:
    """The ranges of the clauses of the sentence `text[start:end]`; a sentence of ordinary length is one clause."""
    if len(_WORD.findall(text, start, end)) <= LONG:
        return [(start, end)]
    cuts = [start]
    for match in _CLAUSE.finditer(text, start, end):
        words_before = len(_WORD.findall(text, cuts[-1], match.end()))
        if words_before >= SHORTEST_CLAUSE and len(_WORD.findall(text, match.end(), end)) >= SHORTEST_CLAUSE:
            cuts.append(match.end())
    return [_trim(text, a, b) for a, b in zip(cuts, [*cuts[1:], end], strict=True)]


def _trim(text: str, start: int, end: int) -> Range:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _pieces(start: int, end: int, most: int, text: str) -> Iterator[Range]:
    """`start`..`end` in pieces of at most `most` characters, cut at white space where there is any."""
    while end - start > most:
        cut = text.rfind(" ", start + most // 2, start + most)
        cut = cut if cut > start else start + most
        yield _trim(text, start, cut)
        start = _trim(text, cut, end)[0]
    if start < end:
        yield start, end
