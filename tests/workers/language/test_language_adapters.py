"""What trains in a language model: published counts without weights, and each form of LoRA."""

import pytest
import torch

from workers.contract.catalogue import refer_to, weights_folder
from workers.contract.options import TrainingOptions, with_values
from workers.contract.recipes import find_recipe
from workers.models import adapters, causal, loading, option_problems, parts
from workers.models.trouble import Trouble

QWEN = find_recipe("qwen-verdict").training_options()
LLAMA = find_recipe("qlora-instruct").training_options()
ATTENTION = ["q_proj", "k_proj", "v_proj", "o_proj"]
VARIANTS = [
    (QWEN, {}, 1_284_096),
    (QWEN, {"adapter.targets": ["all-linear"]}, 1_873_920),
    (QWEN, {"adapter.targets": []}, 393_216),
    (QWEN, {"adapter.targets": ["W_pack", *QWEN.adapter.targets]}, 1_284_096),
    (LLAMA, {}, 33_554_432),
    (LLAMA, {"adapter.targets": ATTENTION}, 67_108_864),
    (LLAMA, {"adapter.targets": ["all-linear"]}, 159_907_840),
    (LLAMA, {"adapter.rank": 4}, 2_097_152),
]


def options_of(model="tiny", **values) -> TrainingOptions:
    given = {name.replace("__", "."): value for name, value in values.items()}
    return with_values(TrainingOptions(), {"task": "answer", "base_model": str(model)} | given)


def empty(options: TrainingOptions):
    return causal.empty_language_model(loading.load_config(refer_to(options.base_model)))


def prepared(options: TrainingOptions):
    with torch.device("meta"):
        return adapters.prepare(empty(options), options)


def trained_names(model) -> set[str]:
    return {name for name, parameter in model.named_parameters() if parameter.requires_grad}


@pytest.mark.parametrize(("recipe", "changes", "trainable"), VARIANTS)
def test_published_counts_without_weights(recipe, changes, trainable):
    options = with_values(recipe, changes)
    assert weights_folder(options.base_model) is None
    assert adapters.count_parameters(prepared(options))[0] == trainable


def test_published_totals():
    assert adapters.count_parameters(prepared(QWEN))[1] == 1_838_112_768
    assert adapters.count_parameters(empty(QWEN))[1] == 1_836_828_672
    assert adapters.count_parameters(empty(LLAMA))[1] == 6_738_415_616


def test_all_linear_leaves_the_output_layer_alone(tiny_llama):
    options = options_of(tiny_llama, adapter__targets=["all-linear"])
    model = prepared(options)
    assert not [name for name in trained_names(model) if "lm_head" in name]
    found = adapters.resolve_targets(empty(options), options)
    assert len(found) == 4 * 7
    assert "lm_head" not in found


def test_the_scale_follows_the_rank_or_its_root(tiny_llama):
    def scale(**changes):
        model = prepared(options_of(tiny_llama, adapter__rank=16, adapter__alpha=8, **changes))
        return model.base_model.model.model.layers[0].self_attn.q_proj.scaling["default"]

    assert scale() == 0.5
    assert scale(adapter__rank_stabilised=True) == 2.0


def test_dora_trains_a_length_for_each_output_and_begins_as_nothing(tiny_llama):
    options = options_of(tiny_llama, adapter__targets=["q_proj"], adapter__rank=2)
    decomposed = with_values(options, {"adapter.decomposed": True})
    plain = adapters.count_parameters(prepared(options))[0]
    assert adapters.count_parameters(prepared(decomposed))[0] == plain + 4 * 64
    base, _ = causal.load_language_model(refer_to(str(tiny_llama)), decomposed)
    ids = torch.arange(5, 15)[None]
    with torch.inference_mode():
        before = base.eval()(ids).logits
        after = adapters.prepare(base, decomposed).eval()(ids).logits
    assert torch.allclose(before, after, atol=1e-6)


def test_a_range_of_layers_trains_and_nothing_else(tiny_llama):
    options = options_of(tiny_llama, method="freeze", freeze__trainable=["layers.1-2"])
    names = trained_names(prepared(options))
    assert {name.split(".")[2] for name in names} == {"1", "2"}
    assert all(name.startswith("model.layers.") for name in names)
    named = with_values(options, {"freeze.trainable": ["layers.3", "lm_head"]})
    assert {name.split(".")[0] for name in trained_names(prepared(named))} == {"model", "lm_head"}


def test_ranges_are_written_out_and_wrong_ones_match_nothing(tiny_llama):
    assert parts.expand_ranges(["layers.9-11", "norm", ".x.0-0."]) == [
        "layers.9",
        "layers.10",
        "layers.11",
        "norm",
        "x.0",
    ]
    assert parts.expand_ranges(["layers.3-1"]) == []
    options = options_of(tiny_llama, method="freeze", freeze__trainable=["layers.3-1", "layers.2"])
    assert adapters.unmatched_names(empty(options), options) == ["layers.3-1"]
    assert len(parts.expand_ranges(["layers.0-99999999999"])) <= 10_001


def test_a_language_model_without_trained_modules_is_refused(tiny_llama):
    options = options_of(tiny_llama, method="freeze")
    with pytest.raises(Trouble, match="every weight is frozen"):
        prepared(options)
    (problem,) = option_problems.find_problems(empty(options), options)
    assert "layers.20-23" in problem.message


def loss_and_gradients(place, **changes):
    options = options_of(place, adapter__dropout=0.0, adapter__targets=["q_proj"], **changes)
    torch.manual_seed(0)
    model, _ = causal.load_language_model(refer_to(str(place)), options)
    model = adapters.prepare(model, options).train()
    ids = torch.arange(5, 25)[None]
    loss = model(input_ids=ids, labels=ids, use_cache=False).loss
    loss.backward()
    found = [p.grad for name, p in model.named_parameters() if "lora_B" in name]
    return loss.item(), torch.cat([gradient.flatten() for gradient in found])


def test_recomputed_activations_give_the_same_gradients(tiny_llama):
    plain, gradients = loss_and_gradients(tiny_llama)
    again, others = loss_and_gradients(tiny_llama, gradient_checkpointing=True)
    assert again == plain
    assert torch.equal(gradients, others)
    assert gradients.abs().sum() > 0
