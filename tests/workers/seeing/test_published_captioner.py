"""The published captioner (seed S4): its counts, on the real shapes without weights."""

import pytest

from workers.contract.catalogue import refer_to
from workers.contract.job import TrainingJob
from workers.contract.options import with_values
from workers.contract.recipes import find_recipe
from workers.models import adapters, seeing


@pytest.mark.parametrize(
    ("changes", "trainable"),
    [
        ({}, 3_490_560),
        ({"adapter.rank": 8}, 1_721_088),
        ({"vision.projector_kind": "mlp"}, 4_081_152),
        ({"vision.projector_kind": "mlp", "adapter.rank": 8}, 2_311_680),
        ({"adapter.targets": ["c_attn", "c_proj"]}, 4_055_040 + 1_278_720),
        ({"adapter.targets": ["c_attn"]}, 1_474_560 + 1_278_720),
        ({"vision.projector": "frozen"}, 2_211_840),
    ],
)
def test_as_many_parameters_train_as_published(changes, trainable):
    recipe = find_recipe("captioner")
    options = with_values(recipe.training_options(), changes)
    job = TrainingJob(
        token="", base_model=refer_to("gpt2"), options=options, labels=(), snapshot_sha256=""
    )
    empty = seeing.empty_writer(job)
    assert sum(one.numel() for one in empty.vision_tower.parameters()) == 1_842_777_344
    assert sum(one.numel() for one in empty.language_model.parameters()) == 124_439_808
    found, _ = adapters.count_parameters(adapters.prepare(empty, options))
    assert found == trainable
    assert recipe.expected.trainable == 3_490_560
