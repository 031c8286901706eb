"""A recent project: its name, what is in it, when it was open, or why it cannot be opened."""

from pathlib import Path

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFontMetrics,
    QImage,
    QKeyEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from studio.numbers import format_moment
from studio.preferences import Recent
from studio.ui import fonts, theme
from studio.ui.welcome.recent_facts import Found
from studio.ui.widgets import icons
from studio.ui.widgets.pressing import light_up

HEIGHT = 70
PICTURE = (66, 44)
GAP = 4
PICTURES = 3


class RecentRow(QAbstractButton):
    """A press opens, Delete forgets."""

    forgotten = Signal(str)

    def __init__(self, recent: Recent, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.recent = recent
        self.path = Path(recent.path)
        self.found = self.path.is_file()
        self.problem = "" if self.found else "file not found · find it"
        self.epoch: int | None = None
        self.pictures: list[QImage] = []
        self.setText(self.path.stem)
        self.setAccessibleName(f"Open {self.path.stem}, {self.detail()}")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        light_up(self)

    def detail(self) -> str:
        """What is in the project, or what is wrong with it."""
        if self.problem:
            return self.problem
        parts = [f"{self.recent.samples:,} samples"] if self.recent.samples else ["no samples yet"]
        if self.recent.runs:
            parts.append("1 run" if self.recent.runs == 1 else f"{self.recent.runs} runs")
        if self.recent.best:
            parts.append(f"best {self.recent.best}")
        if self.epoch is not None:
            epochs = max(self.epoch, self.recent.epochs)
            parts.insert(0, f"training, epoch {self.epoch} of {epochs}")
        return " · ".join(parts)

    def show_found(self, found: Found) -> None:
        """What was found out about the project since the row was made."""
        self.problem, self.epoch, self.pictures = found.problem, found.epoch, found.pictures
        self.setAccessibleName(f"Open {self.path.stem}, {self.detail()}")
        self.update()

    def sizeHint(self) -> QSize:
        """As wide as the column."""
        return QSize(480, fonts.scaled(HEIGHT))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens, Delete forgets, arrows move on."""
        match event.key():
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self.click()
            case Qt.Key.Key_Delete:
                self.forgotten.emit(self.recent.path)
            case _:
                super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the row."""
        tokens = theme.current_tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.underMouse() or self.hasFocus():
            painter.setPen(
                QPen(tokens.color("accent_line"), 1) if self.hasFocus() else Qt.PenStyle.NoPen
            )
            painter.setBrush(tokens.color("raised"))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        right = self._paint_pictures(painter)
        when = format_moment(self.recent.opened_at)
        font = fonts.role_font("small")
        width = QFontMetrics(font).horizontalAdvance(when) + 4
        painter.setFont(font)
        painter.setPen(tokens.color("text_3"))
        place = QRectF(self.width() - width - 10, 0, width, self.height())
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(place, middle | Qt.AlignmentFlag.AlignRight, when)
        self._paint_words(painter, right + 14, place.left() - right - 26)

    def _paint_pictures(self, painter: QPainter) -> float:
        """Three images of the project, or one tile as wide that says there is none; its end."""
        tokens = theme.current_tokens()
        width, height = PICTURE
        top = (self.height() - height) / 2
        whole = PICTURES * (width + GAP) - GAP
        count = PICTURES if self.recent.pictures and self.found else 1
        width = width if count > 1 else whole
        for at in range(count):
            tile = QRectF(10 + at * (width + GAP), top, width, height)
            path = QPainterPath()
            path.addRoundedRect(tile, 5, 5)
            painter.fillPath(path, tokens.color("hover"))
            if at < len(self.pictures):
                painter.save()
                painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
                painter.setClipPath(path)
                painter.drawImage(tile, self.pictures[at], filling(self.pictures[at], tile))
                painter.restore()
            elif count == 1:
                glyph = "squares-four" if self.found else "question"
                box = QRectF(tile.center().x() - 9, tile.center().y() - 9, 18, 18)
                icons.paint_icon(painter, box, glyph, "text_3")
        return 10 + whole

    def _paint_words(self, painter: QPainter, x: float, room: float) -> None:
        tokens = theme.current_tokens()
        half = self.height() / 2
        middle = Qt.AlignmentFlag.AlignVCenter
        right = Qt.TextElideMode.ElideRight
        font = fonts.role_font("button")
        painter.setFont(font)
        painter.setPen(tokens.color("text_1" if self.found else "text_2"))
        name = QFontMetrics(font).elidedText(self.text(), right, round(room))
        painter.drawText(QRectF(x, half - 20, room, 20), middle, name)
        font = fonts.role_font("small")
        painter.setFont(font)
        tone = "warn" if self.problem else "accent_text" if self.epoch is not None else "text_2"
        painter.setPen(tokens.color(tone))
        detail = QFontMetrics(font).elidedText(self.detail(), right, round(room))
        painter.drawText(QRectF(x, half, room, 18), middle, detail)


def filling(image: QImage, place: QRectF) -> QRectF:
    """The middle part of an image that fills a place."""
    scale = max(place.width() / image.width(), place.height() / image.height())
    source = QRectF(0, 0, place.width() / scale, place.height() / scale)
    source.moveCenter(QRectF(image.rect()).center())
    return source
