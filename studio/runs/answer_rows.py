"""Perplexities and written answers of a language model as rows."""

import json
from math import isfinite

from sqlalchemy import Connection, select

from studio.project import schema
from workers.contract.events import AnswersWritten, PerplexityMeasured

WORST_KEPT = 10
ANSWER_SQL = (
    "INSERT OR REPLACE INTO answers (run_id, split, step, sample_id, text, strict, lenient, "
    "scores) VALUES (?,?,?,?,?,?,?,?)"
)


def write_perplexity(connection: Connection, run_id: int, event: PerplexityMeasured) -> None:
    """The figures of a split, and the samples that the model found least likely."""
    connection.execute(
        schema.perplexities.insert().prefix_with("OR REPLACE"),
        {
            "run_id": run_id,
            "split": event.split,
            "step": event.step,
            "epoch": event.epoch,
            "mean": _number(event.mean),
            "median": _number(event.median),
            "percentile_95": _number(event.percentile_95),
            "pooled": _number(event.pooled),
            "count": event.count,
            "tokens": event.tokens,
            "worst": json.dumps(_worst(event)),
        },
    )


def write_answers(connection: Connection, run_id: int, event: AnswersWritten) -> None:
    """Each answer with the labels that were read in it."""
    nothing = ("",) * len(event.sample_ids)
    columns = zip(
        event.sample_ids,
        event.texts,
        event.strict or nothing,
        event.lenient or nothing,
        _scores(event) or nothing,
        strict=False,
    )
    rows = [(run_id, event.split, event.step, *row) for row in columns]
    if rows:
        connection.exec_driver_sql(ANSWER_SQL, rows)


def _scores(event: AnswersWritten) -> list[str]:
    """Each caption's scores as JSON; those that are no number are left out."""
    rows = [
        dict(zip(event.scores, row, strict=True))
        for row in zip(*event.scores.values(), strict=False)
    ]
    return [
        json.dumps({name: value for name, value in row.items() if isfinite(value)}) for row in rows
    ]


def is_evaluated(connection: Connection, run_id: int, event: PerplexityMeasured) -> bool:
    """Whether the split was evaluated at this step too, which says its loss."""
    table = schema.evaluations
    here = (table.c.run_id == run_id, table.c.split == event.split, table.c.step == event.step)
    return connection.scalar(select(table.c.step).where(*here)) is not None


def _worst(event: PerplexityMeasured) -> list[tuple[int, float | None]]:
    """The highest first; what is not a number or too large for one is the worst of all."""
    pairs = zip(event.sample_ids, event.perplexities, strict=False)
    known = [(sample_id, _number(value)) for sample_id, value in pairs]
    known.sort(key=lambda pair: (pair[1] is not None, -(pair[1] or 0.0), pair[0]))
    return known[:WORST_KEPT]


def _number(value: float) -> float | None:
    return value if isfinite(value) else None
