"""The split that a first training makes by itself."""

from sqlalchemy import Connection, func, select

from studio.document import Document
from studio.project import edits, schema

RATIO = "9 : 1"


def split_if_needed(document: Document) -> str:
    """Split 9 : 1 where no sample is in a split yet; the rule and the counts, if it did."""
    if document.query(_has_split):
        return ""
    rule = f"{RATIO}, by label" if document.query(_has_label) else RATIO
    counts = document.edit(f"Split {rule}", edits.split_samples)
    if not counts.moved:
        return ""
    return f"{rule}: {document.query(_describe)}"


def _has_split(connection: Connection) -> bool:
    samples = schema.samples
    found = select(samples.c.id).where(samples.c.split.is_not(None)).limit(1)
    return connection.scalar(found) is not None


def _has_label(connection: Connection) -> bool:
    samples = schema.samples
    found = select(samples.c.id).where(samples.c.label_id.is_not(None)).limit(1)
    return connection.scalar(found) is not None


def _describe(connection: Connection) -> str:
    samples = schema.samples
    rows = connection.execute(
        select(samples.c.split, func.count())
        .where(samples.c.split.is_not(None))
        .group_by(samples.c.split)
    )
    return ", ".join(f"{count:,} {split}" for split, count in rows)
