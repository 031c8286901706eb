"""Buttons: one maker for all kinds, with the key in an outline at the right."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QIcon, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QPushButton, QStyle, QStyleOptionButton, QStylePainter, QWidget

from studio.ui import fonts, theme
from studio.ui.widgets import icons
from studio.ui.widgets.text import plain_line, plain_tooltip

ICON_TONES = {"primary": "on_accent", "danger": "error", "link": "accent_text"}

MENU_MARK = 14  # pixels of the mark of a menu


class KeyButton(QPushButton):
    """A push button that shows its key; the looks come from the property `kind`."""

    def __init__(self, text: str, kind: str, icon: str, key: str, parent: QWidget | None) -> None:
        super().__init__(plain_line(text), parent)
        self.kind, self.glyph, self.key = kind, icon, key
        self.setProperty("kind", kind)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.restyle()
        theme.watch(self.restyle)

    def setText(self, text: str) -> None:
        """Show the text as it is: & is a letter, and not the mark of a key."""
        super().setText(plain_line(text))

    def text(self) -> str:
        """The text as it was given."""
        return super().text().replace("&&", "&")

    def restyle(self) -> None:
        """Take the button's font again."""
        self.setFont(fonts.role_font("button"))
        if self.glyph:
            tone = ICON_TONES.get(self.kind, "text_2")
            self.setIcon(icons.icon(self.glyph, tone, checked="accent_text"))
            self.setIconSize(QSize(16, 16))

    def set_icon(self, name: str) -> None:
        """Change the icon; an empty name takes it away."""
        self.glyph = name
        self.setIcon(QIcon())
        self.restyle()

    def set_key(self, key: str) -> None:
        """Change the key that is shown."""
        self.key = key
        self.updateGeometry()
        self.update()

    def explain(self, text: str) -> None:
        """Set the tooltip, with the key."""
        self.setToolTip(plain_tooltip(text, self.key))

    def sizeHint(self) -> QSize:
        """Room for the icon, the text and the key."""
        hint = super().sizeHint()
        extra = self._key_width() + 8 if self.key else 0
        extra += MENU_MARK if self.menu() is not None else 0
        return QSize(hint.width() + extra + (6 if self.glyph and self.text() else 0), hint.height())

    def minimumSizeHint(self) -> QSize:
        """Buttons never cut their words."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the button, then what Qt would set too close: icon, words and key."""
        if not self.key and not (self.glyph and self.text()):
            super().paintEvent(event)
            return
        option = QStyleOptionButton()
        self.initStyleOption(option)
        painter = QStylePainter(self)
        text, glyph = self.text(), self.icon()
        option.text, option.icon = "", QIcon()
        painter.drawControl(QStyle.ControlElement.CE_PushButton, option)
        self._paint_contents(painter, text, glyph)

    def _paint_contents(self, painter: QPainter, text: str, glyph: QIcon) -> None:
        tokens = theme.current_tokens()
        tone = self._tone()
        metrics = QFontMetrics(self.font())
        width = metrics.horizontalAdvance(text) + (22 if self.glyph else 0)
        width += 8 + self._key_width() if self.key else 0
        width += MENU_MARK if self.menu() is not None else 0
        x = (self.width() - width) / 2
        if self.glyph:
            mode = QIcon.Mode.Normal if self.isEnabled() else QIcon.Mode.Disabled
            state = QIcon.State.On if self.isChecked() else QIcon.State.Off
            glyph.paint(
                painter, round(x), (self.height() - 16) // 2, 16, 16, mode=mode, state=state
            )
            x += 22
        painter.setFont(self.font())
        painter.setPen(tokens.color(tone))
        words = QRectF(x, 0, metrics.horizontalAdvance(text) + 2, self.height())
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, text)
        if not self.key:
            return
        x += metrics.horizontalAdvance(text) + 8
        place = QRectF(x, (self.height() - 18) / 2, self._key_width(), 18)
        paint_key(painter, place, self.key, tone, faint=self.kind != "primary")

    def _tone(self) -> str:
        if not self.isEnabled():
            return "text_off"
        return {"primary": "on_accent", "danger": "error", "link": "accent_text"}.get(
            self.kind, "text_1"
        )

    def _key_width(self) -> int:
        return key_width(self.key)


def key_width(key: str) -> int:
    """The width of a key's outline."""
    return max(18, QFontMetrics(fonts.role_font("tiny")).horizontalAdvance(show_key(key)) + 10)


def paint_key(
    painter: QPainter, rect: QRectF, key: str, tone: str = "text_2", *, faint: bool = True
) -> None:
    """Draw a key in its outline."""
    tokens = theme.current_tokens()
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    color = tokens.color("line_strong") if faint else tokens.color(tone, 0.55)
    painter.setPen(QPen(color, 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
    painter.setPen(tokens.color(tone))
    painter.setFont(fonts.role_font("tiny"))
    painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, show_key(key))
    painter.restore()


def show_key(key: str) -> str:
    """“Ctrl+Enter” as it is drawn in an outline: “Ctrl ↵”."""
    return key.replace("Return", "↵").replace("Enter", "↵").replace("+", " ").strip() or "+"


def make_button(
    text: str,
    kind: str = "default",
    icon: str | None = None,
    key: str = "",
    *,
    tooltip: str = "",
    size: str = "",
    parent: QWidget | None = None,
) -> KeyButton:
    """A button of kind default, primary, ghost, danger or link.

    `size` "bar" makes it 24 high, "dialog" 36, else it is 28.
    """
    button = KeyButton(text, kind, icon or "", key, parent)
    if size:
        button.setProperty("size", size)
    if tooltip:
        button.explain(tooltip)
    return button


def make_icon_button(
    icon: str, tooltip: str, key: str = "", *, checkable: bool = False, size: str = "bar"
) -> KeyButton:
    """A square button of an icon alone, with its name as tooltip and for screen readers."""
    button = KeyButton("", "ghost", icon, "", None)
    button.setProperty("size", size)
    button.setProperty("shape", "square")
    button.setToolTip(plain_tooltip(tooltip, key))
    button.setAccessibleName(tooltip)
    button.setCheckable(checkable)
    return button
