"""One suspected label in the dock: picture, caption, label, reason and mean confidence."""

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFontMetricsF,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.numbers import format_probability
from studio.ui import fonts, theme
from studio.ui.widgets.crop import filling
from studio.ui.widgets.image_loader import ImageLoader
from studio.ui.widgets.label_mark import paint_label_mark
from studio.ui.widgets.pressing import make_pressable
from studio.ui.widgets.text import plain_tooltip

HEIGHT = 46
PICTURE = (48.0, 34.0)


@dataclass(frozen=True)
class SuspectValues:
    """All that a row shows."""

    sample_id: int
    caption: str
    label: str
    label_colour: str
    label_shape: str
    reason: str
    confidence: float
    image_path: Path | None
    image_sha256: str


class SuspectRow(QWidget):
    """A click opens the sample."""

    chosen = Signal(int)

    def __init__(self, values: SuspectValues, images: ImageLoader) -> None:
        super().__init__()
        self.values = values
        self._images = images
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        make_pressable(self, lambda: self.chosen.emit(values.sample_id))
        words = f"{values.caption}, labelled {values.label}, {values.reason}"
        self.setAccessibleName(words)
        self.setToolTip(plain_tooltip(words))
        images.ready.connect(self._take)
        theme.watch(self.update)

    def sizeHint(self) -> QSize:
        return QSize(200, fonts.scaled(HEIGHT))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        tokens = theme.current_tokens()
        v = self.values
        if self.underMouse() or self.hasFocus():
            painter.setPen(
                QPen(tokens.color("accent_line")) if self.hasFocus() else Qt.PenStyle.NoPen
            )
            painter.setBrush(tokens.color("hover"))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        left = 0.0
        if v.image_path is not None:
            self._paint_picture(painter, QRectF(0, 6, *PICTURE))
            left = PICTURE[0] + 10
        figure = format_probability(v.confidence)
        painter.setFont(fonts.role_font("small", tabular=True))
        width = QFontMetricsF(painter.font()).horizontalAdvance(figure)
        right = self.width() - width - 2
        painter.setPen(tokens.color("text_3"))
        painter.drawText(QRectF(right, 14, width + 2, 18), figure)
        self._line(painter, v.caption, "small", "text_1", QRectF(left, 5, right - left - 8, 18))
        mark = QRectF(left, 27, 12, 12)
        paint_label_mark(painter, mark, v.label_shape, v.label_colour)
        word = QRectF(left + 17, 24, right - left - 20, 18)
        tone = v.label_colour if v.label_colour in ("dangerous", "safe", "unsure") else "text_2"
        used = self._line(painter, v.label, "small", tone, word)
        rest = word.adjusted(used + 6, 0, 0, 0)
        self._line(painter, v.reason, "small", "text_3", rest)

    def _paint_picture(self, painter: QPainter, place: QRectF) -> None:
        v = self.values
        assert v.image_path is not None
        painter.setPen(Qt.PenStyle.NoPen)
        image = self._images.request(v.image_path, v.image_sha256)
        path = QPainterPath()
        path.addRoundedRect(place, 4, 4)
        if image is None:
            painter.fillPath(path, theme.current_tokens().color("raised"))
            return
        painter.save()
        painter.setClipPath(path)
        painter.drawImage(place, image, filling(image, place.width() / place.height()))
        painter.restore()

    def _line(self, painter: QPainter, text: str, role: str, tone: str, place: QRectF) -> float:
        """Draw what fits of a line; the width it took."""
        painter.setFont(fonts.role_font(role))
        painter.setPen(theme.current_tokens().color(tone))
        metrics = QFontMetricsF(painter.font())
        line = " ".join(text.split())
        shown = metrics.elidedText(line, Qt.TextElideMode.ElideRight, max(place.width(), 0))
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, shown)
        return metrics.horizontalAdvance(shown)

    def _take(self, key: str, image: object) -> None:
        path = self.values.image_path
        if path is not None and key == self._images.key(path, self.values.image_sha256):
            self.update()
