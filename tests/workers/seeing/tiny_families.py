"""Tiny random models of transformers' own vision-language families, with tokenizer and processor.

All weights are random: they show that the code paths work, and nothing about any model's quality.
"""

import json
from pathlib import Path

from tests.workers.language.tiny_language_models import write_tokenizer

FAMILIES = ("llava", "llava-next", "internvl", "qwen2-vl", "qwen2.5-vl")
SIDE, PATCH = 56, 14
TEXT = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "intermediate_size": 48,
    "max_position_embeddings": 512,
    "tie_word_embeddings": False,
    "eos_token_id": 1,
    "bos_token_id": 2,
    "pad_token_id": 0,
}
SEEN = {"hidden_size": 32, "num_attention_heads": 4, "patch_size": PATCH}
PINPOINTS = [[56, 112], [112, 56], [112, 112], [168, 56], [56, 168]]


def write_tiny_family(
    place: Path, name: str, layers: int = 2, processor: dict | None = None, **changes
) -> Path:
    """A tiny random model of a family in a folder; `layers` are those of its tower.

    `processor` and the rest change what its processor and its config say.
    """
    import torch
    from transformers import AutoModelForImageTextToText

    tokenizer = write_family_tokenizer(place, name)
    torch.manual_seed(0)
    config = config_of(name, layers, vocabulary=len(tokenizer), **changes)
    config.image_token_id = tokenizer.convert_tokens_to_ids(image_token(name))
    AutoModelForImageTextToText.from_config(config).save_pretrained(place)
    settings = json.dumps(processor_of(name) | (processor or {}))
    (place / "preprocessor_config.json").write_text(settings)
    return place


def image_token(name: str) -> str:
    """The word that stands for one image token of a family."""
    if name == "internvl":
        return "<IMG_CONTEXT>"
    return "<|image_pad|>" if name.startswith("qwen") else "<image>"


def write_family_tokenizer(place: Path, name: str):
    """A tokenizer of whole words that knows the family's marks around a picture."""
    from tokenizers import AddedToken

    tokenizer = write_tokenizer(place)
    marks = [image_token(name)]
    marks += {"internvl": ["<img>", "</img>"]}.get(name, [])
    marks += ["<|vision_start|>", "<|vision_end|>"] if name.startswith("qwen") else []
    tokenizer.add_tokens([AddedToken(mark, special=True, normalized=False) for mark in marks])
    tokenizer.save_pretrained(place)
    return tokenizer


def config_of(name: str, layers: int, *, vocabulary: int, **changes):
    """The family's config with two layers of text and as many of the tower as asked for."""
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING

    kind = {"qwen2.5-vl": "qwen2_5_vl"}.get(name, name.replace("-", "_"))
    text = TEXT | {"vocab_size": vocabulary}
    vision = SEEN | {"num_hidden_layers": layers, "intermediate_size": 48, "image_size": SIDE}
    if name.startswith("llava"):
        text |= {"model_type": "llama"}
        vision |= {"model_type": "clip_vision_model", "projection_dim": 32}
        changes = {"image_grid_pinpoints": PINPOINTS} | changes if name == "llava-next" else changes
    elif name == "internvl":
        text |= {"model_type": "qwen2"}
        vision |= {"attention_bias": True}
    else:
        rope = {"rope_type": "default", "rope_theta": 10_000.0, "mrope_section": [1, 1, 2]}
        text |= {"rope_parameters": rope}
        vision = {"depth": layers, "num_heads": 4, "patch_size": PATCH, "spatial_merge_size": 2}
        if name == "qwen2-vl":
            vision |= {"embed_dim": 32, "hidden_size": 32, "mlp_ratio": 2}
        else:
            vision |= {"hidden_size": 32, "out_hidden_size": 32, "intermediate_size": 48}
            vision |= {"window_size": 56, "fullatt_block_indexes": [layers - 1]}
    values = {"text_config": text, "vision_config": vision, "tie_word_embeddings": False}
    return CONFIG_MAPPING[kind].from_dict(values | changes)


def processor_of(name: str) -> dict:
    """What preprocessor_config.json of the family says, at the size of the tiny towers."""
    half = {"image_mean": [0.5] * 3, "image_std": [0.5] * 3, "do_convert_rgb": True}
    whole = {"size": {"shortest_edge": SIDE}, "crop_size": {"height": SIDE, "width": SIDE}}
    if name == "llava":
        return half | whole | {"image_processor_type": "CLIPImageProcessor"}
    if name == "llava-next":
        more = {"image_grid_pinpoints": PINPOINTS}
        return half | whole | more | {"image_processor_type": "LlavaNextImageProcessor"}
    if name == "internvl":
        size = {"size": {"height": SIDE, "width": SIDE}}
        return half | size | {"image_processor_type": "GotOcr2ImageProcessor"}
    grid = {"patch_size": PATCH, "merge_size": 2, "temporal_patch_size": 2}
    pixels = {"min_pixels": 56 * 56, "max_pixels": 28 * 28 * 24}
    return half | grid | pixels | {"image_processor_type": "Qwen2VLImageProcessor"}
