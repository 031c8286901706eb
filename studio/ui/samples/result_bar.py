"""The line over the grid: what was found, what is chosen and can be done with it, order, size."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSlider, QWidget

from studio.numbers import format_count
from studio.ui.samples.grid import LARGEST_WISH, SMALLEST_WISH, USUAL_CELL
from studio.ui.widgets.buttons import KeyButton, make_button
from studio.ui.widgets.empty_state import Glyph
from studio.ui.widgets.text import PlainLabel

ORDERS = {
    "key": "Name",
    "confidence": "Confidence, low first",
    "suspect": "Most suspect first",
    "label": "Label",
    "length": "Longest caption first",
    "newest": "Newest first",
}

CAPTIONS = "Have a model write captions for these samples, and decide on what it suggests"
ROOM_FOR_ALL = 860  # narrower bars leave order and size out while several are chosen


class ResultBar(QWidget):
    """Shows numbers and says what was asked for; acts on nothing itself."""

    act_wanted = Signal(str)  # split, reviewed, copy, all
    order_wanted = Signal(str)
    size_wanted = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(32)
        self.found = PlainLabel("", role="small", tone="text_2", tabular=True)
        self.total = PlainLabel("", role="small", tone="text_3", tabular=True)
        self.chosen = PlainLabel("", role="small", tone="text_3", tabular=True)
        self.label_menu, self.split_menu = QMenu(self), QMenu(self)
        self.caption_menu = QMenu(self)
        self.captions = make_button("Captions", "ghost", size="bar", tooltip=CAPTIONS)
        self.captions.setMenu(self.caption_menu)
        self.acts = self._make_acts()
        self.order = make_button("", "ghost", "sort-ascending", size="bar", tooltip="Order")
        self.order_menu = QMenu(self)
        self.glyph = Glyph("grid-four", "text_3", 14)
        self.size_slider = QSlider(Qt.Orientation.Horizontal)
        self._lay_out()

    def _make_acts(self) -> dict[str, KeyButton]:
        acts = {
            "label": make_button("Label", "ghost", size="bar", tooltip="Label all that is chosen"),
            "split": make_button("Split", "ghost", size="bar", tooltip="Put into a split"),
            "reviewed": make_button("Mark reviewed", "ghost", size="bar"),
            "copy": make_button("Copy caption", "ghost", size="bar"),
            "all": make_button("", "link", size="bar"),
        }
        acts["label"].setMenu(self.label_menu)
        acts["split"].setMenu(self.split_menu)
        for name in ("reviewed", "copy", "all"):
            acts[name].clicked.connect(lambda *_, name=name: self.act_wanted.emit(name))
        for button in acts.values():
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return acts

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 0, 16, 0)
        row.setSpacing(4)
        row.addWidget(self.found)
        row.addWidget(self.total)
        row.addSpacing(10)
        row.addWidget(self.chosen)
        for button in self.acts.values():
            row.addWidget(button)
        row.addWidget(self.captions)
        row.addStretch(1)
        for name, words in ORDERS.items():
            line = self.order_menu.addAction(words)
            line.triggered.connect(lambda *_, name=name: self.order_wanted.emit(name))
        self.order.setMenu(self.order_menu)
        self.order.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        row.addWidget(self.order)
        row.addSpacing(6)
        row.addWidget(self.glyph)
        self.size_slider.setRange(SMALLEST_WISH, LARGEST_WISH)
        self.size_slider.setValue(USUAL_CELL)
        self.size_slider.setFixedWidth(64)
        self.size_slider.setToolTip("Size of the images")
        self.size_slider.setAccessibleName("Size of the images")
        self.size_slider.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.size_slider.valueChanged.connect(self.size_wanted)
        row.addWidget(self.size_slider)

    def show_counts(self, found: int, total: int, chosen: int) -> None:
        """With several chosen the acts stand where the total was."""
        several = chosen > 1
        self.found.setText(format_count(chosen) if several else format_count(found))
        self.total.setText("selected" if several else f"of {format_count(total)} samples")
        self.chosen.setText("1 selected" if chosen == 1 else "")
        self.chosen.setVisible(chosen == 1)
        for button in self.acts.values():
            button.setVisible(several)
        self.acts["all"].setVisible(several and chosen < found)
        self.acts["all"].setText(f"All {format_count(found)} of this query")
        for widget in (self.order, self.glyph, self.size_slider):  # room for the acts
            widget.setVisible(not several or self.width() > ROOM_FOR_ALL)

    def show_order(self, order: str) -> None:
        self.order.setText(ORDERS[order])
