"""The theme in force: writes the palette and the one style sheet, and tells who must repaint."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from studio.ui import fonts, stylesheet
from studio.ui.tokens import Tokens, tokens_of


class ThemeWatch(QObject):
    """Carries the one signal that the theme has changed."""

    changed = Signal()


_watch = ThemeWatch()
_tokens: Tokens = tokens_of("dark")


def current_tokens() -> Tokens:
    """The colours in force; ask at each painting."""
    return _tokens


def watch(callback: Callable[[], None]) -> None:
    """Call `callback` after each change of theme; a method of a widget ends with the widget."""
    _watch.changed.connect(callback)


def apply_theme(
    app: QApplication,
    theme: str,
    *,
    text_size: float = 1.0,
    stronger_lines: bool = False,
) -> None:
    """Set "dark", "light" or "system" on the whole application, also while it runs."""
    global _tokens
    chosen = system_theme() if theme == "system" else theme
    _tokens = tokens_of(chosen, stronger_lines=stronger_lines)
    fonts.set_text_size(text_size)
    if app.style().objectName().lower() != "fusion":
        app.setStyle("Fusion")
    app.setFont(fonts.role_font("body"))
    app.setPalette(palette_of(_tokens))
    app.setStyleSheet(stylesheet.write_stylesheet(_tokens))
    _watch.changed.emit()


def system_theme() -> str:
    """What the system asks for; dark where it does not say."""
    scheme = QGuiApplication.styleHints().colorScheme()
    return "light" if scheme == Qt.ColorScheme.Light else "dark"


def palette_of(tokens: Tokens) -> QPalette:
    """The palette for what the style sheet does not reach."""
    roles = {
        QPalette.ColorRole.Window: "ground",
        QPalette.ColorRole.WindowText: "text_1",
        QPalette.ColorRole.Base: "raised",
        QPalette.ColorRole.AlternateBase: "panel",
        QPalette.ColorRole.Text: "text_1",
        QPalette.ColorRole.Button: "raised",
        QPalette.ColorRole.ButtonText: "text_1",
        QPalette.ColorRole.BrightText: "on_accent",
        QPalette.ColorRole.Highlight: "accent_fill",
        QPalette.ColorRole.HighlightedText: "on_accent",
        QPalette.ColorRole.PlaceholderText: "text_3",
        QPalette.ColorRole.ToolTipBase: "raised",
        QPalette.ColorRole.ToolTipText: "text_1",
        QPalette.ColorRole.Link: "accent_text",
        QPalette.ColorRole.Accent: "accent_fill",
        QPalette.ColorRole.Mid: "line_strong",
        QPalette.ColorRole.Dark: "line",
        QPalette.ColorRole.Light: "hover",
        QPalette.ColorRole.Shadow: "shadow",
    }
    palette = QPalette()
    for role, name in roles.items():
        palette.setColor(role, tokens.color(name))
    off = QColor(tokens.color("text_off"))
    for role in (
        QPalette.ColorRole.Text,
        QPalette.ColorRole.ButtonText,
        QPalette.ColorRole.WindowText,
    ):
        palette.setColor(QPalette.ColorGroup.Disabled, role, off)
    return palette
