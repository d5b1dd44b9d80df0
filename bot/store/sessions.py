"""The sessions and blocks of a recap as stored: sessions keep their ids over a reload, blocks are written anew."""

import json
from collections.abc import Sequence
from functools import cache, partial

from bot.model import BlockKind, Document, ReadSession
from bot.store.database import Store, add_rows, next_ids
from bot.store.pairing import pair
from bot.store.people import team_id


def save_sessions(store: Store, recap: int, read: Sequence[ReadSession]) -> list[int]:
    """Write the sessions of a recap; their ids, in the order given. A session that is gone is withdrawn.

    Sessions pair as items do, by their path and their heading, else by the heading alone; a prose topic, whose title is
    derived, by the sentence that opens it.
    """
    with store.write() as db:
        old = list(db.query("SELECT id, path, quote FROM sessions WHERE recap_id = ? ORDER BY position", [recap]))
        pairs = pair(
            [" ".join([*json.loads(row["path"]), row["quote"]]) for row in old],
            [" ".join([*session.path, session.quote]) for session in read],
        )
        # What is left moved below another heading, if it says the same.
        gone = [n for n in range(len(old)) if n not in pairs.values()]
        new = [n for n in range(len(read)) if n not in pairs]
        moved = pair([old[n]["quote"] for n in gone], [read[n].quote for n in new])
        pairs |= {new[n]: gone[o] for n, o in moved.items()}
        db.execute("UPDATE sessions SET withdrawn = 1 WHERE recap_id = ?", [recap])
        ids, made, unused = [], [], next_ids(db, "sessions")
        for position, session in enumerate(read):
            values = {
                "recap_id": recap,
                "position": position,
                "title": session.title,
                "path": json.dumps(session.path, ensure_ascii=False),
                "team_id": team_id(store, session.team) if session.team else None,
                '"start"': session.start,
                '"end"': session.end,
                "quote": session.quote,
                "withdrawn": 0,
            }
            if position in pairs:
                row = int(old[pairs[position]]["id"])
                assignments = ", ".join(f"{key} = ?" for key in values)
                db.execute(f"UPDATE sessions SET {assignments} WHERE id = ?", [*values.values(), row])
            else:
                row = next(unused)
                made.append(values | {"id": row})
            ids.append(row)
        add_rows(db, "sessions", made)
        return ids


def save_blocks(
    store: Store, recap: int, document: Document, sessions: Sequence[ReadSession], session_ids: Sequence[int]
) -> None:
    """Write the blocks of a recap and their full-text rows, in place of those there were.

    A block belongs to the innermost session that covers it: the last that begins before it. Footers and
    salutations are kept out.
    """
    with store.write() as db:
        db.execute("DELETE FROM blocks_fts WHERE rowid IN (SELECT id FROM blocks WHERE recap_id = ?)", [recap])
        db.execute("DELETE FROM blocks WHERE recap_id = ?", [recap])
        title, event, cycle = db.execute(
            "SELECT r.title, e.name, e.cycle FROM recaps r LEFT JOIN events e ON e.id = r.event_id WHERE r.id = ?",
            [recap],
        ).fetchone()
        teams = db.execute(
            "SELECT group_concat(t.name, ' ') FROM recap_teams x JOIN teams t ON t.id = x.team_id WHERE x.recap_id = ?",
            [recap],
        ).fetchone()[0]
        ids = next_ids(db, "blocks")
        blocks, words = [], []
        path_of = cache(partial(json.dumps, ensure_ascii=False))
        for block in document.blocks:
            if block.kind is BlockKind.BOILERPLATE:
                continue
            row = next(ids)
            inside = [n for n, session in enumerate(sessions) if session.start <= block.start < session.end]
            session = max(inside, key=lambda n: sessions[n].start) if inside else None
            topic = sessions[session].title if session is not None else ""
            place = session_ids[session] if session is not None else None
            stored = path_of(block.path)
            blocks.append((row, recap, place, block.kind.value, block.start, block.end, stored, block.text))
            path = " ".join(dict.fromkeys([*block.path, topic]))
            words.append((row, block.text, path, title or "", teams or "", " ".join(filter(None, [event, cycle]))))
        db.conn.executemany(
            'INSERT INTO blocks (id, recap_id, session_id, kind, "start", "end", path, text)'
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            blocks,
        )
        db.conn.executemany(
            "INSERT INTO blocks_fts (rowid, text, path, title, team, event) VALUES (?, ?, ?, ?, ?, ?)", words
        )
