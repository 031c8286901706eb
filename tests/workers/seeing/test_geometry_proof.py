"""Each image token lies where its family's geometry says: a bright spot changes the token over it.

Towers have no layer that mixes places, so that what a token becomes is its own patch's doing.
"""

import pytest
import torch
from PIL import Image, ImageDraw

from tests.workers.language.tiny_language_models import write_tiny_language_model
from tests.workers.seeing.captioner_runs import job_of
from tests.workers.seeing.family_models import load_family
from tests.workers.seeing.tiny_eyes import write_tiny_tower
from tests.workers.seeing.tiny_families import CROSSED, FAMILIES, write_tiny_family
from workers.contract.families import families
from workers.models import eyes, seeing
from workers.models.sight import open_picture

SIZES = {
    "square": (240, 240),
    "wide": (480, 160),
    "tall": (150, 460),
    "tiled": (430, 310),
}
# LLaVA reads the tower's last layer but one: of a single layer, what enters it.
LAYERS = {"llava": 1, "llava-next": 1, "internvl": 0, "qwen2-vl": 0, "qwen2.5-vl": 0}
LAYERS |= dict.fromkeys(CROSSED, 0)
# How a picture is stored so that its EXIF orientation turns it upright.
STORED = {
    3: Image.Transpose.ROTATE_180,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    8: Image.Transpose.ROTATE_270,
}
PROVEN = ("composed", *FAMILIES, *CROSSED)
# Other settings that models of these families come with.
VARIANTS = {
    "llava, class token kept": {"vision_feature_select_strategy": "full"},
    "llava, squared": {
        "processor": {"image_processor_type": "LlavaImageProcessor", "do_pad": True}
    },
}


@pytest.fixture(scope="module", params=[*PROVEN, "composed, cropped", *VARIANTS])
def eye(request, tmp_path_factory):
    """How a family sees, and its tower with projector."""
    place = tmp_path_factory.mktemp("proof")
    name = request.param.split(",")[0]
    if name in (*FAMILIES, *CROSSED):
        write_tiny_family(place, name, LAYERS[name], **VARIANTS.get(request.param, {}))
        model, _, sight = load_family(place, vision__tiles=6)
    else:
        crop = request.param.endswith("cropped")
        tower = write_tiny_tower(place / "tower", crop=crop, layers=0)
        job = job_of(tower, write_tiny_language_model(place / "decoder", "llama"))
        model, tokenizer = seeing.load_writer(job, device="cpu")
        sight = seeing.sight_of(job, model.eval(), tokenizer)
    return sight, eyes.eye_of(sight, model)


def spots_of(geometry):
    """Small rectangles (left, top, right, bottom) in the picture, off the middle of patches."""
    found = []
    for number, grid in enumerate(geometry.grids):
        shift = 0.15 if number % 2 else 0.5
        boxes = []
        for at in range(grid.rows * grid.columns):
            left, top, right, bottom = grid.patch(*divmod(at, grid.columns))
            wide, high = right - left, bottom - top
            left, top = left + shift * wide, top + shift * high
            box = (left, top, left + 0.35 * wide, top + 0.35 * high)
            if min(box) >= 0 and max(box) <= 1:
                boxes.append(box)
        found += [boxes[len(boxes) * part // 3 - (part == 3)] for part in range(4) if boxes]
    return found


def picture_with(size, box=None):
    picture = Image.new("RGB", size, (90, 90, 90))
    if box is not None:
        edges = [share * size[at % 2] for at, share in enumerate(box)]
        ImageDraw.Draw(picture).rectangle(edges, fill=(255, 255, 255))
    return picture


def overlap(one, other):
    """How much of the picture two rectangles share."""
    wide = min(one[2], other[2]) - max(one[0], other[0])
    high = min(one[3], other[3]) - max(one[1], other[1])
    return max(wide, 0) * max(high, 0)


def assert_changed_where_lit(geometry, before, after, box):
    """In each grid that sees the spot the token that changes most is over it, others stay.

    A spot within one patch leaves no choice; where it lies across several, any of them will do.
    """
    change = (after - before).float().norm(dim=-1)
    exact = 0
    for grid in geometry.grids:
        own = change[torch.tensor(grid.tokens())]
        row, column = divmod(int(own.argmax()), grid.columns)
        shares = torch.tensor(
            [
                [overlap(grid.patch(row, column), box) for column in range(grid.columns)]
                for row in range(grid.rows)
            ]
        )
        if not shares.any():
            assert own.max() < 0.5 * change.max()
            continue
        assert shares[row, column] > 0, (grid, row, column, box)
        exact += int((shares > 0).sum() == 1)
    assert exact


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_a_bright_spot_changes_the_token_whose_patch_it_lies_in(eye, size):
    sight, see = eye
    geometry = sight.lay_out(*size)
    before = see(sight.pixels(picture_with(size)))
    assert len(before) == geometry.tokens
    spots = spots_of(geometry)
    assert len(spots) >= 3
    for box in spots:
        after = see(sight.pixels(picture_with(size, box)))
        assert_changed_where_lit(geometry, before, after, box)


@pytest.mark.parametrize("orientation", STORED)
def test_places_are_those_of_the_upright_picture(eye, tmp_path, orientation):
    sight, see = eye
    size = SIZES["tiled"]
    geometry = sight.lay_out(*size)
    box = spots_of(geometry)[0]
    found = []
    for name, picture in (("grey", picture_with(size)), ("lit", picture_with(size, box))):
        exif = Image.Exif()
        exif[0x0112] = orientation
        stored = picture.transpose(STORED[orientation])
        path = tmp_path / f"{name}.png"
        stored.save(path, exif=exif)
        upright = open_picture(path)
        assert upright.size == size
        found.append(see(sight.pixels(upright)))
    assert_changed_where_lit(geometry, *found, box)


def test_a_geometry_that_is_off_by_one_patch_fails(eye):
    sight, see = eye
    geometry = sight.lay_out(*SIZES["tiled"])
    box = spots_of(geometry)[0]
    found = [see(sight.pixels(picture_with(SIZES["tiled"], one))) for one in (None, box)]
    shifted = [torch.roll(one, 1, dims=0) for one in found]
    with pytest.raises(AssertionError):
        assert_changed_where_lit(geometry, *shifted, box)


def test_exactly_these_families_are_called_proven():
    assert {family.name for family in families() if family.proven} == set(PROVEN)
