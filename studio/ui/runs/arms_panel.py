"""The Evaluation tab: zero-shot, few-shot and tuned in one table, beside the majority line."""

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QVBoxLayout, QWidget

from studio.numbers import format_of, format_probability, format_share
from studio.project.records import PerplexityRow
from studio.runs.arms import Arm, ArmWritten, MajorityLine
from studio.runs.caption_metrics import METRICS as CAPTION_METRICS
from studio.runs.caption_metrics import format_score, title_of
from studio.runs.perplexity import PerplexityVerdict, format_perplexity
from studio.ui.runs.answers_dock import NO_ANSWERS, AnswersShown
from studio.ui.widgets.buttons import make_button
from studio.ui.widgets.plain_table import PlainTable
from studio.ui.widgets.text import PlainLabel

HEADINGS = (
    "", "Epoch", "Accuracy", "Correct", "F1", "Perplexity", "Median", "95th", "Pooled",
    "Strict", "Lenient", "Unparsed", *map(title_of, CAPTION_METRICS),
)  # fmt: skip
LABELS, PERPLEXITY, WRITTEN = range(2, 5), range(5, 9), range(9, 12)
CAPTIONS = range(12, len(HEADINGS))
OVER = ("finished", "stopped")
TUNED = "Tuned"


@dataclass(frozen=True)
class SplitArms:
    """The arms that were measured on one split, and its majority line."""

    split: str
    arms: tuple[Arm, ...]
    majority: MajorityLine | None


@dataclass(frozen=True)
class ArmsShown:
    """All that the tab shows; `asks_words` for a language model, `why_not` locks the buttons.

    A model that `sees` reads no solved samples: they would have no pictures.
    """

    splits: tuple[SplitArms, ...] = ()
    asks_words: bool = False
    sees: bool = False
    labels: bool = True
    why_not: str = ""
    perplexity: PerplexityVerdict | None = None
    answers: AnswersShown = NO_ANSWERS


class ArmsPanel(QWidget):
    """Asks for arms to be measured, and for the samples that the model found least likely."""

    tuned_wanted = Signal(bool)  # whether answers are to be written as well
    zero_shot_wanted = Signal(bool)
    few_shot_wanted = Signal(bool)
    worst_wanted = Signal(object)  # tuple of sample ids, the worst first

    def __init__(self) -> None:
        super().__init__()
        self._shown = ArmsShown()
        self._arms: list[Arm | None] = []
        self.tuned = make_button("Measure tuned", size="bar")
        self.zero = make_button("Run zero-shot", size="bar")
        self.few = make_button("Run few-shot…", size="bar")
        self.writes = QCheckBox("write answers too")
        self.worst = make_button("Worst ten", "ghost", "squares-four", size="bar")
        self.line = PlainLabel("", role="small", tone="text_2", elide=True, tabular=True)
        self.table = PlainTable(HEADINGS, right=range(1, len(HEADINGS)))
        self.table.share_columns(())  # an arm's name is read before its figures
        self.table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.table.currentCellChanged.connect(lambda *_: self._show_worst())
        self.tuned.clicked.connect(lambda: self.tuned_wanted.emit(self.writes.isChecked()))
        self.zero.clicked.connect(lambda: self.zero_shot_wanted.emit(self.writes.isChecked()))
        self.few.clicked.connect(lambda: self.few_shot_wanted.emit(self.writes.isChecked()))
        self.worst.clicked.connect(lambda: self.worst_wanted.emit(self._worst_ids()))
        head = QHBoxLayout()
        head.setSpacing(8)
        for widget in (self.tuned, self.zero, self.few, self.writes):
            head.addWidget(widget)
        head.addStretch(1)
        head.addWidget(self.worst)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 2, 0, 0)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self.line)
        column.addWidget(self.table, 1)

    def show_arms(self, shown: ArmsShown) -> None:
        """Show what was measured, and what can be."""
        self._shown = shown
        for button, tip in (
            (self.tuned, "Measure the best checkpoint again, on the samples as they are now"),
            (self.zero, "Ask the base model alone, without what was trained"),
            (self.few, "Ask with solved samples before each prompt: choose which, in which order"),
        ):
            button.setEnabled(not shown.why_not)
            button.explain(shown.why_not or tip)
        for widget in (self.zero, self.writes):
            widget.setVisible(shown.asks_words)
        self.few.setVisible(shown.asks_words and not shown.sees)
        several = len(shown.splits) > 1
        self._arms = [arm for part in shown.splits for arm in part.arms]
        self.table.show_rows(
            [
                arm_row(arm, part.split if several else "")
                for part in shown.splits
                for arm in part.arms
            ]
        )
        self.line.setText(line_of(shown))
        self._hide_empty_columns()
        self._show_worst()

    def _hide_empty_columns(self) -> None:
        rows = self.table.rows()
        for group in (LABELS, PERPLEXITY, WRITTEN, CAPTIONS):
            for place in group:
                self.table.setColumnHidden(place, all(not row[place] for row in rows))

    def _chosen(self) -> Arm | None:
        place = self.table.currentRow()
        if 0 <= place < len(self._arms):
            return self._arms[place]
        tuned = [arm for arm in self._arms if arm is not None and not arm.untrained]
        return next((arm for arm in tuned if arm.perplexity is not None), None)

    def _worst_ids(self) -> tuple[int, ...]:
        arm = self._chosen()
        if arm is None or arm.perplexity is None:
            return ()
        return tuple(sample_id for sample_id, _ in arm.perplexity.worst)

    def _show_worst(self) -> None:
        arm, ids = self._chosen(), self._worst_ids()
        self.worst.setVisible(bool(ids))
        if arm is not None and ids:
            self.worst.setText("Worst ten" if len(ids) == 10 else f"Worst {len(ids)}")
            self.worst.explain(f"Open the samples whose answers {arm.name} finds least likely")


def arm_row(arm: Arm, split: str = "") -> tuple[str, ...]:
    """An arm in the columns of the table; empty where nothing was measured."""
    name = f"{arm.name} · {split}" if split else arm.name
    if not arm.is_measured:
        name = f"{name} · {arm.state}"
    row, found, written = arm.evaluation, arm.perplexity, arm.written
    macro = row.metrics.get("f1/macro") if row else None
    epoch = row.epoch if row else found.epoch if found else None
    return (
        name,
        f"{epoch}" if epoch is not None and not arm.untrained else "",
        format_share(row.accuracy) if row else "",
        format_of(row.correct, row.count) if row else "",
        format_probability(macro, 3) if macro is not None else "",
        *_perplexity_cells(found),
        *_written_cells(written),
        *(format_score(arm.captions.get(metric)) for metric in CAPTION_METRICS),
    )


def _perplexity_cells(found: PerplexityRow | None) -> tuple[str, ...]:
    if found is None:
        return ("", "", "", "")
    values = (found.mean, found.median, found.percentile_95, found.pooled)
    return tuple(format_perplexity(value) for value in values)


def _written_cells(written: ArmWritten | None) -> tuple[str, ...]:
    if written is None:
        return ("", "", "")
    return tuple(_share(value) for value in (written.strict, written.lenient, written.unparsed))


def line_of(shown: ArmsShown) -> str:
    """What the figures stand beside: always giving the commonest answer."""
    parts = [
        f"Always “{part.majority.label}”: {format_share(part.majority.share)} of "
        f"{part.majority.count:,}{f' ({part.split})' if len(shown.splits) > 1 else ''}"
        for part in shown.splits
        if part.majority is not None and shown.labels
    ]
    if parts:
        return " · ".join(parts)
    counted = next((a.perplexity for p in shown.splits for a in p.arms if a.perplexity), None)
    if counted is not None:
        return f"{counted.count:,} samples · {counted.tokens:,} answer tokens · lower is better"
    return "Nothing is measured yet."


def _share(value: float | None) -> str:
    return format_share(value) if value is not None else ""
