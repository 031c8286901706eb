"""The right half of Welcome: a drawn scene of the example, and its caption."""

from contextlib import suppress
from pathlib import Path

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QLinearGradient, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from studio.dataset.thumbnails import cache_path
from studio.ui import background, fonts
from studio.ui.tokens import DARK_TOKENS
from studio.ui.widgets.label_mark import paint_label_mark

SCENE = 216  # someone walks over the crossing at dusk
SIZE = (1600, 1200)
WORDS = "Description"  # the text that goes along in the picture's file
KEPT_FILE = f"welcome-{SCENE}.jpg"


class ScenePanel(QWidget):
    """Painted on the dark theme's matte in both themes; the scene is drawn off the window."""

    def __init__(self) -> None:
        super().__init__()
        self.image: QImage | None = None
        self.caption, self.label = "", ""
        self.setMinimumWidth(280)
        self.setAccessibleName("A drawn scene of the example project")

    def draw(self) -> None:
        """Have a scene drawn, once; the next start finds it in the cache folder."""
        if self.image is None:
            background.run(_kept_or_drawn, done=self._show, owner=self)

    def _show(self, image: QImage) -> None:
        words = image.text(WORDS).split("|")
        self.caption, self.label = words[0], words[-1]
        self.image = image
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the scene, cropped to fill, its caption on a dark ground below."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), DARK_TOKENS.color("matte"))
        if self.image is None:
            return
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        target = QRectF(self.rect())
        scale = max(target.width() / self.image.width(), target.height() / self.image.height())
        source = QRectF(0, 0, target.width() / scale, target.height() / scale)
        source.moveCenter(QRectF(self.image.rect()).center())
        painter.drawImage(target, self.image, source)
        shade = QLinearGradient(0, target.height() * 0.55, 0, target.height())
        shade.setColorAt(0, DARK_TOKENS.color("matte", 0))
        shade.setColorAt(0.6, DARK_TOKENS.color("matte", 0.86))
        shade.setColorAt(1, DARK_TOKENS.color("matte", 0.95))
        painter.fillRect(target, shade)
        self._paint_words(painter)

    def _paint_words(self, painter: QPainter) -> None:
        width = self.width() - 64
        painter.setFont(fonts.role_font("reading"))
        painter.setPen(DARK_TOKENS.color("text_1"))
        flags = Qt.AlignmentFlag.AlignBottom | Qt.TextFlag.TextWordWrap
        words = QRectF(32, self.height() - 260, width, 190)
        painter.drawText(words, flags, self.caption)
        line = QRectF(32, self.height() - 54, width, 20)
        mark = QRectF(32, line.center().y() - 7, 14, 14)
        shape = "triangle" if self.label == "dangerous" else "circle"
        paint_label_mark(painter, mark, shape, DARK_TOKENS.color(self.label))
        painter.setFont(fonts.role_font("small"))
        painter.setPen(DARK_TOKENS.color("text_2"))
        says = f"{self.label} · drawn by the example, not photographed"
        painter.drawText(line.adjusted(22, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, says)


def is_kept() -> bool:
    """Whether an earlier start has drawn the scene."""
    return _kept_path().is_file()


def _kept_path() -> Path:
    return cache_path().with_name(KEPT_FILE)


def _kept_or_drawn() -> QImage:
    image = QImage(str(_kept_path()))
    if not image.isNull() and image.text(WORDS):
        return image
    image = _draw_scene()
    path = _kept_path()
    with suppress(OSError):  # a cache that cannot be written is an empty cache
        path.parent.mkdir(parents=True, exist_ok=True)
        image.save(str(path), None, 92)
    return image


def _draw_scene() -> QImage:
    from PIL.Image import Resampling

    from resources.example import draw_scenes

    drawn = next(iter(draw_scenes(1, SCENE)))
    pixels = drawn.image.convert("RGB").resize(SIZE, Resampling.LANCZOS)
    width, height = SIZE
    image = QImage(pixels.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888).copy()
    image.setText(WORDS, f"{drawn.caption}|{drawn.label}")
    return image
