"""Trainable counts equal those of the published experiment, for every variant of its table."""

import pytest
import torch

from workers.contract import catalogue
from workers.contract.options import TrainingOptions, with_values
from workers.contract.recipes import find_recipe
from workers.models import adapters, counting, loading

SEED = find_recipe("bert-lora").training_options()
ATTENTION = ["query", "key", "value"]
VARIANTS = [
    ({}, 75_266),
    ({"adapter.targets": []}, 75_266),
    ({"adapter.targets": ["query", "key"]}, 75_266),
    ({"adapter.targets": ["key", "value"]}, 75_266),
    ({"adapter.rank": 1, "adapter.targets": [*ATTENTION, "attention.output.dense"]}, 75_266),
    ({"adapter.rank": 1}, 38_402),
    ({"adapter.rank": 4}, 148_994),
    ({"adapter.rank": 8}, 296_450),
    ({"adapter.targets": ATTENTION}, 112_130),
    ({"adapter.targets": [*ATTENTION, "attention.output.dense"]}, 148_994),
    ({"adapter.targets": ["all-linear"]}, 336_386),
    ({"adapter.targets": ["all-linear"], "adapter.rank": 1}, 168_962),
    ({"adapter.bias": "lora_only"}, 93_698),
    ({"adapter.modules_to_save": ["classifier", "pooler"]}, 665_858),
    ({"method": "freeze"}, 1_538),
    ({"method": "full"}, 109_483_778),
]


def prepare(options: TrainingOptions):
    config = loading.load_config(catalogue.refer_to(options.base_model), ("dangerous", "safe"))
    with torch.device("meta"):
        return adapters.prepare(loading.empty_classifier(config), options)


@pytest.mark.parametrize(("changes", "expected"), VARIANTS)
def test_trainable_counts_are_the_seeds(changes, expected):
    trainable, _ = adapters.count_parameters(prepare(with_values(SEED, changes)))
    assert trainable == expected


def test_the_seeds_total_includes_the_kept_untrained_head():
    assert adapters.count_parameters(prepare(SEED)) == (75_266, 109_559_044)


@pytest.mark.parametrize(("changes", "expected"), VARIANTS)
def test_the_tree_adds_up_to_the_counts_at_every_level(changes, expected):
    def check(module):
        if module.children:
            below = sum(child.trainable for child in module.children)
            assert below == module.trainable
            assert sum(child.parameters for child in module.children) == module.parameters
        for child in module.children:
            check(child)

    modules = counting.count_modules(prepare(with_values(SEED, changes)))
    assert sum(module.trainable for module in modules) == expected
    for module in modules:
        check(module)


def test_states_say_frozen_trained_or_lora():
    bert, head = counting.count_modules(prepare(SEED))
    embeddings, encoder, pooler = bert.children
    first_layer = encoder.children[0].children[0]
    attention = first_layer.children[0].children[0]
    assert [part.state for part in (bert, head, embeddings, pooler)] == [
        counting.LORA,
        counting.TRAINED,
        counting.FROZEN,
        counting.FROZEN,
    ]
    assert attention.name == "bert.encoder.layer.0.attention.self"
    states = {part.name.rpartition(".")[2]: (part.state, part.added) for part in attention.children}
    assert states == {"query": ("lora", 3072), "key": ("frozen", 0), "value": ("lora", 3072)}
    assert bert.added == 73_728
