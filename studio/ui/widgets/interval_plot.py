"""Differences with their intervals, one a row; grey where the interval holds zero."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.ui import fonts, theme
from studio.ui.tokens import Tokens

ROW = 24


@dataclass(frozen=True)
class Interval:
    """One difference in points, with the ends of its interval."""

    name: str
    value: float
    low: float
    high: float

    @property
    def may_be_chance(self) -> bool:
        """Whether no difference at all lies inside."""
        return self.low <= 0 <= self.high


def write_points(value: float) -> str:
    """A difference with its sign: +8.1 or −3.1."""
    text = f"{abs(value):.1f}"
    if text == "0.0":
        return "0"
    return f"+{text}" if value > 0 else f"−{text}"


class IntervalPlot(QWidget):
    """Rows of name, interval on a common scale, and figure."""

    def __init__(self, *, bare: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[Interval, ...] = ()
        self._bare = bare  # one row without its name, its ends written below
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Differences with intervals")
        theme.watch(self.update)

    def sizeHint(self) -> QSize:
        return QSize(300, 44 if self._bare else ROW * max(len(self._rows), 1) + 26)

    def show_rows(self, rows: Sequence[Interval]) -> None:
        """Show differences in points."""
        self._rows = tuple(rows)
        texts = (
            f"{row.name} {write_points(row.value)}, {write_points(row.low)} to "
            f"{write_points(row.high)}{', may be chance' if row.may_be_chance else ''}"
            for row in self._rows
        )
        self.setAccessibleDescription("; ".join(texts))
        self.updateGeometry()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._rows:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tokens = theme.current_tokens()
        if self._bare:
            self._paint_bare(painter, tokens)
            return
        bottom = ROW * len(self._rows)
        zero = self._x(0)
        painter.setPen(QPen(tokens.color("line_control"), 1))
        painter.drawLine(QPointF(zero, 0), QPointF(zero, bottom + 4))
        for index, row in enumerate(self._rows):
            self._paint_row(painter, tokens, row, ROW * index + ROW / 2)
        self._write(painter, tokens, "no difference", zero, bottom + 6, "text_3")

    def _paint_row(self, painter: QPainter, tokens: Tokens, row: Interval, y: float) -> None:
        tone = "text_3" if row.may_be_chance else "text_1"
        painter.setFont(fonts.role_font("small"))
        painter.setPen(tokens.color("text_2"))
        metrics = QFontMetricsF(painter.font())
        name = metrics.elidedText(row.name, Qt.TextElideMode.ElideRight, 122)
        painter.drawText(QRectF(0, y - 9, 126, 18), Qt.AlignmentFlag.AlignVCenter, name)
        font = fonts.role_font("small", tabular=True)
        font.setWeight(QFont.Weight.Normal if row.may_be_chance else QFont.Weight.DemiBold)
        painter.setFont(font)
        painter.setPen(tokens.color(tone))
        box = QRectF(self.width() - 60, y - 9, 60, 18)
        painter.drawText(
            box,
            Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
            write_points(row.value),
        )
        self._paint_interval(painter, tokens, row, y)

    def _paint_interval(self, painter: QPainter, tokens: Tokens, row: Interval, y: float) -> None:
        colour = tokens.color("line_control" if row.may_be_chance else "accent_line")
        painter.setPen(QPen(colour, 2))
        painter.drawLine(QPointF(self._x(row.low), y), QPointF(self._x(row.high), y))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        x = self._x(row.value)
        diamond = [QPointF(x, y - 5), QPointF(x + 5, y), QPointF(x, y + 5), QPointF(x - 5, y)]
        painter.drawPolygon(QPolygonF(diamond))

    def _paint_bare(self, painter: QPainter, tokens: Tokens) -> None:
        row, y = self._rows[0], 12.0
        painter.setPen(QPen(tokens.color("line_strong"), 2))
        painter.drawLine(QPointF(8, y), QPointF(self.width() - 8, y))
        colour = tokens.color("line_control" if row.may_be_chance else "accent_line")
        pen = QPen(tokens.color("line_control" if row.may_be_chance else "accent_line", 0.55), 6)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.drawLine(QPointF(self._x(row.low), y), QPointF(self._x(row.high), y))
        painter.setPen(QPen(tokens.color("text_1"), 2))
        painter.drawLine(QPointF(self._x(0), y - 9), QPointF(self._x(0), y + 9))
        painter.setPen(QPen(tokens.color("panel"), 2))
        painter.setBrush(colour)
        painter.drawEllipse(QPointF(self._x(row.value), y), 6, 6)
        taken: list[tuple[float, float]] = []
        ends = [
            ("no gain", 0.0),
            (write_points(row.low), row.low),
            (write_points(row.high), row.high),
        ]
        for text, value in ends:
            width = QFontMetricsF(fonts.role_font("tiny")).horizontalAdvance(text)
            left = self._x(value) - width / 2
            if all(left > right + 6 or left + width < start - 6 for start, right in taken):
                self._write(painter, tokens, text, self._x(value), 26, "text_3")
                taken.append((left, left + width))

    def _write(
        self, painter: QPainter, tokens: Tokens, text: str, x: float, top: float, tone: str
    ) -> None:
        painter.setFont(fonts.role_font("tiny", tabular=True))
        painter.setPen(tokens.color(tone))
        width = QFontMetricsF(painter.font()).horizontalAdvance(text) + 2
        left = min(max(x - width / 2, 0), self.width() - width)
        painter.drawText(QRectF(left, top, width, 16), Qt.AlignmentFlag.AlignLeft, text)

    def _x(self, value: float) -> float:
        left, right = (14.0, self.width() - 14.0) if self._bare else (136.0, self.width() - 68.0)
        low = min([0.0, *(row.low for row in self._rows)])
        high = max([0.0, *(row.high for row in self._rows)])
        span = (high - low) or 1.0
        low, high = low - 0.08 * span, high + 0.08 * span
        return left + (value - low) / (high - low) * (right - left)
