"""The work behind an import: detect, preview, plan, write; each off the window's thread."""

from pathlib import Path
from threading import Event

from PySide6.QtCore import QObject, QTimer, Signal

from studio.dataset import sources
from studio.dataset.plan import ImportCancelled, ImportPlan, preview
from studio.dataset.records import BadRow, Detection, ImportReport, ImportRow, Mapping
from studio.document import Document
from studio.errors import StudioError
from studio.project import importing
from studio.runs.importing import apply_plan, plan_source
from studio.ui import background

PLAN_WAIT = 350  # ms: mappings in quick succession are planned once


class ImportFlow(QObject):
    """Answers to older questions are dropped; nothing is written before `write`."""

    detected = Signal(object, object)  # Detection, the project's label names
    previewed = Signal(object)  # list of ImportRow | BadRow
    reading = Signal(int)  # rows so far
    planned = Signal(object)  # ImportReport
    cancelled = Signal()
    imported = Signal(object)  # ImportReport
    failed = Signal(str)
    _counted = Signal(int, int)  # round, rows

    def __init__(self, document: Document, parent: QObject) -> None:
        super().__init__(parent)
        self.document = document
        self.detection: Detection | None = None
        self.mapping = Mapping()
        self.plan: ImportPlan | None = None
        self._round = 0
        self._stop = Event()
        self._counted.connect(self._show_count)
        self._waiting = QTimer(self)
        self._waiting.setSingleShot(True)
        self._waiting.setInterval(PLAN_WAIT)
        self._waiting.timeout.connect(self._start_plan)

    def open_source(self, path: Path, data_set: str = "") -> None:
        """Find out what a file or folder is; of several data sets, take the one of that name."""
        self._new_round()
        self.detection = None
        self._run(self._detect, path, data_set, done=self._show_detected)

    def set_mapping(self, mapping: Mapping) -> None:
        """Preview with this mapping now, and plan with it when it has settled."""
        self.mapping = mapping
        if self.detection is None:
            return
        self._new_round()
        self._run(_preview, self.detection, mapping, done=self.previewed.emit)
        self._waiting.start()

    def cancel(self) -> None:
        """Stop reading; nothing has been written."""
        self._new_round()
        self.cancelled.emit()

    def plan_again(self) -> None:
        """Read the source once more, as after a cancel."""
        self.set_mapping(self.mapping)

    def write(self) -> None:
        """Write what was planned, as one step of undo."""
        plan, self.plan = self.plan, None
        if plan is None:
            return
        self._new_round()

        def work() -> ImportReport:
            with plan:
                return apply_plan(self.document, plan)

        self._run(work, done=self.imported.emit)

    def close(self) -> None:
        """Stop, and delete what was planned."""
        self._new_round()

    def _new_round(self) -> None:
        self._stop.set()
        self._stop = Event()
        self._round += 1
        self._waiting.stop()
        if self.plan is not None:
            self.plan.close()
            self.plan = None

    def _run(self, function: object, *arguments: object, done: object) -> None:
        asked = self._round

        def answer(value: object) -> None:
            if asked == self._round:
                done(value)  # type: ignore[operator]
            elif isinstance(value, ImportPlan):
                value.close()

        def fail(error: Exception) -> None:
            if asked == self._round:
                self._fail(error)

        background.run(function, *arguments, done=answer, failed=fail, owner=self)  # type: ignore[arg-type]

    def _fail(self, error: Exception) -> None:
        if isinstance(error, StudioError | OSError):
            self.failed.emit(str(error))
        elif not isinstance(error, ImportCancelled):
            raise error

    def _detect(self, path: Path, data_set: str) -> tuple[Detection, list[str]]:
        return sources.detect(path, data_set), self.document.query(importing.label_names)

    def _show_detected(self, answer: tuple[Detection, list[str]]) -> None:
        self.detection, names = answer
        self.mapping = self.detection.mapping
        self.detected.emit(self.detection, names)
        self.set_mapping(self.mapping)

    def _start_plan(self) -> None:
        if self.detection is None:
            return
        self.reading.emit(0)
        asked, stop = self._round, self._stop

        def work(detection: Detection, mapping: Mapping) -> ImportPlan:
            return plan_source(
                self.document,
                detection,
                mapping,
                progress=lambda rows: self._counted.emit(asked, rows),
                cancelled=stop.is_set,
            )

        self._run(work, self.detection, self.mapping, done=self._show_plan)

    def _show_plan(self, plan: ImportPlan) -> None:
        self.plan = plan
        self.planned.emit(plan.report)

    def _show_count(self, asked: int, rows: int) -> None:
        if asked == self._round:
            self.reading.emit(rows)


def _preview(detection: Detection, mapping: Mapping) -> list[ImportRow | BadRow]:
    return preview(detection, mapping)
