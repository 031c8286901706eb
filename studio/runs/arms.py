"""The arms of an evaluation in one table: zero-shot, few-shot and tuned, beside the majority."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection, select

from studio.document import Document
from studio.project import queries, schema
from studio.project.records import EvaluationRow, PerplexityRow
from studio.runs.caption_metrics import scores_of
from studio.runs.keeping import best_step
from studio.runs.run_record import RunRecord, load_record
from studio.runs.state import RunState
from workers.contract.job import EvaluationJob


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
    `evaluation` (labels by scoring each label's probability; holds the majority too), `perplexity`
    and `written` are None where that was not measured. `baseline_accuracy` is that of the base
    model as a training measured it before its first step, when no evaluation did. `captions` are
    the metrics of captions that were written, empty where none were scored.
    """

    run_id: int
    name: str
    untrained: bool
    shots: tuple[int, ...]
    checkpoint: str
    step: int
    state: str
    evaluation: EvaluationRow | None
    perplexity: PerplexityRow | None
    written: ArmWritten | None
    baseline_accuracy: float | None = None
    captions: Mapping[str, float] = field(default_factory=dict)

    @property
    def accuracy(self) -> float | None:
        """The share of labels it gets right, by scoring; None for free-text answers."""
        return self.evaluation.accuracy if self.evaluation else self.baseline_accuracy

    @property
    def is_measured(self) -> bool:
        """Whether there is any figure yet."""
        measured = (self.evaluation, self.perplexity, self.written, self.baseline_accuracy)
        return any(one is not None for one in measured)


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
    return document.query(arms_of, run_id, split)


def majority_line(found: Sequence[Arm]) -> MajorityLine | None:
    """The majority line that all arms stand beside; None for free-text answers."""
    for arm in found:
        row = arm.evaluation
        if row is not None and row.count:
            return MajorityLine(row.majority_label, row.majority_count / row.count, row.count)
    return None


def perplexity_at(
    connection: Connection, run_id: int, split: str, step: int | None = None
) -> PerplexityRow | None:
    """The perplexity that a run measured on a split at a step, else the newest.

    At step 0 a training measures the base model: that counts only where it is asked for.
    """
    known = queries.perplexities(connection, run_id, split)
    if step != 0:
        known = [row for row in known if row.step] or ([] if step is not None else known)
    chosen = [row for row in known if row.step == step] or known
    return chosen[-1] if chosen else None


def written_in(connection: Connection, run_id: int, split: str) -> ArmWritten | None:
    """How the answers that a run wrote last on a split read as labels."""
    rows = queries.answers(connection, run_id, split)
    if not rows:
        return None
    owner = load_record(connection, load_record(connection, run_id).owner_id)
    if owner.answers_freely:
        return ArmWritten(len(rows), None, None, None)
    given = {row.sample_id: row.label for row in queries.run_samples(connection, run_id)}
    strict = sum(1 for row in rows if row.strict and row.strict == given.get(row.sample_id))
    lenient = sum(1 for row in rows if row.lenient and row.lenient == given.get(row.sample_id))
    return ArmWritten(
        count=len(rows),
        strict=strict / len(rows),
        lenient=lenient / len(rows),
        unparsed=sum(1 for row in rows if not row.lenient) / len(rows),
    )


def arms_of(connection: Connection, run_id: int, split: str) -> tuple[Arm, ...]:
    """The same, on a connection."""
    record = load_record(connection, run_id)
    newest: dict[tuple[bool, tuple[int, ...], str], Arm] = {}
    own = _own_arm(connection, record, split)
    if own.is_measured:
        newest[(False, (), "best")] = own
    before = _base_arm(connection, record, split)
    if before.is_measured:
        newest[(True, (), "")] = before
    for evaluation in _evaluations_of(connection, run_id):
        arm = _arm_of(connection, evaluation, split)
        if arm is not None:
            key = (arm.untrained, arm.shots, "" if arm.untrained else arm.checkpoint)
            newest[key] = _over(arm, newest.get(key))
    return tuple(sorted(newest.values(), key=_place))


def _over(arm: Arm, before: Arm | None) -> Arm:
    """The newer measurement; what it did not measure stays as it was measured before."""
    if before is None:
        return arm
    if not arm.is_measured and before.is_measured:
        return before
    return replace(
        arm,
        evaluation=arm.evaluation or before.evaluation,
        perplexity=arm.perplexity or before.perplexity,
        written=arm.written or before.written,
        captions=arm.captions or before.captions,
    )


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
    step = best_step(connection, record.id) or record.step
    return Arm(
        run_id=record.id,
        name="Tuned",
        untrained=False,
        shots=(),
        checkpoint="best",
        step=step,
        state=record.state.value,
        evaluation=queries.best_evaluation(connection, record.id, split),
        perplexity=perplexity_at(connection, record.id, split, step),
        written=written_in(connection, record.id, split),
        captions=scores_of(connection, record.id, split),
    )


def _base_arm(connection: Connection, record: RunRecord, split: str) -> Arm:
    """The base model, as the training measured it on the validation split before it began."""
    accuracies = record.summary.get("baseline", {}).get("accuracies", [])
    is_here = record.is_language_model and split == "validation"
    found = perplexity_at(connection, record.id, split, 0) if is_here else None
    return Arm(
        run_id=record.id,
        name="Zero-shot",
        untrained=True,
        shots=(),
        checkpoint="best",
        step=0,
        state=record.state.value,
        evaluation=None,
        perplexity=found if found and found.step == 0 else None,
        written=None,
        baseline_accuracy=accuracies[0] if is_here and accuracies else None,
    )


def _arm_of(connection: Connection, record: RunRecord, split: str) -> Arm | None:
    job = record.job
    assert isinstance(job, EvaluationJob)
    found = Arm(
        run_id=record.id,
        name=name_of(job),
        untrained=job.untrained,
        shots=tuple(shot.id for shot in job.shots),
        checkpoint=job.checkpoint,
        step=record.step,
        state=record.state.value,
        evaluation=queries.best_evaluation(connection, record.id, split),
        perplexity=perplexity_at(connection, record.id, split),
        written=written_in(connection, record.id, split),
        captions=scores_of(connection, record.id, split),
    )
    if found.is_measured or not record.state.is_over:
        return found  # what still waits or runs is shown with its state
    # What broke on this split is shown as well; what measured another one says nothing here.
    broke = record.state in (RunState.FAILED, RunState.LOST)
    return found if broke and queries.run_samples(connection, record.id, split) else None


def name_of(job: EvaluationJob) -> str:
    """What to call the arm that an evaluation measures."""
    shots = f"{len(job.shots)}-shot" if job.shots else ""
    if job.untrained:
        return shots or "Zero-shot"
    name = "Tuned" if job.checkpoint == "best" else f"Tuned, {_checkpoint_name(job.checkpoint)}"
    return f"{name}, {shots}" if shots else name


def _checkpoint_name(checkpoint: str) -> str:
    return f"step {int(checkpoint):,}" if checkpoint.isdecimal() else checkpoint
