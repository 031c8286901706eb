"""The chooser of templates: the shipped ones by their titles, what each is for as a tooltip."""

from typing import Any

from PySide6.QtCore import Qt, Signal

from studio.ui.widgets.combo import ListCombo
from studio.ui.widgets.fields import FIELD_WIDTH
from studio.ui.widgets.text import plain_tooltip
from workers.contract.templates import shipped_templates


class TemplateField(ListCombo):
    """`settled` carries the name of a template."""

    settled = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setFixedWidth(FIELD_WIDTH)
        self.setAccessibleName("Template")
        for template in shipped_templates():
            self.addItem(template.title, template.name)
            tip = plain_tooltip(f"{template.title}\n{template.about}")
            self.setItemData(self.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
        self.activated.connect(lambda _: self.settled.emit(self.currentData()))

    def show_value(self, value: Any) -> None:
        """Choose without a signal; a name that is not shipped gets a row of its own."""
        if self.findData(str(value)) < 0:
            self.addItem(str(value), str(value))
        self.setCurrentIndex(self.findData(str(value)))
        self.setToolTip(plain_tooltip(self.currentText()))
