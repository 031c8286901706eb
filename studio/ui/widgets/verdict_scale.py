"""A run's accuracy on a line with its interval, the majority's share and the seed's number."""

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.ui import fonts, theme
from studio.ui.tokens import Tokens
from studio.ui.widgets.curve_style import write_share

# Where the line runs as long as everything fits on it.
USUAL = (0.45, 0.9)
LINE_Y = 44.0


@dataclass(frozen=True)
class ScaleValues:
    """What the scale shows; what is None is left out."""

    share: float
    low: float | None = None
    high: float | None = None
    majority: float | None = None
    seed: float | None = None
    seed_name: str = ""


class VerdictScale(QWidget):
    """The figure above its dot; thick = 95 % interval, tick = majority, wedge = seed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._values: ScaleValues | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Verdict")
        theme.watch(self.update)

    def sizeHint(self) -> QSize:
        return QSize(296, 80)

    def show_values(self, values: ScaleValues | None) -> None:
        """Show a verdict, or an empty line."""
        self._values = values
        if values is not None:
            majority = values.majority
            against = f", majority {write_share(majority)}" if majority is not None else ""
            self.setAccessibleDescription(f"accuracy {write_share(values.share)}{against}")
        self.update()

    def bounds(self) -> tuple[float, float]:
        """The ends of the line: the usual ones, or further out where a value asks for it."""
        if self._values is None:
            return USUAL
        v = self._values
        known = [x for x in (v.share, v.low, v.high, v.majority, v.seed) if x is not None]
        low = USUAL[0] if min(known) >= USUAL[0] else max(min(known) - 0.05, 0.0)
        high = USUAL[1] if max(known) <= USUAL[1] else min(max(known) + 0.05, 1.0)
        return low, high

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tokens = theme.current_tokens()
        painter.setPen(QPen(tokens.color("line_strong"), 2))
        painter.drawLine(QPointF(8, LINE_Y), QPointF(self.width() - 8, LINE_Y))
        if self._values is None:
            return
        v = self._values
        if v.low is not None and v.high is not None:
            pen = QPen(tokens.color("accent_line", 0.5), 6)
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            painter.setPen(pen)
            painter.drawLine(QPointF(self._x(v.low), LINE_Y), QPointF(self._x(v.high), LINE_Y))
        self._paint_marks(painter, tokens, v)
        painter.setPen(QPen(tokens.color("panel"), 2))
        painter.setBrush(tokens.color("accent_line"))
        painter.drawEllipse(QPointF(self._x(v.share), LINE_Y), 7, 7)
        painter.setPen(tokens.color("text_1"))
        self._write(painter, write_share(v.share), self._x(v.share), 0, 30, "figure")

    def _paint_marks(self, painter: QPainter, tokens: Tokens, v: ScaleValues) -> None:
        lines: list[tuple[str, float, str]] = []
        if v.majority is not None:
            x = self._x(v.majority)
            painter.setPen(QPen(tokens.color("warn_mark"), 2))
            painter.drawLine(QPointF(x, LINE_Y - 9), QPointF(x, LINE_Y + 9))
            lines.append((f"majority {write_share(v.majority)}", x, "warn"))
        if v.seed is not None:
            x = self._x(v.seed)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(tokens.color("text_3"))
            wedge = [
                QPointF(x, LINE_Y + 8),
                QPointF(x - 5, LINE_Y + 16),
                QPointF(x + 5, LINE_Y + 16),
            ]
            painter.drawPolygon(QPolygonF(wedge))
            lines.append((f"{v.seed_name} {write_share(v.seed)}", x, "text_3"))
        self._write_lines(painter, tokens, lines)

    def _write_lines(
        self, painter: QPainter, tokens: Tokens, lines: list[tuple[str, float, str]]
    ) -> None:
        """Names side by side, pushed apart from the middle between them."""
        metrics = QFontMetricsF(_tiny())
        widths = [metrics.horizontalAdvance(text) for text, _, _ in lines]
        places = [x - width / 2 for (_, x, _), width in zip(lines, widths, strict=True)]
        if len(lines) == 2:
            first, second = (0, 1) if lines[0][1] <= lines[1][1] else (1, 0)
            overlap = places[first] + widths[first] + 10 - places[second]
            if overlap > 0:
                places[first] -= overlap / 2
                places[second] += overlap / 2
        for (text, _, tone), place, width in zip(lines, places, widths, strict=True):
            painter.setPen(tokens.color(tone))
            painter.setFont(_tiny())
            left = min(max(place, 0), self.width() - width)
            painter.drawText(QRectF(left, 62, width + 2, 16), Qt.AlignmentFlag.AlignLeft, text)

    def _write(
        self, painter: QPainter, text: str, x: float, top: float, height: float, role: str
    ) -> None:
        font = fonts.role_font(role, tabular=True)
        if role == "figure":
            font.setPixelSize(fonts.scaled(20))
        painter.setFont(font)
        width = QFontMetricsF(font).horizontalAdvance(text)
        left = min(max(x - width / 2, 0), self.width() - width)
        painter.drawText(QRectF(left, top, width + 2, height), Qt.AlignmentFlag.AlignVCenter, text)

    def _x(self, share: float) -> float:
        low, high = self.bounds()
        return 8 + (share - low) / (high - low) * (self.width() - 16)


def _tiny() -> QFont:
    return fonts.role_font("tiny", tabular=True)
