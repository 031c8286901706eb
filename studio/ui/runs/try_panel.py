"""The Try it tab: a text typed or taken from a sample, generation settings, both answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from studio.runs.trial import TrialAnswer
from studio.ui import fonts
from studio.ui.runs.grounds import clear_ground
from studio.ui.runs.try_answers import TryAnswers
from studio.ui.widgets.buttons import make_button, make_icon_button
from studio.ui.widgets.form import OptionForm, RowProblem
from studio.ui.widgets.segmented import SegmentedSwitch
from studio.ui.widgets.text import PlainLabel, plain_tooltip
from workers.contract.options import GenerationOptions, all_options

GENERATION = "Generation"
PREFIX = "generation."
EMPTY = "Type a text or take a sample, then press Answer: the base model and the tuned one both do."
NEEDS_SAMPLING = ("temperature", "top_p", "top_k", "seed")
INPUT_WIDTH = 272


@dataclass(frozen=True)
class TrySample:
    """A sample to try: its text, its own instruction, what is right, and where it stands."""

    text: str
    instruction: str = ""
    truth: str = ""
    place: str = ""


class TryPanel(QWidget):
    """Asks and shows; whoever holds the process answers."""

    asked = Signal()
    stop_wanted = Signal()
    sample_wanted = Signal(int)  # −1 the one before, 1 the next

    def __init__(self) -> None:
        super().__init__()
        self._values: dict[str, Any] = {}
        self._wrong: dict[str, str] = {}
        self._writes = False
        self._colours: Mapping[str, str] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 4, 0, 4)
        row.setSpacing(16)
        self.input = self._build_input()
        row.addWidget(self.input)
        row.addLayout(self._build_output(), 1)
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(self.answer.click)
        self.show_idle()

    def _build_input(self) -> QWidget:
        self.place = PlainLabel("", role="small", tone="text_3", elide=True, tabular=True)
        self.before = make_icon_button("caret-left", "The sample before")
        self.next = make_icon_button("caret-right", "The next sample")
        self.before.clicked.connect(lambda: self.sample_wanted.emit(-1))
        self.next.clicked.connect(lambda: self.sample_wanted.emit(1))
        top = QHBoxLayout()
        top.setSpacing(4)
        top.addWidget(PlainLabel("Text", role="small_strong", tone="text_2"))
        top.addSpacing(4)
        top.addWidget(self.place, 1)
        top.addWidget(self.before)
        top.addWidget(self.next)
        self.instruction = QLineEdit()
        self.instruction.setAccessibleName("Instruction")
        self.instruction.setPlaceholderText("Instruction")
        self.text = QPlainTextEdit()
        self.text.setProperty("field", "true")
        self.text.setFont(fonts.role_font("body"))
        self.text.setAccessibleName("Text to answer")
        self.text.setPlaceholderText("A caption to try")
        self.text.setTabChangesFocus(True)
        self.truth = PlainLabel("", role="small", tone="text_3", elide=True)
        self.answer = make_button("Answer", icon="play", tooltip="Ask both models (Ctrl+Enter)")
        self.stop = make_button("Stop", icon="stop", tooltip="End the answer; its words stay")
        self.answer.clicked.connect(self._ask)
        self.stop.clicked.connect(self.stop_wanted)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(self.answer)
        foot.addWidget(self.stop)
        foot.addWidget(self.truth, 1)
        holder = QWidget()
        holder.setFixedWidth(INPUT_WIDTH)
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(top)
        column.addWidget(self.instruction)
        column.addWidget(self.text, 1)
        column.addLayout(foot)
        return holder

    def _build_output(self) -> QVBoxLayout:
        self.view = SegmentedSwitch((("answers", "Answers"), ("settings", GENERATION)))
        self.status = PlainLabel("", role="small", tone="text_3", wrap=True)
        self.answers = TryAnswers()
        specs = [spec for spec in all_options() if spec.name.startswith(PREFIX)]
        self.form = OptionForm(specs, (GENERATION,))
        self.form.settled.connect(self._settle)
        self.form.wrong.connect(self._refuse)
        for option in self.form.rows.values():
            option.origin.hide()
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(self.form)
        clear_ground(area)
        self.pages = QStackedWidget()
        self.pages.addWidget(self.answers)
        self.pages.addWidget(area)
        self.view.chosen.connect(self._show_view)
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(self.status, 1)
        head.addWidget(self.view)
        column = QVBoxLayout()
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(head)
        column.addWidget(self.pages, 1)
        return column

    def _show_view(self, view: str) -> None:
        """The settings take the whole width: their help stands beside them."""
        self.pages.setCurrentIndex(view == "settings")
        self.input.setVisible(view != "settings")

    # What is shown

    def show_run(
        self, generation: GenerationOptions | None, instruction: str, colours: Mapping[str, str]
    ) -> None:
        """Another run and its own settings, None when it tells labels and writes nothing."""
        self._writes, self._colours = generation is not None, colours
        self.instruction.setVisible(self._writes)
        self._show_instruction(instruction)
        self.view.setVisible(self._writes)
        self.view.choose("answers")
        self._values = (generation or GenerationOptions()).model_dump(mode="json")
        self._wrong = {}
        self._show_form()
        self.answers.show_kind(writes=self._writes)
        self.show_idle()

    def show_sample(self, sample: TrySample | None) -> None:
        """Put a sample's text into the field; without one, what is typed stays."""
        self.place.setText(sample.place if sample else "")
        self.truth.setText(sample.truth if sample else "")
        if sample is not None:
            self.text.setPlainText(sample.text)
            if sample.instruction:
                self._show_instruction(sample.instruction)

    def _show_instruction(self, text: str) -> None:
        self.instruction.setText(text)
        self.instruction.setCursorPosition(0)
        self.instruction.setToolTip(plain_tooltip(text))

    def show_idle(self, words: str = EMPTY) -> None:
        """Ready for a question."""
        self._show_busy(False, words, "text_3")

    def show_doing(self, words: str) -> None:
        """A question is under way."""
        self._show_busy(True, words, "text_2")

    def show_error(self, sentence: str) -> None:
        """Why there is no answer."""
        self._show_busy(False, sentence, "error")

    def show_refusal(self, reason: str) -> None:
        """Why this run cannot be asked at all; empty when it can."""
        self.answer.setEnabled(not reason)
        self.answer.explain(reason or "Ask both models (Ctrl+Enter)")
        if reason:
            self.status.set_tone("text_3")
            self.status.setText(reason)

    def show_answer(self, answer: TrialAnswer) -> None:
        """What one arm has answered so far."""
        self.answers.show_answer(answer, self._colours)

    def generation(self) -> dict[str, Any] | None:
        """The settings by their short names; None for a run that writes nothing."""
        return dict(self._values) if self._writes else None

    def _show_busy(self, busy: bool, words: str, tone: str) -> None:
        self.stop.setVisible(busy)
        self.answer.setVisible(not busy)
        self.status.set_tone(tone)
        self.status.setText(words)

    def _ask(self) -> None:
        if self._wrong:
            self.view.choose("settings")
            return
        self.view.choose("answers")
        self.answers.clear()
        self.asked.emit()

    # The settings

    def _settle(self, name: str, value: object) -> None:
        self._wrong.pop(name, None)
        self._values[name.removeprefix(PREFIX)] = value
        self._show_form()

    def _refuse(self, name: str, sentence: str) -> None:
        self._wrong[name] = sentence
        self._show_form()

    def _show_form(self) -> None:
        values = {f"{PREFIX}{name}": value for name, value in self._values.items()}
        self.form.show_values(values, {})
        problems = {name: [RowProblem(words)] for name, words in self._wrong.items()}
        plain = GenerationOptions().model_dump(mode="json")
        if not self._values.get("sample"):
            idle = [name for name in NEEDS_SAMPLING if self._values[name] != plain[name]]
            words = "Has no effect: Sampling is off, so the likeliest token is taken each time."
            problems |= {f"{PREFIX}{name}": [RowProblem(words, "warning")] for name in idle}
        self.form.show_problems(problems)
