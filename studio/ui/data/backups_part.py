"""Backups: the copies of the project, newest first, and the way back to one of them."""

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from studio.numbers import format_bytes, format_moment
from studio.project import backups
from studio.ui.backup_clock import MINUTES
from studio.ui.widgets.buttons import make_button
from studio.ui.widgets.empty_state import EmptyState, Glyph
from studio.ui.widgets.scroll_column import ScrollColumn
from studio.ui.widgets.text import PlainLabel

WIDEST = 860
HOW_OFTEN = f"One is made every {MINUTES} minutes while something changes."


@dataclass(frozen=True)
class Backup:
    """A copy; the number gives the order, the moment is that of the disk."""

    path: Path
    number: int
    made_at: float
    size: int


def read_backups(folder: Path) -> list[Backup]:
    """The copies of a folder, newest first; for another thread."""
    found = []
    for path in reversed(backups.backups_in(folder)):
        facts = path.stat()
        number = backups.number_of(path)
        found.append(Backup(path, number, facts.st_mtime, facts.st_size))
    return found


class BackupRow(QFrame):
    """When, how large, and the button that brings it back."""

    def __init__(self, backup: Backup, *, writable: bool) -> None:
        super().__init__()
        self.setProperty("line", "below")
        self.backup = backup
        self.button = make_button("Restore…", "ghost", "clock-counter-clockwise", size="bar")
        self.button.setEnabled(writable)
        self.button.setAccessibleName(f"Restore backup {backup.number}")
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 8, 0, 8)
        row.setSpacing(12)
        moment = PlainLabel(format_moment(backup.made_at), tabular=True)
        moment.setFixedWidth(120)
        row.addWidget(moment)
        detail = f"backup {backup.number:,} · {format_bytes(backup.size)}"
        row.addWidget(PlainLabel(detail, role="small", tone="text_3", tabular=True), 1)
        row.addWidget(self.button)


class BackupsPart(QStackedWidget):
    """`restore_wanted` carries the path of a copy."""

    restore_wanted = Signal(object)
    back_up_wanted = Signal()

    def __init__(self, folder: Path, *, writable: bool) -> None:
        super().__init__()
        self.writable = writable
        self.rows: list[BackupRow] = []
        act = "Back up now" if writable else ""
        self.empty = EmptyState("clock-counter-clockwise", f"No backup yet. {HOW_OFTEN}", act)
        self.empty.clicked.connect(self.back_up_wanted)
        self.now = make_button("Back up now", icon="floppy-disk", size="bar")
        self.now.setVisible(writable)
        self.now.clicked.connect(self.back_up_wanted)
        self.column = QVBoxLayout()
        self.column.setSpacing(0)
        self.addWidget(self.empty)
        self.addWidget(ScrollColumn(self._make_list(folder)))

    def _make_list(self, folder: Path) -> QWidget:
        holder = QFrame()
        holder.setProperty("surface", "card")
        holder.setMaximumWidth(WIDEST)
        head = QHBoxLayout()
        head.setSpacing(10)
        head.addWidget(Glyph("clock-counter-clockwise", "text_3", 24))
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(PlainLabel("Backups of this project", role="title"))
        words.addWidget(PlainLabel(str(folder), role="mono", tone="text_3", is_path=True))
        head.addLayout(words, 1)
        head.addWidget(self.now, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(holder)
        column.setContentsMargins(16, 12, 12, 12)
        column.setSpacing(10)
        column.addLayout(head)
        column.addWidget(PlainLabel(HOW_OFTEN, role="small", tone="text_2"))
        column.addLayout(self.column)
        inner = QWidget()
        row = QHBoxLayout(inner)
        row.setContentsMargins(28, 24, 28, 24)
        row.addStretch(1)
        row.addWidget(holder, 100, Qt.AlignmentFlag.AlignTop)
        row.addStretch(1)
        return inner

    def show_backups(self, found: list[Backup]) -> None:
        """Show all copies, newest first."""
        for row in self.rows:
            self.column.removeWidget(row)
            row.hide()
            row.deleteLater()
        self.rows = [BackupRow(backup, writable=self.writable) for backup in found]
        for row in self.rows:
            row.button.clicked.connect(
                lambda _=False, path=row.backup.path: self.restore_wanted.emit(path)
            )
            self.column.addWidget(row)
        self.setCurrentIndex(1 if found else 0)
