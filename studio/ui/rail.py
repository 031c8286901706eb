"""The navigation rail: the mark, the pages in the groups of the loop, keys and settings."""

from collections.abc import Iterable

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QAbstractButton, QFrame, QSizePolicy, QVBoxLayout, QWidget

from studio.ui import actions, fonts, theme
from studio.ui.navigation import ICONS, RAIL_GROUPS, TITLES, PageName
from studio.ui.widgets import icons
from studio.ui.widgets.pressing import light_up
from studio.ui.widgets.text import plain_tooltip

WIDE, NARROW = 72, 48
ITEM_HEIGHT, ITEM_HEIGHT_NARROW = 50, 40
DOT = 7


class RailItem(QAbstractButton):
    """A page's icon and word; the word goes where the rail is narrow."""

    def __init__(self, glyph: str, word: str, key: str = "") -> None:
        super().__init__()
        self.glyph, self.word = glyph, word
        self.narrow, self.dotted = False, False
        self.setAccessibleName(word)
        self.setToolTip(plain_tooltip(word, key))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        light_up(self)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """60 x 50, or 40 x 40 without the word."""
        if self.narrow or not self.word:
            return QSize(40, ITEM_HEIGHT_NARROW)
        return QSize(60, max(ITEM_HEIGHT, fonts.scaled(ITEM_HEIGHT)))

    def show_dot(self, shown: bool) -> None:
        """A dot tells that something runs there."""
        self.dotted = shown
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint ground, icon, word and dot."""
        tokens = theme.current_tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect())
        chosen = self.isChecked()
        if chosen or self.underMouse() or self.isDown():
            light = tokens.theme == "light" and chosen
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(tokens.color("raised" if chosen or light else "hover"))
            painter.drawRoundedRect(box, 8, 8)
        if self.hasFocus():
            painter.setPen(QPen(tokens.color("accent_line"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), 7, 7)
        with_word = bool(self.word) and not self.narrow
        top = 8.0 if with_word else (box.height() - 20) / 2
        place = QRectF(box.center().x() - 10, top, 20, 20)
        icons.paint_icon(painter, place, self.glyph, "accent_text" if chosen else "text_2")
        if self.dotted:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(tokens.color("accent_line"))
            painter.drawEllipse(QRectF(place.right() - 1, place.top() - 2, DOT, DOT))
        if with_word:
            painter.setFont(fonts.role_font("tiny"))
            painter.setPen(tokens.color("text_1" if chosen else "text_2"))
            words = QRectF(0, top + 21, box.width(), box.height() - top - 23)
            painter.drawText(words, Qt.AlignmentFlag.AlignHCenter, self.word)


class Mark(QAbstractButton):
    """The studio's mark, a road that runs away; the menu is behind it."""

    def __init__(self, side: int = 28) -> None:
        super().__init__()
        self.side = side
        self.setFixedSize(side, side)
        self.setAccessibleName("Menu")
        self.setToolTip(plain_tooltip("Menu", actions.shown_key("menu")))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the mark."""
        painter = QPainter(self)
        paint_mark(painter, QRectF(self.rect()))


def paint_mark(painter: QPainter, rect: QRectF) -> None:
    """A road between two edges, with its middle line."""
    tokens = theme.current_tokens()
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(tokens.color("line_strong"), 1))
    painter.setBrush(tokens.color("raised"))
    painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), rect.width() / 4, rect.width() / 4)
    unit, x, y = rect.width() / 28, rect.center().x(), rect.top()
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(tokens.color("line_control"))
    for side in (-1, 1):
        corners = ((1.8, 7), (3.4, 7), (7.4, 21), (5.2, 21))
        edge = [QPointF(x + side * a * unit, y + b * unit) for a, b in corners]
        painter.drawPolygon(QPolygonF(edge))
    painter.setBrush(tokens.color("accent_line"))
    for top, height, width in ((7.5, 2.6, 1.4), (11.6, 3.4, 1.9), (16.6, 4.4, 2.5)):
        place = QRectF(x - width * unit / 2, y + top * unit, width * unit, height * unit)
        painter.drawRoundedRect(place, unit / 2, unit / 2)
    painter.restore()


class Rail(QFrame):
    """`chosen` names the page that was pressed."""

    chosen = Signal(object)
    menu_asked = Signal()
    keys_asked = Signal()
    settings_asked = Signal()

    def __init__(self, pages: Iterable[PageName]) -> None:
        super().__init__()
        self.setProperty("surface", "rail")
        self.setProperty("line", "right")
        self.items: dict[PageName, RailItem] = {}
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 10, 0, 8)
        self.column.setSpacing(2)
        self.mark = Mark()
        self.mark.clicked.connect(self.menu_asked)
        self._add(self.mark)
        self.column.addSpacing(8)
        self._add_pages(set(pages))
        self.column.addStretch(1)
        self.keys = RailItem("keyboard", "", actions.shown_key("keys"))
        self.keys.setToolTip(plain_tooltip("All keys", actions.shown_key("keys")))
        self.keys.clicked.connect(self.keys_asked)
        self.settings = RailItem("gear-six", "", actions.shown_key("settings"))
        self.settings.setToolTip(plain_tooltip("Settings", actions.shown_key("settings")))
        self.settings.clicked.connect(self.settings_asked)
        for item, name in ((self.keys, "All keys"), (self.settings, "Settings")):
            item.setAccessibleName(name)
            self._add(item)
        self.set_narrow(False)

    def show_page(self, page: PageName) -> None:
        """Mark the page that is shown."""
        for name, item in self.items.items():
            item.setChecked(name == page)

    def set_narrow(self, narrow: bool) -> None:
        """48 wide with icons alone, or 72 with words."""
        self.setFixedWidth(NARROW if narrow else WIDE)
        for item in (*self.items.values(), self.keys, self.settings):
            item.narrow = narrow
            item.updateGeometry()

    def _add_pages(self, present: set[PageName]) -> None:
        groups = [[page for page in group if page in present] for group in RAIL_GROUPS]
        for number, group in enumerate([group for group in groups if group]):
            if number:
                self._add_hairline()
            for page in group:
                item = RailItem(ICONS[page], TITLES[page], actions.shown_key(f"page_{page}"))
                item.setCheckable(True)
                item.clicked.connect(lambda _=False, page=page: self.chosen.emit(page))
                self.items[page] = item
                self._add(item)

    def _add_hairline(self) -> None:
        line = QFrame()
        line.setProperty("rule", "flat")
        line.setFixedWidth(24)
        self.column.addSpacing(6)
        self._add(line)
        self.column.addSpacing(6)

    def _add(self, widget: QWidget) -> None:
        self.column.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)
