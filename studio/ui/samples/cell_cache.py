"""Painted cells, kept while they are near: scrolling then only moves pictures."""

from collections import OrderedDict
from collections.abc import Callable

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPixmap

from studio.project.records import SampleRow
from studio.ui.samples.cell_painter import CellState

KEPT = 96  # cells; at 180 x 190 some 13 MB

Paint = Callable[[QPainter, QRect], None]


class CellCache:
    """A cell is painted anew when its row has changed, or its image has come."""

    def __init__(self) -> None:
        self._cells: OrderedDict[int, tuple[tuple[object, ...], SampleRow, QPixmap]] = OrderedDict()

    def cell(
        self,
        row: SampleRow,
        state: CellState,
        image: QPixmap | None,
        size: QSize,
        ratio: float,
        paint: Paint,
    ) -> QPixmap:
        key = (state, image.cacheKey() if image else 0, size.width(), size.height(), ratio)
        held = self._cells.get(row.id)
        if held is not None and held[0] == key and (held[1] is row or held[1] == row):
            self._cells.move_to_end(row.id)
            return held[2]
        drawn = QPixmap(size * ratio)
        drawn.setDevicePixelRatio(ratio)
        drawn.fill(Qt.GlobalColor.transparent)
        painter = QPainter(drawn)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint(painter, QRect(0, 0, size.width(), size.height()))
        painter.end()
        self._cells[row.id] = (key, row, drawn)
        while len(self._cells) > KEPT:
            self._cells.popitem(last=False)
        return drawn

    def forget(self) -> None:
        self._cells.clear()
