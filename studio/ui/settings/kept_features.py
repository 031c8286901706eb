"""What kept vision features take on the disk, and the button that drops them."""

from PySide6.QtWidgets import QHBoxLayout, QWidget

from studio.numbers import format_bytes
from studio.ui import background
from studio.ui.widgets.buttons import make_button
from studio.ui.widgets.text import PlainLabel
from workers.contract import kept_features

COUNTING = "Counting what is kept…"
NOTHING = "No vision features are kept. Training with a frozen vision tower keeps them."


class KeptFeatures(QWidget):
    """Counts and drops in the background: there may be a file for each of many pictures."""

    def __init__(self) -> None:
        super().__init__()
        self.words = PlainLabel(COUNTING, role="small", tone="text_3", wrap=True)
        self.drop = make_button("Drop", size="bar")
        self.drop.explain("A training that needs them sees its pictures once more")
        self.drop.setAccessibleName("Drop kept vision features")
        self.drop.clicked.connect(self._drop)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(16)
        row.addWidget(self.words, 1)
        row.addWidget(self.drop)
        self.refresh()

    def refresh(self) -> None:
        """Count again."""
        self.drop.setEnabled(False)
        background.run(kept_features.kept_bytes, done=self._show, owner=self)

    def _show(self, size: int) -> None:
        self.drop.setEnabled(size > 0)
        self.words.setText(f"{format_bytes(size)} on the disk" if size else NOTHING)

    def _drop(self) -> None:
        self.drop.setEnabled(False)
        background.run(kept_features.drop_all, done=lambda _: self.refresh(), owner=self)
