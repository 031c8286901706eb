"""Every layer at once: a row of cells for the chosen word, and how much stays on words."""

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.ui import fonts, theme
from studio.ui.attention import ink

HEIGHT = 74
TICKS = 16
BARS = 18
GAP = 6


class LayerStrip(QWidget):
    """Cells show the words in their order; the bar below is the share that stays on words."""

    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.rows = np.zeros((0, 0), np.float32)
        self.bars = np.zeros(0, np.float32)
        self.current = 0
        self.is_difference, self.colours = False, "inferno"
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Every layer")
        theme.watch(self.update)

    def show_layers(
        self,
        rows: np.ndarray,
        bars: np.ndarray,
        current: int,
        *,
        is_difference: bool,
        colours: str = "inferno",
    ) -> None:
        """`rows` is [layer, word] to paint, `bars` one share a layer, `current` -1 for none."""
        self.rows, self.bars, self.current = rows, np.clip(np.abs(bars), 0.0, 1.0), current
        self.is_difference, self.colours = is_difference, colours
        self.update()

    def layer_rect(self, layer: int) -> QRectF:
        """Where a layer is painted, with its bar and number."""
        count = max(1, len(self.rows))
        wide = (self.width() - GAP * (count - 1)) / count
        return QRectF(layer * (wide + GAP), 0, wide, self.height())

    def sizeHint(self) -> QSize:
        """As wide as there is room."""
        return QSize(320, fonts.scaled(HEIGHT))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose a layer."""
        for layer in range(len(self.rows)):
            if self.layer_rect(layer).contains(event.position()):
                self.chosen.emit(layer)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint all layers."""
        painter = QPainter(self)
        for layer in range(len(self.rows)):
            self._paint_layer(painter, layer)
        painter.end()

    def _paint_layer(self, painter: QPainter, layer: int) -> None:
        tokens = theme.current_tokens()
        place = self.layer_rect(layer)
        cells = place.adjusted(1, 1, -1, -BARS - TICKS - 4)
        painter.fillRect(cells, tokens.color("matte"))
        row = self.rows[layer : layer + 1]
        picture = ink.image_of(row, is_difference=self.is_difference, name=self.colours)
        painter.drawImage(cells, picture)
        is_current = layer == self.current
        bar_area = QRectF(place.left(), cells.bottom() + 3, place.width(), BARS)
        high = max(1.0, float(self.bars[layer]) * BARS)
        bar = QRectF(bar_area.left(), bar_area.bottom() - high, bar_area.width(), high)
        painter.fillRect(bar, tokens.color("accent_line" if is_current else "press"))
        painter.setFont(fonts.role_font("tiny", tabular=True))
        painter.setPen(tokens.color("text_1" if is_current else "text_3"))
        tick = QRectF(place.left(), place.bottom() - TICKS, place.width(), TICKS)
        painter.drawText(tick, Qt.AlignmentFlag.AlignCenter, str(layer + 1))
        if is_current:
            painter.setPen(QPen(tokens.color("accent_line"), 2))
            painter.drawRect(cells.adjusted(0, 0, 0, 0))
