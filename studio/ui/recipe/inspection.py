"""The right side of Recipe: how much trains, the module tree, the memory it takes."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from studio.numbers import format_bytes, format_count, format_share
from studio.runs.inspector import InspectorAnswer
from studio.ui.recipe.module_tree import ModuleTree
from studio.ui.recipe.tree_rows import make_nodes
from studio.ui.theme import current_tokens
from studio.ui.widgets.empty_state import EmptyState
from studio.ui.widgets.memory_bar import MemoryBar, MemoryPart
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
        shares = [Share("LoRA", answer.added, "memory_2")] if answer.added else []
        shares += [Share(head, rest, "memory_1")] if rest else []
        expected = recipe.expected.trainable
        remark = f"seed {recipe.seed}: {format_count(expected)}" if expected else ""
        self.bar.show_shares(tuple(shares), remark)


class MemoryPanel(QFrame):
    """The estimate as a range, its bar, its parts."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("line", "above")
        self.title = PlainLabel("Memory", role="heading")
        self.range = PlainLabel("", role="heading", tabular=True)
        self.where = PlainLabel("", role="small", tone="text_2", elide=True)
        self.where.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.bar = MemoryBar()
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


class Swatch(QWidget):
    """A small square in a token's colour."""

    def __init__(self, colour: str) -> None:
        super().__init__()
        self.colour = colour
        self.setFixedSize(8, 8)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint it."""
        QPainter(self).fillRect(self.rect(), current_tokens().color(self.colour))


class InspectionDock(QWidget):
    """What the inspector says of the recipe; `wait` dims what is shown until it answers."""

    def __init__(self) -> None:
        super().__init__()
        self.count = CountPanel()
        self.tree = ModuleTree()
        self.memory = MemoryPanel()
        self.empty = EmptyState("tree-structure", "Reading the model’s shape…")
        self.parts = (self.count, self.tree, self.memory)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for widget in self.parts:
            column.addWidget(widget, 1 if widget is self.tree else 0)
            widget.hide()
        column.addWidget(self.empty, 1)
        self.answer: InspectorAnswer | None = None

    def wait(self) -> None:
        """A newer answer is on its way."""
        self.tree.dim()

    def show_answer(self, answer: InspectorAnswer, recipe: Recipe) -> None:
        """Show an answer, or why there is none."""
        self.answer = answer
        self.empty.setVisible(bool(answer.error))
        for widget in self.parts:
            widget.setVisible(not answer.error)
        if answer.error:
            self.empty.show_words(answer.error)
            return
        self.count.show_answer(answer, recipe)
        self.tree.show_nodes(make_nodes(answer.modules))
        self.memory.show_memory(answer.memory)
