"""Whether a text is English, the only language that recaps are read in."""

import re
from collections import Counter

ENGLISH = frozenset("the and with that this will are not from should".split())
OTHERS = frozenset(
    "und das ist nicht zu wir eine für auf werden "  # German
    "les et est pour que nous dans une sur pas "  # French
    "una por como fue qué para las "  # Spanish
    "não uma em são às pelo "  # Portuguese
    "che gli sono è non della "  # Italian
    "het een niet wordt voor zijn "  # Dutch
    "och att det som är på inte og er til ikke har "  # Swedish, Danish, Norwegian
    "się nie jest że oraz je že bude byl "  # Polish, Czech
    "ja ei että ovat".split()  # Finnish
)
"""Each language's commonest words, as far as they are no part of names."""
FEWEST = 3
"""Different words of OTHERS that a text must hold to be foreign: an abbreviation or a name may be one of them."""
SAMPLE = 10_000
"""Characters of a text that are looked at."""
_OTHER_SCRIPTS = re.compile(r"[^\W\d_\0-\u024f\u1e00-\u1eff]")  # letters that are not Latin
NOT_ENGLISH = "much of the text is not English, the only language that is read"


def is_english(text: str) -> bool:
    """Whether a text is likely to be English, as far as the commonest words and the letters of its beginning tell."""
    sample = text[:SAMPLE].casefold()
    if (foreign := len(_OTHER_SCRIPTS.findall(sample))) and 2 * foreign > sum(map(str.isalpha, sample)):
        return False
    words = Counter(sample.split())
    told = OTHERS & words.keys()
    return len(told) < FEWEST or sum(words[word] for word in told) < sum(words[word] for word in ENGLISH)
