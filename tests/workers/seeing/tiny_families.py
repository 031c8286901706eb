"""Tiny random models of transformers' own vision-language families, with tokenizer and processor.

All weights are random: they show that the code paths work, and nothing about any model's quality.
"""

import json
from pathlib import Path

from tests.workers.language.tiny_language_models import write_tokenizer

CROSSED = ("vit-gpt2", "blip")
FAMILIES = ("llava", "llava-next", "internvl", "qwen2-vl", "qwen2.5-vl")
SIDE, PATCH = 56, 14
TEXT = {
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 512,
    "tie_word_embeddings": False,
    "eos_token_id": 1,
    "bos_token_id": 2,
    "pad_token_id": 0,
}
SEEN = {"num_attention_heads": 4, "patch_size": PATCH}
PINPOINTS = [[56, 112], [112, 56], [112, 112], [168, 56], [56, 168]]


def write_tiny_family(
    place: Path,
    name: str,
    layers: int = 2,
    *,
    width: int = 32,
    processor: dict | None = None,
    **changes,
) -> Path:
    """A tiny random model of a family in a folder; `layers` are those of its tower.

    It can be quantised where its `width` is 64. `processor` and the rest change what its processor
    and its config say.
    """
    import torch
    from transformers import AutoModelForImageTextToText

    tokenizer = write_family_tokenizer(place, name)
    torch.manual_seed(0)
    config = config_of(name, layers, width, vocabulary=len(tokenizer), **changes)
    if name not in CROSSED:
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
    marks = [] if name in CROSSED else [image_token(name)]
    marks += {"internvl": ["<img>", "</img>"]}.get(name, [])
    marks += ["<|vision_start|>", "<|vision_end|>"] if name.startswith("qwen") else []
    tokenizer.add_tokens([AddedToken(mark, special=True, normalized=False) for mark in marks])
    tokenizer.save_pretrained(place)
    return tokenizer


def config_of(name: str, layers: int, width: int, *, vocabulary: int, **changes):
    """The family's config with two layers of text and as many of the tower as asked for."""
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING

    if name in CROSSED:
        return crossed_config(name, layers, width, vocabulary)
    kind = {"qwen2.5-vl": "qwen2_5_vl"}.get(name, name.replace("-", "_"))
    text = TEXT | {"vocab_size": vocabulary, "hidden_size": width, "intermediate_size": 2 * width}
    vision = SEEN | {"hidden_size": width, "intermediate_size": 2 * width, "image_size": SIDE}
    vision |= {"num_hidden_layers": layers}
    if name.startswith("llava"):
        text |= {"model_type": "llama"}
        vision |= {"model_type": "clip_vision_model", "projection_dim": width}
        changes = {"image_grid_pinpoints": PINPOINTS} | changes if name == "llava-next" else changes
    elif name == "internvl":
        text |= {"model_type": "qwen2"}
        vision |= {"attention_bias": True}
    else:
        rope = {"rope_type": "default", "rope_theta": 10_000.0}
        rope |= {"mrope_section": [width // 32, width // 32, width // 16]}
        text |= {"rope_parameters": rope}
        vision = {"depth": layers, "num_heads": 4, "patch_size": PATCH, "spatial_merge_size": 2}
        if name == "qwen2-vl":
            vision |= {"embed_dim": width, "hidden_size": width, "mlp_ratio": 2}
        else:
            vision |= {"hidden_size": width, "out_hidden_size": width}
            vision |= {"intermediate_size": 2 * width}
            vision |= {"window_size": 56, "fullatt_block_indexes": [layers - 1]}
    values = {"text_config": text, "vision_config": vision, "tie_word_embeddings": False}
    return CONFIG_MAPPING[kind].from_dict(values | changes)


def crossed_config(name: str, layers: int, width: int, vocabulary: int):
    """A config of a family that reads pictures by cross-attention."""
    from transformers import BlipConfig, GPT2Config, VisionEncoderDecoderConfig, ViTConfig

    sizes = {"hidden_size": width, "intermediate_size": 2 * width}
    seen = SEEN | sizes | {"image_size": SIDE, "num_hidden_layers": layers}
    seen |= {"initializer_range": 0.2}
    if name == "blip":
        text = {"vocab_size": vocabulary, "encoder_hidden_size": width, "sep_token_id": 1}
        text |= sizes | {"num_attention_heads": 4, "num_hidden_layers": 2, "bos_token_id": 2}
        text |= {"max_position_embeddings": 512, "pad_token_id": 0, "is_decoder": True}
        return BlipConfig(text_config=text, vision_config=seen, projection_dim=width)
    decoder = GPT2Config(
        vocab_size=vocabulary,
        n_embd=2 * width,
        n_layer=2,
        n_head=4,
        n_positions=512,
        bos_token_id=2,
        eos_token_id=1,
        pad_token_id=0,
        add_cross_attention=True,
        is_decoder=True,
    )
    return VisionEncoderDecoderConfig.from_encoder_decoder_configs(ViTConfig(**seen), decoder)


def processor_of(name: str) -> dict:
    """What preprocessor_config.json of the family says, at the size of the tiny towers."""
    half = {"image_mean": [0.5] * 3, "image_std": [0.5] * 3, "do_convert_rgb": True}
    whole = {"size": {"shortest_edge": SIDE}, "crop_size": {"height": SIDE, "width": SIDE}}
    if name == "llava":
        return half | whole | {"image_processor_type": "CLIPImageProcessor"}
    if name in CROSSED:
        size = {"size": {"height": SIDE, "width": SIDE}}
        kind = {"vit-gpt2": "ViTImageProcessor", "blip": "BlipImageProcessor"}[name]
        return half | size | {"image_processor_type": kind}
    if name == "llava-next":
        more = {"image_grid_pinpoints": PINPOINTS}
        return half | whole | more | {"image_processor_type": "LlavaNextImageProcessor"}
    if name == "internvl":
        size = {"size": {"height": SIDE, "width": SIDE}}
        return half | size | {"image_processor_type": "GotOcr2ImageProcessor"}
    grid = {"patch_size": PATCH, "merge_size": 2, "temporal_patch_size": 2}
    pixels = {"min_pixels": 56 * 56, "max_pixels": 28 * 28 * 24}
    return half | grid | pixels | {"image_processor_type": "Qwen2VLImageProcessor"}
