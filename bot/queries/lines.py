"""The one place where an item becomes a line of a reply: `A12 Christian: "offered to …" (its heading) - due M2`.

Pure. Nothing is reworded: the passage stands in quotation marks as the recap has it, without markup, cut at a word;
what a human made of it (`edit`) stands without them. Names are written plainly here: a transport whose network
highlights people by their nick writes the nicks of those present so that they do not ping.
"""

from collections.abc import Collection
from datetime import date

from bot.model import Item, Kind
from bot.queries.due import due_text

LIMIT = 120
"""Characters of a passage in a list."""

_ORDER = "DAQ"


def plural(number: int, noun: str, many: str | None = None) -> str:
    """`1 action`, `2 actions`, `3 people`."""
    return f"{number:,} {noun if number == 1 else many or noun + 's'}"


def shorten(text: str, limit: int = LIMIT) -> str:
    """`text` on one line, at most `limit` characters, cut at a word with an ellipsis."""
    folded = " ".join(text.split())
    if len(folded) <= limit:
        return folded
    cut = folded[: limit - 1]
    # A word longer than half the room (an address, a script without spaces) is cut where the room ends.
    space = cut.rfind(" ") if folded[limit - 1] != " " else len(cut)
    return cut[: space if space > limit // 2 else len(cut)].rstrip(" ,;:(-") + "…"


def ids_text(item: Item) -> str:
    """`A12`, or `D4/A12` where one passage is two items."""
    labels = [item.label, item.twin] if item.twin else [item.label]
    return "/".join(sorted(labels, key=lambda label: _ORDER.index(label[0])))


def owners_text(item: Item) -> str:
    """`Christian, yoctozepto`, `kolla (team)`; `unowned` for an action of nobody; empty for what needs no owner."""
    if not item.owners:
        return "unowned" if item.kind is Kind.ACTION else ""
    return ", ".join(owner.name if owner.team is None else f"{owner.team} (team)" for owner in item.owners)


def passage(item: Item, limit: int = LIMIT) -> str:
    """What the item says: in quotation marks as it stands in its recap, without them once a human edited it."""
    text = shorten(item.text, limit)
    return text if item.edited else f'"{text}"'


def marks(item: Item, today: date) -> tuple[str, ...]:
    """What sets the item apart from a plain open one, most telling first."""
    found = []
    if item.reading in ("candidate", "rejected"):
        found.append(item.reading)
    if item.state in ("done", "dropped", "answered", "proposed"):
        found.append(item.state)
    if item.state == "superseded":
        found.append(f"superseded by {item.superseded_by}" if item.superseded_by else "superseded")
    if item.state == "open":
        if due := due_text(item, today):
            found.append(due)
        if item.snoozed_until is not None and item.snoozed_until > today:
            found.append(f"snoozed until {item.snoozed_until}")
    if item.presence == "missing":
        found.append("no longer in the recap")
    return tuple(found)


def item_line(
    item: Item,
    today: date,
    *,
    team: bool = False,
    event: bool = False,
    owners: bool = True,
    heading: bool = True,
    known: Collection[str] = (),
    limit: int = LIMIT,
) -> str:
    """The item as one line. `team` and `event` add what the head of the list does not say.

    What the head says already may be left out: the owners, and the marks that are `known`. `limit` is that of the
    passage.
    """
    who = owners_text(item) if owners else ""
    place = " ".join(part for part in (item.team if team else None, item.event if event else None) if part)
    where = ", ".join(part for part in (place, shorten(item.heading or "", 60) if heading else "") if part)
    line = f"{ids_text(item)} {who + ': ' if who else ''}{passage(item, limit)}"
    if where:
        line += f" ({where})"
    if said := [mark for mark in marks(item, today) if mark not in known]:
        line += f" - {', '.join(said)}"
    return line
