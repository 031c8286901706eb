"""A small curve: confidence in the label by epoch, over the quartiles of its own label."""

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.numbers import format_probability
from studio.ui import fonts, theme
from studio.ui.review.reading import Dynamics

HEIGHT = 112
LINE = 14.0  # height of a name at the end of its curve


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
        area = QRectF(26, 8, self.width() - 32, self.height() - 30)
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
        """Last, each on a plate of the dock's ground: a line that jumps runs behind it."""
        tokens = theme.current_tokens()
        painter.setFont(fonts.role_font("tiny"))
        others, own = self._label_tops(area, dynamics)
        names = (
            (f"others labelled {dynamics.label}", others, "text_3"),
            ("this sample", own, self._colour),
        )
        for words, top, tone in names:
            width = painter.fontMetrics().horizontalAdvance(words)
            place = QRectF(area.right() - width, top, width, LINE)
            painter.fillRect(place.adjusted(-4, 0, 2, 0), tokens.color("panel", 0.82))
            painter.setPen(tokens.color(tone))
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, words)

    def _label_tops(self, area: QRectF, dynamics: Dynamics) -> tuple[float, float]:
        low = self._line(area, dynamics, dynamics.low)
        own = self._line(area, dynamics, dynamics.sample)
        bottom = area.bottom()
        return label_tops(low[-1].y() if low else bottom, own[-1].y() if own else bottom, bottom)


def label_tops(others: float, own: float, bottom: float) -> tuple[float, float]:
    """Where the names of both lines stand at their right ends, so that neither covers the other."""
    others_top = others + 1 if others + 1 + LINE <= bottom else others - LINE - 2
    own_top = own - LINE - 2 if own >= LINE + 2 else own + 2
    if abs(own_top - others_top) < LINE:
        own_top = others_top + LINE if others_top + 2 * LINE <= bottom else others_top - LINE
    return others_top, own_top
