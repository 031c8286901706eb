"""A question where work could be lost: the title asks, the buttons name the acts."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from studio.ui import fonts
from studio.ui.widgets.buttons import KeyButton, make_button
from studio.ui.widgets.text import PlainLabel

WIDTH = 440


@dataclass(frozen=True)
class Answer:
    """A button: what `ask` returns, what it says, and its kind; the harmless one answers Esc."""

    key: str
    text: str
    kind: str = "default"
    harmless: bool = False


class QuestionDialog(QDialog):
    """Shows a question; `answer` is the key of the button, or of the harmless one after Esc."""

    def __init__(
        self,
        question: str,
        paragraph: str,
        answers: Sequence[Answer],
        *,
        details: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(question)
        self.setMinimumWidth(WIDTH)
        self.answer = next((answer.key for answer in answers if answer.harmless), "")
        self.buttons: dict[str, KeyButton] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(12)
        column.addWidget(PlainLabel(question, role="title", wrap=True))
        self.paragraph = PlainLabel(paragraph, tone="text_2", wrap=True)
        self.paragraph.setVisible(bool(paragraph))
        column.addWidget(self.paragraph)
        if details:
            self._add_details(column, details)
        column.addSpacing(8)
        column.addLayout(self._make_buttons(answers))

    def choose(self, key: str) -> None:
        """Answer as a press of the button does."""
        self.answer = key
        self.accept()

    def _make_buttons(self, answers: Sequence[Answer]) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addStretch(1)
        for answer in answers:
            button = make_button(answer.text, answer.kind, size="dialog")
            button.setProperty("filled", "true")
            button.clicked.connect(lambda _=False, key=answer.key: self.choose(key))
            button.setDefault(answer.kind == "primary")
            button.setAutoDefault(answer.kind == "primary")
            self.buttons[answer.key] = button
            row.addWidget(button)
        return row

    def _add_details(self, column: QVBoxLayout, details: str) -> None:
        text = QPlainTextEdit(details)
        text.setReadOnly(True)
        text.setFont(fonts.role_font("mono"))
        text.setMinimumHeight(180)
        text.hide()
        fold = make_button("Details", "ghost", "caret-down", size="bar")
        fold.setCheckable(True)
        fold.toggled.connect(text.setVisible)
        fold.toggled.connect(lambda _: self.adjustSize())
        column.addWidget(fold, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(text)


def ask(
    question: str,
    paragraph: str,
    answers: Sequence[Answer],
    *,
    details: str = "",
    parent: QWidget | None = None,
) -> str:
    """Show the question and wait; the key of what was answered."""
    dialog = QuestionDialog(question, paragraph, answers, details=details, parent=parent)
    dialog.exec()
    dialog.deleteLater()
    return dialog.answer
