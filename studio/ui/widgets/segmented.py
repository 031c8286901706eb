"""A switch of two to five parts, one of which is chosen."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.ui import fonts, theme
from studio.ui.widgets import icons

HEIGHT = 28


class SegmentedSwitch(QWidget):
    """Parts are texts, or (key, text), or (key, text, icon); `chosen` carries the key."""

    chosen = Signal(str)

    def __init__(
        self, parts: Sequence[str | tuple[str, ...]], value: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        self._hovered = -1
        self.set_parts(parts, value)

    def set_parts(self, parts: Sequence[str | tuple[str, ...]], value: str = "") -> None:
        """Replace the parts."""
        self.parts = [_complete(part) for part in parts]
        keys = [key for key, _, _ in self.parts]
        self._value = value if value in keys else (keys[0] if keys else "")
        self.updateGeometry()
        self.update()

    def value(self) -> str:
        """The key of the chosen part."""
        return self._value

    def set_value(self, key: str) -> None:
        """Choose a part without a signal."""
        if key != self._value and any(key == known for known, _, _ in self.parts):
            self._value = key
            self.setAccessibleDescription(key)
            self.update()

    def choose(self, key: str) -> None:
        """Choose a part as a click does."""
        if key != self._value:
            self.set_value(key)
            self.chosen.emit(self._value)

    def sizeHint(self) -> QSize:
        """All parts side by side."""
        return QSize(sum(self._widths()) + 4, fonts.scaled(HEIGHT))

    def minimumSizeHint(self) -> QSize:
        """Parts are never cut."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the track and the parts."""
        tokens = theme.current_tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        focused = self.hasFocus()
        painter.setPen(QPen(tokens.color("accent_line" if focused else "line_strong"), 1))
        painter.setBrush(tokens.color("raised" if tokens.theme == "dark" else "hover"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        for index, (key, text, glyph) in enumerate(self.parts):
            self._paint_part(painter, index, text, glyph, chosen=key == self._value)

    def _paint_part(
        self, painter: QPainter, index: int, text: str, glyph: str, *, chosen: bool
    ) -> None:
        tokens = theme.current_tokens()
        rect = self._part_rect(index)
        if chosen:
            painter.setPen(QPen(tokens.color("line_strong"), 1))
            painter.setBrush(tokens.color("chosen_part"))
            painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        tone = "text_1" if chosen or index == self._hovered else "text_2"
        if not self.isEnabled():
            tone = "text_off"
        if glyph:
            place = QRectF(rect.left() + 9, rect.center().y() - 7, 14, 14)
            icons.paint_icon(painter, place, glyph, tone)
            rect = rect.adjusted(20, 0, 0, 0)
        painter.setPen(tokens.color(tone))
        painter.setFont(fonts.role_font("button"))
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, text)

    def _widths(self) -> list[int]:
        metrics = QFontMetrics(fonts.role_font("button"))
        return [
            metrics.horizontalAdvance(text) + 22 + (20 if glyph else 0)
            for _, text, glyph in self.parts
        ]

    def _part_rect(self, index: int) -> QRectF:
        widths = self._widths()
        return QRectF(2 + sum(widths[:index]), 2, widths[index], self.height() - 4)

    def _part_at(self, x: float) -> int:
        for index in range(len(self.parts)):
            if self._part_rect(index).left() <= x < self._part_rect(index).right():
                return index
        return -1

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the part under the mouse."""
        index = self._part_at(event.position().x())
        if index >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self.choose(self.parts[index][0])

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Light the part under the mouse."""
        self._hovered = self._part_at(event.position().x())
        self.update()

    def leaveEvent(self, event: object) -> None:
        """No part is under the mouse."""
        self._hovered = -1
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right move the choice."""
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
            return
        keys = [key for key, _, _ in self.parts]
        place = min(len(keys) - 1, max(0, keys.index(self._value) + step))
        self.choose(keys[place])


def _complete(part: str | tuple[str, ...]) -> tuple[str, str, str]:
    if isinstance(part, str):
        return part, part, ""
    key, text, *rest = part
    return key, text, rest[0] if rest else ""
