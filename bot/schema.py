"""The migrations, in order; the only file with DDL. A released migration is never edited: add the next one.
It is longer than other modules, and grows, for that reason.

Conventions: dates are `YYYY-MM-DD`, instants `YYYY-MM-DDTHH:MM:SS+00:00` (UTC), lists and objects JSON. Full-text
tables hold no copy of what they index (`content=''`); `store` writes them beside the rows, with the same rowid.
"""

from sqlite_utils import Database, Migrations
from sqlite_utils.utils import sqlite3  # type: ignore[attr-defined]  # the module that it uses itself

migrations = Migrations("recapbot")

TEAMS = """
CREATE TABLE teams (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    part_of INTEGER REFERENCES teams(id)
) STRICT;
CREATE TABLE team_aliases (
    alias TEXT PRIMARY KEY,
    team_id INTEGER NOT NULL REFERENCES teams(id)
) STRICT;
CREATE INDEX team_aliases_team ON team_aliases(team_id);
CREATE TABLE events (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    cycle TEXT,
    starts TEXT
) STRICT;
"""

# person_names.kind: `name` is a spelling that recaps use, `account` a services account or Matrix id on `network`.
# An account gives an owner's rights only once `confirmed_by` is set (design: "Who may").
PEOPLE = """
CREATE TABLE people (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL
) STRICT;
CREATE TABLE person_names (
    kind TEXT NOT NULL CHECK (kind IN ('name', 'account')),
    network TEXT NOT NULL DEFAULT '',
    key TEXT NOT NULL,
    name TEXT NOT NULL,
    person_id INTEGER NOT NULL REFERENCES people(id),
    confirmed_by TEXT,
    PRIMARY KEY (kind, network, key)
) STRICT;
CREATE INDEX person_names_person ON person_names(person_id);
"""

# recap_addresses: every address that a recap was ever loaded under (a renamed file is the same recap, and files of one
# name in two folders are two recaps), with the hash of the text that stood there last.
# recaps.text is the last column: what stands behind a long text costs SQLite a walk through it.
# blocks.path and sessions.path: JSON lists of headings.
RECAPS = """
CREATE TABLE recaps (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    address TEXT NOT NULL,
    url TEXT,
    format TEXT NOT NULL,
    title TEXT,
    author TEXT,
    author_id INTEGER REFERENCES people(id),
    published TEXT,
    event_id INTEGER REFERENCES events(id),
    text_hash TEXT NOT NULL,
    loaded_by TEXT,
    loaded_at TEXT NOT NULL,
    unloaded_at TEXT,
    text TEXT NOT NULL
) STRICT;
CREATE INDEX recaps_hash ON recaps(text_hash);
CREATE INDEX recaps_loaded ON recaps(event_id) WHERE unloaded_at IS NULL;
CREATE TABLE recap_addresses (
    address TEXT NOT NULL,
    recap_id INTEGER NOT NULL REFERENCES recaps(id),
    text_hash TEXT NOT NULL,
    PRIMARY KEY (address, recap_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE recap_teams (
    recap_id INTEGER NOT NULL REFERENCES recaps(id),
    team_id INTEGER NOT NULL REFERENCES teams(id),
    position INTEGER NOT NULL,
    PRIMARY KEY (recap_id, team_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX recap_teams_team ON recap_teams(team_id, position);
CREATE TABLE sessions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    recap_id INTEGER NOT NULL REFERENCES recaps(id),
    position INTEGER NOT NULL,
    title TEXT NOT NULL,
    path TEXT NOT NULL,
    team_id INTEGER REFERENCES teams(id),
    "start" INTEGER NOT NULL,
    "end" INTEGER NOT NULL,
    quote TEXT NOT NULL,
    withdrawn INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX sessions_recap ON sessions(recap_id);
CREATE INDEX sessions_team ON sessions(team_id, recap_id, position) WHERE withdrawn = 0;
CREATE TABLE blocks (
    id INTEGER PRIMARY KEY,
    recap_id INTEGER NOT NULL REFERENCES recaps(id),
    session_id INTEGER REFERENCES sessions(id),
    kind TEXT NOT NULL,
    "start" INTEGER NOT NULL,
    "end" INTEGER NOT NULL,
    path TEXT NOT NULL,
    text TEXT NOT NULL
) STRICT;
CREATE INDEX blocks_recap ON blocks(recap_id);
"""

# items: `text` is as read (or recorded), `edited` what a human made of it. `owners_set` and `due_set` say that a human
# chose them, so a reload keeps them. `verdict` is a human's confirmed or rejected; `reading` follows from it.
# `owned` is the number of rows in item_owners, so that a list knows without looking there what is unowned.
# items_list covers lists and counts: 300,000 items are counted and sorted without a look at their rows.
# items_due does the same for the few that are due: which of them are overdue.
# numbers: the last number given to each kind; a number is never given twice, whatever is unloaded.
ITEMS = """
CREATE TABLE numbers (
    kind TEXT PRIMARY KEY CHECK (kind IN ('decision', 'action', 'question')),
    last INTEGER NOT NULL
) STRICT;
INSERT INTO numbers VALUES ('decision', 0), ('action', 0), ('question', 0);
CREATE TABLE items (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('decision', 'action', 'question')),
    number INTEGER NOT NULL,
    recap_id INTEGER REFERENCES recaps(id),
    session_id INTEGER REFERENCES sessions(id),
    team_id INTEGER REFERENCES teams(id),
    event_id INTEGER REFERENCES events(id),
    "start" INTEGER,
    "end" INTEGER,
    quote TEXT NOT NULL,
    text TEXT NOT NULL,
    edited TEXT,
    confidence REAL NOT NULL,
    reason TEXT NOT NULL DEFAULT '',
    verdict TEXT CHECK (verdict IN ('confirmed', 'rejected')),
    reading TEXT NOT NULL GENERATED ALWAYS AS
        (COALESCE(verdict, CASE WHEN confidence >= 0.5 THEN 'firm' ELSE 'candidate' END)) STORED,
    presence TEXT NOT NULL CHECK (presence IN ('recorded', 'here', 'missing', 'withdrawn')),
    state TEXT NOT NULL,
    due TEXT,
    due_set INTEGER NOT NULL DEFAULT 0,
    owners_set INTEGER NOT NULL DEFAULT 0,
    owned INTEGER NOT NULL DEFAULT 0,
    snoozed_until TEXT,
    superseded_by INTEGER REFERENCES items(id),
    answer TEXT,
    links TEXT NOT NULL DEFAULT '[]',
    recorded_by TEXT,
    created_at TEXT NOT NULL,
    UNIQUE (kind, number),
    CHECK (CASE kind WHEN 'action' THEN state IN ('open', 'done', 'dropped')
                     WHEN 'decision' THEN state IN ('decided', 'proposed', 'superseded')
                     ELSE state IN ('open', 'answered') END)
) STRICT;
CREATE INDEX items_recap ON items(recap_id, "start");
CREATE INDEX items_session ON items(session_id);
CREATE INDEX items_list ON items(
    kind, state, reading, event_id, team_id, presence, owned, due, snoozed_until, recap_id, "start"
) WHERE presence <> 'withdrawn';
CREATE INDEX items_due ON items(
    kind, state, reading, event_id, due, team_id, presence, snoozed_until, owned, recap_id, "start"
) WHERE due IS NOT NULL AND presence <> 'withdrawn';
CREATE INDEX items_recorded ON items(kind, state) WHERE recap_id IS NULL;
CREATE INDEX items_edited ON items(id) WHERE edited IS NOT NULL;
CREATE TABLE item_owners (
    item_id INTEGER NOT NULL REFERENCES items(id),
    position INTEGER NOT NULL,
    person_id INTEGER REFERENCES people(id),
    team_id INTEGER REFERENCES teams(id),
    PRIMARY KEY (item_id, position),
    CHECK ((person_id IS NULL) <> (team_id IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX item_owners_person ON item_owners(person_id) WHERE person_id IS NOT NULL;
CREATE TABLE notes (
    id INTEGER PRIMARY KEY,
    item_id INTEGER NOT NULL REFERENCES items(id),
    text TEXT NOT NULL,
    by_name TEXT NOT NULL,
    at TEXT NOT NULL
) STRICT;
CREATE INDEX notes_item ON notes(item_id);
"""

# changes.subject: the id that people see (A17, R1, C3) or `person:4`; rows of one command share a `batch`.
CHANGES = """
CREATE TABLE changes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    batch INTEGER NOT NULL,
    subject TEXT NOT NULL,
    what TEXT NOT NULL,
    before TEXT NOT NULL,
    after TEXT NOT NULL,
    identity TEXT NOT NULL,
    name TEXT NOT NULL,
    network TEXT NOT NULL,
    room TEXT,
    at TEXT NOT NULL,
    undone INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX changes_subject ON changes(subject);
CREATE INDEX changes_identity ON changes(identity);
"""

# rules.since: what fell before it is not owed (a rule owes nothing from before it was made, resumed or rescheduled).
# occurrences.text: what was sent last; in a `due` row it says that this may have arrived already.
REMINDERS = """
CREATE TABLE rooms (
    network TEXT NOT NULL,
    name TEXT NOT NULL,
    team_id INTEGER REFERENCES teams(id),
    PRIMARY KEY (network, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE rules (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    network TEXT NOT NULL,
    room TEXT,
    account TEXT,
    team_id INTEGER REFERENCES teams(id),
    weekday INTEGER NOT NULL CHECK (weekday BETWEEN 0 AND 6),
    at TEXT NOT NULL,
    zone TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'paused', 'removed')),
    source TEXT NOT NULL DEFAULT 'command' CHECK (source IN ('command', 'config')),
    created_by TEXT NOT NULL,
    created_at TEXT NOT NULL,
    since TEXT NOT NULL,
    CHECK ((room IS NULL) <> (account IS NULL))
) STRICT;
CREATE TABLE occurrences (
    id TEXT PRIMARY KEY,
    rule_id INTEGER NOT NULL REFERENCES rules(id),
    local_date TEXT NOT NULL,
    target TEXT NOT NULL,
    due_at TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('due', 'sending', 'sent', 'failed', 'missed')),
    attempt INTEGER NOT NULL DEFAULT 0,
    text TEXT,
    detail TEXT,
    changed_at TEXT NOT NULL,
    UNIQUE (rule_id, local_date, target)
) STRICT;
CREATE INDEX occurrences_state ON occurrences(state);
"""

# How the full-text tables cut and stem words.
TOKENIZE = "porter unicode61 remove_diacritics 2"

SEARCH = f"""
CREATE VIRTUAL TABLE blocks_fts USING fts5(
    text, path, title, team, event,
    content='', contentless_delete=1, tokenize='{TOKENIZE}'
);
CREATE VIRTUAL TABLE items_fts USING fts5(
    text, path, title, team, event,
    content='', contentless_delete=1, tokenize='{TOKENIZE}'
);
CREATE VIRTUAL TABLE blocks_words USING fts5vocab(blocks_fts, row);
CREATE VIRTUAL TABLE items_words USING fts5vocab(items_fts, row);
"""


@migrations()
def m001_initial(db: Database) -> None:
    """Everything of the first release."""
    for part in (TEAMS, PEOPLE, RECAPS, ITEMS, CHANGES, REMINDERS, SEARCH):
        for statement in part.split(";\n"):
            if statement.strip():
                db.execute(statement)


# matrix_sessions: who the bot is on a homeserver, and how far it has read (`cursor`, of /sync).
# matrix_rooms.encrypted is never taken back: what was encrypted once gets no plain text any more.
# matrix_inbox: what was said and not handled yet; of what is done, only what changed something or was answered stays,
# without its words. `role` is what the sender was in the room then.
# matrix_outbox: `id` is in the transaction id, so that a homeserver takes a row once however often it is sent.
# `person` alone may read it, in a room for two, whichever that is when it is sent.
# `key` names what must not be said twice (an occurrence); `labels` are the items that the message shows.
MATRIX = """
CREATE TABLE matrix_sessions (
    network TEXT PRIMARY KEY,
    user_id TEXT NOT NULL,
    device_id TEXT NOT NULL,
    token TEXT NOT NULL,
    homeserver TEXT NOT NULL,
    cursor TEXT
) STRICT;
CREATE TABLE matrix_rooms (
    network TEXT NOT NULL,
    room_id TEXT NOT NULL,
    encrypted INTEGER NOT NULL DEFAULT 0,
    direct_with TEXT,
    PRIMARY KEY (network, room_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE matrix_inbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    network TEXT NOT NULL,
    room_id TEXT NOT NULL,
    event_id TEXT NOT NULL,
    sender TEXT NOT NULL,
    kind TEXT NOT NULL,
    content TEXT NOT NULL,
    role INTEGER,
    at TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'working', 'done')),
    changed INTEGER NOT NULL DEFAULT 0,
    UNIQUE (network, room_id, event_id)
) STRICT;
CREATE INDEX matrix_inbox_state ON matrix_inbox(network, state) WHERE state <> 'done';
CREATE TABLE matrix_outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    network TEXT NOT NULL,
    room_id TEXT NOT NULL,
    person TEXT,
    content TEXT NOT NULL,
    labels TEXT NOT NULL DEFAULT '[]',
    key TEXT,
    device_id TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'due' CHECK (state IN ('due', 'sent', 'failed')),
    event_id TEXT,
    detail TEXT,
    created_at TEXT NOT NULL,
    UNIQUE (network, key)
) STRICT;
CREATE INDEX matrix_outbox_due ON matrix_outbox(network, id) WHERE state = 'due';
CREATE INDEX matrix_outbox_event ON matrix_outbox(network, event_id) WHERE event_id IS NOT NULL;
"""


@migrations()
def m002_matrix(db: Database) -> None:
    """What the Matrix side keeps: sessions, rooms, inbox and outbox."""
    for statement in MATRIX.split(";\n"):
        if statement.strip():
            db.execute(statement)


# linked_accounts: accounts of the same `link` are one person's, who proved each of them.
# link_codes: what `link` gave out, by its hash; link_tries: wrong codes, to stop who guesses.
LINKS = """
CREATE TABLE linked_accounts (
    network TEXT NOT NULL,
    key TEXT NOT NULL,
    account TEXT NOT NULL,
    link INTEGER NOT NULL,
    PRIMARY KEY (network, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX linked_accounts_link ON linked_accounts(link);
CREATE TABLE link_codes (
    hash TEXT PRIMARY KEY,
    network TEXT NOT NULL,
    account TEXT NOT NULL,
    made_at TEXT NOT NULL
) STRICT;
CREATE TABLE link_tries (
    network TEXT NOT NULL,
    key TEXT NOT NULL,
    at TEXT NOT NULL
) STRICT;
CREATE INDEX link_tries_account ON link_tries(network, key, at);
"""


@migrations()
def m003_links(db: Database) -> None:
    """Accounts of one person on several networks."""
    for statement in LINKS.split(";\n"):
        if statement.strip():
            db.execute(statement)


@migrations()
def m004_recaps_by_title(db: Database) -> None:
    """A recap is looked up by its title each time one is loaded: not through all the others."""
    db.execute("CREATE INDEX recaps_title ON recaps(title, author)")


# changes.undone_at and undone_room: when and where its actor took the change back; without them `undo` passed over it.
@migrations()
def m005_when_undone(db: Database) -> None:
    """The trail says of an undoing too when it was and from where."""
    for column in ("undone_at", "undone_room"):
        db.execute(f"ALTER TABLE changes ADD COLUMN {column} TEXT")


def tokenizer() -> Database:
    """A database in memory with the table `words`, cut as the full-text tables are, and its `stems` in order."""
    # From any thread, for it is given back where garbage is collected: in whichever thread that begins.
    scratch = Database(sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False))
    scratch.execute(f"CREATE VIRTUAL TABLE words USING fts5(text, content='', tokenize='{TOKENIZE}')")
    scratch.execute("CREATE VIRTUAL TABLE stems USING fts5vocab(words, instance)")
    return scratch
