"""The split that a first training makes by itself."""

from sqlalchemy import Connection, func, select

from studio.document import Document
from studio.project import edits, schema


def split_if_needed(document: Document) -> str:
    """Split 9:1 by label where no sample is in a split yet; the counts in words, if it did."""
    if document.query(_has_split):
        return ""
    document.edit("Split 9 : 1, by label", edits.split_samples)
    return document.query(_describe)


def _has_split(connection: Connection) -> bool:
    samples = schema.samples
    found = select(samples.c.id).where(samples.c.split.is_not(None)).limit(1)
    return connection.scalar(found) is not None


def _describe(connection: Connection) -> str:
    samples = schema.samples
    rows = connection.execute(
        select(samples.c.split, func.count())
        .where(samples.c.split.is_not(None))
        .group_by(samples.c.split)
    )
    return ", ".join(f"{count:,} {split}" for split, count in rows)
