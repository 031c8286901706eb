"""What changed on the validation samples: won and lost as pictures, the rest as counts."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFontMetricsF,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from studio.project.records import SampleRow
from studio.runs.answer_comparison import PerplexityComparison
from studio.runs.perplexity import format_perplexity
from studio.ui import fonts, theme
from studio.ui.compare.reading import Compared
from studio.ui.widgets.buttons import make_button
from studio.ui.widgets.chip import Chip
from studio.ui.widgets.crop import filling
from studio.ui.widgets.image_loader import ImageLoader
from studio.ui.widgets.label_mark import paint_label_mark
from studio.ui.widgets.pressing import make_pressable
from studio.ui.widgets.text import PlainLabel, plain_tooltip

WIDTH = 132
GAP = 8
WON, LOST = ("won", "wrong in A, right in B"), ("lost", "right in A, wrong in B")
MISSED = ("missed", "wrong in both")
LIKELIER = ("likelier", "B finds these answers likelier than A: perplexity A → B")
LESS_LIKELY = ("less likely", "B finds these answers less likely than A")


class Thumbnail(QWidget):
    """A sample's picture over its label and caption; without a picture the caption fills it."""

    chosen = Signal(int)

    def __init__(self, row: SampleRow, images: ImageLoader, note: str = "") -> None:
        super().__init__()
        self.row, self.note = row, note
        self._images = images
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        make_pressable(self, lambda: self.chosen.emit(row.id))
        said = f"{row.label or 'unlabelled'}, {row.caption}{f', {note}' if note else ''}"
        self.setAccessibleName(f"Sample {row.key}, {said}")
        answer = f"\nAnswer: {row.answer}" if note and row.answer else ""
        self.setToolTip(plain_tooltip(f"{row.key}: {row.caption}{answer}"))
        images.ready.connect(self._take)
        theme.watch(self.update)

    def sizeHint(self) -> QSize:
        return QSize(WIDTH, 110)

    def minimumSizeHint(self) -> QSize:
        return QSize(80, 110)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        tokens = theme.current_tokens()
        place = QRectF(0.5, 0.5, self.width() - 1, 84)
        path = QPainterPath()
        path.addRoundedRect(place, 6, 6)
        row = self.row
        image = None
        if row.image_path is not None and not row.image_problem:
            image = self._images.request(row.image_path, row.image_sha256)
        painter.save()
        painter.setClipPath(path)
        if image is not None:
            painter.drawImage(place, image, filling(image, place.width() / place.height()))
        else:
            painter.fillPath(path, tokens.color("hover"))
            self._paint_text(painter, place)
        painter.restore()
        if self.underMouse() or self.hasFocus():
            painter.setPen(QPen(tokens.color("accent_line"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(place.adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        self._paint_words(painter)

    def _paint_text(self, painter: QPainter, place: QRectF) -> None:
        if self.row.image_path is not None and not self.row.image_problem:
            return
        painter.setFont(fonts.role_font("tiny"))
        painter.setPen(theme.current_tokens().color("text_2"))
        inner = place.adjusted(8, 6, -8, -6)
        flags = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignTop
        painter.drawText(inner, int(flags), self.row.caption)

    def _paint_words(self, painter: QPainter) -> None:
        """The label and the caption, or what is noted of an answer in words."""
        row, left = self.row, 0.0
        if row.label or not self.note:
            shape = row.label_shape or "dashed"
            paint_label_mark(painter, QRectF(0, 91, 12, 12), shape, row.label_colour or "unsure")
            left = 18.0
        painter.setFont(fonts.role_font("small", tabular=bool(self.note)))
        painter.setPen(theme.current_tokens().color("text_2"))
        line = self.note or " ".join(row.caption.split())
        metrics = QFontMetricsF(painter.font())
        width = self.width() - left
        shown = metrics.elidedText(line, Qt.TextElideMode.ElideRight, width - 2)
        flags = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(left, 88, width, 18), flags, shown)

    def _take(self, key: str, image: object) -> None:
        path = self.row.image_path
        if path is not None and key == self._images.key(path, self.row.image_sha256):
            self.update()


class Strip(QWidget):
    """One row: how many, what it means, as many pictures as fit, and all of them in one click."""

    sample_chosen = Signal(int)
    all_wanted = Signal()
    review_wanted = Signal()

    def __init__(
        self, word: str, meaning: str, *, look: tuple[str, str], images: ImageLoader
    ) -> None:
        super().__init__()
        self._images = images
        self._word = word
        kind, icon = look
        self._rows: list[SampleRow] = []
        self._notes: Mapping[int, str] = {}
        self.meaning = PlainLabel(meaning, role="small", tone="text_3")
        self.chip = Chip("", kind, icon)
        self.all = make_button("", "link")
        self.all.clicked.connect(self.all_wanted)
        self.review = make_button("", "ghost", "cards", size="bar")
        self.review.clicked.connect(self.review_wanted)
        bar = QHBoxLayout()
        bar.setSpacing(8)
        bar.addWidget(self.chip)
        bar.addWidget(self.meaning)
        bar.addStretch(1)
        bar.addWidget(self.review)
        bar.addWidget(self.all)
        self._grid = QGridLayout()
        self._grid.setSpacing(GAP)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(bar)
        column.addLayout(self._grid)
        self._shown = -1

    def name(self, word: str, meaning: str) -> None:
        """Call what is shown by other words."""
        self._word = word
        self.meaning.setText(meaning)

    def show_samples(
        self, count: int, rows: Sequence[SampleRow], notes: Mapping[int, str] | None = None
    ) -> None:
        """Show how many there are, and the first of them, with what is noted of each."""
        self._notes = notes or {}
        self.chip.show_text(f"{count:,} {self._word}")
        self.all.setText(f"see all {count:,}")
        self.all.setVisible(count > 0)
        self.review.setText(f"Review these {count:,}" if count > 1 else "Review it")
        self.review.setVisible(count > 0)
        self._rows = list(rows)
        self._shown = -1
        self._lay_out()

    def thumbnails(self) -> list["Thumbnail"]:
        """The pictures that are shown, from left to right."""
        items = (self._grid.itemAt(place) for place in range(self._grid.count()))
        found = (item.widget() for item in items if item is not None)
        return [widget for widget in found if isinstance(widget, Thumbnail)]

    def resizeEvent(self, event: QEvent) -> None:
        self._lay_out()

    def _lay_out(self) -> None:
        fits = max(self.width() // (WIDTH + GAP), 1)
        if fits == self._shown:
            return
        self._shown = fits
        while self._grid.count():
            item = self._grid.takeAt(0)
            widget = item.widget() if item else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for place in range(fits):
            self._grid.setColumnStretch(place, 1)
        for place, row in enumerate(self._rows[:fits]):
            thumbnail = Thumbnail(row, self._images, self._notes.get(row.id, ""))
            thumbnail.chosen.connect(self.sample_chosen)
            self._grid.addWidget(thumbnail, 0, place)


class WhatChanged(QWidget):
    """The lower half of the middle."""

    sample_chosen = Signal(int)
    samples_wanted = Signal(str)  # won, lost, both, neither
    review_wanted = Signal(str)

    def __init__(self, images: ImageLoader) -> None:
        super().__init__()
        self.title = PlainLabel("What changed", role="strong")
        self.both = make_button("", "link")
        self.won = Strip(*WON, look=("done", "check"), images=images)
        self.lost = Strip(*LOST, look=("error", "x"), images=images)
        self.missed = Strip(*MISSED, look=("neutral", "x"), images=images)
        bar = QHBoxLayout()
        bar.setSpacing(12)
        for widget in (self.title, self.both):
            bar.addWidget(widget)
        bar.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(12)
        column.addLayout(bar)
        for strip in (self.won, self.lost, self.missed):
            column.addWidget(strip)
        column.addStretch(1)
        names = {"won": self.won, "lost": self.lost, "neither": self.missed}
        for name, strip in names.items():
            strip.sample_chosen.connect(self.sample_chosen)
            strip.all_wanted.connect(lambda name=name: self.samples_wanted.emit(name))
            strip.review_wanted.connect(lambda name=name: self.review_wanted.emit(name))
        self.both.clicked.connect(lambda: self.samples_wanted.emit("both"))

    def step(self, by: int) -> None:
        """Put the focus on the next picture, or on one before."""
        pictures = [one for strip in self._strips() for one in strip.thumbnails()]
        if not pictures:
            return
        at = next((place for place, one in enumerate(pictures) if one.hasFocus()), None)
        place = (0 if by > 0 else -1) if at is None else (at + by) % len(pictures)
        pictures[place].setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _strips(self) -> tuple[Strip, ...]:
        return self.won, self.lost, self.missed

    def show_compared(self, compared: Compared) -> None:
        """Show four counts and three rows of pictures."""
        found = compared.comparison
        of_words = found.first is None and found.perplexity is not None
        self.title.setText(f"What changed on the {found.shared:,}")
        self.both.setText(f"{len(found.both):,} right in both")
        self.both.setVisible(not of_words)
        self.missed.setVisible(not of_words)
        self.won.name(*(LIKELIER if of_words else WON))
        self.lost.name(*(LESS_LIKELY if of_words else LOST))
        notes = _changes(found.perplexity) if of_words and found.perplexity else {}
        parts = ((self.won, found.won), (self.lost, found.lost), (self.missed, found.neither))
        for strip, ids in parts:
            rows = [compared.samples[one] for one in ids if one in compared.samples]
            strip.show_samples(len(ids), rows, notes)


def _changes(perplexity: PerplexityComparison) -> dict[int, str]:
    """26.8 → 24.1, by sample."""
    return {
        one: f"{format_perplexity(first)} → {format_perplexity(second)}"
        for one, first, second in perplexity.differences
    }
