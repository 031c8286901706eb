"""The eye of a model that sees: tower, and projector where it is frozen too, as one function."""

from typing import TYPE_CHECKING, Any

from workers.contract.events import Reason
from workers.contract.options import Part, TrainingOptions
from workers.models import causal, features, seeing
from workers.models.bare import bare_model
from workers.models.layouts import tower_config
from workers.models.sight import Sight
from workers.models.trouble import Trouble, is_memory

if TYPE_CHECKING:
    from collections.abc import Callable

    import torch

    See = Callable[[dict[str, torch.Tensor]], torch.Tensor]

OWN = "Copy the model's own preprocessor_config.json beside its weights."


def eye_of(sight: Sight, model: Any) -> "See":
    """What turns one picture's pixels into features [token, width], as far as nothing may train.

    Those of our own captioners are the tower's, any other family's are projected.
    """
    import torch

    inner = bare_model(model)
    names = _seeing_parts(sight)
    modules = [one for one in map(dict(inner.named_modules()).get, names) if one is not None]
    weight = next(one for one in modules[0].parameters() if one.is_floating_point())

    def see(pixels: "dict[str, torch.Tensor]") -> "torch.Tensor":
        for module in modules:
            module.eval()
        given = {name: tensor.to(weight.device) for name, tensor in pixels.items()}
        given["pixel_values"] = given["pixel_values"].to(weight.dtype)
        with torch.inference_mode():
            if sight.family.keeps_tower:
                return inner.see(given["pixel_values"])[0]
            found = inner.get_image_features(**given).pooler_output
            return found.flatten(0, 1) if isinstance(found, torch.Tensor) else torch.cat(found)

    return see


def check_eye(sight: Sight, model: Any, size: tuple[int, int]) -> None:
    """Trouble unless tower and projector make of a picture as many tokens as its layout counts."""
    from PIL import Image

    if next(bare_model(model).parameters()).is_meta:  # a shape sees nothing
        return
    pixels = sight.pixels(Image.new("RGB", size, "grey"))
    try:
        found = len(eye_of(sight, model)(pixels))
    except (ValueError, RuntimeError, IndexError) as error:
        if is_memory(error):
            raise
        said = " ".join(str(error).split())
        raise Trouble(
            Reason.MODEL_NOT_SUPPORTED,
            f"The vision tower does not take what the image processor gives. {OWN} Told: {said}",
        ) from error
    counted = sight.lay_out(*size).tokens
    if found != counted:
        raise Trouble(
            Reason.MODEL_NOT_SUPPORTED,
            f"The vision tower makes {found:,} tokens of a picture of {size[0]:,} × {size[1]:,} "
            f"pixels, and the image processor's settings {counted:,}. {OWN}",
        )


def frozen_eye(sight: Sight, model: Any, options: TrainingOptions) -> features.FrozenEye | None:
    """What sees a picture once for all; None where that changes or is not to be kept."""
    if not _keeps(sight, options):
        return None
    names = _seeing_parts(sight)
    weights = {
        name: tensor
        for name, tensor in bare_model(model).state_dict().items()
        if any(f"{name}.".startswith(f"{one}.") for one in names)
    }
    if any(tensor.is_meta for tensor in weights.values()):  # a shape sees nothing
        return None
    see = eye_of(sight, model)
    kind = next(tensor.dtype for tensor in weights.values() if tensor.is_floating_point())
    return features.FrozenEye(see, features.open_store(weights, sight.digest(), kind))


def kept_bytes(sight: Sight, options: TrainingOptions, size: tuple[int, int]) -> int:
    """What is kept on the disk of a picture of this width and height; 0 where nothing is."""
    if not _keeps(sight, options):
        return 0
    apart = sight.family.keeps_tower
    config = tower_config(sight.config) if apart else sight.config.get_text_config()
    values = sight.lay_out(*size).tokens * config.hidden_size
    return values * causal.weight_dtype(options).itemsize


def _keeps(sight: Sight, options: TrainingOptions) -> bool:
    """Whether what is seen of a picture never changes and is to be kept."""
    vision = seeing.vision_of(options)
    frozen = vision.tower == Part.FROZEN
    if not sight.family.keeps_tower:
        frozen = frozen and vision.projector == Part.FROZEN
    return vision.keeps_features and frozen


def _seeing_parts(sight: Sight) -> tuple[str, ...]:
    """Prefixes of the weights whose work is kept."""
    if sight.family.keeps_tower:
        return sight.family.tower
    return (*sight.family.tower, *sight.family.projector)
