"""A prompt and its answer as text whose ground says what each token is to the training."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit

from studio.runs.inspector_answers import RoleToken
from studio.ui import fonts, theme

# Ground and text of a role; every second token is a little stronger, so that one sees them apart.
LOOKS = {
    "prompt": ("hover", "text_1"),
    "answer": ("accent_soft", "accent_text"),
    "masked": ("hover", "text_3"),
    "cut": ("warn_soft", "warn"),
}
STRONGER = {
    "prompt": "press",
    "answer": "accent_line",
    "masked": "press",
    "cut": "warn_mark",
}
STRONGER_SHARE = 0.28
MOST_TOKENS = 3000  # what is left of a longer one is said in a line
LINE_END = "↵"


class TokenText(QPlainTextEdit):
    """Read-only; text can be chosen and copied."""

    def __init__(self) -> None:
        super().__init__()
        self.setReadOnly(True)
        self.setProperty("bare", "true")
        self.setAccessibleName("The sample as prompt and answer")
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.tokens: tuple[RoleToken, ...] = ()
        self.plain = ""
        self.setFont(fonts.role_font("body"))
        theme.watch(self.restyle)

    def restyle(self) -> None:
        """Take font and colours again."""
        self.setFont(fonts.role_font("body"))
        self._write()

    def show_tokens(self, tokens: Sequence[RoleToken]) -> None:
        """Show tokens by role."""
        if self.tokens != tuple(tokens) or self.plain:
            self.tokens, self.plain = tuple(tokens), ""
            self._write()

    def show_plain(self, text: str) -> None:
        """Show a text without roles."""
        self.tokens, self.plain = (), text
        self._write()

    def _write(self) -> None:
        self.setCurrentCharFormat(QTextCharFormat())
        if not self.tokens:
            self.setPlainText(self.plain)
            return
        formats = {(role, odd): _format(role, odd) for role in LOOKS for odd in (False, True)}
        self.clear()
        cursor = QTextCursor(self.document())
        cursor.beginEditBlock()
        for number, token in enumerate(self.tokens[:MOST_TOKENS]):
            form = formats.get((token.role, bool(number % 2)), QTextCharFormat())
            cursor.insertText(token.text.replace("\n", f"{LINE_END}\n"), form)
        left = len(self.tokens) - MOST_TOKENS
        if left > 0:
            cursor.insertText(f" … and {left:,} more tokens", QTextCharFormat())
        cursor.endEditBlock()
        self.moveCursor(QTextCursor.MoveOperation.Start)


def _format(role: str, odd: bool) -> QTextCharFormat:
    tokens = theme.current_tokens()
    ground, text = LOOKS[role]
    form = QTextCharFormat()
    form.setForeground(tokens.color(text))
    form.setBackground(tokens.color(ground))
    if odd:
        share = 1.0 if role in ("prompt", "masked") else STRONGER_SHARE
        form.setBackground(tokens.color(STRONGER[role], share))
    form.setFontStrikeOut(role == "cut")
    return form
