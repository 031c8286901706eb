"""The recipe being edited: nothing to save, every settled value is an edit that undo takes back."""

from typing import Any

from PySide6.QtCore import QObject, Signal

from studio.document import Changes, Document
from studio.project import queries, setting_edits
from studio.runs.samples import what_there_is
from studio.ui.recipe.choices import (
    RecipeChoice,
    all_choices,
    changed,
    first_choice,
    free_name,
    in_words,
)
from workers.contract.options import OptionSpec, all_options, option_values

SPECS: dict[str, OptionSpec] = {spec.name: spec for spec in all_options()}


class RecipeEditing(QObject):
    """`shown` says that another recipe or other values stand; `refused` why a value cannot."""

    shown = Signal()
    refused = Signal(str, str)

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.document = document
        rows = document.query(queries.recipe_rows)
        self.choices = all_choices(rows)
        self.choice = first_choice(self.choices, rows, learns=document.query(what_there_is))
        self.tried: RecipeChoice | None = None
        document.changed.connect(self._follow)

    def standing(self) -> RecipeChoice:
        """The recipe with what is being typed, if that is valid."""
        return self.tried or self.choice

    def choose(self, key: str) -> None:
        """Take another recipe of the menu."""
        self.choice = next(choice for choice in self.choices if choice.key == key)
        self.tried = None
        self.shown.emit()

    def try_value(self, name: str, value: Any) -> None:
        """While one types: show what it would mean, keep nothing yet."""
        try:
            self.tried = self.choice.with_value(name, value)
        except ValueError as error:
            self.refused.emit(name, str(error))
            return
        self.shown.emit()

    def set_value(self, name: str, value: Any) -> None:
        """One option, one edit."""
        before = option_values(self.choice.options).get(name)
        title = f"{SPECS[name].label} {in_words(before)} → {in_words(value)}"
        self.set_values({name: value}, title)

    def set_values(self, values: dict[str, Any], title: str) -> None:
        """Several options, one edit; a shipped recipe is kept under a name of its own."""
        self.tried = None
        try:
            options = changed(self.choice.options, values)
        except ValueError as error:
            self.refused.emit(next(iter(values)), str(error))
            return
        if options == self.choice.options:
            self.shown.emit()
            return
        taken = {choice.title for choice in self.choices}
        kept = self.choice.row_id is not None
        name = self.choice.title if kept else free_name(self.choice.title, taken)
        self._keep(title, name, option_values(options))

    def save_as(self, name: str) -> None:
        """Keep the present options under another name."""
        self._keep(f"Recipe {name}", name, option_values(self.choice.options))

    def rename(self, name: str) -> None:
        """Give a recipe of the project another name."""
        row_id = self.choice.row_id
        if row_id is not None:
            title = f"Rename recipe {self.choice.title}"
            self.document.edit(title, setting_edits.rename_recipe, row_id, name)
            self._reload(f"saved:{row_id}")

    def remove(self) -> None:
        """Delete a recipe of the project; its shipped one is shown."""
        row_id, shipped = self.choice.row_id, self.choice.shipped
        if row_id is not None:
            title = f"Delete recipe {self.choice.title}"
            self.document.edit(title, setting_edits.remove_recipe, row_id)
            self._reload(f"shipped:{shipped.id}")

    def back_to_recipe(self, names: list[str] | None = None) -> None:
        """Give options the shipped recipe's values again; all of them without `names`."""
        first = option_values(self.choice.shipped.training_options())
        edited = names or self.choice.edited_names()
        values = {name: first[name] for name in edited if name in first}
        if values:
            label = SPECS[edited[0]].label if len(edited) == 1 else f"{len(edited)} options"
            self.set_values(values, f"{label} back to the recipe’s")

    def _keep(self, title: str, name: str, values: dict[str, Any]) -> None:
        based_on = self.choice.shipped.id
        row_id = self.document.edit(title, setting_edits.save_recipe, name, based_on, values)
        self._reload(f"saved:{row_id}")

    def _follow(self, changes: Changes) -> None:
        if not changes.tables or "recipes" in changes.tables:
            self._reload(self.choice.key)

    def _reload(self, key: str) -> None:
        before = self.choice
        self.choices = all_choices(self.document.query(queries.recipe_rows))
        found = {choice.key: choice for choice in self.choices}
        self.choice = found.get(key) or found[f"shipped:{before.shipped.id}"]
        if before != self.choice or key != before.key:
            self.tried = None
        self.shown.emit()
