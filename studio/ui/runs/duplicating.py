"""A run's options as a recipe of their own, to be changed and trained again."""

from studio.document import Document
from studio.project import edits, queries
from studio.ui.navigation import Destination, PageName
from studio.ui.runs.reading import RunDetail
from workers.contract.options import option_values
from workers.contract.recipes import find_recipe, shipped_recipes


def duplicate(document: Document, detail: RunDetail) -> Destination:
    """Keep the options under a name, one step of undo, and say where they can be changed."""
    shipped = find_recipe(detail.job.recipe)
    based_on = shipped.id if shipped else shipped_recipes()[0].id
    taken = {row.name for row in document.query(queries.recipe_rows)}
    name = free_name(f"{detail.row.name}, changed", taken)
    values = option_values(detail.job.options)
    key = document.edit("Duplicate a recipe", edits.save_recipe, name, based_on, values)
    return Destination(PageName.RECIPE, run_ids=(detail.row.id,), part=f"saved:{key}")


def free_name(name: str, taken: set[str]) -> str:
    """The name, with a number when there is one like it."""
    number, found = 2, name
    while found in taken:
        found, number = f"{name} {number}", number + 1
    return found
