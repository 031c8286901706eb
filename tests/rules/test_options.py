"""Each option is defined once, explained, and used by a worker."""

import ast
from pathlib import Path

import pytest

from workers.contract.options import (
    GROUPS,
    OptionKind,
    TrainingOptions,
    all_options,
    option_values,
    parse_value,
    with_values,
)
from workers.contract.recipes import Origin, origin_of, shipped_recipes

REPOSITORY = Path(__file__).resolve().parents[2]
OPTIONS = all_options()


def names_read_in_workers() -> set[str]:
    names = set()
    for file in (REPOSITORY / "workers").rglob("*.py"):
        if "contract" not in file.parts:
            names |= {
                n.attr
                for n in ast.walk(ast.parse(file.read_text()))
                if isinstance(n, ast.Attribute)
            }
    return names


@pytest.mark.parametrize("name", [spec.name for spec in OPTIONS])
def test_every_option_is_read_by_a_worker(name):
    # The reference in the job carries base model and revision to the worker.
    if name in ("base_model", "revision"):
        return
    assert name.rsplit(".", 1)[-1] in names_read_in_workers()


def test_every_option_has_words_and_a_known_group():
    for spec in OPTIONS:
        assert spec.label, spec.name
        assert spec.help.endswith("."), spec.name
        assert spec.group in GROUPS, spec.name


def test_what_does_not_apply_does_not_exist():
    assert TrainingOptions(method="full").adapter is None
    assert TrainingOptions(method="freeze").adapter is None
    assert "adapter.rank" not in option_values(TrainingOptions(method="full"))
    back = with_values(TrainingOptions(method="full"), {"method": "lora", "adapter.rank": 3})
    assert back.adapter is not None
    assert back.adapter.rank == 3


@pytest.mark.parametrize("recipe", shipped_recipes(), ids=lambda recipe: recipe.id)
def test_shipped_recipes_are_valid_and_say_where_values_come_from(recipe):
    options = recipe.training_options()
    known = {spec.name for spec in OPTIONS}
    assert set(recipe.options) <= known
    assert set(recipe.stated) <= set(recipe.options)
    for name, value in option_values(options).items():
        expected = Origin.SEED if name in recipe.stated else Origin.RECOMMENDED
        assert origin_of(recipe, name, value) == expected
    assert origin_of(recipe, "seed", 7) == Origin.EDITED


def test_text_of_the_command_line_becomes_values():
    kinds = {spec.name: spec for spec in OPTIONS}
    assert parse_value(kinds["adapter.targets"], "query, value") == ["query", "value"]
    assert parse_value(kinds["epochs"], "3") == 3
    assert parse_value(kinds["length_bucketed"], "no") is False
    assert {spec.kind for spec in OPTIONS} == set(OptionKind)
    with pytest.raises(ValueError, match="switch"):
        parse_value(kinds["length_bucketed"], "perhaps")
