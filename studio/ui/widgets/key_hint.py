"""Two keys that step back and on, and what through."""

from PySide6.QtWidgets import QHBoxLayout, QWidget

from studio.ui.widgets.marks import KeyMark
from studio.ui.widgets.text import PlainLabel


def key_hint(back: str, on: str, name: str) -> QWidget:
    """The keys' marks side by side, then the name."""
    holder = QWidget()
    row = QHBoxLayout(holder)
    row.setContentsMargins(0, 0, 0, 0)
    for widget in (KeyMark(back), KeyMark(on), PlainLabel(name, role="small", tone="text_3")):
        row.addWidget(widget)
    return holder
