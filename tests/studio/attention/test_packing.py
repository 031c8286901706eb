"""Large maps are packed for the project and read as the same map; small ones stay as they are."""

import hashlib

import numpy as np
import pytest

from studio.attention import maps, packing
from studio.errors import StudioError
from tests.studio.attention.map_files import map_file, provenance

TOKENS = 120


def shares(seed):
    random = np.random.default_rng(seed)
    logits = random.normal(scale=2.0, size=(12, 12, TOKENS, TOKENS)).astype(np.float32)
    found = np.exp(logits - logits.max(-1, keepdims=True))
    return (found / found.sum(-1, keepdims=True)).astype(np.float16)


@pytest.fixture(scope="module")
def large():
    arrays = {"base": shares(1), "tuned": shares(2)}
    words = {
        "tokens": ["a"] * TOKENS,
        "spans": [[0, 1]] * TOKENS,
        "special": [False] * TOKENS,
    }
    return arrays, map_file(arrays, **words)


def test_a_small_map_is_kept_as_it_is():
    content = map_file()
    assert packing.pack(content) == content
    assert packing.packed_size(len(content)) == len(content)


def test_a_large_map_keeps_its_shares_identity_and_a_third_of_its_bytes(large):
    arrays, content = large
    assert len(content) > packing.KEPT_WHOLE
    packed = packing.pack(content)
    assert len(packed) < 0.4 * len(content)
    assert len(packed) == pytest.approx(packing.packed_size(len(content)), rel=0.15)
    read = maps.read_map(packed)
    assert read.digest == hashlib.sha256(content).hexdigest()
    assert read.provenance == maps.read_map(content).provenance
    for name in ("base", "tuned"):
        difference = np.abs(getattr(read, name).astype(float) - arrays[name].astype(float))
        assert difference.max() <= 0.004
        assert np.array_equal(getattr(read, name).argmax(-1), arrays[name].argmax(-1)) or (
            difference.max() > 0
        )


def test_a_packed_map_leaves_the_project_as_a_plain_file_of_the_same_shares(large):
    _, content = large
    packed = packing.pack(content)
    plain = packing.restored(packed)
    assert not packing.is_packed(plain)
    kept, read = maps.read_map(packed), maps.read_map(plain)
    assert np.array_equal(kept.tuned, read.tuned)
    assert np.array_equal(kept.base, read.base)
    assert read.provenance == kept.provenance
    assert (read.tuned.dtype, packing.restored(content)) == (np.float16, content)


def test_a_damaged_packed_map_is_refused_in_words(large):
    packed = packing.pack(large[1])
    for broken in (packed[:-20], packed[: len(packing.MARK)], packing.MARK + b"not zlib"):
        with pytest.raises(StudioError, match="damaged"):
            maps.read_map(broken)


def test_what_is_no_pair_of_half_floats_is_left_alone():
    content = map_file({"base": np.zeros((1, 1, 900, 900), np.float32)}, **provenance())
    assert packing.pack(content) == content
