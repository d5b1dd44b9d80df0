"""Which gathering a recap is about, and which cycle that prepared: by names, place and time, never by a guess.

What the title says outweighs what the text says. A gathering of the table (data/gatherings.toml) is found by its cycle
("Xena PTG"), or by its kind together with a place or a time. Anything else that a title calls a summit or a sprint is
an event without a cycle.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, lru_cache

from bot.extraction.dates import MONTH, MONTHS
from bot.extraction.gatherings import Gathering, cycle_of, cycles, gatherings, in_development

KINDS = {
    "ptg": r"v?ptgs?|project teams? gatherings?",
    "mid-cycle": r"mid[ -]?cycles?",
    "forum": r"forum",
    "summit": r"(?:design |development |developer |open ?infra(?:structure)? )?summit",
}
KIND = re.compile(
    r"(?<![A-Za-z-])(?:"
    + "|".join(f"(?P<{kind.replace('-', '_')}>{words})" for kind, words in KINDS.items())
    + r")(?![A-Za-z])",
    re.IGNORECASE,
)
OURS = re.compile(r"open\s?stack|open\s?infra|(?<![A-Za-z])v?ptg(?![A-Za-z])|project teams? gathering", re.IGNORECASE)
YEAR = re.compile(r"(?<!\d)(20[12]\d)(?!\d)")
MONTH_YEAR = re.compile(rf"\b({MONTH})\.?,?\s+(?:\d{{1,2}}(?:st|nd|rd|th)?,?\s+)?(20[12]\d)\b", re.IGNORECASE)
VIRTUAL = re.compile(r"(?<![A-Za-z])(?:virtual|vptg|online)(?![A-Za-z])", re.IGNORECASE)
OTHER = re.compile(
    r"(?i:summit|hackathon|hackfest|sprint|meetup|meeting|gathering|conference|workshop|all[ -]hands|mid[ -]?cycle|"
    r"unconference)\b(?:\s+(?:in|at)\s+[A-Z]\w+)?(?:,?\s+20\d\d)?"
)
FRAME = frozenset(
    """
    recap summary notes report from at my our the for during in a an first on back about and after update news thank you
    being part to with of this last i we it was were held organised organized attended
    """.split()
)
LONGEST_NAME = 6  # words before "Summit"
BETWEEN = re.compile(
    r"[\"'”’)]?\s+(?:\(?(?:[Vv]irtual|[Dd]esign|[Oo]pen[Ss]tack|[Dd]eveloper|[Dd]evelopment|cycle)\)?[\s_]+){0,2}"
)
FOR = re.compile(r"\s+(?:[a-z]+\s+){0,3}(?:for|of)\s+(?:the\s+)?[\"'“]?")
NEAR = 60  # characters between a name and the kind of gathering that it belongs to
LATE = timedelta(days=150)  # people write late, but not later
OPENING = 4000
FIRST_WORDS = 500
LONGEST = 100_000


@dataclass(frozen=True, slots=True)
class Event:
    """What a recap is about; either may be unknown."""

    name: str | None
    cycle: str | None


NOTHING = Event(None, None)


@cache
def cycle_names() -> re.Pattern[str]:
    """The names of cycles as people write them: with a capital (a train is no cycle), or the number."""
    towns = {entry.place.casefold() for entry in gatherings()}
    kept = [name for name in cycles() if name not in towns]  # "Austin summit" speaks of the town
    spelled = [name.capitalize() for name in kept] + [name.upper() for name in kept]
    spelled += [alias for cycle in cycles().values() for alias in cycle.aliases]
    return re.compile(r"(?<![\w.])(?:" + "|".join(map(re.escape, spelled)) + r")(?![\w]|\.\d)")


@cache
def places() -> re.Pattern[str]:
    """The places of the table."""
    spelled = {entry.place for entry in gatherings() if entry.place != "virtual"}
    return re.compile(r"(?<!\w)(?:" + "|".join(sorted(map(re.escape, spelled))) + r")(?!\w)")


def read_event(title: str, opening: str, headings: Iterable[str], body: str, published: date | None) -> Event:
    """The event of a recap and its cycle, from its title, first words, headings, text and date."""
    start = f"{title}\n{opening[:OPENING]}"
    ours = bool(OURS.search(f"{start}\n{body[:20_000]}"))
    own = other_event(title)
    placed = bool(places().search(title)) and bool(OURS.search(title))
    if own and (not ours or not kinds_in(title) and not placed):
        return Event(own, None)
    if not ours:
        return Event(other_event(opening[:FIRST_WORDS]), None)
    for text in (title, opening[:OPENING]):
        if named := by_cycle(text, published):
            return named
        if found := by_table(text, start, published):
            return Event(found.name, found.cycle)
        if "mid-cycle" in kinds_in(title):
            return mid_cycle(published)
    wider = "\n".join([start, *headings])[:LONGEST]
    if found := by_table(wider, wider, published):
        return Event(found.name, found.cycle)
    return by_cycle(body[:LONGEST], published) or NOTHING


def kinds_in(text: str) -> Counter[str]:
    """The kinds of gathering that a text names."""
    return Counter(kind_of(match) for match in mentions(text))


@lru_cache(maxsize=8)
def mentions(text: str) -> tuple[re.Match[str], ...]:
    """Where a text names a kind of gathering: asked several times of the few texts of a recap."""
    return tuple(KIND.finditer(text))


def kind_of(match: re.Match[str]) -> str:
    return (match.lastgroup or "").replace("_", "-")


def by_cycle(text: str, published: date | None) -> Event | None:
    """The event that a text names by its cycle: the first one, a cycle's name right beside the kind."""
    for cycle, kind in beside(text):
        if kind == "mid-cycle":
            return Event(f"{cycle.capitalize()} mid-cycle", cycle)
        entry = next((e for e in gatherings() if e.cycle == cycle), None)
        if entry is None:
            return Event(f"{cycle.capitalize()} {kind.upper() if kind == 'ptg' else kind.capitalize()}", cycle)
        if published is None or published >= entry.starts - timedelta(days=2):
            return Event(entry.name, cycle)
    return None


def beside(text: str) -> Iterator[tuple[str, str]]:
    """Cycles and kinds that stand together: "Xena PTG", "mid-cycle recap for Liberty", "“Newton” OpenStack summit"."""
    kinds = mentions(text)
    starts = [kind.start() for kind in kinds]
    for match in cycle_names().finditer(text):
        cycle = cycle_of(match.group())
        near = slice(bisect_left(starts, match.start() - NEAR), bisect_left(starts, match.end() + NEAR))
        for kind in kinds[near]:
            after = text[match.end() : kind.start()] if kind.start() >= match.end() else ""
            before = text[kind.end() : match.start()] if kind.end() <= match.start() else ""
            if cycle and (after and BETWEEN.fullmatch(after) or before and FOR.fullmatch(before)):
                yield cycle, kind_of(kind)


def by_table(near: str, start: str, published: date | None) -> Gathering | None:
    """The gathering of the table that a text names by kind, place and time; None unless exactly one is left."""
    kinds = {kind for kind in kinds_in(near) if kind != "mid-cycle"}
    if not kinds:
        return None
    left = [entry for entry in gatherings() if kinds & set(entry.kinds)]
    where = near_kind(near, places()) or near_kind(start, places())
    if where:
        left = [entry for entry in left if entry.place in where] or left
    elif VIRTUAL.search(near):
        left = [entry for entry in left if entry.place == "virtual"]
    months = {(int(m.group(2)), MONTHS[m.group(1).lower()]) for m in MONTH_YEAR.finditer(near)}
    of_month = [entry for entry in left if (entry.starts.year, entry.starts.month) in months]
    if of_month and (published is None or of_month[-1].starts <= published + timedelta(days=2)):
        return of_month[-1]
    if published is not None:
        held = [entry for entry in left if entry.starts <= published + timedelta(days=2) <= entry.ends + LATE]
        return held[-1] if held else None
    years = {int(year) for year in YEAR.findall(near)} or {int(year) for year in YEAR.findall(start)}
    of_year = [entry for entry in left if entry.starts.year in years]
    if len(of_year) == 1:
        return of_year[0]
    return left[0] if len(left) == 1 and where else None


def near_kind(text: str, pattern: re.Pattern[str]) -> set[str]:
    """What of a pattern stands near the name of a kind of gathering."""
    kinds = [match.start() for match in mentions(text)]
    found = set()
    for match in pattern.finditer(text):
        nearest = bisect_left(kinds, match.start() - NEAR)
        if nearest < len(kinds) and kinds[nearest] <= match.start() + NEAR:
            found.add(match.group())
    return found


def mid_cycle(published: date | None) -> Event:
    """A mid-cycle meeting that names no cycle: of the one that was being worked on."""
    cycle = in_development(published) if published else None
    return Event(f"{cycle.capitalize()} mid-cycle" if cycle else "Mid-cycle", cycle)


def other_event(text: str) -> str | None:
    """A gathering outside of the table, as a text names it: the words right before "Summit", and its place and year."""
    for match in OTHER.finditer(text):
        before = text[: match.start()].replace(":", " ").split("\n")[-1].split()[-LONGEST_NAME:]
        while before and not set(before[0].lower().strip("(,.")) & set("abcdefghijklmnopqrstuvwxyz0123456789"):
            before.pop(0)
        for place in range(len(before) - 1, -1, -1):
            if before[place].lower().strip(",.") in FRAME or before[place].endswith((",", ".", ")")):
                before = before[place + 1 :]
                break
        words = [*before, *match.group().split()]
        if any(word[0].isupper() for word in before) or (before and len(words) > 2 and match.group()[0].isupper()):
            return " ".join(words)
    return None
