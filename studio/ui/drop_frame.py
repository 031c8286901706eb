"""The frame that appears while something is dragged over the window."""

from pathlib import Path

from PySide6.QtCore import QMimeData, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from studio.ui import fonts, theme


class DropFrame(QWidget):
    """2 px of accent around the window, and a sentence in its middle."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.sentence = ""
        self.hide()

    def show_sentence(self, sentence: str) -> None:
        """Cover the window."""
        self.sentence = sentence
        self.setGeometry(self.window().rect())
        self.raise_()
        self.show()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint frame and sentence."""
        tokens = theme.current_tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), tokens.color("ground", 0.72))
        painter.setPen(QPen(tokens.color("accent_line"), 2))
        painter.drawRect(QRectF(self.rect()).adjusted(1, 1, -1, -1))
        painter.setFont(fonts.role_font("title"))
        painter.setPen(tokens.color("text_1"))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.sentence)


def dropped_path(data: QMimeData) -> Path | None:
    """The first local file or folder that is dragged."""
    for url in data.urls():
        if url.isLocalFile():
            return Path(url.toLocalFile())
    return None
