"""How the picture is shown under the heat: opacity, grey image, boxes, patches."""

from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QSlider, QWidget

from studio.ui.attention.picture_stage import Showing
from studio.ui.widgets.text import PlainLabel, plain_tooltip

STEP = 0.1  # of opacity, a press of + or −
SLIDER = 56  # pixels


class PictureControls(QWidget):
    """Shows a way of showing and emits the one that is wanted instead."""

    wanted = Signal(object)  # Showing

    def __init__(self) -> None:
        super().__init__()
        self.showing = Showing()
        self.opacity = QSlider(Qt.Orientation.Horizontal)
        self.opacity.setRange(0, 100)
        self.opacity.setFixedWidth(SLIDER)
        self.opacity.setAccessibleName("Opacity of the heat")
        self.opacity.setToolTip(plain_tooltip("Opacity of the heat", "+ −"))
        self.grey = QCheckBox("Grey")
        self.grey.setToolTip(plain_tooltip("The image in grey under the heat"))
        self.boxes = QCheckBox("Boxes")
        self.patches = QCheckBox("Patches")
        self.patches.setToolTip(plain_tooltip("The true grid, not smoothed", "P"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(PlainLabel("Opacity", tone="text_2"))
        for widget in (self.opacity, self.grey, self.boxes, self.patches):
            row.addWidget(widget)
        self.opacity.valueChanged.connect(lambda value: self._want(opacity=value / 100))
        for name, box in (("grey", self.grey), ("boxes", self.boxes), ("patches", self.patches)):
            box.toggled.connect(lambda on, name=name: self._want(**{name: on}))

    def show_showing(self, showing: Showing) -> None:
        """Show how it is shown, without a signal."""
        self.showing = showing
        values = (showing.grey, showing.boxes, showing.patches)
        for box, on in zip((self.grey, self.boxes, self.patches), values, strict=True):
            box.blockSignals(True)
            box.setChecked(on)
            box.blockSignals(False)
        self.opacity.blockSignals(True)
        self.opacity.setValue(round(100 * showing.opacity))
        self.opacity.blockSignals(False)

    def _want(self, **values: object) -> None:
        self.wanted.emit(replace(self.showing, **values))  # type: ignore[arg-type]


def stepped(showing: Showing, by: int) -> Showing:
    """A little more or less of the heat."""
    return replace(showing, opacity=min(1.0, max(0.0, round(showing.opacity + by * STEP, 2))))


def flipped(showing: Showing, name: str) -> Showing:
    """One of its switches the other way."""
    return replace(showing, **{name: not getattr(showing, name)})
