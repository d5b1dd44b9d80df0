"""What the head of a page says of it: front matter in YAML or TOML, Pelican's `Title: …`, fields of RST and Nikola.

Only simple values are read (`key: value`, lists); what is not understood is left out. Keys are in small letters.
"""

import re
from collections.abc import Mapping, Sequence

from bot.recaps.lines import Line

KEY = re.compile(r"([A-Za-z][\w -]{0,40}?)\s{0,8}[:=]\s*(.*)")
PELICAN_KEYS = {"title", "date", "author", "authors", "tags", "category", "slug", "status", "summary", "modified"}
LONGEST_FRONT = 200  # lines


def front_matter(lines: Sequence[Line]) -> tuple[dict[str, str], int]:
    """The fields of a page's head, and how many lines the head takes."""
    first = next((n for n, line in enumerate(lines) if not line.blank), None)
    if first is None:
        return {}, 0
    fence = lines[first].text
    if fence in ("---", "+++"):
        for n in range(first + 1, min(len(lines), first + LONGEST_FRONT)):
            if lines[n].text == fence or (fence == "---" and lines[n].text == "..."):
                return key_values(lines[first + 1 : n]), n + 1
        return {}, 0
    return pelican(lines, first)


def pelican(lines: Sequence[Line], first: int) -> tuple[dict[str, str], int]:
    """`Title: …` lines at the very top, as Pelican's Markdown has them; at least a title and one more."""
    stop = first
    while stop < len(lines) and not lines[stop].blank:
        stop += 1
    fields = {}
    for line in lines[first:stop]:
        match = KEY.fullmatch(line.text)
        if not match or match.group(1).lower() not in PELICAN_KEYS:
            return {}, 0
        fields[match.group(1).lower()] = match.group(2)
    if "title" not in fields or len(fields) < 2:
        return {}, 0
    return normal(fields), stop


def key_values(lines: Sequence[Line]) -> dict[str, str]:
    """`key: value` and `key = "value"` lines; list items and folded lines join the key above them."""
    fields: dict[str, str] = {}
    key = ""
    for line in lines:
        match = KEY.fullmatch(line.text) if line.indent == 0 else None
        if match and not line.text.startswith("-"):
            key = match.group(1).strip().lower()
            fields[key] = value(match.group(2))
        elif key and line.text and not line.text.startswith("#"):
            more = value(line.text.removeprefix("-").strip())
            separator = ", " if line.text.startswith("-") else " "
            fields[key] = f"{fields[key]}{separator}{more}" if fields[key] not in ("", ">", "|", ">-", "|-") else more
    return normal(fields)


def value(written: str) -> str:
    """A value without its quotes or brackets."""
    written = written.strip()
    if written.startswith("[") and written.endswith("]"):
        return ", ".join(value(each) for each in written[1:-1].split(",") if each.strip())
    if len(written) > 1 and written[0] == written[-1] and written[0] in "\"'":
        inner = written[1:-1]
        return inner.replace('\\"', '"') if written[0] == '"' else inner.replace("''", "'")
    return written


def normal(fields: Mapping[str, str]) -> dict[str, str]:
    """The fields that say something, under one name each."""
    same = {"authors": "author", "tag": "tags", "categories": "category", "subject": "title", "pubdate": "date"}
    found: dict[str, str] = {}
    for key, written in fields.items():
        name = same.get(key, key)
        if written.strip() and name not in found:
            found[name] = " ".join(written.split())
    return found
