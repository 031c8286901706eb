"""The trash: runs that can come back, and the one way to delete them for good."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from studio.document import Document
from studio.numbers import format_bytes
from studio.project import queries
from studio.runs import trash
from studio.runs.controller import RunController
from studio.ui.widgets.buttons import make_button
from studio.ui.widgets.dialog import Answer, ask
from studio.ui.widgets.text import PlainLabel


class TrashDialog(QDialog):
    """Lists the trashed runs."""

    def __init__(
        self, document: Document, controller: RunController, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._document, self._controller = document, controller
        self.setWindowTitle("Trash")
        self.setMinimumSize(440, 320)
        self.list = QListWidget()
        self.list.setAccessibleName("Runs in the trash")
        self.restore = make_button("Put back", icon="arrow-counter-clockwise")
        self.restore.clicked.connect(self.restore_chosen)
        self.empty = make_button("Empty the trash", "danger", "trash")
        self.empty.clicked.connect(self._ask)
        buttons = QHBoxLayout()
        buttons.addWidget(self.empty)
        buttons.addStretch(1)
        buttons.addWidget(self.restore)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 20, 20, 16)
        column.setSpacing(12)
        column.addWidget(PlainLabel("Runs in the trash", role="title"))
        column.addWidget(self.list, 1)
        column.addLayout(buttons)
        self.refresh()

    def refresh(self) -> None:
        """Show what is in the trash."""
        self.list.clear()
        for row in self._document.query(queries.run_rows, "train", True):
            item = QListWidgetItem(row.name)
            item.setData(Qt.ItemDataRole.UserRole, row.id)
            self.list.addItem(item)
        if self.list.count():
            self.list.setCurrentRow(0)
        for button in (self.restore, self.empty):
            button.setEnabled(self.list.count() > 0 and self._document.writable)

    def restore_chosen(self) -> None:
        """Put the chosen run back."""
        item = self.list.currentItem()
        if item is not None:
            self._controller.restore(int(item.data(Qt.ItemDataRole.UserRole)))
            self.refresh()

    def _ask(self) -> None:
        count = self.list.count()
        runs = "1 run" if count == 1 else f"{count:,} runs"
        theirs = "Its curves go" if count == 1 else "Their curves go"
        answer = ask(
            f"Delete {runs} for good?",
            f"{format_bytes(trash.bytes_in(self._document))}. {theirs} too.",
            (Answer("keep", "Keep", harmless=True), Answer("delete", f"Delete {runs}", "danger")),
            parent=self,
        )
        if answer == "delete":
            self._controller.empty_trash()
            self.refresh()
