"""Grids of families that cut a picture into tiles, or fit their grid to its shape.

The shapes are chosen by the functions with which transformers prepares the pixels.
"""

from typing import Any

from workers.contract.events import Reason
from workers.contract.families import Family
from workers.contract.geometry import Grid
from workers.models.trouble import Trouble


def cut(config: Any, processor: Any, size: tuple[int, int], tiles: int) -> tuple[Grid, ...]:
    """A grid a tile of InternVL, row by row, then one over the whole in small where there are more.

    `size` is the picture's, (width, height); pixel shuffle makes one token of a square of patches.
    """
    high, wide = int(processor.size["height"]), int(processor.size["width"])
    tokens = [
        int(pixels // patch * config.downsample_ratio)
        for pixels, patch in zip((high, wide), _pair(config.vision_config.patch_size), strict=True)
    ]
    across, down = canvas(size, (wide, high), tiles)
    grids = [
        Grid(
            rows=tokens[0],
            columns=tokens[1],
            left=column / across,
            top=row / down,
            right=(column + 1) / across,
            bottom=(row + 1) / down,
            start=(row * across + column) * tokens[0] * tokens[1],
        )
        for row in range(down)
        for column in range(across)
    ]
    if len(grids) > 1:
        start = len(grids) * tokens[0] * tokens[1]
        grids.append(Grid(rows=tokens[0], columns=tokens[1], start=start))
    return tuple(grids)


def canvas(size: tuple[int, int], tile: tuple[int, int], most: int) -> tuple[int, int]:
    """Tiles across and down for a picture; both sizes are (width, height) in pixels."""
    from transformers.models.got_ocr2.image_processing_pil_got_ocr2 import get_optimal_tiled_canvas

    if most == 1:
        return 1, 1
    return get_optimal_tiled_canvas(size[::-1], tile[::-1], 1, most)


def merge(family: Family, processor: Any, size: tuple[int, int]) -> Grid:
    """One grid of Qwen-VL over the whole picture, as large as its pixels ask for."""
    from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import smart_resize

    width, height = size
    factor = int(processor.patch_size * processor.merge_size)
    try:
        high, wide = smart_resize(
            height,
            width,
            factor=factor,
            min_pixels=int(processor.size["shortest_edge"]),
            max_pixels=int(processor.size["longest_edge"]),
        )
    except ValueError as error:
        raise Trouble(
            Reason.BAD_SAMPLE,
            f"{family.title} cannot read a picture of {width:,} × {height:,} pixels: it is too "
            "long for its width. Leave its sample out.",
        ) from error
    return Grid(rows=high // factor, columns=wide // factor)


def fit(config: Any, size: tuple[int, int]) -> tuple[Grid, ...]:
    """LLaVA-NeXT's grid over the whole, squeezed into a square, and the one over all its tiles.

    The tiles hold the picture in its own shape with bars beside it. Rows of tokens that lie in the
    bars are left out as the model leaves them out; a row of both may remain.
    """
    from transformers.image_processing_utils import select_best_resolution

    width, height = size
    vision = config.vision_config
    patch, edge = int(vision.patch_size), int(vision.image_size)
    side = edge // patch
    best = select_best_resolution((height, width), config.image_grid_pinpoints)
    rows, columns = (pixels // edge * side for pixels in best)
    across, down = _bars(rows, columns, size)
    (inner_wide, beside), (inner_high, above) = _placed(size, (best[1], best[0]))
    tiled = Grid(
        rows=rows - 2 * down,
        columns=columns - 2 * across,
        left=(across * patch - beside) / inner_wide,
        top=(down * patch - above) / inner_high,
        right=((columns - across) * patch - beside) / inner_wide,
        bottom=((rows - down) * patch - above) / inner_high,
        start=side * side,
        stride=columns - 2 * across + 1,
    )
    return Grid(rows=side, columns=side), tiled


def _bars(rows: int, columns: int, size: tuple[int, int]) -> tuple[int, int]:
    """Tokens that the model leaves out on each side: (left and right, top and bottom)."""
    width, height = size
    if width / height > columns / rows:
        return 0, (rows - int(round(height * columns / width, 7))) // 2
    return (columns - int(round(width * rows / height, 7))) // 2, 0


def _placed(size: tuple[int, int], around: tuple[int, int]) -> list[tuple[int, int]]:
    """Pixels that the picture takes of what is around it, and those before it, per direction."""
    import math

    scale = min(around[0] / size[0], around[1] / size[1])
    inner = [min(math.ceil(own * scale), most) for own, most in zip(size, around, strict=True)]
    return [(own, (most - own) // 2) for own, most in zip(inner, around, strict=True)]


def _pair(size: Any) -> tuple[int, int]:
    """Height and width, where a config gives one number for both."""
    return (size, size) if isinstance(size, int) else (int(size[0]), int(size[1]))
