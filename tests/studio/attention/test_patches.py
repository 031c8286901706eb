"""Geometry proven: what one hot patch paints lies in that patch of the original picture."""

import numpy as np
import pytest

from studio.attention import patches
from workers.contract.geometry import Geometry, Grid

SIDE = 400  # pixels of the overlay


def one_grid(rows=4, columns=4, **area):
    grid = Grid(rows=rows, columns=columns, **area)
    return Geometry(family="hand", width=8, height=8, tokens=rows * columns, grids=(grid,))


# Two tiles over halves of a wide picture, then the whole in small, as families that tile do.
TILED = Geometry(
    family="hand",
    width=200,
    height=100,
    tokens=48,
    grids=(
        Grid(rows=4, columns=4, right=0.5),
        Grid(rows=4, columns=4, left=0.5, start=16),
        Grid(rows=4, columns=4, start=32),
    ),
)
# A row end after each row, and a picture padded above and below to a square.
ENDED = Geometry(
    family="hand",
    width=200,
    height=100,
    tokens=20,
    grids=(Grid(rows=4, columns=4, top=-0.5, bottom=1.5, stride=5),),
)
SHAPES = {
    "square": one_grid(),
    "wide": one_grid(3, 7),
    "tall": one_grid(9, 2),
    "cropped at the sides": one_grid(4, 4, left=0.2, right=0.8),
    "cropped above and below": one_grid(5, 3, top=0.1, bottom=0.9),
    "tiled": TILED,
    "padded, rows with ends": ENDED,
}


def all_patches():
    for name, geometry in SHAPES.items():
        for grid in geometry.grids:
            for down, line in enumerate(grid.tokens()):
                for across, token in enumerate(line):
                    left, top, right, bottom = grid.patch(down, across)
                    if min(bottom, 1.0) > max(top, 0.0) and min(right, 1.0) > max(left, 0.0):
                        yield pytest.param(
                            geometry, token, (left, top, right, bottom), id=f"{name}-{token}"
                        )


@pytest.mark.parametrize(("geometry", "token", "patch"), all_patches())
def test_the_brightest_pixel_lies_in_the_hot_patch(geometry, token, patch):
    row = np.full(geometry.tokens, 1e-6)
    row[token] = 1.0
    left, top, right, bottom = patch
    for smooth in (True, False):
        painted = patches.heat(row, geometry, SIDE, SIDE, smooth=smooth)
        down, across = np.unravel_index(painted.argmax(), painted.shape)
        assert left <= (across + 0.5) / SIDE <= right
        assert top <= (down + 0.5) / SIDE <= bottom
    x, y = patches.brightest(row, geometry)
    assert left < x < right
    assert top < y < bottom


@pytest.mark.parametrize("name", SHAPES)
def test_the_heat_of_even_patches_sums_to_what_lies_on_the_picture(name):
    geometry = SHAPES[name]
    row = np.random.default_rng(0).random(geometry.tokens)
    painted = patches.heat(row, geometry, 420, 360, smooth=False)
    expected = 0.0
    for grid in geometry.grids:
        for down, line in enumerate(grid.tokens()):
            for across, token in enumerate(line):
                left, top, right, bottom = grid.patch(down, across)
                wide = min(right, 1.0) - max(left, 0.0)
                high = min(bottom, 1.0) - max(top, 0.0)
                kept = max(wide, 0.0) * max(high, 0.0) / ((right - left) * (bottom - top))
                expected += row[token] * kept
    assert painted.mean() == pytest.approx(expected, rel=0.02)


def test_outside_of_what_is_kept_nothing_is_painted():
    painted = patches.heat(np.ones(16), SHAPES["cropped at the sides"], 100, 10)
    assert not painted[:, :20].any()
    assert not painted[:, 80:].any()
    assert painted[:, 20:80].all()


def test_a_tile_and_the_small_whole_add_up():
    row = np.zeros(48)
    row[0], row[32] = 0.3, 0.7  # both at the top left; the whole's patch is twice as wide
    painted = patches.heat(row, TILED, 80, 40, smooth=False)
    assert painted[0, 0] == pytest.approx(0.3 / (1 / 32) + 0.7 / (1 / 16))
    assert painted[0, 15] == pytest.approx(0.7 / (1 / 16))


def test_the_share_in_boxes_counts_parts_of_patches_and_overlaps_once():
    geometry = one_grid(2, 2)
    row = np.array([0.4, 0.2, 0.2, 0.2])
    quarter = (0.0, 0.0, 0.5, 0.5)
    assert patches.mass_in(row, geometry, [quarter]) == pytest.approx(0.4)
    assert patches.mass_in(row, geometry, [(0.0, 0.0, 0.25, 0.5)]) == pytest.approx(0.2)
    assert patches.mass_in(row, geometry, [quarter, (0.0, 0.0, 0.3, 0.3)]) == pytest.approx(0.4)
    assert patches.mass_in(row, geometry, [(0.0, 0.0, 1.0, 1.0)]) == pytest.approx(1.0)
    assert patches.mass_in(row, geometry, []) == 0.0
    assert patches.chance(geometry, [quarter, (0.5, 0.5, 0.5, 0.25)]) == pytest.approx(0.375)


def test_chance_is_of_what_the_model_sees():
    cropped = SHAPES["cropped at the sides"]
    assert patches.chance(cropped, [(0.0, 0.0, 0.5, 1.0)]) == pytest.approx(0.5)
    assert patches.chance(cropped, [(0.0, 0.0, 0.2, 1.0)]) == 0.0
    assert patches.chance(ENDED, [(0.0, 0.0, 1.0, 0.5)]) == pytest.approx(0.5)


def test_the_pointing_game():
    geometry = one_grid()
    row = np.zeros(16)
    row[5] = 1.0
    found = patches.point(row, geometry, [(0.25, 0.25, 0.25, 0.25)])
    assert (found.share, found.hit) == (pytest.approx(1.0), True)
    assert found.chance == pytest.approx(1 / 16)
    missed = patches.point(row, geometry, [(0.5, 0.5, 0.4, 0.4)])
    assert (missed.share, missed.hit) == (0.0, False)
    empty = patches.point(np.zeros(16), geometry, [(0.5, 0.5, 0.4, 0.4)])
    assert empty.share == 0.0
