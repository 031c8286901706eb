"""Attention map files into the project: checked against their hash, kept with provenance."""

import hashlib
import json
import logging
import time
from pathlib import Path

from sqlalchemy import Connection, select

from studio.project import schema
from studio.runs.blob_rows import keep_blob
from studio.runs.run_record import RunRecord
from workers.contract.events import MapCaptured

LOG = logging.getLogger(__name__)


def write_maps(
    connection: Connection, record: RunRecord, folder: Path, events: list[MapCaptured]
) -> None:
    """Keep each captured map for the train run it looked at; a file that was changed is left."""
    owner = record.owner_id
    for event in events:
        content = _verified(folder, event)
        if content is not None:
            _write_map(connection, owner, event, content)


def _verified(folder: Path, event: MapCaptured) -> bytes | None:
    path = (folder / event.path).resolve()
    if not path.is_relative_to(folder.resolve()):
        LOG.warning("Map file %s lies outside its run's folder; left out", event.path)
        return None
    try:
        content = path.read_bytes()
    except OSError as error:
        LOG.warning("Map file %s cannot be read: %s", path, error)
        return None
    if hashlib.sha256(content).hexdigest() != event.sha256:
        LOG.warning("Map file %s is not what the worker wrote; left out", path)
        return None
    return content


def _write_map(connection: Connection, run_id: int, event: MapCaptured, content: bytes) -> None:
    maps = schema.attention_maps
    if connection.scalar(select(maps.c.id).where(maps.c.sha256 == event.sha256)) is not None:
        return
    connection.execute(
        maps.insert().values(
            run_id=run_id,
            sample_id=event.sample_id,
            sha256=event.sha256,
            provenance=json.dumps(provenance_of(content)),
            blob_id=keep_blob(connection, content),
            captured_at=event.at or time.time(),
        )
    )


def provenance_of(content: bytes) -> object:
    """The provenance in a safetensors file's header; empty when it has none."""
    length = int.from_bytes(content[:8], "little")
    if length > len(content) - 8:
        return {}
    header = json.loads(content[8 : 8 + length])
    text = header.get("__metadata__", {}).get("provenance", "{}")
    return json.loads(text)
