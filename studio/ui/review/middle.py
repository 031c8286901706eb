"""The middle of the deck: progress, stage, caption, label buttons, filmstrip."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from studio.project.records import LabelRow, SampleRow
from studio.ui import fonts
from studio.ui.review.deck import Deck, minutes_left
from studio.ui.review.filmstrip import Filmstrip
from studio.ui.review.stage import Stage
from studio.ui.widgets.caption_editor import CaptionEditor
from studio.ui.widgets.empty_state import EmptyState
from studio.ui.widgets.image_loader import ImageLoader
from studio.ui.widgets.label_button import LabelButton
from studio.ui.widgets.marks import KeyMark
from studio.ui.widgets.progress_row import Track
from studio.ui.widgets.text import PlainLabel
from studio.ui.widgets.text_fit import fit_height

CAPTION_WIDTH = 720
BUTTON_WIDTH = 212
HINTS = (("Alt+A", "edit caption"), ("Ctrl+Space", "skip"), ("Ctrl+Z", "undo"))


class ReviewMiddle(QWidget):
    """Shows a card or what stands for one; every wish leaves as a signal."""

    label_wanted = Signal(object)  # LabelRow

    def __init__(self, images: ImageLoader, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("surface", "matte")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.place = PlainLabel("", role="strong", tabular=True)
        self.track = Track(ground="line_strong")
        self.track.setFixedWidth(200)
        self.decided = PlainLabel("", role="small", tone="text_2", tabular=True, elide=True)
        self.stage = Stage(images)
        self.caption = PlainLabel("", role="reading", wrap=True)
        self.caption.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        self.editor = CaptionEditor()
        self.words = QStackedWidget()
        self.label_row = QHBoxLayout()
        self.label_buttons: list[LabelButton] = []
        self.labels: Sequence[LabelRow] = ()
        self.film = Filmstrip(images)
        self.nothing = EmptyState("cards", "Nothing to review here.")
        self.card = QWidget()
        self.pages = QStackedWidget()
        self._lay_out()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self.card)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._progress())
        column.addWidget(self.stage, 1)
        column.addWidget(self._caption_area(), 0, Qt.AlignmentFlag.AlignHCenter)
        self.label_row.setContentsMargins(16, 12, 16, 14)
        self.label_row.setSpacing(10)
        column.addLayout(self.label_row)
        column.addWidget(self.film)
        self.pages.addWidget(self.card)
        self.pages.addWidget(self.nothing)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self.pages)

    def _progress(self) -> QWidget:
        bar = QWidget()
        bar.setFixedHeight(fonts.scaled(40))
        row = QHBoxLayout(bar)
        row.setContentsMargins(20, 0, 16, 0)
        row.setSpacing(12)
        row.addWidget(self.place)
        row.addWidget(self.track)
        row.addWidget(self.decided, 1)
        for key, words in HINTS:
            row.addWidget(KeyMark(key))
            row.addWidget(PlainLabel(words, role="small", tone="text_3"))
        return bar

    def _caption_area(self) -> QWidget:
        scroll = QScrollArea()
        scroll.setWidget(self.caption)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.caption.setAutoFillBackground(False)
        scroll.viewport().setAutoFillBackground(False)
        self.words.addWidget(scroll)
        self.words.addWidget(self.editor)
        self.words.setFixedWidth(CAPTION_WIDTH)
        self.words.setFixedHeight(fonts.scaled(60))
        return self.words

    def show_labels(self, labels: Sequence[LabelRow]) -> None:
        if tuple(labels) == tuple(self.labels):
            return
        self.labels = tuple(labels)
        while self.label_row.count():
            item = self.label_row.takeAt(0)
            if item is not None and (widget := item.widget()) is not None:
                widget.deleteLater()
        self.label_buttons = []
        self.label_row.addStretch(1)
        for label in labels:
            button = LabelButton(label.name, label.shape, label.colour, label.key, deck=True)
            button.setMaximumWidth(BUTTON_WIDTH)
            button.clicked.connect(lambda *_, label=label: self.label_wanted.emit(label))
            self.label_buttons.append(button)
            self.label_row.addWidget(button, 4)
        self.label_row.addStretch(1)

    def show_deck(self, deck: Deck, seconds: float) -> None:
        self.place.setText(f"{min(deck.position + 1, len(deck.ids))} of {len(deck.ids)}")
        self.track.show_share(deck.position / len(deck.ids) if deck.ids else 0.0)
        parts = [
            f"{len(deck.decided)} decided",
            f"{deck.changed} changed",
            minutes_left(deck, seconds),
        ]
        self.decided.setText(" · ".join(part for part in parts if part))

    def show_card(
        self,
        row: SampleRow,
        before: SampleRow | None,
        after: SampleRow | None,
        models_say: str,
        *,
        blind: bool = False,
    ) -> None:
        """`models_say` is the run that marks its choice, "run 7"; empty keeps it to itself.

        A `blind` card does not tell the label that the sample has either.
        """
        self.pages.setCurrentWidget(self.card)
        self.stage.show_rows(row, before, after)
        self.caption.setText(row.caption or "No caption")
        self.caption.set_tone("text_1" if row.caption else "text_3")
        self.editor.show_text(row.caption)
        for button, label in zip(self.label_buttons, self.labels, strict=True):
            said = label.name == row.predicted and models_say
            button.setChecked(label.name == row.label and not blind)
            button.set_remark(models_say if said else "")

    def edit_caption(self) -> None:
        self.words.setFixedHeight(self.editor.height())
        self.words.setCurrentWidget(self.editor)
        self.editor.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def end_editing(self) -> None:
        self.editor.commit()
        self.words.setCurrentIndex(0)
        self.words.setFixedHeight(fonts.scaled(60))

    def show_empty(self, icon: str, sentence: str, first: str, second: str = "") -> None:
        self.nothing.glyph.show_icon(icon)
        self.nothing.show_words(sentence, first, second)
        fit_height(self.nothing.sentence, self.nothing.sentence.width())
        self.pages.setCurrentWidget(self.nothing)
