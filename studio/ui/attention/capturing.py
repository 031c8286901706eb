"""The question before a capture of many samples: what it costs."""

from PySide6.QtWidgets import QWidget

from studio.numbers import format_bytes, format_count, format_duration
from studio.ui.attention.sample_facts import Cost
from studio.ui.widgets import dialog


def ask(parent: QWidget, cost: Cost) -> bool:
    """Say what a capture of all samples costs; whether it is wanted."""
    answers = (
        dialog.Answer("no", "Not now", harmless=True),
        dialog.Answer("yes", f"Capture {format_count(cost.samples)}", "primary"),
    )
    size = format_bytes(cost.bytes)
    about = f"About {format_duration(cost.seconds)}, and {size} more in the project."
    question = f"Capture the attention of {format_count(cost.samples)} samples?"
    return dialog.ask(question, about, answers, parent=parent) == "yes"
