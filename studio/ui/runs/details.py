"""The tabs under the curves: log, the run's own options, checkpoints, evaluations, extremes."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, Signal
from PySide6.QtWidgets import QPlainTextEdit, QStackedWidget, QTabBar, QVBoxLayout, QWidget

from studio.numbers import (
    format_bytes,
    format_moment,
    format_of,
    format_probability,
    format_share,
)
from studio.project.records import EvaluationRow
from studio.ui import fonts
from studio.ui.runs import words
from studio.ui.runs.reading import RunDetail
from studio.ui.runs.tables import PlainTable
from workers.contract.options import all_options, option_values

TABS = ("Log", "Options", "Checkpoints", "Evaluation", "Best and worst")
LOG_LINES = 5000


@dataclass(frozen=True)
class Extreme:
    """A validation sample and how badly the run did on it."""

    sample_id: int
    key: str
    caption: str
    label: str
    said: str
    loss: float


class RunDetails(QWidget):
    """Shows a run's tabs; asks for samples to be opened."""

    sample_wanted = Signal(int)
    tab_chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._extremes: Sequence[Extreme] = ()
        self.tabs = QTabBar()
        self.tabs.setFont(fonts.role_font("button"))
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        for title in TABS:
            self.tabs.addTab(title)
        self.log = QPlainTextEdit()
        self.log.setReadOnly(True)
        self.log.setProperty("bare", "true")
        self.log.setFont(fonts.role_font("mono"))
        self.log.document().setDocumentMargin(0)
        self.log.setMaximumBlockCount(LOG_LINES)
        self.log.setAccessibleName("Log")
        self.options = PlainTable(("Option", "Value", "Name"), wide=1)
        self.checkpoints = PlainTable(
            ("Step", "Epoch", "Size", "Saved", ""), right=(0, 1, 2), wide=4
        )
        self.evaluation = PlainTable(
            ("", "Epoch", "Loss", "Accuracy", "Correct", "F1"), right=(1, 2, 3, 4, 5)
        )
        self.extremes = PlainTable(
            ("Caption", "Sample", "Label", "Said", "Loss"), right=(4,), wide=0
        )
        self.extremes.doubleClicked.connect(self._open_extreme)
        self.pages = QStackedWidget()
        for page in (
            self.log,
            self.options,
            self.checkpoints,
            self.evaluation,
            self.extremes,
        ):
            self.pages.addWidget(page)
        self.tabs.currentChanged.connect(self.pages.setCurrentIndex)
        self.tabs.currentChanged.connect(self.tab_chosen)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 0, 16, 4)
        column.setSpacing(4)
        column.addWidget(self.tabs)
        column.addWidget(self.pages, 1)

    def clear_log(self) -> None:
        """Start with an empty log, as for another run."""
        self.log.clear()

    def add_log(self, lines: Sequence[str]) -> None:
        """Add lines; the end stays in sight unless someone has scrolled away from it."""
        if not lines:
            return
        bar = self.log.verticalScrollBar()
        at_end = bar.value() >= bar.maximum() - 4
        self.log.appendPlainText("\n".join(lines))
        if at_end:
            bar.setValue(bar.maximum())

    def show_detail(self, detail: RunDetail) -> None:
        """Show the tables of a run."""
        kept = [point for point in detail.checkpoints if not point.removed]
        self.tabs.setTabText(2, f"Checkpoints  {len(kept)}" if kept else "Checkpoints")
        self.options.show_rows(option_rows(detail))
        self.checkpoints.show_rows(
            [
                (
                    f"{point.step:,}",
                    f"{point.epoch}",
                    format_bytes(point.bytes),
                    format_moment(point.saved_at),
                    "best" if point.best else "",
                )
                for point in reversed(kept)
            ]
        )
        self.evaluation.show_rows(evaluation_rows(detail))

    def show_extremes(self, extremes: Sequence[Extreme]) -> None:
        """Show the samples with the smallest and the largest losses."""
        self._extremes = extremes
        self.extremes.show_rows(
            [
                (
                    " ".join(one.caption.split()),
                    one.key,
                    one.label,
                    one.said,
                    format_probability(one.loss, 3),
                )
                for one in extremes
            ]
        )

    def _open_extreme(self, index: QModelIndex) -> None:
        if 0 <= index.row() < len(self._extremes):
            self.sample_wanted.emit(self._extremes[index.row()].sample_id)


def option_rows(detail: RunDetail) -> list[tuple[str, ...]]:
    """The frozen options by label, value with unit, and name."""
    values = option_values(detail.job.options)
    rows = []
    for spec in all_options():
        if spec.name in values:
            unit = f" {spec.unit}" if spec.unit else ""
            rows.append((spec.label, words.value_words(values[spec.name]) + unit, spec.name))
    return rows


def evaluation_rows(detail: RunDetail) -> list[tuple[str, ...]]:
    """Every evaluation, newest first: those made since the run ended, then its own."""
    rows = []
    for other, evaluations in detail.others:
        for row in reversed(evaluations):
            rows.append(_evaluation_row(f"{row.split}, {format_moment(other.created_at)}", row))
    best_step = detail.best.step if detail.best else None
    for row in reversed(detail.evaluations):
        name = f"{row.split}, best" if row.step == best_step else row.split
        rows.append(_evaluation_row(name, row))
    return rows


def _evaluation_row(name: str, row: EvaluationRow) -> tuple[str, ...]:
    macro = row.metrics.get("f1/macro")
    return (
        name,
        f"{row.epoch}",
        format_probability(row.loss if row.loss is not None else math.nan, 3),
        format_share(row.accuracy),
        format_of(row.correct, row.count),
        format_probability(macro, 3) if macro is not None else "",
    )
