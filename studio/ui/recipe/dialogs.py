"""The small dialogs of Recipe: a name, what differs, the command line."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from studio.ui import fonts
from studio.ui.recipe.choices import Difference
from studio.ui.widgets.buttons import make_button
from studio.ui.widgets.text import PlainLabel


class NameDialog(QDialog):
    """Asks for a recipe's name; empty when it was left."""

    def __init__(self, question: str, name: str, act: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(question)
        self.setMinimumWidth(440)
        self.field = QLineEdit(name)
        self.field.setAccessibleName("Name")
        self.field.selectAll()
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(12)
        column.addWidget(PlainLabel(question, role="title"))
        column.addWidget(self.field)
        row = QHBoxLayout()
        row.addStretch(1)
        keep = make_button(act, "primary", size="dialog")
        leave = make_button("Cancel", "ghost", size="dialog")
        keep.setDefault(True)
        keep.clicked.connect(self.accept)
        leave.clicked.connect(self.reject)
        row.addWidget(keep)
        row.addWidget(leave)
        column.addLayout(row)

    def ask(self) -> str:
        """Show and wait; the name, or nothing."""
        answered = self.exec() == QDialog.DialogCode.Accepted
        return " ".join(self.field.text().split()) if answered else ""


def difference_dialog(title: str, rows: list[Difference], parent: QWidget | None = None) -> QDialog:
    """What differs from the shipped recipe."""
    dialog = QDialog(parent)
    dialog.setWindowTitle(title)
    dialog.setMinimumWidth(560)
    column = QVBoxLayout(dialog)
    column.setContentsMargins(24, 20, 24, 20)
    column.setSpacing(12)
    column.addWidget(PlainLabel(title, role="title", wrap=True))
    grid = QGridLayout()
    grid.setHorizontalSpacing(20)
    grid.setVerticalSpacing(8)
    for place, words in enumerate(("Option", "Recipe", "Here")):
        grid.addWidget(PlainLabel(words, role="small", tone="text_3"), 0, place)
    for number, row in enumerate(rows, start=1):
        grid.addWidget(PlainLabel(row.label), number, 0)
        grid.addWidget(PlainLabel(row.before, tone="text_2", elide=True), number, 1)
        grid.addWidget(PlainLabel(row.after, tone="accent_text", elide=True), number, 2)
    grid.setColumnStretch(1, 1)
    grid.setColumnStretch(2, 1)
    column.addLayout(grid)
    if not rows:
        column.addWidget(PlainLabel("No option differs.", tone="text_2"))
    close = make_button("Close", "primary", size="dialog")
    close.clicked.connect(dialog.accept)
    column.addWidget(close, 0, Qt.AlignmentFlag.AlignRight)
    return dialog


def command_dialog(command: str, parent: QWidget | None = None) -> QDialog:
    """The command line that trains the same, to copy."""
    dialog = QDialog(parent)
    dialog.setWindowTitle("The same run from a terminal")
    dialog.setMinimumSize(620, 280)
    column = QVBoxLayout(dialog)
    column.setContentsMargins(24, 20, 24, 20)
    column.setSpacing(12)
    column.addWidget(PlainLabel("The same run from a terminal", role="title"))
    text = QPlainTextEdit(command)
    text.setReadOnly(True)
    text.setFont(fonts.role_font("mono"))
    column.addWidget(text, 1)
    row = QHBoxLayout()
    row.addStretch(1)
    copy = make_button("Copy", "primary", "copy", size="dialog")
    copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(command))
    copy.clicked.connect(dialog.accept)
    leave = make_button("Close", "ghost", size="dialog")
    leave.clicked.connect(dialog.reject)
    row.addWidget(copy)
    row.addWidget(leave)
    column.addLayout(row)
    return dialog
