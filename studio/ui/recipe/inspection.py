"""The right side of Recipe: how much trains, the module tree, the memory it takes."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from studio.numbers import format_bytes, format_count, format_share
from studio.runs.inspector import InspectorAnswer
from studio.ui.recipe.module_tree import ModuleTree
from studio.ui.recipe.probe_panel import ProbePanel
from studio.ui.recipe.swatch import Swatch
from studio.ui.recipe.template_samples import TemplatePreview
from studio.ui.recipe.template_tab import TemplateTab
from studio.ui.recipe.tree_rows import make_nodes
from studio.ui.widgets.empty_state import EmptyState
from studio.ui.widgets.lineage_tree import LineageRow, LineageTree
from studio.ui.widgets.memory_bar import MemoryBar, MemoryPart
from studio.ui.widgets.scroll_column import ScrollColumn
from studio.ui.widgets.segmented import SegmentedSwitch
from studio.ui.widgets.share_bar import Share, ShareBar
from studio.ui.widgets.text import PlainLabel
from workers.contract.recipes import Recipe

PARTS = (
    ("weights", "Weights", "memory_1"),
    ("adapters", "Adapters", "memory_2"),
    ("gradients", "Gradients", "memory_3"),
    ("optimizer", "Optimizer", "memory_4"),
    ("activations", "Activations", "memory_5"),
    ("logits", "Logits", "memory_6"),
    ("process", "Worker itself", "memory_7"),
)


TABS = (("modules", "Modules"), ("template", "Template"), ("lineage", "Lineage"))
EXPANDING, FIXED = QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed
CONTINUES = "The schedule starts anew from its first step; the weights go on."
PICK = "Press a run to go on from what it has learnt."


class CountPanel(QFrame):
    """The count that decides, its share of all, its parts, the seed's count beside it."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("line", "below")
        self.count = PlainLabel("–", role="figure", tabular=True)
        self.words = PlainLabel("parameters train", tone="text_2", elide=True)
        self.share = PlainLabel("", tone="text_2", tabular=True)
        self.bar = ShareBar()
        line = QHBoxLayout()
        line.setSpacing(8)
        baseline = Qt.AlignmentFlag.AlignBottom
        line.addWidget(self.count, 0, baseline)
        line.addWidget(self.words, 1, baseline)
        line.addWidget(self.share, 0, baseline)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 12)
        column.setSpacing(10)
        column.addLayout(line)
        column.addWidget(self.bar)

    def show_answer(self, answer: InspectorAnswer, recipe: Recipe) -> None:
        """Show an answer beside the recipe's published count."""
        self.count.setText(format_count(answer.trainable))
        self.count.set_tone("text_1" if answer.trainable else "error")
        share = answer.trainable / answer.total if answer.total else 0.0
        self.share.setText(f"{format_share(share, 3)} of {format_count(answer.total)}")
        rest = answer.trainable - answer.added
        head = "head" if answer.added else "trained weights"
        if answer.added and recipe.training_options().vision is not None:
            head = "trained whole"
        shares = [Share("LoRA", answer.added, "memory_2")] if answer.added else []
        shares += [Share(head, rest, "memory_1")] if rest else []
        expected = recipe.expected.trainable
        remark = f"seed {recipe.seed}: {format_count(expected)}" if expected else ""
        self.bar.show_shares(tuple(shares), remark)


class MemoryPanel(QFrame):
    """The estimate as a range, its bar, its parts; below, what trying it has shown."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("line", "above")
        self.title = PlainLabel("Memory", role="heading")
        self.range = PlainLabel("", role="heading", tabular=True)
        self.where = PlainLabel("", role="small", tone="text_2", elide=True)
        self.where.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.bar = MemoryBar()
        self.probe = ProbePanel()
        self.features = PlainLabel("", role="small", tone="text_2", elide=True, tabular=True)
        self.grid = QGridLayout()
        self.grid.setHorizontalSpacing(16)
        self.grid.setVerticalSpacing(4)
        self.numbers: dict[str, PlainLabel] = {}
        for place, (key, name, colour) in enumerate(PARTS):
            self.grid.addLayout(self._part(key, name, colour), place // 3, place % 3)
        line = QHBoxLayout()
        for widget, stretch in ((self.title, 0), (self.range, 0), (self.where, 1)):
            line.addWidget(widget, stretch)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 14, 20, 14)
        column.setSpacing(10)
        column.addLayout(line)
        column.addWidget(self.bar)
        column.addLayout(self.grid)
        column.addWidget(self.features)
        column.addWidget(self.probe)

    def _part(self, key: str, name: str, colour: str) -> QHBoxLayout:
        swatch = Swatch(colour)
        number = PlainLabel("–", role="small", tabular=True)
        self.numbers[key] = number
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(swatch)
        row.addWidget(PlainLabel(name, role="small", tone="text_2", elide=True), 1)
        row.addWidget(number)
        return row

    def show_memory(self, memory: dict[str, float]) -> None:
        """Show the inspector's estimate, all in bytes."""
        low, high = memory.get("low", 0.0), memory.get("high", 0.0)
        parts = tuple(MemoryPart(name, memory.get(key, 0.0), colour) for key, name, colour in PARTS)
        for key, number in self.numbers.items():
            number.setText(format_bytes(memory.get(key, 0.0)))
        free = memory.get("free", 0.0)
        self.range.setText(f"{format_bytes(low)} – {format_bytes(high)}")
        self.range.set_tone("text_1" if high <= free else "warn")
        self.where.setText(f"{format_bytes(free)} free on this computer")
        self.bar.show_memory(parts, low, high, free)

    def show_features(self, each: int, pictures: int) -> None:
        """Say what a frozen tower's work takes on the disk: bytes a picture, and how many."""
        size = format_bytes(each * pictures)
        self.features.setText(
            f"Vision features, kept on the disk: about {size} for {format_count(pictures)} pictures"
        )
        self.features.setVisible(each * pictures > 0)


class LineageTab(QWidget):
    """What the training would go on from, as a tree, with a sentence on what starts anew."""

    def __init__(self) -> None:
        super().__init__()
        self.tree = LineageTree()
        self.remark = PlainLabel("", role="small", tone="text_3", wrap=True)
        self.remark.setContentsMargins(20, 4, 20, 8)
        body = QWidget()
        inner = QVBoxLayout(body)
        inner.setContentsMargins(0, 8, 0, 8)
        inner.setSpacing(4)
        inner.addWidget(self.tree)
        inner.addWidget(self.remark)
        inner.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(ScrollColumn(body))

    def show_rows(self, rows: Sequence[LineageRow]) -> None:
        """Show another tree."""
        self.tree.show_rows(rows)
        continues = any(row.chosen for row in rows)
        runs = any(row.key is not None for row in rows)
        self.remark.setText(CONTINUES if continues else PICK if runs else "")


class InspectionDock(QWidget):
    """What the inspector says of the recipe; `wait` dims what is shown until it answers."""

    def __init__(self, preview: TemplatePreview) -> None:
        super().__init__()
        self.count = CountPanel()
        self.tree = ModuleTree()
        self.template = TemplateTab(preview)
        self.lineage = LineageTab()
        self.memory = MemoryPanel()
        self.empty = EmptyState("tree-structure", "Reading the model’s shape…")
        self.tabs = SegmentedSwitch(TABS)
        self.tabs.chosen.connect(self._show_tab)
        self.stack = QStackedWidget()
        for tab in (self.tree, self.template, self.lineage):
            self.stack.addWidget(tab)
        self.body = QWidget()
        inner = QVBoxLayout(self.body)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(0)
        inner.addWidget(self._make_tab_row())
        inner.addWidget(self.stack, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.count)
        column.addWidget(self.body, 1)
        column.addWidget(self.empty, 1)
        column.addWidget(self.memory)
        self.answer: InspectorAnswer | None = None
        self._pictures = 0
        self._show_parts()

    def wait(self) -> None:
        """A newer answer is on its way."""
        self.tree.dim()

    def show_answer(self, answer: InspectorAnswer, recipe: Recipe) -> None:
        """Show an answer, or why there is none."""
        self.answer = answer
        self._show_parts()
        if answer.error:
            self.empty.show_words(answer.error)
            return
        self.count.show_answer(answer, recipe)
        self.tree.show_nodes(make_nodes(answer.modules))
        self.memory.show_memory(answer.memory)
        self.memory.show_features(answer.features, self._pictures)

    def show_pictures(self, count: int) -> None:
        """How many pictures the recipe would look at, for what is kept of them."""
        self._pictures = count
        if self.answer is not None:
            self.memory.show_features(self.answer.features, count)

    def show_tab(self, name: str) -> None:
        """Show modules, template or lineage."""
        self.tabs.set_value(name)
        self._show_tab(name)

    def _show_tab(self, name: str) -> None:
        self.stack.setCurrentIndex([key for key, _ in TABS].index(name))
        self._show_parts()

    def _show_parts(self) -> None:
        """Without an answer the tree has nothing to show, but the other tabs do."""
        known = self.answer is not None and not self.answer.error
        tree = self.stack.currentWidget() is self.tree
        self.count.setVisible(known)
        self.memory.setVisible(known)
        self.stack.setVisible(known or not tree)
        self.empty.setVisible(not known and tree)
        self.body.setSizePolicy(EXPANDING, EXPANDING if known or not tree else FIXED)

    def _make_tab_row(self) -> QWidget:
        holder = QFrame()
        holder.setProperty("line", "below")
        row = QHBoxLayout(holder)
        row.setContentsMargins(20, 8, 20, 8)
        row.addWidget(self.tabs)
        row.addStretch(1)
        return holder
