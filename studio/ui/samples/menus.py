"""The menus of the result bar: a label or a split for all that is chosen."""

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QMenu

from studio.project.records import LabelRow
from studio.project.schema import SPLITS
from studio.ui.widgets.label_mark import label_icon
from studio.ui.widgets.text import plain_line


def fill_label_menu(
    menu: QMenu, labels: Sequence[LabelRow], give: Callable[[LabelRow | None], object]
) -> None:
    """One line a label, and one that takes the label away."""
    menu.clear()
    for label in labels:
        line = menu.addAction(label_icon(label.shape, label.colour), plain_line(label.name))
        line.triggered.connect(lambda *_, label=label: give(label))
    menu.addSeparator()
    menu.addAction("No label").triggered.connect(lambda *_: give(None))


def fill_split_menu(menu: QMenu, put: Callable[[str | None], object]) -> None:
    """One line a split, and one that takes the samples out of all."""
    menu.clear()
    for split in SPLITS:
        menu.addAction(split).triggered.connect(lambda *_, split=split: put(split))
    menu.addSeparator()
    menu.addAction("No split").triggered.connect(lambda *_: put(None))
