"""The confidence–variability map: each train sample a point, suspects in the lower left corner."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPixmap, QPolygonF, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.ui import fonts, theme
from studio.ui.tokens import Tokens

# Variability is a standard deviation of probabilities: it never exceeds one half.
WIDEST = 0.5
CORNER = (0.30, 0.30)
NEAR = 7.0

Numbers = NDArray[np.float64]
Ids = NDArray[np.int64]


class ScatterMap(QWidget):
    """Confidence upwards, how much it swings to the right; a click opens a point's sample."""

    point_chosen = Signal(int)
    point_hovered = Signal(int)  # -1 when no point is near

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._ids: Ids = np.empty(0, np.int64)
        self._x: Numbers = np.empty(0)
        self._y: Numbers = np.empty(0)
        self._suspect: NDArray[np.bool_] = np.empty(0, np.bool_)
        self._hover = -1
        self._drawn: QPixmap | None = None
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Confidence–variability map")
        theme.watch(self._forget)

    def sizeHint(self) -> QSize:
        return QSize(296, 140)

    def show_points(
        self, ids: Ids, variability: Numbers, confidence: Numbers, suspect: NDArray[np.bool_]
    ) -> None:
        """Show samples; suspects are triangles in another colour."""
        self._ids, self._x, self._y, self._suspect = ids, variability, confidence, suspect
        self._hover = -1
        self.setAccessibleDescription(f"{int(suspect.sum())} of {len(ids)} labels are suspected")
        self._forget()

    def corner_count(self) -> int:
        """How many samples lie in the lower left corner, where labels were never learned."""
        return int(((self._x <= CORNER[0]) & (self._y <= CORNER[1])).sum())

    def point_at(self, at: QPointF) -> int:
        """The index of the point nearest to a place, -1 when none is near."""
        if not len(self._ids):
            return -1
        xs, ys = self._places()
        distances = np.hypot(xs - at.x(), ys - at.y())
        nearest = int(np.argmin(distances))
        return nearest if distances[nearest] <= NEAR else -1

    def place_of(self, sample_id: int) -> QPointF:
        """Where a sample's point is."""
        index = int(np.flatnonzero(self._ids == sample_id)[0])
        xs, ys = self._places()
        return QPointF(float(xs[index]), float(ys[index]))

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = theme.current_tokens()
        painter = QPainter(self)
        if self._drawn is None or self._drawn.size() != self.size() * self.devicePixelRatio():
            self._drawn = self._draw(tokens)
        painter.drawPixmap(0, 0, self._drawn)
        if self._hover >= 0:
            xs, ys = self._places()
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(tokens.color("text_1"))
            painter.drawEllipse(QPointF(float(xs[self._hover]), float(ys[self._hover])), 6, 6)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._drawn = None

    def _draw(self, tokens: Tokens) -> QPixmap:
        ratio = self.devicePixelRatio()
        pixmap = QPixmap(self.size() * ratio)
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(tokens.color("panel"))
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_frame(painter, tokens)
        xs, ys = self._places()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tokens.color("accent_line", 0.75))
        for x, y in zip(xs[~self._suspect], ys[~self._suspect], strict=True):
            painter.drawEllipse(QPointF(float(x), float(y)), 1.7, 1.7)
        painter.setBrush(tokens.color("warn_mark"))
        for x, y in zip(xs[self._suspect], ys[self._suspect], strict=True):
            painter.drawPolygon(_triangle(float(x), float(y)))
        painter.end()
        return pixmap

    def _paint_frame(self, painter: QPainter, tokens: Tokens) -> None:
        rect = self._rect()
        painter.setFont(fonts.role_font("tiny", tabular=True))
        if self.corner_count():
            width = rect.width() * CORNER[0] / WIDEST
            top = rect.bottom() - rect.height() * CORNER[1]
            corner = QRectF(rect.left(), top, width, rect.bottom() - top)
            painter.fillRect(corner, tokens.color("warn_mark", 0.13))
            painter.setPen(tokens.color("warn"))
            painter.drawText(QPointF(corner.left() + 2, corner.top() - 4), "never learned")
        for share, text in ((0.0, "0"), (0.5, ".5"), (1.0, "1")):
            y = round(rect.bottom() - share * rect.height()) + 0.5
            painter.setPen(tokens.color("line"))
            painter.drawLine(QPointF(rect.left(), y), QPointF(rect.right(), y))
            painter.setPen(tokens.color("text_3"))
            box = QRectF(0, y - 8, rect.left() - 6, 16)
            painter.drawText(box, Qt.AlignmentFlag.AlignRight, text)
            x = rect.left() + share * rect.width()
            mark = {0.0: "0", 0.5: ".25", 1.0: ".5"}[share]
            box = QRectF(x - 20, rect.bottom() + 3, 40, 14)
            painter.drawText(box, Qt.AlignmentFlag.AlignHCenter, mark)

    def _rect(self) -> QRectF:
        return QRectF(24, 10, self.width() - 40, self.height() - 32)

    def _places(self) -> tuple[Numbers, Numbers]:
        rect = self._rect()
        xs = rect.left() + np.clip(self._x / WIDEST, 0, 1) * rect.width()
        ys = rect.bottom() - np.clip(self._y, 0, 1) * rect.height()
        return xs, ys

    def _forget(self) -> None:
        self._drawn = None
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        nearest = self.point_at(event.position())
        if nearest == self._hover:
            return
        self._hover = nearest
        shape = Qt.CursorShape.ArrowCursor if nearest < 0 else Qt.CursorShape.PointingHandCursor
        self.setCursor(shape)
        self.point_hovered.emit(int(self._ids[nearest]) if nearest >= 0 else -1)
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        nearest = self.point_at(event.position())
        if nearest >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self.point_chosen.emit(int(self._ids[nearest]))

    def leaveEvent(self, event: QEvent) -> None:
        self._hover = -1
        self.point_hovered.emit(-1)
        self.update()


def _triangle(x: float, y: float) -> QPolygonF:
    return QPolygonF([QPointF(x, y - 3.6), QPointF(x - 3.6, y + 2.8), QPointF(x + 3.6, y + 2.8)])
