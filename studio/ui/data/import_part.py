"""The Import part: Source, Meaning, Problems, Report; nothing is written before Import."""

from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from studio.dataset.records import Detection, ImportReport
from studio.document import Document
from studio.ui.data.flow import ImportFlow
from studio.ui.data.meaning import MeaningStep
from studio.ui.data.preview import PreviewPanel
from studio.ui.data.problems import ProblemTable, save_problems
from studio.ui.data.report import ReportPanel
from studio.ui.widgets.buttons import make_button
from studio.ui.widgets.empty_state import EmptyState
from studio.ui.widgets.image_loader import ImageLoader
from studio.ui.widgets.progress_row import ProgressRow
from studio.ui.widgets.section import FoldingSection
from studio.ui.widgets.text import PlainLabel

TABLES = "Tables (*.csv *.tsv *.jsonl *.ndjson *.json)"
PREVIEW_TITLE = "First rows, as they will be imported"
WRITTEN_TITLE = "First rows, as they were imported"


class SourceStep(QWidget):
    """What is imported, and what was found there."""

    folder_wanted = Signal()
    file_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.path = PlainLabel("No source chosen", is_path=True)
        self.reason = PlainLabel("", role="small", tone="text_2", wrap=True)
        folder = make_button("Folder…", icon="folder-open")
        file = make_button("File…", icon="file-text")
        folder.clicked.connect(self.folder_wanted)
        file.clicked.connect(self.file_wanted)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(folder)
        buttons.addWidget(file)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.path)
        column.addWidget(self.reason)
        column.addLayout(buttons)

    def show_source(self, path: Path, reason: str, tone: str = "text_2") -> None:
        """The path, and what it is."""
        self.path.setText(str(path))
        self.reason.setText(reason)
        self.reason.set_tone(tone)


class ImportPart(QObject):
    """Three widgets for the page's frame: `left`, `middle` and `right`.

    `can_import` carries the words for the primary button, empty while it cannot be pressed.
    """

    can_import = Signal(str)
    imported = Signal(object)  # ImportReport
    see_wanted = Signal()

    def __init__(self, document: Document, images: ImageLoader, parent: QWidget) -> None:
        super().__init__(parent)
        self.flow = ImportFlow(document, self)
        self.path: Path | None = None
        self.labels: list[str] = []
        self.problems_report: ImportReport | None = None
        self.source = SourceStep()
        self.meaning = MeaningStep()
        self.preview = PreviewPanel(images)
        self.problems = ProblemTable()
        self.right = ReportPanel()
        self.progress = ProgressRow("Reading", can_cancel=True)
        self.again = make_button("Read again", icon="arrow-clockwise", size="bar")
        self.left = self._make_left()
        self.middle = self._make_middle()
        self._connect(parent)

    def _make_left(self) -> QWidget:
        inner = QFrame()
        inner.setProperty("surface", "panel")
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(0)
        column.addWidget(FoldingSection("1  Source", self.source))
        self.meaning_section = FoldingSection("2  Meaning", self.meaning)
        self.meaning_section.hide()
        column.addWidget(self.meaning_section)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inner)
        return scroll

    def _make_middle(self) -> QStackedWidget:
        self.empty = EmptyState(
            "file-arrow-down",
            "Choose a folder or a file, or drop one anywhere on the window. Nothing is written "
            "before you press Import.",
            "Choose a folder",
            "Choose a file",
        )
        steps = QWidget()
        column = QVBoxLayout(steps)
        column.setContentsMargins(20, 14, 20, 14)
        column.setSpacing(8)
        self.preview_title = PlainLabel(PREVIEW_TITLE, role="title")
        column.addWidget(self.preview_title)
        column.addWidget(self.preview)
        column.addSpacing(10)
        column.addWidget(PlainLabel("3  Problems", role="title"))
        row = QHBoxLayout()
        row.addWidget(self.progress, 1)
        row.addWidget(self.again)
        column.addLayout(row)
        column.addWidget(self.problems, 1)
        column.addStretch(0)
        self.progress.hide()
        self.again.hide()
        middle = QStackedWidget()
        middle.addWidget(self.empty)
        middle.addWidget(steps)
        return middle

    def _connect(self, parent: QWidget) -> None:
        self.source.folder_wanted.connect(lambda: self.ask_folder(parent))
        self.source.file_wanted.connect(lambda: self.ask_file(parent))
        self.empty.clicked.connect(lambda: self.ask_folder(parent))
        self.empty.clicked_second.connect(lambda: self.ask_file(parent))
        self.meaning.changed.connect(self._mapping_changed)
        self.meaning.set_wanted.connect(self._choose_set)
        self.problems.fix_wanted.connect(self.meaning.map_value)
        self.problems.save_wanted.connect(lambda: self._ask_save(parent))
        self.progress.cancelled.connect(self.flow.cancel)
        self.again.clicked.connect(self.flow.plan_again)
        self.right.see_wanted.connect(self.see_wanted)
        self.flow.detected.connect(self._show_detection)
        self.flow.previewed.connect(self.preview.show_rows)
        self.flow.reading.connect(self._show_reading)
        self.flow.planned.connect(self._show_plan)
        self.flow.cancelled.connect(self._show_cancelled)
        self.flow.imported.connect(self._show_imported)
        self.flow.failed.connect(self._show_failure)

    def ask_folder(self, parent: QWidget) -> None:
        """Ask for a folder."""
        chosen = QFileDialog.getExistingDirectory(parent, "Folder to import")
        if chosen:
            self.open_source(Path(chosen))

    def ask_file(self, parent: QWidget) -> None:
        """Ask for a table."""
        chosen, _ = QFileDialog.getOpenFileName(parent, "File to import", "", TABLES)
        if chosen:
            self.open_source(Path(chosen))

    def open_source(self, path: Path, data_set: str = "") -> None:
        """Begin with this file or folder, or with one of its data sets."""
        self.path = path
        self.problems_report = None
        self.preview_title.setText(PREVIEW_TITLE)
        self.right.show_nothing()
        self.can_import.emit("")
        self.source.show_source(path, "Looking at it…")
        self.flow.open_source(path, data_set)

    def write(self) -> None:
        """Import what was planned."""
        self.can_import.emit("")
        self.progress.set_name("Importing")
        self.progress.show_busy()
        self.progress.cancel.hide()
        self.progress.show()
        self.flow.write()

    def close(self) -> None:
        """Stop what runs."""
        self.flow.close()

    def _choose_set(self, name: str) -> None:
        if self.path is not None:
            self.open_source(self.path, name)

    def _mapping_changed(self, mapping: object) -> None:
        self.can_import.emit("")
        self.flow.set_mapping(mapping)  # type: ignore[arg-type]

    def _show_detection(self, detection: Detection, labels: list[str]) -> None:
        self.labels = labels
        self.source.show_source(detection.path, detection.reason)
        self.meaning_section.show()
        self.meaning.show_detection(detection, labels)
        self.middle.setCurrentIndex(1)

    def _show_reading(self, rows: int) -> None:
        self.progress.set_name("Reading")
        self.progress.show_busy(f"{rows:,} rows" if rows else "")
        self.progress.cancel.show()
        self.progress.show()
        self.again.hide()

    def _show_plan(self, report: ImportReport) -> None:
        self.progress.hide()
        self.problems_report = report
        self.meaning.show_report(report)
        self.right.show_report(report, written=False)
        self.problems.show_problems(report.problems, problem_sentence(report), self.labels)
        noun = "sample" if report.samples == 1 else "samples"
        self.can_import.emit(f"Import {report.samples:,} {noun}" if report.samples else "")

    def _show_cancelled(self) -> None:
        self.progress.hide()
        self.again.show()
        self.problems.show_problems((), "Reading was stopped. Nothing was written.", [])
        self.can_import.emit("")

    def _show_imported(self, report: ImportReport) -> None:
        self.progress.hide()
        self.preview_title.setText(WRITTEN_TITLE)
        self.right.show_report(report, written=True)
        self.problems.show_problems(report.problems, problem_sentence(report, written=True), [])
        self.imported.emit(report)

    def _show_failure(self, sentence: str) -> None:
        self.progress.hide()
        self.can_import.emit("")
        if self.flow.detection is None and self.path is not None:
            self.source.show_source(self.path, sentence, "error")
        else:
            self.problems.show_problems((), sentence, [])
            self.again.show()

    def _ask_save(self, parent: QWidget) -> None:
        chosen, _ = QFileDialog.getSaveFileName(parent, "Save the list", "problems.csv", "*.csv")
        if chosen and self.problems_report:
            save_problems(Path(chosen), self.problems_report.problems)


def problem_sentence(report: ImportReport, *, written: bool = False) -> str:
    """“1,962 of 2,004 rows can be imported. 42 cannot:”."""
    verb = "were imported" if written else "can be imported"
    if not report.problem_count:
        return f"No problems: all {report.rows:,} rows could be read."
    cannot = "cannot" if not written else "were not"
    end = ":" if report.problems else "."
    return (
        f"{report.samples:,} of {report.rows:,} rows {verb}. {report.problem_count:,} {cannot}{end}"
    )
