"""Asks whether one revision of a model's own code may run: what it is, and what that means."""

import time
from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from studio import preferences
from studio.numbers import format_bytes
from studio.preferences import TrustedCode
from studio.ui.widgets.buttons import make_button
from studio.ui.widgets.scroll_column import ScrollColumn
from studio.ui.widgets.text import PlainLabel
from workers.contract.model_code import ModelCode

WIDTH = 600
MOST_HEIGHT = 220  # of the list of files
WARNING = (
    "This code runs with your rights: it can read, change and send whatever you can. Read it first."
)
MEANING = (
    "Only this revision is allowed: when a byte of the code changes, it is refused again. "
    "The allowance is kept in your settings, not in the project, and Settings takes it back."
)


class CodeDialog(QDialog):
    """Lists the files as they were read; accepted, the preferences keep their digest."""

    def __init__(self, code: ModelCode, folder: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.code, self.folder = code, folder
        question = f"Allow the code of {code.name}?"
        self.setWindowTitle(question)
        self.setFixedWidth(WIDTH)
        self.look = make_button("Open the folder", "ghost", "folder-open", size="dialog")
        self.look.clicked.connect(self.open_folder)
        self.allow = make_button("Allow this revision", size="dialog")
        self.allow.clicked.connect(self.accept)
        self.leave = make_button("Cancel", "primary", size="dialog")
        self.leave.clicked.connect(self.reject)
        for button in (self.look, self.allow, self.leave):
            button.setAutoDefault(button is self.leave)
        self.leave.setDefault(True)
        self.accepted.connect(self._keep)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(12)
        column.addWidget(PlainLabel(question, role="title", wrap=True))
        column.addWidget(PlainLabel(WARNING, tone="warn", wrap=True))
        column.addWidget(self._files())
        column.addLayout(self._revision())
        column.addWidget(PlainLabel(MEANING, tone="text_2", wrap=True))
        column.addSpacing(8)
        column.addLayout(self._buttons())
        self.leave.setFocus()

    def open_folder(self) -> None:
        """Show the model's folder in the system's file manager."""
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self.folder)))

    def _keep(self) -> None:
        trusted = TrustedCode(digest=self.code.digest, model=self.code.name, allowed_at=time.time())
        preferences.trust_code(trusted)

    def _files(self) -> QWidget:
        body = QWidget()
        grid = QGridLayout(body)
        grid.setContentsMargins(0, 0, 12, 0)
        grid.setHorizontalSpacing(20)
        grid.setVerticalSpacing(6)
        for number, (name, source) in enumerate(self.code.sources.items()):
            grid.addWidget(PlainLabel(name, role="mono", is_path=True), number, 0)
            size = PlainLabel(format_bytes(len(source)), tone="text_2", tabular=True)
            grid.addWidget(size, number, 1)
        grid.setColumnStretch(0, 1)
        grid.setRowStretch(len(self.code.sources), 1)
        area = ScrollColumn(body)
        area.setAccessibleName("Files of code")
        area.setFixedHeight(min(MOST_HEIGHT, body.sizeHint().height()))
        return area

    def _revision(self) -> QVBoxLayout:
        digest = PlainLabel(self.code.digest, role="mono", is_path=True)
        digest.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        column = QVBoxLayout()
        column.setSpacing(4)
        column.addWidget(PlainLabel("Revision (sha256)", role="small", tone="text_3"))
        column.addWidget(digest)
        return column

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.look)
        row.addStretch(1)
        row.addWidget(self.allow)
        row.addWidget(self.leave)
        return row
