"""What a composed captioner's vision tower looked at: its class token's reading of the patches."""

from typing import TYPE_CHECKING, Any

from workers.contract.families import COMPOSED
from workers.maps.reader import Reader
from workers.maps.seen import Seen
from workers.models import parts
from workers.models.bare import bare_model
from workers.models.layouts import leading_tokens
from workers.models.sight import open_picture

if TYPE_CHECKING:
    import torch


def look(reader: Reader, seen: Seen) -> "torch.Tensor | None":
    """[layer, head, 1, image token] in the order of the patches; None for a tower that has no
    class token, or whose attention cannot be captured.
    """
    import torch

    from workers.models.capture import Capture, CaptureUnsupportedError

    model: Any = reader.model
    inner = bare_model(model)
    eye = reader.eye
    if eye is None or eye.sight.family.name != COMPOSED:
        return None
    tower, family = inner.vision_tower, eye.sight.family
    before = leading_tokens(tower.config)
    if not before:
        return None
    weight = next(tower.parameters())
    pixels = eye.sight.pixels(open_picture(seen.pictures.rows[0].path))["pixel_values"]
    capture = Capture(
        model,
        [0],
        lambda name: parts.part_of(family, name) == "tower",
        kept_as=torch.float16,
    )
    try:
        with torch.inference_mode(), capture:
            inner.see(pixels.to(weight.device, weight.dtype))
            layers = list(capture.take().values())
    except CaptureUnsupportedError:
        return None
    return torch.cat(layers)[..., before:].contiguous()
