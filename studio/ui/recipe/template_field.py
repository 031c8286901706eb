"""The chooser of templates: the shipped ones by their titles, what each is for as a tooltip."""

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontMetrics, QWheelEvent
from PySide6.QtWidgets import QComboBox

from studio.ui import fonts
from studio.ui.widgets.fields import FIELD_WIDTH
from studio.ui.widgets.text import plain_tooltip
from workers.contract.templates import shipped_templates

ROOM = 36  # for the mark of the list


class TemplateField(QComboBox):
    """`settled` carries the name of a template."""

    settled = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setFixedWidth(FIELD_WIDTH)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Template")
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        for template in shipped_templates():
            self.addItem(template.title, template.name)
            tip = plain_tooltip(f"{template.title}\n{template.about}")
            self.setItemData(self.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
        self.activated.connect(lambda _: self.settled.emit(self.currentData()))
        self._widen_list()

    def show_value(self, value: Any) -> None:
        """Choose without a signal; a name that is not shipped gets a row of its own."""
        if self.findData(str(value)) < 0:
            self.addItem(str(value), str(value))
        self.setCurrentIndex(self.findData(str(value)))
        self.setToolTip(self.itemData(self.currentIndex(), Qt.ItemDataRole.ToolTipRole))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """The wheel belongs to the form."""
        event.ignore()

    def _widen_list(self) -> None:
        """Titles are longer than the field; the list shows them whole."""
        metrics = QFontMetrics(fonts.role_font("body"))
        widths = [metrics.horizontalAdvance(self.itemText(row)) for row in range(self.count())]
        self.view().setMinimumWidth(max(widths, default=0) + ROOM)
