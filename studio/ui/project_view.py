"""An open project in the window: the rail beside its pages, each made when first shown."""

from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from studio.document import Document
from studio.runs.controller import RunController
from studio.runs.inspector import Inspector
from studio.ui import background, pages
from studio.ui.backup_clock import BackupClock
from studio.ui.job_watch import JobWatch
from studio.ui.navigation import Destination, PageName
from studio.ui.rail import Rail
from studio.ui.widgets.buttons import make_button
from studio.ui.widgets.empty_state import Glyph
from studio.ui.widgets.image_loader import ImageLoader
from studio.ui.widgets.page_frame import NARROW_WINDOW, PageFrame
from studio.ui.widgets.text import PlainLabel

WARM_UP_AFTER = 2500  # ms: what is looked at first is painted by then


class ReadOnlyBand(QFrame):
    """Says why nothing can be edited here, and offers to write once that has passed."""

    asked = Signal()

    def __init__(self, sentence: str) -> None:
        super().__init__()
        self.setProperty("surface", "band_warn")
        self.sentence = PlainLabel(sentence, tone="warn", elide=True)
        self.button = make_button("Edit here", "ghost", size="bar")
        self.button.clicked.connect(self.asked)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 6, 12, 6)
        row.addWidget(Glyph("lock-simple", "warn", 14))
        row.addWidget(self.sentence, 1)
        row.addWidget(self.button)


class ProjectView(QWidget):
    """Owns what belongs to one open project; `close_project` ends it all."""

    said = Signal(str)
    shown = Signal(object)  # PageName
    error = Signal(str)
    restore_wanted = Signal(object)  # Path of a backup

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self.controller = RunController(document, self)
        self.images = ImageLoader(self)
        self.inspector = Inspector(self)
        self.jobs = JobWatch(document, self)
        self.backups = BackupClock(document, self)
        self.made: dict[PageName, QWidget] = {}
        self.page = PageName.WELCOME
        self.rail = Rail(pages.present_pages())
        self.rail.chosen.connect(lambda page: self.go(Destination(page)))
        self.stack = QStackedWidget()
        self.band = ReadOnlyBand(self._reason())
        self.band.asked.connect(self.become_writer)
        self.band.setVisible(not document.writable)
        right = QVBoxLayout()
        right.setSpacing(0)
        right.addWidget(self.band)
        right.addWidget(self.stack, 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.rail)
        row.addLayout(right, 1)
        self.controller.said.connect(self.said)
        self.backups.failed.connect(self.said)
        self.jobs.went_on.connect(self.said)
        self.jobs.changed.connect(self._show_dot, Qt.ConnectionType.QueuedConnection)

    def start(self) -> None:
        """Begin to follow runs; a reading window follows what is written only."""
        self.jobs.look()
        self.jobs.note_what_goes_on()
        if self.document.writable:
            self.controller.start_timer()
        self.backups.start()
        QTimer.singleShot(WARM_UP_AFTER, self, self._warm_up)

    def _warm_up(self) -> None:
        self.inspector.warm_up()
        background.run(pages.load_pages, owner=self)

    def go(self, destination: Destination) -> None:
        """Show a page and what the destination names on it."""
        if destination.page not in self.rail.items:
            return
        widget = self.made.get(destination.page)
        if widget is None:
            widget = pages.make_page(
                destination.page, self.document, self.controller, self.images, self.inspector
            )
            page = pages.as_page(widget)
            page.go.connect(self.go)
            page.said.connect(self.said)
            if destination.page == PageName.DATA:
                self._join_backups(widget)
            self.made[destination.page] = widget
            self.stack.addWidget(widget)
        focused = self.window().focusWidget()
        self.page = destination.page
        self.rail.show_page(destination.page)
        self.stack.setCurrentWidget(widget)
        pages.as_page(widget).show_destination(destination)
        # A stack gives the focus to a page's first button, which then looks chosen.
        if focused is None or not widget.isAncestorOf(focused):
            widget.setFocus(Qt.FocusReason.OtherFocusReason)
        self.shown.emit(destination.page)

    def toggle_dock(self, side: str) -> None:
        """Hide or show a dock of the page that is shown."""
        current = self.stack.currentWidget()
        frame = current if isinstance(current, PageFrame) else None
        frame = frame or (current.findChild(PageFrame) if current else None)
        if isinstance(frame, PageFrame):
            frame.toggle_dock(side)

    def become_writer(self) -> None:
        """Edit here, if nobody else writes by now."""
        if self.document.become_writer():
            self.band.hide()
            self.controller.start_timer()
            self.backups.start()
            self.said.emit("This window edits the project now.")
        else:
            self.band.sentence.setText(self._reason())
            self.said.emit(self._reason())

    def close_project(self) -> None:
        """Leave one whole file behind; runs that train go on."""
        self.jobs.close()
        self.backups.close()
        self.controller.close()
        self.inspector.close()
        self.images.close()
        self.document.close()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Narrow the rail with the window."""
        super().resizeEvent(event)
        self.rail.set_narrow(self.window().width() < NARROW_WINDOW)

    def _join_backups(self, data: Any) -> None:
        """The Data page lists what the clock makes."""
        data.back_up_wanted.connect(self.backups.back_up)
        data.restore_wanted.connect(self.restore_wanted)
        self.backups.made.connect(lambda _: data.show_backups())

    def _reason(self) -> str:
        return f"This project is {self.document.read_only_reason}."

    def _show_dot(self, job: object, _waiting: int) -> None:
        if PageName.RUNS in self.rail.items:
            self.rail.items[PageName.RUNS].show_dot(job is not None)
