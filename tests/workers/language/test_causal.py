"""Language models from a folder: what is loaded, in which format, and what is refused."""

import json
import shutil
from types import SimpleNamespace

import pytest
import torch
from transformers import PretrainedConfig

from tests.workers.language.tiny_language_models import write_tiny_language_model
from workers.contract.catalogue import find_entry, refer_to
from workers.contract.options import TrainingOptions, with_values
from workers.models import adapters, causal, loading
from workers.models.trouble import Trouble


def options_of(**values) -> TrainingOptions:
    given = {name.replace("__", "."): value for name, value in values.items()}
    return with_values(TrainingOptions(), {"task": "answer"} | given)


def load(place, **values):
    return causal.load_language_model(refer_to(str(place)), options_of(**values))


def spoil(place, tmp_path, **changes):
    """A copy of a model whose config.json says otherwise."""
    copy = tmp_path / "copy"
    shutil.copytree(place, copy)
    config = json.loads((copy / "config.json").read_text())
    (copy / "config.json").write_text(json.dumps(config | changes))
    return copy


def test_a_model_comes_with_its_tokenizer_and_output_layer(tiny_llama):
    model, tokenizer = load(tiny_llama)
    assert type(model).__name__ == "LlamaForCausalLM"
    assert model.lm_head.weight.dtype == torch.float32
    assert causal.eos_of(model.config, tokenizer) == 1
    assert tokenizer.pad_token_id == 0


@pytest.mark.parametrize(
    ("config", "tokenizer", "expected"),
    [(151_645, 151_643, 151_645), ([5, 6, 7], 6, 6), ([5, 6], 9, 5), (None, 3, 3), ([], 4, 4)],
)
def test_the_end_token_is_the_configs_or_the_tokenizers(config, tokenizer, expected):
    ends = SimpleNamespace(eos_token_id=tokenizer)
    assert causal.eos_of(PretrainedConfig(eos_token_id=config), ends) == expected


def test_a_model_that_never_ends_is_refused(tiny_llama, tmp_path):
    copy = spoil(tiny_llama, tmp_path, eos_token_id=None)
    config = json.loads((copy / "tokenizer_config.json").read_text())
    config.pop("eos_token")
    (copy / "tokenizer_config.json").write_text(json.dumps(config))
    with pytest.raises(Trouble, match="names an end token"):
        load(copy)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"model_type": "bert"}, "no form that answers|cannot be used|BertLMHead|not fit"),
        ({"model_type": "clip"}, "“clip” has no form that answers in words"),
        ({"auto_map": {"AutoModel": "evil.Model"}}, "brings its own code"),
        ({"num_hidden_layers": 5}, "tensors are missing"),
        ({"hidden_size": 128}, "of another shape"),
    ],
)
def test_folders_that_contradict_themselves_are_refused(tiny_llama, tmp_path, changes, words):
    with pytest.raises(Trouble, match=words):
        load(spoil(tiny_llama, tmp_path, **changes))


def test_pickled_weights_are_refused(tiny_llama, tmp_path):
    copy = spoil(tiny_llama, tmp_path)
    (copy / "model.safetensors").unlink()
    (copy / "pytorch_model.bin").write_bytes(b"")
    with pytest.raises(Trouble, match="pickled weights"):
        load(copy)


def test_frozen_weights_take_the_computations_format(tiny_llama):
    model, _ = load(tiny_llama, precision="bf16")
    assert model.lm_head.weight.dtype == torch.bfloat16
    tuned = adapters.prepare(model, options_of(precision="bf16"))
    trained = {p.dtype for p in tuned.parameters() if p.requires_grad}
    assert trained == {torch.float32}
    full, _ = load(tiny_llama, precision="bf16", method="full")
    assert full.lm_head.weight.dtype == torch.float32


@pytest.mark.parametrize("changes", [{}, {"adapter__decomposed": True}])
def test_nf4_qlora_learns_on_a_processor(tiny_qwen, changes):
    options = options_of(
        quantisation__kind="nf4",
        gradient_checkpointing=True,
        adapter__targets=["all-linear"],
        adapter__dropout=0.0,
        **changes,
    )
    model, _ = causal.load_language_model(refer_to(str(tiny_qwen)), options)
    layer = model.model.layers[0].self_attn.q_proj
    assert type(layer).__name__ == "Linear4bit"
    assert type(model.lm_head) is torch.nn.Linear
    model = adapters.prepare(model, options).train()
    assert not [name for name, _ in model.named_parameters() if "lora" in name and "head" in name]
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], 1e-2)
    ids = torch.arange(5, 25)[None]
    losses = []
    for _ in range(5):
        loss = model(input_ids=ids, labels=ids, use_cache=False).loss
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    assert losses[-1] < 0.95 * losses[0]


def test_the_count_does_not_depend_on_quantisation(tiny_llama):
    def count(**changes):
        model, _ = load(tiny_llama, **changes)
        return adapters.count_parameters(adapters.prepare(model, options_of(**changes)))

    assert count(quantisation__kind="nf4") == count()


def test_tied_output_layers_and_other_families_load(tmp_path):
    tied = write_tiny_language_model(tmp_path / "tied", "llama", tie_word_embeddings=True)
    model, _ = load(tied)
    assert model.lm_head.weight is model.model.embed_tokens.weight
    gpt2 = write_tiny_language_model(tmp_path / "gpt2", "gpt2")
    tuned = adapters.prepare(load(gpt2)[0], options_of())
    assert adapters.count_parameters(tuned)[0] == 2 * 8 * (64 + 192)


def test_the_hub_only_models_of_the_seeds_are_in_the_catalogue():
    chat = find_entry("taiwan-llm-7b")
    assert chat.hub_id == "yentinglin/Taiwan-LLM-7B-v2.0-chat"
    assert chat.revision == "5073b2bbc1aa5519acdc865e99832857ef47f7c9"
    assert chat.package is None
    config = loading.load_config(refer_to("qwen1.5-1.8b-chat"))
    assert (config.eos_token_id, config.bos_token_id) == (151_645, 151_643)
