"""Follows the runs of a project for the status bar and the rail's dot."""

import json

from PySide6.QtCore import QObject, QTimer, Signal

from studio.document import Changes, Document
from studio.numbers import format_duration, format_of
from studio.project import run_queries
from studio.project.records import RunRow
from studio.runs.state import RunState
from studio.ui.runs.words import START_SECONDS, Pace
from studio.ui.status_bar import JobInProgress

LIVE = (RunState.RUNNING, RunState.PAUSED)
KINDS = {
    "evaluate": "evaluating",
    "attend": "capturing",
    "export": "exporting",
    "rank": "ranking",
    "probe": "trying the longest batch",
    "caption": "writing captions",
}
READ_AGAIN = 1500  # ms: what runs wrote while the window was closed has been read by then


class JobWatch(QObject):
    """`changed` carries the job that runs, or None, and how many wait."""

    changed = Signal(object, int)
    started = Signal(str)  # a sentence for the status bar
    went_on = Signal(str)  # a sentence for the toast

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self.live: list[RunRow] = []
        self.waiting: list[RunRow] = []
        self.pace = Pace()
        self._closed = False
        self._is_caught_up = True  # else steps come faster than they were made
        self._known: set[int] | None = None  # runs that need no announcement
        self._left_at: dict[int, float] = {}  # epochs, when this window opened
        document.changed.connect(self.follow)

    def follow(self, changes: Changes) -> None:
        """Look again when runs may have changed."""
        if self._closed:  # told before the project was closed, delivered after
            return
        if not changes.tables or "runs" in changes.tables or "metrics" in changes.tables:
            self.look()

    def look(self) -> None:
        """Read the runs and tell of them."""
        rows = self.document.query(run_queries.run_rows)
        self.live = [row for row in rows if row.state in LIVE]
        self.waiting = [row for row in rows if row.state == RunState.QUEUED]
        for row in self.live if self._is_caught_up else []:
            self.pace.watch(row)
        self._announce()
        self.changed.emit(self._tell(self.live[0]) if self.live else None, len(self.waiting))

    def close(self) -> None:
        """Look no more: the project is about to be closed."""
        self._closed = True

    def note_what_goes_on(self) -> None:
        """Remember how far live runs had come, before what they did meanwhile is read."""
        rows = self.document.query(run_queries.run_rows, "train")
        self._left_at = {row.id: row.epoch for row in rows if row.state in LIVE}
        self._is_caught_up = not self._left_at
        QTimer.singleShot(READ_AGAIN, self, self._tell_what_went_on)

    def _tell_what_went_on(self) -> None:
        if self._closed:
            return
        self._is_caught_up = True
        rows = {row.id: row for row in self.document.query(run_queries.run_rows, "train")}
        for run_id, epoch in self._left_at.items():
            now = rows[run_id].epoch if run_id in rows else epoch
            if words := epochs_added(epoch, now):
                self.went_on.emit(f"Run {run_id} went on while this window was closed: {words}.")
        self._left_at = {}

    def _announce(self) -> None:
        """Say once that a training began while the project was open."""
        now = {row.id for row in self.live}
        known, self._known = now if self._known is None else self._known, now
        for row in self.live:
            if row.id not in known and row.kind == "train" and not row.step:
                self.started.emit(f"Run {row.id} started. {_first_losses(row)}")

    def _tell(self, row: RunRow) -> JobInProgress:
        name = f"Run {row.id} · {row.name}" if row.name != f"Run {row.id}" else row.name
        left = self.pace.seconds_left(row)
        done, total = (row.step, row.total_steps) if row.total_steps else _progress(row)
        return JobInProgress(row.id, name, done, total, _words(row), left)


def epochs_added(before: float, now: float) -> str:
    """epochs 15–20 added; nothing where no epoch was completed."""
    first, last = int(before) + 1, int(now)
    if last < first:
        return ""
    return f"epoch {last} added" if first == last else f"epochs {first}–{last} added"


def _words(row: RunRow) -> str:
    if row.state == RunState.PAUSED:
        return f"paused at step {row.step:,}"
    if not row.total_steps or not row.step:
        done, total = _progress(row)
        far = f" · {format_of(done, total)}" if row.kind == "caption" and total else ""
        return "starting" if row.kind == "train" else KINDS.get(row.kind, "at work") + far
    epochs = json.loads(row.job).get("options", {}).get("epochs")
    if epochs:
        return f"epoch {format_of(min(int(row.epoch) + 1, epochs), epochs)}"
    return f"step {format_of(row.step, row.total_steps)}"


def _progress(row: RunRow) -> tuple[int, int]:
    """How far a job of another kind said it is; 0 of 0 where it said nothing."""
    told = json.loads(row.summary).get("progress")
    return (told["done"], told["total"]) if told else (0, 0)


def _first_losses(row: RunRow) -> str:
    """How long a training takes to its first step, where that is known."""
    base = json.loads(row.job).get("options", {}).get("base_model", "")
    usual = START_SECONDS.get(base)
    return f"First losses in about {format_duration(usual)}." if usual else "Loading the model."
