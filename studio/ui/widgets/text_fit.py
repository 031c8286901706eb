"""Gives a wrapped label the height its words need, where layouts do not ask it."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel


def fit_height(label: QLabel, width: int) -> None:
    """Fixes the height for words that are wrapped at `width`."""
    flags = int(Qt.TextFlag.TextWordWrap)
    needed = label.fontMetrics().boundingRect(0, 0, max(40, width), 9999, flags, label.text())
    label.setFixedHeight(max(18, needed.height() + 2))
