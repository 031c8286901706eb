"""Thumbnails cut to the size of a cell, kept while they are near; decoding happens elsewhere."""

from collections import OrderedDict

from PySide6.QtCore import QObject, QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import QImage, QPixmap

from studio.project.records import SampleRow
from studio.ui.samples.cell_painter import rounded
from studio.ui.widgets.image_loader import ImageLoader

SMALL, LARGE = 320, 640  # long sides that the cache of thumbnails keeps
KEPT = 120  # cells; at 180 x 120 some 10 MB


class Thumbnails(QObject):
    """Gives the picture of a row at once, or asks for it and says later that it has come."""

    came = Signal()

    def __init__(self, loader: ImageLoader, parent: QObject) -> None:
        super().__init__(parent)
        self._loader = loader
        self._cells: OrderedDict[tuple[str, int, int], QPixmap] = OrderedDict()
        self._asked: set[str] = set()
        loader.ready.connect(self._arrive)
        loader.failed.connect(self._arrive)

    def picture(self, row: SampleRow, size: QSize, ratio: float) -> QPixmap | None:
        """Cut to fill `size`; None while it is being decoded."""
        if row.image_path is None or row.image_problem or not row.image_sha256:
            return None
        key = (row.image_sha256, round(size.width() * ratio), round(size.height() * ratio))
        held = self._cells.get(key)
        if held is not None:
            self._cells.move_to_end(key)
            return held
        side = SMALL if key[1] <= SMALL else LARGE
        image = self._loader.image(row.image_sha256, side)
        if image is None:
            self._asked.add(row.image_sha256)
            self._loader.request(row.image_path, row.image_sha256, side)
            return None
        made = cut_to_fill(image, QSize(key[1], key[2]), ratio)
        self._cells[key] = made
        while len(self._cells) > KEPT:
            self._cells.popitem(last=False)
        return made

    def reason(self, row: SampleRow) -> str | None:
        """Why a picture that was asked for will not come."""
        return self._loader.reason(row.image_sha256) if row.image_sha256 else None

    def forget(self) -> None:
        self._cells.clear()

    @Slot(str, object)
    def _arrive(self, key: str, _image: object) -> None:
        if key in self._asked:
            self._asked.discard(key)
            self.came.emit()


def cut_to_fill(image: QImage, size: QSize, ratio: float) -> QPixmap:
    """Scaled and cropped around the middle, with rounded corners."""
    scaled = image.scaled(
        size,
        Qt.AspectRatioMode.KeepAspectRatioByExpanding,
        Qt.TransformationMode.SmoothTransformation,
    )
    left = (scaled.width() - size.width()) // 2
    top = (scaled.height() - size.height()) // 2
    pixmap = QPixmap.fromImage(scaled.copy(QRect(left, top, size.width(), size.height())))
    pixmap.setDevicePixelRatio(ratio)
    return rounded(pixmap, 5)
