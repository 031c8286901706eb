"""What is told of a model that sees before it trains: memory by part, and layers of no use."""

import pytest

from workers.contract.catalogue import refer_to
from workers.contract.job import TrainingJob
from workers.contract.options import with_values
from workers.contract.recipes import find_recipe
from workers.models import memory, option_problems, seeing, shape

LENGTHS = memory.Lengths(300, 400, 20)
TRAINED = 316_607_488


def job_of(**changes):
    recipe = find_recipe("internvl-freeze").training_options()
    values = {name.replace("__", "."): value for name, value in changes.items()}
    options = with_values(recipe, values)
    return TrainingJob(
        token="",
        base_model=refer_to("internvl2.5-4b"),
        options=options,
        labels=(),
        snapshot_sha256="",
    )


def estimate(**changes):
    job = job_of(**changes)
    found = shape.shape_of(job)
    return memory.estimate(found.model, job.options, found.growth, LENGTHS, 0)


def test_what_trains_is_counted_in_its_own_number_format():
    half, whole = estimate(), estimate(vision__trained_in_fp32=True)
    assert (half["gradients"], whole["gradients"]) == (2 * TRAINED, 4 * TRAINED)
    assert whole["weights"] - half["weights"] == 2 * TRAINED
    assert whole["optimizer"] == 2 * half["optimizer"]


def test_a_frozen_language_model_keeps_activations_for_what_stands_before_it():
    before, alone = estimate(), estimate(vision__tower="frozen")
    assert alone["activations"] > 100_000_000
    assert before["activations"] > alone["activations"]  # the tower's own come on top
    tiled = estimate(vision__tiles=6)
    assert tiled["activations"] > 2 * before["activations"]
    assert estimate(gradient_checkpointing=False)["activations"] > 5 * before["activations"]


@pytest.mark.parametrize(
    ("layers", "told"), [([], False), (["layer.0-23"], False), (["layers.34-35"], True)]
)
def test_layers_of_a_part_that_does_not_train_are_told(layers, told):
    job = job_of(vision__layers=layers)
    problems = option_problems.find_problems(seeing.empty_writer(job), job.options)
    found = [one.message for one in problems if one.option == "vision.layers"]
    assert (
        found == ["“layers.34-35” lies in no part that trains whole: nothing of it trains."] * told
    )
