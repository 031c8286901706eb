"""The captioner as an ordinary LLaVA: made empty, and written as a folder that loads as one."""

from pathlib import Path
from typing import Any

from resources.example_captioner.shape import (
    HEADS,
    LANGUAGE_INNER,
    LANGUAGE_LAYERS,
    LONGEST,
    PATCH,
    PATCHES,
    PIXELS,
    TOWER_INNER,
    TOWER_LAYERS,
    WIDTH,
)
from resources.example_captioner.words import BOS, EOS, IMAGE, PAD, make_tokenizer, vocabulary

MEAN, DEVIATION = 0.5, 0.5  # of a channel from 0 to 1


def make_model(seed: int) -> Any:
    """The model with weights drawn from a seed."""
    import torch
    from transformers import (
        CLIPVisionConfig,
        LlamaConfig,
        LlavaConfig,
        LlavaForConditionalGeneration,
    )

    words = vocabulary()
    tokens: dict[str, Any] = {
        "pad_token_id": words.index(PAD),
        "bos_token_id": words.index(BOS),
        "eos_token_id": words.index(EOS),
    }
    tower = CLIPVisionConfig(
        hidden_size=WIDTH,
        intermediate_size=TOWER_INNER,
        num_hidden_layers=TOWER_LAYERS,
        num_attention_heads=HEADS,
        image_size=PIXELS,
        patch_size=PATCH,
    )
    language = LlamaConfig(
        vocab_size=len(words),
        hidden_size=WIDTH,
        intermediate_size=LANGUAGE_INNER,
        num_hidden_layers=LANGUAGE_LAYERS,
        num_attention_heads=HEADS,
        num_key_value_heads=HEADS,
        max_position_embeddings=LONGEST,
        **tokens,
    )
    make_config: Any = LlavaConfig
    config = make_config(
        vision_config=tower,
        text_config=language,
        image_token_id=words.index(IMAGE),
        image_seq_length=PATCHES,
        vision_feature_select_strategy="default",  # the patches, without the class token
        vision_feature_layer=-1,
        **tokens,
    )
    torch.manual_seed(seed)
    return LlavaForConditionalGeneration(config)


def make_processor() -> Any:
    """How pictures and prompts become what the model takes."""
    from transformers import CLIPImageProcessor, LlavaProcessor

    size = {"height": PIXELS, "width": PIXELS}
    pictures = CLIPImageProcessor(
        size=size,
        do_center_crop=False,
        crop_size=size,
        image_mean=[MEAN] * 3,
        image_std=[DEVIATION] * 3,
    )
    return LlavaProcessor(
        image_processor=pictures,
        tokenizer=make_tokenizer(),
        patch_size=PATCH,
        vision_feature_select_strategy="default",
        image_token=IMAGE,
        num_additional_image_tokens=1,
    )


def write_model(model: Any, folder: Path) -> None:
    """Write weights in half precision with everything that is needed to load them."""
    halved = {name: tensor.half() for name, tensor in model.state_dict().items()}
    model.save_pretrained(folder, state_dict=halved)
    make_processor().save_pretrained(folder)
