"""A chip: a short text on a soft fill, by kind."""

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.ui import fonts, theme
from studio.ui.widgets import icons
from studio.ui.widgets.pressing import light_up

HEIGHT = 20
FILLS = {
    "neutral": ("hover", "text_2"),
    "accent": ("accent_soft", "accent_text"),
    "warn": ("warn_soft", "warn"),
    "error": ("error_soft", "error"),
    "done": ("done_soft", "done"),
}


class Chip(QWidget):
    """`kind` is neutral, accent, warn, error, done or a label's colour token."""

    clicked = Signal()
    removed = Signal()

    def __init__(
        self,
        text: str,
        kind: str = "neutral",
        icon: str | None = None,
        *,
        removable: bool = False,
        mono: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.text, self.kind, self.glyph = text, kind, icon or ""
        self.removable, self.mono = removable, mono
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(text)
        light_up(self)

    def show_text(self, text: str, kind: str = "", icon: str | None = None) -> None:
        """Change the text, and the kind and icon where given."""
        self.text, self.kind = text, kind or self.kind
        self.glyph = self.glyph if icon is None else icon
        self.setAccessibleName(text)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Text, icon and cross."""
        width = QFontMetrics(self._font()).horizontalAdvance(self.text) + 14
        width += (17 if self.glyph else 0) + (16 if self.removable else 0)
        return QSize(width, fonts.scaled(HEIGHT))

    def minimumSizeHint(self) -> QSize:
        """Chips are never cut."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint fill, icon, text and cross."""
        tokens = theme.current_tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        if self.kind in FILLS:
            fill, tone = FILLS[self.kind]
            painter.setBrush(tokens.color(fill))
        else:
            tone = self.kind
            painter.setBrush(tokens.label_soft(self.kind))
        painter.drawRoundedRect(QRectF(self.rect()), 5, 5)
        rect = QRectF(self.rect()).adjusted(7, 0, -7, 0)
        if self.glyph:
            place = QRectF(rect.left(), rect.center().y() - 6, 12, 12)
            icons.paint_icon(painter, place, self.glyph, tone)
            rect.adjust(17, 0, 0, 0)
        painter.setFont(self._font())
        painter.setPen(tokens.color(tone))
        painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter, self.text)
        if self.removable and self.underMouse():
            place = QRectF(rect.right() - 9, rect.center().y() - 5, 10, 10)
            icons.paint_icon(painter, place, "x", tone)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click on the cross removes, elsewhere it is a click."""
        if self.removable and event.position().x() > self.width() - 20:
            self.removed.emit()
        elif self.rect().contains(event.position().toPoint()):
            self.clicked.emit()

    def _font(self) -> "fonts.QFont":
        return fonts.role_font("mono" if self.mono else "tiny", tabular=not self.mono)
