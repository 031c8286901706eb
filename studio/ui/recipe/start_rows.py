"""The rows that say what a training starts from, in the looks of the form's own."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.ui.recipe.starting import START, StartRun
from studio.ui.widgets.combo import ListCombo
from studio.ui.widgets.fields import FIELD_WIDTH, PartsField
from studio.ui.widgets.form import OptionRow, RowProblem
from studio.ui.widgets.text import plain_tooltip
from workers.contract.options import OptionKind, OptionSpec

BASE = "The base model"
RESTARTED, KEPT = "restarted", "kept"
START_SPEC = OptionSpec(
    name=START,
    label="Start from",
    group="Base model",
    help="The base model, or the trained weights of a run that ended.",
    hint="Or what a run has learnt.",
    unit="",
    kind=OptionKind.CHOICE,
    default="",
)
OPTIMIZER_SPEC = OptionSpec(
    name="start.optimizer",
    label="Its optimizer",
    group="Base model",
    help="Kept, its moments go on; restarted, they begin at zero. The schedule always starts anew.",
    hint="The schedule starts anew.",
    unit="",
    kind=OptionKind.CHOICE,
    choices=(RESTARTED, KEPT),
    default=RESTARTED,
)


class StartField(ListCombo):
    """`settled` carries the number of a run, or None for the base model."""

    settled = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setFixedWidth(FIELD_WIDTH)
        self.addItem(BASE, None)
        self.activated.connect(lambda _: self.settled.emit(self.currentData()))

    def show_runs(self, runs: Sequence[StartRun], chosen: int | None) -> None:
        """List the runs; those that cannot be chosen are grey and say why."""
        self.blockSignals(True)
        self.clear()
        self.addItem(BASE, None)
        for run in runs:
            self.addItem(run.title, run.run_id)
            if run.reason:
                self._refuse(self.count() - 1, run)
        if chosen is not None and self.findData(chosen) < 0:
            self.addItem(f"Run {chosen}", chosen)
        self.show_value(chosen)
        self.blockSignals(False)

    def show_value(self, value: int | None) -> None:
        """Choose without a signal."""
        self.setCurrentIndex(0 if value is None else self.findData(value))
        self.setToolTip(plain_tooltip(self.currentText()))

    def _refuse(self, row: int, run: StartRun) -> None:
        model = self.model()
        item = model.item(row) if isinstance(model, QStandardItemModel) else None
        if item is not None:
            item.setEnabled(False)
            item.setText(f"{run.title} · {run.short}")
            item.setToolTip(plain_tooltip(run.reason))


class StartRows(QWidget):
    """`chosen` carries a run or None; `kept` whether its optimizer goes on."""

    chosen = Signal(object)
    kept = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self.field = StartField()
        self.run = OptionRow(START_SPEC, self.field)
        words = {RESTARTED: "Restarted", KEPT: "Kept"}
        self.switch = PartsField(OPTIMIZER_SPEC, lambda choice: words[choice])
        self.optimizer = OptionRow(OPTIMIZER_SPEC, self.switch)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for row in (self.run, self.optimizer):
            row.origin.setFixedWidth(row.origin.sizeHint().width())
            policy = row.origin.sizePolicy()
            policy.setRetainSizeWhenHidden(True)
            row.origin.setSizePolicy(policy)
            row.origin.hide()
            column.addWidget(row)
        self.field.settled.connect(self.chosen)
        self.switch.settled.connect(lambda value: self.kept.emit(value == KEPT))

    def show_start(
        self, runs: Sequence[StartRun], chosen: int | None, keeps_optimizer: bool
    ) -> None:
        """Show the menu and the choice."""
        self.field.show_runs(runs, chosen)
        self.switch.show_value(KEPT if keeps_optimizer else RESTARTED)
        self.optimizer.setVisible(chosen is not None)

    def show_problems(self, problems: Sequence[RowProblem]) -> None:
        """Write them below the choice."""
        self.run.show_problems(problems)
