"""The band over the grid that says what the example project is for."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from studio.ui.widgets.buttons import make_button
from studio.ui.widgets.empty_state import Glyph
from studio.ui.widgets.text import PlainLabel

WORDS = (
    "These {count} scenes are drawn, and 8 % of their labels are wrong on purpose. "
    "Train, then see whether you can find them."
)


class ExampleBanner(QFrame):
    """Shown while the project is the example and the band was not hidden."""

    train_wanted = Signal()
    hidden = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("surface", "band_accent")
        self.words = PlainLabel("", role="small", wrap=True)
        train = make_button("Train now", "default", size="bar")
        hide = make_button("Hide", "ghost", size="bar")
        train.clicked.connect(self.train_wanted)
        hide.clicked.connect(self.hidden)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 8, 6)
        row.setSpacing(8)
        row.addWidget(Glyph("flask", "accent_text", 16))
        row.addWidget(self.words, 1)
        row.addWidget(train)
        row.addWidget(hide)

    def show_count(self, count: int) -> None:
        self.words.setText(WORDS.format(count=count))
