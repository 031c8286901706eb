"""Looks at a source's folder again: which pictures are missing, and which are not imported."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.engine import Connection

from studio.dataset.records import Stray
from studio.dataset.walk import files_under, is_image
from studio.project.schema import images, sources
from studio.project.store import project_folder


@dataclass(frozen=True)
class SourceScan:
    """Counts of pictures: known and there, known and gone, there and not imported."""

    source_id: int
    found: int
    missing: int
    new: int
    first_missing: str = ""


def scan_source(connection: Connection, source_id: int) -> SourceScan:
    """Compare the project with the disk; may take a while on many files."""
    row = connection.execute(select(sources).where(sources.c.id == source_id)).one()
    root = (project_folder(connection) / row.root).resolve()
    known = set(connection.scalars(select(images.c.path).where(images.c.source_id == source_id)))
    there: set[str] = set()
    if root.is_dir() and known:
        for path in files_under(root):
            if not isinstance(path, Stray) and is_image(path):
                there.add(path.relative_to(root).as_posix())
    missing = sorted(path for path in known - there if not (root / path).is_file())
    return SourceScan(
        source_id,
        found=len(known) - len(missing),
        missing=len(missing),
        new=len(there - known),
        first_missing=missing[0] if missing else "",
    )
