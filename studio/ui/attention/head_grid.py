"""Layers × heads for the chosen word: hover looks through a head, a click keeps it."""

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.ui import fonts, theme

CELL = 18
TALL = 288  # pixels: of many layers the cells are lower
LEAST_CELL = 7
MARGIN = 22
DOT = 2.5
NOWHERE = (-1, -1)


class HeadGrid(QWidget):
    """Rows are layers from the top, columns heads; one hue from `panel` to the accent."""

    chosen = Signal(int, int)
    hovered = Signal(int, int)  # -1, -1 when the mouse leaves

    def __init__(self) -> None:
        super().__init__()
        self.values = np.zeros((0, 0), np.float32)
        self.current: tuple[int, int | None] = (0, None)
        self._under_mouse = NOWHERE
        self.is_difference = False
        self.best: tuple[int, int] | None = None
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Layers and heads")
        theme.watch(self.update)

    def show_heads(
        self,
        values: np.ndarray,
        layer: int,
        head: int | None,
        *,
        is_difference: bool = False,
        best: tuple[int, int] | None = None,
    ) -> None:
        """`values` is [layer, head]; `layer` -1 when all are taken together. `best` gets a dot."""
        self.best = best
        taller = values.shape != self.values.shape
        self.values, self.current, self.is_difference = values, (layer, head), is_difference
        if taller:
            self.setFixedHeight(self.sizeHint().height())
        self.update()

    def cell_height(self) -> int:
        """Pixels of a layer's row."""
        return max(LEAST_CELL, min(CELL, TALL // max(1, len(self.values))))

    def sizeHint(self) -> QSize:
        """A row a layer."""
        return QSize(200, self.cell_height() * max(1, len(self.values)) + MARGIN)

    def cell_rect(self, layer: int, head: int) -> QRectF:
        """Where a head is painted."""
        wide = min(30.0, (self.width() - MARGIN) / max(1, self.values.shape[1]))
        high = self.cell_height()
        return QRectF(MARGIN + head * wide, layer * high, wide - 1, high - 1)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Look through the head under the mouse."""
        self._hover(self._cell_at(event.position()))

    def leaveEvent(self, event: object) -> None:
        """Back to the head that is kept."""
        self._hover(NOWHERE)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Keep a head."""
        layer, head = self._cell_at(event.position())
        if layer >= 0:
            self.chosen.emit(layer, head)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the cells and the numbers at the ends."""
        tokens = theme.current_tokens()
        painter = QPainter(self)
        layers, heads = self.values.shape
        top = max(1e-6, float(np.abs(self.values).max(initial=0.0)))
        for layer in range(layers):
            for head in range(heads):
                value = float(self.values[layer, head]) / top
                painter.fillRect(self.cell_rect(layer, head), self._colour(value))
        painter.setFont(fonts.role_font("tiny", tabular=True))
        painter.setPen(tokens.color("text_3"))
        high = self.cell_height()
        for layer in range(0, layers, max(1, round(CELL / high))):
            tick = QRectF(0, layer * high + (high - CELL) / 2, MARGIN - 6, CELL)
            painter.drawText(
                tick, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, str(layer + 1)
            )
        for head in {0, heads - 1}:
            place = self.cell_rect(layers, head)
            place.setHeight(CELL)
            painter.drawText(
                place.adjusted(-8, 2, 8, 2), Qt.AlignmentFlag.AlignCenter, str(head + 1)
            )
        self._mark(painter)
        painter.end()

    def _colour(self, value: float) -> QColor:
        tokens = theme.current_tokens()
        name = "accent_line"
        if self.is_difference:
            name = "difference_more" if value > 0 else "difference_less"
        low, high, share = tokens.color("raised"), tokens.color(name), min(1.0, abs(value))
        mixed = [
            round(a + share * (b - a))
            for a, b in zip(low.getRgb()[:3], high.getRgb()[:3], strict=True)  # type: ignore[index]
        ]
        return QColor(*mixed)

    def _mark(self, painter: QPainter) -> None:
        layer, head = self.current
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme.current_tokens().color("text_1"), 1.5))
        layers, heads = self.values.shape
        if 0 <= layer < layers:
            first, last = (0, heads - 1) if head is None else (head, head)
            area = self.cell_rect(layer, first).united(self.cell_rect(layer, last))
            painter.drawRect(area.adjusted(0.5, 0.5, -0.5, -0.5))
        if self.best is not None and self.best[0] < layers and self.best[1] < heads:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.current_tokens().color("warn_mark"))
            painter.drawEllipse(self.cell_rect(*self.best).center(), DOT, DOT)

    def _hover(self, cell: tuple[int, int]) -> None:
        if cell != self._under_mouse:
            self._under_mouse = cell
            self.hovered.emit(*cell)

    def _cell_at(self, point: QPointF) -> tuple[int, int]:
        layers, heads = self.values.shape
        for layer in range(layers):
            for head in range(heads):
                if self.cell_rect(layer, head).contains(point):
                    return layer, head
        return NOWHERE
