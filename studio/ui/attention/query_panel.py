"""Over the whole query: where its maps point by class and by head, and what checks of them said."""

from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from studio.attention import pointing
from studio.attention.hiding import JudgedAll
from studio.attention.look import Look
from studio.attention.pointing import Best, Tally
from studio.attention.reduce import Over, Reduction
from studio.numbers import format_count, format_of, format_share
from studio.ui.attention.check_view import Going, show_going
from studio.ui.attention.head_grid import NOWHERE, HeadGrid
from studio.ui.attention.hiding_curves import area_words
from studio.ui.attention.picture_words import where_words
from studio.ui.attention.query_facts import OverQuery
from studio.ui.widgets.buttons import make_button
from studio.ui.widgets.empty_state import EmptyState
from studio.ui.widgets.plain_table import PlainTable
from studio.ui.widgets.progress_row import ProgressRow
from studio.ui.widgets.text import PlainLabel

HEADINGS = ("Class", "Words", "Share", "Chance", "Ratio", "Hits", "By chance")
TABLE_WIDTH, GRID_WIDTH = 640, 260
EVERY = "All classes"
CAPTURE = "Capture for this query"
NO_ROLLOUT = "The maps of this query were captured without a rollout."
NOT_CHECKED = (
    "No map here was checked under these layers and heads: whether what was read mattered is not "
    "known."
)


class QueryPanel(QFrame):
    """Shows what was measured, and emits what is wanted."""

    head_chosen = Signal(int, int)
    left = Signal()
    capture_wanted = Signal()
    check_wanted = Signal()
    save_wanted = Signal()
    cancelled = Signal()
    check_cancelled = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("surface", "panel")
        self.shown: OverQuery | None = None
        self.cell: tuple[int, int] | None = None
        self.title = PlainLabel("Pointing over the query", role="small_strong", tone="text_1")
        self.sentence = PlainLabel("", tone="text_2", wrap=True, tabular=True)
        self.save = make_button("Save as CSV…", "ghost", size="bar")
        self.back = make_button("Back to the sample", icon="caret-left", size="bar")
        self.progress = ProgressRow("Reading maps", can_cancel=True)
        self.table = PlainTable(HEADINGS, right=range(1, len(HEADINGS)))
        self.heads_title = PlainLabel("", role="small_strong", tone="text_2")
        self.heads = HeadGrid()
        self.best = PlainLabel("", role="small", tone="text_2", wrap=True, tabular=True)
        self.checked = PlainLabel("", role="small", tone="text_2", wrap=True, tabular=True)
        self.check = make_button("Check these maps…", size="bar")
        self.check_progress = ProgressRow("", can_cancel=True)
        self.empty = EmptyState("eye", "")
        self.pages = QStackedWidget()
        self._build()
        self._connect()

    def show_reading(self, done: int, total: int) -> None:
        """How many maps are read; what was shown before stays."""
        self.progress.show()
        self.progress.show_progress(done, total)

    def show_query(self, shown: OverQuery) -> None:
        """Show what was measured under a look."""
        self.shown, self.cell = shown, None
        reduction = shown.look.reduction
        if reduction.over == Over.LAYER and reduction.head is not None:
            self.cell = reduction.layer, reduction.head
        self.progress.hide()
        sentence, button = _empty_words(shown)
        self.empty.show_words(sentence, button)
        self.pages.setCurrentIndex(0 if sentence else 1)
        self.save.setEnabled(not sentence)
        self._show_tallies()
        self.checked.setText(checked_words(shown.judged))
        self.check.setEnabled(shown.captured > 0)

    def show_words(self, sentence: str) -> None:
        """A sentence instead of figures: why there are none."""
        self.progress.hide()
        self.empty.show_words(sentence)
        self.pages.setCurrentIndex(0)
        self.save.setEnabled(False)

    def show_checking(self, going: Going | None, problem: str = "", why_not: str = "") -> None:
        """How far a check of these maps is; None where none is at work."""
        self.check_progress.setVisible(going is not None)
        self.check.setVisible(going is None)
        if going is not None:
            show_going(self.check_progress, going)
        if problem:
            self.checked.setText(problem)
        self.checked.set_tone("error" if problem else "text_2")
        self.check.explain(why_not)
        has_maps = self.shown is not None and self.shown.captured > 0
        self.check.setEnabled(not why_not and has_maps)

    def tallies(self) -> list[Tally]:
        """The rows of the table, all classes first."""
        return pointing.tallies(self.shown.measured, self.cell) if self.shown else []

    def choose(self, layer: int, head: int) -> None:
        """Tally one head alone; it is kept as the page's look too."""
        self.cell = layer, head
        self._show_tallies()
        self.head_chosen.emit(layer, head)

    def _show_tallies(self, through: tuple[int, int] | None = None) -> None:
        """The table of the kept reduction, or of the head under the mouse."""
        shown = self.shown
        if shown is None or not shown.measured:
            return
        cell = through or self.cell
        rows = pointing.tallies(shown.measured, cell)
        self.table.show_rows([_row(one) for one in rows])
        self.sentence.setText(_sentence(shown, rows[0], cell))
        best = pointing.choose_best(shown.measured)
        layer, head = self.cell or _place_of(shown.look)
        self.heads.show_heads(
            pointing.mean_shares(shown.measured),
            layer,
            head,
            best=(best.layer, best.head) if best else None,
        )
        self.best.setText(best_words(best))

    def _look_through(self, layer: int, head: int) -> None:
        self._show_tallies(None if (layer, head) == NOWHERE else (layer, head))

    def _build(self) -> None:
        self.progress.hide()
        self.check_progress.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(10)
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(self.back)
        top.addWidget(self.title)
        top.addStretch(1)
        top.addWidget(self.save)
        column.addLayout(top)
        column.addWidget(self.progress)
        self.pages.addWidget(self.empty)
        self.pages.addWidget(self._make_figures())
        column.addWidget(self.pages, 1)
        column.addWidget(PlainLabel("Deletion and insertion", role="small_strong", tone="text_2"))
        column.addWidget(self.checked)
        column.addWidget(self.check_progress)
        foot = QHBoxLayout()
        foot.addWidget(self.check)
        foot.addStretch(1)
        column.addLayout(foot)

    def _make_figures(self) -> QWidget:
        """The table at the left, the grid of layers and heads at the right."""
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        self.heads_title.setText("Layers × heads: share in the boxes, all classes")
        self.heads.setMinimumWidth(GRID_WIDTH)
        at_right = QVBoxLayout()
        for widget in (self.heads_title, self.heads, self.best):
            at_right.addWidget(widget)
        at_right.addStretch(1)
        row = QHBoxLayout()
        row.setSpacing(24)
        self.table.setMaximumWidth(TABLE_WIDTH)
        row.addWidget(self.table, 3)
        row.addLayout(at_right, 2)
        column.addWidget(self.sentence)
        column.addLayout(row, 1)
        return holder

    def _connect(self) -> None:
        self.back.clicked.connect(self.left)
        self.save.clicked.connect(self.save_wanted)
        self.check.clicked.connect(self.check_wanted)
        self.empty.clicked.connect(self.capture_wanted)
        self.progress.cancelled.connect(self.cancelled)
        self.check_progress.cancelled.connect(self.check_cancelled)
        self.heads.chosen.connect(self.choose)
        self.heads.hovered.connect(self._look_through)


def best_words(best: Best | None) -> str:
    """What was chosen on one half, and what it is worth on the other."""
    if best is None:
        return "Too few samples to choose a layer and head on one half and try them on the other."
    chosen, told = best.chosen_on, best.reported
    return (
        f"Dot: layer {best.layer + 1}, head {best.head + 1} points best on one half of the samples "
        f"({chosen.ratio:.1f} × chance, {format_count(chosen.words)} words). On the other half: "
        f"{format_share(told.share, 0)}, chance {format_share(told.chance, 0)}, "
        f"{told.ratio:.1f} × chance, {format_of(told.hits, told.words)} hit."
    )


def checked_words(judged: JudgedAll | None) -> str:
    """What checks of the query's maps come to."""
    if judged is None:
        return NOT_CHECKED
    areas = area_words(judged.deletion, judged.chance)
    shown = area_words(judged.insertion, judged.chance, "insertion")
    better = format_of(judged.better, judged.words)
    return f"{areas} · {shown}. {better} words fall faster than by random orders on average."


def _empty_words(shown: OverQuery) -> tuple[str, str]:
    if not shown.captured:
        count = format_count(shown.samples)
        return f"None of the {count} samples of this query has a map of this run.", CAPTURE
    if shown.unfit == shown.captured:
        return f"{NO_ROLLOUT} Choose layers, or capture them again.", CAPTURE
    if not shown.boxes:
        return "No sample of this query has a box, so what is pointed at cannot be measured.", ""
    if not shown.measured:
        of = format_count(shown.captured)
        return f"No word of the {of} captured captions names a box of its picture.", ""
    return "", ""


def _sentence(shown: OverQuery, every: Tally, cell: tuple[int, int] | None) -> str:
    look = shown.look
    if cell is not None:
        look = replace(look, reduction=Reduction(Over.LAYER, *cell))
    captured = format_of(shown.captured - shown.unfit, shown.samples)
    return (
        f"{where_words(look)}: {format_share(every.share, 0)} of what is read of the picture lies "
        f"in the box that the words name, chance {format_share(every.chance, 0)}, "
        f"{every.ratio:.1f} ×. Maps of {captured} samples, step {shown.step:,}."
    )


def _row(one: Tally) -> tuple[str, ...]:
    return (
        EVERY if one.name == pointing.ALL else one.name,
        format_count(one.words),
        format_share(one.share),
        format_share(one.chance),
        f"{one.ratio:.1f} ×",
        format_of(one.hits, one.words),
        format_share(one.hit_chance),
    )


def _place_of(look: Look) -> tuple[int, int | None]:
    """What the grid marks: a layer, or -1 where several are taken together."""
    reduction = look.reduction
    return (reduction.layer if reduction.over == Over.LAYER else -1), reduction.head
