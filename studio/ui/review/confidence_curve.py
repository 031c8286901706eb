"""A small curve: confidence in the label by epoch, over the quartiles of its own label."""

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.numbers import format_probability
from studio.ui import fonts, theme
from studio.ui.review.reading import Dynamics

HEIGHT = 128
LINE = 14.0  # height of the names above the curves
SWATCH = 16.0  # width of the piece of line before a name


class ConfidenceCurve(QWidget):
    """Paints one sample's line, in its label's colour."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._dynamics: Dynamics | None = None
        self._colour = "accent_line"
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.watch(self.update)

    def show_dynamics(self, dynamics: Dynamics | None, colour: str) -> None:
        self._dynamics, self._colour = dynamics, colour or "accent_line"
        if dynamics is not None:
            last = format_probability(float(dynamics.sample[-1]))
            self.setAccessibleName(f"Confidence in the label while training, last {last}")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, fonts.scaled(HEIGHT))

    def paintEvent(self, event: QPaintEvent) -> None:
        dynamics = self._dynamics
        if dynamics is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        top = 12 + LINE  # below the names
        area = QRectF(26, top, self.width() - 32, self.height() - top - 22)
        self._paint_axes(painter, area, dynamics)
        self._paint_others(painter, area, dynamics)
        self._paint_sample(painter, area, dynamics)
        self._paint_names(painter, area, dynamics)
        painter.end()

    def _point(self, area: QRectF, dynamics: Dynamics, at: int, value: float) -> QPointF:
        span = max(1, len(dynamics.epochs) - 1)
        x = area.left() + area.width() * at / span
        return QPointF(x, area.bottom() - area.height() * min(max(value, 0.0), 1.0))

    def _line(self, area: QRectF, dynamics: Dynamics, values: np.ndarray) -> list[QPointF]:
        return [
            self._point(area, dynamics, at, float(value))
            for at, value in enumerate(values)
            if np.isfinite(value)
        ]

    def _paint_axes(self, painter: QPainter, area: QRectF, dynamics: Dynamics) -> None:
        tokens = theme.current_tokens()
        painter.setFont(fonts.role_font("tiny", tabular=True))
        for value, words in ((0.0, "0"), (0.5, ".5"), (1.0, "1")):
            y = area.bottom() - area.height() * value
            painter.setPen(tokens.color("line"))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.setPen(tokens.color("text_3"))
            box = QRectF(0, y - 8, area.left() - 8, 16)
            middle = Qt.AlignmentFlag.AlignVCenter
            painter.drawText(box, middle | Qt.AlignmentFlag.AlignRight, words)
        below = QRectF(area.left(), area.bottom() + 6, area.width(), 16)
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft, f"epoch {dynamics.epochs[0]}")
        painter.drawText(below, Qt.AlignmentFlag.AlignRight, str(dynamics.epochs[-1]))

    def _paint_others(self, painter: QPainter, area: QRectF, dynamics: Dynamics) -> None:
        tokens = theme.current_tokens()
        low = self._line(area, dynamics, dynamics.low)
        high = self._line(area, dynamics, dynamics.high)
        if not low:
            return
        band = QPolygonF([*low, *reversed(high)])
        path = QPainterPath()
        path.addPolygon(band)
        painter.fillPath(path, tokens.color("press", 0.7))
        pen = QPen(tokens.color("text_3"), 1)
        pen.setDashPattern([3, 3])
        painter.setPen(pen)
        painter.drawPolyline(self._line(area, dynamics, dynamics.middle))

    def _paint_sample(self, painter: QPainter, area: QRectF, dynamics: Dynamics) -> None:
        tokens = theme.current_tokens()
        line = self._line(area, dynamics, dynamics.sample)
        if not line:
            return
        painter.setPen(QPen(tokens.label_mark(self._colour), 2))
        painter.drawPolyline(line)

    def _paint_names(self, painter: QPainter, area: QRectF, dynamics: Dynamics) -> None:
        """Above the curves, each with a piece of its line: lines that jump leave no room beside."""
        tokens = theme.current_tokens()
        painter.setFont(fonts.role_font("tiny"))
        own = QPen(tokens.label_mark(self._colour), 2)
        others = QPen(tokens.color("text_3"), 1)
        others.setDashPattern([3, 3])
        left = area.left()
        for words, pen in (("this sample", own), (f"others labelled {dynamics.label}", others)):
            painter.setPen(pen)
            painter.drawLine(QPointF(left, LINE / 2), QPointF(left + SWATCH, LINE / 2))
            left += SWATCH + 6
            room = QRectF(left, 0, max(0.0, self.width() - left), LINE)
            metrics = painter.fontMetrics()
            shown = metrics.elidedText(words, Qt.TextElideMode.ElideRight, int(room.width()))
            painter.setPen(tokens.color("text_2"))
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, shown)
            left += metrics.horizontalAdvance(shown) + 14
