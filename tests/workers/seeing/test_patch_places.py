"""From the file to the overlay and back: where a token sees is where its attention is painted."""

import io

import numpy as np
import pytest
from PIL import Image, ImageDraw

from studio.attention import patches
from tests.workers.seeing.captioner_runs import job_of
from tests.workers.seeing.tiny_eyes import PATCH, SIDE, write_tiny_tower
from workers.models import seeing
from workers.models.sight import open_picture

SIZES = {"square": (224, 224), "wide": (336, 168), "tall": (168, 392)}
SIX = 274, 6  # the EXIF tag of orientation: turned to the left


@pytest.fixture(scope="module", params=[False, True], ids=["whole", "cropped"])
def sight(request, tmp_path_factory, decoder):
    tower = write_tiny_tower(tmp_path_factory.mktemp("eye") / "tower", crop=request.param)
    job = job_of(tower, decoder)
    model, tokenizer = seeing.load_writer(job, device="cpu")
    return seeing.sight_of(job, model, tokenizer)


def write_picture(place, size, patch, *, turned):
    """Black, but for one rectangle in shares of the upright picture; `turned` as EXIF does it."""
    width, height = size
    image = Image.new("RGB", size)
    left, top, right, bottom = patch
    ImageDraw.Draw(image).rectangle(
        (left * width, top * height, right * width - 1, bottom * height - 1), "white"
    )
    exif = Image.Exif()
    if turned:
        image = image.transpose(Image.Transpose.ROTATE_90)
        exif[SIX[0]] = SIX[1]
    raw = io.BytesIO()
    image.save(raw, "PNG", exif=exif)
    place.write_bytes(raw.getvalue())
    return place


@pytest.mark.parametrize("turned", [False, True], ids=["upright", "turned"])
@pytest.mark.parametrize("shape", SIZES)
def test_what_a_token_sees_is_where_it_is_painted(sight, tmp_path, shape, turned):
    width, height = SIZES[shape]
    geometry = sight.lay_out(width, height)
    (grid,) = geometry.grids
    for down in range(grid.rows):
        for across in range(grid.columns):
            area = grid.patch(down, across)
            path = write_picture(tmp_path / "one.png", (width, height), area, turned=turned)
            upright = open_picture(path)
            assert upright.size == (width, height)
            pixels = sight.pixels(upright)["pixel_values"][0].mean(0).numpy()
            assert pixels.shape == (SIDE, SIDE)
            seen = pixels.reshape(grid.rows, PATCH, grid.columns, PATCH).mean((1, 3))
            token = int(seen.argmax())  # the patch that lit up in what the tower gets
            row = np.eye(geometry.tokens)[token]
            painted = patches.heat(row, geometry, width, height)
            y, x = np.unravel_index(painted.argmax(), painted.shape)
            assert np.asarray(upright)[y, x].min() > 200
