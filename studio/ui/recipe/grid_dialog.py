"""Grid of runs: some options, some values each, and the runs that they make."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from studio.errors import StudioError
from studio.runs.grids import grid, point_name
from studio.ui.recipe.choices import in_words
from studio.ui.widgets.buttons import make_button, make_icon_button
from studio.ui.widgets.combo import ListCombo
from studio.ui.widgets.fields import range_words
from studio.ui.widgets.text import PlainLabel
from workers.contract.options import (
    OptionKind,
    OptionSpec,
    TrainingOptions,
    all_options,
    option_values,
    parse_value,
)

WIDTH = 600
FIRST = ("adapter.rank", "optimizer.learning_rate")
NUMBERS = (OptionKind.WHOLE, OptionKind.REAL)
ACROSS, WITHIN = ",", ";"  # names are lists themselves: their grids are parted by semicolons

Values = dict[str, list[Any]]


class GridRow(QWidget):
    """An option and its values; `changed` at each key, `removed` when it is taken away."""

    changed = Signal()
    removed = Signal()

    def __init__(self, specs: dict[str, OptionSpec], name: str, value: Any) -> None:
        super().__init__()
        self.specs = specs
        self.option = ListCombo()
        self.option.setFixedWidth(220)
        self.option.setAccessibleName("Option")
        for spec in specs.values():
            self.option.addItem(spec.label, spec.name)
        self.option.setCurrentIndex(self.option.findData(name))
        self.values = QLineEdit(in_words(value))
        self.values.setAccessibleName("Values, with commas between them")
        self.values.setPlaceholderText("values, with commas between")
        self.away = make_icon_button("x", "Leave this option out", size="")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.option)
        row.addWidget(self.values, 1)
        row.addWidget(self.away)
        self.option.activated.connect(lambda _: self.changed.emit())
        self.values.textEdited.connect(lambda _: self.changed.emit())
        self.away.clicked.connect(self.removed)

    def spec(self) -> OptionSpec:
        """The option of this row."""
        return self.specs[self.option.currentData()]

    def read(self) -> list[Any]:
        """The values; ValueError with a sentence."""
        spec = self.spec()
        mark = WITHIN if spec.kind == OptionKind.NAMES else ACROSS
        texts = [part.strip() for part in self.values.text().split(mark) if part.strip()]
        if not texts:
            raise ValueError(f"{spec.label} has no value yet.")
        return [_parse(spec, text) for text in texts]


class GridDialog(QDialog):
    """`wanted` carries the values by option once the runs are to be queued."""

    wanted = Signal(object)

    def __init__(self, options: TrainingOptions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.options = options
        self.now = option_values(options)
        texts = ("base_model", "revision", "prompt.text")
        self.specs = {
            spec.name: spec
            for spec in all_options()
            if spec.name in self.now and spec.name not in texts
        }
        self.rows: list[GridRow] = []
        self.setWindowTitle("Grid of runs")
        self.setMinimumWidth(WIDTH)
        self.column = QVBoxLayout()
        self.column.setSpacing(8)
        self.add = make_button("Another option", "ghost", "plus", size="bar")
        self.count = PlainLabel("", role="heading")
        self.problem = PlainLabel("", role="small", tone="error", wrap=True)
        self.names = QPlainTextEdit()
        self.queue = make_button("", "primary", size="dialog")
        self._build()
        self.add.clicked.connect(lambda: self.add_row())
        self.queue.clicked.connect(self._want)
        name = next((name for name in FIRST if name in self.specs), next(iter(self.specs)))
        self.add_row(name)

    def add_row(self, name: str = "") -> None:
        """Add an option; the first that is not taken, without a name."""
        taken = {row.spec().name for row in self.rows}
        wished = [*([name] if name else []), *FIRST, *self.specs]
        name = next(one for one in wished if one in self.specs and one not in taken)
        row = GridRow(self.specs, name, self.now[name])
        row.changed.connect(self._show)
        row.option.activated.connect(lambda _, row=row: self._take_value(row))
        row.removed.connect(lambda row=row: self._remove(row))
        self.rows.append(row)
        self.column.addWidget(row)
        self._show()
        row.values.setFocus(Qt.FocusReason.OtherFocusReason)

    def values(self) -> Values:
        """What is asked for; ValueError with a sentence."""
        found: Values = {}
        for row in self.rows:
            name = row.spec().name
            if name in found:
                raise ValueError(f"{row.spec().label} stands here twice.")
            found[name] = row.read()
        return found

    def _take_value(self, row: GridRow) -> None:
        row.values.setText(in_words(self.now[row.spec().name]))
        self._show()

    def _remove(self, row: GridRow) -> None:
        self.rows.remove(row)
        self.column.removeWidget(row)
        row.deleteLater()
        self._show()

    def _show(self) -> None:
        """Say which runs there would be, or why there are none."""
        names, problem = self._points()
        count = len(names)
        runs = "1 run" if count == 1 else f"{count} runs"
        self.count.setText(f"{runs}, one after the other" if count > 1 else runs if count else "")
        self.count.setVisible(bool(count))
        self.names.setVisible(bool(count))
        self.names.setPlainText("\n".join(names))
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))
        self.queue.setText(f"Queue {runs}" if count else "Queue")
        self.queue.setEnabled(bool(count))
        self.add.setVisible(len(self.rows) < len(self.specs))
        for row in self.rows:
            row.away.setEnabled(len(self.rows) > 1)

    def _points(self) -> tuple[list[str], str]:
        try:
            values = self.values()
            points = grid(self.options, values)
        except ValueError as error:
            return [], str(error)
        except StudioError as error:
            return [], error.message
        return [point_name(point, list(values)) for point in points], ""

    def _want(self) -> None:
        self.wanted.emit(self.values())
        self.accept()

    def _build(self) -> None:
        self.names.setReadOnly(True)
        self.names.setProperty("field", "true")
        self.names.setFixedHeight(148)
        self.names.setAccessibleName("The runs")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(24, 20, 24, 20)
        outer.setSpacing(12)
        outer.addWidget(PlainLabel("Grid of runs", role="title"))
        words = (
            "One run for each combination of these values; all else stays as in the recipe. "
            "A run that fails holds up none after it."
        )
        outer.addWidget(PlainLabel(words, tone="text_2", wrap=True))
        outer.addLayout(self.column)
        outer.addWidget(self.add, 0, Qt.AlignmentFlag.AlignLeft)
        outer.addWidget(self.problem)
        outer.addWidget(self.count)
        outer.addWidget(self.names)
        outer.addStretch(1)
        outer.addLayout(self._buttons())

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addStretch(1)
        leave = make_button("Cancel", "ghost", size="dialog")
        leave.setAutoDefault(False)
        leave.clicked.connect(self.reject)
        self.queue.setDefault(True)
        row.addWidget(self.queue)
        row.addWidget(leave)
        return row


def grid_dialog(
    options: TrainingOptions, queue: Callable[[Values], None], parent: QWidget | None = None
) -> GridDialog:
    """The dialog over these options; `queue` gets the values."""
    dialog = GridDialog(options, parent)
    dialog.wanted.connect(queue)
    return dialog


def _parse(spec: OptionSpec, text: str) -> Any:
    """A value; ValueError says what the option wants."""
    try:
        value = parse_value(spec, text)
    except ValueError as error:
        wants = range_words(spec) if spec.kind in NUMBERS else f"{spec.label}: on or off."
        raise ValueError(f"{wants} “{text}” is none.") from error
    if spec.kind == OptionKind.CHOICE and value not in spec.choices:
        raise ValueError(f"{spec.label} is one of {', '.join(spec.choices)}, not “{text}”.")
    return value
