"""The middle of the deck: the card large, its neighbours dimmed at both sides."""

from PySide6.QtCore import QRectF, Qt, Signal, Slot
from PySide6.QtGui import QImage, QMouseEvent, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QWidget

from studio.project.records import SampleRow
from studio.ui import fonts, theme
from studio.ui.widgets.icons import paint_icon
from studio.ui.widgets.image_loader import THUMBNAIL, ImageLoader

SMALL, LARGE = 640, 2048
SIDE = 150  # width of a neighbour
DIMMED = 0.22
MARGIN = 24


class Stage(QWidget):
    """Asks the loader for three images and paints what has come."""

    step_wanted = Signal(int)

    def __init__(self, images: ImageLoader, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._images = images
        self._row: SampleRow | None = None
        self._before: SampleRow | None = None
        self._after: SampleRow | None = None
        self.setAccessibleName("Card")
        self.setMinimumHeight(120)
        images.ready.connect(self._redraw)
        images.failed.connect(self._redraw)
        theme.watch(self.update)

    def show_rows(
        self, row: SampleRow | None, before: SampleRow | None, after: SampleRow | None
    ) -> None:
        """Ask for the neighbours, then for the card itself before everything that waits."""
        self._row, self._before, self._after = row, before, after
        for each, size in ((before, SMALL), (after, SMALL), (row, LARGE)):
            if each is not None and each.image_path is not None and not each.image_problem:
                self._images.request(each.image_path, each.image_sha256, size, first=each is row)
        self.update()

    @Slot()
    def _redraw(self) -> None:
        self.update()

    def _image(self, row: SampleRow | None, *sizes: int) -> QImage | None:
        if row is None or row.image_path is None or row.image_problem:
            return None
        key = self._images.key(row.image_path, row.image_sha256)
        found = (self._images.image(key, size) for size in sizes)
        return next((image for image in found if image is not None), None)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.fillRect(self.rect(), theme.current_tokens().color("matte"))
        middle = self._middle()
        if self.width() > 720:
            self._paint_side(painter, self._before, MARGIN, middle)
            self._paint_side(painter, self._after, self.width() - MARGIN - SIDE, middle)
        self._paint_card(painter, middle)
        painter.end()

    def _middle(self) -> QRectF:
        side = SIDE + 2 * MARGIN if self.width() > 720 else MARGIN
        return QRectF(side, 12, self.width() - 2 * side, self.height() - 24)

    def _paint_card(self, painter: QPainter, area: QRectF) -> None:
        row = self._row
        image = self._image(row, LARGE, SMALL, THUMBNAIL)
        if image is not None and row is not None:
            size = (row.width, row.height) if row.width and row.height else _size(image)
            _draw_rounded(painter, image, fitted(*size, area), 6)
        elif row is not None:
            self._paint_without_image(painter, area, row)

    def _paint_without_image(self, painter: QPainter, area: QRectF, row: SampleRow) -> None:
        """The reason there is no image; the caption below says what there is."""
        reason = row.image_problem or (
            self._images.reason(self._images.key(row.image_path, row.image_sha256))
            if row.image_path is not None
            else "This sample is a caption without an image."
        )
        if not reason:
            return
        tokens = theme.current_tokens()
        name = "text-align-left" if row.image_path is None else "file-x"
        centre = area.center()
        paint_icon(painter, QRectF(centre.x() - 16, centre.y() - 44, 32, 32), name, "text_3")
        painter.setPen(tokens.color("text_3"))
        painter.setFont(fonts.role_font("body"))
        box = QRectF(area.left(), centre.y(), area.width(), 60)
        flags = Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(box, int(flags), f"{reason[:1].upper()}{reason[1:].rstrip('.')}.")

    def _paint_side(
        self, painter: QPainter, row: SampleRow | None, left: float, middle: QRectF
    ) -> None:
        image = self._image(row, SMALL, LARGE, THUMBNAIL)
        if image is None:
            return
        painter.setOpacity(DIMMED)
        height = min(SIDE * 4 / 3, middle.height())
        place = QRectF(left, middle.center().y() - height / 2, SIDE, height)
        _draw_cropped(painter, image, place, 6)
        painter.setOpacity(1.0)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        area = self._middle()
        if event.position().x() < area.left():
            self.step_wanted.emit(-1)
        elif event.position().x() > area.right():
            self.step_wanted.emit(1)


def fitted(width: int, height: int, area: QRectF) -> QRectF:
    """As large as the area allows, in its middle; at most three times its own pixels."""
    scale = min(area.width() / width, area.height() / height, 3.0)
    place = QRectF(0, 0, width * scale, height * scale)
    place.moveCenter(area.center())
    return place


def _size(image: QImage) -> tuple[int, int]:
    return image.width(), image.height()


def _draw_rounded(painter: QPainter, image: QImage, place: QRectF, radius: float) -> None:
    path = QPainterPath()
    path.addRoundedRect(place, radius, radius)
    painter.save()
    painter.setClipPath(path)
    painter.drawImage(place, image)
    painter.restore()


def _draw_cropped(painter: QPainter, image: QImage, place: QRectF, radius: float) -> None:
    """Fills the place; what sticks out is cut off."""
    scale = max(place.width() / image.width(), place.height() / image.height())
    source = QRectF(0, 0, place.width() / scale, place.height() / scale)
    source.moveCenter(QRectF(image.rect()).center())
    path = QPainterPath()
    path.addRoundedRect(place, radius, radius)
    painter.save()
    painter.setClipPath(path)
    painter.drawImage(place, image, source)
    painter.restore()
