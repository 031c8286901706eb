"""The bar over the large curve: its title, the runs drawn, the scale, and ways to take it along."""

from PySide6.QtCore import QEvent, QPointF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSizePolicy, QVBoxLayout, QWidget

from studio.ui import fonts, theme
from studio.ui.widgets.buttons import make_button, make_icon_button
from studio.ui.widgets.segmented import SegmentedSwitch
from studio.ui.widgets.text import PlainLabel, plain_tooltip

WIDEST = 150


class Swatch(QWidget):
    """A run's line and name; a click switches it off or on, Alt+click shows it alone."""

    toggled = Signal(int, bool)
    solo_wanted = Signal(int)

    def __init__(self, run_id: int, title: str, colour: str, place: int) -> None:
        super().__init__()
        self.run_id, self.colour, self.place = run_id, colour, place
        self.title = title
        self.is_on = True
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(title)
        self.setToolTip(plain_tooltip(f"{title}: click to switch off or on, Alt+click alone"))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.watch(self.update)

    def sizeHint(self) -> QSize:
        width = QFontMetricsF(fonts.role_font("small")).horizontalAdvance(self.title)
        return QSize(int(min(width, WIDEST)) + 30, 24)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tokens = theme.current_tokens()
        pen = QPen(tokens.color(self.colour if self.is_on else "line_strong"), 2)
        if self.place:
            pen.setDashPattern([3, 2])
        painter.setPen(pen)
        painter.drawLine(QPointF(2, 12), QPointF(16, 12))
        painter.setFont(fonts.role_font("small"))
        painter.setPen(tokens.color("text_2" if self.is_on else "text_off"))
        metrics = QFontMetricsF(painter.font())
        text = metrics.elidedText(self.title, Qt.TextElideMode.ElideRight, WIDEST)
        painter.drawText(QPointF(22, 16), text)
        if self.hasFocus():
            painter.setPen(QPen(tokens.color("accent_line"), 1))
            painter.drawRoundedRect(self.rect().adjusted(0, 0, -1, -1), 4, 4)

    def set_on(self, on: bool) -> None:
        """Show whether the curves are drawn."""
        self.is_on = on
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.AltModifier:
            self.solo_wanted.emit(self.run_id)
        else:
            self._toggle()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Return):
            self._toggle()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QEvent) -> None:
        self.update()

    def _toggle(self) -> None:
        self.set_on(not self.is_on)
        self.toggled.emit(self.run_id, self.is_on)


class CurvesHead(QWidget):
    """One bar; under it the sentence beside the curve, when there is one."""

    overlay_wanted = Signal()
    scale_chosen = Signal(bool)
    values_wanted = Signal()
    csv_wanted = Signal()
    image_wanted = Signal()
    stop_wanted = Signal()
    shown_toggled = Signal(int, bool)
    solo_wanted = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = PlainLabel("Loss", role="strong")
        self.runs = QHBoxLayout()
        self.runs.setSpacing(4)
        self.overlay = make_button("overlay", "ghost", "plus", size="bar")
        self.overlay.explain("Overlay a run (O)")
        self.overlay.clicked.connect(self.overlay_wanted)
        self.scale = SegmentedSwitch([("linear", "Linear"), ("log", "Log")], "linear")
        self.scale.chosen.connect(lambda key: self.scale_chosen.emit(key == "log"))
        self.save = make_icon_button("download-simple", "Save or read this curve")
        self.save.clicked.connect(self._open_menu)
        self.note = PlainLabel("", role="small", tone="warn", elide=True)
        self.stop = make_button("Stop and keep best", size="bar")
        self.stop.clicked.connect(self.stop_wanted)
        self._build()
        self._swatches: list[Swatch] = []

    def _build(self) -> None:
        bar = QHBoxLayout()
        bar.setSpacing(8)
        bar.addWidget(self.title)
        bar.addStretch(1)
        bar.addLayout(self.runs)
        for widget in (self.overlay, self.scale, self.save):
            bar.addWidget(widget)
        below = QHBoxLayout()
        below.setSpacing(8)
        below.addWidget(self.note)
        below.addWidget(self.stop)
        below.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 10, 16, 2)
        column.setSpacing(4)
        column.addLayout(bar)
        column.addLayout(below)

    def show_group(self, title: str) -> None:
        """Name the curve that is large."""
        self.title.setText(title)

    def show_runs(self, runs: list[tuple[int, str, str]]) -> None:
        """Show which runs are drawn: id, title, colour."""
        if [(one.run_id, one.title, one.colour) for one in self._swatches] == runs:
            return
        for swatch in self._swatches:
            swatch.hide()
            swatch.deleteLater()
        self._swatches = []
        for place, (run_id, title, colour) in enumerate(runs):
            swatch = Swatch(run_id, title, colour, place)
            swatch.toggled.connect(self.shown_toggled)
            swatch.solo_wanted.connect(self._solo)
            self.runs.addWidget(swatch)
            self._swatches.append(swatch)

    def show_note(self, text: str, *, can_stop: bool) -> None:
        """Show the sentence beside the curve, or none."""
        self.note.setText(text)
        self.note.setVisible(bool(text))
        self.stop.setVisible(bool(text) and can_stop)

    def toggle_scale(self) -> None:
        """Linear to logarithmic and back."""
        self.scale.choose("linear" if self.scale.value() == "log" else "log")

    def _solo(self, run_id: int) -> None:
        for swatch in self._swatches:
            swatch.set_on(swatch.run_id == run_id)
        self.solo_wanted.emit(run_id)

    def _open_menu(self) -> None:
        menu = QMenu(self)
        menu.addAction("Read values").triggered.connect(self.values_wanted)
        menu.addAction("Save as image…").triggered.connect(self.image_wanted)
        menu.addAction("Save as CSV…").triggered.connect(self.csv_wanted)
        menu.exec(self.save.mapToGlobal(self.save.rect().bottomLeft()))
