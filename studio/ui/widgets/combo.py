"""A list to choose from in a form: it leaves the wheel to the form, and a long choice ends in …"""

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QComboBox, QStyle, QStyleOptionComboBox, QStylePainter

from studio.ui import fonts

MARK = 34  # pixels of the edges and of the mark at the right
EDGES = 60  # what the style takes of the field's width around its text
WIDEST_LIST = 520


class ListCombo(QComboBox):
    """The opened list is as wide as its texts want."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """The wheel belongs to the form."""
        event.ignore()

    def showPopup(self) -> None:
        """Make room for the longest text first."""
        metrics = QFontMetrics(fonts.role_font("body"))
        widths = [metrics.horizontalAdvance(self.itemText(row)) for row in range(self.count())]
        self.view().setMinimumWidth(min(WIDEST_LIST, max(widths, default=0) + MARK))
        super().showPopup()

    def shown_text(self) -> str:
        """What fits of the choice."""
        room = self.width() - EDGES - (20 if not self.itemIcon(self.currentIndex()).isNull() else 0)
        return self.fontMetrics().elidedText(self.currentText(), Qt.TextElideMode.ElideRight, room)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the frame, and what fits of the choice."""
        painter = QStylePainter(self)
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        option.currentText = self.shown_text()
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
