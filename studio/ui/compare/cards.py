"""The cards over the comparison: run A, run B, the gain, and its interval."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from studio.numbers import NO_BREAK, format_of, format_share
from studio.project.records import EvaluationRow, RunRow
from studio.runs import naming
from studio.runs.answer_comparison import METRIC as PERPLEXITY
from studio.runs.bootstrap import Interval
from studio.runs.perplexity import format_perplexity
from studio.ui import fonts, theme
from studio.ui.widgets import interval_plot
from studio.ui.widgets.interval_plot import IntervalPlot, write_points
from studio.ui.widgets.text import PlainLabel


class LetterMark(QWidget):
    """A or B on its run's colour."""

    def __init__(self, letter: str, size: int = 20) -> None:
        super().__init__()
        self.letter, self.colour = letter, "plot-1"
        self.setFixedSize(QSize(size, size))
        theme.watch(self.update)

    def show_colour(self, colour: str) -> None:
        """Stand for a run."""
        self.colour = colour
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tokens = theme.current_tokens()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tokens.color(self.colour))
        painter.drawRoundedRect(QRectF(self.rect()), 5, 5)
        # The panel is dark where curves are pale, and pale where they are dark.
        painter.setPen(tokens.color("panel"))
        painter.setFont(fonts.role_font("small_strong"))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.letter)


class RunChooser(QFrame):
    """A card that names its run, lets another be chosen, and shows the figure."""

    chosen = Signal(int)

    def __init__(self, letter: str) -> None:
        super().__init__()
        self.mark = LetterMark(letter)
        self.runs = QComboBox()
        self.runs.setAccessibleName(f"Run {letter}")
        self.runs.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.runs.activated.connect(self._choose)
        self.figure = PlainLabel("", role="figure", tabular=True)
        self.count = PlainLabel("", role="small", tone="text_3", tabular=True)
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(self.mark)
        top.addWidget(self.runs, 1)
        below = QHBoxLayout()
        below.setSpacing(8)
        below.addWidget(self.figure, 0, Qt.AlignmentFlag.AlignBaseline)
        below.addWidget(self.count, 0, Qt.AlignmentFlag.AlignBaseline)
        below.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 10, 16, 8)
        column.addLayout(top)
        column.addLayout(below)

    def show_runs(self, rows: Sequence[RunRow], run_id: int | None) -> None:
        """Show what can be chosen and what is."""
        self.runs.blockSignals(True)
        self.runs.clear()
        for row in rows:
            self.runs.addItem(naming.numbered(row), row.id)
        self.runs.setCurrentIndex(self.runs.findData(run_id) if run_id is not None else -1)
        self.runs.blockSignals(False)

    def show_result(
        self, colour: str, correct: int, count: int, best: EvaluationRow | None
    ) -> None:
        """Show what the run has right by the labels of now, and by its own where that differs."""
        self.mark.show_colour(colour)
        self.figure.setText(format_share(correct / count) if count else "–")
        words = format_of(correct, count) if count else ""
        if best is not None and (best.correct, best.count) != (correct, count):
            words += f" · {format_of(best.correct, best.count)} by its own labels"
        self.count.setText(words)

    def show_perplexity(self, colour: str, mean: float | None, count: int) -> None:
        """Show how likely the run finds the answers, where no label is right."""
        self.mark.show_colour(colour)
        self.figure.setText(format_perplexity(mean))
        self.count.setText(f"perplexity of {count:,} answers")

    def _choose(self, index: int) -> None:
        self.chosen.emit(int(self.runs.itemData(index)))


class Cards(QWidget):
    """Four cards side by side, hairlines between."""

    chosen = Signal(str, int)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("surface", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.first, self.second = RunChooser("A"), RunChooser("B")
        self.first.chosen.connect(lambda run_id: self.chosen.emit("A", run_id))
        self.second.chosen.connect(lambda run_id: self.chosen.emit("B", run_id))
        self.gain = PlainLabel("", role="figure", tabular=True)
        self.samples = PlainLabel("", role="small", tone="text_3", tabular=True)
        self.interval = IntervalPlot(bare=True)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        parts = (self.first, self.second, self._gain_card(), self._interval_card())
        for place, card in enumerate(parts):
            if place:
                line = QFrame()
                line.setProperty("rule", "upright")
                row.addWidget(line)
            row.addWidget(card, 1)
        self.setFixedHeight(fonts.scaled(94))

    def _gain_card(self) -> QWidget:
        card = QFrame()
        column = QVBoxLayout(card)
        column.setContentsMargins(16, 10, 16, 8)
        heading = PlainLabel("Gain, B − A", role="small_strong", tone="text_2")
        heading.setFixedHeight(fonts.scaled(28))
        column.addWidget(heading)
        below = QHBoxLayout()
        below.setSpacing(8)
        below.addWidget(self.gain, 0, Qt.AlignmentFlag.AlignBaseline)
        below.addWidget(self.samples, 0, Qt.AlignmentFlag.AlignBaseline)
        below.addStretch(1)
        column.addLayout(below)
        return card

    def _interval_card(self) -> QWidget:
        card = QFrame()
        column = QVBoxLayout(card)
        column.setContentsMargins(16, 12, 16, 6)
        column.setSpacing(4)
        top = QHBoxLayout()
        top.addWidget(PlainLabel(f"95{NO_BREAK}% interval", role="small_strong", tone="text_2"))
        top.addStretch(1)
        detail = PlainLabel("10,000 paired resamples", role="small", tone="text_3", elide=True)
        top.addWidget(detail)
        column.addLayout(top)
        column.addWidget(self.interval)
        return card

    def show_fall(self, perplexity: Interval, likelier: int, less: int) -> None:
        """Show how far B's perplexity is from A's; lower is better."""
        sign = "−" if perplexity.difference < 0 else "+" if perplexity.difference > 0 else ""
        self.gain.setText(f"{sign}{format_perplexity(abs(perplexity.difference))}")
        self.samples.setText(f"{likelier:,} likelier, {less:,} less likely")
        self.interval.show_rows([points_of("Perplexity", perplexity)])

    def show_gain(self, accuracy: Interval, won: int, lost: int) -> None:
        """Show what B is ahead of A by, in points and in samples."""
        points = 100 * accuracy.difference
        unit = "point" if round(abs(points), 1) == 1 else "points"
        self.gain.setText(f"{write_points(points)}{NO_BREAK}{unit}")
        changed = f"{won:,} won, {lost:,} lost"
        self.samples.setText(changed if won or lost else "the same answers right")
        self.interval.show_rows([points_of("Accuracy", accuracy)])


def points_of(name: str, interval: Interval) -> interval_plot.Interval:
    """An interval of shares as one of points; a perplexity is no share."""
    scale = 1 if interval.metric == PERPLEXITY else 100
    return interval_plot.Interval(
        name, scale * interval.difference, scale * interval.low, scale * interval.high
    )


def metric_title(metric: str) -> str:
    """F1 dangerous from f1/dangerous."""
    kind, _, label = metric.partition("/")
    words = {
        "accuracy": "Accuracy",
        "perplexity": "Perplexity",
        "f1": "F1",
        "recall": "Recall",
        "calibration_error": "Calibration error",
    }
    return f"{words.get(kind, kind)} {label}".strip()
