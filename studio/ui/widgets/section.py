"""A section of a dock that folds, and remembers that it was folded."""

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QVBoxLayout, QWidget

from studio import preferences
from studio.ui import fonts, theme
from studio.ui.widgets import icons
from studio.ui.widgets.buttons import key_width, paint_key
from studio.ui.widgets.pressing import light_up

SPACE = 8  # pixels between title and detail


class SectionHead(QAbstractButton):
    """The title row of a section: title left, detail right, caret while under the mouse."""

    def __init__(self, title: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setText(title)
        self.setAccessibleName(title)
        self.setCheckable(True)
        self.setChecked(True)
        light_up(self)
        self.detail, self.key = "", ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """One row."""
        return QSize(80, fonts.scaled(32))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint title, detail and caret."""
        tokens = theme.current_tokens()
        painter = QPainter(self)
        painter.setFont(fonts.role_font("small_strong"))
        painter.setPen(tokens.color("text_2"))
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(self.rect(), middle | Qt.AlignmentFlag.AlignLeft, self.text())
        taken = painter.fontMetrics().horizontalAdvance(self.text()) + SPACE
        right = self.rect()
        if self.underMouse() or not self.isChecked() or self.hasFocus():
            place = QRect(right.right() - 13, right.center().y() - 6, 12, 12)
            name = "caret-up" if self.isChecked() else "caret-down"
            icons.paint_icon(painter, place, name, "text_3")
            right = right.adjusted(0, 0, -20, 0)
        painter.setFont(fonts.role_font("small", tabular=True))
        painter.setPen(tokens.color("text_3"))
        metrics = painter.fontMetrics()
        detail = metrics.elidedText(
            self.detail, Qt.TextElideMode.ElideRight, max(0, right.width() - taken)
        )
        painter.drawText(right, middle | Qt.AlignmentFlag.AlignRight, detail)
        if self.key:
            used = metrics.horizontalAdvance(detail) + 6
            width = key_width(self.key)
            left = right.right() + 1 - used - width
            paint_key(painter, QRectF(left, right.center().y() - 8.5, width, 18), self.key)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Only the left button folds."""
        if event.button() == Qt.MouseButton.LeftButton:
            super().mousePressEvent(event)


class FoldingSection(QWidget):
    """A title over `body`, a column to fill; a click on the title folds it away."""

    folded = Signal(bool)

    def __init__(
        self, title: str, content: QWidget | None = None, *, remember_as: str = "", margin: int = 16
    ) -> None:
        super().__init__()
        self.setProperty("line", "below")
        self.name = remember_as
        self.was_laid_out = False
        self.head = SectionHead(title, self)
        self.holder = QWidget(self)
        self.body = QVBoxLayout(self.holder)
        self.body.setContentsMargins(0, 0, 0, 12)
        self.body.setSpacing(8)
        column = QVBoxLayout(self)
        column.setContentsMargins(margin, 4, margin, 0)
        column.setSpacing(0)
        column.addWidget(self.head)
        column.addWidget(self.holder)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        if content is not None:
            self.add(content)
        if remember_as and remember_as in preferences.load().folded:
            self.fold(True)
        self.head.toggled.connect(self._keep)

    def sizeHint(self) -> QSize:
        """As high as wrapped sentences want it at this width: no layout gives it more."""
        hint, layout = super().sizeHint(), self.layout()
        if layout is None or not self.was_laid_out or not layout.hasHeightForWidth():
            return hint
        return QSize(hint.width(), layout.totalHeightForWidth(self.width()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width asks for another height."""
        super().resizeEvent(event)
        self.was_laid_out = True
        if event.size().width() != event.oldSize().width():
            self.updateGeometry()

    def add(self, content: QWidget) -> None:
        """Put a widget at the end of the body."""
        self.body.addWidget(content)

    def set_detail(self, text: str, key: str = "") -> None:
        """What stands at the right of the title, with the key that does it before it."""
        self.head.detail, self.head.key = text, key
        self.head.update()

    def set_title(self, text: str) -> None:
        """Change the title."""
        self.head.setText(text)
        self.head.setAccessibleName(text)

    def is_folded(self) -> bool:
        """Whether the body is away."""
        return not self.head.isChecked()

    def fold(self, folded: bool) -> None:
        """Fold or unfold, without remembering it."""
        self.head.blockSignals(True)
        self.head.setChecked(not folded)
        self.head.blockSignals(False)
        self.holder.setVisible(not folded)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the hairline below."""
        painter = QPainter(self)
        line = self.rect().adjusted(0, self.height() - 1, 0, 0)
        painter.fillRect(line, theme.current_tokens().color("line"))

    def _keep(self, open_now: bool) -> None:
        self.holder.setVisible(open_now)
        self.folded.emit(not open_now)
        if not self.name:
            return
        others = tuple(name for name in preferences.load().folded if name != self.name)
        preferences.change(folded=others if open_now else (*others, self.name))
