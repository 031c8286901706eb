"""A caption or answer as text to be edited; what was typed becomes one edit on leaving it."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from studio.ui import fonts, theme

CONTROL = Qt.KeyboardModifier.ControlModifier
HEIGHT = 96


class CaptionEditor(QPlainTextEdit):
    """Keeps its own undo while it has focus; `written` comes once, on leaving, if it differs."""

    written = Signal(str)
    accepted = Signal()  # Ctrl+Enter, after `written`
    left = Signal()  # Esc
    step_wanted = Signal(int)  # Ctrl+Down / Ctrl+Up while typing

    def __init__(
        self,
        parent: QWidget | None = None,
        *,
        name: str = "Caption",
        empty: str = "No caption",
        height: int = HEIGHT,
    ) -> None:
        super().__init__(parent)
        self._stored = ""
        self._height = height
        self.setTabChangesFocus(True)
        self.setAccessibleName(name)
        self.setPlaceholderText(empty)
        self.restyle()
        theme.watch(self.restyle)

    def restyle(self) -> None:
        self.setFont(fonts.role_font("caption"))
        self.setFixedHeight(fonts.scaled(self._height))
        tokens = theme.current_tokens()
        self.setStyleSheet(
            f"QPlainTextEdit {{ background: {tokens.value('raised')}; border-radius: 8px;"
            f" border: 1px solid {tokens.value('line_strong')}; padding: 6px 8px; }}"
            f"QPlainTextEdit:focus {{ border-color: {tokens.value('accent_line')}; }}"
        )

    def show_text(self, text: str) -> None:
        """Shows the stored caption, unless it is the one that is shown or being edited."""
        if text == self._stored and (self.hasFocus() or self.toPlainText() == text):
            return
        self._stored = text
        self.setPlainText(text)

    def commit(self) -> None:
        """Says what was typed, once; an unchanged caption says nothing."""
        text = self.toPlainText().strip()
        if text == self._stored.strip():
            return
        self._stored = text
        self.written.emit(text)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self.commit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, control = event.key(), bool(event.modifiers() & CONTROL)
        if control and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.commit()
            self.accepted.emit()
        elif control and key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self.commit()
            self.step_wanted.emit(1 if key == Qt.Key.Key_Down else -1)
        elif key == Qt.Key.Key_Escape:
            self.commit()
            self.left.emit()
        else:
            super().keyPressEvent(event)


def count_words(text: str) -> int:
    """Words between spaces; each Chinese sign counts as one."""
    signs = sum(fonts.holds_chinese(sign) for sign in text)
    others = "".join(" " if fonts.holds_chinese(sign) else sign for sign in text)
    return signs + sum(any(c.isalnum() for c in word) for word in others.split())
