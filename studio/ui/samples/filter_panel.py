"""The left panel: views, labels, splits and origins as rows that each stand for a clause."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtGui import QPaintEvent as PaintEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from studio.numbers import format_count
from studio.ui import fonts, label_colours, theme
from studio.ui.widgets.icons import paint_icon
from studio.ui.widgets.label_mark import paint_label_mark
from studio.ui.widgets.pressing import light_up
from studio.ui.widgets.text import plain_tooltip

ROW = 27
BARS_FROM = 208  # narrower panels leave out the small bars
PADDING = 16


@dataclass(frozen=True)
class FilterRow:
    """One line: `clause` is put into the query, or `query` replaces it."""

    words: str
    icon: str = ""
    shape: str | None = None  # of a label's mark, instead of an icon
    colour: str = ""
    count: int | None = None
    clause: str = ""
    query: str | None = None
    view_id: int | None = None
    bar: bool = False


@dataclass(frozen=True)
class FilterGroup:
    title: str
    rows: tuple[FilterRow, ...]


class FilterLine(QWidget):
    """Paints one row; a click asks for it, Ctrl+click for everything but it."""

    pressed = Signal(object, bool)  # FilterRow, exclude
    menu_wanted = Signal(object, object)  # FilterRow, place

    def __init__(self, row: FilterRow, share: float, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.row, self.share = row, share
        self.state = ""  # "", "chosen", "excluded"
        self.setFixedHeight(fonts.scaled(ROW))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        light_up(self)
        self.setAccessibleName(self._spoken())
        self.setToolTip(plain_tooltip(_tooltip(row)))

    def show_row(self, row: FilterRow, share: float, state: str) -> None:
        self.row, self.share, self.state = row, share, state
        self.setAccessibleName(self._spoken())
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(160, fonts.scaled(ROW))

    def _spoken(self) -> str:
        return f"{self.row.words}, {self.row.count} samples" if self.row.count is not None else ""

    def paintEvent(self, event: PaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tokens = theme.current_tokens()
        inner = QRectF(self.rect()).adjusted(8, 1, -8, -1)
        if self.state == "chosen" or self.underMouse() or self.hasFocus():
            painter.setPen(tokens.color("accent_line") if self.hasFocus() else Qt.PenStyle.NoPen)
            painter.setBrush(tokens.color("accent_soft" if self.state == "chosen" else "hover"))
            painter.drawRoundedRect(inner, 6, 6)
        self._paint_sign(painter)
        right = self._paint_count(painter)
        if self.row.bar and self.width() >= BARS_FROM:
            right = self._paint_bar(painter, right)
        self._paint_words(painter, right)
        painter.end()

    def _paint_sign(self, painter: QPainter) -> None:
        tokens = theme.current_tokens()
        place = QRectF(PADDING, (self.height() - 15) / 2, 15, 15)
        if self.row.shape is not None:
            colour = label_colours.mark_colour(tokens, self.row.colour)
            paint_label_mark(painter, place.adjusted(1, 1, -1, -1), self.row.shape, colour)
        elif self.row.icon:
            name = "accent_text" if self.state == "chosen" else "text_3"
            paint_icon(painter, place, self.row.icon, name)

    def _paint_count(self, painter: QPainter) -> int:
        if self.row.count is None:
            return self.width() - PADDING
        tokens = theme.current_tokens()
        painter.setFont(fonts.role_font("small", tabular=True))
        painter.setPen(tokens.color("text_2" if self.state == "chosen" else "text_3"))
        words = format_count(self.row.count)
        box = self.rect().adjusted(0, 0, -PADDING, 0)
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, words)
        room = 30 if self.row.bar and self.width() >= BARS_FROM else 0
        return box.right() - max(room, painter.fontMetrics().horizontalAdvance(words)) - 6

    def _paint_bar(self, painter: QPainter, right: int) -> int:
        tokens = theme.current_tokens()
        track = QRectF(right - 28, self.height() / 2 - 1.5, 28, 3)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tokens.color("press"))
        painter.drawRoundedRect(track, 1.5, 1.5)
        if self.share > 0:
            track.setWidth(max(1.5, 28 * self.share))
            marked = self.row.shape is not None and bool(self.row.colour)
            colour = label_colours.mark_colour(tokens, self.row.colour)
            painter.setBrush(colour if marked else tokens.color("text_3"))
            painter.drawRoundedRect(track, 1.5, 1.5)
        return right - 34

    def _paint_words(self, painter: QPainter, right: int) -> None:
        tokens = theme.current_tokens()
        font = fonts.role_font("body")
        font.setStrikeOut(self.state == "excluded")
        painter.setFont(font)
        painter.setPen(tokens.color("text_1" if self.state == "chosen" else "text_2"))
        box = QRect(PADDING + 24, 0, right - PADDING - 26, self.height())
        words = painter.fontMetrics().elidedText(
            self.row.words, Qt.TextElideMode.ElideRight, box.width()
        )
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, words)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            exclude = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
            self.pressed.emit(self.row, exclude)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.menu_wanted.emit(self.row, event.globalPos())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.pressed.emit(self.row, False)
        elif event.key() == Qt.Key.Key_Delete and self.row.view_id is not None:
            self.menu_wanted.emit(self.row, self.mapToGlobal(self.rect().bottomLeft()))
        else:
            event.ignore()


class GroupTitle(QWidget):
    """The heading of a group."""

    def __init__(self, words: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.words = words
        self.setFixedHeight(fonts.scaled(27))

    def paintEvent(self, event: PaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(fonts.role_font("small"))
        painter.setPen(theme.current_tokens().color("text_3"))
        box = self.rect().adjusted(PADDING, 0, -PADDING, -3)
        painter.drawText(
            box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self.words
        )
        painter.end()


class FilterPanel(QScrollArea):
    """All groups one below the other; keeps its lines while only numbers change."""

    clause_wanted = Signal(str, bool)  # clause, exclude
    query_wanted = Signal(str)
    view_menu_wanted = Signal(int, object)  # view id, place

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.lines: list[FilterLine] = []
        self._shape: list[tuple[str, tuple[str, ...]]] = []
        theme.watch(self._repaint)

    def show_groups(
        self, groups: Sequence[FilterGroup], query: str, clauses: Sequence[str]
    ) -> None:
        shape = [(group.title, tuple(row.words for row in group.rows)) for group in groups]
        if shape != self._shape:
            self._shape = shape
            self._build(groups)
        rows = [row for group in groups for row in group.rows]
        total = max((row.count or 0 for row in rows), default=0)
        for line, row in zip(self.lines, rows, strict=True):
            share = (row.count or 0) / total if total else 0.0
            line.show_row(row, share, _state(row, query, clauses))

    def _build(self, groups: Sequence[FilterGroup]) -> None:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 12, 0, 12)
        column.setSpacing(0)
        self.lines = []
        for group in groups:
            column.addWidget(GroupTitle(group.title))
            for row in group.rows:
                line = FilterLine(row, 0.0)
                line.pressed.connect(self._pressed)
                line.menu_wanted.connect(self._menu)
                self.lines.append(line)
                column.addWidget(line)
            column.addSpacing(12)
        column.addStretch(1)
        self.setWidget(inside)
        inside.setAutoFillBackground(False)  # the dock's own ground shows through

    def _pressed(self, row: FilterRow, exclude: bool) -> None:
        if row.query is not None:
            self.query_wanted.emit(row.query)
        else:
            self.clause_wanted.emit(row.clause, exclude)

    def _menu(self, row: FilterRow, place: object) -> None:
        if row.view_id is not None:
            self.view_menu_wanted.emit(row.view_id, place)

    def _repaint(self) -> None:
        for line in self.lines:
            line.update()
        self.viewport().update()


def _state(row: FilterRow, query: str, clauses: Sequence[str]) -> str:
    if row.query is not None:
        return "chosen" if row.query == query else ""
    if f"NOT {row.clause}" in clauses:
        return "excluded"
    return "chosen" if row.clause in clauses else ""


def _tooltip(row: FilterRow) -> str:
    if row.query is not None:
        return row.query or "Every sample of the project"
    return f"{row.clause}  ·  Ctrl+click leaves these out"
