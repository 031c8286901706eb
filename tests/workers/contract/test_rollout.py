"""Rollout of two layers of two tokens, by hand; arrays and tensors alike."""

import numpy as np
import pytest
import torch

from workers.contract.rollout import through

FIRST = [[1.0, 0.0], [0.4, 0.6]]
SECOND = [[1.0, 0.0], [0.8, 0.2]]
# Halved with the identity: [[1, 0], [.2, .8]] and [[1, 0], [.4, .6]]; the second by the first.
BY_HAND = [[1.0, 0.0], [0.4 + 0.6 * 0.2, 0.6 * 0.8]]


@pytest.mark.parametrize("kind", [np.array, torch.tensor])
def test_two_layers_by_hand(kind):
    one = kind([[1.0, 0.0], [0.0, 1.0]])
    below = through(kind(FIRST), one, one)
    found = through(kind(SECOND), below, below)
    assert np.asarray(found) == pytest.approx(np.array(BY_HAND), abs=1e-6)


def test_rows_may_be_given_apart_and_are_made_to_sum_to_one():
    below = np.array(BY_HAND)
    whole = through(np.array(SECOND), below, below)
    assert through(np.array(SECOND[1:]), below, below[1:]) == pytest.approx(whole[1:])
    dim = through(0.9 * np.array(SECOND), below, below)
    assert dim.sum(axis=-1) == pytest.approx(np.ones(2))
