"""Memory as a bar: its parts, a hatch over the uncertain range, a tick at what is free."""

from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.numbers import format_bytes
from studio.ui import fonts, theme

BAR = 20


@dataclass(frozen=True)
class MemoryPart:
    """A share of the memory in bytes, with its colour token."""

    name: str
    bytes: float
    colour: str


class MemoryBar(QWidget):
    """The bar and the numbers under it; all in bytes."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: tuple[MemoryPart, ...] = ()
        self.low = self.high = self.free = 0.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_memory(
        self, parts: tuple[MemoryPart, ...], low: float, high: float, free: float
    ) -> None:
        """Show an estimate from `low` to `high` beside what is free."""
        self.parts, self.low, self.high, self.free = parts, low, high, free
        words = f"{format_bytes(low)} to {format_bytes(high)} of {format_bytes(free)} free"
        self.setAccessibleName(f"Memory: {words}")
        self.update()

    def sizeHint(self) -> QSize:
        """Bar and numbers."""
        return QSize(320, BAR + 8 + fonts.scaled(16))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint parts, hatch, tick and numbers."""
        tokens = theme.current_tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        scale = 1.12 * max(self.high, min(self.free, 2.5 * self.high), 1.0)
        unit = self.width() / scale
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tokens.color("press"))
        painter.drawRoundedRect(QRectF(0, 0, self.width(), BAR), 3, 3)
        x = 0.0
        for part in self.parts:
            width = part.bytes * unit
            painter.fillRect(QRectF(x, 0, max(0.0, width - 1), BAR), tokens.color(part.colour))
            x += width
        hatch = QBrush(tokens.color("text_3", 0.8), Qt.BrushStyle.BDiagPattern)
        spread = QRectF(self.low * unit, 0, (self.high - self.low) * unit, BAR)
        painter.fillRect(spread, hatch)
        if self.free * unit <= self.width():
            painter.setPen(QPen(tokens.color("text_1"), 2))
            painter.drawLine(round(self.free * unit), -2, round(self.free * unit), BAR + 2)
        self._paint_numbers(painter, unit)

    def _paint_numbers(self, painter: QPainter, unit: float) -> None:
        tokens = theme.current_tokens()
        painter.setFont(fonts.role_font("tiny", tabular=True))
        metrics = QFontMetrics(painter.font())
        fits = self.high <= self.free
        words = f"{format_bytes(self.low)} – {format_bytes(self.high)}"
        painter.setPen(tokens.color("text_2" if fits else "warn"))
        left = min(self.low * unit, self.width() - metrics.horizontalAdvance(words))
        place = QRectF(max(0.0, left), BAR + 5, self.width(), 16)
        painter.drawText(place, Qt.AlignmentFlag.AlignLeft, words)
        free = f"{format_bytes(self.free)} free"
        width = metrics.horizontalAdvance(free)
        at = min(self.free * unit - width / 2, self.width() - width)
        if at > place.left() + metrics.horizontalAdvance(words) + 12:
            painter.setPen(tokens.color("text_1"))
            painter.drawText(QRectF(at, BAR + 5, width + 2, 16), Qt.AlignmentFlag.AlignLeft, free)
