"""Files that the project keeps as blobs: which are damaged, and which can be read in again."""

import hashlib
import zlib
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import select, update
from sqlalchemy.engine import Connection

from studio.project.schema import attention_maps, blobs, run_weights, runs
from studio.project.store import project_folder
from workers.contract import folder as run_folder

JOURNAL_LEVEL = 6  # of zlib: the same journal gives the same blob


def find_remade(connection: Connection) -> int:
    """How many damaged blobs still have their original in the folder of its run."""
    return len(_originals(connection))


def find_lost(connection: Connection) -> int:
    """How many damaged blobs have none."""
    return len(_damaged(connection)) - find_remade(connection)


def read_again(connection: Connection) -> int:
    """Put the originals in the place of what was damaged; the number of those."""
    found = _originals(connection)
    for blob_id, content in found.items():
        digest = hashlib.sha256(content).hexdigest()
        values = {"content": content, "size": len(content), "sha256": digest}
        connection.execute(update(blobs).where(blobs.c.id == blob_id).values(values))
    return len(found)


def packed_journal(journal: Path) -> bytes:
    """A journal as it is kept."""
    return zlib.compress(journal.read_bytes(), JOURNAL_LEVEL)


def _damaged(connection: Connection) -> dict[int, str]:
    """The blobs that are not what their hash says, with the hash."""
    rows = connection.execute(select(blobs).execution_options(yield_per=1))
    return {
        row.id: row.sha256
        for row in rows
        if len(row.content) != row.size or hashlib.sha256(row.content).hexdigest() != row.sha256
    }


def _originals(connection: Connection) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    for blob_id, digest in _damaged(connection).items():
        for content in _candidates(connection, blob_id):
            if hashlib.sha256(content).hexdigest() == digest:
                found[blob_id] = content
                break
    return found


def _candidates(connection: Connection, blob_id: int) -> Iterator[bytes]:
    """What lies where the blob was read from; it may be another file by now."""
    folder = project_folder(connection)
    weights = (
        select(runs.c.folder, run_weights.c.step, run_weights.c.path)
        .join(runs, runs.c.id == run_weights.c.run_id)
        .where(run_weights.c.blob_id == blob_id)
    )
    for run, step, name in connection.execute(weights):
        file = run_folder.checkpoint_folder(folder / run, step) / Path(name).name
        if file.is_file():
            yield file.read_bytes()
    journals = select(runs.c.folder).where(runs.c.journal_blob_id == blob_id)
    for run in connection.scalars(journals):
        if (file := folder / run / run_folder.JOURNAL).is_file():
            yield packed_journal(file)
    maps = select(attention_maps.c.run_id, attention_maps.c.sample_id)
    for run_id, sample_id in connection.execute(maps.where(attention_maps.c.blob_id == blob_id)):
        captures = select(runs.c.folder).where(runs.c.parent_id == run_id, runs.c.kind == "attend")
        for run in connection.scalars(captures):
            file = folder / run / run_folder.MAPS / f"{sample_id}.safetensors"
            if file.is_file():
                yield file.read_bytes()
