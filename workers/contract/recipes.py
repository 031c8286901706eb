"""Recipes that come with the studio: named options, and where each value comes from."""

import json
from enum import StrEnum
from pathlib import Path
from typing import Any

from workers.contract.frozen import Frozen
from workers.contract.options import TrainingOptions, option_values, with_values

FOLDER = Path(__file__).resolve().parents[2] / "resources" / "recipes"


class Origin(StrEnum):
    """Where an option's value comes from."""

    SEED = "seed"
    RECOMMENDED = "recommended"
    EDITED = "edited"


class Expected(Frozen):
    """What the published experiment reports; None where it says nothing."""

    trainable: int | None = None
    total: int | None = None
    accuracy: float | None = None
    untrained_accuracy: float | None = None
    validation_count: int | None = None


class Recipe(Frozen):
    """A shipped recipe: `options` by dotted name, `stated` those that the seed document gives."""

    id: str
    title: str
    seed: str = ""
    about: str
    options: dict[str, Any]
    stated: tuple[str, ...] = ()
    expected: Expected = Expected()

    def training_options(self) -> TrainingOptions:
        """The recipe's options, complete."""
        return with_values(TrainingOptions(), self.options)


def shipped_recipes() -> list[Recipe]:
    """Every recipe of resources/recipes, in the order shown."""
    files = sorted(FOLDER.glob("*.json"))
    return [Recipe.model_validate(json.loads(file.read_text())) for file in files]


def find_recipe(id: str) -> Recipe | None:
    """The shipped recipe of a short id."""
    return next((recipe for recipe in shipped_recipes() if recipe.id == id), None)


def origin_of(recipe: Recipe, name: str, value: Any) -> Origin:
    """Whether a value is the seed's, a recommendation, or the user's own."""
    if option_values(recipe.training_options()).get(name) != value:
        return Origin.EDITED
    return Origin.SEED if name in recipe.stated else Origin.RECOMMENDED
