"""Sources: the folders samples came from, whether they are there, and where they moved."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from studio.numbers import format_count, format_moment
from studio.project.records import Counts, LabelRow, SourceRow
from studio.project.source_scan import SourceScan
from studio.ui.data.holdings import Holdings
from studio.ui.widgets.buttons import make_button
from studio.ui.widgets.chip import Chip
from studio.ui.widgets.empty_state import EmptyState, Glyph
from studio.ui.widgets.text import PlainLabel

FORMATS = {
    "folder labels": "folders as labels",
    "sidecars": ".txt beside images",
    "csv": "table",
    "json": "JSON",
    "imagefolder": "imagefolder",
}
WIDEST = 860
DROP = "Drop a folder or a file anywhere on the window to import more."


class SourceCard(QFrame):
    """One source; `scan_wanted` and `find_wanted` carry its id."""

    scan_wanted = Signal(int)
    find_wanted = Signal(int)

    def __init__(self, source: SourceRow) -> None:
        super().__init__()
        self.source = source
        self.setProperty("surface", "card")
        self.chip = Chip("", "neutral")
        self.detail = PlainLabel("", role="small", tone="text_2", wrap=True)
        self.find_button = make_button("Find the folder", icon="folder-open", size="bar")
        self.find_button.clicked.connect(lambda: self.find_wanted.emit(source.id))
        self.scan_button = make_button("Look again", "ghost", "arrow-clockwise", size="bar")
        self.scan_button.clicked.connect(lambda: self.scan_wanted.emit(source.id))
        self._lay_out()
        self._show_state()

    def _lay_out(self) -> None:
        title = QHBoxLayout()
        title.setSpacing(8)
        title.addWidget(PlainLabel(self.source.name, role="title", elide=True))
        title.addWidget(self.chip)
        title.addStretch(1)
        title.addWidget(self.scan_button)
        title.addWidget(self.find_button)
        words = QVBoxLayout()
        words.setSpacing(4)
        words.addLayout(title)
        words.addWidget(
            PlainLabel(str(self.source.folder.resolve()), role="mono", tone="text_3", is_path=True)
        )
        words.addWidget(self.detail)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 12, 12, 12)
        row.setSpacing(14)
        glyph = Glyph("folder", "text_3", 24)
        row.addWidget(glyph, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)

    def _show_state(self) -> None:
        source = self.source
        count = format_count(source.images)
        images = f"{count} image{'' if source.images == 1 else 's'}"
        parts = [
            images if source.images else "captions alone",
            FORMATS.get(source.format, source.format),
            f"imported {format_moment(source.imported_at)}",
        ]
        if source.problems:
            parts.append(f"{format_count(source.problems)} cannot be shown")
        self.detail.setText(" · ".join(parts))
        missing = not source.found and source.images > 0
        self.find_button.setVisible(missing)
        self.scan_button.setVisible(source.images > 0 and not missing)
        self.chip.setVisible(source.images > 0)
        self.chip.show_text(
            "found" if source.found else "not found", "done" if source.found else "error"
        )
        if missing:
            self.detail.setText(
                f"Images of “{source.name}” are not where they were: {count} missing. "
                "Labels and captions are untouched."
            )

    def show_scan(self, scan: SourceScan) -> None:
        """Say what was found on the disk."""
        if scan.missing:
            self.chip.show_text(f"{format_count(scan.missing)} missing", "error")
            whole = format_count(scan.missing + scan.found)
            self.detail.setText(
                f"{format_count(scan.missing)} of {whole} images are missing, such as "
                f"{scan.first_missing}. Labels and captions are untouched."
            )
            self.find_button.show()
            return
        self.chip.show_text(f"all {format_count(scan.found)} found", "done")
        if scan.new:
            noun = "image is" if scan.new == 1 else "images are"
            self.detail.setText(f"{format_count(scan.new)} more {noun} there, not imported.")


class SourcesPart(QStackedWidget):
    """All sources, newest last, or an empty state."""

    scan_wanted = Signal(int)
    find_wanted = Signal(int)
    import_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.cards: dict[int, SourceCard] = {}
        self.scans: dict[int, tuple[SourceRow, SourceScan]] = {}
        self.empty = EmptyState(
            "database",
            "No data yet. Import a folder of images, captions in .txt, CSV, JSON lines, or an "
            "imagefolder.",
            "Import data",
        )
        self.empty.clicked.connect(self.import_wanted)
        inner = QWidget()
        self.column = QVBoxLayout()
        self.column.setSpacing(12)
        holder = QWidget()
        holder.setMaximumWidth(WIDEST)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.holdings = Holdings()
        self.holdings.hide()
        note = PlainLabel(DROP, role="small", tone="text_3")
        note.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        below = QVBoxLayout(holder)
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(16)
        below.addLayout(self.column)
        below.addWidget(self.holdings)
        below.addWidget(note)
        row = QHBoxLayout(inner)
        row.setContentsMargins(28, 24, 28, 24)
        row.addStretch(1)
        row.addWidget(holder, 100, Qt.AlignmentFlag.AlignTop)
        row.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setWidget(inner)
        self.addWidget(self.empty)
        self.addWidget(scroll)

    def show_sources(self, rows: list[SourceRow]) -> None:
        """Show all sources."""
        while (item := self.column.takeAt(0)) is not None:
            widget = item.widget()
            if widget:
                widget.hide()
                widget.deleteLater()
        self.cards = {}
        for row in rows:
            card = SourceCard(row)
            card.scan_wanted.connect(self.scan_wanted)
            card.find_wanted.connect(self.find_wanted)
            self.cards[row.id] = card
            self.column.addWidget(card)
            kept = self.scans.get(row.id)
            if kept is not None and kept[0] == row:
                card.show_scan(kept[1])
        self.setCurrentIndex(1 if rows else 0)

    def show_counts(self, counts: Counts, labels: list[LabelRow]) -> None:
        """Say what all sources together have come to."""
        self.holdings.show_counts(counts, labels)
        self.holdings.setVisible(counts.total > 0)

    def show_scan(self, scan: SourceScan) -> None:
        """Say what a look at the disk found."""
        card = self.cards.get(scan.source_id)
        if card is not None:
            self.scans[scan.source_id] = (card.source, scan)
            card.show_scan(scan)
