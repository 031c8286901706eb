"""The right column: the steps of an export as they happen, and how it ended."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from studio.numbers import format_of
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


class StepsPanel(QWidget):
    """Shows an export's state; asks to open the folder or to cancel."""

    open_wanted = Signal()
    cancel_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.rows = {name: StepRow(words) for name, words in STEPS}
        self.track = Track()
        self.outcome = PlainLabel("", wrap=True)
        self.open = make_button("Open folder", icon="folder-open")
        self.cancel = make_button("Cancel")
        self.open.clicked.connect(self.open_wanted)
        self.cancel.clicked.connect(self.cancel_wanted)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 16)
        column.setSpacing(6)
        column.addWidget(PlainLabel("Proof", role="small_strong", tone="text_2"))
        for row in self.rows.values():
            column.addWidget(row)
        column.addWidget(self.track)
        column.addWidget(_rule())
        column.addWidget(self.outcome)
        buttons = QHBoxLayout()
        buttons.addWidget(self.open)
        buttons.addWidget(self.cancel)
        buttons.addStretch(1)
        column.addLayout(buttons)
        column.addStretch(1)
        self.show_state(None)

    def show_limit(self, *, of_answers: bool) -> None:
        """Say how far the logits of such a model may differ."""
        limit = ANSWER_LIMIT if of_answers else LIMIT
        self.rows["compare"].words.setText(f"Compare logits, limit {limit}")

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
    mantissa, _, exponent = f"{difference:.1e}".partition("e")
    return f"{mantissa}e{int(exponent)}" if difference else "0"


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
