"""Rows of `items` as values, with their owners, headings and twins: the one place that builds an Item."""

import json
from collections.abc import Sequence
from datetime import date
from typing import Any

from bot.model import Item, Kind, Owner
from bot.store.database import Store


def items_by_id(store: Store, ids: Sequence[int]) -> tuple[Item, ...]:
    """The items of those rows, in that order; rows that do not exist are left out."""
    wanted = json.dumps(list(ids))
    owners: dict[int, list[Owner]] = {}
    for row in store.db.query(_OWNERS, [wanted]):
        owner = Owner(row["person"] or row["team"], row["person_id"], row["team"])
        owners.setdefault(row["item_id"], []).append(owner)
    twins = dict(store.db.execute(_TWINS, [wanted]).fetchall())
    found = {row["id"]: _item(row, owners.get(row["id"], ()), twins) for row in store.db.query(_ITEMS, [wanted])}
    return tuple(found[each] for each in ids if each in found)


_ITEMS = """
SELECT i.*, t.name AS team, e.name AS event, e.cycle AS cycle, s.title AS heading,
    by.kind AS by_kind, by.number AS by_number
FROM items i
LEFT JOIN teams t ON t.id = i.team_id
LEFT JOIN events e ON e.id = i.event_id
LEFT JOIN sessions s ON s.id = i.session_id
LEFT JOIN items by ON by.id = i.superseded_by
WHERE i.id IN (SELECT value FROM json_each(?))"""

_OWNERS = """
SELECT o.item_id, o.person_id, p.name AS person, t.name AS team
FROM item_owners o LEFT JOIN people p ON p.id = o.person_id LEFT JOIN teams t ON t.id = o.team_id
WHERE o.item_id IN (SELECT value FROM json_each(?)) ORDER BY o.item_id, o.position"""

# Of three kinds on one passage, the action before the decision before the question: it is what there is to do.
_TWINS = """
SELECT i.id, (
    SELECT upper(substr(o.kind, 1, 1)) || o.number FROM items o
    WHERE o.recap_id = i.recap_id AND o."start" = i."start" AND o."end" = i."end" AND o.kind <> i.kind
        AND o.presence <> 'withdrawn' AND o.reading IN ('firm', 'confirmed')
    ORDER BY o.kind LIMIT 1)
FROM items i WHERE i.id IN (SELECT value FROM json_each(?))"""


def _item(row: dict[str, Any], owners: Sequence[Owner], twins: dict[int, str | None]) -> Item:
    kind = Kind(row["kind"])
    return Item(
        id=row["id"],
        label=f"{kind.letter}{row['number']}",
        kind=kind,
        text=row["edited"] or row["text"],
        quote=row["quote"],
        state=row["state"],
        reading=row["reading"],
        presence=row["presence"],
        confidence=row["confidence"],
        team=row["team"],
        event=row["event"],
        cycle=row["cycle"],
        recap=row["recap_id"],
        session=row["session_id"],
        heading=row["heading"],
        owners=tuple(owners),
        due=row["due"],
        snoozed_until=date.fromisoformat(row["snoozed_until"]) if row["snoozed_until"] else None,
        superseded_by=f"{row['by_kind'][0].upper()}{row['by_number']}" if row["by_kind"] else None,
        answer=row["answer"],
        links=tuple(json.loads(row["links"])),
        start=row["start"],
        end=row["end"],
        recorded_by=row["recorded_by"],
        twin=twins.get(row["id"]),
        edited=row["edited"] is not None,
    )
