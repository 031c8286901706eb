"""From shares of image tokens to the picture: a heatmap, and how much of it lies in boxes."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from workers.contract.geometry import Geometry

Box = tuple[float, float, float, float]  # left, top, width, height in shares of the picture

_WHOLE: Box = (0.0, 0.0, 1.0, 1.0)
_PRODUCT = 2**18  # multiplications up to which a matrix product stays on its own thread
_DIGITS = 9  # edges closer than this are one
_SAME_SIZE = 1.5  # patches that differ by less are of one fineness


@dataclass(frozen=True)
class Pointing:
    """Attention against boxes: its share inside them, their share of the picture, and whether the
    most looked-at place lies in one; `hit_chance` is how often one drawn at random does.
    """

    share: float
    chance: float
    hit: bool
    hit_chance: float


def heat(
    row: np.ndarray, geometry: Geometry, width: int, height: int, *, smooth: bool = True
) -> np.ndarray:
    """How densely each pixel was looked at, [height, width]: share of the row a share of the area.

    `row` has one value for each image token. Where grids lie over each other they add up; what
    reaches beyond the picture is cut. `smooth` goes bilinearly from the middle of each patch to the
    next; without it each patch is even.
    """
    found = np.zeros((height, width), np.float32)
    for grid in _grids(geometry):
        down = _spread(grid.rows, (grid.top, grid.bottom), height, smooth=smooth)
        across = _spread(grid.columns, (grid.left, grid.right), width, smooth=smooth)
        density = row[_places(grid)].astype(np.float32) / grid.patch_area
        _add_product(found, down, density @ across.T)
    return found


def point(row: np.ndarray, geometry: Geometry, boxes: Sequence[Box]) -> Pointing:
    """The pointing game of one row."""
    return Pointing(
        float(mass_in(row, geometry, boxes)),
        chance(geometry, boxes),
        bool(hits(row, geometry, boxes)),
        hit_chance(geometry, boxes),
    )


def hits(rows: np.ndarray, geometry: Geometry, boxes: Sequence[Box]) -> np.ndarray:
    """Whether the middle of the most looked-at place lies in a box: [..., token] to [...]."""
    grids = _grids(geometry)
    cells = _cells(grids, ())
    found = _at(rows, grids, cells)
    most = found.reshape(*rows.shape[:-1], -1).argmax(axis=-1)
    return _middles_in(cells, boxes).reshape(-1)[most]


def hit_chance(geometry: Geometry, boxes: Sequence[Box]) -> float:
    """How often the middle of a place lies in a box, if any that is seen may be the brightest."""
    grids = _grids(geometry)
    cells = _cells(grids, ())
    seen = cells.areas * (_at(np.ones(geometry.tokens), grids, cells) > 0)
    total = float(seen.sum())
    return float(seen[_middles_in(cells, boxes)].sum()) / total if total > 0 else 0.0


def mass_in(rows: np.ndarray, geometry: Geometry, boxes: Sequence[Box]) -> np.ndarray:
    """The share of the attention on the picture that lies in the union of boxes: [..., token] to
    [...].
    """
    grids = _grids(geometry)
    inside = rows @ _cover(grids, geometry.tokens, tuple(boxes))
    on_picture = rows @ _cover(grids, geometry.tokens, (_WHOLE,))
    return np.divide(inside, on_picture, out=np.zeros_like(inside), where=on_picture > 0)


def chance(geometry: Geometry, boxes: Sequence[Box]) -> float:
    """The share that lies there if all that is seen of the picture is looked at alike."""
    grids = _grids(geometry)
    cells = _cells(grids, tuple(boxes))
    seen = cells.areas * (_at(np.ones(geometry.tokens), grids, cells) > 0)
    total = float(seen.sum())
    return float(seen[cells.inside].sum()) / total if total > 0 else 0.0


def brightest(row: np.ndarray, geometry: Geometry) -> tuple[float, float]:
    """The middle of the most looked-at place: from the left and from the top, in shares."""
    grids = _grids(geometry)
    cells = _cells(grids, ())
    found = _at(row, grids, cells)
    down, across = np.unravel_index(int(found.argmax()), found.shape)
    return float(cells.xs[across]), float(cells.ys[down])


def densest(row: np.ndarray, geometry: Geometry) -> float:
    """The share of a row a share of the area, where it is largest; of a change either way."""
    grids = _grids(geometry)
    return float(np.abs(_at(row, grids, _cells(grids, ()))).max(initial=0.0))


@dataclass(frozen=True, eq=False)
class Places:
    """The picture cut into the finest patches that are seen of it, and what lies between them.

    `across` and `down` are edges from 0 to 1; `densities` [down, across] say how densely each place
    was looked at, `seen` whether any image token lies there.
    """

    across: np.ndarray
    down: np.ndarray
    areas: np.ndarray
    densities: np.ndarray
    seen: np.ndarray


def places(row: np.ndarray, geometry: Geometry) -> Places:
    """The finest patches of a picture with what a row read of them, coarser grids' share added."""
    grids = _grids(geometry)
    finest = min(grid.patch_area for grid in grids)
    fine = tuple(grid for grid in grids if grid.patch_area < _SAME_SIZE * finest)
    cells = _cells(fine, ())
    across, down = (_edges(values) for values in _cuts(fine, ()))
    seen = _at(np.ones(geometry.tokens), grids, cells) > 0
    return Places(across, down, cells.areas, _at(row, grids, cells), seen)


class _Plain(NamedTuple):
    """A grid as what a cache can be asked for."""

    rows: int
    columns: int
    left: float
    top: float
    right: float
    bottom: float
    start: int
    stride: int

    @property
    def patch_area(self) -> float:
        """The share of the picture that one patch takes."""
        return (self.right - self.left) * (self.bottom - self.top) / (self.rows * self.columns)


_Grids = tuple[_Plain, ...]


def _grids(geometry: Geometry) -> _Grids:
    return tuple(
        _Plain(
            one.rows,
            one.columns,
            one.left,
            one.top,
            one.right,
            one.bottom,
            one.start,
            one.stride or one.columns,
        )
        for one in geometry.grids
    )


@lru_cache(maxsize=64)
def _cover(grids: _Grids, tokens: int, boxes: tuple[Box, ...]) -> np.ndarray:
    """How much of each image token's patch lies in boxes, from 0 to 1."""
    cells = _cells(grids, boxes)
    found = np.zeros(tokens + 1)
    for grid in grids:
        shares = cells.areas / grid.patch_area
        np.add.at(found, _tokens_at(grid, tokens, cells)[cells.inside], shares[cells.inside])
    return found[:-1].astype(np.float32)


@dataclass(frozen=True, eq=False)
class _Cells:
    """The picture cut at the edges of all patches and boxes; `xs` and `ys` are the middles."""

    xs: np.ndarray
    ys: np.ndarray
    areas: np.ndarray
    inside: np.ndarray


@lru_cache(maxsize=64)
def _cells(grids: _Grids, boxes: tuple[Box, ...]) -> _Cells:
    across, down = _cuts(grids, boxes)
    xs, wide_cells = _middles(across)
    ys, high_cells = _middles(down)
    inside = np.zeros((len(ys), len(xs)), bool)
    for left, top, wide, high in boxes:
        in_x, in_y = (xs > left) & (xs < left + wide), (ys > top) & (ys < top + high)
        inside |= in_y[:, None] & in_x[None, :]
    return _Cells(xs, ys, high_cells[:, None] * wide_cells[None, :], inside)


def _cuts(grids: _Grids, boxes: tuple[Box, ...]) -> tuple[list[float], list[float]]:
    """Where patches and boxes begin and end: from the left, and from the top."""
    across, down = [0.0, 1.0], [0.0, 1.0]
    for grid in grids:
        across += np.linspace(grid.left, grid.right, grid.columns + 1).tolist()
        down += np.linspace(grid.top, grid.bottom, grid.rows + 1).tolist()
    for left, top, wide, high in boxes:
        across += [left, left + wide]
        down += [top, top + high]
    return across, down


def _edges(cuts: list[float]) -> np.ndarray:
    return np.unique(np.round(np.clip(cuts, 0.0, 1.0), _DIGITS))


def _middles(cuts: list[float]) -> tuple[np.ndarray, np.ndarray]:
    sorted_edges = _edges(cuts)
    return (sorted_edges[1:] + sorted_edges[:-1]) / 2, np.diff(sorted_edges)


def _middles_in(cells: _Cells, boxes: Sequence[Box]) -> np.ndarray:
    """Which cells have their middle in a box."""
    inside = np.zeros(cells.areas.shape, bool)
    for left, top, wide, high in boxes:
        in_x = (cells.xs >= left) & (cells.xs <= left + wide)
        in_y = (cells.ys >= top) & (cells.ys <= top + high)
        inside |= in_y[:, None] & in_x[None, :]
    return inside


def _at(rows: np.ndarray, grids: _Grids, cells: _Cells) -> np.ndarray:
    """The density in each cell, of one row of tokens or of several: [..., down, across]."""
    found = np.zeros((*rows.shape[:-1], *cells.areas.shape))
    padded = np.concatenate([rows, np.zeros((*rows.shape[:-1], 1), rows.dtype)], axis=-1)
    for grid in grids:
        found += padded[..., _tokens_at(grid, rows.shape[-1], cells)] / grid.patch_area
    return found


def _tokens_at(grid: _Plain, none: int, cells: _Cells) -> np.ndarray:
    """The image token of each cell, `none` where the grid has no patch."""
    down = _patch_of(cells.ys, grid.top, grid.bottom, grid.rows)
    across = _patch_of(cells.xs, grid.left, grid.right, grid.columns)
    tokens = np.pad(_places(grid), ((0, 1), (0, 1)), constant_values=none)
    return tokens[down[:, None], across[None, :]]


def _patch_of(places: np.ndarray, start: float, end: float, count: int) -> np.ndarray:
    """The patch that a place lies in; `count` for none."""
    found = np.floor((places - start) / (end - start) * count).astype(int)
    return np.where((found >= 0) & (found < count), found, count)


@lru_cache(maxsize=64)
def _places(grid: _Plain) -> np.ndarray:
    """The place of each patch's token among the image tokens, [row, column]."""
    firsts = grid.start + grid.stride * np.arange(grid.rows)
    return firsts[:, None] + np.arange(grid.columns)[None, :]


def _add_product(found: np.ndarray, down: np.ndarray, lines: np.ndarray) -> None:
    """Add `down` @ `lines`, some rows at a time: a large product would wait for other threads."""
    at_once = max(1, _PRODUCT // max(1, lines.size))
    for start in range(0, len(found), at_once):
        found[start : start + at_once] += down[start : start + at_once] @ lines


@lru_cache(maxsize=256)
def _spread(count: int, reach: tuple[float, float], size: int, *, smooth: bool) -> np.ndarray:
    """[pixel, patch]: how much of each patch along one side shows at a pixel's middle."""
    start, end = reach
    pixels = (np.arange(size) + 0.5) / size
    place = (pixels - start) / (end - start) * count
    within = (place >= 0) & (place < count)
    if smooth:
        place = np.clip(place - 0.5, 0, count - 1)
        low = np.minimum(np.floor(place).astype(int), max(count - 2, 0))
        share = place - low
    else:
        low, share = np.clip(np.floor(place).astype(int), 0, count - 1), np.zeros(size)
    found = np.zeros((size, count + 1), np.float32)
    found[np.arange(size), low] = 1 - share
    found[np.arange(size), low + 1] += share
    found[~within] = 0
    return found[:, :count]
