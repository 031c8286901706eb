"""A row that tells how far something is: name, track, count, time left, and a way to cancel."""

from time import monotonic

from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from studio import preferences
from studio.numbers import NO_BREAK, format_duration, format_of
from studio.ui import theme
from studio.ui.widgets.buttons import make_button
from studio.ui.widgets.text import PlainLabel

SLIDE_SECONDS = 1.6
PATIENCE_SECONDS = 10


class Track(QWidget):
    """A bar 4 high; a share of None slides for ten seconds, then rests."""

    def __init__(
        self, tone: str = "accent_line", height: int = 4, *, ground: str = "press"
    ) -> None:
        super().__init__()
        self.ground = ground
        self.share: float | None = 0.0
        self.tone, self.thickness = tone, height
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._timer = QTimer(self, interval=40)
        self._timer.timeout.connect(self._slide)
        self._since = 0.0

    def show_share(self, share: float | None, tone: str = "") -> None:
        """Fill the bar up to a share from 0 to 1."""
        was_sliding = self.share is None
        self.share, self.tone = share, tone or self.tone
        if share is None and not was_sliding:
            self._since = monotonic()
            if not preferences.load().reduce_motion:
                self._timer.start()
        elif share is not None:
            self._timer.stop()
        self.update()

    def sizeHint(self) -> QSize:
        """As wide as there is room."""
        return QSize(120, self.thickness)

    def minimumSizeHint(self) -> QSize:
        """Still a bar."""
        return QSize(24, self.thickness)

    def hideEvent(self, event: object) -> None:
        """Nothing moves unseen."""
        self._timer.stop()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the track and what is filled."""
        tokens = theme.current_tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        area = QRectF(0, (self.height() - self.thickness) / 2, self.width(), self.thickness)
        painter.setBrush(tokens.color(self.ground))
        painter.drawRoundedRect(area, self.thickness / 2, self.thickness / 2)
        painter.setBrush(tokens.color(self.tone))
        filled = QRectF(area)
        if self.share is None:
            phase = (monotonic() - self._since) % SLIDE_SECONDS / SLIDE_SECONDS
            filled.setWidth(area.width() * 0.3)
            filled.moveLeft(phase * area.width() * 0.7)
        else:
            filled.setWidth(area.width() * min(1.0, max(0.0, self.share)))
        if filled.width() > 0:
            painter.drawRoundedRect(filled, self.thickness / 2, self.thickness / 2)

    def _slide(self) -> None:
        if monotonic() - self._since > PATIENCE_SECONDS:
            self._timer.stop()
        self.update()


class ProgressRow(QWidget):
    """`show_progress` while there is a count, `show_busy` while there is none."""

    cancelled = Signal()

    def __init__(self, name: str = "", *, can_cancel: bool = False) -> None:
        super().__init__()
        self.name = PlainLabel(name, role="small", tone="text_2", elide=True)
        self.track = Track()
        self.count = PlainLabel("", role="small", tone="text_2", tabular=True)
        self.cancel = make_button("Cancel", "ghost", size="bar")
        self.cancel.setVisible(can_cancel)
        self.cancel.clicked.connect(self.cancelled)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        row.addWidget(self.name)
        row.addWidget(self.track, 1)
        row.addWidget(self.count)
        row.addWidget(self.cancel)

    def show_progress(self, done: int, total: int, seconds_left: float | None = None) -> None:
        """“14 of 20”, and the time left once five steps are done."""
        self.track.show_share(done / total if total else 0.0)
        text = format_of(done, total)
        if seconds_left is not None and done >= 5:
            text += f" · {format_duration(seconds_left)}{NO_BREAK}left"
        self.count.setText(text)

    def show_busy(self, sentence: str = "") -> None:
        """Slide; say what it is doing."""
        self.track.show_share(None)
        self.count.setText(sentence)

    def set_name(self, name: str) -> None:
        """Change the name at the left."""
        self.name.setText(name)
