"""The answers of the Try it tab: the base model's and the tuned one's side by side."""

from collections.abc import Mapping

from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from studio.numbers import NO_BREAK
from studio.runs.trial import TrialAnswer
from studio.ui import fonts
from studio.ui.widgets.opinion_bars import Opinion, OpinionBars
from studio.ui.widgets.text import PlainLabel

TITLES = {"base": "Base model", "tuned": "Tuned"}
HEADS = {"base": "Base head", "tuned": "Tuned"}


class ArmAnswer(QWidget):
    """One arm: its words as they grow, and its figures."""

    def __init__(self, arm: str) -> None:
        super().__init__()
        self.title = PlainLabel(TITLES[arm], role="small_strong", tone="text_2")
        self.figures = PlainLabel("", role="small", tone="text_3", elide=True, tabular=True)
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setProperty("bare", "true")
        self.text.document().setDocumentMargin(0)
        self.text.setFont(fonts.role_font("body"))
        self.text.setAccessibleName(f"Answer, {TITLES[arm].lower()}")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.title)
        column.addWidget(self.text, 1)
        column.addWidget(self.figures)

    def clear(self) -> None:
        """As before an answer."""
        self.figures.setText("")
        self.text.setPlainText("")

    def show_answer(self, answer: TrialAnswer) -> None:
        """Show what there is of the answer; the end stays in sight while it grows."""
        self.figures.setText(figures_of(answer))
        shown = answer.text or ("(no words)" if answer.done else "")
        if shown != self.text.toPlainText():
            bar = self.text.verticalScrollBar()
            at_end = bar.value() >= bar.maximum() - 4
            self.text.setPlainText(shown)
            if at_end:
                bar.setValue(bar.maximum())


class TryAnswers(QWidget):
    """Both arms in words, or one bar each where they tell labels."""

    def __init__(self) -> None:
        super().__init__()
        self.arms = {arm: ArmAnswer(arm) for arm in TITLES}
        self.bars = OpinionBars()
        self._opinions: dict[str, Opinion] = {}
        self._words = QWidget()
        row = QHBoxLayout(self._words)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        for arm in self.arms.values():
            row.addWidget(arm, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.bars)
        column.addWidget(self._words, 1)
        column.addStretch(0)
        self.show_kind(writes=True)

    def show_kind(self, *, writes: bool) -> None:
        """Whether the run answers in words, or tells labels."""
        self._words.setVisible(writes)
        self.bars.setVisible(not writes)
        self.clear()

    def clear(self) -> None:
        """As before the first question."""
        self._opinions = {}
        self.bars.show_opinions(())
        for arm in self.arms.values():
            arm.clear()

    def show_answer(self, answer: TrialAnswer, colours: Mapping[str, str]) -> None:
        """Show what one arm has answered so far."""
        if answer.probabilities:
            shares = answer.probabilities.items()
            parts = tuple((label, colours.get(label, "unsure"), share) for label, share in shares)
            self._opinions[answer.arm] = Opinion(HEADS.get(answer.arm, answer.arm), parts)
            self.bars.show_opinions(list(self._opinions.values()))
        elif answer.arm in self.arms:
            self.arms[answer.arm].show_answer(answer)


def figures_of(answer: TrialAnswer) -> str:
    """1.2 s · 34 tokens · 28.3/s."""
    if not answer.tokens:
        return "reading the prompt…"
    noun = "token" if answer.tokens == 1 else "tokens"
    parts = [f"{answer.seconds:.1f}{NO_BREAK}s", f"{answer.tokens:,}{NO_BREAK}{noun}"]
    if answer.tokens_per_second is not None and answer.tokens > 1:
        parts.append(f"{answer.tokens_per_second:,.1f}/s")
    if answer.stopped:
        parts.append("stopped")
    return " · ".join(parts)
