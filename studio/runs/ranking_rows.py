"""An instant ranking's answer as rows: suspects and the nearest captions of each sample."""

from sqlalchemy import Connection, delete, select

from studio.project import schema
from studio.project.selection import listed
from studio.runs import suspects
from workers.contract.events import SamplesRanked


def write(connection: Connection, run_id: int, event: SamplesRanked) -> None:
    """Add what the worker found of these samples; a large project is told in several events."""
    labels = suspects.labels_of_run(connection, run_id)
    twins = suspects.twins_of(connection, run_id, neighbours_of(event))
    found = [
        suspects.Suspicion(
            sample_id=sample_id,
            score=confidence,
            confidence=confidence,
            variability=0.0,
            suggested=predicted if predicted != labels.get(sample_id) else None,
            reason=suspects.reason_of_ranking(confidence, twins.get(sample_id)),
        )
        for sample_id, confidence, predicted in zip(
            event.sample_ids, event.confidences, event.predicted, strict=True
        )
    ]
    told = _told_before(connection, run_id, set(event.sample_ids))
    suspects.write(connection, run_id, [*told, *found])
    _write_neighbours(connection, run_id, event)


def neighbours_of(event: SamplesRanked) -> dict[int, tuple[int, ...]]:
    """Each sample's nearest captions, nearest first."""
    return dict(zip(event.sample_ids, event.neighbour_ids, strict=True))


def _told_before(connection: Connection, run_id: int, but: set[int]) -> list[suspects.Suspicion]:
    """What earlier events of the run said of other samples: all are ranked together."""
    columns = schema.suspects.c
    rows = connection.execute(
        select(
            columns.sample_id,
            columns.score,
            columns.confidence,
            columns.variability,
            columns.suggested,
            columns.reason,
        ).where(columns.run_id == run_id)
    )
    return [suspects.Suspicion(*row) for row in rows if row[0] not in but]


def _write_neighbours(connection: Connection, run_id: int, event: SamplesRanked) -> None:
    table = schema.neighbours
    mine = table.c.sample_id.in_(listed(event.sample_ids))
    connection.execute(delete(table).where(table.c.run_id == run_id, mine))
    rows = [
        {
            "run_id": run_id,
            "sample_id": sample_id,
            "position": position,
            "neighbour_id": neighbour,
            "similarity": similarity,
        }
        for sample_id, near, similarities in zip(
            event.sample_ids, event.neighbour_ids, event.similarities, strict=True
        )
        for position, (neighbour, similarity) in enumerate(zip(near, similarities, strict=True))
    ]
    if rows:
        connection.execute(table.insert(), rows)
