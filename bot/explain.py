"""A recap as it was read, for a terminal: the text with its items in colour, and why each was taken for one.

Below a passage stands one line for each of its items: the kind, how sure the reading is ("?" before a candidate), what
spoke for it, and of an action its owners and what it is due by. Passages without colour were taken for nothing.
"""

from collections.abc import Iterator, Sequence

from rich.text import Text

from bot.model import FIRM, Block, BlockKind, Kind, ReadItem, ReadRecap

COLOURS = {Kind.DECISION: "green", Kind.ACTION: "yellow", Kind.QUESTION: "cyan"}
_QUIET = (BlockKind.CODE, BlockKind.QUOTE, BlockKind.REFERENCES, BlockKind.BOILERPLATE)
MANY = 200_000
"""Characters of a recap that are shown; what follows is left out with a word."""


def explain_recap(read: ReadRecap) -> Iterator[Text]:
    """The lines to print, from the metadata to the last block."""
    yield from _metadata(read)
    items = sorted(read.items, key=lambda item: (item.start, item.end))
    begun = {session.start: session.title for session in read.sessions}
    at = 0
    for block in read.document.blocks:
        if block.start > MANY:
            yield Text("(The rest is left out.)", style="dim")
            return
        own = []
        while at < len(items) and items[at].start < block.end:
            own.append(items[at])
            at += 1
        started = [title for start, title in begun.items() if block.start <= start < block.end]
        yield from _block(block, own, started)


def legend() -> Text:
    """What the colours mean."""
    line = Text()
    for kind, colour in COLOURS.items():
        line.append(kind.value, style=f"bold {colour}").append("  ")
    return line.append("dim: a candidate, for a human to confirm", style="dim")


def _metadata(read: ReadRecap) -> Iterator[Text]:
    told = {
        "title": read.title,
        "author": read.author,
        "published": read.published.isoformat() if read.published else None,
        "event": read.event,
        "cycle": read.cycle,
        "teams": ", ".join(read.teams),
    }
    for name, value in told.items():
        yield Text(f"{name:9} ", style="dim").append(value or "-", style="bold" if value else "dim")
    firm = sum(item.confidence >= FIRM for item in read.items)
    yield Text(f"{len(read.sessions)} sessions, {firm} firm items, {len(read.items) - firm} candidates", style="dim")
    yield legend()


def _block(block: Block, items: Sequence[ReadItem], started: Sequence[str]) -> Iterator[Text]:
    if not block.text:
        return
    if block.kind is BlockKind.HEADING:
        yield Text()
        session = "  [session]" if started else ""
        yield Text("#" * max(1, block.level) + " " + block.text, style="bold").append(session, style="dim")
        return
    for title in started:
        yield Text(f"[session: {title}]", style="dim")
    indent = "  " * block.level if block.kind is BlockKind.ITEM else ""
    mark = "- " if block.kind is BlockKind.ITEM else ""
    line = Text(indent + mark).append(block.text, style="dim" if block.kind in _QUIET else "")
    shift = len(indent + mark)
    for item in sorted(items, key=lambda item: item.confidence):  # the surest is painted last
        start = block.text.find(item.text)
        if start >= 0:
            line.stylize(_style(item), shift + start, shift + start + len(item.text))
    yield line
    for item in items:
        yield _why(item, indent)


def _style(item: ReadItem) -> str:
    return f"bold {COLOURS[item.kind]}" if item.confidence >= FIRM else f"dim {COLOURS[item.kind]}"


def _why(item: ReadItem, indent: str) -> Text:
    sign = "" if item.confidence >= FIRM else "?"
    line = Text(f"{indent}    ").append(f"{sign}{item.kind.value} {item.confidence:.2f}", style=_style(item))
    line.append(f"  {item.reason}", style="italic")
    if item.owners:
        line.append(f"  by {', '.join(item.owners)}")
    if item.due:
        line.append(f"  due {item.due}")
    return line.append(f'  "{item.text[:40]}…"' if len(item.text) > 40 else f'  "{item.text}"', style="dim")
