"""The Template tab: a real sample as the model would read it, and how many would be cut."""

from collections import Counter

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.numbers import format_count
from studio.runs.inspector import TemplateAnswer
from studio.ui.recipe.swatch import Swatch
from studio.ui.recipe.template_samples import TemplatePreview
from studio.ui.recipe.token_text import LOOKS, TokenText
from studio.ui.widgets.buttons import make_button, make_icon_button
from studio.ui.widgets.empty_state import EmptyState
from studio.ui.widgets.text import PlainLabel

ROLES = {"prompt": "prompt", "answer": "answer", "masked": "masked", "cut": "cut"}
SWATCHES = {
    "prompt": "text_2",
    "answer": "accent_line",
    "masked": "line_control",
    "cut": "warn_mark",
}
NO_TEMPLATE = "A classifier reads the caption alone. A template belongs to an answer in words."
NO_SAMPLE = "No sample can be trained on yet: it needs a caption, an answer and a split."
READING = "Reading the tokenizer…"
NO_TOKENIZER = "The tokenizer is not on this computer: shown without tokens."


class Legend(QWidget):
    """The roles that occur, each with its count of tokens."""

    def __init__(self) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        self.counts: dict[str, PlainLabel] = {}
        self.swatches: dict[str, Swatch] = {}
        for role in LOOKS:
            swatch, label = Swatch(SWATCHES[role]), PlainLabel("", role="small", tone="text_2")
            row.addWidget(swatch)
            row.addWidget(label)
            row.addSpacing(8)
            self.counts[role], self.swatches[role] = label, swatch
        row.addStretch(1)
        self.sum = PlainLabel("", role="small", tone="text_3", tabular=True)
        row.addWidget(self.sum)

    def show_answer(self, answer: TemplateAnswer) -> None:
        """Count the tokens by role."""
        counts = Counter(token.role for token in answer.tokens)
        for role, label in self.counts.items():
            label.setText(f"{ROLES[role]} {format_count(counts[role])}")
            label.setVisible(counts[role] > 0)
            self.swatches[role].setVisible(counts[role] > 0)
        kept = len(answer.tokens) - counts["cut"]
        words = f"{format_count(kept)} of {format_count(answer.window)} tokens"
        self.sum.setText(words if answer.tokens else "")


class TemplateTab(QWidget):
    """Shows what `preview` knows; `stepped` carries -1 or 1, `edit_wanted` asks for own text."""

    stepped = Signal(int)
    cut_wanted = Signal()
    edit_wanted = Signal()

    def __init__(self, preview: TemplatePreview) -> None:
        super().__init__()
        self.preview = preview
        self.before = make_icon_button("caret-left", "The sample before", size="bar")
        self.after = make_icon_button("caret-right", "The next sample", size="bar")
        self.which = PlainLabel("", role="small", tone="text_2", elide=True, tabular=True)
        self.cut = make_button("", size="bar")
        self.text = TokenText()
        self.legend = Legend()
        self.remark = PlainLabel("", role="small", tone="text_3", wrap=True)
        self.edit = make_button("Edit as own text", "ghost", "pencil-simple", size="bar")
        self.empty = EmptyState("brackets-curly", NO_TEMPLATE)
        self.body = QWidget()
        self._build()
        self.before.clicked.connect(lambda: self.stepped.emit(-1))
        self.after.clicked.connect(lambda: self.stepped.emit(1))
        self.cut.clicked.connect(self.cut_wanted)
        self.edit.clicked.connect(self.edit_wanted)
        self.show_empty(NO_TEMPLATE)

    def show_empty(self, words: str) -> None:
        """Say why there is nothing to show."""
        self.empty.show_words(words)
        self.empty.show()
        self.body.hide()

    def show_answer(self, answer: TemplateAnswer) -> None:
        """Show a sample as prompt and answer, or why there is none."""
        why = answer.error or next((one.message for one in answer.problems if not answer.text), "")
        if why or not answer.text:
            self.show_empty(why or NO_SAMPLE)
            return
        self.empty.hide()
        self.body.show()
        place, count = self.preview.place()
        key = self.preview.samples.key_of(answer.chosen)
        self.which.setText(f"Sample {format_count(place)} of {format_count(count)} · {key}")
        self._show_cut(answer)
        if answer.tokens:
            self.text.show_tokens(answer.tokens)
        else:
            self.text.show_plain(answer.text)
        self.legend.setVisible(bool(answer.tokens))
        self.legend.show_answer(answer)
        self.remark.setText("" if answer.has_tokenizer else NO_TOKENIZER)
        self.remark.setVisible(not answer.has_tokenizer)

    def _show_cut(self, answer: TemplateAnswer) -> None:
        cut = len(answer.cut)
        self.cut.setVisible(answer.has_tokenizer)
        self.cut.setEnabled(cut > 0)
        part = answer.count < self.preview.samples.total
        of = f"of {'the first ' if part else ''}{format_count(answer.count)}"
        self.cut.setText(f"{format_count(cut)} {of} cut" if cut else "none is cut")
        self.cut.explain("Show the next one that is cut." if cut else "All fit whole.")

    def _build(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(6)
        for widget in (self.before, self.after):
            head.addWidget(widget)
        head.addSpacing(4)
        head.addWidget(self.which, 1)
        head.addWidget(self.cut)
        foot = QHBoxLayout()
        foot.addWidget(self.legend, 1)
        inner = QVBoxLayout(self.body)
        inner.setContentsMargins(20, 10, 20, 10)
        inner.setSpacing(8)
        inner.addLayout(head)
        inner.addWidget(self.text, 1)
        inner.addLayout(foot)
        inner.addWidget(self.remark)
        inner.addWidget(self.edit, 0, Qt.AlignmentFlag.AlignLeft)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.empty, 1)
        column.addWidget(self.body, 1)
