"""How a model sees: its family, its image processor, and where each image token lies."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workers.contract.events import Reason
from workers.contract.families import Family
from workers.contract.geometry import Geometry
from workers.contract.images import ImageProblem, read_pixels
from workers.models import layouts
from workers.models.trouble import Trouble

if TYPE_CHECKING:
    import torch
    from PIL.Image import Image

# The argument of a composed captioner that holds what its tower has seen.
FEATURES = "features"
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

    def lay_out(self, width: int, height: int) -> Geometry:
        """The image tokens of an upright picture."""
        return layouts.lay_out(
            self.family, self.config, self.processor, (width, height), self.tiles
        )

    def pixels(self, picture: "Image") -> "dict[str, torch.Tensor]":
        """What the tower gets of one upright picture, a batch of one."""
        return dict(self.processor(images=[picture], return_tensors="pt"))

    def join(self, parts: Sequence[Any], device: str, *, seen: bool) -> dict[str, Any]:
        """Arguments of the model for several pictures: their pixels, or what was seen of them."""
        import torch

        if seen:
            return {FEATURES: torch.stack(list(parts)).to(device, non_blocking=True)}
        return {
            name: torch.cat([part[name] for part in parts]).to(device, non_blocking=True)
            for name in parts[0]
        }

    def digest(self) -> str:
        """Says exactly how pictures are prepared: of equal ones the pixels are equal."""
        settings = self.processor.to_dict() | {"tiles": self.tiles}
        return hashlib.sha256(
            json.dumps(settings, sort_keys=True, default=str).encode()
        ).hexdigest()


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
