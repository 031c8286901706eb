"""Text that is never markup: labels by role and tone, and tooltips with everything escaped."""

import html

from PySide6.QtCore import QEvent, QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QToolTip, QWidget

from studio.ui import fonts, theme


class PlainLabel(QLabel):
    """A label of plain text; `role` is a text role of `fonts`, `tone` a text token.

    With `elide` it gives way to its neighbours, ends in … and shows the whole text as a tooltip;
    with `is_path` the … stands in the middle, since a path says most at its end.
    """

    def __init__(
        self,
        text: str = "",
        *,
        role: str = "body",
        tone: str = "text_1",
        elide: bool = False,
        is_path: bool = False,
        wrap: bool = False,
        tabular: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
        self.role, self.elides, self.tabular = role, elide or is_path, tabular
        self.cut = Qt.TextElideMode.ElideMiddle if is_path else Qt.TextElideMode.ElideRight
        self.setWordWrap(wrap)
        self.setText(text)
        self.restyle()
        self.set_tone(tone)
        if self.elides:
            self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        theme.watch(self.restyle)

    def restyle(self) -> None:
        """Take the role's font again, as after a change of the text size."""
        self.setFont(fonts.role_font(self.role, tabular=self.tabular))

    def set_tone(self, tone: str) -> None:
        """Colour the text by a token."""
        if self.property("tone") == tone:
            return
        self.setProperty("tone", tone)
        self.style().unpolish(self)
        self.style().polish(self)

    def minimumSizeHint(self) -> QSize:
        """Eliding text may shrink to a few characters."""
        hint = super().minimumSizeHint()
        return QSize(min(hint.width(), 24), hint.height()) if self.elides else hint

    def sizeHint(self) -> QSize:
        """One pixel more than Qt's, which elides at fractional widths."""
        hint = super().sizeHint()
        return QSize(hint.width() + 1, hint.height()) if self.elides else hint

    def shown_text(self) -> str:
        """What fits of the text."""
        line = " ".join(self.text().split())
        width = self.contentsRect().width()
        return self.fontMetrics().elidedText(line, self.cut, width)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint what fits."""
        if not self.elides:
            super().paintEvent(event)
            return
        painter = QPainter(self)
        painter.setFont(self.font())
        tone = "text_1" if self.property("tone") is None else str(self.property("tone"))
        painter.setPen(theme.current_tokens().color(tone if self.isEnabled() else "text_off"))
        alignment = self.alignment() | Qt.TextFlag.TextSingleLine
        painter.drawText(self.contentsRect(), int(alignment), self.shown_text())

    def event(self, event: QEvent) -> bool:
        """Show the whole text where it was cut."""
        cut = self.elides and not self.toolTip() and self.shown_text() != self.text()
        if cut and isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), plain_tooltip(self.text()), self)
            return True
        return super().event(event)


class LinesLabel(QWidget):
    """Plain text on at most two lines; what does not fit ends in … and is in the tooltip."""

    def __init__(self, text: str, *, role: str = "small", tone: str = "text_3") -> None:
        super().__init__()
        self.words, self.role, self.tone = text, role, tone
        self.most_lines = 2
        self.setToolTip(plain_tooltip(text))
        self.setAccessibleName(text)

    def lines(self, width: int) -> list[str]:
        """The text cut for a width."""
        metrics = QFontMetrics(fonts.role_font(self.role))
        if self.most_lines == 1:
            return [metrics.elidedText(self.words, Qt.TextElideMode.ElideRight, width)]
        words = self.words.split(" ")
        first = ""
        while words and metrics.horizontalAdvance(f"{first} {words[0]}".strip()) <= width:
            first = f"{first} {words.pop(0)}".strip()
        if not first:
            first = words.pop(0) if words else ""
        rest = metrics.elidedText(" ".join(words), Qt.TextElideMode.ElideRight, width)
        return [first, rest] if rest else [first]

    def sizeHint(self) -> QSize:
        """All lines that there may be."""
        return QSize(60, self.most_lines * fonts.scaled(16))

    def minimumSizeHint(self) -> QSize:
        """Never lower than they are."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the lines, centred in height."""
        painter = QPainter(self)
        painter.setFont(fonts.role_font(self.role))
        painter.setPen(theme.current_tokens().color(self.tone))
        lines = self.lines(self.width())
        height = fonts.scaled(16)
        top = (self.height() - height * len(lines)) // 2
        for number, line in enumerate(lines):
            place = QRect(0, top + number * height, self.width(), height)
            painter.drawText(place, int(Qt.AlignmentFlag.AlignVCenter), line)


def plain_tooltip(text: str, key: str = "") -> str:
    """A tooltip that shows `text` letter by letter, whatever markup it may hold."""
    body = html.escape(text) + (f"&nbsp;&nbsp;<b>{html.escape(key)}</b>" if key else "")
    return f"<p style='white-space:pre-wrap'>{body}</p>" if body else ""


def plain_line(text: str) -> str:
    """A line of a menu or a button where & is a letter, and not the mark of a key."""
    return text.replace("&", "&&")
