"""Whether a text is English, the only language that recaps are read in."""

import re
from collections import Counter

ENGLISH = frozenset("the and with that this will are not from should".split())
OTHERS = frozenset(
    "und das ist nicht mit zu wir ein eine für auf werden "  # German
    "les et est pour que nous dans une sur pas "  # French
    "una por con como se fue "  # Spanish
    "não uma em foi são às pelo "  # Portuguese
    "il di che gli sono è non "  # Italian
    "het een en op niet wordt met voor "  # Dutch
    "och att det som är på inte vi og er til ikke har "  # Swedish, Danish, Norwegian
    "się nie jest że oraz je že ale ve bir için "  # Polish, Czech, Turkish
    "ja ei että yang dan untuk của và là".split()  # Finnish, Indonesian, Vietnamese
)
"""Each language's commonest words, as far as they are no part of names and hardly stand in English."""
FEWEST = 3  # of them that can tell
SAMPLE = 10_000  # characters
NO_LATIN = re.compile(r"[^\W\d_\0-\u024f]")  # letters
NOT_ENGLISH = "hardly a sentence of it is English, the only language that is read"


def is_english(text: str) -> bool:
    """Whether a text is likely to be English, as far as the commonest words and the letters of its beginning tell."""
    sample = text[:SAMPLE].casefold()
    if (foreign := len(NO_LATIN.findall(sample))) and 2 * foreign > sum(map(str.isalpha, sample)):
        return False
    words = Counter(sample.split())
    others = sum(words[word] for word in OTHERS)
    return others < FEWEST or others < sum(words[word] for word in ENGLISH)
