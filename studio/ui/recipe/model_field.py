"""The chooser of base models: the catalogue, a folder on this computer, a hub id."""

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QInputDialog

from studio.numbers import format_bytes
from studio.ui.widgets.combo import ListCombo
from studio.ui.widgets.fields import FIELD_WIDTH
from studio.ui.widgets.icons import icon
from studio.ui.widgets.text import plain_tooltip
from workers.contract.catalogue import catalogue, weights_folder

ACCESSIBLE = Qt.ItemDataRole.AccessibleTextRole
FOLDER, HUB = "\0folder", "\0hub"


class BaseModelField(ListCombo):
    """`settled` carries a short name, a folder or a hub id.

    Of the catalogue it offers the models that are for `task`, or all that are not for `not_for`.
    With `none` it can be empty, under these words.
    """

    settled = Signal(object)

    def __init__(self, name: str, task: str = "", *, not_for: str = "", none: str = "") -> None:
        super().__init__()
        self.setFixedWidth(FIELD_WIDTH)
        self.setAccessibleName(name)
        self._task, self._not_for, self._none = task, not_for, none
        self._value = ""
        self._fill("")
        self.activated.connect(self._choose)

    def show_value(self, value: Any) -> None:
        """Show a name; a folder or hub id gets a row of its own."""
        self._value = str(value)
        self._fill(self._value)
        self.setCurrentIndex(self.findData(self._value))

    def _fill(self, value: str) -> None:
        self.blockSignals(True)
        self.clear()
        if self._none:
            self.addItem(self._none, "")
        for entry in catalogue():
            if entry.task == self._not_for or self._task not in ("", entry.task):
                continue
            here = weights_folder(entry.name) is not None
            self.addItem(entry.title, entry.name)
            if not here:
                words = f"Not on this computer yet: {format_bytes(entry.bytes)} to get."
                tip = plain_tooltip(words)
                self.setItemData(self.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
                self.setItemData(self.count() - 1, f"{entry.title} · {words}", ACCESSIBLE)
                self.setItemIcon(self.count() - 1, icon("download-simple", "text_3", 14))
        if value and self.findData(value) < 0:
            self.addItem(value, value)
        self.insertSeparator(self.count())
        self.addItem("Choose a folder…", FOLDER)
        self.addItem("Type a hub id…", HUB)
        self.blockSignals(False)

    def _choose(self, index: int) -> None:
        chosen = self.itemData(index)
        if chosen == FOLDER:
            chosen = QFileDialog.getExistingDirectory(self, "Folder of a base model")
        elif chosen == HUB:
            words = "Name on the hub, such as google-bert/bert-base-uncased"
            chosen, _ = QInputDialog.getText(self, "Hub id", words)
        if chosen and chosen != self._value:
            self.settled.emit(chosen.strip())
        else:
            self.setCurrentIndex(self.findData(self._value))
