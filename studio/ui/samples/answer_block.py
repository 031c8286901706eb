"""What a language model is asked of a sample and what it shall answer, below the caption."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.project.records import SampleRow
from studio.ui.widgets.caption_editor import CaptionEditor
from studio.ui.widgets.text import PlainLabel

ANSWER_HEIGHT = 72
LONGEST_SHOWN = 600  # characters of an instruction, which cannot be scrolled


class AnswerBlock(QWidget):
    """Absent where a sample has neither instruction nor answer, until an answer is asked for."""

    grown = Signal()  # it needs another height

    def __init__(self) -> None:
        super().__init__()
        self._asked_for = 0  # the sample whose first answer is being written
        self._shown = 0
        self.instruction = PlainLabel("", role="small", tone="text_2", wrap=True)
        self.editor = CaptionEditor(name="Answer", empty="No answer", height=ANSWER_HEIGHT)
        self._instruction_title = PlainLabel("Instruction", role="small", tone="text_3")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(4)
        column.addWidget(self._instruction_title)
        column.addWidget(self.instruction)
        column.addWidget(PlainLabel("Answer", role="small", tone="text_3"))
        column.addWidget(self.editor)
        self.hide()

    def show_sample(self, row: SampleRow | None) -> None:
        """Show another sample's instruction and answer, or nothing."""
        self._shown = row.id if row else 0
        if self._asked_for != self._shown:
            self._asked_for = 0
        text = row.instruction if row else ""
        self.instruction.setText(_shorten(text))
        self.editor.show_text(row.answer if row else "")
        for widget in (self.instruction, self._instruction_title):
            widget.setVisible(bool(text))
        self.setVisible(bool(row and (row.answer or row.instruction)) or self.is_asked_for)

    @property
    def is_asked_for(self) -> bool:
        """Whether the shown sample's first answer is being written."""
        return bool(self._shown) and self._asked_for == self._shown

    def ask_for(self) -> None:
        """Let the first answer of the shown sample be written."""
        self._asked_for = self._shown
        self.show()
        self.editor.setFocus()
        self.grown.emit()


def _shorten(text: str) -> str:
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 1]}…"
