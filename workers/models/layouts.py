"""Where a family's image tokens lie: from a picture's size and the processor's own settings."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from workers.contract.events import Reason
from workers.contract.families import COMPOSED, Family, Layout
from workers.contract.geometry import Geometry, Grid
from workers.models import tiling
from workers.models.trouble import Trouble

# Vision transformers whose first token is a patch.
WITHOUT_CLASS_TOKEN = ("siglip_vision_model", "siglip2_vision_model")


class Kept(NamedTuple):
    """What a processor keeps of a picture, in shares of it, and its size in pixels."""

    left: float
    top: float
    right: float
    bottom: float
    width: int
    height: int


def lay_out(
    family: Family, config: Any, processor: Any, size: tuple[int, int], tiles: int
) -> Geometry:
    """The image tokens of an upright picture of a size in pixels; Trouble for an unproven family.

    `config` is the model's, `tiles` the most that the options allow.
    """
    if not family.proven:
        raise Trouble(
            Reason.MODEL_NOT_SUPPORTED,
            f"{family.title} is not supported: the places of its image tokens are not proven.",
        )
    extra = 0
    match family.layout:
        case Layout.TILES:
            grids = tiling.cut(config, processor, size, tiles)
        case Layout.ANYRES:
            grids = tiling.fit(config, size)
            extra = grids[-1].rows  # each row of the tiles has an end
        case Layout.MERGED:
            grids = (tiling.merge(family, processor, size),)
        case _:
            extra = _kept_before(family, config)
            grids = (_whole(tower_config(config), processor, size, start=extra),)
    tokens = extra + sum(grid.rows * grid.columns for grid in grids)
    width, height = size
    seen = tuple(grid for grid in grids if grid.rows and grid.columns)
    return Geometry(family=family.name, width=width, height=height, tokens=tokens, grids=seen)


def tower_config(config: Any) -> Any:
    """A vision transformer's config, also where it is one half of a model's."""
    return getattr(config, "vision_config", None) or getattr(config, "encoder", None) or config


def leading_tokens(vision: Any) -> int:
    """Tokens of a tower, by its config, that are no patch and stand before the patches."""
    if vision.model_type in WITHOUT_CLASS_TOKEN:
        return 0
    return 1 + int(getattr(vision, "num_register_tokens", 0))


def kept_by(processor: Any, size: tuple[int, int]) -> Kept:
    """What resizing and cropping leave of a picture (width, height)."""
    if getattr(processor, "do_pad", False) and hasattr(processor, "pad_to_square"):
        return _kept_of_square(processor, size)
    return _kept_unpadded(processor, size)


def _kept_before(family: Family, config: Any) -> int:
    """Image tokens before the first patch: what the model leaves of the tower's leading ones."""
    if family.name == COMPOSED:
        return 0
    found = leading_tokens(tower_config(config))
    if family.layout == Layout.CROSSED:
        return found
    found -= config.vision_feature_select_strategy == "default"
    if found < 0:
        raise Trouble(
            Reason.MODEL_NOT_SUPPORTED,
            f"This {family.title} model drops the first patch of each picture: the places of its "
            "image tokens are not known. Its vision_feature_select_strategy should be “full”.",
        )
    return found


def _kept_of_square(processor: Any, size: tuple[int, int]) -> Kept:
    """The same of a picture in the middle of the smallest square around it."""
    edge = max(size)
    kept = _kept_unpadded(processor, (edge, edge))
    (width, height), (beside, above) = size, [(edge - one) // 2 for one in size]
    return Kept(
        (kept.left * edge - beside) / width,
        (kept.top * edge - above) / height,
        (kept.right * edge - beside) / width,
        (kept.bottom * edge - above) / height,
        kept.width,
        kept.height,
    )


def _kept_unpadded(processor: Any, size: tuple[int, int]) -> Kept:
    width, height = size
    wide, high = _resized(processor, width, height)
    if not getattr(processor, "do_center_crop", False):
        return Kept(0.0, 0.0, 1.0, 1.0, wide, high)
    crop = _plain(processor.crop_size)
    kept_wide, kept_high = crop["width"], crop["height"]
    left, top = (wide - kept_wide) // 2, (high - kept_high) // 2
    return Kept(
        left / wide,
        top / high,
        (left + kept_wide) / wide,
        (top + kept_high) / high,
        kept_wide,
        kept_high,
    )


def _resized(processor: Any, width: int, height: int) -> tuple[int, int]:
    if not getattr(processor, "do_resize", True):
        return width, height
    size = _plain(processor.size)
    if "shortest_edge" not in size:
        return size["width"], size["height"]
    short, long = sorted((width, height))
    other = int(size["shortest_edge"] * long / short)
    edge = size["shortest_edge"]
    return (edge, other) if width <= height else (other, edge)


def _whole(vision: Any, processor: Any, size: tuple[int, int], *, start: int) -> Grid:
    kept, patch = kept_by(processor, size), int(vision.patch_size)
    rows, columns = kept.height // patch, kept.width // patch
    # Pixels beyond the last whole patch are not seen.
    right = kept.left + (kept.right - kept.left) * columns * patch / kept.width
    bottom = kept.top + (kept.bottom - kept.top) * rows * patch / kept.height
    return Grid(
        rows=rows,
        columns=columns,
        left=kept.left,
        top=kept.top,
        right=right,
        bottom=bottom,
        start=start,
    )


def _plain(size: Any) -> dict[str, int]:
    """Width and height, or shortest edge, whatever a version of transformers keeps them in."""
    given: Mapping[str, Any] = size if isinstance(size, Mapping) else vars(size)
    return {name: int(value) for name, value in given.items() if value is not None}
