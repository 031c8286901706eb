"""The questions before many samples are captured or checked: what it costs."""

from PySide6.QtWidgets import QWidget

from studio.numbers import NO_BREAK, format_bytes, format_count, format_duration
from studio.ui.attention.sample_facts import CheckCost, Cost
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


def ask_check(parent: QWidget, cost: CheckCost) -> bool:
    """Say what a check of many maps costs; whether it is wanted."""
    answers = (
        dialog.Answer("no", "Not now", harmless=True),
        dialog.Answer("yes", f"Check {format_count(cost.samples)}", "primary"),
    )
    words, pictures = format_count(cost.words), format_count(cost.pictures)
    about = (
        f"About {format_duration(cost.seconds)}: {words}{NO_BREAK}words, each while its picture is "
        f"hidden and shown step by step, {pictures} pictures in all. It can be stopped."
    )
    question = f"Check the maps of {format_count(cost.samples)} samples?"
    return dialog.ask(question, about, answers, parent=parent) == "yes"
