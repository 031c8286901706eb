"""The button that gives a label: mark, word and key; filled while it is the sample's label."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QKeySequence, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from studio.ui import fonts, theme
from studio.ui.widgets.buttons import key_width, paint_key
from studio.ui.widgets.label_mark import paint_label_mark
from studio.ui.widgets.pressing import light_up

NARROW = 116


class LabelButton(QAbstractButton):
    """`deck` makes it 52 high; `remark` is a small word beside the label, such as "run 7"."""

    def __init__(
        self,
        word: str,
        shape: str,
        colour: str,
        key: str = "",
        *,
        deck: bool = False,
        remark: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setText(word)
        self.setShortcut(QKeySequence())  # an & in the word is no key
        self.setAccessibleName(f"Label {word}")
        self.setCheckable(True)
        self.shape_name, self.colour, self.key = shape, colour, key
        self.deck, self.remark = deck, remark
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        light_up(self)

    def set_remark(self, remark: str) -> None:
        """Say what stands beside the word."""
        self.remark = remark
        self.update()

    def sizeHint(self) -> QSize:
        """212 x 52 in the deck, else as wide as its words, 34 high."""
        if self.deck:
            return QSize(212, fonts.scaled(52))
        return QSize(self._words_width() + 50 + key_width(self.key), fonts.scaled(34))

    def minimumSizeHint(self) -> QSize:
        """The key mark may go, the word never."""
        return QSize(self._words_width() + 36, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint ground, mark, word, remark and key."""
        tokens = theme.current_tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_ground(painter)
        size, left = (18, 16) if self.deck else (14, 10)
        middle = self.height() / 2
        mark = QRectF(left, middle - size / 2, size, size)
        paint_label_mark(painter, mark, self.shape_name, self.colour)
        x = left + size + (12 if self.deck else 8)
        painter.setFont(fonts.role_font("title" if self.deck else "button"))
        tone = self.colour if self.isChecked() or self.deck else "text_1"
        painter.setPen(tokens.color(tone if self.isEnabled() else "text_off"))
        area = QRectF(x, 0, self.width() - x - 4, self.height())
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, self._word())
        x += QFontMetrics(painter.font()).horizontalAdvance(self._word()) + 8
        width = key_width(self.key)
        if self.remark:
            painter.setFont(fonts.role_font("tiny"))
            room = max(0.0, self.width() - x - (width + 14 if self.key else 8))
            words = QFontMetrics(painter.font()).elidedText(
                self.remark, Qt.TextElideMode.ElideRight, round(room)
            )
            area = QRectF(x, 1, room, self.height())
            painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, words)
            x += QFontMetrics(painter.font()).horizontalAdvance(words) + 4
        if self.key and x + width + 8 <= self.width():
            place = QRectF(self.width() - width - 9, middle - 9, width, 18)
            paint_key(painter, place, self.key, faint=not self.isChecked())

    def _paint_ground(self, painter: QPainter) -> None:
        tokens = theme.current_tokens()
        line, fill = tokens.color("line_strong"), tokens.color("raised")
        if self.isChecked():
            line, fill = tokens.label_mark(self.colour), tokens.label_soft(self.colour)
        elif self.isDown():
            fill = tokens.color("press")
        elif self.underMouse():
            fill = tokens.color("hover")
        if self.hasFocus():
            line = tokens.color("accent_line")
        painter.setPen(QPen(line, 1))
        painter.setBrush(fill)
        radius = 8 if self.deck else 6
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(box, radius, radius)

    def _word(self) -> str:
        return self.text()[:1].upper() + self.text()[1:] if self.deck else self.text()

    def _words_width(self) -> int:
        font = fonts.role_font("title" if self.deck else "button")
        return QFontMetrics(font).horizontalAdvance(self._word())
