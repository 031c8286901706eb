"""The head of the chosen run: name, state, what trains, its buttons and its two bars."""

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from studio.ui import fonts
from studio.ui.widgets.buttons import make_button, make_icon_button
from studio.ui.widgets.chip import Chip
from studio.ui.widgets.progress_row import Track
from studio.ui.widgets.text import PlainLabel


@dataclass(frozen=True)
class HeadValues:
    """All that the head shows."""

    name: str
    state: str
    chip: str
    detail: str
    epoch: str = ""
    epoch_share: float = 0.0
    step: str = ""
    all_epochs: str = ""
    share: float = 0.0
    ready: str = ""
    live: bool = False
    paused: bool = False
    can_resume: bool = False
    can_rename: bool = False
    can_delete: bool = False


class RunHead(QWidget):
    """92 high while the run lives, 56 when it is over."""

    renamed = Signal(str)
    asked = Signal(str)  # a verb of the controller
    delete_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._values: HeadValues | None = None
        self._build()
        self._connect()

    def _build(self) -> None:
        self.name = QLineEdit()
        self.name.setProperty("bare", "true")
        self.name.setFont(fonts.role_font("title"))
        self.name.setAccessibleName("Name of the run")
        self.chip = Chip("")
        self.detail = PlainLabel("", tone="text_2", elide=True, tabular=True)
        self.save = make_icon_button("floppy-disk", "Save a checkpoint now")
        self.evaluate = make_icon_button("gauge", "Evaluate now")
        self.pause = make_button("Pause", icon="pause", tooltip="Pause or go on (Ctrl+P)")
        self.stop = make_button("Stop", icon="stop", tooltip="Stop and keep a checkpoint (Ctrl+.)")
        self.resume = make_button("Resume", icon="play", tooltip="Go on from its last checkpoint")
        self.delete = make_icon_button("trash", "Move this run to the trash")
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(self.name)
        top.addWidget(self.chip)
        top.addWidget(self.detail, 1)
        for button in (self.save, self.evaluate, self.pause, self.stop, self.resume, self.delete):
            top.addWidget(button)
        self._bars = QWidget()
        grid = QGridLayout(self._bars)
        grid.setContentsMargins(0, 4, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(2)
        self.epoch = PlainLabel("", role="small", tone="text_3", tabular=True)
        self.all_epochs = PlainLabel("", role="small", tone="text_3", tabular=True)
        self.epoch_bar, self.all_bar = Track(), Track()
        self.step = PlainLabel("", role="small", tone="text_2", tabular=True)
        self.ready = PlainLabel("", role="small", tone="text_2", tabular=True)
        for label in (self.step, self.ready):
            label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        for row, parts in enumerate(
            ((self.epoch, self.epoch_bar, self.step), (self.all_epochs, self.all_bar, self.ready))
        ):
            for place, widget in enumerate(parts):
                grid.addWidget(widget, row, place)
        grid.setColumnStretch(1, 1)
        grid.setColumnMinimumWidth(0, 54)
        grid.setColumnMinimumWidth(2, 132)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 10)
        column.setSpacing(0)
        column.addLayout(top)
        column.addWidget(self._bars)

    def _connect(self) -> None:
        self.name.editingFinished.connect(self._rename)
        self.save.clicked.connect(lambda: self.asked.emit("save_now"))
        self.evaluate.clicked.connect(lambda: self.asked.emit("evaluate_now"))
        self.pause.clicked.connect(self._pause)
        self.stop.clicked.connect(lambda: self.asked.emit("stop"))
        self.resume.clicked.connect(lambda: self.asked.emit("resume"))
        self.delete.clicked.connect(self.delete_wanted)

    def show_values(self, values: HeadValues) -> None:
        """Show what has changed."""
        if values == self._values:
            return
        renamed = self._values is None or values.name != self._values.name
        self._values = values
        if renamed or not self.name.hasFocus():
            self.name.setText(values.name)
            wide = self.name.fontMetrics().horizontalAdvance(values.name) + 16
            self.name.setFixedWidth(min(max(wide, 60), 340))
            self.name.setCursorPosition(0)
        self.name.setReadOnly(not values.can_rename)
        self.chip.show_text(values.state, values.chip)
        self.detail.setText(values.detail)
        self._show_buttons(values)
        self._bars.setVisible(values.live)
        self.epoch.setText(values.epoch)
        self.epoch_bar.show_share(values.epoch_share)
        self.step.setText(values.step)
        self.all_epochs.setText(values.all_epochs)
        self.all_bar.show_share(values.share)
        self.ready.setText(values.ready)

    def _show_buttons(self, values: HeadValues) -> None:
        for button in (self.save, self.evaluate, self.pause, self.stop):
            button.setVisible(values.live)
        self.resume.setVisible(values.can_resume)
        self.delete.setVisible(values.can_delete)
        self.pause.setText("Go on" if values.paused else "Pause")
        self.pause.set_icon("play" if values.paused else "pause")

    def _pause(self) -> None:
        paused = self._values is not None and self._values.paused
        self.asked.emit("go_on" if paused else "pause")

    def _rename(self) -> None:
        text = self.name.text().strip()
        if self._values is not None and text and text != self._values.name:
            self.renamed.emit(text)
