"""The keys of the page: those of the table of actions, and one for each label."""

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractSlider, QComboBox, QTabBar, QWidget

from studio.ui import actions
from studio.ui.sample_edits import ALIASES, label_for_key
from studio.ui.samples.suggesting import SuggestionWishes
from studio.ui.samples.wishes import Wishes

KEEPS_ARROWS = (QAbstractSlider, QComboBox, QTabBar)
ARROWS = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_Space)


def bind_keys(page: QWidget, wishes: Wishes, suggesting: SuggestionWishes) -> None:
    """Every act of the table that the page knows."""
    slots = {
        "next": lambda: wishes.step(1),
        "previous": lambda: wishes.step(-1),
        "first": wishes.go_first,
        "last": wishes.go_last,
        "next_unreviewed": lambda: wishes.go_unreviewed(1),
        "previous_unreviewed": lambda: wishes.go_unreviewed(-1),
        "accept": suggesting.accept,
        "suggestion_reject": suggesting.reject,
        "suggestion_edit": suggesting.edit,
        "suggestion_first": lambda: suggesting.accept_number(0),
        "suggestion_second": lambda: suggesting.accept_number(1),
        "suggestion_third": lambda: suggesting.accept_number(2),
        "write_captions": suggesting.ask,
        "reviewed": wishes.toggle_reviewed,
        "clear_label": lambda: wishes.give_label(None),
        "select_all": wishes.choose_all,
        "invert": wishes.invert,
        "query": wishes.edit_query,
        "search": wishes.search_captions,
        "caption": wishes.edit_caption,
        "replace": wishes.open_replace,
        "rename": wishes.rename_view,
        "delete": wishes.delete_chosen,
        "view_grid": wishes.show_grid,
        "view_one": lambda: wishes.show_big(1),
        "view_two": lambda: wishes.show_big(2),
        "view_chosen": lambda: wishes.show_big(0),
        "zoom": wishes.toggle_zoom,
        "fit": wishes.fit_image,
        "hide_boxes": wishes.toggle_boxes,
    }
    for name, slot in slots.items():
        actions.bind(name, page, slot)


def bind_label_keys(page: QWidget, wishes: Wishes, bound: list[QAction]) -> list[QAction]:
    """A key gives its label and goes on; with Shift it stays. Replaces those bound before."""
    for action in bound:
        page.removeAction(action)
        action.deleteLater()
    labels = wishes.labels()
    keys = [label.key for label in labels if label.key] + list(ALIASES)
    made = [_bind(page, f"Shift+{actions.shown_key('clear_label')}", wishes, "", stay=True)]
    for key in dict.fromkeys(keys):
        if label_for_key(labels, key) is not None:
            made.append(_bind(page, key, wishes, key, stay=False))
            made.append(_bind(page, f"Shift+{key}", wishes, key, stay=True))
    return made


def _bind(page: QWidget, keys: str, wishes: Wishes, label_key: str, *, stay: bool) -> QAction:
    action = QAction(page)
    action.setShortcut(QKeySequence(keys))
    action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
    action.triggered.connect(lambda *_: wishes.give_key(label_key, stay=stay))
    page.addAction(action)
    return action


class ArrowKeeper(QObject):
    """Lets sliders, combos and tabs keep the arrow keys that the page has an act for."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        overrides = event.type() == QEvent.Type.ShortcutOverride
        if overrides and isinstance(event, QKeyEvent) and event.key() in ARROWS:
            event.accept()
            return True
        return False


def keep_arrows(page: QWidget) -> ArrowKeeper:
    """Call it once all widgets are there; the page keeps what comes back."""
    keeper = ArrowKeeper(page)
    for kind in KEEPS_ARROWS:
        for widget in page.findChildren(kind):
            widget.installEventFilter(keeper)
    return keeper
