"""A captioner's map: words, phrases, layers and heads, and what they read of the picture."""

import io
import json

import numpy as np
import pytest

from studio.attention import arrays, maps, patches, picture_look, steps, words
from studio.attention.look import Look, Side
from studio.attention.reduce import Over, Reduction
from studio.errors import StudioError
from tests.studio.attention import answer_files, picture_files
from tests.studio.attention.picture_files import COLUMNS, FIRST, GEOMETRY, IMAGE
from workers.contract.pointing_head import PointingHead

MAP = maps.read_map(picture_files.map_file())
WORDS = words.words_of(MAP.provenance)
LAST = Reduction(Over.LAYER, 5)


def test_the_picture_is_one_word_and_sub_words_are_joined():
    assert [word.text for word in WORDS] == [
        "picture", "<bos>", "a", "red", "taxicab", "turns", "<end>",
    ]  # fmt: skip
    assert WORDS[0].tokens == tuple(range(IMAGE))
    assert WORDS[4].tokens == picture_files.TAXI
    assert MAP.provenance.geometry == GEOMETRY
    assert MAP.provenance.is_of_picture


@pytest.mark.parametrize("side", Side)
def test_a_word_reads_the_mean_of_its_tokens_rows(side):
    reading = picture_look.read_picture(MAP, WORDS, Look(4, LAST, side))
    rows = [FIRST + 2 - FIRST, FIRST + 3 - FIRST]
    base, tuned = (
        part[5][:, rows][..., :IMAGE].astype(float).mean((0, 1)) for part in (MAP.base, MAP.tuned)
    )
    expected = {Side.BASE: base, Side.TUNED: tuned, Side.DIFFERENCE: tuned - base}[side]
    assert reading.row == pytest.approx(expected, abs=1e-4)
    assert reading.mass == pytest.approx(expected.sum(), abs=1e-3)
    assert reading.is_difference == (side == Side.DIFFERENCE)


def test_the_brightest_place_is_the_patch_that_was_read():
    reading = picture_look.read_picture(MAP, WORDS, Look(3, LAST))
    x, y = patches.brightest(reading.row, GEOMETRY)
    down, across = divmod(8, COLUMNS)  # the second word of the caption
    assert (x, y) == pytest.approx(((across + 0.5) / COLUMNS, (down + 0.5) / 4))


def test_a_phrase_is_the_mean_of_all_its_rows_in_either_direction():
    one = picture_look.read_picture(MAP, WORDS, Look(2, LAST, until=4))
    other = picture_look.read_picture(MAP, WORDS, Look(4, LAST, until=2))
    assert np.array_equal(one.row, other.row)
    expected = MAP.tuned[5][:, :4, :IMAGE].astype(float).mean((0, 1))
    assert one.row == pytest.approx(expected, abs=1e-4)
    assert picture_look.text_of(WORDS, Look(4, until=2)) == "a red taxicab"


def test_every_layer_and_every_word_agree_with_a_look_at_each():
    layers = picture_look.each_layer(MAP, WORDS, Look(4, Reduction(head=1)))
    for layer in range(MAP.layers):
        look = Look(4, Reduction(Over.LAYER, layer, 1))
        found = picture_look.read_picture(MAP, WORDS, look)
        assert layers[layer] == pytest.approx(found.row, abs=1e-6)
    look = Look(2, Reduction(Over.MEAN, span=(2, 4)))
    by_word = picture_look.each_word(MAP, WORDS, [2, 3, 4], look)
    for place, row in zip((2, 3, 4), by_word, strict=True):
        found = picture_look.read_picture(MAP, WORDS, Look(place, look.reduction))
        assert row == pytest.approx(found.row, abs=1e-6)


def test_heads_are_measured_in_boxes_or_on_the_picture():
    look = Look(2, LAST)
    on_picture = picture_look.each_head(MAP, WORDS, look)
    assert on_picture.shape == (6, 3)
    one = picture_look.read_picture(MAP, WORDS, Look(2, Reduction(Over.LAYER, 3, 2)))
    assert on_picture[3, 2] == pytest.approx(one.mass, abs=1e-4)
    box = (1 / COLUMNS, 1 / 4, 1 / COLUMNS, 1 / 4)  # patch 7
    inside = picture_look.each_head(MAP, WORDS, look, [box])
    assert inside[3, 2] == pytest.approx(float(patches.mass_in(one.row, GEOMETRY, [box])), abs=1e-4)
    assert inside[5].min() > 0.4 > inside[0].max()


def test_the_first_look_is_at_the_middle_layers():
    assert steps.first_reduction(MAP) == Reduction(Over.MEAN, 2, None, (2, 3))
    assert steps.middle_layers(30) == (10, 19)
    of_text = maps.read_map(answer_files.map_file())
    assert steps.first_reduction(of_text) == Reduction(Over.LAYER, 2)


def test_the_first_look_is_through_the_head_that_is_known_to_point_best():
    known = PointingHead(layer=4, head=1, scenes=100, words=300, share=0.4, chance=0.05)
    assert steps.first_reduction(MAP, known) == Reduction(Over.LAYER, 4, 1)
    of_all = known.model_copy(update={"head": None})
    assert steps.first_reduction(MAP, of_all) == Reduction(Over.LAYER, 4)
    too_deep = known.model_copy(update={"layer": 6})
    assert steps.first_reduction(MAP, too_deep).over == Over.MEAN
    of_text = maps.read_map(answer_files.map_file())
    assert steps.first_reduction(of_text, known) == Reduction(Over.LAYER, 2)


def test_steps_lead_from_look_to_look():
    look = Look(2, Reduction(Over.MEAN, 2, None, (2, 3)))
    assert steps.step_layer(look, 1, 6).reduction == Reduction(Over.LAYER, 3)
    assert steps.step_layer(look, -9, 6).reduction.layer == 0
    assert steps.to_layers(look, 5).reduction.span == (2, 5)
    assert [steps.step_head(look, by, 3).reduction.head for by in (1, -1, 4)] == [0, 2, None]
    assert steps.flick(look).side == Side.BASE
    assert steps.to_difference(steps.to_difference(look)).side == Side.TUNED


def test_a_geometry_that_does_not_fit_its_tokens_is_refused():
    with pytest.raises(StudioError, match="another number of tokens"):
        maps.read_map(picture_files.map_file(image=list(range(IMAGE - 1))))
    with pytest.raises(StudioError, match="damaged"):
        maps.read_map(picture_files.map_file(geometry={"family": "composed"}))


@pytest.mark.parametrize("side", Side)
def test_a_rollout_over_the_picture_is_the_captured_one(side):
    look = Look(4, Reduction(Over.ROLLOUT), side)
    found = picture_look.read_picture(MAP, WORDS, look)
    lit = {Side.BASE: [0], Side.TUNED: [IMAGE - 1], Side.DIFFERENCE: [0, IMAGE - 1]}[side]
    assert sorted(np.argsort(np.abs(found.row))[-len(lit) :]) == lit
    (row,) = picture_look.each_word(MAP, WORDS, [4], look)
    assert row == pytest.approx(found.row, abs=1e-6)


def test_one_scale_is_the_densest_place_of_all_words():
    look = Look(2, LAST)
    rows = picture_look.each_word(MAP, WORDS, [2, 3, 4], look)
    most = picture_look.densest(rows, MAP)
    assert most == pytest.approx(rows.max() * IMAGE)
    heats = [patches.heat(row, GEOMETRY, 48, 32, smooth=False).max() for row in rows]
    assert max(heats) == pytest.approx(most)
    assert patches.densest(-rows[0], GEOMETRY) == patches.densest(rows[0], GEOMETRY)


def test_the_archive_holds_arrays_and_where_each_patch_lies():
    with np.load(io.BytesIO(arrays.to_npz(MAP)), allow_pickle=False) as archive:
        assert np.array_equal(archive["tuned"], MAP.tuned)
        assert np.array_equal(archive["base_rollout"], MAP.base_rollout)
        assert archive["image"].tolist() == list(range(IMAGE))
        assert archive["rows"].tolist() == list(MAP.provenance.rows)
        assert archive["tokens"][IMAGE + 3] == " taxi"
        values = json.loads(str(archive["provenance"]))
    assert values["geometry"] == GEOMETRY.model_dump(mode="json")
    assert values["sha256"] == MAP.digest


def test_the_vision_towers_own_look_is_read_and_kept_when_packed():
    values = picture_files.arrays() | {"tower": picture_files.tower()}
    found = maps.read_map(picture_files.map_file(values))
    assert picture_look.each_tower_layer(found).argmax(axis=-1).tolist() == [23, 22, 21, 20]
    assert picture_look.read_tower(found, 2, Look()).row.argmax() == 21
    assert MAP.tower is None
    assert picture_look.each_tower_layer(MAP).shape == (0, IMAGE)
    with pytest.raises(StudioError, match="does not fit its own picture"):
        maps.read_map(picture_files.map_file(values | {"tower": values["tower"][..., 1:].copy()}))
