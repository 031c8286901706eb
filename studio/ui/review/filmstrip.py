"""The cards around the current one as a strip of small images, with what was decided."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QRectF, Qt, Signal, Slot
from PySide6.QtGui import QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from studio.project.records import SampleRow
from studio.ui import theme
from studio.ui.tokens import DARK_TOKENS
from studio.ui.widgets.icons import paint_icon
from studio.ui.widgets.image_loader import ImageLoader
from studio.ui.widgets.label_mark import paint_label_mark

HEIGHT = 72
WIDTH, TALL, GAP = 66, 48, 6
SMALL = 320


class Filmstrip(QWidget):
    """Shows as many cards as fit, the current one in the middle."""

    card_wanted = Signal(int)  # position

    def __init__(self, images: ImageLoader, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._images = images
        self._fetch: Callable[[Sequence[int]], list[SampleRow]] | None = None
        self._ids: Sequence[int] = ()
        self._position = 0
        self._decided: frozenset[int] = frozenset()
        self._rows: dict[int, SampleRow] = {}
        self.setFixedHeight(HEIGHT)
        self.setAccessibleName("Cards of this deck")
        images.ready.connect(self._redraw)
        images.failed.connect(self._redraw)
        theme.watch(self.update)

    def show_cards(
        self,
        ids: Sequence[int],
        position: int,
        decided: frozenset[int],
        fetch: Callable[[Sequence[int]], list[SampleRow]],
    ) -> None:
        self._ids, self._position, self._decided, self._fetch = ids, position, decided, fetch
        self._load()
        self.update()

    @Slot()
    def _redraw(self) -> None:
        self.update()

    def _load(self) -> None:
        if self._fetch is None:
            return
        wanted = [self._ids[at] for at in self._seen()]
        self._rows = {row.id: row for row in self._fetch(wanted)}
        for row in self._rows.values():
            if row.image_path is not None and not row.image_problem:
                self._images.request(row.image_path, row.image_sha256, SMALL)

    def _seen(self) -> range:
        fit = max(1, (self.width() - 2 * GAP) // (WIDTH + GAP))
        first = max(0, min(self._position - fit // 2, len(self._ids) - fit))
        return range(first, min(first + fit, len(self._ids)))

    def _place(self, at: int) -> QRectF:
        seen = self._seen()
        whole = len(seen) * (WIDTH + GAP) - GAP
        left = (self.width() - whole) / 2 + (at - seen.start) * (WIDTH + GAP)
        return QRectF(left, (HEIGHT - TALL) / 2, WIDTH, TALL)

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = theme.current_tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.fillRect(self.rect(), tokens.color("panel"))
        painter.fillRect(0, 0, self.width(), 1, tokens.color("line"))
        for at in self._seen():
            self._paint_card(painter, at)
        painter.end()

    def _paint_card(self, painter: QPainter, at: int) -> None:
        tokens = theme.current_tokens()
        place, row = self._place(at), self._rows.get(self._ids[at])
        current = at == self._position
        if current:
            place = place.adjusted(-3, -3, 3, 3)
        path = QPainterPath()
        path.addRoundedRect(place, 5, 5)
        painter.fillPath(path, tokens.color("raised"))
        key = self._images.key(row.image_path, row.image_sha256) if row and row.image_path else ""
        image = self._images.image(key, SMALL) if key else None
        if image is not None:
            painter.save()
            painter.setClipPath(path)
            painter.setOpacity(1.0 if current else 0.75)
            scale = max(place.width() / image.width(), place.height() / image.height())
            source = QRectF(0, 0, place.width() / scale, place.height() / scale)
            source.moveCenter(QRectF(image.rect()).center())
            painter.drawImage(place, image, source)
            painter.restore()
        elif row is not None and (row.image_problem or self._images.reason(key)):
            sign = QRectF(place.center().x() - 10, place.center().y() - 10, 20, 20)
            paint_icon(painter, sign, "file-x", "text_3")
        if row is not None and row.id in self._decided:
            self._paint_decision(painter, place, row)
        if current:
            painter.setPen(QPen(tokens.color("accent_line"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(place, 6, 6)

    def _paint_decision(self, painter: QPainter, place: QRectF, row: SampleRow) -> None:
        plate = QRectF(place.right() - 18, place.bottom() - 18, 16, 16)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(DARK_TOKENS.color("matte", 0.82))
        painter.drawRoundedRect(plate, 4, 4)
        colour = DARK_TOKENS.label_mark(row.label_colour or "text_2")
        mark = plate.adjusted(2.5, 2.5, -2.5, -2.5)
        paint_label_mark(painter, mark, row.label_shape or "dashed", colour)

    def resizeEvent(self, event: object) -> None:
        self._load()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        hit = (at for at in self._seen() if self._place(at).contains(event.position()))
        at = next(hit, None)
        if at is not None:
            self.card_wanted.emit(at)
