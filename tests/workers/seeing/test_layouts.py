"""Grids of image tokens: the published tilings, and shapes that a family cannot read."""

import pytest
from PIL import Image

from tests.workers.seeing.family_models import load_family
from tests.workers.seeing.tiny_families import FAMILIES, write_tiny_family
from workers.contract.catalogue import config_folder, refer_to
from workers.contract.events import Reason
from workers.contract.families import find_family
from workers.models import layouts, loading, tiling
from workers.models.sight import load_processor
from workers.models.trouble import Trouble


def lay_out(name, family, size, tiles=1):
    config = loading.load_config(refer_to(name))
    processor = load_processor(config_folder(name))
    return layouts.lay_out(find_family(family), config, processor, size, tiles)


@pytest.mark.parametrize(
    ("size", "six", "twelve"),
    [
        ((448, 448), 1, 1),
        ((800, 600), 7, 13),
        ((1920, 1080), 3, 9),
        ((600, 900), 7, 7),
        ((300, 1200), 5, 5),
        ((2000, 2000), 5, 10),
        ((224, 224), 1, 1),
    ],
)
def test_internvl_cuts_as_published(size, six, twelve):
    for most, tiles in ((1, 1), (6, six), (12, twelve)):
        geometry = lay_out("internvl2.5-4b", "internvl", size, most)
        assert len(geometry.grids) == tiles
        assert geometry.tokens == 256 * tiles


def test_the_published_canvas_is_wider_than_high():
    assert tiling.canvas((800, 600), (448, 448), 6) == (3, 2)
    assert tiling.canvas((800, 600), (448, 448), 12) == (4, 3)


def test_llava_sees_the_middle_of_a_wide_picture():
    geometry = lay_out("llava-1.5-7b", "llava", (1000, 500))
    (grid,) = geometry.grids
    assert (geometry.tokens, grid.rows, grid.columns) == (576, 24, 24)
    assert (grid.left, grid.right) == pytest.approx((0.25, 0.75))
    assert (grid.top, grid.bottom) == pytest.approx((0, 1))


@pytest.fixture(scope="module", params=FAMILIES)
def sight(request, tmp_path_factory):
    place = write_tiny_family(tmp_path_factory.mktemp("layout") / "model", request.param, 1)
    return load_family(place, vision__tiles=6)[2]


def test_no_two_grids_share_a_token_and_none_is_beyond_the_last(sight):
    for size in ((56, 56), (57, 41), (500, 90), (90, 500), (1, 1), (3, 190)):
        geometry = sight.lay_out(*size)
        places = [place for grid in geometry.grids for row in grid.tokens() for place in row]
        assert len(set(places)) == len(places)
        assert max(places) < geometry.tokens


def test_a_picture_too_long_for_its_width_is_told(sight):
    if sight.family.layout != "merged":
        assert sight.lay_out(3, 900).tokens
        return
    with pytest.raises(Trouble) as caught:
        sight.lay_out(3, 900)
    assert caught.value.reason == Reason.BAD_SAMPLE
    assert "3 × 900 pixels" in caught.value.message


def test_equal_pixels_come_from_equal_digests_only(sight):
    other = type(sight)(sight.family, sight.processor, sight.config, sight.token, tiles=2)
    same = type(sight)(sight.family, sight.processor, sight.config, sight.token, tiles=6)
    assert same.digest() == sight.digest() != other.digest()
    picture = Image.new("RGB", (120, 60), "red")
    assert same.pixels(picture)["pixel_values"].equal(sight.pixels(picture)["pixel_values"])
