"""The left column: runs, and their checkpoints with the best one marked."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from studio.ui import fonts
from studio.ui.export.run_facts import ExportableRun
from studio.ui.widgets import icons
from studio.ui.widgets.text import PlainLabel

ROW = 26
ROLE = Qt.ItemDataRole.UserRole


class RunChoice(QWidget):
    """Emits the run and the step that are chosen."""

    chosen = Signal(int, int)

    def __init__(self) -> None:
        super().__init__()
        self.tree = QTreeWidget()
        self._items: dict[tuple[int, int], QTreeWidgetItem] = {}
        self.tree.setHeaderHidden(True)
        self.tree.setIndentation(16)
        self.tree.setUniformRowHeights(True)
        self.tree.setAccessibleName("Runs and checkpoints")
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 14, 8, 8)
        column.setSpacing(8)
        column.addWidget(PlainLabel("Runs and checkpoints", role="small_strong", tone="text_2"))
        column.addWidget(self.tree, 1)
        self.tree.currentItemChanged.connect(self._tell)

    def show_runs(self, runs: list[ExportableRun], run_id: int | None, step: int | None) -> None:
        """Fill the tree and mark the choice, without a signal."""
        self.tree.blockSignals(True)
        self.tree.clear()
        self._items.clear()
        for run in runs:
            top = QTreeWidgetItem([run.title])
            top.setData(0, ROLE, (run.id, _best_step(run)))
            top.setSizeHint(0, QSize(80, fonts.scaled(ROW)))
            self.tree.addTopLevelItem(top)
            for point in run.checkpoints:
                best = " · best" if point.best else ""
                item = QTreeWidgetItem([f"Step {point.step:,} · epoch {point.epoch}{best}"])
                item.setData(0, ROLE, (run.id, point.step))
                item.setSizeHint(0, QSize(80, fonts.scaled(ROW)))
                if point.best:
                    item.setIcon(0, icons.icon("check-circle-fill", "done"))
                top.addChild(item)
                self._items[run.id, point.step] = item
                if (run.id, point.step) == (run_id, step):
                    self.tree.setCurrentItem(item)
            top.setExpanded(run.id == run_id)
        self.tree.blockSignals(False)

    def choose(self, run_id: int, step: int) -> None:
        """Choose a checkpoint as a click does."""
        self.tree.setCurrentItem(self._items[run_id, step])

    def _tell(self, item: QTreeWidgetItem | None) -> None:
        if item is not None:
            self.chosen.emit(*item.data(0, ROLE))


def _best_step(run: ExportableRun) -> int:
    best = [point.step for point in run.checkpoints if point.best]
    return best[0] if best else run.checkpoints[0].step
