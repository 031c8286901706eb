"""Shares as bytes: exact enough, small enough, in order, and refused when damaged."""

import numpy as np
import pytest

from workers.contract import shares


def rows(sharpness, shape=(4, 3, 8, 300), seed=0):
    """Softmax shares of random scores, with a sink in the first column."""
    scores = np.random.default_rng(seed).normal(scale=sharpness, size=shape)
    scores[..., 0] += 3 * sharpness
    found = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return (found / found.sum(axis=-1, keepdims=True)).astype(np.float32)


@pytest.mark.parametrize("sharpness", [0.0, 0.5, 2.0, 6.0, 30.0])
def test_shares_come_back_to_within_three_ten_thousandths(sharpness):
    given = rows(sharpness)
    found = shares.from_bytes(shares.to_bytes(given))
    assert (found.dtype, found.shape) == (np.float16, given.shape)
    assert np.abs(found.astype(np.float32) - given).max() <= 3e-4


def test_small_shares_beside_a_sink_keep_their_order():
    given = np.full((1, 1, 1, 64), 1e-6, np.float32)
    given[..., 10:20] = np.linspace(1e-5, 1e-4, 10)
    given[..., 0] = 1 - given[..., 1:].sum()
    found = shares.from_bytes(shares.to_bytes(given))[0, 0, 0]
    assert found[0] > 0.99
    assert (np.diff(found[10:20].astype(float)) > 0).all()
    assert (found[20:] < found[10]).all()


def test_a_share_takes_less_than_a_byte_and_nothing_read_takes_nearly_none():
    given = rows(2.0)
    assert len(shares.to_bytes(given)) < given.size
    unread = given.copy()
    unread[..., 100:] = 0
    assert len(shares.to_bytes(unread)) < 0.5 * len(shares.to_bytes(given))


def test_a_single_row_and_no_row_come_back():
    for given in (np.eye(3, dtype=np.float32), np.zeros((2, 1, 0, 5), np.float16)):
        found = shares.from_bytes(shares.to_bytes(given))
        assert np.array_equal(found, given)


def test_parts_that_do_not_fit_are_refused():
    import zlib

    from safetensors.numpy import load, save

    stored = shares.to_bytes(rows(2.0))
    parts = load(zlib.decompress(stored.tobytes()))
    for name, part in (
        ("scales", parts["scales"][..., :-1].copy()),
        ("places", parts["places"] + np.uint32(parts["levels"].size)),
        ("peaks", parts["peaks"][:-1].copy()),
    ):
        damaged = zlib.compress(save(parts | {name: part}))
        with pytest.raises(ValueError, match="fit"):
            shares.from_bytes(np.frombuffer(damaged, np.uint8))
