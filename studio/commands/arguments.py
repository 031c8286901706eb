"""Texts of the command line into values: options by name, recipes, runs and samples."""

import difflib
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic_core import ValidationError
from sqlalchemy import Connection, or_, select

from studio.commands.output import UsageError
from studio.document import Document
from studio.errors import StudioError
from studio.project import queries, schema
from studio.runs import keeping
from studio.runs.run_record import RunRecord, load_record
from workers.contract import folder as run_folder
from workers.contract.options import (
    TrainingOptions,
    all_options,
    option_values,
    parse_value,
    with_values,
)
from workers.contract.recipes import find_recipe, shipped_recipes

LONGEST_NUMBER = 19


# Flags that take pairs: several may follow one flag.
PAIRED = ("--set", "--map-label", "--grid")


def one_flag_a_pair(words: Sequence[str]) -> list[str]:
    """The words with a flag before each pair: `--set a=1 b=2` becomes `--set a=1 --set b=2`."""
    found: list[str] = []
    flag = ""
    for index, word in enumerate(words):
        is_first = index > 0 and words[index - 1] in PAIRED
        if flag and not is_first and "=" in word and not word.startswith("-"):
            found.append(flag)
        elif not is_first:
            flag = word if word in PAIRED else ""
        found.append(word)
    return found


def existing_project(path: Path) -> Path:
    """The path of a project file that is there."""
    if not path.is_file():
        raise UsageError(f"There is no project {path}.", "Make one with: new FILE.")
    return path


@contextmanager
def open_project(path: Path, *, read_only: bool = False) -> Iterator[Document]:
    """An open project, closed again whatever happens."""
    document = Document.open(existing_project(path), read_only=read_only)
    try:
        yield document
    finally:
        document.close()


def options_of(
    recipe: str, changes: Sequence[str], document: Document | None = None
) -> TrainingOptions:
    """The options of a recipe, shipped or saved in the project, or of a run, with some set anew."""
    return with_changes(_recipe_options(recipe, document), changes)


def with_changes(options: TrainingOptions, changes: Sequence[str]) -> TrainingOptions:
    """The options with some set anew, each as name=value."""
    values: dict[str, Any] = {}
    for change in changes:
        name, text = _parted(change)
        values[name] = value_of(name, text)
    try:
        changed = with_values(options, values)
    except ValidationError as error:
        raise UsageError(_in_words(error)) from error
    unused = sorted(values.keys() - option_values(changed).keys())
    if unused:
        raise UsageError(f"{unused[0]} does not apply to {_chosen(changed, unused[0])}.")
    return changed


def grid_of(texts: Sequence[str]) -> dict[str, list[Any]]:
    """The values of each option of a grid, from name=a,b,c."""
    found: dict[str, list[Any]] = {}
    for text in texts:
        name, values = _parted(text)
        found[name] = [value_of(name, value.strip()) for value in values.split(",")]
    return found


def _parted(change: str) -> tuple[str, str]:
    name, found, text = change.partition("=")
    if not found:
        raise UsageError(f"“{change}” sets nothing: say name=value.")
    return name.strip(), text.strip()


def _chosen(options: TrainingOptions, name: str) -> str:
    """What decides whether an option applies: the method, or the task."""
    if name.startswith(("prompt.", "generation.")):
        return f"the task {options.task.value}"
    return f"the method {options.method.value}"


def value_of(name: str, text: str) -> Any:
    """The value that a text means for the option of that name."""
    specs = {spec.name: spec for spec in all_options()}
    if name not in specs:
        near = _nearest(name, specs)
        raise UsageError(f"There is no option “{name}”.", near)
    try:
        return parse_value(specs[name], text)
    except ValueError as error:
        kind = specs[name].kind.value
        message = str(error) if "switch" in str(error) else f"{name} is a {kind}, not “{text}”"
        raise UsageError(f"{message}.") from error


def run_of(document: Document, number: int, kind: str = "train") -> RunRecord:
    """The run of that number, which must be of that kind."""
    try:
        record = document.query(load_record, number)
    except StudioError as error:
        raise UsageError(error.message) from error
    if kind and record.kind != kind:
        raise UsageError(f"Run {number} is not a training run but one of “{record.kind}”.")
    return record


def run_number_of(recipe: str) -> int | None:
    """The number in `run:3`, which stands for the options of run 3."""
    head, found, number = recipe.partition(":")
    is_number = number.isascii() and number.isdigit() and len(number) < LONGEST_NUMBER
    return int(number) if head == "run" and found and is_number else None


def recipe_of(document: Document, recipe: str) -> str:
    """The recipe to name a run by: of a run that is repeated, that run's own."""
    number = run_number_of(recipe)
    return recipe if number is None else run_of(document, number).recipe


def checkpoint_of(document: Document, run_id: int, text: str) -> str:
    """The checkpoint as it was named, which must be there; its files are put back if need be."""
    folder = keeping.restore_checkpoint(document, run_id)
    try:
        run_folder.chosen_step(folder, text)
    except FileNotFoundError as error:
        raise UsageError(str(error)) from error
    return text


def sample_ids_of(document: Document, names: Sequence[str]) -> list[int]:
    """Samples by key, else by number."""
    found: list[int] = []
    for name in names:
        sample_id = document.query(_find_sample, name)
        if sample_id is None:
            raise UsageError(f"There is no sample “{name}” in {document.name}.")
        found.append(sample_id)
    return list(dict.fromkeys(found))


def _find_sample(connection: Connection, name: str) -> int | None:
    samples = schema.samples
    number = int(name) if name.isascii() and name.isdigit() and len(name) < LONGEST_NUMBER else -1
    return connection.scalar(
        select(samples.c.id)
        .where(or_(samples.c.key == name, samples.c.id == number))
        .order_by(samples.c.key != name)
        .limit(1)
    )


def _recipe_options(recipe: str, document: Document | None) -> TrainingOptions:
    shipped = find_recipe(recipe)
    if shipped is not None:
        return shipped.training_options()
    if document is not None and (number := run_number_of(recipe)) is not None:
        return run_of(document, number).training.options
    saved = document.query(queries.recipe_rows) if document else []
    for row in saved:
        if recipe in (row.name, str(row.id)):
            return with_values(TrainingOptions(), _values(row.options))
    known = [one.id for one in shipped_recipes()] + [row.name for row in saved]
    raise UsageError(f"There is no recipe “{recipe}”.", f"There are: {', '.join(known)}.")


def _values(options: str | dict[str, Any]) -> dict[str, Any]:
    return json.loads(options) if isinstance(options, str) else dict(options)


def _nearest(name: str, known: Iterable[str]) -> str:
    candidates = list(known)
    near = [one for one in candidates if one.rsplit(".", 1)[-1] == name]
    near = near or difflib.get_close_matches(name, candidates, n=2, cutoff=0.5)
    if not near:
        return "The recipes' options are listed by: parameters RECIPE."
    return f"Did you mean {' or '.join(near)}?"


def _in_words(error: ValidationError) -> str:
    first = error.errors()[0]
    name = ".".join(str(part) for part in first["loc"])
    message = first["msg"].replace("Input should be", "should be").replace("Value error, ", "")
    return f"{name}: {message[0].lower()}{message[1:]}, not “{first['input']}”."
