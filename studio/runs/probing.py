"""Probes of a project: the newest one as it stands, and its answer read back from the run's row."""

from dataclasses import dataclass

from pydantic import ValidationError
from sqlalchemy import Connection, select

from studio.document import Document
from studio.project import schema
from studio.runs import queue, trash
from studio.runs.run_record import RunRecord, load_record
from studio.runs.state import OVER, RunState
from workers.contract.events import Probed
from workers.contract.job import ProbeJob
from workers.contract.options import TrainingOptions

KIND = "probe"
runs = schema.runs


@dataclass(frozen=True)
class Probe:
    """A probe of some options; `found` is None until it has ended well.

    `stage`, `done` and `total` say how far it is, `message` why it found nothing.
    """

    run_id: int
    state: RunState
    options: TrainingOptions
    found: Probed | None = None
    message: str = ""
    stage: str = ""
    done: int = 0
    total: int = 0


def newest(document: Document) -> Probe | None:
    """The newest probe of a project; None when there was none."""
    record = document.query(_newest_record)
    return probe_of(record) if record else None


def probe_of(record: RunRecord) -> Probe | None:
    """A run's row as the probe it was; None when it is none that this program can read."""
    try:
        job = record.job
        found = record.summary.get("probed")
        probed = Probed.model_validate(found) if found else None
    except ValidationError:
        return None
    if not isinstance(job, ProbeJob):
        return None
    progress = record.summary.get("progress", {})
    return Probe(
        run_id=record.id,
        state=record.state,
        options=job.training.options,
        found=probed,
        message=record.message,
        stage=progress.get("stage", ""),
        done=progress.get("done", 0),
        total=progress.get("total", 0),
    )


def busy_with(document: Document) -> str:
    """The run that works or waits now, in a sentence; empty when a probe could start at once."""
    live, waiting = document.query(queue.live), document.query(queue.waiting)
    if not live and not waiting:
        return ""
    record = document.query(load_record, (live or waiting)[0])
    if record.kind == KIND:
        return "The longest batch is being tried."
    return f"{_named(record)} has not ended yet."


def forget(document: Document) -> None:
    """Delete the probes that have ended: only the newest one's answer is ever looked at."""
    trash.delete_runs(document, document.query(_ended))


def _named(record: RunRecord) -> str:
    return record.name if record.name == f"Run {record.id}" else f"Run {record.id} · {record.name}"


def _newest_record(connection: Connection) -> RunRecord | None:
    query = select(runs.c.id).where(runs.c.kind == KIND).order_by(runs.c.id.desc()).limit(1)
    run_id = connection.scalar(query)
    return None if run_id is None else load_record(connection, run_id)


def _ended(connection: Connection) -> list[tuple[int, str]]:
    states = [state.value for state in OVER]
    query = select(runs.c.id, runs.c.folder).where(runs.c.kind == KIND, runs.c.state.in_(states))
    return [(row.id, row.folder) for row in connection.execute(query)]
