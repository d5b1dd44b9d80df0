"""Which passage read now is which item read before: what keeps ids and human words over a reload. Pure.

The rule (design, "What must always hold", 2): kind by kind, by equal normalised quote, then by the best similarity of
at least 85 %, each once.
"""

import re
from collections import defaultdict
from collections.abc import Sequence

from rapidfuzz import fuzz

SAME = 85.0
"""The similarity, in percent, from which a reworded passage is the same passage."""


def normalise(quote: str) -> str:
    """A quote without what an editor changes in passing: case, white space, punctuation, markup characters."""
    return " ".join(re.findall(r"\w+", quote.casefold()))


def pair(old: Sequence[str], new: Sequence[str]) -> dict[int, int]:
    """Pair quotes of before with quotes of now: {index in new: index in old}; what has no partner is left out.

    Equal quotes pair in their order, so that the third of three alike stays the third.
    """
    if not old:
        return {}
    before, after = [normalise(quote) for quote in old], [normalise(quote) for quote in new]
    waiting: dict[str, list[int]] = defaultdict(list)
    for index in reversed(range(len(before))):
        waiting[before[index]].append(index)
    pairs = {index: waiting[quote].pop() for index, quote in enumerate(after) if waiting[quote]}
    taken = set(pairs.values())
    scored = [
        (fuzz.ratio(before[o], after[n], score_cutoff=SAME), n, o)
        for n in range(len(after))
        if n not in pairs
        for o in range(len(before))
        if o not in taken
    ]
    for score, n, o in sorted(scored, key=lambda each: (-each[0], each[1], each[2])):
        if score >= SAME and n not in pairs and o not in taken:
            pairs[n] = o
            taken.add(o)
    return pairs
