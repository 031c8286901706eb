"""How a model sees: its family, its image processor, and where each image token lies."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workers.contract.events import Reason
from workers.contract.families import Family, Layout
from workers.contract.geometry import Geometry
from workers.contract.images import ImageProblem, read_pixels
from workers.models import layouts
from workers.models.trouble import Trouble

if TYPE_CHECKING:
    import torch
    from PIL.Image import Image

# The argument of our own captioners that holds what its tower has seen.
FEATURES = "features"
# What models take of what processors give; the rest is for transformers' own text.
PIXELS = ("pixel_values", "image_grid_thw", "image_sizes")
# What of a config decides what a tower's pixels come to, besides weights and processor.
SEEING = (
    "vision_feature_layer",
    "vision_feature_select_strategy",
    "downsample_ratio",
    "image_grid_pinpoints",
)
# Where a processor's settings stand; the second is transformers 5's.
SETTINGS = ("preprocessor_config.json", "processor_config.json")


@dataclass(frozen=True)
class Sight:
    """The eye of one loaded model; `config` is the model's, `token` stands for one image token."""

    family: Family
    processor: Any
    config: Any
    token: int
    tiles: int = 1

    @property
    def words(self) -> str:
        """What stands for a picture in a prompt before its token is repeated."""
        return f"{self.family.before}{self.family.token}{self.family.after}"

    @property
    def stands_first(self) -> bool:
        """Whether a prompt must begin with its picture, because the model reads it beside all."""
        return self.family.layout == Layout.CROSSED

    def lay_out(self, width: int, height: int) -> Geometry:
        """The image tokens of an upright picture."""
        return layouts.lay_out(
            self.family, self.config, self.processor, (width, height), self.tiles
        )

    def pixels(self, picture: "Image") -> "dict[str, torch.Tensor]":
        """What the tower gets of one upright picture, its tiles along the first dimension."""
        cut: dict[str, Any] = {}
        if self.family.layout == Layout.TILES:
            cut = {"crop_to_patches": self.tiles > 1, "max_patches": self.tiles}
        given = self.processor(images=[picture], return_tensors="pt", **cut)
        found = {name: given[name] for name in PIXELS if name in given}
        if self.family.layout == Layout.ANYRES:
            found["pixel_values"] = found["pixel_values"].flatten(0, 1)
        return found

    def join(
        self, parts: Sequence[Any], layouts: Sequence[Geometry], device: str, *, seen: bool
    ) -> dict[str, Any]:
        """Arguments of the model for several pictures: their pixels, or what was seen of them."""
        import torch

        if seen:
            return self._join_seen([part.to(device, non_blocking=True) for part in parts], layouts)
        return {
            name: torch.cat([part[name] for part in parts]).to(device, non_blocking=True)
            for name in parts[0]
        }

    def _join_seen(self, parts: "list[torch.Tensor]", layouts: Sequence[Geometry]) -> Any:
        """The same of features [token, width] a picture."""
        import torch
        from transformers.modeling_outputs import BaseModelOutputWithPooling

        if self.family.keeps_tower:
            return {FEATURES: torch.stack(parts)}
        pooled: Any = parts
        if self.family.layout == Layout.TILES:
            tile = layouts[0].grids[0]
            pooled = torch.cat(parts).unflatten(0, (-1, tile.rows * tile.columns))
        found: dict[str, Any] = {
            "mm_encoder_outputs": {"image": BaseModelOutputWithPooling(pooler_output=pooled)}
        }
        if self.family.layout == Layout.MERGED:
            side = self.processor.merge_size
            shapes = [(one.grids[0].rows * side, one.grids[0].columns * side) for one in layouts]
            grids = torch.tensor([(1, *shape) for shape in shapes], device=parts[0].device)
            found["image_grid_thw"] = grids
        return found

    def digest(self) -> str:
        """Says exactly how pictures are prepared: of equal ones the pixels are equal.

        What the config says about what is seen of them is part of it.
        """
        settings = self.processor.to_dict() | {"tiles": self.tiles, "family": self.family.name}
        settings |= {name: getattr(self.config, name, None) for name in SEEING}
        return hashlib.sha256(
            json.dumps(settings, sort_keys=True, default=str).encode()
        ).hexdigest()


def with_token_types(model: Any, inputs: dict[str, Any]) -> dict[str, Any]:
    """Inputs with what says which ids are a picture's, where the model counts its rows and columns.

    Every call of a model with ids and pictures needs it, `generate` too.
    """
    if "image_grid_thw" not in inputs:
        return inputs
    types = (inputs["input_ids"] == model.config.image_token_id).int()
    return inputs | {"mm_token_type_ids": types}


def load_processor(place: Path) -> Any:
    """The image processor of a model's folder; Trouble when there is none."""
    from transformers import AutoImageProcessor

    if not any((place / name).is_file() for name in SETTINGS):
        raise Trouble(
            Reason.MODEL_NOT_SUPPORTED,
            f"{place.name} has no {SETTINGS[0]}: how it wants pictures prepared is not known. "
            "Copy that file beside the weights.",
        )
    try:
        return AutoImageProcessor.from_pretrained(
            place, local_files_only=True, trust_remote_code=False, backend="pil"
        )
    except (OSError, ValueError, TypeError, KeyError, ImportError) as error:
        said = " ".join(str(error).split())
        raise Trouble(
            Reason.MODEL_NOT_SUPPORTED,
            f"No image processor can be made from {place.name}. Told: {said}",
        ) from error


def open_picture(path: Path) -> "Image":
    """A picture upright and in eight-bit RGB, as the viewer shows it; raises ImageProblem."""
    from PIL import Image

    try:
        pixels = read_pixels(path, 0)
    except OSError as error:
        raise ImageProblem(error.strerror or "not readable") from error
    return Image.frombytes("RGB", (pixels.width, pixels.height), pixels.data)
