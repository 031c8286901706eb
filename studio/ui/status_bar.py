"""The status bar: saved and the last edit at the left, the running job and the machine right."""

from dataclasses import dataclass

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from studio.numbers import NO_BREAK, format_duration
from studio.ui.widgets.empty_state import Glyph
from studio.ui.widgets.progress_row import Track
from studio.ui.widgets.text import PlainLabel, plain_tooltip

HEIGHT = 28
GREETING_MILLISECONDS = 10_000


@dataclass(frozen=True)
class JobInProgress:
    """What the bar tells of the run that is going on."""

    run_id: int
    name: str
    done: int
    total: int
    words: str
    seconds_left: float | None = None


class JobPart(QWidget):
    """Name, bar 120 wide, how far; a click goes to the run."""

    clicked = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.run_id = 0
        self.name = PlainLabel("", role="small", tone="text_1", elide=True)
        self.name.setMaximumWidth(220)
        self.track = Track()
        self.track.setFixedWidth(120)
        self.words = PlainLabel("", role="small", tone="text_2", tabular=True)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for widget in (self.name, self.track, self.words):
            row.addWidget(widget)
        self.hide()

    def show_job(self, job: JobInProgress | None) -> None:
        """Tell of a run, or of none."""
        self.setVisible(job is not None)
        if job is None:
            return
        self.run_id = job.run_id
        self.name.setText(job.name)
        self.track.show_share(job.done / job.total if job.total else None)
        text = job.words
        if job.seconds_left is not None:
            text += f" · {format_duration(job.seconds_left)}{NO_BREAK}left"
        self.words.setText(text)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Go to the run."""
        self.clicked.emit(self.run_id)


class StatusBar(QFrame):
    """28 high; `job_clicked` carries the id of the run."""

    job_clicked = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("surface", "panel")
        self.setProperty("line", "above")
        self.setFixedHeight(HEIGHT)
        self.glyph = Glyph("check", "done", 13)
        self.saved = PlainLabel("Saved", role="small", tone="text_2")
        self.last = PlainLabel("", role="small", tone="text_2", elide=True)
        self.job = JobPart()
        self.job.clicked.connect(self.job_clicked)
        self.queued = PlainLabel("", role="small", tone="text_2")
        self.machine = PlainLabel("", role="small", tone="text_3")
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 0, 16, 0)
        row.setSpacing(8)
        row.addWidget(self.glyph)
        row.addWidget(self.saved)
        row.addWidget(_upright())
        row.addWidget(self.last, 1)
        row.addWidget(self.job)
        self.queue_line = _upright()
        for widget in (self.queue_line, self.queued, _upright(), self.machine):
            row.addWidget(widget)
        self._edit = ""
        self._timer = QTimer(self, singleShot=True, interval=GREETING_MILLISECONDS)
        self._timer.timeout.connect(lambda: self.last.setText(self._edit))
        self.show_queue(0)

    def show_saved(self, writable: bool, reason: str = "") -> None:
        """Whether edits are kept; a reading window says why not."""
        self.glyph.show_icon("check" if writable else "lock-simple", "done" if writable else "warn")
        self.saved.setText("Saved" if writable else "Reading only")
        self.saved.setToolTip(plain_tooltip(reason))

    def show_edit(self, text: str) -> None:
        """Name the last edit, or what was undone."""
        self._edit = text
        self._timer.stop()
        self.last.setText(text)

    def greet(self, text: str) -> None:
        """Say something for ten seconds, then the last edit again."""
        self.last.setText(text)
        self._timer.start()

    def show_queue(self, count: int) -> None:
        """How many runs wait."""
        self.queued.setText(f"{count} queued")
        self.queued.setVisible(count > 0)
        self.queue_line.setVisible(count > 0)


def _upright() -> QFrame:
    line = QFrame()
    line.setProperty("rule", "upright")
    line.setFixedSize(1, 14)
    return line
