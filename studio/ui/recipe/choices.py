"""The recipes to choose from, and what an edit makes of one: plain values, no widgets."""

import json
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from studio.project.records import RecipeRow
from workers.contract.catalogue import weights_folder
from workers.contract.options import (
    AnswerKind,
    OptionSpec,
    TrainingOptions,
    option_values,
    with_values,
)
from workers.contract.recipes import Origin, Recipe, origin_of, shipped_recipes


@dataclass(frozen=True)
class RecipeChoice:
    """A recipe of the menu: a shipped one, or one kept in the project (`row_id`)."""

    title: str
    shipped: Recipe
    options: TrainingOptions
    row_id: int | None = None

    @property
    def key(self) -> str:
        """What the menu calls it."""
        return f"saved:{self.row_id}" if self.row_id else f"shipped:{self.shipped.id}"

    @property
    def seed_words(self) -> str:
        """“seed S0a”, or nothing."""
        return f"seed {self.shipped.seed}" if self.shipped.seed else ""

    def with_value(self, name: str, value: Any) -> "RecipeChoice":
        """The same recipe with one option changed; ValueError says what is wrong."""
        return replace(self, options=changed(self.options, {name: value}))

    def edited_names(self) -> list[str]:
        """The options that differ from the shipped recipe."""
        values, first = option_values(self.options), option_values(self.shipped.training_options())
        return [name for name in values | first if values.get(name) != first.get(name)]

    def origin(self, name: str) -> tuple[Origin, str]:
        """Where a value comes from, and the words of its badge."""
        value = option_values(self.options).get(name)
        origin = origin_of(self.shipped, name, value)
        if origin == Origin.SEED:
            return origin, self.seed_words or "recipe"
        return origin, str(origin)


@dataclass(frozen=True)
class Difference:
    """An option that differs, both values in words."""

    name: str
    label: str
    before: str
    after: str


def changed(options: TrainingOptions, values: dict[str, Any]) -> TrainingOptions:
    """Options with some values changed; ValueError with a sentence where that cannot be."""
    try:
        return with_values(options, values)
    except ValidationError as error:
        first = error.errors()[0]
        raise ValueError(f"{first['msg'][:1].upper()}{first['msg'][1:]}.") from error


def all_choices(rows: list[RecipeRow]) -> list[RecipeChoice]:
    """The shipped recipes, then the project's."""
    shipped = shipped_recipes()
    by_id = {recipe.id: recipe for recipe in shipped}
    choices = [RecipeChoice(one.title, one, one.training_options()) for one in shipped]
    for row in rows:
        base = by_id.get(row.based_on, shipped[0])
        options = with_values(base.training_options(), json.loads(row.options))
        choices.append(RecipeChoice(row.name, base, options, row.id))
    return choices


def first_choice(
    choices: list[RecipeChoice],
    rows: list[RecipeRow],
    *,
    learns: AnswerKind = AnswerKind.LABEL,
) -> RecipeChoice:
    """The recipe changed last; else the first that learns this and has its models here.

    Without its models here, the first that learns this.
    """
    if rows:
        newest = max(rows, key=lambda row: row.changed_at)
        return next(choice for choice in choices if choice.row_id == newest.id)
    fit = [choice for choice in choices if _learns(choice) == learns] or choices
    return next((choice for choice in fit if _is_here(choice.options)), fit[0])


def _learns(choice: RecipeChoice) -> AnswerKind:
    prompt = choice.options.prompt
    return AnswerKind.LABEL if prompt is None else prompt.answer


def _is_here(options: TrainingOptions) -> bool:
    """Whether every model that these options name is on this computer."""
    tower = options.vision.tower_model if options.vision else ""
    return all(weights_folder(name) for name in (options.base_model, tower) if name)


def free_name(title: str, taken: set[str]) -> str:
    """“Example, edited”, or with a number where that is taken."""
    stem = title.split(",")[0] + ", edited"
    name, number = stem, 2
    while name in taken:
        name, number = f"{stem} {number}", number + 1
    return name


def differences(choice: RecipeChoice, specs: dict[str, OptionSpec]) -> list[Difference]:
    """What differs from the shipped recipe, in the order of the form."""
    now = option_values(choice.options)
    first = option_values(choice.shipped.training_options())
    edited = set(choice.edited_names())
    return [
        Difference(name, spec.label, in_words(first.get(name)), in_words(now.get(name)))
        for name, spec in specs.items()
        if name in edited
    ]


def in_words(value: Any) -> str:
    """A value for people."""
    if value is None:
        return "does not apply"
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "the usual"
    return f"{value:g}" if isinstance(value, float) else str(value) or "none"


def command_of(choice: RecipeChoice, file: str) -> str:
    """The command line that trains the same."""
    values = option_values(choice.options)
    parts = [f'python main.py train "{file}" {choice.shipped.id}']
    for name in choice.edited_names():
        if name in values:
            parts.append(f"--set {name}={_for_shell(values[name])}")
    return " \\\n    ".join(parts)


def _for_shell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = ",".join(value) if isinstance(value, list | tuple) else str(value)
    return f'"{text}"' if " " in text or not text else text
