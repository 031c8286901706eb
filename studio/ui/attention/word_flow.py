"""The caption word by word: the word that looks, and where it reads."""

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFontMetricsF,
    QHelpEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from studio.attention.look import WordReading
from studio.attention.words import Part, Word
from studio.ui import theme
from studio.ui.attention import ink, word_layout
from studio.ui.attention.word_layout import BAR, Manner
from studio.ui.widgets.text import plain_tooltip

FULL_BAR = 0.5  # the share that fills a chip's bar


class WordFlow(QWidget):
    """Words in lines; sub-words of a word are joined with a hairline between them."""

    chosen = Signal(int)
    extended = Signal(int)  # Shift+click: up to here
    hovered = Signal(int)  # -1 when the mouse leaves

    def __init__(self, manner: Manner, ground: str = "panel") -> None:
        super().__init__()
        self.manner, self.ground = manner, ground
        self.words: list[Word] = []
        self.reading: WordReading | None = None
        self.current, self.until = 0, 0
        self._places: list[QRectF] = []
        self._height = float(word_layout.line_height(manner))
        self._under_mouse = -1
        self.setMouseTracking(True)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAccessibleName("Words of the caption")
        theme.watch(self._lay_out)

    def show_words(self, words: list[Word], manner: Manner | None = None) -> None:
        """Replace the words, in another size if one is given; nothing is read yet."""
        self.manner = manner or self.manner
        self.words, self.reading, self._under_mouse = words, None, -1
        self.current = self.until = 0
        self._lay_out()
        self.updateGeometry()

    def show_reading(self, reading: WordReading, current: int, until: int | None = None) -> None:
        """Paint where the word `current` reads, or the phrase from it to `until`."""
        self.reading, self.current = reading, current
        self.until = current if until is None else until
        most = int(abs(reading.shares).argmax()) if len(reading.shares) else -1
        spoken = ink.share_words(self.words[most].text, reading, most) if most >= 0 else ""
        self.setAccessibleDescription(f"From “{self.words[current].text}”: {spoken}")
        self.update()

    def word_rect(self, index: int) -> QRectF:
        """Where a word is painted."""
        return self._places[index]

    def heightForWidth(self, width: int) -> int:
        """The height of all lines."""
        return round(word_layout.arrange(self.manner, self.words, width)[1])

    def sizeHint(self) -> QSize:
        """As wide as there is room."""
        return QSize(320, round(self._height))

    def minimumSizeHint(self) -> QSize:
        """All lines at the present width."""
        return QSize(120, round(self._height))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Wrap again."""
        self._lay_out()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint every word."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for index in range(len(self.words)):
            self._paint_word(painter, index)
        painter.end()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Light the word under the mouse."""
        self._hover(self._word_at(event.position()))

    def leaveEvent(self, event: object) -> None:
        """No word is under the mouse."""
        self._hover(-1)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose a word."""
        index = self._word_at(event.position())
        if index >= 0 and event.button() == Qt.MouseButton.LeftButton:
            is_more = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
            (self.extended if is_more else self.chosen).emit(index)

    def event(self, event: QEvent) -> bool:
        """A word's share as its tooltip."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            index = self._word_at(QPointF(event.pos()))
            if index >= 0 and self.reading is not None:
                words = ink.share_words(self.words[index].text, self.reading, index)
                QToolTip.showText(event.globalPos(), plain_tooltip(words), self)
            return True
        return super().event(event)

    def _hover(self, index: int) -> None:
        if index != self._under_mouse:
            self._under_mouse = index
            self.update()
            self.hovered.emit(index)

    def _lay_out(self) -> None:
        self._places, height = word_layout.arrange(self.manner, self.words, self.width())
        if height != self._height:
            self._height = height
            self.updateGeometry()
        self.update()

    def _paint_word(self, painter: QPainter, index: int) -> None:
        tokens = theme.current_tokens()
        word, place = self.words[index], self._places[index]
        is_quiet = word.special or word.part == Part.TEMPLATE
        tone = tokens.color("text_3" if is_quiet else "text_1")
        painter.setPen(Qt.PenStyle.NoPen)
        if index == self._under_mouse:
            painter.setBrush(tokens.color("hover"))
            painter.drawRoundedRect(place, 6, 6)
        if self.manner.underlay and self.reading is not None:
            fill = ink.fill_of(self.reading, index)
            painter.setBrush(fill)
            painter.drawRoundedRect(place.adjusted(0, 2, 0, -2), 6, 6)
            tone = ink.text_on(fill, tokens.color(self.ground)) if fill.alpha() > 80 else tone
        letters = place if self.manner.underlay else place.adjusted(0, 0, 0, -2 * BAR)
        painter.setFont(word_layout.word_font(self.manner, word))
        painter.setPen(tone)
        painter.drawText(letters, Qt.AlignmentFlag.AlignCenter, word.text)
        self._paint_joints(painter, letters, word)
        if not self.manner.underlay:
            self._paint_bar(painter, index, place)
        if min(self.current, self.until) <= index <= max(self.current, self.until):
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(tokens.color("accent_line"), 2))
            painter.drawRoundedRect(place.adjusted(1, 1, -1, -1), 6, 6)

    def _paint_joints(self, painter: QPainter, place: QRectF, word: Word) -> None:
        metrics = QFontMetricsF(word_layout.word_font(self.manner, word))
        painter.setPen(QPen(theme.current_tokens().color("line_control"), 1))
        x = place.left() + self.manner.padding
        for piece in word.pieces[:-1]:
            x += metrics.horizontalAdvance(piece)
            low = place.center().y() + metrics.ascent() * 0.45
            painter.drawLine(QPointF(round(x) + 0.5, low), QPointF(round(x) + 0.5, low + 5))

    def _paint_bar(self, painter: QPainter, index: int, place: QRectF) -> None:
        inner = place.adjusted(self.manner.padding, 0, -self.manner.padding, 0)
        track = QRectF(inner.left(), place.bottom() - 2 * BAR, inner.width(), BAR)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.current_tokens().color("press"))
        painter.drawRoundedRect(track, BAR / 2, BAR / 2)
        if self.reading is None:
            return
        share = abs(float(self.reading.ink[index]))
        if not self.reading.is_difference:
            share = min(1.0, float(self.reading.shares[index]) / FULL_BAR)
        if share > 0.01:
            track.setWidth(max(2.0, share * track.width()))
            painter.setBrush(ink.bar_of(self.reading, index))
            painter.drawRoundedRect(track, BAR / 2, BAR / 2)

    def _word_at(self, point: QPointF) -> int:
        places = enumerate(self._places)
        return next((index for index, place in places if place.contains(point)), -1)
