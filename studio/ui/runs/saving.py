"""Takes curves out of the studio: a CSV of every point, an image of what is drawn, a table."""

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QDialog, QTableView, QVBoxLayout, QWidget

from studio.document import Document
from studio.project import queries
from studio.ui import fonts
from workers.contract.folder import replace_file

HEADINGS = ("run", "name", "metric", "step", "epoch", "value")
Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True)
class PointRow:
    """One point of one curve as it stands in the table."""

    run_id: int
    run_name: str
    metric: str
    step: int
    epoch: float
    value: float


def read_points(document: Document, runs: Sequence[int], metrics: Sequence[str]) -> list[PointRow]:
    """Every point of these metrics of these runs, none left out."""
    found = []
    for run_id in runs:
        name = document.query(queries.run, run_id).name
        for metric in metrics:
            curve = document.query(queries.curve, run_id, metric)
            columns = zip(curve.steps, curve.epochs, curve.values, strict=True)
            found += [
                PointRow(run_id, name, metric, int(step), float(epoch), float(value))
                for step, epoch, value in columns
            ]
    return found


def write_csv(path: Path, rows: Sequence[PointRow]) -> None:
    """Write points; the file is there whole or not at all. A value that is no number is empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADINGS)
    for row in rows:
        value = "" if math.isnan(row.value) else repr(row.value)
        name = safe_cell(row.run_name)
        writer.writerow([row.run_id, name, row.metric, row.step, repr(row.epoch), value])
    replace_file(path, text.getvalue().encode())


def safe_cell(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def save_image(path: Path, widget: QWidget) -> bool:
    """Save what a widget shows, at twice its size in pixels where the screen has that."""
    return widget.grab().save(str(path))


class PointModel(QAbstractTableModel):
    """Points as a table of any length."""

    def __init__(self, rows: Sequence[PointRow]) -> None:
        super().__init__()
        self._rows = rows

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else 5

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if role == Qt.ItemDataRole.DisplayRole:
            row = self._rows[index.row()]
            value = f"{row.value:.6g}"
            return (row.run_name, row.metric, f"{row.step:,}", f"{row.epoch:.3f}", value)[
                index.column()
            ]
        return None

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> object:
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return ("Run", "Metric", "Step", "Epoch", "Value")[section]
        return None


class ValuesDialog(QDialog):
    """The curves as a table, for those who read rather than see them."""

    def __init__(self, rows: Sequence[PointRow], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Values of the curve")
        self.resize(560, 480)
        self.table = QTableView()
        self.model = PointModel(rows)
        self.table.setModel(self.model)
        self.table.setFont(fonts.role_font("small", tabular=True))
        self.table.verticalHeader().hide()
        self.table.setShowGrid(False)
        self.table.horizontalHeader().setStretchLastSection(True)
        column = QVBoxLayout(self)
        column.addWidget(self.table)
