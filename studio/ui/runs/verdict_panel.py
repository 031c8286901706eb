"""The right column: what came out, which samples were mistaken, which labels look wrong."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.numbers import format_of
from studio.project.records import EvaluationRow, SuspectRow
from studio.runs.perplexity import PerplexityVerdict, format_perplexity
from studio.runs.verdict import Verdict
from studio.ui.runs.answers_dock import AnswersDock
from studio.ui.runs.suspect_row import SuspectRow as Row
from studio.ui.runs.suspect_row import SuspectValues
from studio.ui.widgets.buttons import make_button
from studio.ui.widgets.confusion_matrix import ConfusionMatrix, MatrixLabel
from studio.ui.widgets.image_loader import ImageLoader
from studio.ui.widgets.scatter_map import ScatterMap
from studio.ui.widgets.scroll_column import ScrollColumn
from studio.ui.widgets.section import FoldingSection
from studio.ui.widgets.text import PlainLabel
from studio.ui.widgets.verdict_scale import ScaleValues, VerdictScale

LISTED = 3
LOW = 760  # pixels


@dataclass(frozen=True)
class SuspectsShown:
    """Suspects of a run: all its train samples as points, the first few as rows."""

    run_id: int
    run_name: str
    rows: Sequence[SuspectRow] = ()
    listed: Sequence[SuspectValues] = ()

    @property
    def flagged(self) -> int:
        """How many are within the share that is shown for review."""
        return sum(row.flagged for row in self.rows)


class VerdictPanel(QWidget):
    """Sections that fold; asks for samples and for a review."""

    cell_chosen = Signal(str, str)
    sample_wanted = Signal(int)
    review_wanted = Signal(int)
    options_wanted = Signal()
    run_wanted = Signal(int)

    def __init__(self, images: ImageLoader, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._images = images
        self._suspects: SuspectsShown | None = None
        body = QWidget()
        self._sections = QVBoxLayout(body)
        self._sections.setContentsMargins(0, 4, 0, 0)
        self._sections.setSpacing(0)
        self._build_verdict()
        self._build_confusion()
        self._build_suspects()
        self.answers = AnswersDock()
        self.answers.run_wanted.connect(self.run_wanted)
        self.answers.sample_wanted.connect(self.sample_wanted)
        self._sections.addWidget(self.answers)
        self._sections.addStretch(1)
        area = ScrollColumn(body)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(area)
        self.show_verdict(None, None, live=False)
        self.show_confusion((), None)
        self.show_suspects(None)

    def _build_verdict(self) -> None:
        self.verdict = FoldingSection("Verdict", remember_as="runs-verdict")
        self.scale = VerdictScale()
        self.figure = PlainLabel("", role="figure", tabular=True)
        self.figure.hide()
        self.sentence = PlainLabel("", role="small", tone="text_2", wrap=True)
        self.advice = PlainLabel("", role="small", tone="warn", wrap=True)
        for widget in (self.scale, self.figure, self.sentence, self.advice):
            self.verdict.add(widget)
        self._sections.addWidget(self.verdict)

    def _build_confusion(self) -> None:
        self.confusion = FoldingSection("Confusion, validation", remember_as="runs-confusion")
        self.confusion.set_detail("click to see samples")
        self.matrix = ConfusionMatrix()
        self.matrix.cell_chosen.connect(self.cell_chosen)
        self.confusion.add(self.matrix)
        self._sections.addWidget(self.confusion)

    def _build_suspects(self) -> None:
        self.suspects = FoldingSection("Suspected labels", remember_as="runs-suspects")
        self.map = ScatterMap()
        self.map.point_chosen.connect(self.sample_wanted)
        axes = QHBoxLayout()
        axes.addWidget(PlainLabel("confidence in the label, up", role="tiny", tone="text_3"))
        axes.addStretch(1)
        axes.addWidget(PlainLabel("how much it swings, right", role="tiny", tone="text_3"))
        holder = QWidget()
        holder.setLayout(axes)
        axes.setContentsMargins(0, 0, 0, 0)
        self._rows = QVBoxLayout()
        self._rows.setSpacing(0)
        rows = QWidget()
        rows.setLayout(self._rows)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self.review = make_button("Review all", icon="cards")
        self.review.clicked.connect(self._review)
        for widget in (self.map, holder, rows, self.review):
            self.suspects.add(widget)
        self._sections.addWidget(self.suspects)

    def show_verdict(
        self, verdict: Verdict | None, best: EvaluationRow | None, *, live: bool
    ) -> None:
        """Show the figure with its interval and what it is worth in words."""
        known = verdict is not None
        self.figure.hide()
        self.verdict.set_title("Verdict")
        self.scale.setVisible(known)
        self.advice.setVisible(known and bool(verdict.advice) and not live)
        if verdict is None:
            self.sentence.setText(
                "The first evaluation comes at the end of the first epoch."
                if live
                else "This run ended before anything was measured."
            )
            self.verdict.set_detail("")
            self.scale.show_values(None)
            return
        if best is not None:
            so_far = "Best so far" if live else "Best"
            self.verdict.set_title(f"{so_far}, epoch {best.epoch}")
        self.verdict.set_detail(format_of(verdict.correct, verdict.count))
        self.sentence.setText(verdict.sentence)
        self.advice.setText(verdict.advice)
        self.scale.show_values(
            ScaleValues(
                share=verdict.accuracy,
                low=verdict.low,
                high=verdict.high,
                majority=verdict.majority_share,
                seed=verdict.seed_accuracy,
                seed_name=f"seed {verdict.seed}" if verdict.seed else "",
            )
        )

    def show_perplexity(self, verdict: PerplexityVerdict | None, *, live: bool) -> None:
        """Show how likely the answers are, in place of how many are right."""
        self.figure.setVisible(verdict is not None)
        self.scale.hide()
        if verdict is None:
            return
        name = "Perplexity so far" if live else "Perplexity"
        self.verdict.set_title(f"{name}, epoch {verdict.epoch}")
        self.verdict.set_detail(f"{verdict.count:,} answers")
        self.figure.setText(format_perplexity(verdict.mean))
        self.sentence.setText(verdict.sentence)
        self.advice.setText(verdict.advice)
        self.advice.setVisible(bool(verdict.advice) and not live)

    def show_confusion(
        self, labels: Sequence[MatrixLabel], evaluation: EvaluationRow | None
    ) -> None:
        """Show the matrix of an evaluation, or none."""
        self.confusion.setVisible(evaluation is not None)
        if evaluation is not None:
            self.matrix.show_matrix(tuple(labels), evaluation.confusion)

    def show_suspects(self, shown: SuspectsShown | None) -> None:
        """Show suspects, or none."""
        if shown == self._suspects and shown is not None:
            return
        self._suspects = shown
        self.suspects.setVisible(shown is not None and bool(shown.rows))
        while self._rows.count():
            item = self._rows.takeAt(0)
            widget = item.widget() if item else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        if shown is None:
            return
        count = format_of(shown.flagged, len(shown.rows))
        self.suspects.set_detail(f"run {shown.run_id} · {count}")
        self.map.show_points(
            np.array([row.sample_id for row in shown.rows], np.int64),
            np.array([row.variability for row in shown.rows], np.float64),
            np.array([row.confidence for row in shown.rows], np.float64),
            np.array([row.flagged for row in shown.rows], np.bool_),
        )
        for values in shown.listed[:LISTED]:
            row = Row(values, self._images)
            row.chosen.connect(self.sample_wanted)
            self._rows.addWidget(row)
        self._fit_rows()
        self.review.setText(f"Review all {shown.flagged:,}")
        self.review.setVisible(shown.flagged > 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a low window one suspect fewer leaves the button in sight."""
        super().resizeEvent(event)
        self._fit_rows()

    def _fit_rows(self) -> None:
        item = self._rows.itemAt(LISTED - 1)
        widget = item.widget() if item is not None else None
        if widget is not None:
            widget.setVisible(self.height() >= LOW)

    def _review(self) -> None:
        if self._suspects is not None:
            self.review_wanted.emit(self._suspects.run_id)
