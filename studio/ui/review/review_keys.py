"""The keys of the labels on the deck: a key decides and moves on, with Shift it stays."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from studio.project.records import LabelRow
from studio.ui.sample_edits import ALIASES, label_for_key


def bind_label_keys(
    page: QWidget,
    labels: Sequence[LabelRow],
    decide: Callable[..., None],
    bound: Sequence[QAction],
) -> list[QAction]:
    """Replaces those that were bound before."""
    for action in bound:
        page.removeAction(action)
        action.deleteLater()
    made: list[QAction] = []
    keys = [label.key for label in labels if label.key] + list(ALIASES)
    for key in dict.fromkeys(keys):
        label = label_for_key(labels, key)
        if label is not None:
            made.append(_bind(page, key, partial(decide, label, stay=False)))
            made.append(_bind(page, f"Shift+{key}", partial(decide, label, stay=True)))
    made.append(_bind(page, "Shift+0", partial(decide, None, stay=True)))
    return made


def _bind(page: QWidget, keys: str, slot: Callable[[], None]) -> QAction:
    action = QAction(page)
    action.setShortcut(QKeySequence(keys))
    action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
    action.triggered.connect(lambda *_: slot())
    page.addAction(action)
    return action
