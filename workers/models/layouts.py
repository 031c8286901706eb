"""Where a family's image tokens lie: from a picture's size and the processor's own settings."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from workers.contract.events import Reason
from workers.contract.families import Family, Layout
from workers.contract.geometry import Geometry, Grid
from workers.models.trouble import Trouble


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
    del tiles  # of families that tile
    if family.layout != Layout.WHOLE:
        raise Trouble(
            Reason.MODEL_NOT_SUPPORTED,
            f"{family.title} is not supported yet: the places of its image tokens are not proven.",
        )
    grids = (_whole(config.vision_config, processor, size),)
    tokens = sum(grid.rows * grid.columns for grid in grids)
    width, height = size
    return Geometry(family=family.name, width=width, height=height, tokens=tokens, grids=grids)


def kept_by(processor: Any, size: tuple[int, int]) -> Kept:
    """What resizing and cropping leave of a picture (width, height)."""
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


def _whole(vision: Any, processor: Any, size: tuple[int, int]) -> Grid:
    kept, patch = kept_by(processor, size), int(vision.patch_size)
    rows, columns = kept.height // patch, kept.width // patch
    # Pixels beyond the last whole patch are not seen.
    right = kept.left + (kept.right - kept.left) * columns * patch / kept.width
    bottom = kept.top + (kept.bottom - kept.top) * rows * patch / kept.height
    return Grid(
        rows=rows, columns=columns, left=kept.left, top=kept.top, right=right, bottom=bottom
    )


def _plain(size: Any) -> dict[str, int]:
    """Width and height, or shortest edge, whatever a version of transformers keeps them in."""
    given: Mapping[str, Any] = size if isinstance(size, Mapping) else vars(size)
    return {name: int(value) for name, value in given.items() if value is not None}
