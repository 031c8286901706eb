"""The first rows of a source as they would be imported, with their images and answers."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from studio.dataset.records import BadRow, ImportRow
from studio.ui import fonts, theme
from studio.ui.widgets.chip import Chip
from studio.ui.widgets.image_loader import THUMBNAIL, ImageLoader
from studio.ui.widgets.text import PlainLabel

PICTURE = QSize(108, 72)
ROWS = 3
ANSWER_LINES = 42  # pixels: an instruction above the caption, an answer below it


class RowPicture(QWidget):
    """A small picture, cropped to fill, or why there is none."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(PICTURE)
        self.image: QImage | None = None
        self.words = ""

    def show_image(self, image: QImage | None) -> None:
        """Show another picture, or none."""
        self.image, self.words = image, ""
        self.update()

    def show_words(self, words: str) -> None:
        """Say why there is no picture."""
        self.image, self.words = None, words
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the picture's middle with round corners."""
        painter = QPainter(self)
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        outline = QPainterPath()
        outline.addRoundedRect(QRectF(self.rect()), 4, 4)
        painter.setClipPath(outline)
        painter.fillRect(self.rect(), theme.current_tokens().color("hover"))
        if self.image is not None and not self.image.isNull():
            scale = max(self.width() / self.image.width(), self.height() / self.image.height())
            width, height = self.width() / scale, self.height() / scale
            left, top = (self.image.width() - width) / 2, (self.image.height() - height) / 2
            painter.drawImage(QRectF(self.rect()), self.image, QRectF(left, top, width, height))
        elif self.words:
            painter.setFont(fonts.role_font("tiny"))
            painter.setPen(theme.current_tokens().color("warn"))
            inside = QRectF(self.rect()).adjusted(8, 4, -8, -4)
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(inside, int(flags), self.words)


class RowCard(QFrame):
    """One row: picture, caption, label and split, or what is wrong."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("line", "below")
        self.picture = RowPicture()
        self.caption = PlainLabel("", wrap=True)
        self.caption.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.caption.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.place = PlainLabel("", role="small", tone="text_3", elide=True)
        self.instruction = PlainLabel("", role="small", tone="text_3", elide=True)
        self.answer = PlainLabel("", role="small", tone="text_2", elide=True)
        self.label, self.split = Chip(""), Chip("")
        foot = QHBoxLayout()
        foot.setSpacing(8)
        for widget in (self.label, self.split):
            foot.addWidget(widget)
        foot.addWidget(self.place, 1)
        words = QVBoxLayout()
        words.setSpacing(4)
        words.addWidget(self.instruction)
        words.addWidget(self.caption, 1)
        words.addWidget(self.answer)
        words.addLayout(foot)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 10, 0, 10)
        row.setSpacing(14)
        row.addWidget(self.picture)
        row.addLayout(words, 1)
        self.setFixedHeight(PICTURE.height() + 21)

    def show_row(self, row: ImportRow | BadRow) -> None:
        """Show another row; the picture follows by itself."""
        self.picture.show_image(None)
        bad = isinstance(row, BadRow)
        self.caption.set_tone("warn" if bad else "text_1")
        self.place.setText(f"row {row.row:,}")
        self._show_answer(row)
        if isinstance(row, BadRow):
            column = f"{row.column}: " if row.column else ""
            self.caption.setText(f"{column}{row.reason}")
            self.label.hide()
            self.split.hide()
            return
        more = len(row.texts) - 1
        self.caption.setText(shorten(row.texts[0] if row.texts else "no caption"))
        if more > 0:
            self.place.setText(f"row {row.row:,} · {more} more captions")
        if row.image:
            self.place.setText(f"{self.place.text()} · {row.image.name}")
        self.label.show_text(row.label or "unlabelled", row.label or "neutral")
        if row.label not in ("dangerous", "safe", "unsure"):
            self.label.show_text(row.label or "unlabelled", "neutral")
        self.label.setVisible(bool(row.label or not row.answer))
        self.split.setVisible(bool(row.split))
        self.split.show_text(row.split or "")

    def _show_answer(self, row: ImportRow | BadRow) -> None:
        """Instruction and answer, where the row has an answer."""
        answer = "" if isinstance(row, BadRow) else row.answer
        instruction = "" if isinstance(row, BadRow) else row.instruction
        self.instruction.setText(shorten(instruction))
        self.instruction.setVisible(bool(instruction))
        self.answer.setText(f"Answer: {shorten(answer)}")
        self.answer.setVisible(bool(answer))

    def fit(self, *, has_image: bool) -> None:
        """As high as the picture and the words need; without a picture, as the words alone."""
        self.picture.setVisible(has_image)
        lines = sum(1 for one in (self.instruction, self.answer) if not one.isHidden())
        if has_image:
            self.setFixedHeight(PICTURE.height() + 21 + (ANSWER_LINES if lines else 0))
            return
        caption = 2 * self.caption.fontMetrics().lineSpacing()
        line = self.place.fontMetrics().lineSpacing() + 4
        self.setFixedHeight(caption + line * (lines + 1) + 29)


class PreviewPanel(QWidget):
    """Three rows, live with the mapping."""

    def __init__(self, images: ImageLoader) -> None:
        super().__init__()
        self.images = images
        self.cards = [RowCard() for _ in range(ROWS)]
        self._waiting: dict[str, RowCard] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for card in self.cards:
            column.addWidget(card)
            card.hide()
        images.ready.connect(self._show_image)
        images.failed.connect(self._show_reason)

    def show_rows(self, rows: list[ImportRow | BadRow]) -> None:
        """Show the first rows."""
        self._waiting.clear()
        for place, card in enumerate(self.cards):
            card.setVisible(place < len(rows))
            if place < len(rows):
                row = rows[place]
                card.show_row(row)
                has_image = isinstance(row, ImportRow) and row.image is not None
                card.fit(has_image=has_image)
                if isinstance(row, ImportRow) and row.image:
                    self._waiting[str(row.image)] = card
                    card.picture.show_image(self.images.request(row.image, "", THUMBNAIL))
                    self._show_reason(str(row.image), self.images.reason(str(row.image)) or "")

    def _show_image(self, key: str, image: QImage) -> None:
        card = self._waiting.get(key)
        if card is not None:
            card.picture.show_image(image)

    def _show_reason(self, key: str, reason: str) -> None:
        card = self._waiting.get(key)
        if card is not None and reason:
            card.picture.show_words(reason)


def shorten(text: str, limit: int = 240) -> str:
    """The beginning of a caption on one paragraph."""
    line = " ".join(text.split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"
