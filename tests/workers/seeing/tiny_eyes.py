"""A tiny random vision transformer with its processor, pictures, and samples that name them."""

import hashlib
import json
from pathlib import Path

from PIL import Image, ImageDraw

from workers.contract.snapshot import SnapshotSample

SIDE, PATCH, WIDTH = 28, 7, 32
COLOURS = ("red", "blue", "green", "white")


def write_tiny_tower(place: Path, *, crop: bool = False, layers: int = 2) -> Path:
    """A random DINOv2 of 16 patches that takes the whole picture, or the middle of it."""
    import torch
    from transformers import Dinov2Config, Dinov2Model

    torch.manual_seed(0)
    config = Dinov2Config(
        hidden_size=WIDTH,
        num_hidden_layers=layers,
        num_attention_heads=4,
        image_size=SIDE,
        patch_size=PATCH,
        mlp_ratio=2,
    )
    Dinov2Model(config).save_pretrained(place)
    size = {"shortest_edge": SIDE} if crop else {"height": SIDE, "width": SIDE}
    settings = {
        "image_processor_type": "BitImageProcessor",
        "do_resize": True,
        "size": size,
        "do_center_crop": crop,
        "crop_size": {"height": SIDE, "width": SIDE},
        "do_rescale": True,
        "do_normalize": True,
        "image_mean": [0.5, 0.5, 0.5],
        "image_std": [0.5, 0.5, 0.5],
    }
    (place / "preprocessor_config.json").write_text(json.dumps(settings))
    return place


def draw_samples(place: Path, count: int = 16, validation: int = 4) -> list[SnapshotSample]:
    """Pictures of one colour in `place`/pictures and captions in words that tiny models know."""
    (place / "pictures").mkdir(parents=True, exist_ok=True)
    samples = []
    for index in range(count):
        colour = COLOURS[index % len(COLOURS)]
        path = place / "pictures" / f"{index}.png"
        image = Image.new("RGB", (60, 40), colour)
        ImageDraw.Draw(image).point((index, 0), "black")
        image.save(path)
        samples.append(
            SnapshotSample(
                id=index,
                key=f"sample-{index}",
                text=f"the van w{index % len(COLOURS)} stops",
                label="dangerous" if index % 2 else "safe",
                split="validation" if index >= count - validation else "train",
                image=f"pictures/{path.name}",
                image_sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
                image_width=60,
                image_height=40,
            )
        )
    return samples
