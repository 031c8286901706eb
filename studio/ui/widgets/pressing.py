"""What painted widgets share: they light up under the mouse, and some are pressed like a button."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QWidget

KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)


class Presser(QObject):
    """Lives as long as its widget; a press is a release inside of it, or Enter or Space."""

    def __init__(self, widget: QWidget, press: Callable[[], None]) -> None:
        super().__init__(widget)
        self._widget, self._press = widget, press
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Press; every other event goes its way."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in KEYS:
                self._press()
                return True
        elif isinstance(event, QMouseEvent) and event.type() == QEvent.Type.MouseButtonRelease:
            left = event.button() == Qt.MouseButton.LeftButton
            if left and self._widget.rect().contains(event.position().toPoint()):
                self._press()
                return True
        return False


def light_up(widget: QWidget) -> None:
    """Paint the widget anew when the mouse comes and goes; what that looks like is its own."""
    widget.setAttribute(Qt.WidgetAttribute.WA_Hover)


def make_pressable(widget: QWidget, press: Callable[[], None]) -> None:
    """Let a painted card be reached by Tab and be pressed by mouse and keys."""
    light_up(widget)
    widget.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    widget.setCursor(Qt.CursorShape.PointingHandCursor)
    Presser(widget, press)
