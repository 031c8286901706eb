"""The snapshot: the samples of a run, frozen as JSON lines."""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from workers.contract.folder import SNAPSHOT, replace_file
from workers.contract.sample import SnapshotSample


def write_snapshot(folder: Path, samples: Iterable[SnapshotSample]) -> str:
    """Write dataset.jsonl and return its sha256."""
    content = b"".join(sample.model_dump_json().encode() + b"\n" for sample in samples)
    replace_file(folder / SNAPSHOT, content)
    return hashlib.sha256(content).hexdigest()


def read_snapshot(folder: Path) -> Iterator[SnapshotSample]:
    """The samples, in the order written; raises OSError or pydantic's ValidationError."""
    with (folder / SNAPSHOT).open("rb") as file:
        for line in file:
            yield SnapshotSample.model_validate_json(line)
