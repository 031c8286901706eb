"""A run as the machinery needs it: its folder, its job, what its journal has said so far."""

import json
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, select

from studio.errors import StudioError
from studio.project import schema
from studio.runs.process import Identity
from studio.runs.state import LastWord, RunState
from workers.contract.events import Reason
from workers.contract.job import Job, TrainingJob, read_job
from workers.contract.options import AnswerKind


@dataclass(frozen=True)
class RunRecord:
    """One row of runs. `folder` is relative to the project's folder, `summary` what events said."""

    id: int
    kind: str
    name: str
    parent_id: int | None
    recipe: str
    folder: str
    token: str
    job_text: str
    state: RunState
    message: str
    started_at: float | None
    ended_at: float | None
    queue_position: int | None
    trashed: bool
    step: int
    total_steps: int
    epoch: float
    journal_offset: int
    labels: tuple[str, ...] = ()
    summary: dict[str, Any] = field(default_factory=dict)

    @property
    def job(self) -> Job:
        """The frozen job."""
        return read_job(self.job_text)

    @property
    def training(self) -> TrainingJob:
        """The frozen job of a train run."""
        job = self.job
        if not isinstance(job, TrainingJob):
            raise StudioError(f"Run {self.id} is not a training run.")
        return job

    @property
    def parent_run_id(self) -> int | None:
        """The run that this training went on from; None when it started anew."""
        return self.parent_id if self.kind == "train" else None

    @property
    def owner_id(self) -> int:
        """The training whose weights this run made or looked at."""
        return self.id if self.kind == "train" else self.parent_id or self.id

    @property
    def is_language_model(self) -> bool:
        """Whether this training teaches a language model to answer."""
        return self.kind == "train" and self.training.options.task.writes

    @property
    def answers_freely(self) -> bool:
        """Whether this training learns answers in words that are no labels."""
        if self.kind != "train":
            return False
        prompt = self.training.options.prompt
        return prompt is not None and prompt.answer != AnswerKind.LABEL

    @property
    def has_diverged(self) -> bool:
        """Whether it paused itself because a loss or gradient was no number."""
        paused = self.summary.get("paused", {})
        return self.state == RunState.PAUSED and paused.get("reason") == Reason.DIVERGED

    @property
    def last_word(self) -> LastWord:
        """The last event that speaks of the run as a whole."""
        return LastWord(self.summary.get("last_word", LastWord.NOTHING))

    @property
    def identity(self) -> Identity | None:
        """The process that said it was alive, if it has."""
        started = self.summary.get("started")
        return Identity(started["pid"], started["start_time"]) if started else None


def load_record(connection: Connection, run_id: int) -> RunRecord:
    """The run of that number; StudioError when there is none."""
    runs = schema.runs
    row = connection.execute(select(runs).where(runs.c.id == run_id)).mappings().first()
    if row is None:
        raise StudioError(f"There is no run {run_id} in this project.")
    owner_job = row["job"]
    if row["parent_id"] is not None and row["kind"] != "train":
        owner_job = connection.scalar(select(runs.c.job).where(runs.c.id == row["parent_id"]))
    return RunRecord(
        id=row["id"],
        kind=row["kind"],
        name=row["name"],
        parent_id=row["parent_id"],
        recipe=row["recipe"],
        folder=row["folder"],
        token=row["token"],
        job_text=row["job"],
        state=RunState(row["state"]),
        message=row["message"] or "",
        started_at=row["started_at"],
        ended_at=row["ended_at"],
        queue_position=row["queue_position"],
        trashed=row["trashed_at"] is not None,
        step=row["step"],
        total_steps=row["total_steps"],
        epoch=row["epoch"],
        journal_offset=row["journal_offset"],
        labels=_labels_of(owner_job),
        summary=json.loads(row["summary"]),
    )


def records_in(connection: Connection, *states: RunState) -> list[RunRecord]:
    """Runs in these states that are not in the trash, in the order of the queue, then oldest."""
    runs = schema.runs
    ids = connection.scalars(
        select(runs.c.id)
        .where(runs.c.state.in_([state.value for state in states]), runs.c.trashed_at.is_(None))
        .order_by(runs.c.queue_position.is_(None), runs.c.queue_position, runs.c.id)
    ).all()
    return [load_record(connection, run_id) for run_id in ids]


def _labels_of(job_text: str | None) -> tuple[str, ...]:
    """The labels that a job's JSON names; the job itself is read only where it is needed."""
    values = json.loads(job_text) if job_text else {}
    return tuple(values.get("labels", ()))
