"""The frame of a page: a header 48 high over a left dock, the middle and a right dock."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QSplitter, QVBoxLayout, QWidget

from studio import preferences
from studio.ui.widgets.text import PlainLabel

HEADER_HEIGHT = 48
NARROW_WINDOW = 1360


class PageHeader(QFrame):
    """`project / Page  detail` at the left, at most four buttons at the right, primary last."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.setProperty("surface", "panel")
        self.setProperty("line", "below")
        self.setFixedHeight(HEADER_HEIGHT)
        self.project = PlainLabel("", tone="text_2", elide=True)
        self.slash = PlainLabel("/", tone="text_3")
        self.title = PlainLabel(title, role="title")
        self.detail = PlainLabel("", tone="text_2", elide=True)
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(16, 0, 12, 0)
        self.row.setSpacing(8)
        for widget in (self.project, self.slash, self.title):
            self.row.addWidget(widget)
        self.row.addSpacing(4)
        self.row.addWidget(self.detail, 1)
        self._primary: QPushButton | None = None
        self.set_project("")

    def set_project(self, name: str) -> None:
        """The project's name; the window sets it."""
        self.project.setText(name)
        self.project.setMaximumWidth(min(260, self.project.sizeHint().width()))
        self.project.setVisible(bool(name))
        self.slash.setVisible(bool(name))

    def set_title(self, title: str) -> None:
        """Change the page's title."""
        self.title.setText(title)

    def set_detail(self, text: str) -> None:
        """What follows the title, in grey."""
        self.detail.setText(text)

    def add_button(self, button: QWidget, primary: bool = False) -> None:
        """Add a button at the right; the primary one always stays last."""
        place = self.row.count() - (1 if self._primary and not primary else 0)
        self.row.insertWidget(place, button)
        if primary and isinstance(button, QPushButton):
            self._primary = button

    def primary(self) -> QPushButton | None:
        """The one filled button."""
        return self._primary


class Dock(QFrame):
    """A column beside the middle; holds one widget on `panel`."""

    def __init__(self, content: QWidget, side: str) -> None:
        super().__init__()
        self.setProperty("surface", "panel")
        self.setObjectName(f"{side}_dock")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(content)
        self.setMinimumWidth(120)

    def minimumSizeHint(self) -> QSize:
        """The splitter decides the width, not the content."""
        return QSize(120, 0)


class PageFrame(QWidget):
    """Composes a page; dock widths are kept per page, Ctrl+B and Ctrl+Alt+B hide them.

    In a narrow window docks take `left_narrow` and `right_narrow`; 0 hides the dock.
    """

    docks_changed = Signal()

    def __init__(
        self,
        header: PageHeader,
        left: QWidget | None,
        middle: QWidget,
        right: QWidget | None,
        left_width: int = 212,
        right_width: int = 388,
        *,
        left_narrow: int = 200,
        right_narrow: int = 348,
    ) -> None:
        super().__init__()
        self.header = header
        self.name = header.title.text()
        self.left = Dock(left, "left") if left is not None else None
        self.right = Dock(right, "right") if right is not None else None
        self.widths = (left_width, right_width)
        self.narrow_widths = (min(left_width, left_narrow), min(right_width, right_narrow))
        self.hidden = {"left": False, "right": False}
        self.empty = {"left": False, "right": False}
        self._was_narrow: bool | None = None
        self._build(middle)

    def _build(self, middle: QWidget) -> None:
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setHandleWidth(1)
        self.splitter.setChildrenCollapsible(False)
        for widget in (self.left, middle, self.right):
            if widget is not None:
                self.splitter.addWidget(widget)
                self.splitter.setStretchFactor(self.splitter.count() - 1, int(widget is middle))
        self.splitter.splitterMoved.connect(self._keep_widths)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(self.splitter, 1)

    def toggle_dock(self, side: str) -> None:
        """Hide or show the "left" or "right" dock."""
        self.hidden[side] = not self.hidden[side]
        self._apply()
        self.docks_changed.emit()

    def show_dock(self, side: str, filled: bool) -> None:
        """Take a dock away while the page has nothing to show in it."""
        if self.empty[side] == filled:
            self.empty[side] = not filled
            self._apply()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Change the docks' widths when the window becomes narrow or wide."""
        super().resizeEvent(event)
        narrow = self.window().width() < NARROW_WINDOW
        if narrow != self._was_narrow:
            self._was_narrow = narrow
            self._apply()

    def _apply(self) -> None:
        left, right = self.narrow_widths if self._was_narrow else self._kept_widths()
        if self.left:
            shown = not self.hidden["left"] and not self.empty["left"]
            self.left.setVisible(left > 0 and shown)
        if self.right:
            shown = not self.hidden["right"] and not self.empty["right"]
            self.right.setVisible(right > 0 and shown)
        sizes = [left] if self.left else []
        sizes.append(max(200, self.width() - left - right))
        if self.right:
            sizes.append(right)
        self.splitter.setSizes(sizes)

    def _kept_widths(self) -> tuple[int, int]:
        return preferences.load().dock_widths.get(self.name, self.widths)

    def _keep_widths(self) -> None:
        if self._was_narrow:
            return
        left = self.left.width() if self.left and self.left.isVisible() else self.widths[0]
        right = self.right.width() if self.right and self.right.isVisible() else self.widths[1]
        kept = preferences.load().dock_widths | {self.name: (left, right)}
        preferences.change(dock_widths=kept)
