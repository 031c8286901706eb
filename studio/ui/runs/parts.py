"""The parts of the Runs page and how they lie beside each other."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from studio.ui.runs import details
from studio.ui.runs.curve_feed import CurveFeed
from studio.ui.runs.curves_panel import CurvesPanel
from studio.ui.runs.details import RunDetails
from studio.ui.runs.run_head import RunHead
from studio.ui.runs.run_list import RunList
from studio.ui.runs.trouble_band import TroubleBand
from studio.ui.runs.verdict_panel import VerdictPanel
from studio.ui.widgets.buttons import make_button
from studio.ui.widgets.empty_state import EmptyState
from studio.ui.widgets.image_loader import ImageLoader
from studio.ui.widgets.page_frame import PageFrame, PageHeader

EMPTY = "No runs yet. The example recipe trains in about a minute on this computer."

WORKED_IN = (details.EVALUATION, details.EXTREMES, details.TRY)
ROOM = 300


class RunsParts:
    """Builds everything once; `stack` holds the full page and the empty one."""

    def __init__(self, project: str, images: ImageLoader, feed: CurveFeed) -> None:
        self._project = project
        self.header = PageHeader("Runs")
        self.compare = make_button("Compare", "ghost", "git-diff")
        self.export = make_button("Export", "ghost", "export")
        self.go_on = make_button("Continue", "ghost", "arrow-bend-down-right")
        self.go_on.explain("Train on from this run's weights, as a new run")
        self.duplicate = make_button("Duplicate and change", icon="copy")
        self.new_run = make_button("New run", "primary", "plus")
        for button in (self.compare, self.export, self.go_on, self.duplicate):
            self.header.add_button(button)
        self.header.add_button(self.new_run, primary=True)
        self.list = RunList()
        self.head = RunHead()
        self.band = TroubleBand()
        self.curves = CurvesPanel(feed)
        self.details = RunDetails(images)
        self.panel = VerdictPanel(images)
        self.frame = PageFrame(
            self.header, self.list, self._middle(), self.panel, 264, 328,
            left_narrow=212, right_narrow=316,
        )  # fmt: skip
        self.empty = EmptyState("chart-line-up", EMPTY, "Open Recipe")
        self.stack = QStackedWidget()
        self.stack.addWidget(self.frame)
        self.stack.addWidget(self._empty_page())

    def _middle(self) -> QWidget:
        upper = QWidget()
        column = QVBoxLayout(upper)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.head)
        around = QHBoxLayout()
        around.setContentsMargins(16, 0, 16, 0)
        around.addWidget(self.band)
        column.addLayout(around)
        column.addWidget(self.curves, 1)
        splitter = QSplitter(Qt.Orientation.Vertical)
        splitter.setProperty("surface", "panel")
        splitter.setChildrenCollapsible(False)
        splitter.setHandleWidth(1)
        splitter.addWidget(upper)
        splitter.addWidget(self.details)
        splitter.setStretchFactor(0, 1)
        splitter.setSizes([700, 150])
        self.details.setMinimumHeight(96)
        self.halves = splitter
        self.details.tab_chosen.connect(self._give_room)
        return splitter

    def _give_room(self, tab: int) -> None:
        """The tabs that are worked in are made higher than a log needs; never lower."""
        whole = sum(self.halves.sizes())
        if tab in WORKED_IN and self.details.height() < ROOM:
            self.halves.setSizes([whole - ROOM, ROOM])

    def _empty_page(self) -> QWidget:
        self._bare_header = PageHeader("Runs")
        self._bare_header.set_project(self._project)
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._bare_header)
        column.addWidget(self.empty, 1)
        return holder
