"""Rollout while layers pass by: a few rows at a time as in one, and none where layers differ."""

import pytest
import torch

from tests.workers.captured_maps import textbook_rollout
from workers.models.probabilities import Scores
from workers.models.rolling import Rollout

TOKENS, ROWS = 7, [2, 6]


def layers(count=3, tokens=TOKENS, keys=TOKENS):
    torch.manual_seed(2)
    return [
        Scores(torch.randn(1, 4, tokens, 8) * 3, torch.randn(1, 2, keys, 8), is_causal=True)
        for _ in range(count)
    ]


@pytest.mark.parametrize("at_once", [1, 4 * TOKENS * 3, 2**20])
def test_rows_a_few_at_a_time_give_the_textbooks_product(at_once):
    rollout = Rollout(ROWS, at_once)
    given = layers()
    for scores in given:
        rollout.add(scores)
    found = rollout.take()
    expected = textbook_rollout([scores.rows() for scores in given])[ROWS]
    assert (found - expected).abs().max() <= 1e-6
    assert rollout.take() is None


def test_a_layer_that_reads_more_than_the_tokens_leaves_no_rollout():
    for odd in (layers(1, keys=TOKENS + 2), layers(1, tokens=TOKENS + 1, keys=TOKENS + 1)):
        rollout = Rollout(ROWS)
        for scores in [*layers(1), *odd, *layers(1)]:
            rollout.add(scores)
        assert rollout.take() is None
    rollout.add(layers(1)[0])  # and begins anew
    assert rollout.take().shape == (2, TOKENS)
