"""A GGUF file becomes a folder of safetensors once, with its tokenizer, or a sentence says why."""

import numpy as np
import pytest
from safetensors.numpy import load_file

from workers.convert import main

WIDTH, INNER, VOCABULARY = 32, 64, 260
SHAPES = {
    "token_embd.weight": (VOCABULARY, WIDTH),
    "output_norm.weight": (WIDTH,),
    "blk.0.attn_norm.weight": (WIDTH,),
    "blk.0.ffn_norm.weight": (WIDTH,),
    "blk.0.attn_q.weight": (WIDTH, WIDTH),
    "blk.0.attn_k.weight": (WIDTH, WIDTH),
    "blk.0.attn_v.weight": (WIDTH, WIDTH),
    "blk.0.attn_output.weight": (WIDTH, WIDTH),
    "blk.0.ffn_gate.weight": (INNER, WIDTH),
    "blk.0.ffn_up.weight": (INNER, WIDTH),
    "blk.0.ffn_down.weight": (WIDTH, INNER),
}


@pytest.fixture
def gguf_file(tmp_path):
    from gguf import GGUFWriter
    from tokenizers.pre_tokenizers import ByteLevel

    path = tmp_path / "tiny.gguf"
    writer = GGUFWriter(path, "llama")
    writer.add_block_count(1)
    writer.add_context_length(64)
    writer.add_embedding_length(WIDTH)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(4)
    writer.add_head_count_kv(4)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(VOCABULARY)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    letters = sorted(ByteLevel.alphabet())
    writer.add_token_list(["<|end|>", *letters, "12", "ab", "cd"])
    writer.add_token_types([3] + [1] * 259)
    writer.add_token_merges(["1 2", "a b", "c d"])
    writer.add_eos_token_id(0)
    writer.add_pad_token_id(0)
    writer.add_chat_template("{{ messages[0]['content'] }}")
    draw = np.random.default_rng(0)
    for name, shape in SHAPES.items():
        writer.add_tensor(name, draw.normal(size=shape).astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def test_weights_tokenizer_and_template_of_the_file_are_kept(gguf_file, tmp_path):
    from transformers import AutoModelForCausalLM, AutoTokenizer

    target = tmp_path / "out"
    assert main([str(gguf_file), str(target)]) == 0
    weights = load_file(target / "model.safetensors")
    drawn = np.random.default_rng(0).normal(size=SHAPES["token_embd.weight"]).astype(np.float32)
    assert np.array_equal(weights["model.embed_tokens.weight"], drawn)
    assert AutoModelForCausalLM.from_pretrained(target).config.model_type == "llama"
    tokenizer = AutoTokenizer.from_pretrained(target)
    assert tokenizer.chat_template == "{{ messages[0]['content'] }}"
    assert tokenizer.eos_token == "<|end|>"
    assert tokenizer.tokenize("ab12") == ["ab", "1", "2"]  # each digit alone, as the file says


def test_a_damaged_file_says_so_and_leaves_no_weights(tmp_path, capsys):
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF" + bytes(12))
    assert main([str(broken), str(tmp_path / "out")]) == 1
    assert "broken.gguf cannot be converted" in capsys.readouterr().err
    assert not list((tmp_path / "out").glob("*.safetensors"))


def test_llama_cpp_knows_the_tokenizer_of_the_converted_smollm2(smollm2):
    """Its converter tells tokenizers apart by such numbers: digits alone, bytes for Chinese."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(smollm2)
    assert tokenizer.tokenize("3 333") == ["3", "Ġ", "3", "3", "3"]
    text = "交通 at 45 km/h"
    assert tokenizer.decode(tokenizer(text)["input_ids"]) == text
    assert tokenizer("Hi")["input_ids"] == [26843]


def write_pickled(place, content) -> None:
    import torch

    place.mkdir()
    (place / "config.json").write_text("{}")
    torch.save(content, place / "pytorch_model.bin")


def test_pickled_weights_become_safetensors_tied_ones_too(tmp_path):
    import torch

    shared = torch.arange(6.0).reshape(2, 3)
    write_pickled(tmp_path / "old", {"embedding": shared, "head": shared, "turned": shared.T})
    assert main([str(tmp_path / "old"), str(tmp_path / "new")]) == 0
    found = load_file(tmp_path / "new" / "model.safetensors")
    assert np.array_equal(found["head"], shared.numpy())
    assert np.array_equal(found["turned"], shared.numpy().T)
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == [
        "config.json",
        "model.safetensors",
    ]


class Evil:
    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return (open, (self.marker, "w"))


def test_a_pickle_that_would_run_something_is_refused_and_does_not_run(tmp_path, capfd):
    write_pickled(tmp_path / "old", {"weights": Evil(str(tmp_path / "it-ran"))})
    assert main([str(tmp_path / "old"), str(tmp_path / "new")]) == 1
    assert "old cannot be converted: " in capfd.readouterr().err
    assert not (tmp_path / "it-ran").exists()
    assert not (tmp_path / "new").exists()


def test_a_folder_without_pickled_weights_is_told(tmp_path, capfd):
    (tmp_path / "old").mkdir()
    assert main([str(tmp_path / "old"), str(tmp_path / "new")]) == 1
    assert "there is no pytorch_model*.bin in it" in capfd.readouterr().err
