"""A field over a list that narrows while one types; arrows move, Enter takes."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from studio.ui import fonts, theme
from studio.ui.widgets import icons
from studio.ui.widgets.buttons import key_width, paint_key

ROW = 34
SHOWN = 200


@dataclass(frozen=True)
class Entry:
    """A row: `id` comes back when it is taken; `more_words` are searched but not shown."""

    id: str
    text: str
    detail: str = ""
    icon: str = ""
    key: str = ""
    more_words: str = ""


class EntryDelegate(QStyledItemDelegate):
    """Paints icon, text, detail and key."""

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        """One row."""
        return QSize(200, fonts.scaled(ROW))

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Paint one entry."""
        entry: Entry = index.data(Qt.ItemDataRole.UserRole)
        tokens = theme.current_tokens()
        rect = QRectF(option.rect)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        if chosen:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(tokens.color("accent_soft"))
            painter.drawRoundedRect(rect, 6, 6)
        rect.adjust(10, 0, -10, 0)
        if entry.icon:
            place = QRectF(rect.left(), rect.center().y() - 8, 16, 16)
            icons.paint_icon(painter, place, entry.icon, "text_2")
            rect.adjust(26, 0, 0, 0)
        if entry.key:
            width = key_width(entry.key)
            place = QRectF(rect.right() - width, rect.center().y() - 9, width, 18)
            paint_key(painter, place, entry.key)
            rect.adjust(0, 0, -width - 12, 0)
        self._paint_words(painter, rect, entry, chosen)
        painter.restore()

    def _paint_words(self, painter: QPainter, rect: QRectF, entry: Entry, chosen: bool) -> None:
        tokens = theme.current_tokens()
        middle = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
        font = fonts.role_font("body")
        metrics = QFontMetrics(font)
        text = metrics.elidedText(entry.text, Qt.TextElideMode.ElideRight, int(rect.width()))
        painter.setFont(font)
        painter.setPen(tokens.color("text_1"))
        painter.drawText(rect, middle, text)
        rect.adjust(metrics.horizontalAdvance(text) + 10, 0, 0, 0)
        font = fonts.role_font("small")
        detail = QFontMetrics(font).elidedText(
            entry.detail, Qt.TextElideMode.ElideRight, max(0, int(rect.width()))
        )
        painter.setFont(font)
        painter.setPen(tokens.color("text_2" if chosen else "text_3"))
        painter.drawText(rect, middle, detail)


class SearchList(QWidget):
    """`taken` carries the id of an entry; `searched` the text, for lists that ask elsewhere."""

    taken = Signal(str)
    searched = Signal(str)

    def __init__(self, hint: str, entries: Sequence[Entry] = ()) -> None:
        super().__init__()
        self.field = QLineEdit()
        self.field.setPlaceholderText(hint)
        self.field.setAccessibleName(hint)
        self.list = QListWidget()
        self.list.setItemDelegate(EntryDelegate(self.list))
        self.list.setUniformItemSizes(True)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.field)
        column.addWidget(self.list, 1)
        self.entries: list[Entry] = []
        self.extra: list[Entry] = []
        self.field.textChanged.connect(self._narrow)
        self.field.returnPressed.connect(self.take_current)
        self.list.itemClicked.connect(lambda _: self.take_current())
        self.field.installEventFilter(self)
        self.show_entries(entries)

    def show_entries(self, entries: Sequence[Entry]) -> None:
        """Replace all entries."""
        self.entries = list(entries)
        self._fill()

    def show_extra(self, entries: Sequence[Entry]) -> None:
        """Entries found elsewhere for the present text; they stand last."""
        self.extra = list(entries)
        self._fill()

    def shown(self) -> list[Entry]:
        """The entries that match."""
        return [
            self.list.item(row).data(Qt.ItemDataRole.UserRole) for row in range(self.list.count())
        ]

    def take_current(self) -> None:
        """Take the marked entry."""
        item = self.list.currentItem()
        if item is not None:
            self.taken.emit(item.data(Qt.ItemDataRole.UserRole).id)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Up and down in the field move the mark in the list."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
            if step and self.list.count():
                row = (self.list.currentRow() + step) % self.list.count()
                self.list.setCurrentRow(row)
                return True
        return False

    def _narrow(self, text: str) -> None:
        self.extra = []
        self._fill()
        self.searched.emit(text)

    def _fill(self) -> None:
        words = self.field.text().lower().split()
        found = [entry for entry in self.entries if matches(entry, words)]
        self.list.clear()
        for entry in [*found, *self.extra][:SHOWN]:
            item = QListWidgetItem()
            item.setData(Qt.ItemDataRole.UserRole, entry)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{entry.text}, {entry.detail}")
            self.list.addItem(item)
        self.list.setCurrentRow(0)


def matches(entry: Entry, words: Sequence[str]) -> bool:
    """Whether every word begins, ends or lies in the entry."""
    text = f"{entry.text} {entry.detail} {entry.more_words} {entry.key}".lower()
    return all(word in text for word in words)
