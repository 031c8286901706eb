"""Fetches a base model while one looks on, with a way to cancel."""

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.numbers import format_bytes
from studio.runs import base_models
from studio.ui import background
from studio.ui.widgets.progress_row import ProgressRow
from workers.contract.catalogue import find_entry


class FetchRow(QWidget):
    """Hidden unless something is fetched."""

    told = Signal(str, int, int)

    def __init__(self) -> None:
        super().__init__()
        self.row = ProgressRow("", can_cancel=True)
        self.row.cancelled.connect(self.cancel)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 8)
        column.addWidget(self.row)
        self.is_cancelled = False
        self.told.connect(self._tell)
        self.hide()

    def get(self, name: str, came: Callable[[str], None]) -> None:
        """Fetch a model of the catalogue; `came` gets its title once it is here."""
        entry = find_entry(name)
        if entry is None or not self.isHidden():
            return
        self.is_cancelled = False
        self.row.set_name(f"Getting {entry.title}")
        self.row.show_busy()
        self.show()
        background.run(
            lambda: base_models.get_model(
                name, progress=self.told.emit, is_cancelled=lambda: self.is_cancelled
            ),
            done=lambda _: self._done(entry.title, came),
            failed=self._failed,
            owner=self,
        )

    def cancel(self) -> None:
        """Leave nothing behind."""
        self.is_cancelled = True

    def _tell(self, stage: str, done: int, total: int) -> None:
        self.row.track.show_share(done / total if total else None)
        self.row.count.setText(f"{stage} · {format_bytes(done)} of {format_bytes(total)}")

    def _done(self, title: str, came: Callable[[str], None]) -> None:
        self.hide()
        came(title)

    def _failed(self, error: Exception) -> None:
        self.hide()
        if not isinstance(error, base_models.Cancelled):
            raise error
