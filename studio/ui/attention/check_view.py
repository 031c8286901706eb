"""Beside a map: did it matter what was read? Curves of a check, or a way to one."""

from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.attention import hiding
from studio.attention.hiding import Judged
from studio.numbers import format_of
from studio.ui.attention.hiding_curves import HidingCurves
from studio.ui.widgets.buttons import make_button
from studio.ui.widgets.progress_row import ProgressRow
from studio.ui.widgets.text import PlainLabel
from workers.contract.hiding import CheckedWord

ABOUT = (
    "Patches are blurred from most to least read, and shown again in that order. What was read "
    "mattered if the word falls faster than by random orders."
)
WAITING = "Waiting for other runs"
LEAST_LIKELY = 0.005  # below, figures of two digits say nothing


@dataclass(frozen=True)
class Going:
    """A check or capture that is at work: what it does, and how far it is."""

    stage: str = ""
    done: int = 0
    total: int = 0


@dataclass(frozen=True)
class CheckShown:
    """What is known of the looked-at word `text`; `why_not` locks the buttons."""

    text: str = ""
    word: CheckedWord | None = None
    going: Going | None = None
    problem: str = ""
    why_not: str = ""


class CheckView(QWidget):
    """Shows a check, and emits what is wanted."""

    check_wanted = Signal()
    query_wanted = Signal()
    cancelled = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.shown = CheckShown()
        self.curves = HidingCurves()
        self.sentence = PlainLabel("", role="small", tone="text_2", wrap=True, tabular=True)
        self.progress = ProgressRow("", can_cancel=True)
        self.check = make_button("Check this map", size="bar")
        self.query = make_button("… for the query", "ghost", size="bar")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        for widget in (self.curves, self.sentence, self.progress):
            column.addWidget(widget)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.check)
        buttons.addWidget(self.query)
        buttons.addStretch(1)
        column.addLayout(buttons)
        self.check.clicked.connect(self.check_wanted)
        self.query.clicked.connect(self.query_wanted)
        self.progress.cancelled.connect(self.cancelled)

    def show_check(self, shown: CheckShown) -> None:
        """Show curves, progress, or what a check would do."""
        self.shown = shown
        self.curves.setVisible(shown.word is not None)
        self.curves.show_word(shown.word)
        self.progress.setVisible(shown.going is not None)
        if shown.going is not None:
            show_going(self.progress, shown.going)
        self.sentence.setText(self._words())
        self.sentence.setVisible(bool(self.sentence.text()))
        self.sentence.set_tone("error" if shown.problem else "text_2")
        self.check.setText("Check again" if shown.word is not None else "Check this map")
        for button in (self.check, self.query):
            button.setVisible(shown.going is None)
            button.setEnabled(not shown.why_not)
            button.explain(shown.why_not or ABOUT)

    def _words(self) -> str:
        shown = self.shown
        if shown.problem or shown.going is not None:
            return shown.problem
        return ABOUT if shown.word is None else verdict_words(hiding.judge(shown.word))


def verdict_words(judged: Judged) -> str:
    """Whether the map's order did better than random ones."""
    of = format_of(judged.beaten, judged.orders)
    if max(judged.insertion, judged.chance) < LEAST_LIKELY:
        return f"“{judged.text}” is too unlikely to this model for a check to say anything."
    back = "sooner" if judged.insertion > judged.chance else "no sooner"
    shown = f"Shown again in that order, it comes back {back} than by chance."
    if judged.is_better:
        of_all = f"all {judged.orders} random orders"
        return f"Hiding takes “{judged.text}” away faster than {of_all}. {shown}"
    return (
        f"No better than chance: hiding takes “{judged.text}” away faster than {of} random orders. "
        f"{shown}"
    )


def show_going(row: ProgressRow, going: Going) -> None:
    """How far it is, in a progress row."""
    row.set_name(going.stage or WAITING)
    if going.total > 1:
        row.show_progress(going.done, going.total)
    else:
        row.show_busy()
