"""A small square in a token's colour, for legends."""

from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from studio.ui.theme import current_tokens


class Swatch(QWidget):
    """A small square in a token's colour."""

    def __init__(self, colour: str, side: int = 8) -> None:
        super().__init__()
        self.colour = colour
        self.setFixedSize(side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint it."""
        QPainter(self).fillRect(self.rect(), current_tokens().color(self.colour))
