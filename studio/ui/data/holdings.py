"""What the project holds: its samples by label, split and origin; each count opens its samples."""

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from studio.numbers import format_count, format_of
from studio.project.query_language import quote_value
from studio.project.records import Counts, LabelRow
from studio.ui.widgets.buttons import make_button
from studio.ui.widgets.progress_row import Track
from studio.ui.widgets.text import PlainLabel

ORIGINS = {"human": "by hand", "import": "by import", "run": "by a run"}
TONES = {"dangerous": "dangerous_mark", "safe": "safe_mark", "unsure": "unsure"}


@dataclass(frozen=True)
class Held:
    """One line: a name, how many, the query that finds them, and the tone of its bar."""

    name: str
    count: int
    query: str
    tone: str = "text_3"


class Holdings(QFrame):
    """Three columns of counts with bars; `query_wanted` carries the query of a line."""

    query_wanted = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("surface", "card")
        self.title = PlainLabel("", role="strong", tabular=True)
        self.reviewed = PlainLabel("", role="small", tone="text_3", tabular=True)
        head = QHBoxLayout()
        head.addWidget(self.title)
        head.addStretch(1)
        head.addWidget(self.reviewed)
        self._columns = QHBoxLayout()
        self._columns.setSpacing(32)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 14)
        column.setSpacing(12)
        column.addLayout(head)
        column.addLayout(self._columns)

    def show_counts(self, counts: Counts, labels: list[LabelRow]) -> None:
        """Show what there is; lines of nothing are left out."""
        noun = "sample" if counts.total == 1 else "samples"
        self.title.setText(f"{format_count(counts.total)} {noun} in this project")
        self.reviewed.setText(f"{format_of(counts.reviewed, counts.total)} reviewed")
        while (item := self._columns.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for title, lines in columns_of(counts, labels).items():
            self._columns.addWidget(self._column(title, lines, counts.total), 1)

    def _column(self, title: str, lines: list[Held], whole: int) -> QWidget:
        holder = QWidget()
        grid = QGridLayout(holder)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(1, 1)
        grid.addWidget(PlainLabel(title, role="small", tone="text_3"), 0, 0, 1, 3)
        for row, line in enumerate(lines, start=1):
            button = make_button(line.name, "link")
            button.setToolTip("Show these samples")
            button.clicked.connect(lambda _=False, query=line.query: self.query_wanted.emit(query))
            track = Track(line.tone, 5)
            track.show_share(line.count / max(whole, 1))
            grid.addWidget(button, row, 0, Qt.AlignmentFlag.AlignLeft)
            grid.addWidget(track, row, 1)
            count = PlainLabel(format_count(line.count), role="small", tabular=True)
            grid.addWidget(count, row, 2, Qt.AlignmentFlag.AlignRight)
        grid.setRowStretch(len(lines) + 1, 1)
        return holder


def columns_of(counts: Counts, labels: list[LabelRow]) -> dict[str, list[Held]]:
    """Labels, splits and captions with the queries that find them."""
    tones = {label.name: TONES.get(label.colour, "text_3") for label in labels}
    by_label = [
        Held(name or "unlabelled", count, _clause("label", name), tones.get(name or "", "text_3"))
        for name, count in counts.label.items()
        if count
    ]
    by_split = [
        Held(name or "no split", count, _clause("split", name))
        for name, count in counts.split.items()
        if count
    ]
    by_origin = [
        Held(ORIGINS.get(name, name), count, _clause("origin", name))
        for name, count in counts.origin.items()
        if count
    ]
    return {"Labels": by_label, "Splits": by_split, "Captions written": by_origin}


def _clause(field: str, value: str | None) -> str:
    return f"{field}:{quote_value(value) if value is not None else 'none'}"
