"""Opens the panel over the whole query, reads its maps in the background, and takes figures out."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog

from studio.errors import StudioError
from studio.ui import background
from studio.ui.attention import query_facts
from studio.ui.attention.query_facts import Asked, OverQuery
from studio.ui.attention.query_panel import QueryPanel

if TYPE_CHECKING:
    from studio.ui.attention.page import AttentionPage


class OverQueryActs(QObject):
    """What was begun last counts; `counted` brings the count from the reading thread."""

    counted = Signal(int, int, int)

    def __init__(self, page: "AttentionPage") -> None:
        super().__init__(page)
        self.page = page
        self.panel = QueryPanel()
        self._asking = 0
        self.counted.connect(self._show_count)
        self.panel.left.connect(self.close)
        self.panel.cancelled.connect(self.cancel)
        self.panel.save_wanted.connect(self.choose_csv)
        self.panel.head_chosen.connect(page.choose_head)

    @property
    def is_open(self) -> bool:
        return self.page.pages.currentWidget() is self.panel

    def open(self) -> None:
        """Show the panel, and read under the page's look."""
        self.page.pages.setCurrentWidget(self.panel)
        self.read()

    def close(self) -> None:
        """Back to the sample."""
        self.cancel()
        self.page.pages.setCurrentWidget(self.page.stage)
        self.page.load()

    def read(self) -> None:
        """Read all maps of the query; an earlier reading ends."""
        page = self.page
        if page.run_id is None:
            return
        self._asking += 1
        asked = self._asking
        self.panel.show_reading(0, 0)

        def tell(done: int, total: int) -> bool:
            if asked == self._asking:
                self.counted.emit(asked, done, total)
            return asked == self._asking

        background.run(
            query_facts.read_over_query,
            page.document,
            Asked(page.run_id, page.query, page.step, page.look),
            tell,
            done=lambda found: self._show(found) if asked == self._asking else None,
            failed=lambda error: self._show_error(error) if asked == self._asking else None,
            owner=self,
        )

    def cancel(self) -> None:
        """End a reading; what was shown before it stays."""
        self._asking += 1
        self.panel.progress.hide()
        if self.panel.shown is None:
            self.panel.show_words("The maps were not read.")

    def save_csv(self, path: Path) -> None:
        """The table as it is shown."""
        query_facts.save_tallies(path, self.panel.tallies())

    def choose_csv(self) -> None:
        """Ask for a file, and save the table."""
        name, kinds = "pointing.csv", "CSV (*.csv)"
        chosen, _ = QFileDialog.getSaveFileName(self.page.window(), "Save as CSV", name, kinds)
        if chosen:
            self.save_csv(Path(chosen))

    def _show(self, found: OverQuery | None) -> None:
        if found is not None:
            self.panel.show_query(found)
            self.page.checks.refresh()

    def _show_error(self, error: Exception) -> None:
        if not isinstance(error, StudioError):
            raise error
        self.panel.show_words(str(error))

    def _show_count(self, asked: int, done: int, total: int) -> None:
        if asked == self._asking:
            self.panel.show_reading(done, total)
