"""The trash of runs: out of sight first, gone with folder and rows only when it is emptied."""

import shutil
import time
from collections.abc import Sequence

from sqlalchemy import Connection, delete, select, union, update

from studio.document import Document
from studio.project import schema

runs = schema.runs


def trash(connection: Connection, run_id: int) -> None:
    """Put a run into the trash."""
    values = {"trashed_at": time.time()}
    connection.execute(update(runs).where(runs.c.id == run_id).values(**values))


def restore(connection: Connection, run_id: int) -> None:
    """Take a run out of the trash."""
    connection.execute(update(runs).where(runs.c.id == run_id).values(trashed_at=None))


def bytes_in(document: Document) -> int:
    """What emptying the trash would free in run folders."""
    total = 0
    for _, folder in document.query(_trashed):
        files = (document.folder / folder).rglob("*")
        total += sum(path.stat().st_size for path in files if path.is_file())
    return total


def empty(document: Document) -> int:
    """Delete every trashed run: rows, kept weights that no other run needs, folders."""
    found = document.query(_trashed)
    delete_runs(document, found)
    return len(found)


def delete_runs(document: Document, found: Sequence[tuple[int, str]]) -> None:
    """Delete runs, given by number and folder, for good: rows, weights, folders."""
    if not found:
        return
    document.record(_delete, [run_id for run_id, _ in found], tables=("runs", "metrics", "blobs"))
    for _, folder in found:
        path = (document.folder / folder).resolve()
        if path.parent == document.runs_folder.resolve():
            shutil.rmtree(path, ignore_errors=True)


def _trashed(connection: Connection) -> list[tuple[int, str]]:
    rows = connection.execute(
        select(runs.c.id, runs.c.folder).where(runs.c.trashed_at.is_not(None))
    )
    return [(row[0], row[1]) for row in rows]


def _delete(connection: Connection, run_ids: list[int]) -> None:
    connection.execute(delete(runs).where(runs.c.id.in_(run_ids)))
    blobs, maps, weights = schema.blobs, schema.attention_maps, schema.run_weights
    used = union(
        select(maps.c.blob_id),
        select(weights.c.blob_id),
        select(runs.c.journal_blob_id).where(runs.c.journal_blob_id.is_not(None)),
    )
    connection.execute(delete(blobs).where(blobs.c.id.not_in(used)))
