"""The tab of captions: the editor, its origin, the answer, other captions, what runs say."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.numbers import NO_BREAK, format_count
from studio.project.records import CaptionRow, LabelRow, SampleDetail, SuggestionRow
from studio.runs.inspector import Inspector, TokenAnswer
from studio.ui import sample_edits
from studio.ui.samples.answer_block import AnswerBlock
from studio.ui.samples.suggestion_cards import SuggestionCards
from studio.ui.widgets.buttons import make_button, make_icon_button
from studio.ui.widgets.caption_editor import CaptionEditor, count_words
from studio.ui.widgets.empty_state import Glyph
from studio.ui.widgets.opinion_bars import OpinionBars
from studio.ui.widgets.text import PlainLabel

ORIGIN_ICONS = {"human": "user", "import": "file-arrow-down", "run": "robot"}

TOPIC = "caption"


class CaptionTab(QWidget):
    """Shows a sample's captions and says what the user wants with them."""

    promote_wanted = Signal(int)  # caption id
    remove_wanted = Signal(int)
    add_wanted = Signal()
    grown = Signal()  # it needs another height

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.cards = SuggestionCards()
        self.cards.grown.connect(self.grown)
        self.editor = CaptionEditor()
        self._edited: SuggestionRow | None = None  # the suggestion that is being edited
        self._shown: CaptionRow | None = None
        self._asked = ""
        self._inspector: Inspector | None = None
        self._sign = Glyph("user", "text_3", 14)
        self._origin = PlainLabel("", role="small", tone="text_3", elide=True)
        self._more = make_button("", "ghost", "caret-down", size="bar")
        self._more.setCheckable(True)
        self._more.setToolTip("Other captions of this sample, and a way to add one")
        self._others = QWidget()
        self._other_rows = QVBoxLayout(self._others)
        self._other_rows.setContentsMargins(0, 0, 0, 0)
        self._shown_others: tuple[CaptionRow, ...] = ()
        self._add = make_button("Add a caption", "link", size="bar")
        self._add.clicked.connect(self.add_wanted)
        self._write = make_button("Write an answer", "link", size="bar")
        self._other_rows.addWidget(self._add)
        self._other_rows.addWidget(self._write)
        self._others.setVisible(False)
        self.answer = AnswerBlock()
        self.answer.grown.connect(self.grown)
        self._write.clicked.connect(self.answer.ask_for)
        self.bars = OpinionBars()
        self._more.toggled.connect(self._others.setVisible)
        self._more.toggled.connect(lambda _: self.grown.emit())
        below = QHBoxLayout()
        below.setSpacing(6)
        below.addWidget(self._sign)
        below.addWidget(self._origin, 1)
        below.addWidget(self._more)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(8)
        column.addWidget(self.cards)
        column.addWidget(self.editor)
        column.addLayout(below)
        column.addWidget(self._others)
        column.addWidget(self.answer)
        column.addWidget(self.bars)

    def show_detail(self, detail: SampleDetail, labels: Sequence[LabelRow]) -> None:
        first = detail.captions[0] if detail.captions else None
        self._shown = first
        if self._edited is not None and self._edited.sample_id != detail.row.id:
            self._edited = None
        self._sign.show()
        self.editor.show_text(first.text if first else "")
        self.answer.show_sample(detail.row)
        self._show_origin(None)
        self._ask_tokens()
        self._sign.show_icon(ORIGIN_ICONS.get(first.origin, "user") if first else "user")
        others = detail.captions[1:]
        self._more.setText(_more_words(len(others)))
        self._show_others(others)
        self.bars.show_opinions(sample_edits.opinions(detail.predictions[:4], labels))

    def show_suggestions(self, rows: Sequence[SuggestionRow], colours: Mapping[int, str]) -> None:
        """Show what runs suggest for the sample that is shown."""
        self.cards.show_suggestions(rows, colours)

    def edit_suggestion(self, row: SuggestionRow) -> None:
        """Take a suggestion into the editor; `written` follows when it is left."""
        self._edited = row
        self.editor.setPlainText(row.text)
        self.editor.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.editor.selectAll()

    def take_edited(self) -> SuggestionRow | None:
        """The suggestion that what was just written came from, once."""
        edited, self._edited = self._edited, None
        return edited

    def show_nothing(self) -> None:
        """No sample is chosen."""
        self._shown = self._edited = None
        self.cards.show_suggestions((), {})
        self.editor.show_text("")
        self.answer.show_sample(None)
        self._origin.setText("")
        self._sign.hide()
        self._more.setText(_more_words(0))
        self._more.setChecked(False)
        self._show_others(())
        self.bars.show_opinions(())

    @property
    def is_typing(self) -> bool:
        """Whether a caption or an answer is being written."""
        return self.editor.hasFocus() or self.answer.editor.hasFocus()

    def commit(self) -> None:
        """Say what was typed, caption and answer alike."""
        self.editor.commit()
        self.answer.editor.commit()

    def count_tokens_by(self, inspector: Inspector) -> None:
        """Say lengths in tokens whenever this inspector is warm; else they are said in words."""
        self._inspector = inspector
        inspector.tokens_answered.connect(self._take_tokens)
        inspector.warmed.connect(self._ask_tokens)

    def _ask_tokens(self) -> None:
        if self._shown and self._inspector is not None and self._inspector.is_warm:
            self._asked = self._shown.text
            self._inspector.ask_tokens([self._asked], topic=TOPIC)

    def _take_tokens(self, answer: TokenAnswer) -> None:
        same = self._shown is not None and self._shown.text == self._asked
        if answer.topic == TOPIC and same and answer.counts:
            self._show_origin(answer.counts[0])

    def _show_origin(self, tokens: int | None) -> None:
        self._origin.setText(_origin_words(self._shown, tokens))

    def _show_others(self, captions: Sequence[CaptionRow]) -> None:
        if tuple(captions) == self._shown_others:
            return
        for _ in self._shown_others:
            item = self._other_rows.takeAt(0)
            if item is not None and (widget := item.widget()) is not None:
                widget.deleteLater()
        self._shown_others = tuple(captions)
        for at, caption in enumerate(captions):
            self._other_rows.insertWidget(at, self._other(caption))

    def _other(self, caption: CaptionRow) -> QWidget:
        row = QWidget()
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(6)
        line.addWidget(Glyph(ORIGIN_ICONS.get(caption.origin, "user"), "text_3", 14))
        line.addWidget(PlainLabel(caption.text, role="small", tone="text_2", wrap=True), 1)
        promote = make_icon_button("arrow-up", "Make this the caption that is trained on")
        promote.clicked.connect(lambda *_, number=caption.id: self.promote_wanted.emit(number))
        remove = make_icon_button("x", "Remove this caption")
        remove.clicked.connect(lambda *_, number=caption.id: self.remove_wanted.emit(number))
        line.addWidget(promote)
        line.addWidget(remove)
        return row


def _origin_words(caption: CaptionRow | None, tokens: int | None = None) -> str:
    if caption is None:
        return "no caption yet"
    origin = (
        f"run {caption.run_id}" if caption.origin == "run" and caption.run_id else caption.origin
    )
    revision = f", revision {caption.revision}" if caption.revision > 1 else ""
    count = count_words(caption.text) if tokens is None else tokens
    unit = "word" if tokens is None else "token"
    unit += "" if count == 1 else "s"
    return f"{origin}{revision} · {format_count(count)}{NO_BREAK}{unit}"


def _more_words(count: int) -> str:
    if count == 0:
        return "Others"
    return "1 other" if count == 1 else f"{count} others"
