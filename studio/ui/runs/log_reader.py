"""Follows the log of the chosen run in the background."""

from PySide6.QtCore import QObject, Signal

from studio.document import Document
from studio.ui import background
from studio.ui.runs.run_log import LogNews, read_log


class LogReader(QObject):
    """One reading at a time; lines of a run that is no longer followed are dropped."""

    arrived = Signal(object)  # list[str]

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._run: int | None = None
        self._offset = 0
        self._busy = False
        self._again = False

    def follow(self, run_id: int) -> None:
        """Read what is new of a run's log; `arrived` follows, if there is anything."""
        if run_id != self._run:
            self._run, self._offset = run_id, 0
        if self._busy:
            self._again = True
            return
        self._busy = True
        background.run(read_log, self._document, run_id, self._offset, done=self._take, owner=self)

    def forget(self) -> None:
        """Read the log from its start the next time."""
        self._run = None

    def _take(self, news: LogNews) -> None:
        self._busy = False
        if news.run_id == self._run and news.offset >= self._offset:
            self._offset = news.offset
            if news.lines:
                self.arrived.emit(news.lines)
        if self._again and self._run is not None:
            self._again = False
            self.follow(self._run)
