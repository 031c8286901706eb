"""The marks of labels: colour, shape and word together tell them apart."""

from math import cos, pi, sin

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPen, QPixmap, QPolygonF

from studio.ui import theme

SHAPES = ("triangle", "circle", "diamond", "dashed", "square", "pentagon", "hexagon", "star")
CORNERS = {"square": 4, "pentagon": 5, "hexagon": 6}


def paint_label_mark(painter: QPainter, rect: QRectF, shape: str, colour: str | QColor) -> None:
    """Draw the mark of a label; `colour` is a label's token such as "dangerous" or "plot-1"."""
    if isinstance(colour, str):
        colour = theme.current_tokens().label_mark(colour)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    side = min(rect.width(), rect.height())
    area = QRectF(0, 0, side, side)
    area.moveCenter(rect.center())
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    match shape:
        case "triangle":
            _triangle(painter, area)
        case "circle":
            painter.drawEllipse(area.adjusted(0.5, 0.5, -0.5, -0.5))
            _tick(painter, area)
        case "diamond":
            _outline(painter, colour, side)
            painter.drawPolygon(_corners(area.adjusted(1, 1, -1, -1), 4, -pi / 2))
        case "star":
            painter.drawPolygon(_star(area))
        case "square" | "pentagon" | "hexagon":
            start = -pi / 4 if shape == "square" else -pi / 2
            painter.drawPolygon(_corners(area, CORNERS[shape], start))
        case _:
            _outline(painter, colour, side, dashed=True)
            painter.drawEllipse(area.adjusted(1, 1, -1, -1))
    painter.restore()


def label_icon(shape: str, colour: str, size: int = 14) -> QIcon:
    """A mark as an icon, for menus and combo boxes."""
    pixmap = QPixmap(2 * size, 2 * size)
    pixmap.setDevicePixelRatio(2)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    paint_label_mark(painter, QRectF(0, 0, size, size), shape, colour)
    painter.end()
    icon = QIcon()
    icon.addPixmap(pixmap.scaled(QSize(2 * size, 2 * size)))
    return icon


def _outline(painter: QPainter, colour: QColor, side: float, *, dashed: bool = False) -> None:
    pen = QPen(colour, max(1.2, side / 11))
    if dashed:
        pen.setDashPattern([2.2, 1.8])
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)


def _cut() -> QPen:
    """Signs inside a filled mark are cut out in the panel's colour."""
    pen = QPen(theme.current_tokens().color("panel"))
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    return pen


def _triangle(painter: QPainter, area: QRectF) -> None:
    pen = QPen(painter.brush().color(), area.width() * 0.14)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    inset = area.width() * 0.1
    inner = area.adjusted(inset, inset, -inset, -inset)
    top = QPointF(inner.center().x(), inner.top())
    painter.drawPolygon(QPolygonF([top, inner.bottomRight(), inner.bottomLeft()]))
    sign = _cut()
    sign.setWidthF(area.width() * 0.12)
    painter.setPen(sign)
    x, y, unit = area.center().x(), area.top(), area.height()
    painter.drawLine(QPointF(x, y + 0.40 * unit), QPointF(x, y + 0.60 * unit))
    painter.drawPoint(QPointF(x, y + 0.78 * unit))


def _tick(painter: QPainter, area: QRectF) -> None:
    sign = _cut()
    sign.setWidthF(area.width() * 0.13)
    painter.setPen(sign)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    x, y, unit = area.left(), area.top(), area.width()
    points = [(0.29, 0.52), (0.44, 0.67), (0.72, 0.36)]
    painter.drawPolyline([QPointF(x + a * unit, y + b * unit) for a, b in points])


def _corners(area: QRectF, count: int, start: float) -> QPolygonF:
    radius = area.width() / 2 * (1.2 if count == 4 and start == -pi / 4 else 1.0)
    angles = [start + 2 * pi * index / count for index in range(count)]
    centre = area.center()
    return QPolygonF([centre + QPointF(radius * cos(a), radius * sin(a)) for a in angles])


def _star(area: QRectF) -> QPolygonF:
    points = []
    for index in range(10):
        radius = area.width() / 2 * (1.0 if index % 2 == 0 else 0.45)
        angle = -pi / 2 + pi * index / 5
        points.append(area.center() + QPointF(radius * cos(angle), radius * sin(angle)))
    return QPolygonF(points)
