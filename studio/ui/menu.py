"""The menu behind the mark, made from the table of acts."""

from collections.abc import Mapping

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

MENUS = (
    ("File", ("new", "example", "open", "", "import", "", "close_project", "quit")),
    ("Edit", ("undo", "redo", "", "settings")),
    (
        "View",
        ("go_to", "", "page_data", "page_samples", "page_review", "page_recipe", "page_runs",
         "page_compare", "page_attention", "page_export", "", "dock_left", "dock_right", "",
         "theme", "full_screen"),
    ),
    ("Help", ("keys",)),
)  # fmt: skip


def make_menus(acts: Mapping[str, QAction], parent: QWidget) -> list[QMenu]:
    """File, Edit, View, Help of the actions that there are."""
    menus = []
    for title, ids in MENUS:
        menu = QMenu(title, parent)
        for id in ids:
            if not id:
                menu.addSeparator()
            elif id in acts:
                menu.addAction(acts[id])
        menus.append(menu)
    return menus
