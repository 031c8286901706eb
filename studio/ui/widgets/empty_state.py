"""What a page shows while it has nothing to show: an icon, a sentence, a button."""

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.ui.widgets import icons
from studio.ui.widgets.buttons import make_button
from studio.ui.widgets.text import PlainLabel

WIDTH = 320


class Glyph(QWidget):
    """One icon, painted in the theme's colour of the moment."""

    def __init__(self, name: str, tone: str = "text_3", size: int = 16) -> None:
        super().__init__()
        self.name, self.tone, self.side = name, tone, size
        self.setFixedSize(size, size)

    def show_icon(self, name: str, tone: str = "") -> None:
        """Change the icon, and its tone where given."""
        self.name, self.tone = name, tone or self.tone
        self.update()

    def sizeHint(self) -> QSize:
        """A square."""
        return QSize(self.side, self.side)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the icon."""
        painter = QPainter(self)
        icons.paint_icon(painter, QRect(0, 0, self.side, self.side), self.name, self.tone)


class Sentence(PlainLabel):
    """Centred text as wide as an empty state, and as high as its lines need."""

    def __init__(self, text: str) -> None:
        super().__init__(text, tone="text_2", wrap=True)
        self.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.setFixedWidth(WIDTH)

    def heightForWidth(self, width: int) -> int:
        """A layout asks for the height at its own width, but lines break at this one's."""
        return super().heightForWidth(min(width, WIDTH))

    def sizeHint(self) -> QSize:
        """All lines."""
        return QSize(WIDTH, self.heightForWidth(WIDTH))

    def minimumSizeHint(self) -> QSize:
        """Never cut."""
        return self.sizeHint()


class EmptyState(QWidget):
    """Centred, 320 wide; `clicked` is the button, `clicked_second` a second one if given."""

    clicked = Signal()
    clicked_second = Signal()

    def __init__(
        self, icon: str, sentence: str, button_text: str = "", second_text: str = ""
    ) -> None:
        super().__init__()
        self.glyph = Glyph(icon, "text_3", 32)
        self.sentence = Sentence(sentence)
        self.button = make_button(button_text)
        self.second = make_button(second_text, "ghost")
        self.button.clicked.connect(self.clicked)
        self.second.clicked.connect(self.clicked_second)
        column = QVBoxLayout(self)
        column.setSpacing(14)
        column.addStretch(2)
        for widget in (self.glyph, self.sentence, self.button, self.second):
            column.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)
        self.button.setVisible(bool(button_text))
        self.second.setVisible(bool(second_text))

    def show_words(self, sentence: str, button_text: str = "", second_text: str = "") -> None:
        """Change the sentence and the buttons; an empty text hides its button."""
        self.sentence.setText(sentence)
        self.button.setText(button_text)
        self.second.setText(second_text)
        self.button.setVisible(bool(button_text))
        self.second.setVisible(bool(second_text))
