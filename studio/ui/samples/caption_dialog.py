"""Who writes captions for the samples of a query, with which checkpoint and how long at most."""

from collections.abc import Sequence

from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from studio.numbers import format_count
from studio.runs.captioning import CaptionWish, Writer
from studio.runs.naming import numbered
from studio.ui.sample_edits import Chosen
from studio.ui.widgets.buttons import make_button
from studio.ui.widgets.combo import ListCombo
from studio.ui.widgets.dialog import WIDTH
from studio.ui.widgets.fields import NumberField, in_range, range_words
from studio.ui.widgets.text import PlainLabel, plain_tooltip
from workers.contract.job import TrainingJob, read_job
from workers.contract.options import GenerationOptions, TrainingOptions, all_options, with_values

LONGEST = next(one for one in all_options() if one.name == "generation.max_new_tokens")
PROMISE = (
    "They come as suggestions while they are written: you accept, edit or reject them. No caption "
    "of yours changes before that. “Captions”, “Stop writing” ends it; what was written stays."
)
NOBODY = (
    "No run of this project has learnt captions yet. Train a recipe of the task “picture” first."
)


class CaptionDialog(QDialog):
    """`wish` is what was chosen, once it was accepted."""

    def __init__(
        self, writers: Sequence[Writer], chosen: Chosen, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._writers, self._chosen = list(writers), chosen
        question = f"Write captions for {chosen.words}?"
        self.setWindowTitle("Write captions")
        self.setMinimumWidth(WIDTH)
        self.who, self.checkpoint = ListCombo(), ListCombo()
        self.longest = NumberField(LONGEST)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(12)
        column.addWidget(PlainLabel(question, role="title", wrap=True))
        column.addLayout(self._make_form())
        self.promise = PlainLabel(PROMISE if writers else NOBODY, tone="text_2", wrap=True)
        column.addWidget(self.promise)
        column.addSpacing(8)
        column.addLayout(self._make_foot())
        for writer in self._writers:
            self.who.addItem(numbered(writer.run))
        if self._writers:
            self.who.addItem(f"{_job_of(self._writers[0]).base_model.title}, untrained")
        self.who.currentIndexChanged.connect(self._show_writer)
        self._show_writer()

    def wish(self) -> CaptionWish:
        """Who writes what."""
        writer, ids = self._writer(), None if self._chosen.query is not None else self._chosen.ids
        options = self._options(writer)
        query = self._chosen.query or ""
        if self._is_untrained():
            return CaptionWish(options=options, query=query, sample_ids=ids)
        name = str(self.checkpoint.currentData())
        return CaptionWish(writer.run.id, name, options, query=query, sample_ids=ids)

    def _make_form(self) -> QGridLayout:
        self.longest.textChanged.connect(self._check_longest)
        form = QGridLayout()
        form.setHorizontalSpacing(12)
        form.setVerticalSpacing(8)
        form.setColumnStretch(1, 1)
        rows = (
            ("Written by", self.who),
            ("Checkpoint", self.checkpoint),
            (LONGEST.label, self.longest),
        )
        for at, (words, field) in enumerate(rows):
            field.setAccessibleName(words)
            field.setEnabled(bool(self._writers))
            form.addWidget(PlainLabel(words, tone="text_2"), at, 0)
            form.addWidget(field, at, 1)
        return form

    def _make_foot(self) -> QHBoxLayout:
        self.cancel = make_button("Cancel", size="dialog")
        count = format_count(self._chosen.count)
        unit = "caption" if self._chosen.count == 1 else "captions"
        self.write = make_button(f"Write {count} {unit}", "primary", size="dialog")
        self.write.setProperty("filled", "true")
        self.write.setDefault(True)
        self.write.setEnabled(bool(self._writers))
        self.cancel.clicked.connect(self.reject)
        self.write.clicked.connect(self.accept)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addStretch(1)
        foot.addWidget(self.cancel)
        foot.addWidget(self.write)
        return foot

    def _writer(self) -> Writer:
        """The chosen run; the newest one lends its options to its base model."""
        return self._writers[0 if self._is_untrained() else self.who.currentIndex()]

    def _is_untrained(self) -> bool:
        return self.who.currentIndex() == len(self._writers)

    def _show_writer(self) -> None:
        if not self._writers:
            return
        writer = self._writer()
        self.checkpoint.clear()
        if self._is_untrained():
            self.checkpoint.addItem("none: the base model as it is", "")
        elif writer.best is not None:
            self.checkpoint.addItem(f"best, step {format_count(writer.best)}", "best")
        if not self._is_untrained():
            for step in sorted(set(writer.steps) - {writer.best}, reverse=True):
                self.checkpoint.addItem(f"step {format_count(step)}", str(step))
        self.checkpoint.setEnabled(not self._is_untrained())
        self.longest.show_value(_generation(writer).max_new_tokens)

    def _check_longest(self) -> None:
        """What is no possible length cannot be asked for; the button says what is."""
        try:
            fits = in_range(LONGEST, self.longest.value())
        except ValueError:
            fits = False
        self.write.setEnabled(fits and bool(self._writers))
        self.write.setToolTip("" if fits else plain_tooltip(range_words(LONGEST)))

    def _options(self, writer: Writer) -> TrainingOptions | None:
        """The run's own, with another length where one was typed; None when nothing is anew."""
        own = _job_of(writer).options
        if self.longest.value() != _generation(writer).max_new_tokens:
            return with_values(own, {LONGEST.name: self.longest.value()})
        return own if self._is_untrained() else None


def _generation(writer: Writer) -> GenerationOptions:
    return _job_of(writer).options.generation or GenerationOptions()


def _job_of(writer: Writer) -> TrainingJob:
    job = read_job(writer.run.job)
    assert isinstance(job, TrainingJob)
    return job
