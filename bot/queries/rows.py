"""Rows of `items` as values, with their owners, headings and twins: the one place that builds an Item."""

import json
from collections.abc import Sequence
from datetime import date
from typing import Any

from bot.model import Item, Kind, Owner
from bot.store.database import Store

_KINDS = {kind.value: kind for kind in Kind}


def items_by_id(store: Store, ids: Sequence[int]) -> tuple[Item, ...]:
    """The items of those rows, in that order; rows that do not exist are left out."""
    wanted = json.dumps(list(ids))
    owners: dict[int, tuple[Owner, ...]] = {}
    for item, name, person, team in store.db.execute(_OWNERS, [wanted]):
        owners[item] = (*owners.get(item, ()), Owner(name, person, team))
    found = {row[0]: _item(row, owners.get(row[0], ())) for row in store.db.execute(_ITEMS, [wanted])}
    return tuple(found[each] for each in ids if each in found)


# In the order in which _item takes them. Of three kinds on one passage, the action is the twin before the decision
# before the question: it is what there is to do.
_ITEMS = """
SELECT i.id, i.kind, i.number, i.text, i.edited, i.quote, i.state, i.reading, i.presence, i.confidence,
    t.name, e.name, e.cycle, i.recap_id, i.session_id, s.title, i.due, i.snoozed_until,
    i.answer, i.links, i."start", i."end", i.recorded_by,
    (SELECT upper(substr(o.kind, 1, 1)) || o.number FROM items o
    WHERE o.recap_id = i.recap_id AND o."start" = i."start" AND o."end" = i."end" AND o.kind <> i.kind
        AND o.presence <> 'withdrawn' AND o.reading IN ('firm', 'confirmed')
    ORDER BY o.kind LIMIT 1),
    (SELECT upper(substr(o.kind, 1, 1)) || o.number FROM items o WHERE o.id = i.superseded_by)
FROM items i
LEFT JOIN teams t ON t.id = i.team_id
LEFT JOIN events e ON e.id = i.event_id
LEFT JOIN sessions s ON s.id = i.session_id
WHERE i.id IN (SELECT value FROM json_each(?))"""

_OWNERS = """
SELECT o.item_id, COALESCE(p.name, t.name), o.person_id, t.name
FROM item_owners o LEFT JOIN people p ON p.id = o.person_id LEFT JOIN teams t ON t.id = o.team_id
WHERE o.item_id IN (SELECT value FROM json_each(?)) ORDER BY o.item_id, o.position"""


def _item(row: Sequence[Any], owners: tuple[Owner, ...]) -> Item:
    (row_id, kind, number, text, edited, quote, state, reading, presence, confidence, *rest) = row
    (team, event, cycle, recap, session, heading, due, snoozed_until, answer, links, *rest) = rest
    (start, end, recorded_by, twin, superseded_by) = rest
    return Item(
        id=row_id,
        label=f"{_KINDS[kind].letter}{number}",
        kind=_KINDS[kind],
        text=edited or text,
        quote=quote,
        state=state,
        reading=reading,
        presence=presence,
        confidence=confidence,
        team=team,
        event=event,
        cycle=cycle,
        recap=recap,
        session=session,
        heading=heading,
        owners=owners,
        due=due,
        snoozed_until=date.fromisoformat(snoozed_until) if snoozed_until else None,
        superseded_by=superseded_by,
        answer=answer,
        links=tuple(json.loads(links)) if links != "[]" else (),
        start=start,
        end=end,
        recorded_by=recorded_by,
        twin=twin,
        edited=edited is not None,
    )
