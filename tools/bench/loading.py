"""How fast recaps are read and stored, how flat that is in memory, and the floor for the writing alone.

The database of all recaps is kept in .cache/bench under a name that depends on everything that makes it, and serves
the parts that come after; its figures are kept beside it, and the table says when they were taken.
"""

import hashlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from bot.extraction.encoder import encoder_odds
from bot.extraction.items import readable_passages
from bot.extraction.recap import read_recap
from bot.recaps.reading import read_document
from bot.schema import TOKENIZE
from bot.store.database import Store
from bot.store.recaps import save
from tools.bench import corpus
from tools.bench.figures import Figure
from tools.bench.filling import now
from tools.bench.processes import ROOT

CACHE = ROOT / ".cache" / "bench"
MADE_BY = (
    "bot/model.py bot/recaps bot/extraction bot/schema.py bot/store bot/reader.py bot/loading.py bot/shipped.py"
    " config/teams.toml seeds tools/bench/corpus.py tools/bench/filling.py"
).split()
"""What the database of all recaps depends on."""

TIMES = 5
SENTENCES = 300
RATE = 25
FLAT = 1.25
"""By what factor memory may grow from a tenth of the recaps to all of them."""
SAMPLE = 100
"""Recaps that are read beforehand, to time their writing alone."""
FLOOR_ROWS = 100_000


def count(quick: bool) -> int:
    """How many recaps are made."""
    return 1_000 if quick else 10_000


def measure(quick: bool) -> list[Figure]:
    """The figures of this part."""
    return [*_load_seeds(), _encode(), *_fill(quick), *_writing()]


def filled(quick: bool) -> tuple[Path, dict[str, Any]]:
    """The database of all recaps and the figures of its making; made now if it is not there or out of date."""
    CACHE.mkdir(parents=True, exist_ok=True)
    name = f"recaps-{count(quick)}"
    database = CACHE / f"{name}-{_made_by()}.db"
    figures = database.with_suffix(".json")
    if not figures.exists():
        for old in CACHE.glob(f"{name}-*"):
            old.unlink()
        with tempfile.TemporaryDirectory(dir=CACHE) as folder:
            corpus.write(Path(folder), count(quick))
            command = [sys.executable, "-m", "tools.bench.filling", str(database), folder]
            run = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
        figures.write_text(run.stdout)
    return database, json.loads(figures.read_text())


def _made_by() -> str:
    digest = hashlib.sha256()
    for name in MADE_BY:
        path = ROOT / name
        for file in [path] if path.is_file() else sorted(path.rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def _load_seeds() -> Iterator[Figure]:
    """`recapbot load seeds/` into a new database, less what the same command takes where there is nothing to load."""
    for engine, most in (("linear", 1), ("encoder", 6)):
        whole, start = _median_load("seeds", engine), _median_load("nothing-of-that-name", engine)
        yield Figure(
            f"`load seeds/` with the {engine} reader, the reading process made new: median of {TIMES}",
            f"{whole - start:.2f} s after a start-up of {start:.2f} s",
            f"{most} s after start-up",
            whole - start < most,
        )


def _encode() -> Figure:
    """The encoder alone, on one core."""
    sources = [path for path in sorted((ROOT / "seeds").iterdir()) if path.name[0] == "0"]
    documents = [read_document(path.read_bytes(), path.name)[0] for path in sources]
    passages = [passage for document in documents for passage in readable_passages(document)][:SENTENCES]
    encoder_odds(passages[:1])
    began = time.process_time()
    encoder_odds(passages)
    taken = time.process_time() - began
    return Figure(
        f"{SENTENCES} sentences of the seeds through the encoder, on one core",
        f"{taken:.2f} s, {1000 * taken / SENTENCES:.1f} ms each",
        "3 s",
        len(passages) == SENTENCES and taken < 3,
    )


def _median_load(path: str, engine: str) -> float:
    """Seconds that `recapbot load` takes, again and again."""
    taken = []
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "bot.toml"
        config.write_text(f'[reader]\nengine = "{engine}"\n')
        for number in range(TIMES):
            command = [sys.executable, "-m", "bot", "load", "--config", str(config)]
            command += ["--db", f"{folder}/{number}.db", path]
            began = time.perf_counter()
            run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
            taken.append(time.perf_counter() - began)
            if not run.stdout.startswith(" recap" if path == "seeds" else "0 new"):
                raise RuntimeError(f"`load {path}` said: {run.stdout} {run.stderr}")
    return sorted(taken)[TIMES // 2]


def _fill(quick: bool) -> list[Figure]:
    _, made = filled(quick)
    rows = ", ".join(f"{number:,} {table}" for table, number in made["rows"].items())
    # Both processes keep their core busy all the time, so what they compute is what a core of their own would take.
    rate = made["recaps"] / made["computed"]
    figures = [
        Figure(
            f"{made['recaps']:,} recaps read and stored on one core (made {made['made']})",
            f"{rate:.1f} in a second of the core ({made['computed']:.0f} s;"
            f" {made['seconds']:.0f} s by the clock, other programs and the disk included)",
            f"{RATE} a second, none refused",
            rate >= RATE and not made["refused"],
        ),
        Figure("what they hold", rows),
    ]
    for who in ("parent", "child"):
        first, last = made[who]
        figures.append(
            Figure(
                f"memory of the {who} after {made['recaps'] // 10:,} and after {made['recaps']:,}",
                f"{first:.0f} MB, {last:.0f} MB",
                f"flat (at most x {FLAT})",
                last <= first * FLAT,
            )
        )
    return figures


def _writing() -> list[Figure]:
    """Rows a second: sqlite-utils with full text in one transaction, and ours, a transaction for each recap."""
    texts = [corpus.recap(number) for number in range(SAMPLE)]
    recaps = [
        read_recap(document)
        for number, text in enumerate(texts)
        for document in read_document(text.encode(), f"{number}.txt")
    ]
    with tempfile.TemporaryDirectory() as folder:
        blocks = [(block.text, " ".join(block.path)) for recap in recaps for block in recap.document.blocks]
        floor = _floor(Path(folder) / "floor.db", blocks)
        store = Store(Path(folder) / "ours.db")
        began = time.perf_counter()
        for recap in recaps:
            save(store, recap, loaded_by=None, now=now())
        seconds = time.perf_counter() - began
        rows = sum(
            store.db.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0]
            for table in ("recaps", "sessions", "blocks", "items", "item_owners")
        )
        store.close()
    return [
        Figure(
            f"writing alone, {len(recaps)} recaps read beforehand, a transaction each",
            f"{rows / seconds:,.0f} rows a second ({len(recaps) / seconds:.0f} recaps)",
            floor=f"{floor:,.0f} rows a second (sqlite-utils, FTS5, one transaction)",
            peers="77,000 rows a second in the issue",
        )
    ]


def _floor(path: Path, blocks: Sequence[tuple[str, str]]) -> float:
    """Rows a second into one table with a full-text index."""
    db = Database(path)
    db.enable_wal()
    db.table("blocks").create({"id": int, "text": str, "path": str}, pk="id")
    db.table("blocks").enable_fts(["text", "path"], create_triggers=True, tokenize=TOKENIZE)
    rows: Iterable[dict[str, object]] = (
        {"id": number, "text": blocks[number % len(blocks)][0], "path": blocks[number % len(blocks)][1]}
        for number in range(FLOOR_ROWS)
    )
    began = time.perf_counter()
    with db.atomic():
        db.table("blocks").insert_all(rows)
    seconds = time.perf_counter() - began
    db.close()
    return FLOOR_ROWS / seconds
