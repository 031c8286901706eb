"""Base, tuned and their difference side by side, in small; a click shows one large."""

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.attention.look import Side
from studio.attention.picture_look import PictureReading
from studio.ui import fonts, theme
from studio.ui.attention.picture_stage import Showing, greyed, heat_of

TITLES = {Side.BASE: "Base", Side.TUNED: "Tuned", Side.DIFFERENCE: "Difference"}
GAP = 8
HEAD = 18


class HeatTriple(QWidget):
    """Each with its share above it."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.readings: dict[Side, PictureReading] = {}
        self.shares: dict[Side, str] = {}
        self.current = Side.TUNED
        self._image: QImage | None = None
        self._grey: tuple[object, QImage] | None = None
        self._aspect = 0.75
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAccessibleName("Base, tuned and difference")
        theme.watch(self.update)

    def show_image(self, image: QImage | None, size: tuple[int, int]) -> None:
        """The picture under the heat; `size` is its own in pixels."""
        self._image = image
        self._aspect = min(1.4, size[1] / max(1, size[0]))
        self.updateGeometry()
        self.update()

    def show_readings(
        self, readings: dict[Side, PictureReading], shares: dict[Side, str], current: Side
    ) -> None:
        """One of each side; `shares` are the figures above them."""
        self.readings, self.shares, self.current = readings, shares, current
        spoken = ", ".join(f"{TITLES[side]} {words}" for side, words in shares.items())
        self.setAccessibleDescription(spoken)
        self.update()

    def side_rect(self, side: Side) -> QRectF:
        """Where a side is painted, without its title."""
        wide = (self.width() - 2 * GAP) / 3
        return QRectF(list(TITLES).index(side) * (wide + GAP), HEAD, wide, wide * self._aspect)

    def heightForWidth(self, width: int) -> int:
        """As high as the picture asks for."""
        return round(HEAD + (width - 2 * GAP) / 3 * self._aspect) + 2

    def sizeHint(self) -> QSize:
        """Three pictures side by side."""
        return QSize(320, self.heightForWidth(max(320, self.width())))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Show this side."""
        for side in TITLES:
            if self.side_rect(side).contains(event.position()):
                self.chosen.emit(side)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Titles, pictures, heat."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        for side, reading in self.readings.items():
            self._paint_side(painter, side, reading)
        painter.end()

    def _paint_side(self, painter: QPainter, side: Side, reading: PictureReading) -> None:
        tokens = theme.current_tokens()
        place = self.side_rect(side)
        head = QRectF(place.left(), 0, place.width(), HEAD - 2)
        is_current = side == self.current
        painter.setFont(fonts.role_font("small", tabular=True))
        painter.setPen(tokens.color("text_1" if is_current else "text_2"))
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(head, middle | Qt.AlignmentFlag.AlignLeft, TITLES[side])
        painter.drawText(head, middle | Qt.AlignmentFlag.AlignRight, self.shares.get(side, ""))
        size = (place.size() * self.devicePixelRatioF()).toSize()
        painter.fillRect(place, tokens.color("matte"))
        if self._image is not None:
            key = (self._image.cacheKey(), size.toTuple())
            if self._grey is None or self._grey[0] != key:
                smooth = Qt.TransformationMode.SmoothTransformation
                small = self._image.scaled(size, Qt.AspectRatioMode.IgnoreAspectRatio, smooth)
                self._grey = (key, greyed(small))
            painter.drawImage(place, self._grey[1])
        painter.drawImage(place, heat_of(reading, size, Showing()))
        if is_current:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(tokens.color("accent_line"), 2))
            painter.drawRect(place.adjusted(1, 1, -1, -1))
