"""What trains of InternVL2.5-4B (seed S3) and LLaVA-1.5-7B (seed S4), on shapes without weights.

The scaled-down InternVL is random and as small as the seed document states it.
"""

import json

import pytest

from tests.workers.seeing.tiny_families import write_family_tokenizer
from workers.contract.catalogue import find_entry, refer_to
from workers.contract.job import TrainingJob
from workers.contract.options import Part, with_values
from workers.contract.recipes import find_recipe
from workers.models import adapters, seeing
from workers.models.trouble import Trouble

TRAINED, FROZEN = Part.TRAINED, Part.FROZEN
SMALL_VISION = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 64,
    "image_size": [56, 56],
    "patch_size": [14, 14],
    "attention_bias": True,
}
SMALL_TEXT = {
    "model_type": "qwen2",
    "hidden_size": 32,
    "num_hidden_layers": 4,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "intermediate_size": 48,
    "vocab_size": 200,
    "tie_word_embeddings": False,
}
# Of the real one: tower, projector and language model, layers, and how many parameters train.
REAL = [
    ((TRAINED, TRAINED, FROZEN), [], 316_607_488),
    ((FROZEN, TRAINED, FROZEN), [], 12_595_200),
    ((TRAINED, FROZEN, FROZEN), [], 304_012_288),
    ((FROZEN, FROZEN, TRAINED), [], 3_396_030_464),
    ((FROZEN, TRAINED, TRAINED), [], 3_408_625_664),
    ((TRAINED, TRAINED, TRAINED), [], 3_712_637_952),
    ((FROZEN, FROZEN, TRAINED), ["layers.34-35"], 154_153_984),
    # The trap: the tower has no layer of these numbers, so nothing of it trains.
    ((TRAINED, TRAINED, FROZEN), ["layers.34-35"], 12_595_200),
    ((TRAINED, TRAINED, FROZEN), ["layer.0-23"], 314_953_728),
]
SMALL = [
    ((TRAINED, TRAINED, FROZEN), [], 42_080),
    ((FROZEN, TRAINED, FROZEN), [], 5_440),
    ((TRAINED, TRAINED, FROZEN), ["layers.2-3"], 5_440),
    ((FROZEN, FROZEN, TRAINED), ["layers.2-3"], 15_616),
    ((TRAINED, TRAINED, FROZEN), ["layer.0-1"], 22_656),
    ((TRAINED, TRAINED, TRAINED), [], 86_144),
]


def switches(parts, layers=()):
    named = zip(("tower", "projector", "language"), parts, strict=True)
    return {f"vision.{name}": value for name, value in named} | {"vision.layers": list(layers)}


def empty_model(base, changes):
    """The model on the meta device, with what trains as the recipe's options changed so."""
    values = {"base_model": base} | changes
    options = with_values(find_recipe("internvl-freeze").training_options(), values)
    job = TrainingJob(
        token="", base_model=refer_to(base), options=options, labels=(), snapshot_sha256=""
    )
    return adapters.prepare(seeing.empty_writer(job), options)


def trained_names(model):
    return {name for name, one in model.named_parameters() if one.requires_grad}


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    place = tmp_path_factory.mktemp("scaled") / "internvl"
    write_family_tokenizer(place, "internvl")
    config = {"model_type": "internvl", "tie_word_embeddings": False}
    config |= {"vision_config": SMALL_VISION, "text_config": SMALL_TEXT}
    (place / "config.json").write_text(json.dumps(config))
    return str(place)


@pytest.mark.parametrize(("parts", "layers", "trainable"), REAL)
def test_as_many_parameters_train_as_published(parts, layers, trainable):
    model = empty_model("internvl2.5-4b", switches(parts, layers))
    assert adapters.count_parameters(model) == (trainable, 3_712_637_952)


@pytest.mark.parametrize(("parts", "layers", "trainable"), SMALL)
def test_as_many_train_of_the_scaled_down_one(small, parts, layers, trainable):
    model = empty_model(small, switches(parts, layers))
    assert adapters.count_parameters(model) == (trainable, 86_144)


@pytest.mark.parametrize("base", ["internvl2.5-4b", "small"])
def test_nothing_that_trains_is_refused(small, base):
    base = small if base == "small" else base
    with pytest.raises(Trouble) as caught:
        empty_model(base, switches((FROZEN, FROZEN, FROZEN)))
    assert caught.value.message == "Nothing would train: every weight is frozen."


def test_the_names_are_those_of_the_parts():
    seen = trained_names(empty_model("internvl2.5-4b", {}))
    assert {name.split(".")[1] for name in seen} == {"vision_tower", "multi_modal_projector"}
    assert "model.vision_tower.embeddings.position_embeddings" in seen
    last = switches((FROZEN, FROZEN, TRAINED), ["layers.34-35"])
    layers = {
        name.rsplit(".layers.")[1].split(".")[0]
        for name in trained_names(empty_model("internvl2.5-4b", last))
    }
    assert layers == {"34", "35"}
    numbered = trained_names(
        empty_model("internvl2.5-4b", switches((TRAINED, TRAINED, FROZEN), ["layer.0-23"]))
    )
    assert seen - numbered == {
        "model.vision_tower.embeddings.cls_token",
        "model.vision_tower.embeddings.position_embeddings",
        "model.vision_tower.embeddings.patch_embeddings.projection.weight",
        "model.vision_tower.embeddings.patch_embeddings.projection.bias",
    }


def test_all_weights_of_the_recipe_have_one_number_format():
    import torch

    recipe = find_recipe("internvl-freeze")
    assert recipe.training_options().vision.trained_in_fp32 is False
    kinds = []
    for fp32 in (False, True):
        options = with_values(recipe.training_options(), {"vision.trained_in_fp32": fp32})
        job = TrainingJob(
            token="",
            base_model=refer_to("internvl2.5-4b"),
            options=options,
            labels=(),
            snapshot_sha256="",
        )
        model = adapters.prepare(seeing.empty_writer(job).to(torch.bfloat16), options)
        kinds.append({(one.dtype, one.requires_grad) for one in model.parameters()})
    assert kinds[0] == {(torch.bfloat16, True), (torch.bfloat16, False)}
    assert kinds[1] == {(torch.float32, True), (torch.bfloat16, False)}


def test_llava_has_as_many_parameters_as_published():
    recipe = find_recipe("llava-zero-shot")
    options = recipe.training_options()
    job = TrainingJob(
        token="",
        base_model=refer_to("llava-1.5-7b"),
        options=options,
        labels=(),
        snapshot_sha256="",
    )
    model = seeing.empty_writer(job)
    assert adapters.count_parameters(model)[1] == 7_063_427_072
    trained = trained_names(adapters.prepare(model, options))
    assert trained
    assert all("language_model" in name and "lora_" in name for name in trained)
    generation = options.generation
    assert (generation.beams, generation.top_k, generation.max_new_tokens) == (8, 25, 20)


def test_what_cannot_be_fetched_says_how_to_come_by_it():
    entry = find_entry("internvl2.5-4b")
    assert entry.hub_id == ""
    assert "Convert" in entry.by_hand
    assert find_entry("") is None
