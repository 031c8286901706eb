"""What trains is what the options say, and LoRA begins as nothing."""

import numpy as np
import pytest
import torch

from workers.contract.catalogue import config_folder, refer_to
from workers.contract.options import TrainingOptions, with_values
from workers.contract.recipes import find_recipe
from workers.models import adapters, loading
from workers.models.trouble import Trouble

QKV = ["query", "key", "value"]


def options_of(**values) -> TrainingOptions:
    return with_values(
        TrainingOptions(), {key.replace("__", "."): value for key, value in values.items()}
    )


def count(name: str, options: TrainingOptions) -> tuple[int, int]:
    config = loading.load_config(refer_to(name), ("dangerous", "safe"))
    model = adapters.prepare(loading.empty_classifier(config), options)
    return adapters.count_parameters(model)


def test_the_published_recipe_trains_75266_of_109559044():
    recipe = find_recipe("bert-lora")
    assert recipe is not None
    assert count("bert-base", recipe.training_options()) == (75_266, 109_559_044)


@pytest.mark.parametrize(
    ("rank", "targets", "more", "trainable"),
    [
        (2, [], {}, 75_266),
        (2, ["query", "key"], {}, 75_266),
        (1, [*QKV, "attention.output.dense"], {}, 75_266),
        (1, [], {}, 38_402),
        (4, [], {}, 148_994),
        (8, [], {}, 296_450),
        (2, QKV, {}, 112_130),
        (2, [*QKV, "attention.output.dense"], {}, 148_994),
        (2, ["all-linear"], {}, 336_386),
        (1, ["all-linear"], {}, 168_962),
        (2, [], {"adapter__bias": "lora_only"}, 93_698),
        (2, [], {"adapter__modules_to_save": ["classifier", "pooler"]}, 665_858),
    ],
)
def test_published_counts_of_bert_base(rank, targets, more, trainable):
    options = options_of(adapter__rank=rank, adapter__targets=targets, **more)
    assert count("bert-base", options)[0] == trainable


def test_published_count_of_a_tiny_bert(tiny_bert):
    assert count(str(tiny_bert), options_of(adapter__rank=2))[0] == 578


def test_freezing_by_prefix_trains_what_is_named_and_the_head(tiny_bert):
    options = options_of(method="freeze", freeze__trainable=["encoder.layer.1"])
    config = loading.load_config(refer_to(str(tiny_bert)), ("a", "b"))
    model = adapters.prepare(loading.empty_classifier(config), options)
    trained = {name for name, p in model.named_parameters() if p.requires_grad}
    assert all(".layer.1." in name or name.startswith("classifier.") for name in trained)
    assert len(trained) == 16 + 2


def test_full_trains_every_weight(tiny_bert):
    trainable, total = count(str(tiny_bert), options_of(method="full"))
    assert trainable == total


def test_lora_at_step_0_gives_the_base_models_logits(minilm):
    options = options_of(base_model="minilm", adapter__rank=8)
    model, tokenizer = loading.load_classifier(refer_to("minilm"), ("a", "b"), options)
    inputs = tokenizer(
        ["A cyclist weaves into our lane.", "Fog."], padding=True, return_tensors="pt"
    )
    with torch.inference_mode():
        before = model.eval()(**inputs).logits
        after = adapters.prepare(model, options).eval()(**inputs).logits
    assert torch.equal(before, after)


def test_the_head_follows_the_random_seed(tiny_bert):
    def head(seed):
        model, _ = loading.load_classifier(
            refer_to(str(tiny_bert)), ("a", "b"), options_of(seed=seed)
        )
        return model.classifier.weight.detach().numpy()

    assert np.array_equal(head(1), head(1))
    assert not np.array_equal(head(1), head(2))


def test_targets_are_resolved_to_full_names(tiny_bert):
    config = loading.load_config(refer_to(str(tiny_bert)), ("a", "b"))
    model = loading.empty_classifier(config)
    named = adapters.resolve_targets(model, options_of(adapter__targets=["query"]))
    assert named == [f"bert.encoder.layer.{n}.attention.self.query" for n in (0, 1)]
    everything = adapters.resolve_targets(model, options_of(adapter__targets=["all-linear"]))
    assert len(everything) == 13
    assert "classifier" not in everything
    assert adapters.unmatched_names(model, options_of(adapter__targets=["q_proj"])) == ["q_proj"]


@pytest.mark.parametrize("name", ["bert-base", "minilm"])
def test_counting_needs_no_weights(name):
    assert config_folder(name) is not None
    trainable, total = count(name, options_of(adapter__rank=2))
    assert 0 < trainable < total


def test_quantised_weights_cannot_train_themselves():
    options = options_of(method="full", quantisation__kind="8-bit")
    with pytest.raises(Trouble, match="Choose LoRA"):
        adapters.refuse_quantised_training(options)
