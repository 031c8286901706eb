"""Splitting by a rule: asks for the share, shows what comes of it, splits when told to."""

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QSpinBox, QVBoxLayout, QWidget

from studio.numbers import NO_BREAK
from studio.ui.widgets.buttons import make_button
from studio.ui.widgets.text import PlainLabel


@dataclass(frozen=True)
class SplitWish:
    share: float
    seed: int
    stratified: bool


class SplitStrip(QFrame):
    """Says how many samples would be in train and validation before anything is written."""

    preview_wanted = Signal(object)  # SplitWish
    split_wanted = Signal(object)
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("surface", "card")
        self.percent, self.seed = QSpinBox(), QSpinBox()
        self.percent.setRange(1, 90)
        self.percent.setValue(10)
        self.percent.setSuffix(f"{NO_BREAK}%")
        self.percent.setFixedWidth(64)
        self.percent.setAccessibleName("Share of validation")
        self.seed.setRange(0, 2**31 - 1)
        self.seed.setValue(42)
        self.seed.setFixedWidth(72)
        self.seed.setAccessibleName("Random seed")
        self.by_label = QCheckBox("By label")
        self.by_label.setChecked(True)
        self.by_label.setToolTip("Each label gets its share of both splits")
        self.words = PlainLabel("", role="small", tone="text_3", elide=True)
        for field in (self.percent, self.seed):
            field.setToolTip("Arrow up and down change it")
            field.lineEdit().setTextMargins(7, 0, 4, 0)
        self.button = make_button("Split 9 : 1, by label")
        self.close_button = make_button("Close", "ghost", "", "Esc")
        self._lay_out()

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(PlainLabel("Validation", tone="text_2"))
        row.addWidget(self.percent)
        row.addWidget(PlainLabel("Random seed", tone="text_2"))
        row.addWidget(self.seed)
        row.addWidget(self.by_label)
        row.addStretch(1)
        row.addWidget(self.button)
        row.addWidget(self.close_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 8, 10, 8)
        column.setSpacing(4)
        column.addLayout(row)
        column.addWidget(self.words)
        for signal in (self.percent.valueChanged, self.seed.valueChanged, self.by_label.toggled):
            signal.connect(self._changed)
        self.button.clicked.connect(lambda: self.split_wanted.emit(self.wish()))
        self.close_button.clicked.connect(self.closed)

    def wish(self) -> SplitWish:
        return SplitWish(self.percent.value() / 100, self.seed.value(), self.by_label.isChecked())

    def ratio(self) -> str:
        percent = self.percent.value()
        if percent % 10 == 0:
            return f"{10 - percent // 10} : {percent // 10}"
        return f"{100 - percent} : {percent}"

    def show_words(self, words: str) -> None:
        self.words.setText(words)

    def _changed(self, *_: object) -> None:
        tail = ", by label" if self.by_label.isChecked() else ""
        self.button.setText(f"Split {self.ratio()}{tail}")
        self.preview_wanted.emit(self.wish())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)
