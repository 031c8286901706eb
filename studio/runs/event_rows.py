"""What each event means for the tables: one arm an event, rows gathered for one write."""

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import isfinite, log
from operator import itemgetter
from typing import Any, assert_never

from sqlalchemy import Connection, select, update

from studio.project import schema
from studio.runs import answer_rows
from studio.runs.run_record import RunRecord
from studio.runs.state import LastWord
from workers.contract import events as said
from workers.contract.events import Event, MapCaptured, SamplesMeasured, SamplesRanked

METRIC_SQL = (
    "INSERT OR REPLACE INTO metrics (run_id, name_id, step, epoch, value) VALUES (?,?,?,?,?)"
)
MEASUREMENT_SQL = (
    "INSERT OR REPLACE INTO measurements (run_id, phase, epoch, sample_id, split, step, loss, "
    "confidence, margin, probabilities) VALUES (?,?,?,?,?,?,?,?,?,?)"
)
WARNINGS_KEPT = 50

# Step, epoch, value; None is not a number.
Point = tuple[int, float, float | None]


@dataclass
class EventRows:
    """Rows of the events between two offsets; the later of two for one key counts."""

    step: int
    total_steps: int
    epoch: float
    summary: dict[str, Any]
    reason: str | None = None
    message: str | None = None
    started_at: float | None = None
    ended_at: float | None = None
    metrics: dict[str, list[Point]] = field(default_factory=lambda: defaultdict(list))
    measurements: list[tuple[Any, ...]] = field(default_factory=list)
    evaluations: list[said.Evaluated] = field(default_factory=list)
    checkpoints: list[said.CheckpointSaved | said.CheckpointRemoved] = field(default_factory=list)
    maps: list[MapCaptured] = field(default_factory=list)
    checks: list[said.MapChecked] = field(default_factory=list)
    rankings: list[SamplesRanked] = field(default_factory=list)
    perplexities: list[said.PerplexityMeasured] = field(default_factory=list)
    answers: list[said.AnswersWritten] = field(default_factory=list)

    def run_values(self) -> dict[str, Any]:
        """Columns of the run's own row."""
        values: dict[str, Any] = {
            "step": self.step,
            "total_steps": self.total_steps,
            "epoch": self.epoch,
            "summary": json.dumps(self.summary),
            "reason": self.reason,
            "message": self.message,
        }
        if self.started_at is not None:
            values["started_at"] = self.started_at
            values["ended_at"] = None
        if self.ended_at is not None:
            values["ended_at"] = self.ended_at
        return values

    def write(self, connection: Connection, run_id: int) -> None:
        """Insert the gathered rows, replacing those of a step that was repeated."""
        _write_metrics(connection, run_id, self.metrics)
        if self.measurements:
            rows = [(run_id, *row) for row in self.measurements]
            connection.exec_driver_sql(MEASUREMENT_SQL, rows)
        for evaluated in self.evaluations:
            _write_evaluation(connection, run_id, evaluated)
        for measured in self.perplexities:
            answer_rows.write_perplexity(connection, run_id, measured)
        _write_metrics(connection, run_id, self._losses_by_perplexity(connection, run_id))
        for written in self.answers:
            answer_rows.write_answers(connection, run_id, written)
        for checked in self.checks:
            _write_check(connection, run_id, checked)
        for event in self.checkpoints:
            _write_checkpoint(connection, run_id, event)

    def _losses_by_perplexity(self, connection: Connection, run_id: int) -> dict[str, list[Point]]:
        """The loss where only the perplexity tells it: its logarithm."""
        losses: dict[str, list[Point]] = defaultdict(list)
        for event in self.perplexities:
            if not answer_rows.is_evaluated(connection, run_id, event):
                loss = log(event.pooled) if isfinite(event.pooled) and event.pooled > 0 else None
                losses[f"{event.split}/loss"].append((event.step, float(event.epoch), loss))
        return losses


def fold(record: RunRecord, events: Iterable[Event]) -> EventRows:
    """The rows that these events make, on top of what the run's row already says."""
    rows = EventRows(record.step, record.total_steps, record.epoch, dict(record.summary))
    rows.message = record.message or None
    rows.reason = record.summary.get("reason")
    for event in events:
        take(rows, event)
    return rows


def take(rows: EventRows, event: Event) -> None:  # noqa: C901 - one arm an event
    """Add one event's rows."""
    match event:
        case said.Stepped():
            step, epoch = rows.step, rows.epoch = event.step, event.epoch
            for name, value in event.metrics.items():
                rows.metrics[name].append((step, epoch, value if isfinite(value) else None))
        case SamplesMeasured():
            rows.measurements += _measured(event)
        case said.Evaluated():
            rows.evaluations.append(event)
            _take_evaluation_metrics(rows, event)
        case said.PerplexityMeasured():
            rows.perplexities.append(event)
            _take_perplexity_metrics(rows, event)
        case said.AnswersWritten():
            rows.answers.append(event)
        case said.CaptionsScored():
            _take_caption_scores(rows, event)
        case said.CheckpointSaved() | said.CheckpointRemoved():
            rows.checkpoints.append(event)
        case MapCaptured() | said.MapChecked():
            _take_map(rows, event)
        case SamplesRanked():
            rows.rankings.append(event)
        case said.Progressed():
            rows.summary["progress"] = event.model_dump(exclude={"kind", "at"})
        case said.Prepared():
            rows.total_steps = event.total_steps
            rows.summary["prepared"] = event.model_dump(exclude={"kind", "at"})
        case said.BaselineMeasured():
            rows.summary["baseline"] = _plain(event.model_dump(exclude={"kind", "at"}))
        case said.Exported():
            rows.summary["exported"] = _plain(event.model_dump(exclude={"kind", "at"}))
        case said.Probed():
            rows.summary["probed"] = event.model_dump(mode="json")
        case said.Said():
            _take_said(rows, event)
        case (
            said.Started()
            | said.Paused()
            | said.Resumed()
            | said.Stopped()
            | said.Finished()
            | said.Failed()
        ):
            _take_word(rows, event)
        case _:
            assert_never(event)


Word = said.Started | said.Paused | said.Resumed | said.Stopped | said.Finished | said.Failed


def _take_word(rows: EventRows, event: Word) -> None:
    """An event that decides the run's state."""
    rows.reason = rows.message = None
    rows.summary.pop("paused", None)
    match event:
        case said.Started():
            rows.started_at = event.at
            rows.summary["started"] = event.model_dump(exclude={"kind", "at"})
            word = LastWord.GOING
        case said.Resumed():
            rows.step = event.step
            word = LastWord.GOING
        case said.Paused():
            rows.message = event.message or None
            rows.reason = event.reason.value if event.reason else None
            rows.summary["paused"] = event.model_dump(mode="json", exclude={"kind", "at"})
            word = LastWord.PAUSED
        case said.Stopped():
            rows.step = event.step
            word = LastWord.STOPPED
        case said.Finished():
            rows.step = event.step or rows.step
            rows.summary["stopped_early"] = event.early
            word = LastWord.FINISHED
        case said.Failed():
            rows.reason, rows.message = event.reason.value, event.message
            rows.summary["traceback"] = event.traceback
            proposals = [one.model_dump(mode="json") for one in event.proposals]
            rows.summary["proposals"] = proposals
            word = LastWord.FAILED
        case _:
            assert_never(event)
    if word in (LastWord.STOPPED, LastWord.FINISHED, LastWord.FAILED):
        rows.ended_at = event.at
    rows.summary["last_word"] = word.value
    rows.summary["reason"] = rows.reason


def _take_map(rows: EventRows, event: MapCaptured | said.MapChecked) -> None:
    if isinstance(event, MapCaptured):
        rows.maps.append(event)
    else:
        rows.checks.append(event)


def _take_said(rows: EventRows, event: said.Said) -> None:
    rows.summary["last_said"] = event.message
    if event.warning:
        warnings = [*rows.summary.get("warnings", []), event.message]
        rows.summary["warnings"] = warnings[-WARNINGS_KEPT:]


def number(value: float) -> float | None:
    """The value as a column holds it: what is not a finite number is NULL, never 0."""
    return value if isfinite(value) else None


def _plain(tree: Any) -> Any:
    """The same tree with None where JSON has no number."""
    if isinstance(tree, dict):
        return {name: _plain(value) for name, value in tree.items()}
    if isinstance(tree, list | tuple):
        return [_plain(value) for value in tree]
    return number(tree) if isinstance(tree, float) else tree


def _measured(event: SamplesMeasured) -> list[tuple[Any, ...]]:
    place = (event.phase.value, event.epoch)
    rest = (event.split, event.step)
    probabilities = event.probabilities or ((),) * len(event.sample_ids)
    columns = zip(
        event.sample_ids,
        event.losses,
        event.confidences,
        event.margins,
        probabilities,
        strict=False,
    )
    return [
        (
            *place,
            sample_id,
            *rest,
            number(loss),
            number(confidence),
            number(margin),
            json.dumps(_plain(shares)) if shares else None,
        )
        for sample_id, loss, confidence, margin, shares in columns
    ]


def _take_evaluation_metrics(rows: EventRows, event: said.Evaluated) -> None:
    values = {"loss": event.loss, "accuracy": event.accuracy} | event.metrics
    for name, value in values.items():
        point = (event.step, float(event.epoch), number(value))
        rows.metrics[f"{event.split}/{name}"].append(point)


def _take_perplexity_metrics(rows: EventRows, event: said.PerplexityMeasured) -> None:
    for name, value in (("perplexity", event.mean), ("perplexity_median", event.median)):
        point = (event.step, float(event.epoch), number(value))
        rows.metrics[f"{event.split}/{name}"].append(point)


def _take_caption_scores(rows: EventRows, event: said.CaptionsScored) -> None:
    for name, value in event.metrics.items():
        point = (event.step, float(event.epoch), number(value))
        rows.metrics[f"{event.split}/{name}"].append(point)
    told = event.model_dump(include={"count", "unreferenced", "empty", "repeating", "tokenizer"})
    rows.summary["captions"] = rows.summary.get("captions", {}) | {event.split: told}


def _write_metrics(connection: Connection, run_id: int, metrics: dict[str, list[Point]]) -> None:
    """Metric by metric, in the order of the key: SQLite then appends instead of searching."""
    ids = _metric_ids(connection, set(metrics)) if metrics else {}
    for name, key in sorted(ids.items(), key=itemgetter(1)):
        points = [(run_id, key, *point) for point in metrics[name]]
        connection.exec_driver_sql(METRIC_SQL, points)


def _metric_ids(connection: Connection, names: set[str]) -> dict[str, int]:
    table = schema.metric_names
    for name in sorted(names):
        connection.exec_driver_sql("INSERT OR IGNORE INTO metric_names (name) VALUES (?)", (name,))
    found = connection.execute(select(table.c.name, table.c.id).where(table.c.name.in_(names)))
    return {row[0]: row[1] for row in found}


def _write_evaluation(connection: Connection, run_id: int, event: said.Evaluated) -> None:
    connection.execute(
        schema.evaluations.insert().prefix_with("OR REPLACE"),
        {
            "run_id": run_id,
            "split": event.split,
            "step": event.step,
            "epoch": event.epoch,
            "loss": number(event.loss),
            "accuracy": event.accuracy,
            "correct": event.correct,
            "count": event.count,
            "majority_label": event.majority_label,
            "majority_count": event.majority_count,
            "confusion": json.dumps(event.confusion),
            "metrics": json.dumps(_plain(event.metrics)),
        },
    )


def _write_check(connection: Connection, run_id: int, event: said.MapChecked) -> None:
    connection.execute(
        schema.map_checks.insert().prefix_with("OR REPLACE"),
        {
            "run_id": run_id,
            "sample_id": event.sample_id,
            "map_sha256": event.map_sha256,
            "look": event.look,
            "words": json.dumps([word.model_dump(mode="json") for word in event.words]),
            "checked_at": event.at,
        },
    )


def _write_checkpoint(
    connection: Connection, run_id: int, event: said.CheckpointSaved | said.CheckpointRemoved
) -> None:
    table = schema.checkpoints
    here = table.c.run_id == run_id
    if isinstance(event, said.CheckpointRemoved):
        connection.execute(update(table).where(here, table.c.step == event.step).values(removed=1))
        return
    if event.best:
        connection.execute(update(table).where(here).values(best=0))
    connection.execute(
        table.insert().prefix_with("OR REPLACE"),
        {
            "run_id": run_id,
            "step": event.step,
            "epoch": event.epoch,
            "folder": event.folder,
            "bytes": event.bytes,
            "best": int(event.best),
            "removed": 0,
            "saved_at": event.at,
        },
    )
