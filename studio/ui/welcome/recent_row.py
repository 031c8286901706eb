"""A recent project: its name, what is in it, when it was open, or why it cannot be opened."""

from pathlib import Path

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from studio.numbers import format_moment
from studio.preferences import Recent
from studio.ui import fonts, theme
from studio.ui.widgets import icons

HEIGHT = 54
TILE = 38


class RecentRow(QAbstractButton):
    """A press opens, Delete forgets."""

    forgotten = Signal(str)

    def __init__(self, recent: Recent, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.recent = recent
        self.path = Path(recent.path)
        self.found = self.path.is_file()
        self.setText(self.path.stem)
        self.setAccessibleName(f"Open {self.path.stem}, {self.detail()}")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def detail(self) -> str:
        """What is in the project, or what is wrong with it."""
        if not self.found:
            return "file not found · find it"
        parts = [f"{self.recent.samples:,} samples"] if self.recent.samples else ["no samples yet"]
        if self.recent.runs:
            parts.append("1 run" if self.recent.runs == 1 else f"{self.recent.runs} runs")
        if self.recent.best:
            parts.append(f"best {self.recent.best}")
        return " · ".join(parts)

    def sizeHint(self) -> QSize:
        """As wide as the column."""
        return QSize(480, fonts.scaled(HEIGHT))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens, Delete forgets, arrows move on."""
        match event.key():
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self.click()
            case Qt.Key.Key_Delete:
                self.forgotten.emit(self.recent.path)
            case _:
                super().keyPressEvent(event)

    def enterEvent(self, event: object) -> None:
        """Light up."""
        self.update()

    def leaveEvent(self, event: object) -> None:
        """Rest."""
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the row."""
        tokens = theme.current_tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.underMouse() or self.hasFocus():
            painter.setPen(
                QPen(tokens.color("accent_line"), 1) if self.hasFocus() else Qt.PenStyle.NoPen
            )
            painter.setBrush(tokens.color("raised"))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        tile = QRectF(10, (self.height() - TILE) / 2, TILE, TILE)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tokens.color("hover"))
        painter.drawRoundedRect(tile, 6, 6)
        glyph = "squares-four" if self.found else "question"
        icons.paint_icon(painter, tile.adjusted(10, 10, -10, -10), glyph, "text_3")
        when = format_moment(self.recent.opened_at)
        font = fonts.role_font("small")
        width = QFontMetrics(font).horizontalAdvance(when) + 4
        painter.setFont(font)
        painter.setPen(tokens.color("text_3"))
        place = QRectF(self.width() - width - 10, 0, width, self.height())
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(place, middle | Qt.AlignmentFlag.AlignRight, when)
        self._paint_words(painter, tile.right() + 12, place.left() - tile.right() - 24)

    def _paint_words(self, painter: QPainter, x: float, room: float) -> None:
        tokens = theme.current_tokens()
        half = self.height() / 2
        middle = Qt.AlignmentFlag.AlignVCenter
        right = Qt.TextElideMode.ElideRight
        font = fonts.role_font("button")
        painter.setFont(font)
        painter.setPen(tokens.color("text_1" if self.found else "text_2"))
        name = QFontMetrics(font).elidedText(self.text(), right, round(room))
        painter.drawText(QRectF(x, half - 20, room, 20), middle, name)
        font = fonts.role_font("small")
        painter.setFont(font)
        painter.setPen(tokens.color("text_2" if self.found else "warn"))
        detail = QFontMetrics(font).elidedText(self.detail(), right, round(room))
        painter.drawText(QRectF(x, half, room, 18), middle, detail)
