"""What an event of a timeline is to the bot, and the words in it. Pure; whatever is not understood is nothing.

Rules: `body` alone is read, `formatted_body` (which may say something else) only shows whether a name at its beginning
is a pill; notices are the words of bots and are never answered; an edit is no new message.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from bot.mailbox import Incoming, Kind
from bot.transports.matrix_rooms import content_of
from bot.transports.wire import clean

LONGEST = 65_536
"""Characters of any text that are taken from an event: no event is larger."""
LATEST = datetime(9999, 1, 1, tzinfo=UTC).timestamp() * 1000

_PILL = re.compile(
    r"\s*(?:<p>)?\s*<a\s[^>]*?href=[\"']https?://matrix\.to/#/([^\"'?]+)[^>]*>([^<]*)</a>", re.IGNORECASE
)
_QUOTED = re.compile(r"> <@[^>\n]*>[^\n]*\n(?:>[^\n]*\n)*\n")


@dataclass(frozen=True, slots=True)
class Reacted:
    """A reaction: to which event, and with what."""

    to: str
    sign: str


def kind_of(event: Mapping[str, Any]) -> Kind | None:
    """What an event of a timeline is to the bot; None for what it does not care about."""
    kind, content = event.get("type"), content_of(event)
    if kind == "m.room.message":
        if content.get("msgtype") != "m.text" or not isinstance(content.get("body"), str):
            return None
        return Kind.EDIT if _relation(content).get("rel_type") == "m.replace" else Kind.MESSAGE
    if kind == "m.reaction":
        return Kind.REACTION if reacted(content) else None
    if kind == "m.room.redaction":
        return Kind.REDACTION if redacted(event) else None
    if kind == "m.room.encrypted" and "ciphertext" in content:
        # The relation stands in clear: an edit or reaction that cannot be read needs no word about it.
        return Kind.UNREADABLE if _relation(content).get("rel_type") in (None, "m.thread") else None
    if kind == "m.room.tombstone" and event.get("state_key") == "":
        return Kind.TOMBSTONE
    return None


def incoming(room_id: str, event: Mapping[str, Any], role: int | None) -> Incoming | None:
    """The event as the inbox keeps it; None where it is nothing to the bot, or no event."""
    kind = kind_of(event)
    event_id, sender = event.get("event_id"), event.get("sender")
    if kind is None or not isinstance(event_id, str) or not isinstance(sender, str):
        return None
    content: Mapping[str, Any] = content_of(event)
    if kind is Kind.REDACTION:
        content = {"redacts": redacted(event)}
    return Incoming(room_id, _text(event_id), _text(sender), kind, _kept(content), instant(event), role)


def instant(event: Mapping[str, Any]) -> datetime:
    """When the homeserver of the sender says that it was."""
    said = event.get("origin_server_ts")
    number = said if isinstance(said, int | float) and not isinstance(said, bool) and 0 <= said < LATEST else 0
    return datetime.fromtimestamp(number / 1000, UTC)


def _kept(value: Any, depth: int = 0) -> Any:
    """A value that SQLite and JSON take, whatever was in it: no half characters, no endless depth."""
    if isinstance(value, str):
        return _text(value)
    if depth > 20:
        return None
    if isinstance(value, dict):
        return {_text(str(key)): _kept(each, depth + 1) for key, each in value.items()}
    return [_kept(each, depth + 1) for each in value] if isinstance(value, list) else value


def _text(value: str) -> str:
    return value[:LONGEST].encode(errors="replace").decode()


# --- relations --------------------------------------------------------------------------------------------------


def _relation(content: Mapping[str, Any]) -> Mapping[str, Any]:
    relation = content.get("m.relates_to")
    return relation if isinstance(relation, dict) else {}


def _target(content: Mapping[str, Any]) -> str | None:
    target = _relation(content).get("event_id")
    return target if isinstance(target, str) else None


def edited(content: Mapping[str, Any]) -> str | None:
    """The event that an edit wants to change."""
    return _target(content)


def redacted(event: Mapping[str, Any]) -> str | None:
    """The event that a redaction takes away; where it says so depends on the room version."""
    target = content_of(event).get("redacts") or event.get("redacts")
    return target if isinstance(target, str) else None


def reacted(content: Mapping[str, Any]) -> Reacted | None:
    """The reaction that a content is."""
    target, sign = _target(content), _relation(content).get("key")
    if _relation(content).get("rel_type") != "m.annotation" or target is None or not isinstance(sign, str):
        return None
    return Reacted(target, sign.replace("\ufe0f", ""))


def thread_of(content: Mapping[str, Any]) -> str | None:
    """The first event of the thread that a message stands in."""
    return _target(content) if _relation(content).get("rel_type") == "m.thread" else None


# --- words ------------------------------------------------------------------------------------------------------


def spoken(content: Mapping[str, Any], names: Collection[str], user_id: str) -> str:
    """What a message says, without the quote that old clients put before a reply; a pill of the bot at its beginning
    is written as a name that is spoken to."""
    body = str(content.get("body", ""))
    if "m.in_reply_to" in _relation(content):
        body = _QUOTED.sub("", body, count=1)
    body = body.strip()
    pill = _PILL.match(str(content.get("formatted_body", "")))
    if pill is None or unquote(pill[1]) != user_id:
        return body
    shown = next((name for name in (pill[2], *names) if name and body.startswith(name)), None)
    rest = body[len(shown) :].lstrip() if shown else ""
    return body if shown is None or rest[:1] in (":", ",") else f"{user_id}: {rest}"


def own_names(user_id: str, display_name: str | None) -> tuple[str, ...]:
    """The names that somebody is called by: display name, localpart, whole id."""
    localpart = localpart_of(user_id)
    return tuple(dict.fromkeys(name for name in (display_name, localpart, user_id) if name))


def localpart_of(user_id: str) -> str:
    """`alice` of `@alice:example.org`."""
    return clean(user_id.removeprefix("@").partition(":")[0])


def matches(user_id: str, patterns: Sequence[str]) -> bool:
    """Whether an id is among those: ids, `*:server`, `*`, and ids with `*` in them. Case counts nowhere."""
    folded = user_id.casefold()
    return any(
        re.fullmatch(".*".join(map(re.escape, pattern.casefold().split("*"))), folded) is not None
        for pattern in (f"@{each}" if each.startswith("*:") else each for each in patterns)
    )
