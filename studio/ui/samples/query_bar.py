"""The field in which a query is typed: coloured, completed, and underlined where it is wrong."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QEvent, QMimeData, QObject, QStringListModel, Qt, QTimer, Signal
from PySide6.QtGui import (
    QKeyEvent,
    QSyntaxHighlighter,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextOption,
    QWheelEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCompleter,
    QFrame,
    QHBoxLayout,
    QPlainTextEdit,
    QWidget,
)

from studio.project import query_language
from studio.ui import fonts, theme
from studio.ui.samples import query_text
from studio.ui.widgets.empty_state import Glyph
from studio.ui.widgets.marks import KeyMark
from studio.ui.widgets.text import plain_tooltip

WAIT = 220  # ms after the last key before the query is asked


class QueryColours(QSyntaxHighlighter):
    """Fields in accent, operators pale, the wrong place underlined."""

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        self.wrong: tuple[int, int] | None = None  # position and length

    def highlightBlock(self, text: str) -> None:
        tokens = theme.current_tokens()
        colours = {query_text.Kind.FIELD: "accent_text", query_text.Kind.OPERATOR: "text_3"}
        for piece in query_text.pieces(text):
            form = QTextCharFormat()
            form.setForeground(tokens.color(colours.get(piece.kind, "text_1")))
            self.setFormat(piece.start, piece.end - piece.start, form)
        if self.wrong is not None and text:
            start = min(self.wrong[0], len(text) - 1)
            form = QTextCharFormat()
            form.setForeground(tokens.color("error"))
            form.setUnderlineColor(tokens.color("error"))
            form.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
            self.setFormat(start, max(1, self.wrong[1]), form)


class QueryField(QPlainTextEdit):
    """One line of text with colours; Enter and line breaks never enter it."""

    entered = Signal()
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("bare", True)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setWordWrapMode(QTextOption.WrapMode.NoWrap)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTabChangesFocus(True)
        self.setFixedHeight(24)
        self.document().setDocumentMargin(3)
        self.setPlaceholderText("Search captions, or label:dangerous reviewed:no conf:<0.6")
        self.setAccessibleName("Query")
        self.colours = QueryColours(self.document())
        self._words = QStringListModel(self)
        self.completer = QCompleter(self._words, self)
        self.completer.setWidget(self)
        self.completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        self.completer.activated.connect(self._complete)

    def offer(self, words: Sequence[str]) -> None:
        """Shows what the word at the cursor could become."""
        popup = self._popup()
        if not words or not self.hasFocus():
            popup.hide()
            return
        self._words.setStringList(list(words))
        place = self.cursorRect()
        place.setWidth(220)
        self.completer.complete(place)

    def _popup(self) -> QAbstractItemView:
        popup = self.completer.popup()
        if popup is None:
            raise RuntimeError("a completer without its list")
        return popup

    def _complete(self, word: str) -> None:
        cursor = self.textCursor()
        start, end = query_language.word_at(self.toPlainText(), cursor.position())
        cursor.setPosition(start)
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText(word if word.endswith(":") else f"{word} ")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        keys = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape, Qt.Key.Key_Tab)
        popup = self._popup()
        if popup.isVisible() and event.key() in keys and popup.currentIndex().isValid():
            event.ignore()
        elif event.key() in keys[:2]:
            popup.hide()
            self.entered.emit()
        elif event.key() == Qt.Key.Key_Escape:
            popup.hide()
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def insertFromMimeData(self, source: QMimeData) -> None:
        self.insertPlainText(" ".join(source.text().split()))

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class QueryBar(QFrame):
    """The field with its icon and key; says the query some moments after the last key."""

    asked = Signal(str)
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("query_bar")
        self.setFixedHeight(32)
        self.field = QueryField(self)
        self._values: Mapping[str, Sequence[str]] = {}
        self._said = ""
        row = QHBoxLayout(self)
        row.setContentsMargins(9, 0, 6, 0)
        row.setSpacing(6)
        row.addWidget(Glyph("magnifying-glass", "text_3", 16))
        row.addWidget(self.field, 1)
        row.addWidget(KeyMark("Ctrl F"))
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(WAIT)
        self._timer.timeout.connect(self.say_now)
        self.field.textChanged.connect(self._typed)
        self.field.entered.connect(self.say_now)
        self.field.left.connect(self.left)
        self.field.installEventFilter(self)
        self.field.setFont(fonts.role_font("body"))
        theme.watch(self._recolour)
        self._restyle()

    def text(self) -> str:
        return self.field.toPlainText().strip()

    def show_text(self, query: str) -> None:
        """Shows a query that came from elsewhere, without asking it again."""
        self._said = query
        if query != self.text():
            self.field.blockSignals(True)
            self.field.setPlainText(query)
            self.field.moveCursor(QTextCursor.MoveOperation.End)
            self.field.blockSignals(False)
        self._timer.stop()

    def know_values(self, values: Mapping[str, Sequence[str]]) -> None:
        self._values = values

    def show_problem(self, wrong: tuple[int, int] | None, expected: str = "") -> None:
        """Underlines the place that is not understood; None takes the line away."""
        changed = self.field.colours.wrong != wrong
        self.field.colours.wrong = wrong
        self.setToolTip(plain_tooltip(expected))
        if changed:
            self._recolour()

    def type_text(self, words: str) -> None:
        """Puts words at the end, as if they were typed."""
        self.field.moveCursor(QTextCursor.MoveOperation.End)
        space = " " if self.text() else ""
        self.field.insertPlainText(space + words)

    def take_focus(self) -> None:
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()

    def say_now(self) -> None:
        self._timer.stop()
        if self.text() != self._said:
            self._said = self.text()
            self.asked.emit(self._said)

    def _typed(self) -> None:
        self._timer.start()
        cursor = self.field.textCursor().position()
        self.field.offer(query_language.complete(self.field.toPlainText(), cursor, self._values))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            QTimer.singleShot(0, self, self._restyle)
        return super().eventFilter(watched, event)

    def _recolour(self) -> None:
        self.field.blockSignals(True)
        self.field.colours.rehighlight()
        self.field.blockSignals(False)
        self._restyle()

    def _restyle(self) -> None:
        tokens = theme.current_tokens()
        wrong = self.field.colours.wrong is not None
        outline = "accent_line" if self.field.hasFocus() else "line_strong"
        name = "error_mark" if wrong else outline
        self.setStyleSheet(
            f"QFrame#query_bar {{ background: {tokens.value('raised')};"
            f" border: 1px solid {tokens.value(name)}; border-radius: 6px; }}"
        )
