"""Makes a backup from time to time while a project is open and being worked on."""

from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from studio.document import Changes, Document
from studio.errors import StudioError
from studio.ui import background

MINUTES = 15  # the most work that a ruined file may cost


class BackupClock(QObject):
    """Copies in the background, and only what differs from the last copy."""

    made = Signal(object)  # Path
    failed = Signal(str)

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self.is_due = False
        self.is_busy = False
        self._timer = QTimer(self)
        self._timer.setInterval(MINUTES * 60_000)
        self._timer.timeout.connect(self.tick)
        document.changed.connect(self.note)

    def start(self) -> None:
        """Begin to count the minutes; a reading window leaves it to the writing one."""
        if self.document.writable:
            self._timer.start()

    def note(self, changes: Changes) -> None:
        """Edits and runs are worth a copy; what a run writes on its way is in its folder too."""
        if changes.title or "runs" in changes.tables:
            self.is_due = True

    def tick(self) -> None:
        """The minutes are over."""
        if self.is_due:
            self.back_up()

    def back_up(self) -> None:
        """Make one now, off the window's thread."""
        if self.is_busy:
            return
        self.is_busy, self.is_due = True, False
        background.run(self.document.back_up, done=self._tell, failed=self._fail, owner=self)

    def close(self) -> None:
        """Make no more."""
        self._timer.stop()
        self.document.changed.disconnect(self.note)

    def _tell(self, path: Path) -> None:
        self.is_busy = False
        self.made.emit(path)

    def _fail(self, error: Exception) -> None:
        self.is_busy, self.is_due = False, True
        if not isinstance(error, StudioError):
            raise error
        self.failed.emit(str(error))
