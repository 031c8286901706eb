"""The middle column: what to export, where to, the model card and the label map."""

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from studio.ui import fonts
from studio.ui.export.run_facts import ExportableRun
from studio.ui.widgets.buttons import make_button
from studio.ui.widgets.segmented import SegmentedSwitch
from studio.ui.widgets.text import PlainLabel

WIDTH = 656
ADAPTER, MERGED, RECIPE = "adapter", "merged", "recipe"
ABOUT = {
    ADAPTER: "A peft folder: the LoRA weights and the classifier head, to be put on the base "
    "model.",
    MERGED: "A Hugging Face folder: the whole model with LoRA worked into its weights; needs no "
    "peft.",
    RECIPE: "The run to be trained again elsewhere: a plain script that repeats it, a "
    "LLaMA-Factory YAML, and the data for both.",
}
OF_ANSWERS = {
    ADAPTER: "A peft folder: the LoRA weights, tokenizer and chat template, to be put on the base "
    "model.",
    MERGED: "A Hugging Face folder: the whole model with LoRA worked into its weights; needs no "
    "peft. Ready for GGUF: llama.cpp’s convert_hf_to_gguf.py reads it.",
}
ANSWER_FILES = (
    "predict.py, which words the prompt as the run did, and a manifest of hashes are written "
    "beside the weights."
)
FILES = "predict.py, labels.json and a manifest of hashes are written beside the weights."


class ExportForm(QScrollArea):
    """Shows a run's form; `changed` says that the kind or the folder is another."""

    kind_chosen = Signal(str)
    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.kind = SegmentedSwitch([(ADAPTER, "Adapter with head"), (MERGED, "Merged model")])
        self.kind.setAccessibleName("What to export")
        self.about = PlainLabel("", tone="text_2", wrap=True)
        self.folder = QLineEdit()
        self.folder.setAccessibleName("Folder")
        self.browse = make_button("Choose…", icon="folder-open")
        self.problem = PlainLabel("", tone="error", wrap=True)
        self.labels = PlainLabel("", tone="text_2", wrap=True)
        self.card = QPlainTextEdit()
        self.card.setAccessibleName("Model card")
        self.card.setFont(fonts.role_font("mono"))
        self.card.setProperty("bare", "true")
        self.card.document().setDocumentMargin(8)
        self.card.setMinimumHeight(240)
        self.of_answers = False
        self.of_weights: tuple[QWidget, ...] = ()
        self.kind.chosen.connect(self._choose_kind)
        self.folder.textChanged.connect(self._folder_changed)
        self.browse.clicked.connect(self._browse)
        self._build()
        self.show_problem("")

    def show_run(self, run: ExportableRun, folder: Path, kind: str) -> None:
        """Show a run; without an adapter only the merged model is offered."""
        parts = [(MERGED, "Whole model")]
        if run.has_adapter:
            name = "Adapter" if run.of_answers else "Adapter with head"
            parts = [(ADAPTER, name), (MERGED, "Merged model")]
        if run.of_answers:
            parts.append((RECIPE, "Recipe"))
        self.kind.set_parts(parts, kind)
        self.of_answers = run.of_answers
        self._show_about()
        self.folder.setText(str(folder))
        pairs = "   ".join(f"{index} = {label}" for index, label in enumerate(run.labels))
        self.labels.setText(ANSWER_FILES if run.of_answers else f"{pairs}\n{FILES}")

    def show_card(self, text: str) -> None:
        """Fill the model card."""
        self.card.setPlainText(text)

    def show_problem(self, sentence: str) -> None:
        """What stands against the folder; empty when nothing does."""
        self.problem.setText(sentence)
        self.problem.setVisible(bool(sentence))
        self.folder.setProperty("state", "problem" if sentence else "")
        self.folder.style().unpolish(self.folder)
        self.folder.style().polish(self.folder)

    def is_merged(self) -> bool:
        """Whether the whole model is wanted."""
        return self.kind.value() == MERGED

    def is_recipe(self) -> bool:
        """Whether the run's recipe is wanted, not its weights."""
        return self.kind.value() == RECIPE

    def destination(self) -> Path:
        """The folder as typed."""
        return Path(self.folder.text().strip()).expanduser()

    def _build(self) -> None:
        form = QWidget()
        form.setMaximumWidth(WIDTH)
        column = QVBoxLayout(form)
        column.setContentsMargins(28, 20, 28, 20)
        column.setSpacing(8)
        folder_row = QHBoxLayout()
        folder_row.addWidget(self.folder, 1)
        folder_row.addWidget(self.browse)
        self._add(column, "What", self.kind, self.about)
        self._add(column, "Folder")
        column.addLayout(folder_row)
        column.addWidget(self.problem)
        files = self._add(column, "Files", self.labels)
        card = self._add(column, "Model card")
        frame = QFrame()
        frame.setProperty("surface", "card")
        inside = QVBoxLayout(frame)
        inside.setContentsMargins(1, 1, 1, 1)
        inside.addWidget(self.card)
        column.addWidget(frame, 1)
        column.addStretch(0)
        self.of_weights = (files, self.labels, card, frame)
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        row.addStretch(1)
        row.addWidget(form, 100)
        row.addStretch(1)
        self.setWidget(holder)

    def _add(self, column: QVBoxLayout, title: str, *widgets: QWidget) -> PlainLabel:
        if column.count():
            column.addSpacing(10)
        heading = PlainLabel(title, role="heading")
        for widget in (heading, *widgets):
            column.addWidget(widget)
        return heading

    def _choose_kind(self, kind: str) -> None:
        self._show_about()
        self.kind_chosen.emit(kind)

    def _show_about(self) -> None:
        kind = self.kind.value()
        self.about.setText((OF_ANSWERS if self.of_answers else ABOUT).get(kind, ABOUT[kind]))
        for part in self.of_weights:
            part.setVisible(not self.is_recipe())

    def _folder_changed(self) -> None:
        self.show_problem(folder_problem(self.folder.text()))
        self.changed.emit()

    def _browse(self) -> None:
        start = str(self.destination().parent)
        chosen = QFileDialog.getExistingDirectory(self.window(), "Export into", start)
        if chosen:
            self.folder.setText(chosen)


def folder_problem(text: str) -> str:
    """Why nothing can be exported into this folder; empty when it can."""
    if not text.strip():
        return "Name a folder."
    folder = Path(text.strip()).expanduser()
    if not folder.is_absolute():
        return "Give the whole path of the folder."
    if folder.is_dir() and any(folder.iterdir()):
        return "This folder is not empty. An export never overwrites anything."
    if folder.exists() and not folder.is_dir():
        return "This is a file, not a folder."
    return ""
