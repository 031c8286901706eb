"""The row of controls: layers, head, whose attention, and whether special tokens count."""

from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QFrame, QHBoxLayout

from studio import preferences
from studio.attention import heatmap
from studio.attention.look import Look, Side
from studio.attention.maps import AttentionMap
from studio.attention.reduce import Over, Reduction
from studio.attention.steps import middle_layers
from studio.ui.attention.picture_controls import PictureControls
from studio.ui.widgets.segmented import SegmentedSwitch
from studio.ui.widgets.text import PlainLabel, plain_tooltip

SPAN = "span"  # the mean of chosen layers
ROLLOUT = "Rollout multiplies all layers, half of each passing straight on."
POINTING = "Neither it nor the last layers point well at what a word names; the middle ones do."
NO_ROLLOUT = "No rollout: layers of this model read more than the tokens of the text."
SIDES = ((Side.BASE, "Base"), (Side.TUNED, "Tuned"), (Side.DIFFERENCE, "Difference"))


class ControlRow(QFrame):
    """Shows a look and emits the one that is wanted instead."""

    wanted = Signal(object)  # Look
    missed = Signal()  # a rollout that the map has not

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("surface", "panel")
        self.setProperty("line", "above")
        self.setFixedHeight(44)
        self.look = Look()
        self._heads = self._layers = 0
        self._span: tuple[int, int] | None = None
        self.over = SegmentedSwitch([(Over.LAYER, "Layer 1"), (Over.MEAN, "Mean")])
        self.over.setAccessibleName("Layers")
        self.head = QComboBox()
        self.head.setAccessibleName("Head")
        self.head.setMinimumWidth(118)
        self.side = SegmentedSwitch(SIDES, Side.TUNED)
        self.side.setAccessibleName("Base, tuned or difference")
        self.side.setToolTip(plain_tooltip("Flick between base and tuned", "T"))
        self.special = QCheckBox("Special tokens")
        words = (
            "[CLS] and [SEP], or the first token of a language model, take much of the attention; "
            "without them the words set the scale."
        )
        self.special.setToolTip(plain_tooltip(words))
        self._of_answer = self._of_picture = False
        self._has_rollout = self._was_before_rollouts = False
        self.picture = PictureControls()
        self.colours = QComboBox()
        self.colours.setAccessibleName("Colours of the heat")
        self.colours.setToolTip(plain_tooltip("Colours of the heat, kept for next time"))
        self.colours.setFixedWidth(106)
        for name in heatmap.NAMES:
            self.colours.addItem(name, name)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 0, 16, 0)
        row.setSpacing(6)  # at 1280 pixels all of it is needed
        self.head_name = PlainLabel("Head", tone="text_2")
        for widget in (self.over, self.head_name, self.head, self.special, self.picture):
            row.addWidget(widget)
        row.addStretch(1)
        row.addWidget(self.colours)
        row.addWidget(self.side)
        self.over.chosen.connect(self._choose_over)
        self.side.chosen.connect(lambda side: self._want(replace(self.look, side=Side(side))))
        self.special.toggled.connect(lambda on: self._want(replace(self.look, special=on)))
        self.head.activated.connect(self._choose_head)
        self.colours.activated.connect(self._choose_colours)

    def show_kind(self, found: AttentionMap) -> None:
        """Offer what there is for a map of this kind."""
        of_picture = found.provenance.geometry is not None
        self._of_answer, self._of_picture = found.provenance.is_of_answer, of_picture
        self._has_rollout = found.has_rollout
        self._was_before_rollouts = found.provenance.format == 1
        self.picture.setVisible(of_picture)
        for widget in (self.special, self.side, self.head_name):
            widget.setVisible(not of_picture)
        offered = self._has_rollout or self._was_before_rollouts
        words = ROLLOUT if offered else NO_ROLLOUT
        about = f"All is the mean of all layers. {words} {POINTING}" if of_picture else words
        self.over.setToolTip(plain_tooltip(about, "R" if offered else ""))

    def show_look(self, look: Look, layers: int, heads: int) -> None:
        """Show what is looked at, without a signal."""
        self.look = look
        self._layers = layers
        self._span = look.reduction.span or self._span
        self.over.set_parts(self._parts(look.reduction), self._part_of(look.reduction))
        self.side.set_value(look.side)
        self.special.blockSignals(True)
        self.special.setChecked(look.special)
        self.special.blockSignals(False)
        self.colours.setCurrentText(look.colours)
        if heads != self._heads:
            self._heads = heads
            self.head.clear()
            self.head.addItem(f"mean of {heads}")
            self.head.addItems([str(number) for number in range(1, heads + 1)])
        head = look.reduction.head
        self.head.setCurrentIndex(0 if head is None else head + 1)
        # A captured rollout is of the mean of the heads.
        self.head.setEnabled(look.reduction.over != Over.ROLLOUT or not self._of_answer)

    def _parts(self, reduction: Reduction) -> list[tuple[str, str]]:
        names: list[tuple[str, str]] = [(Over.LAYER, f"Layer {reduction.layer + 1}")]
        if self._of_picture:
            first, last = self._span or middle_layers(self._layers)
            names.append((SPAN, f"Mean {first + 1}–{last + 1}"))
        names.append((Over.MEAN, "All" if self._of_picture else f"Mean 1–{self._layers}"))
        if self._has_rollout or self._was_before_rollouts:
            names.append((Over.ROLLOUT, "Rollout"))
        return names

    def _part_of(self, reduction: Reduction) -> str:
        is_span = reduction.over == Over.MEAN and reduction.span is not None
        return SPAN if is_span and self._of_picture else reduction.over

    def choose_rollout(self) -> None:
        """All layers multiplied, where the map has that."""
        self._choose_over(Over.ROLLOUT)

    def _choose_over(self, over: str) -> None:
        if over == Over.ROLLOUT and not self._has_rollout:
            self.over.set_value(self._part_of(self.look.reduction))
            if self._was_before_rollouts:
                self.missed.emit()
            return
        span = (self._span or middle_layers(self._layers)) if over == SPAN else None
        kind = Over.MEAN if over == SPAN else Over(over)
        reduction = replace(self.look.reduction, over=kind, span=span)
        self._want(replace(self.look, reduction=reduction))

    def _choose_colours(self, index: int) -> None:
        name = self.colours.itemData(index)
        preferences.change(heat_colours=name)
        self._want(replace(self.look, colours=name))

    def _choose_head(self, index: int) -> None:
        head = index - 1 if index else None
        reduction: Reduction = replace(self.look.reduction, head=head)
        self._want(replace(self.look, reduction=reduction))

    def _want(self, look: Look) -> None:
        self.wanted.emit(look)
