"""Label values as found, each with the label it becomes."""

from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QVBoxLayout, QWidget

from studio.numbers import format_count
from studio.ui.widgets.text import PlainLabel

MOST_ROWS = 30  # more values than this are hardly labels
UNDECIDED, NO_LABEL, OWN_NAME = "\0undecided", "", "\0own"


class LabelValues(QWidget):
    """One row a value that is unknown or mapped; `changed` carries the whole mapping of values."""

    changed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.title = PlainLabel("Label values", role="small", tone="text_2")
        self.rest = PlainLabel("", role="small", tone="text_3", wrap=True)
        self.rows = QWidget()
        self.grid = QGridLayout(self.rows)
        self.grid.setContentsMargins(0, 0, 0, 0)
        self.grid.setSpacing(6)
        self.grid.setColumnStretch(0, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(6)
        for widget in (self.title, self.rows, self.rest):
            column.addWidget(widget)
        self.labels: list[str] = []
        self.mapped: dict[str, str] = {}
        self.combos: dict[str, QComboBox] = {}
        self.hide()

    def show_labels(self, labels: list[str]) -> None:
        """The project's labels, to choose from."""
        self.labels = labels
        self.mapped = {}
        self.show_values({}, {}, {})

    def show_values(
        self, unknown: Mapping[str, int], mapped: Mapping[str, str], known: Mapping[str, int]
    ) -> None:
        """Values that need a decision first, then those that have one."""
        self.mapped = dict(mapped)
        self._clear()
        ordered = sorted(unknown, key=lambda value: -unknown[value])
        values = [*ordered, *(value for value in mapped if value not in unknown)]
        for row, value in enumerate(values[:MOST_ROWS]):
            self._add_row(row, value, unknown.get(value))
        straight = [f"{name} {format_count(count)}" for name, count in known.items()]
        more = len(values) - MOST_ROWS
        rest = f"{more:,} more values are not shown. " if more > 0 else ""
        self.rest.setText(rest + (f"Becomes: {', '.join(straight)}." if straight else ""))
        self.rest.setVisible(bool(self.rest.text()))
        self.rows.setVisible(bool(values))
        self.setVisible(bool(values or straight))

    def _clear(self) -> None:
        self.combos.clear()
        while (item := self.grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget:
                widget.hide()
                widget.deleteLater()

    def _add_row(self, row: int, value: str, count: int | None) -> None:
        name = PlainLabel(f"“{value}”", tone="warn" if count else "text_1", elide=True)
        number = PlainLabel(format_count(count) if count else "", tone="text_3", tabular=True)
        combo = QComboBox()
        combo.setAccessibleName(f"Label of “{value}”")
        combo.addItem("choose a label", UNDECIDED)
        for label in self.labels:
            combo.addItem(label, label)
        if value.strip() and value not in self.labels:
            combo.addItem(f"new label “{value.strip()[:40]}”", OWN_NAME)
        combo.addItem("no label", NO_LABEL)
        chosen = self.mapped.get(value, UNDECIDED)
        chosen = OWN_NAME if chosen == value.strip() and combo.findData(chosen) < 0 else chosen
        combo.setCurrentIndex(max(combo.findData(chosen), 0))
        combo.setFixedWidth(172)
        combo.activated.connect(lambda _, of=value: self._choose(of))
        self.combos[value] = combo
        for place, widget in enumerate((name, number, combo)):
            self.grid.addWidget(widget, row, place)

    def _choose(self, value: str) -> None:
        label = self.combos[value].currentData()
        if label == UNDECIDED:
            self.mapped.pop(value, None)
        else:
            self.mapped[value] = value.strip() if label == OWN_NAME else label
        self.changed.emit(dict(self.mapped))
