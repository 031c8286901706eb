"""The Data page: the sources of the project, the import of new ones, and the backups."""

import os
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QFileDialog, QStackedWidget, QVBoxLayout, QWidget

from studio.dataset.records import ImportReport
from studio.document import Changes, Document
from studio.numbers import format_duration
from studio.project import edits, queries
from studio.project.importing import source_root
from studio.project.records import Counts, LabelRow, SourceRow
from studio.project.source_scan import scan_source
from studio.runs.controller import RunController
from studio.ui import background
from studio.ui.data.backups_part import BackupsPart, read_backups
from studio.ui.data.import_part import ImportPart
from studio.ui.data.sources_part import SourcesPart
from studio.ui.navigation import Destination, PageName
from studio.ui.widgets.buttons import make_button
from studio.ui.widgets.image_loader import ImageLoader
from studio.ui.widgets.page_frame import PageFrame, PageHeader
from studio.ui.widgets.segmented import SegmentedSwitch

SOURCES, IMPORT, BACKUPS = "sources", "import", "backups"
PARTS = (SOURCES, IMPORT, BACKUPS)
SHOWN_TABLES = {"sources", "images", "samples", "labels", "captions"}


class DataPage(QWidget):
    """Switches between Sources, Import and Backups; the window restores and backs up."""

    go = Signal(object)
    said = Signal(str)
    back_up_wanted = Signal()
    restore_wanted = Signal(object)  # Path of a backup

    def __init__(
        self,
        document: Document,
        controller: RunController,
        images: ImageLoader,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.document, self.images = document, images
        self.header = PageHeader("Data")
        self.switch = SegmentedSwitch([(part, part.capitalize()) for part in PARTS])
        self.import_button = make_button("Import", "primary", "file-arrow-down")
        self.header.row.insertWidget(4, self.switch)
        self.header.add_button(self.import_button, primary=True)
        self.sources = SourcesPart()
        self.importing = ImportPart(document, images, self)
        self.parts = QStackedWidget()
        self.parts.addWidget(self.sources)
        self.parts.addWidget(self.importing.middle)
        self.backups = BackupsPart(document.backups_folder, writable=document.writable)
        self.parts.addWidget(self.backups)
        self.frame = PageFrame(
            self.header,
            self.importing.left,
            self.parts,
            self.importing.right,
            340,
            340,
            left_narrow=300,
            right_narrow=280,
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.frame)
        self._ready = ""
        self._connect()
        self.show_part(SOURCES)
        self._ask_sources()

    def _connect(self) -> None:
        self.switch.chosen.connect(self.show_part)
        self.import_button.clicked.connect(self._press_import)
        self.importing.can_import.connect(self._offer_import)
        self.importing.imported.connect(self._tell_imported)
        self.importing.see_wanted.connect(
            lambda: self.go.emit(Destination(PageName.SAMPLES, query=""))
        )
        self.sources.import_wanted.connect(lambda: self.show_part(IMPORT))
        self.sources.scan_wanted.connect(self._scan)
        self.sources.find_wanted.connect(self._ask_folder)
        self.sources.holdings.query_wanted.connect(
            lambda query: self.go.emit(Destination(PageName.SAMPLES, query=query))
        )
        self.backups.back_up_wanted.connect(self.back_up_wanted)
        self.backups.restore_wanted.connect(self.restore_wanted)
        self.document.changed.connect(self._document_changed)

    def show_destination(self, destination: Destination) -> None:
        """`import` shows that part, `import:PATH` begins with a file or folder."""
        part, _, path = destination.part.partition(":")
        if part == IMPORT:
            self.show_part(IMPORT)
            if path:
                self.importing.open_source(Path(path))
        elif part in PARTS:
            self.show_part(part)

    def show_part(self, part: str) -> None:
        """Show Sources, Import or Backups; the docks belong to Import."""
        self.switch.set_value(part)
        is_import = part == IMPORT
        self.parts.setCurrentIndex(PARTS.index(part))
        for side in ("left", "right"):
            if self.frame.hidden[side] == is_import:
                self.frame.toggle_dock(side)
        self._name_button()
        if part == BACKUPS:
            self.show_backups()

    def show_backups(self) -> None:
        """Read which copies there are."""
        folder = self.document.backups_folder
        background.run(read_backups, folder, done=self.backups.show_backups, owner=self)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Stop what is being read."""
        self.importing.close()
        super().closeEvent(event)

    # Import

    def _offer_import(self, words: str) -> None:
        self._ready = words
        self._name_button()

    def _name_button(self) -> None:
        is_import = self.switch.value() == IMPORT
        self.import_button.setText(self._ready if is_import and self._ready else "Import")
        can = self.document.writable and (bool(self._ready) or not is_import)
        self.import_button.setEnabled(can)
        if not self.document.writable:
            self.import_button.explain(f"The project was {self.document.read_only_reason}.")
        elif not can:
            self.import_button.explain("Choose a source with rows that can be imported.")
        else:
            self.import_button.explain("")

    def _press_import(self) -> None:
        if self.switch.value() == IMPORT:
            self.importing.write()
        else:
            self.show_part(IMPORT)

    def _tell_imported(self, report: ImportReport) -> None:
        noun = "sample" if report.samples == 1 else "samples"
        seconds = format_duration(max(report.seconds, 1))
        self.said.emit(f"{report.samples:,} {noun} imported in {seconds}.")

    # Sources

    def _document_changed(self, changes: Changes) -> None:
        if not changes.tables or changes.tables & SHOWN_TABLES:
            self._ask_sources()

    def _ask_sources(self) -> None:
        background.run(
            self.document.query, queries.source_rows, done=self._show_sources, owner=self
        )
        background.run(self._read_counts, done=self._show_counts, owner=self)

    def _read_counts(self) -> tuple[Counts, list[LabelRow]]:
        return self.document.query(queries.counts), self.document.query(queries.label_rows)

    def _show_counts(self, found: tuple[Counts, list[LabelRow]]) -> None:
        self.sources.show_counts(*found)

    def _show_sources(self, rows: list[SourceRow]) -> None:
        self.sources.show_sources(rows)
        count = sum(row.images for row in rows)
        noun = "source" if len(rows) == 1 else "sources"
        self.header.set_detail(
            f"{len(rows)} {noun} · {count:,} {'image' if count == 1 else 'images'}" if rows else ""
        )

    def _scan(self, source_id: int) -> None:
        background.run(
            self.document.query, scan_source, source_id, done=self.sources.show_scan, owner=self
        )

    def _ask_folder(self, source_id: int) -> None:
        chosen = QFileDialog.getExistingDirectory(self, "Where the images are now")
        if chosen:
            self.relink(source_id, Path(chosen))

    def relink(self, source_id: int, folder: Path) -> None:
        """Say where the images of a source lie now, then look whether they are all there."""
        root = source_root(folder, self.document.folder)
        title = f"Link images to {os.path.basename(folder)}"
        background.run(
            lambda: self.document.edit(title, edits.relink_source, source_id, root),
            done=lambda _: self._relinked(source_id),
            owner=self,
        )

    def _relinked(self, source_id: int) -> None:
        self.images.forget_reasons()
        background.run(
            self.document.query,
            queries.source_rows,
            done=lambda rows: self._show_relinked(rows, source_id),
            owner=self,
        )

    def _show_relinked(self, rows: list[SourceRow], source_id: int) -> None:
        self._show_sources(rows)
        self._scan(source_id)
