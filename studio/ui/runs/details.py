"""The tabs under the curves: log, options, checkpoints, evaluations, extremes, trying."""

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, Signal
from PySide6.QtWidgets import QPlainTextEdit, QStackedWidget, QTabBar, QVBoxLayout, QWidget

from studio.numbers import format_bytes, format_of, format_probability, format_share, format_value
from studio.project.records import CheckpointRow
from studio.runs.caption_scores import CaptionRanking
from studio.runs.perplexity import format_perplexity
from studio.ui import fonts
from studio.ui.runs.arms_panel import ArmsPanel
from studio.ui.runs.captions_panel import CaptionsPanel
from studio.ui.runs.extremes import Extreme
from studio.ui.runs.reading import RunDetail
from studio.ui.runs.try_panel import TryPanel
from studio.ui.widgets.image_loader import ImageLoader
from studio.ui.widgets.plain_table import PlainTable
from studio.ui.widgets.text import PlainLabel
from workers.contract.options import all_options, option_values

TABS = ("Log", "Options", "Checkpoints", "Evaluation", "Best and worst", "Try it")
CHECKPOINTS, EVALUATION, EXTREMES, TRY = 2, 3, 4, 5
CHECKPOINT_HEADINGS = (
    "Step", "Epoch", "Loss", "Accuracy", "Correct", "F1", "Perplexity", "Size", ""
)  # fmt: skip
OF_LABELS = ("Caption", "Sample", "Label", "Said", "Loss")
OF_ANSWERS = ("Caption", "Sample", "Answer", "Wrote", "Perplexity")
NO_EXTREMES = "The samples that the run does worst on stand here after its first evaluation."
LOG_LINES = 5000


class RunDetails(QWidget):
    """Shows a run's tabs; asks for samples to be opened."""

    sample_wanted = Signal(int)
    tab_chosen = Signal(int)

    def __init__(self, images: ImageLoader, parent: QWidget | None = None) -> None:
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
        self.checkpoints = PlainTable(CHECKPOINT_HEADINGS, right=range(8), wide=8)
        self.overfitting = PlainLabel("", role="small", tone="warn", wrap=True)
        self.evaluation = ArmsPanel()
        self.trying = TryPanel()
        self.extremes = PlainTable(OF_LABELS, right=(4,), wide=0)
        self.extremes.doubleClicked.connect(self._open_extreme)
        self.no_extremes = PlainLabel(NO_EXTREMES, role="small", tone="text_3", wrap=True)
        self.captions = CaptionsPanel(images)
        self.captions.sample_wanted.connect(self.sample_wanted)
        self.best_and_worst = QStackedWidget()
        self.best_and_worst.addWidget(_below(self.no_extremes, self.extremes))
        self.best_and_worst.addWidget(self.captions)
        self.pages = QStackedWidget()
        for page in (
            self.log,
            self.options,
            self._checkpoint_page(),
            self.evaluation,
            self.best_and_worst,
            self.trying,
        ):
            self.pages.addWidget(page)
        self.tabs.currentChanged.connect(self.pages.setCurrentIndex)
        self.tabs.currentChanged.connect(self.tab_chosen)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 0, 16, 4)
        column.setSpacing(4)
        column.addWidget(self.tabs)
        column.addWidget(self.pages, 1)

    def _checkpoint_page(self) -> QWidget:
        return _below(self.overfitting, self.checkpoints)

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
        title = f"Checkpoints  {len(kept)}" if kept else "Checkpoints"
        self.tabs.setTabText(CHECKPOINTS, title)
        self.options.show_rows(option_rows(detail))
        self.overfitting.setText(detail.overfitting)
        self.overfitting.setVisible(bool(detail.overfitting))
        rows = checkpoint_rows(detail)
        self.checkpoints.show_rows(rows)
        for place in range(2, 7):
            self.checkpoints.setColumnHidden(place, all(not row[place] for row in rows))

    def show_extremes(self, extremes: Sequence[Extreme], of_answers: bool = False) -> None:
        """Show the samples that it does worst on, then those that it does best on."""
        self._extremes = extremes
        self.extremes.name_columns(OF_ANSWERS if of_answers else OF_LABELS)
        self.extremes.share_columns((0, 1, 2, 3) if of_answers else (0,))
        self.extremes.show_rows(
            [
                (
                    " ".join(one.caption.split()),
                    one.key,
                    " ".join(one.label.split()),
                    " ".join(one.said.split()),
                    format_perplexity(one.loss) if of_answers else format_probability(one.loss, 3),
                )
                for one in extremes
            ]
        )
        self.extremes.setColumnHidden(3, of_answers and not any(one.said for one in extremes))
        self.extremes.setVisible(bool(extremes))
        self.no_extremes.setVisible(not extremes)

    def show_captions(self, ranking: CaptionRanking | None) -> None:
        """Show a captioner's ranking in place of the extremes, where captions were scored."""
        if ranking is not None:
            self.captions.show_ranking(ranking)
        self.best_and_worst.setCurrentIndex(0 if ranking is None else 1)

    def _open_extreme(self, index: QModelIndex) -> None:
        if 0 <= index.row() < len(self._extremes):
            self.sample_wanted.emit(self._extremes[index.row()].sample_id)


def option_rows(detail: RunDetail) -> list[tuple[str, ...]]:
    """The frozen options by label, value with unit, and name; first where the run comes from."""
    values = option_values(detail.job.options)
    rows: list[tuple[str, ...]] = []
    if detail.lineage:
        rows.append(("Lineage", detail.lineage, "start"))
    for spec in all_options():
        if spec.name in values:
            unit = f" {spec.unit}" if spec.unit else ""
            rows.append((spec.label, format_value(values[spec.name]) + unit, spec.name))
    return rows


def checkpoint_rows(detail: RunDetail) -> list[tuple[str, ...]]:
    """Every step that was measured or saved, newest first, with what was measured there."""
    saved = {point.step: point for point in detail.checkpoints}
    measured = {row.step: row for row in detail.evaluations}
    perplexities = {row.step: row for row in detail.perplexities}
    rows = []
    for step in sorted({*saved, *measured, *perplexities}, reverse=True):
        point, row, found = saved.get(step), measured.get(step), perplexities.get(step)
        epoch = next(one.epoch for one in (row, found, point) if one is not None)
        macro = row.metrics.get("f1/macro") if row else None
        kept = point is not None and not point.removed
        rows.append(
            (
                f"{step:,}",
                f"{epoch}",
                format_probability(row.loss, 3) if row and row.loss is not None else "",
                format_share(row.accuracy) if row else "",
                format_of(row.correct, row.count) if row else "",
                format_probability(macro, 3) if macro is not None else "",
                format_perplexity(found.mean) if found else "",
                _size_words(step, point if kept else None),
                "best" if point and point.best else "",
            )
        )
    return rows


def _size_words(step: int, point: CheckpointRow | None) -> str:
    """The size of a checkpoint; before the first step there is none to keep."""
    if point is not None:
        return format_bytes(point.bytes)
    return "not kept" if step else "untrained"


def _below(words: QWidget, table: QWidget) -> QWidget:
    """Words over a table."""
    page = QWidget()
    column = QVBoxLayout(page)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(4)
    column.addWidget(words)
    column.addWidget(table, 1)
    column.addStretch(0)
    return page
