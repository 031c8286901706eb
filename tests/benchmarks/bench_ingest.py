"""Journal to rows: metric rows a second through our own path, beside a bare executemany."""

import sqlite3
import statistics
import sys
import tempfile
import time
from pathlib import Path

from studio.document import Document
from studio.project import schema
from studio.runs.ingest import ingest
from workers.contract import events
from workers.contract.folder import JOURNAL
from workers.contract.journal import JournalWriter

NAMES = (
    "train/loss",
    "train/accuracy",
    "learning_rate",
    "gradient_norm",
    "samples_per_second",
    "tokens_per_second",
    "memory_bytes",
    "seconds",
)
STEPS = 25_000
ROUNDS = 3
LIMIT = 200_000


def main() -> None:
    """Three rounds of 200,000 rows; medians."""
    ours, bare = [], []
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        document = Document.create(folder / "p.studio")
        for number in range(1, ROUNDS + 1):
            ours.append(ingest_once(document, number))
            bare.append(insert_once(folder / f"bare-{number}.db"))
        document.close()
    rows = STEPS * len(NAMES)
    mine, theirs = statistics.median(ours), statistics.median(bare)
    sys.stdout.write(f"ingest          {rows / mine:12,.0f} metric rows/s (limit {LIMIT:,})\n")
    sys.stdout.write(f"bare executemany{rows / theirs:12,.0f} rows/s\n")
    sys.stdout.write(f"ratio           {theirs / mine:12.2f}\n")


def ingest_once(document: Document, number: int) -> float:
    run_id = document.record(add_run, number)
    folder = document.folder / f"run-{number}"
    folder.mkdir()
    with JournalWriter(folder / JOURNAL) as journal:
        for step in range(1, STEPS + 1):
            values = {name: 1.0 / (step + place) for place, name in enumerate(NAMES)}
            journal.append(events.Stepped(step=step, epoch=step / 100, metrics=values))
    began = time.perf_counter()
    ingest(document, run_id)
    return time.perf_counter() - began


def add_run(connection, number: int) -> int:
    return connection.execute(
        schema.runs.insert().values(
            kind="train",
            name="",
            folder=f"run-{number}",
            token=str(number),
            job="{}",
            state="running",
            created_at=0.0,
        )
    ).inserted_primary_key[0]


def insert_once(path: Path) -> float:
    rows = [
        (1, name, step, step / 100, 1.0 / step)
        for name in range(len(NAMES))
        for step in range(1, STEPS + 1)
    ]
    raw = sqlite3.connect(path)
    raw.execute(
        "CREATE TABLE metrics (run INTEGER, name INTEGER, step INTEGER, epoch REAL, value REAL, "
        "PRIMARY KEY (run, name, step)) WITHOUT ROWID"
    )
    began = time.perf_counter()
    with raw:
        raw.executemany("INSERT OR REPLACE INTO metrics VALUES (?,?,?,?,?)", rows)
    seconds = time.perf_counter() - began
    raw.close()
    return seconds


if __name__ == "__main__":
    main()
