"""The card of one run in the list: swatch, name, what it is doing, and its bar."""

from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.ui import fonts, theme
from studio.ui.tokens import Tokens
from studio.ui.widgets.icons import paint_icon
from studio.ui.widgets.text import plain_tooltip

DRAG = 12
INDENT, MOST_INDENTS = 16.0, 4


@dataclass(frozen=True)
class CardValues:
    """All that a card shows; `share` is the bar, None when there is none."""

    run_id: int
    title: str
    detail: str
    colour: str = ""  # empty: a hollow swatch
    side: str = ""
    side_tone: str = "text_3"
    icon: str = ""
    share: float | None = None
    queued: bool = False
    depth: int = 0  # how many runs it went on from


class RunCard(QWidget):
    """Asks to be chosen, moved in the queue, or acted on by its menu."""

    chosen = Signal(int)
    moved = Signal(int, int)  # run, places up (−) or down (+)
    menu_wanted = Signal(int, QPoint)

    def __init__(self, values: CardValues, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.values = values
        self._is_chosen = False
        self._pressed: QPointF | None = None
        self._dragged = 0.0
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.show_values(values)
        theme.watch(self.update)

    def sizeHint(self) -> QSize:
        height = 76 if self.values.share is not None else 58
        return QSize(200, fonts.scaled(height))

    def show_values(self, values: CardValues) -> None:
        """Show what has changed."""
        resized = (values.share is None) != (self.values.share is None)
        self.values = values
        self.setAccessibleName(values.title)
        self.setAccessibleDescription(values.detail)
        self.setToolTip(plain_tooltip(f"{values.title}\n{values.detail}"))
        if resized:
            self.updateGeometry()
        self.update()

    def set_chosen(self, chosen: bool) -> None:
        """Show that this run is the one on the page."""
        self._is_chosen = chosen
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tokens = theme.current_tokens()
        area = QRectF(self.rect()).adjusted(1, 2, -1, -2)
        painter.setPen(Qt.PenStyle.NoPen)
        if self._is_chosen or self.underMouse():
            painter.setBrush(tokens.color("accent_soft" if self._is_chosen else "hover"))
            painter.drawRoundedRect(area, 8, 8)
        if self.hasFocus():
            painter.setPen(QPen(tokens.color("accent_line"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(area, 8, 8)
        self._paint_swatch(painter, tokens)
        self._paint_words(painter, tokens)
        if self.values.share is not None:
            self._paint_bar(painter, tokens, self.values.share)

    def _paint_swatch(self, painter: QPainter, tokens: Tokens) -> None:
        swatch = QRectF(10 + self._indent(), 15, 10, 10)
        if self.values.depth:
            painter.setPen(QPen(tokens.color("line_control"), 1))
            stem = 9.5 + self._indent() - INDENT / 2
            painter.drawLine(QPointF(stem, 0), QPointF(stem, 20.5))
            painter.drawLine(QPointF(stem, 20.5), QPointF(swatch.left() - 3, 20.5))
        if self.values.colour:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(tokens.color(self.values.colour))
        else:
            painter.setPen(QPen(tokens.color("line_control"), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(swatch, 2, 2)

    def _paint_words(self, painter: QPainter, tokens: Tokens) -> None:
        right = self.width() - 12.0
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        if self.values.queued and (self.underMouse() or self.hasFocus()):
            paint_icon(painter, self._up_rect(), "caret-up", "text_2")
            paint_icon(painter, self._down_rect(), "caret-down", "text_2")
            right = self._up_rect().left() - 6
        elif self.values.icon:
            paint_icon(painter, QRectF(right - 14, 13, 14, 14), self.values.icon, "error")
            right -= 20
        elif self.values.side:
            painter.setFont(fonts.role_font("small"))
            painter.setPen(tokens.color(self.values.side_tone))
            width = QFontMetricsF(painter.font()).horizontalAdvance(self.values.side)
            painter.drawText(QRectF(right - width, 10, width + 2, 20), flags, self.values.side)
            right -= width + 8
        self._paint_line(
            painter, self.values.title, "button", "text_1", (10, 27 + self._indent(), right)
        )
        tone = "text_2" if self._is_chosen else "text_3"
        end = self.width() - 10.0
        left = 10 + self._indent() + (17 if self.values.depth else 0)
        self._paint_line(painter, self.values.detail, "small", tone, (31, left, end))

    def _indent(self) -> float:
        return INDENT * min(self.values.depth, MOST_INDENTS)

    def _paint_line(
        self, painter: QPainter, text: str, role: str, tone: str, place: tuple[float, float, float]
    ) -> None:
        """What fits of a line between top, left and right."""
        top, left, right = place
        painter.setFont(fonts.role_font(role, tabular=True))
        painter.setPen(theme.current_tokens().color(tone))
        width = max(right - left, 0)
        metrics = QFontMetricsF(painter.font())
        line = fitting(metrics, text, width) if role == "small" else " ".join(text.split())
        shown = metrics.elidedText(line, Qt.TextElideMode.ElideRight, width)
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.drawText(QRectF(left, top, width + 2, 20), flags, shown)

    def _paint_bar(self, painter: QPainter, tokens: Tokens, share: float) -> None:
        track = QRectF(10, self.height() - 16, self.width() - 20, 4)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tokens.color("press"))
        painter.drawRoundedRect(track, 2, 2)
        track.setWidth(track.width() * min(max(share, 0.0), 1.0))
        if track.width() > 0:
            painter.setBrush(tokens.color("accent_line"))
            painter.drawRoundedRect(track, 2, 2)

    def _up_rect(self) -> QRectF:
        return QRectF(self.width() - 52, 12, 16, 16)

    def _down_rect(self) -> QRectF:
        return QRectF(self.width() - 28, 12, 16, 16)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed = event.position()
            self._dragged = 0.0

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed is not None and self.values.queued:
            self._dragged = event.position().y() - self._pressed.y()
            if abs(self._dragged) > DRAG:
                self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._pressed is None:
            return
        self._pressed = None
        self.unsetCursor()
        places = round(self._dragged / max(self.height(), 1))
        if self.values.queued and abs(self._dragged) > DRAG and places:
            self.moved.emit(self.values.run_id, places)
        elif self.values.queued and self._up_rect().contains(event.position()):
            self.moved.emit(self.values.run_id, -1)
        elif self.values.queued and self._down_rect().contains(event.position()):
            self.moved.emit(self.values.run_id, 1)
        elif self.rect().contains(event.position().toPoint()):
            self.chosen.emit(self.values.run_id)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.menu_wanted.emit(self.values.run_id, event.globalPos())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.chosen.emit(self.values.run_id)
        elif event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down) and alt and self.values.queued:
            self.moved.emit(self.values.run_id, -1 if event.key() == Qt.Key.Key_Up else 1)
        else:
            super().keyPressEvent(event)

    def enterEvent(self, event: QEvent) -> None:
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self.update()


def fitting(metrics: QFontMetricsF, text: str, width: float) -> str:
    """As many of the parts between dots as fit whole, at least the first."""
    parts = " ".join(text.split()).split(" · ")
    while len(parts) > 1 and metrics.horizontalAdvance(" · ".join(parts)) > width:
        parts.pop()
    return " · ".join(parts)
