"""What cannot be imported: a table of rows, columns and reasons, filtered by reason."""

import csv
import re
from collections import Counter
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from studio.dataset.records import BadRow
from studio.numbers import format_count
from studio.ui import fonts, theme
from studio.ui.widgets.buttons import make_button
from studio.ui.widgets.chip import Chip
from studio.ui.widgets.text import PlainLabel, plain_tooltip

HEADINGS = ("Row", "Column", "Reason", "Found", "What to do")
ADVICE = {
    "image not found": "Add the image.",
    "image lies outside the source's folder": "Move it into the folder.",
    "caption empty": "Write a caption.",
    "label not known": "Map the value to a label.",
    "quote not closed": "Close the quote in the file.",
    "split not known": "Use train, validation or test.",
    "no .txt beside the picture": "Write a .txt of this name.",
    "no picture of this name beside it": "Add the image.",
}
ROW_HEIGHT = 27
CHIPS = 6
_PARTICULARS = re.compile(r" at (?:character|byte)|: ")
Index = QModelIndex | QPersistentModelIndex


class ProblemModel(QAbstractTableModel):
    """Rows of one reason, or of all."""

    def __init__(self) -> None:
        super().__init__()
        self.all: tuple[BadRow, ...] = ()
        self.shown: tuple[BadRow, ...] = ()

    def show_problems(self, problems: tuple[BadRow, ...], reason: str = "") -> None:
        """Replace all, or filter by a reason."""
        self.beginResetModel()
        self.all = problems
        self.shown = tuple(bad for bad in problems if not reason or kind_of(bad) == reason)
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """Rows of the reason shown."""
        return 0 if parent.isValid() else len(self.shown)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """Row, column, reason, value, advice."""
        return 0 if parent.isValid() else len(HEADINGS)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Plain text, whatever a file holds."""
        bad = self.shown[index.row()]
        cells = (f"{bad.row:,}\u2003", bad.column, bad.reason, _line(bad.value), advice_for(bad))
        if role == Qt.ItemDataRole.DisplayRole:
            return cells[index.column()]
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tooltip(cells[index.column()])
        if role == Qt.ItemDataRole.ForegroundRole:
            tone = ("text_2", "text_2", "text_1", "text_2", "text_3")[index.column()]
            return theme.current_tokens().color(tone)
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() == 0:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """The headings."""
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return HEADINGS[section]
        if role == Qt.ItemDataRole.TextAlignmentRole and section > 0:
            return int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        return None


class ProblemTable(QWidget):
    """Chips with counts filter by reason; `fix_wanted` carries a value and a label for it."""

    fix_wanted = Signal(str, str)
    save_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.model = ProblemModel()
        self.reason = ""
        self.chips: dict[str, Chip] = {}
        self.sentence = PlainLabel("", wrap=True)
        self.save = make_button("Save the list", "ghost", "download-simple", size="bar")
        self.save.clicked.connect(self.save_wanted)
        self.fixes = QHBoxLayout()
        self.fixes.setSpacing(8)
        self.bar = QHBoxLayout()
        self.bar.setSpacing(6)
        self.table = self._make_table()
        head = QHBoxLayout()
        head.addWidget(self.sentence, 1)
        head.addWidget(self.save)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addLayout(head)
        column.addLayout(self.bar)
        column.addLayout(self.fixes)
        column.addWidget(self.table, 1)

    def _make_table(self) -> QTableView:
        table = QTableView()
        table.setModel(self.model)
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.setFont(fonts.role_font("small", tabular=True))
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        head = table.horizontalHeader()
        head.setHighlightSections(False)
        head.setFont(fonts.role_font("small"))
        head.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        for place, width in enumerate((56, 72, 176, 0, 168)):
            if width:
                table.setColumnWidth(place, width)
            else:
                head.setSectionResizeMode(place, QHeaderView.ResizeMode.Stretch)
        return table

    def show_problems(
        self, problems: tuple[BadRow, ...], sentence: str, labels: Sequence[str]
    ) -> None:
        """Show the rows, a chip a reason, and a fix for each value that is nearly a label."""
        self.reason = ""
        self.sentence.setText(sentence)
        self.save.setVisible(bool(problems))
        self.table.setVisible(bool(problems))
        self.model.show_problems(problems)
        _clear(self.bar)
        _clear(self.fixes)
        self.chips.clear()
        counts = Counter(kind_of(bad) for bad in problems).most_common(CHIPS)
        for reason, count in counts:
            chip = Chip(f"{format_count(count)} {reason}", "warn")
            chip.clicked.connect(lambda of=reason: self.filter(of))
            self.chips[reason] = chip
            self.bar.addWidget(chip)
        self.bar.addStretch(1)
        for value, label in suggest_labels(problems, labels):
            button = make_button(f"Map “{_line(value)[:32]}” to {label}", size="bar")
            button.clicked.connect(lambda _=False, of=value, to=label: self.fix_wanted.emit(of, to))
            self.fixes.addWidget(button)
        self.fixes.addStretch(1)

    def filter(self, reason: str) -> None:
        """Show one reason; the same again shows all."""
        self.reason = "" if reason == self.reason else reason
        for name, chip in self.chips.items():
            chip.show_text(chip.text, "accent" if name == self.reason else "warn")
        self.model.show_problems(self.model.all, self.reason)


def kind_of(bad: BadRow) -> str:
    """The reason without what differs from row to row."""
    return _PARTICULARS.split(bad.reason)[0]


def advice_for(bad: BadRow) -> str:
    """What to do about a row."""
    return bad.fix or ADVICE.get(bad.reason, "Mend the row in the file.")


def suggest_labels(problems: Sequence[BadRow], labels: Sequence[str]) -> list[tuple[str, str]]:
    """Unknown values that differ from a label by case, spaces or a slip; at most three."""
    found: dict[str, str] = {}
    lower = {label.lower(): label for label in labels}
    for bad in problems:
        if bad.reason == "label not known" and bad.value not in found:
            close = get_close_matches(bad.value.strip().lower(), list(lower), n=1, cutoff=0.75)
            if close:
                found[bad.value] = lower[close[0]]
        if len(found) == 3:
            break
    return list(found.items())


def save_problems(path: Path, problems: Sequence[BadRow]) -> None:
    """Write the list as CSV; values that a spreadsheet would run are kept as text."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("row", "column", "reason", "value", "what to do"))
        for bad in problems:
            cells = (bad.column, bad.reason, bad.value, advice_for(bad))
            writer.writerow((bad.row, *(_harmless(cell) for cell in cells)))


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


def _line(text: str) -> str:
    return " ".join(text.split()) if text.split() else text


def _clear(layout: QHBoxLayout) -> None:
    while (item := layout.takeAt(0)) is not None:
        widget = item.widget()
        if widget:
            widget.hide()
            widget.deleteLater()
