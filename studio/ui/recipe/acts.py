"""What the menus of Recipe do to the recipe being edited, each over its small dialog."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QDialog, QMenu, QWidget

from studio.runs import trusting
from studio.ui import background
from studio.ui.recipe import choices, dialogs
from studio.ui.recipe.code_dialog import CodeDialog
from studio.ui.recipe.editing import SPECS, RecipeEditing
from studio.ui.widgets.text import plain_line
from workers.contract.catalogue import weights_folder
from workers.contract.model_code import ModelCode
from workers.contract.options import option_values

MOST_LETTERS = 60  # of a value in a menu


def act(wish: str, editing: RecipeEditing, project: Path, parent: QWidget) -> None:
    """Do what was chosen in the menu of recipes."""
    choice = editing.choice
    match wish:
        case "save_as" | "duplicate":
            words = "Save as" if wish == "save_as" else "Duplicate"
            name = dialogs.NameDialog(
                "Name of the recipe", f"{choice.title} 2", words, parent
            ).ask()
            if name:
                editing.save_as(name)
        case "rename":
            name = dialogs.NameDialog("New name", choice.title, "Rename", parent).ask()
            if name:
                editing.rename(name)
        case "remove":
            editing.remove()
        case "back":
            editing.back_to_recipe()
        case "command":
            open_dialog(dialogs.command_dialog(choices.command_of(choice, str(project)), parent))
        case _:
            raise ValueError(f"{wish} is not in the menu of recipes")


def show_difference(editing: RecipeEditing, parent: QWidget) -> None:
    """Show what differs from the shipped recipe."""
    choice = editing.choice
    title = f"What differs from “{choice.shipped.title}”"
    open_dialog(dialogs.difference_dialog(title, choices.differences(choice, SPECS), parent))


def offer_origins(editing: RecipeEditing, name: str, badge: QWidget) -> None:
    """Offer an option's other values below its badge."""
    choice = editing.choice
    first = option_values(choice.shipped.training_options()).get(name)
    menu = QMenu(badge)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    if first is not None and name in choice.edited_names():
        back = menu.addAction(plain_line(f"Back to {_short(first)}"))
        back.triggered.connect(lambda: editing.back_to_recipe([name]))
    usual = SPECS[name].default
    used = menu.addAction(plain_line(f"The studio’s usual: {_short(usual)}"))
    used.triggered.connect(lambda: editing.set_value(name, usual))
    menu.popup(badge.mapToGlobal(QPoint(0, badge.height())))


def offer_code(base_model: str, allowed: Callable[[], None], parent: QWidget) -> None:
    """Ask whether a model's own code may run; `allowed` is called once it may."""

    def show(code: ModelCode | None) -> None:
        folder = weights_folder(base_model)
        if code is None or folder is None:  # it has changed since the problem was found
            allowed()
            return
        dialog = CodeDialog(code, folder, parent)
        dialog.accepted.connect(allowed)
        open_dialog(dialog)

    background.run(trusting.code_of, base_model, done=show, owner=parent)


def open_dialog(dialog: QDialog) -> None:
    """Show a dialog that ends with its window."""
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.open()


def _short(value: object) -> str:
    line = " ".join(choices.in_words(value).split())
    return line if len(line) <= MOST_LETTERS else f"{line[:MOST_LETTERS]}…"
