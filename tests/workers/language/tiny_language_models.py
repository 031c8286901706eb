"""Tiny random language models with a tokenizer of whole words, written to a folder."""

from pathlib import Path

WORDS = [
    "dangerous",
    "safe",
    "fog",
    "rain",
    "a",
    "cyclist",
    "crosses",
    "the",
    "road",
    "van",
    "stops",
]
SPECIALS = ["<pad>", "<eos>", "<bos>", "<unk>"]
CHAT = "{% for m in messages %}[{{ m.role }}] {{ m.content }} / {% endfor %}[assistant] "
MARKS = ["user", "assistant", "system", "/", "[", "]", ".", ":", "\n"]


def write_tokenizer(place: Path, *, chat: bool = True, **names):
    """Words, w0 … w99, and a chat template; `names` sets eos_token, pad_token and bos_token."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    words = [*SPECIALS, *MARKS, *WORDS, *(f"w{number}" for number in range(100))]
    tokenizer = Tokenizer(
        models.WordLevel({word: index for index, word in enumerate(words)}, unk_token="<unk>")
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    made = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        unk_token="<unk>",
        **({"eos_token": "<eos>", "pad_token": "<pad>", "bos_token": "<bos>"} | names),
    )
    if chat:
        made.chat_template = CHAT
    made.save_pretrained(place)
    return made


def write_tiny_language_model(place: Path, kind: str = "qwen2", layers: int = 2, **changes) -> Path:
    """A tiny random model of a kind (qwen2, llama, gpt2) that transformers can load."""
    import torch
    from transformers import AutoModelForCausalLM
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING

    tokenizer = write_tokenizer(place)
    shape = {
        "hidden_size": 64,
        "num_hidden_layers": layers,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "intermediate_size": 128,
        "max_position_embeddings": 256,
        "tie_word_embeddings": False,
    }
    if kind == "gpt2":
        shape = {"n_embd": 64, "n_layer": layers, "n_head": 4, "n_positions": 256}
    values = {"vocab_size": len(tokenizer), "eos_token_id": 1, "bos_token_id": 2, "pad_token_id": 0}
    config = CONFIG_MAPPING[kind].from_dict(values | shape | changes)
    torch.manual_seed(0)
    AutoModelForCausalLM.from_config(config).save_pretrained(place)
    return place
