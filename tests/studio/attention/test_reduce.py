"""Reductions of attention: rows stay shares, rollout follows its definition."""

import numpy as np
import pytest

from studio.attention import reduce
from studio.attention.reduce import Over, Reduction
from tests.studio.attention.map_files import SPECIAL, arrays

WEIGHTS = arrays()["tuned"]


@pytest.mark.parametrize("head", [None, 2])
@pytest.mark.parametrize("over", list(Over))
def test_rows_of_every_reduction_sum_to_one(over, head):
    matrix = reduce.reduce(WEIGHTS, Reduction(over, 3, head))
    assert matrix.shape == (10, 10)
    assert matrix.dtype == np.float32
    assert np.allclose(matrix.sum(axis=-1), 1, atol=2e-3)


def test_a_layer_and_a_head_are_taken_as_they_are():
    matrix = reduce.reduce(WEIGHTS, Reduction(Over.LAYER, 5, 1))
    assert np.array_equal(matrix, WEIGHTS[5, 1].astype(np.float32))
    mean = reduce.reduce(WEIGHTS, Reduction(Over.MEAN))
    assert np.allclose(mean, WEIGHTS.astype(np.float32).mean(axis=(0, 1)), atol=1e-5)


def test_rollout_multiplies_layers_with_half_passing_straight_on():
    layers = WEIGHTS.astype(np.float32).mean(axis=1)
    expected = np.eye(10, dtype=np.float32)
    for layer in layers:
        mixed = 0.5 * layer + 0.5 * np.eye(10)
        mixed /= mixed.sum(axis=-1, keepdims=True)
        expected = mixed @ expected
    assert np.allclose(reduce.rollout(layers), expected, atol=1e-5)
    assert np.allclose(reduce.rollout(np.eye(4)[None].astype(np.float32)), np.eye(4))


def test_special_tokens_are_left_out_and_the_rest_shares_all():
    row = np.array([0.5, 0.3, 0.1, 0.1], np.float32)
    kept = reduce.without_special(row, (True, False, False, True))
    assert np.allclose(kept, [0, 0.75, 0.25, 0])
    assert not reduce.without_special(row, (True,) * 4).any()


def test_a_word_of_many_tokens_reads_as_their_mean_and_is_read_as_their_sum():
    matrix = reduce.reduce(WEIGHTS, Reduction())
    row = reduce.token_row(matrix, (2, 3, 4))
    assert np.allclose(row, matrix[2:5].mean(axis=0))
    shares = reduce.word_shares(row, [(0,), (1,), (2, 3, 4), (5,), (6,), (7,), (8,), (9,)])
    assert shares.sum() == pytest.approx(1, abs=2e-3)
    assert shares[2] == pytest.approx(row[2:5].sum())


def test_a_difference_is_scaled_and_nothing_stays_nothing():
    change = reduce.difference(np.array([0.1, 0.5]), np.array([0.3, 0.4]))
    assert np.allclose(change, [-1, 0.5])
    same = np.array([0.2, 0.8])
    assert not reduce.difference(same, same).any()
    assert not reduce.shares_of_largest(np.zeros(3)).any()


def test_every_layer_and_every_head_are_seen_at_once():
    rows = reduce.each_layer(WEIGHTS, (0,), None)
    assert rows.shape == (6, 10)
    assert np.allclose(rows[4], WEIGHTS[4, :, 0].astype(np.float32).mean(axis=0), atol=1e-5)
    one = reduce.each_layer(WEIGHTS, (0,), 3)
    assert np.allclose(one, WEIGHTS[:, 3, 0].astype(np.float32))
    grid = reduce.each_head(WEIGHTS, (0,), tuple(SPECIAL))
    assert grid.shape == (6, 4)
    assert np.allclose(grid, WEIGHTS[:, :, 0, 1:9].astype(np.float32).sum(axis=-1), atol=1e-4)


def test_entropy_counts_bits():
    assert reduce.entropy_bits(np.ones(8) / 8) == pytest.approx(3)
    assert reduce.entropy_bits(np.array([1.0, 0.0])) == pytest.approx(0)
