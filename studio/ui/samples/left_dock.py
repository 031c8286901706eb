"""The left dock: the filter panel, and at its foot what is wrong with the sources."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.ui.samples.filter_panel import FilterPanel
from studio.ui.widgets.buttons import make_button


class LeftDock(QWidget):
    """The foot shows only while images are missing."""

    relink_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.panel = FilterPanel()
        self.foot = make_button("", "ghost", "folder-open", size="bar")
        self.foot.setVisible(False)
        self.foot.clicked.connect(self.relink_wanted)
        row = QHBoxLayout()
        row.setContentsMargins(8, 4, 8, 8)
        row.addWidget(self.foot)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.panel, 1)
        column.addLayout(row)

    def show_missing(self, sources: int) -> None:
        needs = "1 source needs" if sources == 1 else f"{sources} sources need"
        self.foot.setText(f"{needs} re-linking")
        self.foot.setVisible(sources > 0)
