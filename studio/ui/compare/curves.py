"""The two runs' validation curves, with a switch for the metric."""

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.project.records import EvaluationRow, PerplexityRow
from studio.ui.compare.reading import Compared, ComparedRun
from studio.ui.widgets import curve_style
from studio.ui.widgets.curve_plot import CurvePlot
from studio.ui.widgets.curve_style import Best, CurveStyle, Reference
from studio.ui.widgets.segmented import SegmentedSwitch
from studio.ui.widgets.text import PlainLabel
from workers.contract.recipes import find_recipe

# More labels than this do not fit the switch; accuracy and loss always do.
MOST_LABELS = 3
LETTERS = ("A", "B")


class CompareCurves(QWidget):
    """A is dashed, B is whole."""

    def __init__(self) -> None:
        super().__init__()
        self._compared: Compared | None = None
        self._solo = ""
        self.switch = SegmentedSwitch([("accuracy", "Accuracy"), ("loss", "Loss")], "accuracy")
        self.switch.chosen.connect(self._draw)
        self.detail = PlainLabel("", role="small", tone="text_3", elide=True)
        self.detail.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.plot = CurvePlot()
        self.plot.setMinimumHeight(200)
        bar = QHBoxLayout()
        bar.setSpacing(10)
        bar.addWidget(PlainLabel("Validation", role="strong"))
        bar.addWidget(self.switch)
        bar.addWidget(self.detail, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 4)
        column.addLayout(bar)
        column.addWidget(self.plot, 1)

    def show_compared(self, compared: Compared) -> None:
        """Draw two runs."""
        self._compared = compared
        labels = [
            label.name
            for label in compared.labels
            if any(f"f1/{label.name}" in row.metrics for row in compared.second.evaluations)
        ]
        parts = [("accuracy", "Accuracy"), ("loss", "Loss")]
        parts += [(f"f1/{name}", f"F1 {name}") for name in labels[:MOST_LABELS]]
        if compared.comparison.first is None:
            parts = [("perplexity", "Perplexity"), ("median", "Median")]
        self.switch.set_parts(parts, self.switch.value())
        shared = compared.comparison.shared
        self.detail.setText(compared.comparison.notice or f"the same {shared:,} samples")
        self._draw()

    def _draw(self, _: str = "") -> None:
        compared, metric = self._compared, self.switch.value()
        if compared is None:
            return
        shares = metric not in ("loss", "perplexity", "median")
        plot = self.plot
        plot.clear()
        plot.write = curve_style.write_share if shares else curve_style.write_number
        plot.write_tick = curve_style.write_share_tick if shares else curve_style.write_tick
        for letter, run in zip(LETTERS, (compared.first, compared.second), strict=True):
            points = values_of(run, metric)
            dash = (5.0, 3.0) if letter == "A" else ()
            style = CurveStyle(letter, run.colour, width=2.25, dash=dash, dots=len(points[0]) == 1)
            plot.set_curve(letter, points[0], points[1], style)
        plot.set_references(_references(compared) if metric == "accuracy" else [])
        plot.set_bests(_bests(compared, metric))
        self._show_solo()

    def solo(self, letter: str) -> None:
        """One run alone; the same one again shows both."""
        self._solo = "" if self._solo == letter else letter
        self._show_solo()

    def _show_solo(self) -> None:
        for letter in LETTERS:
            self.plot.set_shown(letter, self._solo in ("", letter))


def values_of(run: ComparedRun, metric: str) -> tuple[np.ndarray, np.ndarray]:
    """Epochs and values of a metric over a run's evaluations."""
    if metric in ("perplexity", "median"):
        rows = run.perplexities
        values = [row.mean if metric == "perplexity" else row.median for row in rows]
        known = [np.nan if one is None else one for one in values]
        return _epochs(run, rows), np.array(known, np.float64)
    epochs = _epochs(run, run.evaluations)
    if metric == "accuracy":
        found = [row.accuracy for row in run.evaluations]
    elif metric == "loss":
        found = [row.loss for row in run.evaluations]
    else:
        found = [row.metrics.get(metric) for row in run.evaluations]
    values = np.array([np.nan if one is None else one for one in found], np.float64)
    return epochs, values


def _epochs(
    run: ComparedRun, rows: Sequence[PerplexityRow] | Sequence[EvaluationRow]
) -> np.ndarray:
    """Epochs in all: those of the runs that it went on from come first."""
    return np.array([run.epochs_before + row.epoch for row in rows], np.float64)


def _references(compared: Compared) -> list[Reference]:
    found = []
    verdict = compared.comparison.second
    if verdict is not None:
        found.append(Reference("majority", verdict.majority_share))
    recipe = find_recipe(compared.second.recipe)
    if recipe is not None and recipe.expected.accuracy is not None:
        name = f"seed {recipe.seed}"
        found.append(Reference(name, recipe.expected.accuracy, "text_3", (1, 2)))
    return found


def _bests(compared: Compared, metric: str) -> list[Best]:
    found = []
    for letter, run in zip(LETTERS, (compared.first, compared.second), strict=True):
        best = run.best
        if best is None:
            continue
        epochs, values = values_of(run, metric)
        place = run.epochs_before + best.epoch
        at = np.flatnonzero((epochs == place) & np.isfinite(values))
        if len(at):
            text = f"{letter} best, epoch {best.epoch}"
            found.append(Best(place, float(values[at[0]]), text, run.colour))
    return found
