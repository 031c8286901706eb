"""From journal to rows: each event once, with the new offset in the same transaction."""

import tempfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, delete, select, update

from studio.document import Document
from studio.errors import StudioError
from studio.project import schema
from studio.runs import ranking_rows
from studio.runs.event_rows import EventRows, fold
from studio.runs.map_rows import write_maps
from studio.runs.run_record import RunRecord, load_record
from studio.runs.state import LastWord
from workers.contract import folder as run_folder
from workers.contract.events import Event
from workers.contract.journal import Reading, read_journal

# What one transaction takes at most: a window's timer must not wait long for it.
BYTES_AT_ONCE = 4 * 1024 * 1024
TABLES = (
    "runs",
    "metrics",
    "checkpoints",
    "evaluations",
    "measurements",
    "perplexities",
)
WRITTEN = ("answers",)  # told only when there are some: a window then looks at its samples again
DERIVED = (
    schema.metrics,
    schema.checkpoints,
    schema.evaluations,
    schema.measurements,
    schema.perplexities,
    schema.answers,
    schema.predictions,
    schema.suspects,
    schema.neighbours,
    schema.map_checks,
)


@dataclass(frozen=True)
class Ingested:
    """How many events were written, and the run's last word so far."""

    events: int
    last_word: LastWord


def ingest(document: Document, run_id: int, *, batches: int | None = None) -> Ingested:
    """Write what the journal has to say since last time; all of it, or so many transactions."""
    record = document.query(load_record, run_id)
    journal = document.folder / record.folder / run_folder.JOURNAL
    return _ingest_from(document, record, journal, batches)


def replay(document: Document, run_id: int) -> Ingested:
    """Throw the run's rows away and make the same ones again from its journal."""
    record = document.query(load_record, run_id)
    journal = document.folder / record.folder / run_folder.JOURNAL
    if journal.is_file():
        document.record(_forget, run_id, run_id=run_id, tables=TABLES + WRITTEN)
        return ingest(document, run_id)
    content = document.query(_kept_journal, run_id)
    if content is None:
        raise StudioError(f"The journal of run {run_id} is neither in its folder nor kept.")
    document.record(_forget, run_id, run_id=run_id, tables=TABLES + WRITTEN)
    with tempfile.TemporaryDirectory() as aside:
        path = Path(aside) / run_folder.JOURNAL
        path.write_bytes(content)
        return _ingest_from(document, document.query(load_record, run_id), path, None)


def journal_events(document: Document, run_id: int) -> list[Event]:
    """All that a run said, from its folder, else from what the project kept."""
    record = document.query(load_record, run_id)
    path = document.folder / record.folder / run_folder.JOURNAL
    if path.is_file():
        return _all_events(path)
    content = document.query(_kept_journal, run_id)
    if content is None:
        return []
    with tempfile.TemporaryDirectory() as aside:
        path = Path(aside) / run_folder.JOURNAL
        path.write_bytes(content)
        return _all_events(path)


def _all_events(path: Path) -> list[Event]:
    events: list[Event] = []
    offset = 0
    while (reading := read_journal(path, offset)).offset != offset:
        events += reading.events
        offset = reading.offset
    return events


def _ingest_from(
    document: Document, record: RunRecord, journal: Path, batches: int | None
) -> Ingested:
    count = 0
    while batches is None or batches > 0:
        reading = read_journal(journal, record.journal_offset, BYTES_AT_ONCE)
        if reading.offset == record.journal_offset:  # a line longer than that, or the end
            reading = read_journal(journal, record.journal_offset)
        if reading.offset == record.journal_offset:
            break
        count += _write(document, record, reading)
        record = document.query(load_record, record.id)
        batches = None if batches is None else batches - 1
    return Ingested(count, record.last_word)


def _write(document: Document, record: RunRecord, reading: Reading) -> int:
    rows = fold(record, reading.events)
    tables = TABLES + (("attention_maps",) if rows.maps else ())
    tables += ("suspects", "neighbours") if rows.rankings else ()
    tables += ("map_checks",) if rows.checks else ()
    tables += WRITTEN if rows.answers else ()
    args = (record, rows, reading, document.folder / record.folder)
    return document.record(write_rows, *args, run_id=record.id, tables=tables)


def write_rows(
    connection: Connection, record: RunRecord, rows: EventRows, reading: Reading, folder: Path
) -> int:
    """All rows of some events and the offset behind them; 0 if another reader was quicker."""
    runs = schema.runs
    moved = connection.execute(
        update(runs)
        .where(runs.c.id == record.id, runs.c.journal_offset == record.journal_offset)
        .values(
            journal_offset=reading.offset,
            journal_damaged=runs.c.journal_damaged + reading.damaged,
            **rows.run_values(),
        )
    )
    if moved.rowcount != 1:
        return 0
    rows.write(connection, record.id)
    write_maps(connection, record, folder, rows.maps)
    for ranking in rows.rankings:
        ranking_rows.write(connection, record.id, ranking)
    return len(reading.events)


def _forget(connection: Connection, run_id: int) -> None:
    for table in DERIVED:
        connection.execute(delete(table).where(table.c.run_id == run_id))
    connection.execute(
        update(schema.runs)
        .where(schema.runs.c.id == run_id)
        .values(journal_offset=0, journal_damaged=0, step=0, total_steps=0, epoch=0.0)
        .values(summary="{}", reason=None, message=None)
    )


def _kept_journal(connection: Connection, run_id: int) -> bytes | None:
    blobs, runs = schema.blobs, schema.runs
    content = connection.scalar(
        select(blobs.c.content)
        .join(runs, runs.c.journal_blob_id == blobs.c.id)
        .where(runs.c.id == run_id)
    )
    return zlib.decompress(content) if content is not None else None
