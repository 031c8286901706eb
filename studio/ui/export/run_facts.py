"""What the Export page asks of the project: runs with checkpoints, and how an export is going."""

import json
from dataclasses import dataclass
from pathlib import Path

from studio.document import Document
from studio.project import run_queries
from studio.project.records import CheckpointRow
from studio.runs import naming
from studio.runs.keeping import best_step
from studio.runs.state import RunState
from workers.contract.job import ExportJob, TrainingJob, read_job
from workers.contract.options import Method


@dataclass(frozen=True)
class ExportableRun:
    """A training that ended with checkpoints; without an adapter only whole weights exist."""

    id: int
    name: str
    title: str
    labels: tuple[str, ...]
    base_model: str
    has_adapter: bool
    of_answers: bool  # a language model, whose recipe others can train too
    checkpoints: tuple[CheckpointRow, ...]


@dataclass(frozen=True)
class ExportState:
    """How far an export is; `stage` is the one at work, `difference` None until it is proven."""

    state: RunState
    stage: str = ""
    done: int = 0
    total: int = 0
    message: str = ""
    path: str = ""
    difference: float | None = None
    samples: int = 0
    files: int = 0
    ended_at: float | None = None


def exportable_runs(document: Document) -> list[ExportableRun]:
    """Trainings to choose from, newest first."""
    found = []
    for row in document.query(run_queries.run_rows, "train"):
        kept = document.query(run_queries.checkpoints, row.id)
        checkpoints = tuple(point for point in reversed(kept) if not point.removed)
        if checkpoints and RunState(row.state).is_over:
            job = TrainingJob.model_validate_json(row.job)
            found.append(
                ExportableRun(
                    id=row.id,
                    name=row.name,
                    title=naming.numbered(row),
                    labels=job.labels,
                    base_model=job.base_model.hub_id or job.base_model.name,
                    has_adapter=job.options.method == Method.LORA,
                    of_answers=job.options.task.writes,
                    checkpoints=checkpoints,
                )
            )
    return found


def export_state(document: Document, run_id: int) -> ExportState:
    """How the export run is going, from what its worker said."""
    row = document.query(run_queries.run, run_id)
    summary = json.loads(row.summary or "{}")
    progress, exported = summary.get("progress") or {}, summary.get("exported") or {}
    return ExportState(
        state=RunState(row.state),
        stage=progress.get("stage", ""),
        done=progress.get("done", 0),
        total=progress.get("total", 0),
        message=row.message or "",
        path=exported.get("path", ""),
        difference=exported.get("max_logit_difference"),
        samples=exported.get("samples", 0),
        files=len(exported.get("files", {})),
        ended_at=row.ended_at,
    )


def last_export(document: Document, run_id: int, step: int, *, merged: bool) -> int | None:
    """The newest proven export of a checkpoint in this form whose folder is still there."""
    best = document.query(best_step, run_id)
    names = {str(step), "best"} if step == best else {str(step)}
    rows = document.query(run_queries.run_rows, "export")
    for row in sorted(rows, key=lambda row: -row.id):
        job = read_job(row.job)
        if row.parent_id != run_id or not isinstance(job, ExportJob):
            continue
        if job.checkpoint in names and job.merged == merged:
            state = export_state(document, row.id)
            if state.difference is not None and Path(state.path).is_dir():
                return row.id
    return None


def usual_folder(document: Document, run: ExportableRun, kind: str) -> Path:
    """A folder beside the project that is not there yet."""
    stem = "-".join(f"{document.name} {run.name} {kind}".lower().split())
    numbers = ("", *(f"-{number}" for number in range(2, 1000)))
    folders = (document.folder / f"{stem}{number}" for number in numbers)
    return next(folder for folder in folders if not folder.exists())
