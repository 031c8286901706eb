"""Every act that has a key, in one table: shortcuts, tooltips, the sheet of keys and the docs."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from studio import preferences
from studio.ui.navigation import RAIL_ORDER, TITLES, PageName
from studio.ui.widgets.text import plain_tooltip


@dataclass(frozen=True)
class Action:
    """`page` is None where the key works on every page; the first shortcut is the one shown."""

    id: str
    text: str
    shortcuts: tuple[str, ...]
    tooltip: str = ""
    page: PageName | None = None


def _everywhere(id: str, text: str, *shortcuts: str, tooltip: str = "") -> Action:
    return Action(id, text, shortcuts, tooltip)


def _samples(id: str, text: str, *shortcuts: str, tooltip: str = "") -> Action:
    return Action(id, text, shortcuts, tooltip, PageName.SAMPLES)


def _review(id: str, text: str, *shortcuts: str, tooltip: str = "") -> Action:
    return Action(id, text, shortcuts, tooltip, PageName.REVIEW)


def _on(page: PageName, id: str, text: str, *shortcuts: str, tooltip: str = "") -> Action:
    return Action(id, text, shortcuts, tooltip, page)


ACTIONS: tuple[Action, ...] = (
    _everywhere("new", "New project from a folder", "Ctrl+N"),
    _everywhere("example", "Open the example", "Ctrl+E"),
    _everywhere("open", "Open a project", "Ctrl+O"),
    _everywhere("import", "Import into this project", "Ctrl+L"),
    _everywhere("close_project", "Close the project", "Ctrl+W"),
    _everywhere("quit", "Quit", "Ctrl+Q"),
    _everywhere("undo", "Undo", "Ctrl+Z", tooltip="Take back the last edit."),
    _everywhere("redo", "Redo", "Ctrl+Y", "Ctrl+Shift+Z", tooltip="Do it again."),
    _everywhere("go_to", "Go to anything", "Ctrl+K", tooltip="Pages, views, runs, samples."),
    *(
        _everywhere(f"page_{page}", f"Go to {TITLES[page]}", f"Ctrl+{number}")
        for number, page in enumerate(RAIL_ORDER, start=1)
    ),
    _everywhere("dock_left", "Hide or show the left column", "Ctrl+B"),
    _everywhere("dock_right", "Hide or show the right column", "Ctrl+Alt+B"),
    _everywhere("theme", "Switch between dark and light", "Ctrl+Shift+D"),
    _everywhere("full_screen", "Full screen", "F11"),
    _everywhere("settings", "Settings", "Ctrl+,"),
    _everywhere("keys", "All keys", "?", "F1"),
    _everywhere("menu", "Menu", "F10"),
    _on(PageName.WELCOME, "act_1", "New project from a folder", "1"),
    _on(PageName.WELCOME, "act_2", "Open the example", "2"),
    _on(PageName.WELCOME, "act_3", "Open a project", "3"),
    _on(PageName.WELCOME, "forget", "Forget a recent project", "Delete"),
    _on(PageName.DATA, "rescan", "Look at the sources again", "F5"),
    _samples("next", "Next sample", "Right", "D", "Ctrl+Down"),
    _samples("previous", "Previous sample", "Left", "A", "Ctrl+Up"),
    _samples("first", "First sample", "Home"),
    _samples("last", "Last sample", "End"),
    _samples("next_unreviewed", "Next unreviewed sample", "Ctrl+J"),
    _samples("previous_unreviewed", "Previous unreviewed sample", "Ctrl+Shift+J"),
    _samples(
        "accept",
        "Accept and next",
        "Ctrl+Return",
        "Ctrl+Enter",
        tooltip="The suggested caption where there is one, else the sample as it is.",
    ),
    _samples("suggestion_reject", "Reject the suggested caption", "Ctrl+Backspace"),
    _samples("suggestion_edit", "Edit the suggested caption", "Alt+E"),
    _samples("suggestion_first", "Accept the first suggested caption", "Alt+1"),
    _samples("suggestion_second", "Accept the second suggested caption", "Alt+2"),
    _samples("suggestion_third", "Accept the third suggested caption", "Alt+3"),
    _samples("write_captions", "Write captions by a model", "Ctrl+Shift+C"),
    _samples("reviewed", "Mark reviewed, or not", "Space"),
    _samples("clear_label", "Take the label away", "0"),
    _samples("select_all", "Choose all of the query", "Ctrl+A"),
    _samples("invert", "Invert the selection", "Ctrl+I"),
    _samples("query", "Edit the query", "Ctrl+F", "Alt+F"),
    _samples("search", "Search in captions", "Alt+S"),
    _samples("caption", "Edit the caption", "Alt+A"),
    _samples("replace", "Find and replace in captions", "Ctrl+H", "Ctrl+R"),
    _samples("rename", "Rename", "F2"),
    _samples("delete", "Delete what is chosen", "Delete"),
    _samples("view_grid", "Grid", "G"),
    _samples("view_one", "One image", "E"),
    _samples("view_two", "Two images", "C"),
    _samples("view_chosen", "All chosen images", "N"),
    _samples("zoom", "Fit, or true size", "Z"),
    _samples("fit", "Fit the image", "Ctrl+0"),
    _samples("hide_boxes", "Hide or show boxes", "H"),
    _review("review_next", "Next card", "Right", "D"),
    _review("review_previous", "Previous card", "Left", "A"),
    _review("review_accept", "Accept and next", "Ctrl+Return", "Ctrl+Enter"),
    _review("review_reviewed", "Mark reviewed, or not", "Space"),
    _review("review_clear", "Take the label away", "0"),
    _review("skip", "Skip this card", "Ctrl+Space"),
    _review("review_caption", "Edit the caption", "Alt+A"),
    _review("blind", "Hide what models say", "M"),
    _review("leave", "Leave the deck", "Esc"),
    _on(PageName.RECIPE, "train", "Train", "Ctrl+T", tooltip="Start a run with these options."),
    _on(PageName.RECIPE, "find_option", "Find an option", "Ctrl+F"),
    _on(PageName.RUNS, "stop", "Stop the run", "Ctrl+."),
    _on(PageName.RUNS, "pause", "Pause the run, or go on", "Ctrl+P"),
    _on(PageName.RUNS, "log_scale", "Logarithmic scale", "L"),
    _on(PageName.RUNS, "overlay", "Overlay a run", "O"),
    _on(PageName.RUNS, "save_image", "Save the curve as an image", "Ctrl+Shift+S"),
    _on(PageName.COMPARE, "swap", "Swap the two runs", "S"),
    _on(PageName.COMPARE, "next_changed", "Next won or lost sample", "Right"),
    _on(PageName.COMPARE, "previous_changed", "Previous won or lost sample", "Left"),
    _on(PageName.COMPARE, "solo_first", "Run A alone, or both", "1"),
    _on(PageName.COMPARE, "solo_second", "Run B alone, or both", "2"),
    _on(PageName.ATTENTION, "next_word", "Next word", "Right"),
    _on(PageName.ATTENTION, "previous_word", "Previous word", "Left"),
    _on(PageName.ATTENTION, "next_layer", "Next layer", "]"),
    _on(PageName.ATTENTION, "previous_layer", "Previous layer", "["),
    _on(PageName.ATTENTION, "next_head", "Next head", "}"),
    _on(PageName.ATTENTION, "previous_head", "Previous head", "{"),
    _on(PageName.ATTENTION, "flick", "Flick between base and tuned", "T"),
    _on(PageName.ATTENTION, "difference", "Difference of tuned and base", "Shift+T"),
    _on(PageName.ATTENTION, "more_heat", "More of the heat", "+", "="),
    _on(PageName.ATTENTION, "less_heat", "Less of the heat", "-"),
    _on(PageName.ATTENTION, "patches", "Patches, or a smooth heatmap", "P"),
    _on(PageName.ATTENTION, "one_scale", "One scale for all words, or one each", "S"),
    _on(PageName.ATTENTION, "rollout", "Rollout of all layers", "R"),
    _on(PageName.ATTENTION, "save_heatmap", "Save the picture with its heatmap", "Ctrl+Shift+S"),
    _on(PageName.ATTENTION, "next_sample", "Next sample", "PgDown"),
    _on(PageName.ATTENTION, "previous_sample", "Previous sample", "PgUp"),
)
BY_ID = {action.id: action for action in ACTIONS}


def actions_for(page: PageName | None) -> list[Action]:
    """The acts of one page; of every page for None."""
    return [action for action in ACTIONS if action.page == page]


def shortcuts_of(id: str) -> tuple[str, ...]:
    """The keys of an act: the user's own, or those of the table."""
    own = preferences.load().keys.get(id)
    return BY_ID[id].shortcuts if own is None else tuple(own.split(" | ")) if own else ()


def shown_key(id: str) -> str:
    """The key that is printed on a button or in a tooltip."""
    return next(iter(shortcuts_of(id)), "")


def clash_of(id: str, shortcut: str) -> Action | None:
    """The act that already answers to `shortcut` where `id` would; None when it is free."""
    wanted, page = QKeySequence(shortcut), BY_ID[id].page
    for other in ACTIONS:
        meets = other.page is None or page is None or other.page == page
        if other.id != id and meets and wanted in map(QKeySequence, shortcuts_of(other.id)):
            return other
    return None


def label_key_clash(key: str) -> Action | None:
    """The act that a label's key would shadow on Samples or Review."""
    wanted = QKeySequence(key)
    for other in ACTIONS:
        meets = other.page in (None, PageName.SAMPLES, PageName.REVIEW)
        if meets and wanted in map(QKeySequence, shortcuts_of(other.id)):
            return other
    return None


def rebind(id: str, shortcut: str) -> None:
    """Give an act another key for good; an empty one takes its keys away."""
    preferences.change(keys=preferences.load().keys | {id: shortcut})


def restore(id: str) -> None:
    """Give an act the keys of the table again."""
    keys = {known: value for known, value in preferences.load().keys.items() if known != id}
    preferences.change(keys=keys)


def bind(id: str, owner: QWidget, slot: Callable[[], object]) -> QAction:
    """An action of `owner` for an act of the table.

    A page's keys work while the page or something in it has the focus; keys of every page work
    in the whole window. Text fields keep plain letters and digits for themselves.
    """
    action = BY_ID[id]
    made = QAction(action.text, owner)
    made.setObjectName(id)
    made.setShortcuts([QKeySequence(key) for key in shortcuts_of(id)])
    made.setToolTip(plain_tooltip(action.tooltip or action.text, shown_key(id)))
    context = Qt.ShortcutContext.WidgetWithChildrenShortcut
    made.setShortcutContext(context if action.page else Qt.ShortcutContext.WindowShortcut)
    made.triggered.connect(lambda _=False: slot())
    owner.addAction(made)
    return made


def renew_keys(owner: QWidget) -> None:
    """Give every action below `owner` its present keys, as after a rebinding."""
    for made in owner.findChildren(QAction):
        if made.objectName() in BY_ID:
            made.setShortcuts([QKeySequence(key) for key in shortcuts_of(made.objectName())])
