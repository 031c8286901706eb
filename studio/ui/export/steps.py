"""The right column: the steps of an export as they happen, and how it ended."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from studio.numbers import format_exponent, format_moment, format_of
from studio.runs.state import RunState
from studio.ui.export.run_facts import ExportState
from studio.ui.widgets.buttons import make_button
from studio.ui.widgets.empty_state import Glyph
from studio.ui.widgets.progress_row import Track
from studio.ui.widgets.text import PlainLabel

STEPS = (
    ("write", "Write the folder aside"),
    ("load", "Load it in a clean process"),
    ("compare", "Compare logits"),
    ("hash", "Hash every file and hand over"),
)
NAMES = [name for name, _ in STEPS]
# How far logits may differ; a language model's are larger, and merging rounds in every layer.
LIMIT, ANSWER_LIMIT = "1e-5", "1e-3"

UNWRITTEN = "The samples are those of the run’s snapshot, as they were when it trained."
WRITTEN = (
    ("train.py, recipe.json", "A plain script that repeats the run, with its options."),
    ("train.json, validation.json", "The samples as instruction, input and output."),
    ("llama_factory.yaml, dataset_info.json", "The same for LLaMA-Factory, with its data sets."),
    ("README.md", "How to start both, and what LLaMA-Factory does differently."),
)


class StepRow(QWidget):
    """One step: waiting, at work, done or failed."""

    def __init__(self, words: str) -> None:
        super().__init__()
        self.glyph = Glyph("circle", "text_3", 16)
        self.words = PlainLabel(words, tone="text_2", elide=True)
        self.detail = PlainLabel("", role="small", tone="text_3", tabular=True)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 4, 0, 4)
        row.setSpacing(10)
        row.addWidget(self.glyph)
        row.addWidget(self.words, 1)
        row.addWidget(self.detail)
        self.setAccessibleName(words)

    def show_state(self, state: str, detail: str = "") -> None:
        """`state` is waiting, working, done or failed."""
        glyph, tone = {
            "waiting": ("circle", "text_3"),
            "working": ("circle-half", "accent_text"),
            "done": ("check-circle-fill", "done"),
            "failed": ("x-circle-fill", "error"),
        }[state]
        self.glyph.show_icon(glyph, tone)
        self.words.set_tone("text_3" if state == "waiting" else "text_1")
        self.detail.setText(detail)
        self.setAccessibleDescription(state)


class RecipeContents(QWidget):
    """What a recipe's folder holds: what will be written, then what was."""

    def __init__(self) -> None:
        super().__init__()
        self.outcome = PlainLabel(UNWRITTEN, tone="text_2", wrap=True)
        self.where = PlainLabel("", role="small", tone="text_3", is_path=True)
        self.where.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(PlainLabel("What is written", role="small_strong", tone="text_2"))
        for name, words in WRITTEN:
            file = PlainLabel(name, tone="text_1")
            about = PlainLabel(words, role="small", tone="text_3", wrap=True)
            for label in (file, about):
                column.addWidget(label)
        column.addWidget(_rule())
        column.addWidget(self.outcome)
        column.addWidget(self.where)

    def show_written(self, folder: Path, files: Sequence[str]) -> None:
        """Where it lies, and how many files there are."""
        self.outcome.setText(f"{len(files):,} files written to {folder.name}.")
        self.outcome.set_tone("done")
        self.where.setText(str(folder))
        self.where.show()


class StepsPanel(QWidget):
    """Shows an export's state; asks to open the folder or to cancel."""

    open_wanted = Signal()
    cancel_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.rows = {name: StepRow(words) for name, words in STEPS}
        self.track = Track()
        self.outcome = PlainLabel("", wrap=True)
        self.where = PlainLabel("", role="small", tone="text_3", is_path=True)
        self.open = make_button("Open folder", icon="folder-open")
        self.cancel = make_button("Cancel")
        self.open.clicked.connect(self.open_wanted)
        self.cancel.clicked.connect(self.cancel_wanted)
        self.recipe = RecipeContents()
        self.proof = QWidget()
        outer = QVBoxLayout(self)
        outer.setContentsMargins(16, 14, 16, 16)
        outer.setSpacing(0)
        outer.addWidget(self.recipe)
        outer.addWidget(self.proof)
        outer.addStretch(1)
        column = QVBoxLayout(self.proof)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(PlainLabel("Proof", role="small_strong", tone="text_2"))
        for row in self.rows.values():
            column.addWidget(row)
        column.addWidget(self.track)
        column.addWidget(_rule())
        column.addWidget(self.outcome)
        column.addWidget(self.where)
        buttons = QHBoxLayout()
        buttons.addWidget(self.open)
        buttons.addWidget(self.cancel)
        buttons.addStretch(1)
        column.addLayout(buttons)
        self.show_recipe(False)
        self.show_state(None)

    def show_limit(self, *, of_answers: bool) -> None:
        """Say how far the logits of such a model may differ."""
        limit = ANSWER_LIMIT if of_answers else LIMIT
        self.rows["compare"].words.setText(f"Compare logits, limit {limit}")

    def show_recipe(self, recipe: bool) -> None:
        """A recipe has no proof: say what is written instead."""
        self.recipe.setVisible(recipe)
        self.proof.setVisible(not recipe)

    def show_written(self, folder: Path, files: Sequence[str]) -> None:
        """Where the recipe lies, and what is in it."""
        self.recipe.show_written(folder, files)

    def show_state(self, export: ExportState | None) -> None:
        """None: nothing was exported yet."""
        running = export is not None and not export.state.is_over
        self.cancel.setVisible(running)
        self.track.setVisible(running)
        self.open.setVisible(export is not None and export.difference is not None)
        for name, row in self.rows.items():
            row.show_state(*_row_state(export, name))
        if export is not None:
            share = export.done / export.total if export.total else None
            self.track.show_share(None if export.stage == "load" else share)
        words, tone = outcome_of(export)
        self.outcome.setText(words)
        self.outcome.set_tone(tone)
        proven = export is not None and export.difference is not None
        self.where.setVisible(proven)
        if export is not None and proven:
            when = f"{format_moment(export.ended_at)} · " if export.ended_at else ""
            self.where.setText(f"{when}{export.path}")


def outcome_of(export: ExportState | None) -> tuple[str, str]:
    """The sentence under the steps and its tone."""
    if export is None:
        words = "Nothing counts as exported before a clean process gave the same answers."
        return words, "text_2"
    if export.difference is not None:
        return (
            f"Loaded in a clean process. Largest difference {small(export.difference)} over "
            f"{export.samples:,} samples.",
            "done",
        )
    match export.state:
        case RunState.QUEUED:
            return "Waits for the run before it.", "text_2"
        case RunState.STOPPED:
            return "Cancelled. Nothing was left behind.", "text_2"
        case RunState.FAILED | RunState.LOST:
            return export.message or "The export ended without a word.", "error"
        case _:
            return "", "text_2"


def small(difference: float) -> str:
    """3.1e-6, or 0."""
    return format_exponent(difference) if difference else "0"


def _row_state(export: ExportState | None, name: str) -> tuple[str, str]:
    if export is None or export.stage not in NAMES:
        return "waiting", ""
    place, at = NAMES.index(name), NAMES.index(export.stage)
    finished = export.difference is not None
    if finished or place < at:
        return "done", ""
    if place > at:
        return "waiting", ""
    if export.state.is_over:
        return "failed", ""
    detail = format_of(export.done, export.total) if name == "compare" and export.total else ""
    return "working", detail


def _rule() -> QFrame:
    rule = QFrame()
    rule.setProperty("rule", "flat")
    return rule
