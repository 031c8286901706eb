"""Find and replace in the captions of the query: a strip that previews every change first."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from studio.numbers import format_count
from studio.ui import fonts, theme
from studio.ui.widgets.buttons import make_button
from studio.ui.widgets.text import PlainLabel

SHOWN = 4
LINE = 22
WAIT = 200
AROUND = 34  # signs of the caption before a hit


@dataclass(frozen=True)
class Change:
    """One caption before and after, cut so that the change is seen."""

    key: str
    before: str
    found: str
    put: str
    after: str


@dataclass(frozen=True)
class Preview:
    count: int
    changes: Sequence[Change]


@dataclass(frozen=True)
class Replacement:
    find: str
    put: str
    match_case: bool


def change_of(key: str, text: str, wanted: Replacement) -> Change | None:
    """The first hit in a caption with what surrounds it; None without one."""
    hay, needle = (text, wanted.find) if wanted.match_case else (text.lower(), wanted.find.lower())
    at = hay.find(needle)
    if at < 0 or not needle:
        return None
    end = at + len(wanted.find)
    start = max(0, at - AROUND)
    before = ("…" if start else "") + text[start:at]
    return Change(key, before, text[at:end], wanted.put, text[end:])


class ChangeLines(QWidget):
    """Paints the old words struck out and the new ones after them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.changes: Sequence[Change] = ()
        theme.watch(self.update)

    def show_changes(self, changes: Sequence[Change]) -> None:
        self.changes = changes
        self.setFixedHeight(self.sizeHint().height())
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, fonts.scaled(LINE) * len(self.changes))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        for at, change in enumerate(self.changes):
            self._paint_change(painter, at * fonts.scaled(LINE), change)
        painter.end()

    def _paint_change(self, painter: QPainter, top: int, change: Change) -> None:
        parts = (
            (change.key + "   ", "text_3", False),
            (change.before, "text_2", False),
            (change.found, "error", True),
            (f" {change.put} " if change.put else " ", "done", False),
            (change.after, "text_2", False),
        )
        left = 0
        for words, token, struck in parts:
            font = fonts.role_font("small")
            font.setStrikeOut(struck)
            painter.setFont(font)
            painter.setPen(theme.current_tokens().color(token))
            box = QRect(left, top, max(0, self.width() - left), fonts.scaled(LINE))
            fitting = painter.fontMetrics().elidedText(
                words, Qt.TextElideMode.ElideRight, box.width()
            )
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, fitting)
            left += painter.fontMetrics().horizontalAdvance(words)


class ReplaceStrip(QFrame):
    """Asks for a preview while it is typed into; replaces only when told to."""

    preview_wanted = Signal(object)  # Replacement
    replace_wanted = Signal(object)
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("surface", "card")
        self.wanted_words, self.put = QLineEdit(), QLineEdit()
        self.wanted_words.setPlaceholderText("Find in captions")
        self.put.setPlaceholderText("Replace with")
        self.wanted_words.setAccessibleName("Find in captions")
        self.put.setAccessibleName("Replace with")
        self.match_case = QCheckBox("Match case")
        self.button = make_button("Replace", "default", tooltip="In every caption of the query")
        self.close_button = make_button("Close", "ghost", "", "Esc")
        self.words = PlainLabel("", role="small", tone="text_3", elide=True)
        self.lines = ChangeLines()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(WAIT)
        self._timer.timeout.connect(lambda: self.preview_wanted.emit(self.wanted()))
        self._lay_out()
        self.show_preview(Preview(0, ()))

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.wanted_words, 1)
        row.addWidget(self.put, 1)
        for each in (self.match_case, self.button, self.close_button):
            row.addWidget(each)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 8, 10, 8)
        column.setSpacing(4)
        column.addLayout(row)
        column.addWidget(self.words)
        column.addWidget(self.lines)
        self.wanted_words.textChanged.connect(self._timer.start)
        self.put.textChanged.connect(self._timer.start)
        self.match_case.toggled.connect(self._timer.start)
        self.button.clicked.connect(lambda: self.replace_wanted.emit(self.wanted()))
        self.put.returnPressed.connect(self.button.click)
        self.close_button.clicked.connect(self.closed)

    def wanted(self) -> Replacement:
        return Replacement(self.wanted_words.text(), self.put.text(), self.match_case.isChecked())

    def show_preview(self, preview: Preview) -> None:
        unit = "caption" if preview.count == 1 else "captions"
        number = f"{format_count(preview.count)} {unit}"
        self.button.setEnabled(preview.count > 0)
        self.button.setText(f"Replace in {number}" if preview.count else "Replace")
        more = preview.count - len(preview.changes)
        tail = f", {format_count(more)} more not shown" if more > 0 else ""
        hint = "Acts on every caption of the query, also on those not in sight."
        nothing = (
            "No caption of this query holds these words." if self.wanted_words.text() else hint
        )
        self.words.setText(
            f"{number} of this query would change{tail}." if preview.count else nothing
        )
        self.lines.show_changes(list(preview.changes)[:SHOWN])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)
