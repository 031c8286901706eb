"""The right column of a language model's run: where it comes from, and its least likely answers."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QVBoxLayout, QWidget

from studio.runs.lineage import Ancestor
from studio.runs.perplexity import format_perplexity
from studio.ui.runs.extremes import Extreme
from studio.ui.widgets.lineage_tree import LineageRow, LineageTree
from studio.ui.widgets.pressing import make_pressable
from studio.ui.widgets.section import FoldingSection
from studio.ui.widgets.text import PlainLabel, plain_tooltip

LISTED = 4


class UnlikelyRow(QWidget):
    """A caption, its answer and the perplexity; a press opens the sample."""

    chosen = Signal(int)

    def __init__(self, found: Extreme) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        make_pressable(self, lambda: self.chosen.emit(found.sample_id))
        figure = format_perplexity(found.loss)
        caption = PlainLabel(" ".join(found.caption.split()), role="small", elide=True)
        answer = PlainLabel(" ".join(found.label.split()), role="small", tone="text_3", elide=True)
        number = PlainLabel(figure, role="small", tone="text_2", tabular=True)
        self.setAccessibleName(f"{found.caption}, answer {found.label}, perplexity {figure}")
        self.setToolTip(plain_tooltip(f"{found.caption}\n{found.label}"))
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 5, 0, 5)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(2)
        grid.addWidget(caption, 0, 0)
        grid.addWidget(answer, 1, 0)
        grid.addWidget(number, 0, 1, 2, 1, Qt.AlignmentFlag.AlignRight)
        grid.setColumnStretch(0, 1)


@dataclass(frozen=True)
class AnswersShown:
    """What the column shows; both may be empty."""

    lineage: tuple[LineageRow, ...] = ()
    unlikely: tuple[Extreme, ...] = ()


NO_ANSWERS = AnswersShown()


class AnswersDock(QWidget):
    """Two sections that fold; asks for a run or a sample."""

    run_wanted = Signal(int)
    sample_wanted = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._shown = AnswersShown()
        self.tree = LineageTree()
        self.tree.picked.connect(self.run_wanted)
        self.lineage = FoldingSection("Lineage", self.tree, remember_as="runs-lineage")
        self.unlikely = FoldingSection("Least likely answers", remember_as="runs-unlikely")
        self.unlikely.set_detail("perplexity")
        holder = QWidget()
        self._rows = QVBoxLayout(holder)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(0)
        self.unlikely.add(holder)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for section in (self.unlikely, self.lineage):
            column.addWidget(section)
            section.hide()

    def show_answers(self, shown: AnswersShown) -> None:
        """Show another run's."""
        if shown == self._shown:
            return
        self._shown = shown
        self.tree.show_rows(shown.lineage)
        self.lineage.setVisible(len(shown.lineage) > 1)
        self.unlikely.setVisible(bool(shown.unlikely))
        while self._rows.count():
            item = self._rows.takeAt(0)
            widget = item.widget() if item else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for found in shown.unlikely[:LISTED]:
            row = UnlikelyRow(found)
            row.chosen.connect(self.sample_wanted)
            self._rows.addWidget(row)


def tree_rows(
    family: Sequence[Ancestor], verdicts: dict[int, str], chosen: int
) -> tuple[LineageRow, ...]:
    """The runs of a family with what came out of each; the chosen one is marked."""
    return tuple(_row(one, verdicts, chosen) for one in family)


def _row(one: Ancestor, verdicts: dict[int, str], chosen: int) -> LineageRow:
    here = one.run_id is not None and not one.trashed
    detail = verdicts.get(one.run_id, "") if one.run_id is not None else ""
    gone = "deleted" if one.run_id is None else "in the trash"
    noun = "epoch" if one.cumulative_epochs == 1 else "epochs"
    return LineageRow(
        one.depth,
        one.name,
        (detail or one.state) if here else gone,
        f"{one.cumulative_epochs:g}\u00a0{noun} in all",
        "run" if here else "gone",
        one.run_id if here else None,
        one.run_id == chosen,
    )
