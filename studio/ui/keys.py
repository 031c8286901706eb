"""Joins the sheet of keys to the table of acts."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from studio.ui import actions
from studio.ui.navigation import ICONS, TITLES
from studio.ui.widgets.keys_sheet import KeysSheet
from studio.ui.widgets.search_list import Entry


def key_entries() -> list[Entry]:
    """One row an act: what it does, on which page, with which key."""
    rows = []
    for action in actions.ACTIONS:
        where = TITLES[action.page] if action.page else "Everywhere"
        others = actions.shortcuts_of(action.id)[1:]
        detail = f"{where} · also {', '.join(others)}" if others else where
        icon = ICONS.get(action.page, "keyboard") if action.page else "keyboard"
        rows.append(Entry(action.id, action.text, detail, icon, actions.shown_key(action.id)))
    return rows


def open_keys_sheet(parent: QWidget, renewed: Callable[[], None]) -> KeysSheet:
    """Show the sheet; `renewed` is called after each change of a key."""

    def clash(id: str, key: str) -> str:
        other = actions.clash_of(id, key)
        return other.text if other else ""

    def rebind(id: str, key: str) -> None:
        actions.rebind(id, key)
        renewed()

    def restore(id: str) -> None:
        actions.restore(id)
        renewed()

    sheet = KeysSheet(key_entries, clash, rebind, restore, parent)
    sheet.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    sheet.open()
    return sheet
