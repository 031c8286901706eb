"""Every question about runs: curves, evaluations, predictions, suspects, attention maps."""

import json
from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from typing import Any

from sqlalchemy import Row, Select, bindparam, func, select
from sqlalchemy.engine import Connection

from studio.errors import StudioError
from studio.project import schema
from studio.project.records import (
    AnswerRow,
    AttentionRow,
    CheckpointRow,
    Curve,
    EvaluationRow,
    MeasurementRow,
    NeighbourRow,
    PerplexityRow,
    PredictionRow,
    RunRow,
    RunSampleRow,
    SuspectRow,
)

RUN_COLUMNS = [schema.runs.c[field.name] for field in fields(RunRow)]


def run_rows(
    connection: Connection, kind: str | None = None, trashed: bool | None = False
) -> list[RunRow]:
    """Runs, newest first: those kept, those in the trash, or (None) both."""
    query = select(*RUN_COLUMNS).order_by(schema.runs.c.id.desc())
    if kind is not None:
        query = query.where(schema.runs.c.kind == kind)
    if trashed is not None:
        in_trash = schema.runs.c.trashed_at
        query = query.where(in_trash.is_not(None) if trashed else in_trash.is_(None))
    return [RunRow(*row) for row in connection.execute(query)]


def run(connection: Connection, run_id: int) -> RunRow:
    """One run; StudioError when there is none of this number."""
    found = connection.execute(select(*RUN_COLUMNS).where(schema.runs.c.id == run_id)).first()
    if found is None:
        raise StudioError(f"There is no run {run_id} in this project.")
    return RunRow(*found)


def run_samples(
    connection: Connection, run_id: int, split: str | None = None
) -> list[RunSampleRow]:
    """The snapshot that a run was given, or one split of it."""
    columns = schema.run_samples.c
    query = select(columns.sample_id, columns.split, columns.label, columns.text_sha256)
    query = query.where(columns.run_id == run_id)
    if split is not None:
        query = query.where(columns.split == split)
    rows = connection.execute(query.order_by(columns.sample_id))
    return [RunSampleRow(*row) for row in rows]


def metric_names(connection: Connection, run_id: int) -> list[str]:
    """The curves that a run has."""
    names, metrics = schema.metric_names, schema.metrics
    query = (
        select(names.c.name)
        .where(
            select(metrics.c.step)
            .where(metrics.c.run_id == run_id, metrics.c.name_id == names.c.id)
            .exists()
        )
        .order_by(names.c.name)
    )
    return list(connection.scalars(query))


def curve(connection: Connection, run_id: int, name: str, after_step: int = -1) -> Curve:
    """A metric over the steps; what was not a number is nan."""
    import numpy as np  # here, because a window stands sooner without it

    columns = schema.metrics.c
    name_id = select(schema.metric_names.c.id).where(schema.metric_names.c.name == name)
    query = (
        select(columns.step, columns.epoch, columns.value)
        .where(columns.run_id == run_id, columns.name_id == name_id.scalar_subquery())
        .where(columns.step > after_step)
        .order_by(columns.step)
    )
    rows = connection.execute(query).all()
    steps, epochs, values = zip(*rows, strict=True) if rows else ((), (), ())
    return Curve(
        np.array(steps, dtype=np.int64),
        np.array(epochs, dtype=np.float64),
        np.array(values, dtype=np.float64),
    )


def checkpoints(connection: Connection, run_id: int) -> list[CheckpointRow]:
    """The checkpoints of a run, oldest first, with those that were removed since."""
    columns = schema.checkpoints.c
    query = select(schema.checkpoints).where(columns.run_id == run_id).order_by(columns.step)
    return [
        CheckpointRow(
            row.run_id,
            row.step,
            row.epoch,
            row.folder,
            row.bytes,
            bool(row.best),
            bool(row.removed),
            row.saved_at,
        )
        for row in connection.execute(query)
    ]


def evaluations(
    connection: Connection, run_id: int, split: str | None = "validation"
) -> list[EvaluationRow]:
    """The evaluations of a run, oldest first; of every split when none is named."""
    columns = schema.evaluations.c
    query = select(schema.evaluations).where(columns.run_id == run_id)
    if split is not None:
        query = query.where(columns.split == split)
    return [_evaluation(row) for row in connection.execute(query.order_by(columns.step))]


def best_evaluation(
    connection: Connection, run_id: int, split: str = "validation"
) -> EvaluationRow | None:
    """The evaluation at the best checkpoint, else at the newest; else the most accurate."""
    known = evaluations(connection, run_id, split)
    saved = checkpoints(connection, run_id)
    best = {row.step for row in saved if row.best} or {row.step for row in saved[-1:]}
    chosen = [row for row in known if row.step in best] or known
    if not chosen:
        return None
    return max(chosen, key=lambda row: (row.accuracy, -(row.loss or 0.0)))


def perplexities(
    connection: Connection, run_id: int, split: str | None = None
) -> list[PerplexityRow]:
    """The perplexities of a run, oldest first; of every split when none is named."""
    columns = schema.perplexities.c
    query = select(schema.perplexities).where(columns.run_id == run_id)
    if split is not None:
        query = query.where(columns.split == split)
    return [
        PerplexityRow(
            run_id=row.run_id,
            split=row.split,
            step=row.step,
            epoch=row.epoch,
            mean=row.mean,
            median=row.median,
            percentile_95=row.percentile_95,
            pooled=row.pooled,
            count=row[8],
            tokens=row.tokens,
            worst=tuple((one[0], one[1]) for one in json.loads(row.worst)),
        )
        for row in connection.execute(query.order_by(columns.step, columns.split))
    ]


def answers(
    connection: Connection, run_id: int, split: str | None = None, step: int | None = None
) -> list[AnswerRow]:
    """What a run wrote at a step, by sample; by default what it wrote last for each split."""
    table = schema.answers
    columns = [table.c[field.name] for field in fields(AnswerRow)]
    query = select(*columns).where(table.c.run_id == run_id)
    if split is not None:
        query = query.where(table.c.split == split)
    if step is None:
        later = table.alias("later")
        same = (later.c.run_id == run_id, later.c.split == table.c.split)
        last = select(func.max(later.c.step)).where(*same).correlate(table).scalar_subquery()
        query = query.where(table.c.step == last)
    else:
        query = query.where(table.c.step == step)
    return [AnswerRow(*row) for row in connection.execute(query.order_by(table.c.sample_id))]


def predictions(
    connection: Connection, run_id: int, split: str | None = None
) -> list[PredictionRow]:
    """What a run says of each sample, at its best checkpoint."""
    query = _predictions().where(schema.predictions.c.run_id == run_id)
    if split is not None:
        query = query.where(schema.predictions.c.split == split)
    return _prediction_rows(connection, query.order_by(schema.predictions.c.sample_id))


def predictions_of_sample(connection: Connection, sample_id: int) -> list[PredictionRow]:
    """What each run says of a sample, newest run first; trashed runs are silent."""
    return _prediction_rows(connection, _of_sample(), {"sample": sample_id})


def measurements(
    connection: Connection, run_id: int, phase: str, sample_id: int | None = None
) -> list[MeasurementRow]:
    """Loss, confidence and margin by sample and epoch."""
    columns = schema.measurements.c
    query = select(
        columns.sample_id,
        columns.epoch,
        columns.split,
        columns.step,
        columns.loss,
        columns.confidence,
        columns.margin,
        columns.probabilities,
    ).where(columns.run_id == run_id, columns.phase == phase)
    if sample_id is not None:
        query = query.where(columns.sample_id == sample_id)
    rows = connection.execute(query.order_by(columns.epoch, columns.sample_id))
    return [MeasurementRow(*row[:7], tuple(json.loads(row[7] or "[]"))) for row in rows]


def suspects(
    connection: Connection, run_id: int, *, flagged_only: bool = False
) -> list[SuspectRow]:
    """Samples by how wrong their labels look to a run, the most suspect first."""
    columns = schema.suspects.c
    query = select(schema.suspects).where(columns.run_id == run_id).order_by(columns.rank)
    if flagged_only:
        query = query.where(columns.flagged == 1)
    return [
        SuspectRow(
            run_id=row.run_id,
            sample_id=row.sample_id,
            rank=row.rank,
            score=row.score,
            confidence=row.confidence,
            variability=row.variability,
            suggested=row.suggested,
            reason=row.reason,
            flagged=bool(row.flagged),
        )
        for row in connection.execute(query)
    ]


def neighbours(
    connection: Connection, sample_id: int, run_id: int | None = None
) -> list[NeighbourRow]:
    """The samples whose captions are nearest, by the newest run that knows them."""
    columns = schema.neighbours.c
    if run_id is None:
        newest = select(columns.run_id).where(columns.sample_id == sample_id)
        run_id = connection.scalar(newest.order_by(columns.run_id.desc()).limit(1))
    other, captions, labels = schema.samples, schema.captions, schema.labels
    query = (
        select(columns.sample_id, columns.neighbour_id, columns.position, columns.similarity)
        .add_columns(captions.c.text, labels.c.name)
        .join(other, other.c.id == columns.neighbour_id)
        .outerjoin(captions, (captions.c.sample_id == other.c.id) & (captions.c.position == 0))
        .outerjoin(labels, labels.c.id == other.c.label_id)
        .where(columns.run_id == run_id, columns.sample_id == sample_id)
        .order_by(columns.position)
    )
    return [
        NeighbourRow(sample, neighbour, position, similarity, text or "", label)
        for sample, neighbour, position, similarity, text, label in connection.execute(query)
    ]


def attention_maps(
    connection: Connection, run_id: int | None = None, sample_id: int | None = None
) -> list[AttentionRow]:
    """Captured maps, newest first, of a run, of a sample, or all."""
    columns = schema.attention_maps.c
    query = select(schema.attention_maps).order_by(columns.id.desc())
    if run_id is not None:
        query = query.where(columns.run_id == run_id)
    if sample_id is not None:
        query = query.where(columns.sample_id == sample_id)
    return [
        AttentionRow(
            row.id,
            row.run_id,
            row.sample_id,
            row.sha256,
            json.loads(row.provenance),
            row.blob_id,
            row.captured_at,
        )
        for row in connection.execute(query)
    ]


def blob(connection: Connection, blob_id: int) -> bytes:
    """What a blob holds; StudioError when it is gone."""
    content = connection.scalar(select(schema.blobs.c.content).where(schema.blobs.c.id == blob_id))
    if content is None:
        raise StudioError(f"The stored file {blob_id} is not in this project any more.")
    return bytes(content)


def _evaluation(row: Row[*tuple[Any, ...]]) -> EvaluationRow:
    return EvaluationRow(
        run_id=row.run_id,
        split=row.split,
        step=row.step,
        epoch=row.epoch,
        loss=row.loss,
        accuracy=row.accuracy,
        correct=row.correct,
        count=row[7],
        majority_label=row.majority_label,
        majority_count=row.majority_count,
        confusion=tuple(tuple(line) for line in json.loads(row.confusion)),
        metrics=json.loads(row.metrics),
    )


def _predictions() -> Select[*tuple[Any, ...]]:
    columns = schema.predictions.c
    return select(
        columns.run_id,
        schema.runs.c.name,
        columns.sample_id,
        columns.split,
        columns.step,
        columns.label,
        columns.confidence,
        columns.given_confidence,
        columns.probabilities,
    ).join(schema.runs, schema.runs.c.id == columns.run_id)


@cache
def _of_sample() -> Select[*tuple[Any, ...]]:
    query = _predictions().where(schema.predictions.c.sample_id == bindparam("sample"))
    query = query.where(schema.runs.c.trashed_at.is_(None))
    return query.order_by(schema.predictions.c.run_id.desc())


def _prediction_rows(
    connection: Connection,
    query: Select[*tuple[Any, ...]],
    parameters: Mapping[str, int] | None = None,
) -> list[PredictionRow]:
    found = connection.execute(query, parameters)
    return [
        PredictionRow(run, name, sample, split, step, label, sure, given, json.loads(probabilities))
        for run, name, sample, split, step, label, sure, given, probabilities in found
    ]
