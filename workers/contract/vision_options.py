"""The options of models that read pictures: which parts train, and how a picture becomes tokens."""

from enum import StrEnum
from typing import Literal

from workers.contract.frozen import Frozen
from workers.contract.option_sections import option


class Part(StrEnum):
    """What training does to a part of the model."""

    FROZEN = "frozen"
    LORA = "lora"
    TRAINED = "trained"


class VisionOptions(Frozen):
    """Vision tower, projector and language model, and what each of them does in training."""

    tower_model: str = option(
        "",
        "Vision model",
        "Base model",
        "A ViT to put before a language model; empty where the base model sees by itself.",
        hint="Empty: its own.",
    )
    projector_kind: Literal["linear", "mlp"] = option(
        "linear",
        "Projector kind",
        "Base model",
        "One linear layer, or two with a ReLU between; only for a vision model chosen above.",
        hint="Two have a ReLU.",
    )
    sees_whole: bool = option(
        True,
        "Image sees itself",
        "Base model",
        "Image tokens attend each other fully, text stays causal; only for a vision model above.",
        hint="Image tokens attend each other.",
    )
    tower: Part = option(
        Part.FROZEN,
        "Vision tower",
        "What trains",
        "Frozen, beside LoRA, or every weight of it.",
        hint="What training does to it.",
    )
    projector: Part = option(
        Part.TRAINED,
        "Projector",
        "What trains",
        "Frozen, beside LoRA, or every weight of it.",
        hint="From tower to words.",
    )
    language: Part = option(
        Part.LORA,
        "Language model",
        "What trains",
        "Frozen, beside LoRA, or every weight of it.",
        hint="What training does to it.",
    )
    layers: tuple[str, ...] = option(
        [],
        "Trained layers",
        "What trains",
        "Of trained parts only these, by name or range such as layer.20-23; the projector whole.",
        hint="Such as layer.20-23; empty: all.",
    )
    trained_in_fp32: bool = option(
        True,
        "Trained weights in fp32",
        "What trains",
        "Keep what trains in 32 bits where the rest is stored in 16.",
        hint="Where the rest has 16 bits.",
    )
    tiles: int = option(
        1,
        "Most tiles",
        "Batches",
        "Tiles that a picture is cut into by its shape, for families that tile; 1 never cuts.",
        hint="1 never cuts a picture.",
        unit="tiles",
        ge=1,
        le=40,
    )
    clip_model: str = option(
        "",
        "CLIP model",
        "Evaluation",
        "Folder of a CLIP model that scores written captions beside their pictures; empty: none.",
        hint="For CLIPScore; empty: none.",
    )
    clip_prefix: bool = option(
        True,
        "CLIPScore’s prefix",
        "Evaluation",
        "Captions after “A photo depicts”, as CLIPScore was published; seed S4 leaves it out.",
        hint="“A photo depicts …”",
    )
    keeps_features: bool = option(
        True,
        "Keep vision features",
        "Batches",
        "Compute what a frozen vision tower sees once, and read it from the disk ever after.",
        hint="A frozen tower sees once.",
    )
