"""One of the three acts of Welcome: icon, name, a sentence, the key."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy

from studio.ui import fonts, theme
from studio.ui.widgets import icons
from studio.ui.widgets.buttons import key_width, paint_key
from studio.ui.widgets.pressing import light_up

HEIGHT = 64
TILE = 40


class ActCard(QAbstractButton):
    """64 high; the primary one stands on accent."""

    def __init__(self, glyph: str, text: str, detail: str, key: str, *, primary: bool) -> None:
        super().__init__()
        self.setText(text)
        self.setAccessibleName(text)
        self.setAccessibleDescription(detail)
        self.glyph, self.detail, self.key, self.primary = glyph, detail, key, primary
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        light_up(self)

    def show_detail(self, detail: str) -> None:
        """Change the sentence, as while it is at work."""
        self.detail = detail
        self.update()

    def sizeHint(self) -> QSize:
        """As wide as the column."""
        return QSize(480, fonts.scaled(HEIGHT))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the card."""
        tokens = theme.current_tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        lit = self.underMouse() or self.hasFocus()
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        fill = "accent_soft" if self.primary else "hover" if lit else "panel"
        line = "accent_line" if self.hasFocus() or (self.primary and lit) else "line"
        if self.primary and line == "line":
            line = "accent_fill"
        painter.setPen(QPen(tokens.color(line), 1))
        painter.setBrush(tokens.color(fill))
        painter.drawRoundedRect(box, 8, 8)
        tile = QRectF(14, (self.height() - TILE) / 2, TILE, TILE)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tokens.color("accent_fill" if self.primary else "raised"))
        painter.drawRoundedRect(tile, 8, 8)
        tone = "on_accent" if self.primary else "text_2"
        icons.paint_icon(painter, tile.adjusted(10, 10, -10, -10), self.glyph, tone)
        self._paint_words(painter, tile.right() + 14)

    def _paint_words(self, painter: QPainter, x: float) -> None:
        tokens = theme.current_tokens()
        width = key_width(self.key)
        place = QRectF(self.width() - width - 14, self.height() / 2 - 9, width, 18)
        tone = "accent_text" if self.primary else "text_2"
        paint_key(painter, place, self.key, tone, faint=not self.primary)
        room = place.left() - x - 12
        half = self.height() / 2
        font = fonts.role_font("heading")
        painter.setFont(font)
        painter.setPen(tokens.color("text_1"))
        painter.drawText(QRectF(x, half - 21, room, 20), Qt.AlignmentFlag.AlignVCenter, self.text())
        font = fonts.role_font("body")
        detail = QFontMetrics(font).elidedText(
            self.detail, Qt.TextElideMode.ElideRight, round(room)
        )
        painter.setFont(font)
        painter.setPen(tokens.color("text_2"))
        painter.drawText(QRectF(x, half, room, 20), Qt.AlignmentFlag.AlignVCenter, detail)
