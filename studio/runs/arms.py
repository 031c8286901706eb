"""The arms of an evaluation in one table: zero-shot, few-shot and tuned, beside the majority."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, RowMapping, select

from studio.document import Document
from studio.project import schema
from studio.runs.keeping import best_step
from studio.runs.run_record import RunRecord, load_record
from studio.runs.verdict import evaluation_of
from workers.contract.job import EvaluationJob


@dataclass(frozen=True)
class ArmPerplexity:
    """Perplexity of the answers; None where it is not a finite number. `worst`: (sample, value)."""

    mean: float | None
    median: float | None
    percentile_95: float | None
    pooled: float | None
    count: int
    tokens: int
    worst: tuple[tuple[int, float], ...]


@dataclass(frozen=True)
class ArmAccuracy:
    """Labels by scoring each label's probability; the majority beside it."""

    accuracy: float
    correct: int
    count: int
    loss: float | None
    majority_label: str
    majority_share: float
    confusion: tuple[tuple[int, ...], ...]
    metrics: dict[str, float | None]


@dataclass(frozen=True)
class ArmWritten:
    """Answers that were written, read as labels: shares of `count` that are right, or no label.

    `strict` and `lenient` are None where the answers are free text and no label is right.
    """

    count: int
    strict: float | None
    lenient: float | None
    unparsed: float | None


@dataclass(frozen=True)
class Arm:
    """One way of asking, measured on a split.

    `run_id` is the run that measured it (the training itself, or an evaluation), `state` its state.
    `name` is such as “Zero-shot”, “3-shot”, “Tuned”, “Tuned, 3-shot” or “Tuned, step 20”.
    `accuracy`, `perplexity` and `written` are None where that was not measured.
    """

    run_id: int
    name: str
    untrained: bool
    shots: tuple[int, ...]
    checkpoint: str
    step: int
    state: str
    accuracy: ArmAccuracy | None
    perplexity: ArmPerplexity | None
    written: ArmWritten | None

    @property
    def is_measured(self) -> bool:
        """Whether there is any figure yet."""
        return any((self.accuracy, self.perplexity, self.written))


@dataclass(frozen=True)
class MajorityLine:
    """What always answering the commonest label would give, on `count` samples."""

    label: str
    share: float
    count: int


def arms(document: Document, run_id: int, split: str = "validation") -> tuple[Arm, ...]:
    """Every arm of a trained run on a split: zero-shot, few-shot by number, then tuned.

    Of several evaluations of the same arm the newest counts; trashed ones do not. The training's
    own measurement is the arm “Tuned” until an evaluation of its best checkpoint replaces it.
    """
    return document.query(_arms, run_id, split)


def majority_line(found: Sequence[Arm]) -> MajorityLine | None:
    """The majority line that all arms stand beside; None for free-text answers."""
    for arm in found:
        if arm.accuracy is not None:
            measured = arm.accuracy
            return MajorityLine(measured.majority_label, measured.majority_share, measured.count)
    return None


def perplexity_at(
    connection: Connection, run_id: int, split: str, step: int | None = None
) -> ArmPerplexity | None:
    """The perplexity that a run measured on a split at a step, else the newest."""
    table = schema.perplexities
    here = select(table).where(table.c.run_id == run_id, table.c.split == split)
    row = None
    if step is not None:
        row = connection.execute(here.where(table.c.step == step)).mappings().first()
    row = row or connection.execute(here.order_by(table.c.step.desc())).mappings().first()
    return _perplexity(row) if row else None


def written_at(
    connection: Connection, run_id: int, split: str, step: int | None = None
) -> ArmWritten | None:
    """How the answers that a run wrote on a split read as labels, at a step, else the newest."""
    table, samples = schema.answers, schema.run_samples
    here = (table.c.run_id == run_id, table.c.split == split)
    if step is None:
        step = connection.scalar(select(table.c.step).where(*here).order_by(table.c.step.desc()))
    rows = connection.execute(
        select(table.c.strict, table.c.lenient, samples.c.label)
        .outerjoin(
            samples,
            (samples.c.run_id == table.c.run_id) & (samples.c.sample_id == table.c.sample_id),
        )
        .where(*here, table.c.step == step)
    ).all()
    if not rows:
        return None
    labels = load_record(connection, run_id).labels
    if not labels:
        return ArmWritten(len(rows), None, None, None)
    return ArmWritten(
        count=len(rows),
        strict=sum(1 for row in rows if row.strict and row.strict == row.label) / len(rows),
        lenient=sum(1 for row in rows if row.lenient and row.lenient == row.label) / len(rows),
        unparsed=sum(1 for row in rows if not row.lenient) / len(rows),
    )


def _arms(connection: Connection, run_id: int, split: str) -> tuple[Arm, ...]:
    record = load_record(connection, run_id)
    newest: dict[tuple[bool, tuple[int, ...], str], Arm] = {}
    own = _own_arm(connection, record, split)
    if own.is_measured:
        newest[(False, (), "best")] = own
    for evaluation in _evaluations_of(connection, run_id):
        arm = _arm_of(connection, evaluation, split)
        if arm is not None:
            newest[(arm.untrained, arm.shots, "" if arm.untrained else arm.checkpoint)] = arm
    return tuple(sorted(newest.values(), key=_place))


def _place(arm: Arm) -> tuple[bool, int, int, int]:
    return not arm.untrained, len(arm.shots), arm.step, arm.run_id


def _evaluations_of(connection: Connection, run_id: int) -> list[RunRecord]:
    runs = schema.runs
    ids = connection.scalars(
        select(runs.c.id)
        .where(runs.c.parent_id == run_id, runs.c.kind == "evaluate", runs.c.trashed_at.is_(None))
        .order_by(runs.c.id)
    ).all()
    return [load_record(connection, key) for key in ids]


def _own_arm(connection: Connection, record: RunRecord, split: str) -> Arm:
    row = evaluation_of(connection, record, split)
    step = row["step"] if row else best_step(connection, record.id)
    return Arm(
        run_id=record.id,
        name="Tuned",
        untrained=False,
        shots=(),
        checkpoint="best",
        step=step or record.step,
        state=record.state.value,
        accuracy=_accuracy(row) if row else None,
        perplexity=perplexity_at(connection, record.id, split, step),
        written=written_at(connection, record.id, split),
    )


def _arm_of(connection: Connection, record: RunRecord, split: str) -> Arm | None:
    job = record.job
    assert isinstance(job, EvaluationJob)
    row = evaluation_of(connection, record, split)
    found = Arm(
        run_id=record.id,
        name=name_of(job),
        untrained=job.untrained,
        shots=tuple(shot.id for shot in job.shots),
        checkpoint=job.checkpoint,
        step=row["step"] if row else record.step,
        state=record.state.value,
        accuracy=_accuracy(row) if row else None,
        perplexity=perplexity_at(connection, record.id, split),
        written=written_at(connection, record.id, split),
    )
    # What still waits or runs is shown with its state; what ended elsewhere says nothing here.
    return found if found.is_measured or not record.state.is_over else None


def name_of(job: EvaluationJob) -> str:
    """What to call the arm that an evaluation measures."""
    shots = f"{len(job.shots)}-shot" if job.shots else ""
    if job.untrained:
        return shots or "Zero-shot"
    name = "Tuned" if job.checkpoint == "best" else f"Tuned, {_checkpoint_name(job.checkpoint)}"
    return f"{name}, {shots}" if shots else name


def _checkpoint_name(checkpoint: str) -> str:
    return f"step {int(checkpoint):,}" if checkpoint.isdecimal() else checkpoint


def _accuracy(row: RowMapping) -> ArmAccuracy:
    return ArmAccuracy(
        accuracy=row["accuracy"],
        correct=row["correct"],
        count=row["count"],
        loss=row["loss"],
        majority_label=row["majority_label"],
        majority_share=row["majority_count"] / row["count"] if row["count"] else 0.0,
        confusion=tuple(tuple(line) for line in json.loads(row["confusion"])),
        metrics=json.loads(row["metrics"]),
    )


def _perplexity(row: RowMapping) -> ArmPerplexity:
    return ArmPerplexity(
        mean=row["mean"],
        median=row["median"],
        percentile_95=row["percentile_95"],
        pooled=row["pooled"],
        count=row["count"],
        tokens=row["tokens"],
        worst=tuple((int(key), float(value)) for key, value in json.loads(row["worst"])),
    )
