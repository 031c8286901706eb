"""The answers of the Try it tab: the base model's and the tuned one's side by side."""

from collections.abc import Mapping

from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from studio.numbers import NO_BREAK
from studio.runs.trial import TrialAnswer
from studio.ui import fonts
from studio.ui.widgets.opinion_bars import Opinion, OpinionBars
from studio.ui.widgets.text import PlainLabel

TITLES = {"base": "Base model", "tuned": "Tuned"}


class ArmAnswer(QWidget):
    """One arm: its figures, and its words or the probability that it gives each label."""

    def __init__(self, arm: str) -> None:
        super().__init__()
        self.title = PlainLabel(TITLES[arm], role="small_strong", tone="text_2")
        self.figures = PlainLabel("", role="small", tone="text_3", elide=True, tabular=True)
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setFont(fonts.role_font("body"))
        self.text.setAccessibleName(f"Answer of the {TITLES[arm].lower()}")
        self.bars = OpinionBars()
        self.bars.hide()
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.title)
        head.addWidget(self.figures, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self.text, 1)
        column.addWidget(self.bars)

    def clear(self) -> None:
        """As before an answer."""
        self.figures.setText("")
        self.text.setPlainText("")
        self.bars.hide()
        self.text.show()

    def show_answer(self, answer: TrialAnswer, colours: Mapping[str, str]) -> None:
        """Show what there is of the answer; the end stays in sight while it grows."""
        self.figures.setText(figures_of(answer))
        if answer.probabilities:
            parts = ((label, share) for label, share in answer.probabilities.items())
            self.bars.show_opinions(
                [
                    Opinion(label, ((label, colours.get(label, "unsure"), share),))
                    for label, share in parts
                ]
            )
            self.bars.show()
            self.text.hide()
            return
        shown = answer.text or ("(no words)" if answer.done else "")
        if shown != self.text.toPlainText():
            bar = self.text.verticalScrollBar()
            at_end = bar.value() >= bar.maximum() - 4
            self.text.setPlainText(shown)
            bar.setValue(bar.maximum() if at_end and not answer.done else bar.value())


class TryAnswers(QWidget):
    """Both arms, half of the width each."""

    def __init__(self) -> None:
        super().__init__()
        self.arms = {arm: ArmAnswer(arm) for arm in TITLES}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        for arm in self.arms.values():
            row.addWidget(arm, 1)

    def clear(self) -> None:
        """As before the first question."""
        for arm in self.arms.values():
            arm.clear()

    def show_answer(self, answer: TrialAnswer, colours: Mapping[str, str]) -> None:
        """Show what one arm has answered so far."""
        if answer.arm in self.arms:
            self.arms[answer.arm].show_answer(answer, colours)


def figures_of(answer: TrialAnswer) -> str:
    """1.2 s · 34 tokens · 28 tokens/s."""
    seconds = f"{answer.seconds:.1f}{NO_BREAK}s"
    if answer.probabilities:
        return f"{answer.seconds * 1000:.0f}{NO_BREAK}ms"
    if not answer.tokens:
        return "reading the prompt…"
    noun = "token" if answer.tokens == 1 else "tokens"
    parts = [seconds, f"{answer.tokens:,}{NO_BREAK}{noun}"]
    if answer.tokens_per_second is not None and answer.tokens > 1:
        parts.append(f"{answer.tokens_per_second:,.1f}{NO_BREAK}tokens/s")
    if answer.stopped:
        parts.append("stopped")
    return " · ".join(parts)
