"""The Compare page: is it better, by how much, because of what."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QScrollArea,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from studio.document import Document
from studio.errors import StudioError
from studio.project.records import Changes, RunRow
from studio.runs import naming
from studio.runs.controller import RunController
from studio.ui import actions, background
from studio.ui.compare import reading, report
from studio.ui.compare.cards import Cards
from studio.ui.compare.changed import WhatChanged
from studio.ui.compare.curves import CompareCurves
from studio.ui.compare.differences import Differences
from studio.ui.compare.reading import Compared
from studio.ui.navigation import Destination, PageName
from studio.ui.widgets.buttons import make_button
from studio.ui.widgets.empty_state import EmptyState
from studio.ui.widgets.image_loader import ImageLoader
from studio.ui.widgets.page_frame import PageFrame, PageHeader

WATCHED = {"runs", "predictions", "labels", "samples", "captions", "evaluations"}
REFRESH_MILLISECONDS = 400
LEAST_CURVES = 270


class ComparePage(QWidget):
    """Two runs side by side; worked out in the background."""

    go = Signal(object)
    said = Signal(str)
    compared_shown = Signal()

    def __init__(
        self,
        document: Document,
        controller: RunController,
        images: ImageLoader,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._document, self._images = document, images
        self._first: int | None = None
        self._second: int | None = None
        self._compared: Compared | None = None
        self._under_way: tuple[int, int] | None = None
        self._timer = QTimer(self, singleShot=True, interval=REFRESH_MILLISECONDS)
        self._timer.timeout.connect(self.refresh)
        self._build()
        self._connect()
        self.refresh()

    def _build(self) -> None:
        self.header = PageHeader("Compare")
        self.swap = make_button("Swap", icon="swap")
        self.swap.explain("Swap the two runs (S)")
        self.save = make_button("Save report", "primary", "file-arrow-down")
        self.header.add_button(self.swap)
        self.header.add_button(self.save, primary=True)
        self.cards = Cards()
        self.curves = CompareCurves()
        self.changed = WhatChanged(self._images)
        self.differences = Differences()
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(self.changed)
        area.viewport().setAutoFillBackground(False)
        self.changed.setAutoFillBackground(False)
        splitter = QSplitter(Qt.Orientation.Vertical)
        splitter.setProperty("surface", "panel")
        splitter.setHandleWidth(1)
        splitter.setChildrenCollapsible(False)
        splitter.addWidget(self.curves)
        splitter.addWidget(area)
        splitter.setStretchFactor(0, 1)
        splitter.setStretchFactor(1, 0)
        self.halves = splitter
        self.empty = EmptyState("git-diff", "Choose two runs.")
        self.frame = PageFrame(
            self.header, None, splitter, self.differences, 0, 452, right_narrow=372
        )
        layout = self.frame.layout()
        assert isinstance(layout, QVBoxLayout)
        layout.insertWidget(1, self.cards)
        self.rule = QFrame()
        self.rule.setProperty("rule", "flat")
        layout.insertWidget(2, self.rule)
        layout.addWidget(self.empty, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.frame)

    def _connect(self) -> None:
        self._document.changed.connect(self._hear, Qt.ConnectionType.QueuedConnection)
        self.cards.chosen.connect(self._choose)
        self.swap.clicked.connect(self.swap_runs)
        self.save.clicked.connect(self._choose_report)
        self.changed.sample_chosen.connect(self._open_sample)
        self.changed.samples_wanted.connect(lambda kind: self._open(PageName.SAMPLES, kind))
        self.changed.review_wanted.connect(lambda kind: self._open(PageName.REVIEW, kind))
        self.empty.clicked.connect(self._take_latest)
        actions.bind("swap", self, self.swap_runs)
        actions.bind("next_changed", self, lambda: self.changed.step(1))
        actions.bind("previous_changed", self, lambda: self.changed.step(-1))
        actions.bind("solo_first", self, lambda: self.curves.solo("A"))
        actions.bind("solo_second", self, lambda: self.curves.solo("B"))

    # What is shown

    def show_destination(self, destination: Destination) -> None:
        """Compare the runs that are asked for; one alone is set against the run before it."""
        runs = destination.run_ids
        if len(runs) >= 2:
            self.show_runs(runs[0], runs[1])
        elif len(runs) == 1:
            ids = [row.id for row in reading.comparable_runs(self._document)]
            others = [one for one in ids if one != runs[0]]
            older = [one for one in others if one < runs[0]]
            self.show_runs(next(iter(older or others), None), runs[0])

    def show_runs(self, first: int | None, second: int | None) -> None:
        """Compare two runs."""
        self._first, self._second = first, second
        self.refresh()

    def shown_runs(self) -> tuple[int | None, int | None]:
        """A and B."""
        return self._first, self._second

    def compared(self) -> Compared | None:
        """What is shown, once it has been worked out."""
        return self._compared

    def swap_runs(self) -> None:
        """B becomes A."""
        self.show_runs(self._second, self._first)

    def refresh(self) -> None:
        """Work the comparison out anew."""
        rows = reading.comparable_runs(self._document)
        known = {row.id for row in rows}
        self._first = self._first if self._first in known else None
        self._second = self._second if self._second in known else None
        self._fill_in([row.id for row in rows])
        self.cards.first.show_runs(rows, self._first)
        self.cards.second.show_runs(rows, self._second)
        if self._first is None or self._second is None:
            self._show_empty(len(rows))
            return
        self._compare(self._first, self._second, rows)

    def _fill_in(self, ids: list[int]) -> None:
        """Take the latest runs, newest first in `ids`, where none was chosen."""
        if self._second is None:
            self._second = next((one for one in ids if one != self._first), None)
        if self._first is None:
            older = [one for one in ids if self._second is not None and one < self._second]
            others = [one for one in ids if one != self._second]
            self._first = next(iter(older or others), None)

    def _compare(self, first: int, second: int, rows: Sequence[RunRow]) -> None:
        self._under_way = (first, second)
        if self._compared is None:
            named = {row.id: naming.in_words(row) for row in rows}
            self.empty.show_words(f"Comparing {named[first]} with {named[second]}…")
            self._show_parts(False)
        background.run(
            reading.read_compared,
            self._document,
            first,
            second,
            done=self._take,
            failed=lambda error: self._fail(error, (first, second)),
            owner=self,
        )

    def _show_empty(self, runs: int) -> None:
        self._compared = None
        if runs == 1:
            self.empty.show_words("Choose two runs. There is one so far.", "Open Recipe")
        else:
            self.empty.show_words("Choose two runs. There are none yet.", "Open Recipe")
        self._show_parts(False)

    def _show_parts(self, full: bool) -> None:
        for part in (self.cards, self.rule, self.frame.splitter, self.swap, self.save):
            part.setVisible(full)
        self.empty.setVisible(not full)

    def _take(self, compared: Compared) -> None:
        if (compared.first.row.id, compared.second.row.id) != (self._first, self._second):
            return
        self._under_way = None
        self._compared = compared
        found = compared.comparison
        sides = ((self.cards.first, compared.first), (self.cards.second, compared.second))
        if found.first is None and found.perplexity is not None:
            measured = found.perplexity
            means = (measured.interval.first, measured.interval.second)
            for (card, side), mean in zip(sides, means, strict=True):
                card.show_perplexity(side.colour, mean, measured.shared)
            self.cards.show_fall(measured.interval, measured.lower, measured.higher)
        else:
            for (card, side), correct in zip(sides, found.correct, strict=True):
                card.show_result(side.colour, correct, found.shared, side.best)
            self.cards.show_gain(found.intervals[0], len(found.won), len(found.lost))
        self.curves.show_compared(compared)
        self.changed.show_compared(compared)
        self.differences.show_compared(compared)
        names = [naming.in_words(one.row) for one in (compared.first, compared.second)]
        self.header.set_detail(f"{names[0].capitalize()} against {names[1]}")
        self._show_parts(True)
        # The pictures' height is known once they have been laid out.
        QTimer.singleShot(0, self, self._share_height)
        self.compared_shown.emit()

    def _share_height(self) -> None:
        """The pictures take what they need, the curves the rest."""
        height = self.halves.height()
        lower = min(self.changed.sizeHint().height() + 2, height - LEAST_CURVES)
        self.halves.setSizes([height - lower, lower])

    def _fail(self, error: Exception, runs: tuple[int, int]) -> None:
        if not isinstance(error, StudioError):
            raise error
        if runs != (self._first, self._second):
            return
        self._compared, self._under_way = None, None
        self.empty.show_words(str(error), "Compare the two latest")
        self._show_parts(False)
        self.cards.setVisible(True)

    # Hearing and asking

    @Slot(object)
    def _hear(self, changes: Changes) -> None:
        if self.isVisible() and (not changes.tables or changes.tables & WATCHED):
            self._timer.start()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._under_way is None or self._under_way != (self._first, self._second):
            self.refresh()

    def _choose(self, letter: str, run_id: int) -> None:
        first, second = self._first, self._second
        if letter == "A":
            self.show_runs(run_id, first if run_id == second else second)
        else:
            self.show_runs(second if run_id == first else first, run_id)

    def _take_latest(self) -> None:
        rows = reading.comparable_runs(self._document)
        if len(rows) < 2:
            self.go.emit(Destination(PageName.RECIPE))
            return
        self.show_runs(rows[1].id, rows[0].id)

    def _open(self, page: PageName, kind: str) -> None:
        if self._compared is None:
            return
        ids = getattr(self._compared.comparison, kind)
        if ids:
            query = f"sample:{','.join(str(one) for one in ids)}"
            runs = (self._compared.first.row.id, self._compared.second.row.id)
            self.go.emit(Destination(page, query=query, run_ids=runs))

    def _open_sample(self, sample_id: int) -> None:
        query = f"sample:{sample_id}"
        self.go.emit(Destination(PageName.SAMPLES, query=query, sample_id=sample_id))

    def _choose_report(self) -> None:
        name, _ = QFileDialog.getSaveFileName(self, "Save report", "report.html", "HTML (*.html)")
        if name:
            self.save_report(Path(name))

    def save_report(self, path: Path) -> None:
        """Write the comparison that is shown into one HTML file."""
        if self._compared is not None:
            report.write_report(path, self._compared, self.curves.plot, self._images)
            self.said.emit(f"Report saved as {path.name}.")
