"""Instead of the grid: one image, two beside each other, or all that are chosen."""

from collections.abc import Sequence
from math import ceil, sqrt

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from studio.project.records import SampleDetail
from studio.ui.samples.viewer import SampleViewer
from studio.ui.widgets.image_loader import ImageLoader
from studio.ui.widgets.text import PlainLabel

MOST = 12  # images that can still be told apart


class Tile(QWidget):
    """One sample: its image over its caption."""

    def __init__(self, images: ImageLoader, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.viewer = SampleViewer(images)
        self.caption = PlainLabel("", role="caption", wrap=True)
        self.caption.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.about = PlainLabel("", role="small", tone="text_3", elide=True)
        self.about.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.viewer, 1)
        column.addWidget(self.caption)
        column.addWidget(self.about)

    def show_sample(self, detail: SampleDetail) -> None:
        self.viewer.show_sample(detail)
        row = detail.row
        self.caption.setText(row.caption[:400])
        self.about.setText(f"{row.key} · {row.label or 'unlabelled'} · {row.split or 'no split'}")


class BigView(QWidget):
    """Lays out as many tiles as there are samples; keeps them for the next time."""

    left = Signal()  # back to the grid

    def __init__(self, images: ImageLoader, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._images = images
        self.tiles: list[Tile] = []
        self._columns = 1
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(12, 4, 12, 12)
        self._grid.setSpacing(12)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Images")

    def show_samples(self, details: Sequence[SampleDetail]) -> None:
        shown = details[:MOST]
        while len(self.tiles) < len(shown):
            tile = Tile(self._images)
            tile.viewer.large_wanted.connect(self.left)
            self.tiles.append(tile)
        columns = max(1, ceil(sqrt(len(shown))))
        self._columns = columns
        for at, tile in enumerate(self.tiles):
            self._grid.removeWidget(tile)
            tile.setVisible(at < len(shown))
            if at < len(shown):
                self._grid.addWidget(tile, at // columns, at % columns)
                tile.show_sample(shown[at])
        self._level_captions()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._level_captions()

    def _level_captions(self) -> None:
        """Captions as high as the longest one, so that the images stand in line."""
        room = self._grid.contentsRect().width() - (self._columns - 1) * self._grid.spacing()
        shown = [tile.caption for tile in self.tiles if not tile.isHidden()]
        heights = [caption.heightForWidth(room // self._columns) for caption in shown]
        for caption in shown:
            caption.setFixedHeight(max(heights))
