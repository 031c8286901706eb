"""The image of the current sample with its small controls: boxes, attention, zoom, one image."""

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from studio.project.records import BoxRow, SampleDetail, SampleRow
from studio.ui import fonts
from studio.ui.tokens import DARK_TOKENS
from studio.ui.widgets.icons import icon
from studio.ui.widgets.image_loader import THUMBNAIL, ImageLoader
from studio.ui.widgets.image_view import PLATE_OPACITY, ImageView, NamedBox
from studio.ui.widgets.text import plain_tooltip

SMALL, LARGE = 640, 2048  # long sides: shown at once, and when it has come


class SampleViewer(ImageView):
    """Shows a sample; asks the loader for it and takes whatever has come in the meantime."""

    attention_wanted = Signal()
    large_wanted = Signal()

    def __init__(self, images: ImageLoader, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._images = images
        self._row: SampleRow | None = None
        self._named: list[NamedBox] = []
        self.controls = ViewerControls(self)
        self.controls.boxes.clicked.connect(self.toggle_boxes)
        self.controls.eye.clicked.connect(self.attention_wanted)
        self.controls.large.clicked.connect(self.large_wanted)
        self.opened.connect(self.large_wanted)
        self.zoomed.connect(self._tell_zoom)
        images.ready.connect(self._arrived)
        images.failed.connect(self._failed)

    def show_sample(self, detail: SampleDetail | None) -> None:
        same = detail is not None and self._row is not None and detail.row.id == self._row.id
        self._row = detail.row if detail else None
        self._named = [_named(box) for box in detail.boxes] if detail else []
        self.controls.setVisible(self._has_image())
        if self._row is None:
            self.show_words("")
        elif self._row.image_problem:
            self.show_words(_sentence(self._row.image_problem))
        elif self._row.image_path is None:
            self.show_words("This sample is a caption without an image.", "text-align-left")
        else:
            self._show_best(ask=True, keep=same)

    def _has_image(self) -> bool:
        row = self._row
        return row is not None and row.image_path is not None and not row.image_problem

    def _show_best(self, *, ask: bool, keep: bool = False) -> None:
        row = self._row
        if row is None or row.image_path is None:
            return
        key = self._images.key(row.image_path, row.image_sha256)
        if reason := self._images.reason(key):
            self.show_words(_sentence(reason))
            self.controls.hide()
            return
        large = self._images.image(key, LARGE)
        held = large or self._images.image(key, SMALL) or self._images.image(key, THUMBNAIL)
        if ask and large is None:
            self._images.request(row.image_path, row.image_sha256, LARGE, first=True)
        if held is not None or not keep:
            own = (row.width, row.height)
            size = own if all(own) else _size_of(held)
            self.show_image(held, size, self._named)

    def _arrived(self, *_: object) -> None:
        if self._has_image():
            self._show_best(ask=False, keep=True)

    def _failed(self, key: str, _reason: str) -> None:
        row = self._row
        if row and row.image_path and key == self._images.key(row.image_path, row.image_sha256):
            self._show_best(ask=False)

    def _tell_zoom(self, per_cent: int) -> None:
        self.controls.number.setText(f"{per_cent} %" if per_cent else "")
        self._place_controls()

    def _place_controls(self) -> None:
        size = self.controls.sizeHint()
        self.controls.setGeometry(
            self.width() - size.width() - 8, self.height() - size.height() - 8, size.width(), 28
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_controls()


class ViewerControls(QWidget):
    """The plate over the image, in the dark theme's colours in both themes."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.boxes = self._button("bounding-box", "Boxes (H)")
        self.eye = self._button("eye", "Where a run looked (Attention)")
        self.large = self._button("arrows-out", "One image (E)")
        self.number = QLabel(self)
        self.number.setTextFormat(Qt.TextFormat.PlainText)
        self.number.setFont(fonts.role_font("small", tabular=True))
        self.number.setStyleSheet(f"color: {DARK_TOKENS.value('text_1')}; background: transparent;")
        self.number.setToolTip("Z: fit or 100 % · Ctrl+wheel zooms")
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 2, 4, 2)
        row.setSpacing(2)
        for each in (self.boxes, self.eye, self.number, self.large):
            row.addWidget(each)

    def _button(self, name: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setIcon(icon(name, DARK_TOKENS.value("text_1")))
        button.setIconSize(QSize(16, 16))
        button.setFixedSize(26, 24)
        button.setAutoRaise(True)
        button.setStyleSheet("QToolButton { background: transparent; border: 0; }")
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.setToolTip(plain_tooltip(tip))
        button.setAccessibleName(tip)
        return button

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(DARK_TOKENS.color("matte", PLATE_OPACITY))
        painter.drawRoundedRect(QRectF(self.rect()), 6, 6)
        painter.end()


def _named(box: BoxRow) -> NamedBox:
    return NamedBox(box.name, QRectF(box.x, box.y, box.width, box.height))


def _size_of(image: QImage | None) -> tuple[int, int]:
    return (image.width(), image.height()) if image is not None else (0, 0)


def _sentence(reason: str) -> str:
    return f"{reason[:1].upper()}{reason[1:].rstrip('.')}."
