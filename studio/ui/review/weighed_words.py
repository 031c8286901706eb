"""The words of a caption, each on a ground as strong as the model read from it."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.ui import fonts, theme
from studio.ui.review.reading import WeighedWord

LINE = 26
FAINTEST = 0.12  # below this share a word has no ground


class WeighedWords(QWidget):
    """Wraps the words to its width."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words: Sequence[WeighedWord] = ()
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        theme.watch(self.update)

    def show_words(self, words: Sequence[WeighedWord]) -> None:
        self._words = words
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, self.heightForWidth(max(200, self.width())))

    def heightForWidth(self, width: int) -> int:
        places = self._places(width)
        return round(places[-1].bottom()) + 2 if places else 0

    def _places(self, width: int) -> list[QRectF]:
        metrics = QFontMetrics(fonts.role_font("body"))
        left, top, found = 0.0, 0.0, []
        for word in self._words:
            wide = metrics.horizontalAdvance(word.text) + 9
            if left and left + wide > width:
                left, top = 0.0, top + fonts.scaled(LINE)
            found.append(QRectF(left, top, wide, fonts.scaled(LINE) - 4))
            left += wide + 2
        return found

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = theme.current_tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(fonts.role_font("body"))
        for word, place in zip(self._words, self._places(self.width()), strict=True):
            if word.share > FAINTEST:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(tokens.color("accent_fill", 0.75 * word.share))
                painter.drawRoundedRect(place, 4, 4)
            painter.setPen(tokens.color("text_1" if word.share > FAINTEST else "text_2"))
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, word.text)
        painter.end()
