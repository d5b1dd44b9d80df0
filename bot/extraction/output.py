"""What was read from a recap, as the JSON object that `recapbot extract` prints (design, "Command line")."""

from typing import Any

from bot.model import ReadRecap


def as_json(read: ReadRecap) -> dict[str, Any]:
    """The object: metadata, sessions, items. Quotes are slices of the stored text; confidence has two digits."""
    return {
        "title": read.title,
        "author": read.author,
        "published": read.published.isoformat() if read.published else None,
        "event": read.event,
        "cycle": read.cycle,
        "teams": list(read.teams),
        "sessions": [
            {"title": each.title, "path": list(each.path), "team": each.team, "quote": each.quote}
            for each in read.sessions
        ],
        "items": [
            {
                "kind": item.kind.value,
                "quote": item.quote,
                "owners": list(item.owners),
                "session": read.sessions[item.session].title if item.session is not None else None,
                "due": item.due,
                "links": list(item.links),
                "confidence": round(item.confidence, 2),
            }
            for item in read.items
        ],
    }
