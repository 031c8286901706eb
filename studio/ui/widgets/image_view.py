"""One image with zoom and pan, and its boxes over it."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from studio.ui import fonts, theme
from studio.ui.tokens import DARK_TOKENS
from studio.ui.widgets.icons import paint_icon

MOST_ZOOM = 16.0
PLATE_OPACITY = 0.82


@dataclass(frozen=True)
class NamedBox:
    """A rectangle in fractions of the image."""

    name: str
    rect: QRectF


class ImageView(QWidget):
    """Fits the image until it is zoomed; Ctrl+wheel zooms, dragging moves."""

    zoomed = Signal(int)  # per cent of the image's own pixels
    opened = Signal()  # double click

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.show_boxes = True
        self._image: QImage | None = None
        self._size = (0, 0)  # of the image itself: what is held may be a smaller copy
        self._boxes: Sequence[NamedBox] = ()
        self._words, self._icon = "", "image"
        self._zoom: float | None = None  # None fits
        self._shift = QPointF()
        self._held: QPointF | None = None
        self._fitted: tuple[tuple[int, QSize], QPixmap] | None = None
        self.setAccessibleName("Image")
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        theme.watch(self.update)

    def show_image(
        self, image: QImage | None, size: tuple[int, int], boxes: Sequence[NamedBox]
    ) -> None:
        """`size` is the image's own; a larger copy of the same image keeps zoom and place."""
        if size != self._size or image is None:
            self._zoom, self._shift = None, QPointF()
        self._image, self._size, self._boxes, self._words = image, size, boxes, ""
        self._say_zoom()

    def show_words(self, words: str, icon: str = "file-x") -> None:
        """Shown where there is no image: why not."""
        self._image, self._size, self._boxes = None, (0, 0), ()
        self._words, self._icon = words, icon
        self._say_zoom()

    def toggle_boxes(self) -> None:
        self.show_boxes = not self.show_boxes
        self.update()

    def toggle_zoom(self) -> None:
        """Between fitting and one image pixel a screen pixel."""
        self.set_zoom(1.0 / self.devicePixelRatioF() if self._zoom is None else None)

    def set_zoom(self, zoom: float | None, around: QPointF | None = None) -> None:
        if self._image is None:
            return
        around = around if around is not None else QPointF(self.rect().center())
        old = self.image_rect()
        if zoom is not None:
            zoom = min(max(zoom, self._fit() / 2), MOST_ZOOM)
        self._zoom = zoom
        if zoom is None:
            self._shift = QPointF()
        else:
            x = (around.x() - old.left()) / max(1.0, old.width())
            y = (around.y() - old.top()) / max(1.0, old.height())
            new = self.image_rect()
            self._shift += around - QPointF(
                new.left() + x * new.width(), new.top() + y * new.height()
            )
            self._hold_in_sight()
        self._say_zoom()

    def zoom(self) -> float:
        return self._fit() if self._zoom is None else self._zoom

    def image_rect(self) -> QRectF:
        """Where the whole image lies, also what is out of sight."""
        width, height = self._size[0] * self.zoom(), self._size[1] * self.zoom()
        middle = QPointF(self.width() / 2, self.height() / 2) + self._shift
        return QRectF(middle.x() - width / 2, middle.y() - height / 2, width, height)

    def _fit(self) -> float:
        width, height = self._size
        if not width or not height:
            return 1.0
        return min(self.width() / width, self.height() / height)

    def _hold_in_sight(self) -> None:
        area = self.image_rect()
        reach_x = max(0.0, (area.width() - self.width()) / 2)
        reach_y = max(0.0, (area.height() - self.height()) / 2)
        self._shift = QPointF(
            min(max(self._shift.x(), -reach_x), reach_x),
            min(max(self._shift.y(), -reach_y), reach_y),
        )

    def _say_zoom(self) -> None:
        self.update()
        self.zoomed.emit(round(100 * self.zoom()) if self._image is not None else 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.current_tokens().color("matte"))
        if self._image is None:
            self._paint_words(painter)
        else:
            area = self.image_rect()
            self._paint_image(painter, self._image, area)
            if self.show_boxes:
                for box in self._boxes:
                    self._paint_box(painter, area, box)
        painter.end()

    def _paint_image(self, painter: QPainter, image: QImage, area: QRectF) -> None:
        """The image that fits is scaled once, not at each paint."""
        if self._zoom is not None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self.zoom() < 3)
            painter.drawImage(area, image)
            return
        ratio = self.devicePixelRatioF()
        size = (area.size() * ratio).toSize()
        key = (image.cacheKey(), size)
        if self._fitted is None or self._fitted[0] != key:
            smooth = Qt.TransformationMode.SmoothTransformation
            scaled = image.scaled(size, Qt.AspectRatioMode.IgnoreAspectRatio, smooth)
            scaled.setDevicePixelRatio(ratio)
            self._fitted = (key, QPixmap.fromImage(scaled))
        painter.drawPixmap(area.topLeft(), self._fitted[1])

    def _paint_box(self, painter: QPainter, area: QRectF, box: NamedBox) -> None:
        rect = QRectF(
            area.left() + box.rect.left() * area.width(),
            area.top() + box.rect.top() * area.height(),
            box.rect.width() * area.width(),
            box.rect.height() * area.height(),
        )
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(DARK_TOKENS.color("matte", 0.6), 3))
        painter.drawRect(rect)
        painter.setPen(QPen(DARK_TOKENS.color("text_1"), 1))
        painter.drawRect(rect)
        painter.setFont(fonts.role_font("tiny"))
        width = painter.fontMetrics().horizontalAdvance(box.name) + 8
        left = min(max(rect.left(), 0.0), max(0.0, self.width() - width))
        plate = QRectF(left, max(0.0, rect.top() - 16), width, 16)
        painter.fillRect(plate, QColor(DARK_TOKENS.color("matte", PLATE_OPACITY)))
        painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, box.name)

    def _paint_words(self, painter: QPainter) -> None:
        if not self._words:
            return
        middle = self.rect().center()
        paint_icon(painter, QRectF(middle.x() - 14, middle.y() - 40, 28, 28), self._icon, "text_3")
        painter.setFont(fonts.role_font("body"))
        painter.setPen(theme.current_tokens().color("text_2"))
        box = QRectF(24, middle.y(), self.width() - 48, self.height() / 2 - 8)
        flags = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop
        painter.drawText(box, flags | Qt.TextFlag.TextWordWrap, self._words)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._hold_in_sight()
        self._say_zoom()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            factor = 1.0015 ** event.angleDelta().y()
            self.set_zoom(self.zoom() * factor, event.position())
        else:
            event.ignore()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self._zoom is not None:
            self._held = event.position()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._held is not None:
            self._shift += event.position() - self._held
            self._held = event.position()
            self._hold_in_sight()
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._held = None
        self.unsetCursor()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.opened.emit()
