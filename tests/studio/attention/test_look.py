"""A look at a map: shares by word, layer and head, and what tuning changed."""

import numpy as np
import pytest

from studio.attention import look, maps, words
from studio.attention.look import Look, Side
from studio.attention.reduce import Over, Reduction
from tests.studio.attention.map_files import map_file

MAP = maps.read_map(map_file())
WORDS = words.words_of(MAP.provenance)


def test_special_tokens_are_out_of_the_scale_unless_asked_for():
    plain = look.read_words(MAP, WORDS, Look())
    assert plain.shares[0] == plain.shares[-1] == 0
    assert plain.shares.sum() == pytest.approx(1, abs=1e-3)
    assert plain.ink.max() == 1
    whole = look.read_words(MAP, WORDS, Look(special=True))
    assert whole.shares[0] > 0
    assert whole.shares.sum() == pytest.approx(1, abs=3e-3)


def test_a_difference_is_tuned_less_base():
    at = {side: look.read_words(MAP, WORDS, Look(word=3, side=side)) for side in Side}
    expected = at[Side.TUNED].shares - at[Side.BASE].shares
    assert np.allclose(at[Side.DIFFERENCE].shares, expected)
    assert np.abs(at[Side.DIFFERENCE].ink).max() == pytest.approx(1)
    (more, gain), (less, loss) = look.most_changed(MAP, WORDS, Look(word=3))
    assert gain == pytest.approx(expected.max())
    assert loss == pytest.approx(expected.min())
    assert (more, less) == (expected.argmax(), expected.argmin())


@pytest.mark.parametrize("side", list(Side))
def test_every_layer_agrees_with_a_look_at_that_layer(side):
    layers = look.read_layers(MAP, WORDS, Look(word=2, side=side))
    assert layers.shape == (6, len(WORDS))
    single = [
        look.read_words(MAP, WORDS, Look(2, Reduction(Over.LAYER, layer), side)).shares
        for layer in range(6)
    ]
    assert np.allclose(layers, np.stack(single) / np.abs(single).max(), atol=1e-4)


def test_heads_keep_a_share_on_words():
    tuned = look.read_heads(MAP, WORDS, Look())
    assert tuned.shape == (6, 4)
    assert (tuned >= 0).all()
    assert (tuned <= 1.01).all()
    change = look.read_heads(MAP, WORDS, Look(side=Side.DIFFERENCE))
    assert np.allclose(change, tuned - look.read_heads(MAP, WORDS, Look(side=Side.BASE)))


def test_a_spread_reading_has_more_bits_than_a_pointed_one():
    base = look.spread_bits(look.read_words(MAP, WORDS, Look(side=Side.BASE)))
    tuned = look.spread_bits(look.read_words(MAP, WORDS, Look(side=Side.TUNED)))
    assert 0 < tuned < 3
    assert base > 0
