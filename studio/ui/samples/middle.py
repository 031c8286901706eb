"""The middle of the page: query bar, strips, result bar, and the grid or what stands for it."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from studio.ui.samples.banner import ExampleBanner
from studio.ui.samples.big_view import BigView
from studio.ui.samples.grid import SampleGrid
from studio.ui.samples.query_bar import QueryBar
from studio.ui.samples.replace_strip import ReplaceStrip
from studio.ui.samples.result_bar import ResultBar
from studio.ui.samples.row_pages import Fetch
from studio.ui.samples.split_strip import SplitStrip
from studio.ui.widgets.buttons import make_button
from studio.ui.widgets.empty_state import EmptyState
from studio.ui.widgets.image_loader import ImageLoader
from studio.ui.widgets.text import PlainLabel
from studio.ui.widgets.text_fit import fit_height


class MiddlePanel(QWidget):
    """Holds the parts and shows the one that is meant; decides nothing."""

    import_wanted = Signal()
    remove_clause_wanted = Signal(str)  # the query that is left

    def __init__(self, fetch: Fetch, images: ImageLoader, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("surface", "ground")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.query_bar = QueryBar()
        self.save_view = make_button("Save view", icon="bookmark-simple")
        self.problem = PlainLabel("", role="small", tone="error", wrap=True)
        self.banner = ExampleBanner()
        self.replace = ReplaceStrip()
        self.split = SplitStrip()
        self.results = ResultBar()
        self.grid = SampleGrid(fetch, images)
        self.big = BigView(images)
        self.empty = EmptyState(
            "image-square", "No samples yet. Drop a folder here, or import one.", "Import"
        )
        self.nothing = EmptyState("magnifying-glass", "No sample matches.", "Remove it")
        self._left_query = ""
        self.stack = QStackedWidget()
        self._lay_out()
        self.empty.clicked.connect(self.import_wanted)
        self.nothing.clicked.connect(lambda: self.remove_clause_wanted.emit(self._left_query))

    def _lay_out(self) -> None:
        bar = QHBoxLayout()
        bar.setContentsMargins(12, 8, 12, 8)
        bar.setSpacing(8)
        bar.addWidget(self.query_bar, 1)
        bar.addWidget(self.save_view)
        strips = QVBoxLayout()
        strips.setContentsMargins(12, 0, 12, 0)
        strips.setSpacing(8)
        for strip in (self.problem, self.banner, self.replace, self.split):
            strip.setVisible(False)
            strips.addWidget(strip)
        for page in (self.grid, self.big, self.empty, self.nothing):
            self.stack.addWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(bar)
        column.addLayout(strips)
        column.addWidget(self.results)
        column.addWidget(self.stack, 1)

    def show_problem(self, words: str) -> None:
        self.problem.setText(words)
        self.problem.setVisible(bool(words))

    def show_nothing(self, clause: str, left: str, count: int) -> None:
        """No sample matches; says what one clause less would find."""
        self._left_query = left
        if clause and count:
            verb = "there is 1" if count == 1 else f"there are {count:,}"
            words = f"No sample matches. Without {clause} {verb}."
            self.nothing.show_words(words, "Remove it")
        else:
            self._left_query = ""
            self.nothing.show_words("No sample matches.", "Show all samples")
        fit_height(self.nothing.sentence, self.nothing.sentence.width())
        self.stack.setCurrentWidget(self.nothing)

    def show_part(self, part: QWidget) -> None:
        self.stack.setCurrentWidget(part)
        self.results.setVisible(part is not self.empty)

    def is_big(self) -> bool:
        return self.stack.currentWidget() is self.big
