"""Tiny random language models on disk, and runs of them as training leaves them."""

import uuid
from pathlib import Path

import torch

from tests.workers.moved_weights import save_moved
from workers.contract import folder
from workers.contract.job import BaseModelReference, TrainingJob
from workers.contract.options import TrainingOptions, with_values
from workers.contract.snapshot import SnapshotSample, write_snapshot
from workers.models import causal

LABELS = ("dangerous", "safe")
ROWS = (
    ("A cyclist crosses right in front of us.", "dangerous", "Slow down at once."),
    ("Cars wait at a red light, far away, in the rain.", "safe", "Drive on."),
    ("一名行人在雨中横穿马路。", "dangerous", "减速。"),
)
CHAT = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}"
    "<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
OPTIONS = {
    "task": "answer",
    "max_length": 512,
    "adapter.targets": ["q_proj", "v_proj"],
    "adapter.rank": 4,
}


def make_model(place: Path, kind: str = "llama", *, sharpness: float = 30.0) -> Path:
    """A two-layer model with grouped heads, whose attention is peaked: a mistake is seen."""
    from transformers import AutoConfig, AutoModelForCausalLM

    tokenizer = make_tokenizer(place)
    config = AutoConfig.for_model(
        kind,
        vocab_size=len(tokenizer),
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=1024,
        tie_word_embeddings=False,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(config)
    with torch.no_grad():
        for name, weights in model.named_parameters():
            if "q_proj.weight" in name or "k_proj.weight" in name:
                weights.mul_(sharpness)
    model.save_pretrained(place)
    return place


def make_tokenizer(place: Path):
    """A tokenizer that splits into bytes and a few words, with a chat template."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    parts = [*letters, "da", "nge", "sa", "Ġda", "ng", "fe"]
    merges = [("n", "g"), ("ng", "e"), ("d", "a"), ("Ġ", "da"), ("s", "a"), ("f", "e")]
    raw = Tokenizer(models.BPE({part: index for index, part in enumerate(parts)}, merges))
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=raw,
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
        additional_special_tokens=["<|im_start|>"],
    )
    tokenizer.chat_template = CHAT
    tokenizer.save_pretrained(place)
    return tokenizer


def make_run(place: Path, model: Path, changes: dict | None = None) -> Path:
    """A finished run at step 4, its trained weights moved by a seeded noise."""
    options = with_values(TrainingOptions(base_model=str(model)), OPTIONS | (changes or {}))
    place.mkdir(parents=True)
    reference = BaseModelReference(name=str(model), hub_id="tiny/model", folder=str(model))
    job = TrainingJob(
        token=uuid.uuid4().hex,
        base_model=reference,
        options=options,
        labels=LABELS,
        snapshot_sha256=write_snapshot(place, samples()),
    )
    folder.write_job(place, job)
    prepared, _ = causal.load_language_model(reference, options)
    save_moved(place, prepared, options, 0.05)
    return place


def samples() -> list[SnapshotSample]:
    return [
        SnapshotSample(id=10 + index, key=f"s{index}", text=text, label=label, answer=answer)
        for index, (text, label, answer) in enumerate(ROWS)
    ]


def make_job(place: Path, kind: type, parent: Path, rows=None, **values):
    place.mkdir(parents=True)
    digest = write_snapshot(place, samples() if rows is None else rows)
    job = kind(token=uuid.uuid4().hex, parent=str(parent), snapshot_sha256=digest, **values)
    folder.write_job(place, job)
    return job
