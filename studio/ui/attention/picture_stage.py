"""The picture with what was read of it for a word: heat and boxes over the grey image."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QWidget

from studio.attention import heatmap, patches
from studio.attention.picture_look import PictureReading
from studio.numbers import format_share
from studio.ui import fonts, theme
from studio.ui.attention import ink
from studio.ui.tokens import DARK_TOKENS
from studio.ui.widgets.icons import paint_icon
from studio.ui.widgets.image_view import PLATE_OPACITY, NamedBox

MARGIN = 20
BAR = 8  # pixels, the width of the colour bar
BAR_ROOM = 64
BRIGHTNESS = 0.78  # of the image under the heat
GREYNESS = 0.7
PLATE = 18


@dataclass(frozen=True)
class Showing:
    """How the picture is shown under a look."""

    opacity: float = heatmap.OPACITY
    grey: bool = True
    boxes: bool = True
    patches: bool = False
    one_scale: bool = False  # the densest place of all words is the most, not that of each


class PictureStage(QWidget):
    """Holds one picture; a reading is painted over it at the size of the screen."""

    def __init__(self) -> None:
        super().__init__()
        self.reading: PictureReading | None = None
        self.showing = Showing()
        self.boxes: Sequence[NamedBox] = ()
        self.image: QImage | None = None
        self._size = (1, 1)
        self._words = self.note = ""
        self._ground: tuple[object, QPixmap] | None = None
        self._heat: tuple[PictureReading, object, QImage] | None = None
        self.setMinimumSize(240, 160)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName("Picture with heatmap")
        theme.watch(self._forget)

    def show_image(
        self, image: QImage | None, size: tuple[int, int], boxes: Sequence[NamedBox]
    ) -> None:
        """`size` is the picture's own in pixels; the heat is drawn before the image is there."""
        self.image, self._size, self.boxes, self._words = image, size, boxes, ""
        self.update()

    def show_note(self, note: str) -> None:
        """One line over the foot of the picture."""
        self.note = note
        self.update()

    def show_words(self, words: str) -> None:
        """Said in place of the picture: why it is not shown."""
        self._words, self.reading = words, None
        self.setAccessibleDescription(words)
        self.update()

    def show_reading(self, reading: PictureReading, showing: Showing) -> None:
        """Paint what was read."""
        self.reading, self.showing = reading, showing
        self.setAccessibleDescription(f"{format_share(abs(reading.mass))} read from the picture")
        self.update()

    def image_rect(self) -> QRectF:
        """Where the picture lies."""
        room = QRectF(self.rect()).adjusted(BAR_ROOM, MARGIN, -BAR_ROOM, -MARGIN)
        width, height = self._size
        scale = min(room.width() / max(1, width), room.height() / max(1, height))
        middle, wide, high = room.center(), round(width * scale), round(height * scale)
        left, top = round(middle.x() - wide / 2), round(middle.y() - high / 2)
        return QRectF(left, top, max(1, wide), max(1, high))

    def sizeHint(self) -> QSize:
        """As large as there is room."""
        return QSize(640, 480)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Image, heat, boxes, bar; or words."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.current_tokens().color("matte"))
        if self._words:
            self._paint_words(painter)
        else:
            area = self.image_rect()
            self._paint_picture(painter, area)
            if self.reading is not None:
                if self.showing.boxes:
                    self._paint_boxes(painter, area)
                self._paint_bar(painter, area)
            if self.note:
                painter.setFont(fonts.role_font("small"))
                painter.setPen(theme.current_tokens().color("text_2"))
                foot = QRectF(area.left(), area.bottom() - 24, area.width(), 20)
                painter.drawText(foot, Qt.AlignmentFlag.AlignCenter, self.note)
        painter.end()

    def _paint_picture(self, painter: QPainter, area: QRectF) -> None:
        ratio = self.devicePixelRatioF()
        size = (area.size() * ratio).toSize()
        if self.image is not None:
            key = (self.image.cacheKey(), size.toTuple(), self.showing.grey)
            if self._ground is None or self._ground[0] != key:
                self._ground = (key, _ground_of(self.image, size, self.showing.grey, ratio))
            painter.drawPixmap(area.topLeft(), self._ground[1])
        if self.reading is None:
            return
        key = (size.toTuple(), self.showing.opacity, self.showing.patches)
        if self._heat is None or self._heat[0] is not self.reading or self._heat[1] != key:
            self._heat = (self.reading, key, heat_of(self.reading, size, self.showing))
        painter.drawImage(area, self._heat[2])

    def _paint_boxes(self, painter: QPainter, area: QRectF) -> None:
        """All outlines, then all names, so that no line crosses a name."""
        places = [_within(area, box.rect) for box in self.boxes]
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for place in places:
            painter.setPen(QPen(DARK_TOKENS.color("matte", 0.6), 3))
            painter.drawRect(place)
            painter.setPen(QPen(DARK_TOKENS.color("text_1"), 1, Qt.PenStyle.DashLine))
            painter.drawRect(place)
        painter.setFont(fonts.role_font("tiny", tabular=True))
        for box, place in zip(self.boxes, places, strict=True):
            self._paint_name(painter, area, box, place)

    def _paint_name(self, painter: QPainter, area: QRectF, box: NamedBox, place: QRectF) -> None:
        assert self.reading is not None
        words = box.name
        if not self.reading.is_difference:
            share = patches.mass_in(self.reading.row, self.reading.geometry, [as_box(box.rect)])
            words = f"{box.name}: {format_share(float(share), 0)}"
        wide = painter.fontMetrics().horizontalAdvance(words) + 10
        left = min(max(place.left(), area.left()), area.right() - wide)
        plate = QRectF(left, max(area.top(), place.top() - PLATE), wide, PLATE)
        painter.fillRect(plate, QColor(DARK_TOKENS.color("matte", PLATE_OPACITY)))
        painter.setPen(DARK_TOKENS.color("text_1"))
        painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, words)

    def _paint_bar(self, painter: QPainter, area: QRectF) -> None:
        assert self.reading is not None
        tokens = theme.current_tokens()
        is_difference = self.reading.is_difference
        most, least = ("more", "less") if is_difference else ("most", "least")
        middle = area.right() + BAR_ROOM / 2
        painter.setFont(fonts.role_font("tiny"))
        painter.setPen(tokens.color("text_2"))
        for words, top in ((most, area.top()), (least, area.bottom() - 16)):
            place = QRectF(middle - BAR_ROOM / 2, top, BAR_ROOM, 16)
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, words)
        bar = QRectF(middle - BAR / 2, area.top() + 20, BAR, max(0.0, area.height() - 40))
        steps = np.linspace(1.0, -1.0 if is_difference else 0.0, 128)[:, None]
        image = ink.image_of(steps, is_difference=is_difference, name=self.reading.colours)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(bar, image)

    def _paint_words(self, painter: QPainter) -> None:
        middle = QPointF(self.rect().center())
        paint_icon(painter, QRectF(middle.x() - 16, middle.y() - 52, 32, 32), "eye", "text_3")
        painter.setFont(fonts.role_font("body"))
        painter.setPen(theme.current_tokens().color("text_2"))
        box = QRectF(middle.x() - 200, middle.y(), 400, self.height() / 2 - 8)
        flags = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop
        painter.drawText(box, flags | Qt.TextFlag.TextWordWrap, self._words)

    def _forget(self) -> None:
        self._ground = self._heat = None
        self.update()


def _within(area: QRectF, rect: QRectF) -> QRectF:
    """A rectangle in shares of the picture, in pixels of the stage."""
    return QRectF(
        area.left() + rect.left() * area.width(),
        area.top() + rect.top() * area.height(),
        rect.width() * area.width(),
        rect.height() * area.height(),
    )


def as_box(rect: QRectF) -> patches.Box:
    """Left, top, width and height in shares of the picture."""
    return rect.left(), rect.top(), rect.width(), rect.height()


def heat_of(reading: PictureReading, size: QSize, showing: Showing) -> QImage:
    """What was read as a layer of this size in pixels."""
    heat = patches.heat(
        reading.row,
        reading.geometry,
        max(1, size.width()),
        max(1, size.height()),
        smooth=not showing.patches,
    )
    return ink.overlay(
        heat,
        is_difference=reading.is_difference,
        name=reading.colours,
        opacity=showing.opacity,
        most=reading.most,
    )


def greyed(image: QImage) -> QImage:
    """The image as it lies under heat: most of its colour gone, a little darker."""
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    width, height = image.width(), image.height()
    stored = np.frombuffer(image.constBits(), np.uint8, height * image.bytesPerLine())
    pixels = stored.reshape(height, image.bytesPerLine() // 4, 4)[:, :width].astype(np.float32)
    grey = pixels[..., :3] @ np.array((0.114, 0.587, 0.299), np.float32)
    mixed = (1 - GREYNESS) * pixels[..., :3] + GREYNESS * grey[..., None]
    made = np.full((height, width, 4), 255, np.uint8)
    made[..., :3] = BRIGHTNESS * mixed
    return QImage(made.data, width, height, 4 * width, QImage.Format.Format_RGB32).copy()


def _ground_of(image: QImage, size: QSize, grey: bool, ratio: float) -> QPixmap:
    smooth = Qt.TransformationMode.SmoothTransformation
    scaled = image.scaled(size, Qt.AspectRatioMode.IgnoreAspectRatio, smooth)
    found = QPixmap.fromImage(greyed(scaled) if grey else scaled)
    found.setDevicePixelRatio(ratio)
    return found
