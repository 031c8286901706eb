"""Lines of name, remark and number: the boxes of a sample and the answers of the runs."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtWidgets import QGridLayout, QWidget

from studio.numbers import format_probability
from studio.project.records import BoxRow, PredictionRow
from studio.ui.widgets.text import PlainLabel


@dataclass(frozen=True)
class Fact:
    name: str
    remark: str
    number: str


class FactRows(QWidget):
    """A table without lines; one sentence when there is nothing to list."""

    def __init__(self, nothing: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._nothing = nothing
        self._shown: tuple[Fact, ...] | None = None
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(16, 12, 16, 12)
        self._grid.setHorizontalSpacing(12)
        self._grid.setColumnStretch(1, 1)

    def show_facts(self, facts: Sequence[Fact]) -> None:
        if tuple(facts) == self._shown:
            return
        self._shown = tuple(facts)
        while self._grid.count():
            item = self._grid.takeAt(0)
            if item is not None and (widget := item.widget()) is not None:
                widget.deleteLater()
        if not facts:
            words = PlainLabel(self._nothing, role="small", tone="text_3", wrap=True)
            self._grid.addWidget(words, 0, 0, 1, 3)
        for at, fact in enumerate(facts):
            self._grid.addWidget(PlainLabel(fact.name, role="small"), at, 0)
            remark = PlainLabel(fact.remark, role="small", tone="text_3", elide=True)
            self._grid.addWidget(remark, at, 1)
            number = PlainLabel(fact.number, role="small", tone="text_2", tabular=True)
            self._grid.addWidget(number, at, 2)


def box_facts(boxes: Sequence[BoxRow]) -> list[Fact]:
    return [
        Fact(box.name, f"from {box.origin}", f"{100 * box.width:.0f} × {100 * box.height:.0f} %")
        for box in boxes
    ]


def prediction_facts(predictions: Sequence[PredictionRow]) -> list[Fact]:
    return [_prediction(each) for each in predictions]


def _prediction(row: PredictionRow) -> Fact:
    remark = f"{row.split}, step {row.step}"
    if row.given_confidence is not None:
        remark += f" · {format_probability(row.given_confidence)} for its label"
    return Fact(row.run_name, remark, f"{row.label} {format_probability(row.confidence)}")
