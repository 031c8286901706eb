"""Questions about attention maps over a query: which there are, and what checks of them said."""

import json
from collections.abc import Sequence

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.engine import Connection

from studio.project.queries import boxes_of
from studio.project.query_language import condition
from studio.project.records import CapturedMap, MapCheckRow
from studio.project.schema import attention_maps, boxes, captions, map_checks, runs, samples
from studio.project.selection import listed
from workers.contract.hiding import CheckedWord


def steps_captured(connection: Connection, run_id: int) -> list[int]:
    """The checkpoints of a run that there are maps of, the one of the newest map first."""
    step = _step()
    statement = select(step).where(attention_maps.c.run_id == run_id).group_by(step)
    newest = func.max(attention_maps.c.id)
    return list(connection.scalars(statement.order_by(newest.desc())))


def captured_maps(connection: Connection, run_id: int, step: int, query: str) -> list[CapturedMap]:
    """The newest map at a run's checkpoint of each sample of a query that has one, by sample."""
    newest = (
        select(attention_maps.c.sample_id, func.max(attention_maps.c.id).label("id"))
        .where(attention_maps.c.run_id == run_id, _step() == step)
        .group_by(attention_maps.c.sample_id)
        .subquery()
    )
    statement = (
        select(samples.c.id, attention_maps.c.sha256, attention_maps.c.blob_id, captions.c.text)
        .select_from(samples)
        .join(newest, newest.c.sample_id == samples.c.id)
        .join(attention_maps, attention_maps.c.id == newest.c.id)
        .outerjoin(captions, (captions.c.sample_id == samples.c.id) & (captions.c.position == 0))
        .where(condition(query))
        .order_by(samples.c.id)
    )
    rows = connection.execute(statement).all()
    drawn = boxes_of(connection, [row.id for row in rows])
    return [
        CapturedMap(sample_id, sha256, blob_id, text or "", tuple(drawn.get(sample_id, ())))
        for sample_id, sha256, blob_id, text in rows
    ]


def count_boxes(connection: Connection, query: str) -> int:
    """How many boxes the samples of a query have."""
    statement = select(func.count()).select_from(boxes).join(samples).where(condition(query))
    return connection.scalar(statement) or 0


def map_checks_of(
    connection: Connection, run_id: int, sample_ids: Sequence[int] | None = None
) -> list[MapCheckRow]:
    """What checks of a training's maps said, the newest first; of some samples, or of all."""
    statement = (
        select(map_checks)
        .join(runs, runs.c.id == map_checks.c.run_id)
        .where(runs.c.parent_id == run_id, runs.c.trashed_at.is_(None))
        .order_by(map_checks.c.run_id.desc(), map_checks.c.sample_id)
    )
    if sample_ids is not None:
        statement = statement.where(map_checks.c.sample_id.in_(listed(sample_ids)))
    return [
        MapCheckRow(
            run_id=row.run_id,
            sample_id=row.sample_id,
            map_sha256=row.map_sha256,
            look=row.look,
            words=tuple(CheckedWord.model_validate(word) for word in json.loads(row.words)),
            checked_at=row.checked_at,
        )
        for row in connection.execute(statement)
    ]


def _step() -> ColumnElement[int]:
    """The checkpoint that a map was made at, as its provenance says."""
    return func.json_extract(attention_maps.c.provenance, "$.step")
