"""A row of small heatmaps: every layer for one word, or every word for one layer."""

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.attention import patches
from studio.ui import fonts, theme
from studio.ui.attention import ink
from studio.ui.tokens import DARK_TOKENS
from workers.contract.geometry import Geometry

HEIGHT = 78
TICKS = 16
BARS = 18
GAP = 4
MOST = 124  # pixels: of few cells each keeps about a picture's shape
LEAST = 40  # pixels of a small heatmap; of more cells only each second or third has one
NARROW_TICK = 18


class PictureStrip(QWidget):
    """Cells from the left with a small heatmap, a bar of a share below, and a name.

    A click chooses a cell, Shift+click all from the current one to it.
    """

    chosen = Signal(int)
    extended = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.rows = np.zeros((0, 0), np.float32)
        self.bars = np.zeros(0, np.float32)
        self.names: Sequence[str] = ()
        self.current = range(0)
        self.geometry_shown: Geometry | None = None
        self.is_difference, self.colours = False, "inferno"
        self.most: float | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Every layer")
        theme.watch(self.update)

    def show_cells(
        self,
        rows: np.ndarray,
        bars: np.ndarray,
        names: Sequence[str],
        *,
        current: range,
        geometry: Geometry,
        is_difference: bool,
        colours: str,
        most: float | None = None,
    ) -> None:
        """`rows` is [cell, image token]; a bar is a share from 0 to 1.

        `most` is the density painted as the largest in each; None for each one's own.
        """
        self.most = most
        self.rows, self.bars, self.names = rows, np.clip(np.abs(bars), 0.0, 1.0), names
        self.current, self.geometry_shown = current, geometry
        self.is_difference, self.colours = is_difference, colours
        self.update()

    def cell_rect(self, index: int) -> QRectF:
        """Where a cell is painted, with its bar and name."""
        wide = min(MOST, (self.width() + GAP) / max(1, len(self.rows)))
        return QRectF(index * wide, 0, wide - GAP, self.height())

    def step(self) -> int:
        """Each cell has a small heatmap, or each second, or each third."""
        wide = (self.width() + GAP) / max(1, len(self.rows))
        return max(1, round(np.ceil(LEAST / max(1.0, wide))))

    def sizeHint(self) -> QSize:
        """As wide as there is room."""
        return QSize(320, fonts.scaled(HEIGHT))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose a cell, or all up to it."""
        for index in range(len(self.rows)):
            if self.cell_rect(index).adjusted(0, 0, GAP, 0).contains(event.position()):
                is_more = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
                (self.extended if is_more else self.chosen).emit(index)
                return

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint all cells."""
        if self.geometry_shown is None:
            return
        painter = QPainter(self)
        step = self.step()
        for first in range(0, len(self.rows), step):
            inside = [index for index in range(first, first + step) if index in self.current]
            self._paint_heat(painter, first, inside[0] if inside else first, step)
        for index in range(len(self.rows)):
            self._paint_foot(painter, index, step)
        painter.end()

    def _paint_heat(self, painter: QPainter, first: int, shown: int, step: int) -> None:
        """Of cells that share one heatmap the current one is shown."""
        assert self.geometry_shown is not None
        tokens = theme.current_tokens()
        last = min(first + step, len(self.rows)) - 1
        place = self.cell_rect(first).united(self.cell_rect(last))
        place = place.adjusted(1, 1, -1, -BARS - TICKS - 4)
        ratio = self.devicePixelRatioF()
        wide, high = round(place.width() * ratio), round(place.height() * ratio)
        heat = patches.heat(self.rows[shown], self.geometry_shown, max(1, wide), max(1, high))
        painter.fillRect(place, DARK_TOKENS.color("matte"))
        painter.drawImage(
            place,
            ink.overlay(
                heat,
                is_difference=self.is_difference,
                name=self.colours,
                opacity=1.0,
                most=self.most,
            ),
        )
        if shown in self.current:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(tokens.color("accent_line"), 2))
            painter.drawRect(place)

    def _paint_foot(self, painter: QPainter, index: int, step: int) -> None:
        tokens = theme.current_tokens()
        place = self.cell_rect(index)
        is_current = index in self.current
        bottom = place.bottom() - TICKS
        high = max(1.0, float(self.bars[index]) * BARS)
        bar = QRectF(place.left(), bottom - high, place.width(), high)
        painter.fillRect(bar, tokens.color("accent_line" if is_current else "press"))
        painter.setFont(fonts.role_font("tiny", tabular=True))
        if place.width() < NARROW_TICK and index % step and not is_current:
            return
        painter.setPen(tokens.color("text_1" if is_current else "text_3"))
        room = round(place.width() + 2 * GAP)
        end = Qt.TextElideMode.ElideRight
        words = painter.fontMetrics().elidedText(self.names[index], end, room)
        tick = QRectF(place.left() - GAP, bottom, place.width() + 2 * GAP, TICKS)
        painter.drawText(tick, Qt.AlignmentFlag.AlignCenter, words)
