"""Follows the runs of a project for the status bar and the rail's dot."""

from PySide6.QtCore import QObject, Signal

from studio.document import Changes, Document
from studio.project import run_queries
from studio.project.records import RunRow
from studio.runs.state import RunState
from studio.ui.status_bar import JobInProgress

LIVE = (RunState.RUNNING, RunState.PAUSED)


class JobWatch(QObject):
    """`changed` carries the job that runs, or None, and how many wait."""

    changed = Signal(object, int)

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self.live: list[RunRow] = []
        self.waiting: list[RunRow] = []
        document.changed.connect(self.follow)

    def follow(self, changes: Changes) -> None:
        """Look again when runs may have changed."""
        if not changes.tables or "runs" in changes.tables or "metrics" in changes.tables:
            self.look()

    def look(self) -> None:
        """Read the runs and tell of them."""
        rows = self.document.query(run_queries.run_rows)
        self.live = [row for row in rows if row.state in LIVE]
        self.waiting = [row for row in rows if row.state == RunState.QUEUED]
        self.changed.emit(_tell(self.live[0]) if self.live else None, len(self.waiting))


def _tell(row: RunRow) -> JobInProgress:
    name = f"Run {row.id} · {row.recipe}" if row.kind == "train" and row.recipe else row.name
    words = _words(row)
    return JobInProgress(row.id, name or f"Run {row.id}", row.step, row.total_steps, words)


def _words(row: RunRow) -> str:
    if row.state == RunState.PAUSED:
        return f"paused at step {row.step:,}"
    if not row.total_steps:
        return "starting"
    return f"step {row.step:,} of {row.total_steps:,}"
