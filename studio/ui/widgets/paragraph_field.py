"""The control of a text of several lines: plain text, as high as its lines, up to a limit."""

import re
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QKeyEvent,
    QResizeEvent,
    QSyntaxHighlighter,
    QTextCharFormat,
    QTextDocument,
    QWheelEvent,
)
from PySide6.QtWidgets import QPlainTextEdit, QSizePolicy

from studio.ui import fonts, theme
from workers.contract.options import OptionSpec

LEAST_WIDTH = 260
LEAST_LINES, MOST_LINES = 2, 8
EDGE = 16  # padding and border above and below the lines
CONTROL = Qt.KeyboardModifier.ControlModifier


class Places(QSyntaxHighlighter):
    """Colours the named places, such as {caption}."""

    def __init__(self, document: QTextDocument, names: tuple[str, ...]) -> None:
        super().__init__(document)
        words = "|".join(re.escape("{" + name + "}") for name in names)
        self.pattern = re.compile(words) if words else None

    def highlightBlock(self, text: str) -> None:
        """Colour those of a line."""
        form = QTextCharFormat()
        form.setForeground(theme.current_tokens().color("accent_text"))
        for found in self.pattern.finditer(text) if self.pattern else ():
            self.setFormat(found.start(), found.end() - found.start(), form)


class ParagraphField(QPlainTextEdit):
    """`typed` at each key, `settled` when it is left or Ctrl+Enter is pressed.

    `places` are names that stand in braces in the text and are coloured there.
    """

    typed = Signal(object)
    settled = Signal(object)
    wrong = Signal(str)

    def __init__(self, spec: OptionSpec, places: tuple[str, ...] = (), empty: str = "") -> None:
        super().__init__()
        self.spec = spec
        self.setProperty("field", "true")
        self._settled: Any = ""
        self._shows = False
        self.places = Places(self.document(), places)
        self.setPlaceholderText(empty)
        self.setTabChangesFocus(True)
        self.setAccessibleName(spec.label)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(LEAST_WIDTH)
        self.document().setDocumentMargin(0)
        self.textChanged.connect(self._type)
        self.restyle()
        theme.watch(self.restyle)

    def restyle(self) -> None:
        """Take font and colours again."""
        self.setFont(fonts.role_font("body"))
        self._shows = True
        self.places.rehighlight()
        self._shows = False
        self._fit()

    def value(self) -> str:
        """What is typed."""
        return self.toPlainText()

    def show_value(self, value: Any) -> None:
        """Show a value without a signal; what is typed already stays as it is."""
        self._settled = str(value)
        if self.toPlainText() != self._settled:
            self._shows = True
            self.setPlainText(self._settled)
            self._shows = False
            self._fit()

    def sizeHint(self) -> QSize:
        """As wide as there is room, as high as the lines."""
        return QSize(LEAST_WIDTH, self._height())

    def minimumSizeHint(self) -> QSize:
        """All lines, up to the limit."""
        return self.sizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width breaks lines elsewhere."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._fit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """What was typed stands, unless only a menu opened."""
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self._settle()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ctrl+Enter settles."""
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter and event.modifiers() & CONTROL:
            self._settle()
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """The wheel belongs to the form, unless there is more text than fits."""
        bar = self.verticalScrollBar()
        if self.hasFocus() and bar.maximum() > 0:
            super().wheelEvent(event)
        else:
            event.ignore()

    def _type(self) -> None:
        self._fit()
        if not self._shows:
            self.typed.emit(self.value())

    def _settle(self) -> None:
        value = self.value()
        if value != self._settled:
            self._settled = value
            self.settled.emit(value)

    def _height(self) -> int:
        lines = max(LEAST_LINES, self.document().size().toSize().height())
        return min(lines, MOST_LINES) * self.fontMetrics().lineSpacing() + EDGE

    def _fit(self) -> None:
        if self.height() != self._height():
            self.setFixedHeight(self._height())
