"""The band under the run head: what happened, what it means, and what to press."""

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from studio.ui import fonts
from studio.ui.widgets.buttons import make_button
from studio.ui.widgets.empty_state import Glyph
from studio.ui.widgets.flow_row import FlowRow
from studio.ui.widgets.text import PlainLabel


@dataclass(frozen=True)
class Trouble:
    """What the band says; `acts` are (key, words) of its buttons, the details are folded."""

    sentence: str
    severe: bool
    acts: tuple[tuple[str, str], ...] = ()
    details: str = ""


class TroubleBand(QFrame):
    """Shows a trouble, or hides; emits the key of the pressed button."""

    acted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._trouble: Trouble | None = None
        self.glyph = Glyph("warning-fill", "warn")
        self.sentence = PlainLabel("", wrap=True)
        self._row = QWidget()
        self._row.setContentsMargins(26, 0, 0, 0)
        self.buttons = FlowRow()
        self._row.setLayout(self.buttons)
        self.details = QPlainTextEdit()
        self.details.setReadOnly(True)
        self.details.setFont(fonts.role_font("mono"))
        self.details.setMaximumHeight(140)
        self.details.hide()
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(self.glyph, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.sentence, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 12, 10)
        column.setSpacing(8)
        column.addLayout(row)
        column.addWidget(self._row)
        column.addWidget(self.details)
        self.hide()

    def show_trouble(self, trouble: Trouble | None) -> None:
        """Show what happened, or nothing."""
        if trouble == self._trouble:
            return
        self._trouble = trouble
        self.setVisible(trouble is not None)
        self._clear_buttons()
        self.details.hide()
        if trouble is None:
            return
        self.setProperty("surface", "band_error" if trouble.severe else "band_warn")
        self.style().unpolish(self)
        self.style().polish(self)
        self.glyph.show_icon("warning-fill", "error" if trouble.severe else "warn")
        self.sentence.setText(trouble.sentence)
        self.details.setPlainText(trouble.details)
        acts = trouble.acts + ((("details", "Show the trace"),) if trouble.details else ())
        self._row.setVisible(bool(acts))
        for key, text in acts:
            button = make_button(text, size="bar")
            button.setObjectName(key)
            button.clicked.connect(lambda _=False, key=key: self._act(key))
            self.buttons.addWidget(button)

    def button_keys(self) -> list[str]:
        """The buttons that are shown."""
        return [widget.objectName() for widget in self.buttons.widgets()]

    def press(self, key: str) -> None:
        """Press a button as the mouse does."""
        self._act(key)

    def _act(self, key: str) -> None:
        if key == "details":
            self.details.setVisible(self.details.isHidden())
            return
        self.acted.emit(key)

    def _clear_buttons(self) -> None:
        while self.buttons.count():
            item = self.buttons.takeAt(0)
            widget = item.widget() if item else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
