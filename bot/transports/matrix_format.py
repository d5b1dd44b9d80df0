"""How a reply looks on Matrix: one message, plain and with formatting, both made from the same lines. Pure.

Rules: every character that anybody typed is escaped; nobody is pinged but who is named in `ping`, and never a room; an
event stays far below the 64 KiB that homeservers take, also when it is encrypted. All is a notice but what pings: by
everybody's push rules a notice tells nobody, whomever it mentions.
"""

import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from bot.transports.wire import clean

VISIBLE = 6
"""Lines of an answer that are seen; the others are folded."""
LINES = 60
"""Lines that one message may have."""
LONGEST = 24_000
"""Bytes of all the text of a message."""

_LABEL = re.compile(r"[ADQSCR]\d+(?:/[ADQ]\d+)*")
_ITEM = re.compile(r"(?:[^:\"`]{1,60}: )?([ADQ]\d+(?:/[ADQ]\d+)*)(?=[ :]|$)")
_PARTS = re.compile(r"(`[^`]+`|https?://[^\s<>\"]+[^\s<>\".,;:!?)\]'])")


def labels(lines: Sequence[str]) -> tuple[str, ...]:
    """The items that an answer shows, line by line: `A17`, `D4/A12`."""
    found = (_ITEM.match(line) for line in lines)
    return tuple(dict.fromkeys(match[1] for match in found if match))


def notice(
    lines: Sequence[str],
    *,
    ping: str | None = None,
    answers: str | None = None,
    thread: str | None = None,
) -> dict[str, Any]:
    """The content of a message.

    `ping` is the id of who should be highlighted; `answers` the event that it replies to, `thread` the first event of
    the thread that it belongs in.
    """
    plain = _within(lines)
    body = "\n".join(plain)
    formatted = _formatted(plain)
    content: dict[str, Any] = {
        "msgtype": "m.text" if ping else "m.notice",
        "body": body,
        "m.mentions": {"user_ids": [ping]} if ping else {},
    }
    if formatted != escape(body, quote=False) and len(formatted.encode()) <= LONGEST * 3 // 2:
        content |= {"format": "org.matrix.custom.html", "formatted_body": formatted}
    if relation := _relation(answers, thread):
        content["m.relates_to"] = relation
    return content


def _within(lines: Sequence[str]) -> list[str]:
    """The lines that fit into one message, cleaned; where some do not, the last one says so."""
    kept: list[str] = []
    size = 0
    for line in (clean(each).replace("@room", "@\u2060room") for each in lines):
        size += len(line.encode()) + 1
        if size > LONGEST or len(kept) >= LINES:
            if not kept:
                kept = [line.encode()[:LONGEST].decode(errors="ignore")]
            return [*kept, "… and more than one message holds."]
        kept.append(line)
    return kept


def _relation(answers: str | None, thread: str | None) -> Mapping[str, Any]:
    reply = {"m.in_reply_to": {"event_id": answers}} if answers else {}
    if thread:
        return {"rel_type": "m.thread", "event_id": thread, "is_falling_back": True, **reply}
    return reply


def _formatted(lines: Sequence[str]) -> str:
    if len(lines) <= VISIBLE:
        return _block(lines)
    rest = lines[VISIBLE:]
    summary = "1 more" if len(rest) == 1 else f"{len(rest)} more"
    return f"{_block(lines[:VISIBLE])}<details><summary>{summary}</summary>{_block(rest)}</details>"


def _block(lines: Sequence[str]) -> str:
    """Lines, those that begin with an id as a list."""
    out: list[str] = []
    in_list = False
    for index, line in enumerate(lines):
        is_item = bool(re.match(rf"{_LABEL.pattern} ", line)) and len(lines) > 1
        if is_item != in_list:
            out.append("<ul>" if is_item else "</ul>")
        elif not is_item and index:
            out.append("<br>")
        in_list = is_item
        out.append(f"<li>{_line(line)}</li>" if is_item else _line(line))
    return "".join(out) + ("</ul>" if in_list else "")


def _line(line: str) -> str:
    """A line with its first id bold, addresses as links and what is to be typed as such."""
    label = _LABEL.match(line) or _ITEM.match(line)
    if label is None:
        return _inline(line)
    start, end = label.span(1) if label.re is _ITEM else label.span()
    return f"{_inline(line[:start])}<strong>{escape(line[start:end])}</strong>{_inline(line[end:])}"


def _inline(text: str) -> str:
    parts = _PARTS.split(text)
    for index in range(1, len(parts), 2):
        part = parts[index]
        if part.startswith("`"):
            parts[index] = f"<code>{escape(part[1:-1])}</code>"
        else:
            parts[index] = f'<a href="{escape(part)}">{escape(part, quote=False)}</a>'
    parts[::2] = [escape(part, quote=False) for part in parts[::2]]
    return "".join(parts)
