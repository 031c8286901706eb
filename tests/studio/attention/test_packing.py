"""Maps in every form they were kept in are read as the same map."""

import hashlib
import json

import numpy as np
import pytest
from safetensors.numpy import load

from studio.attention import maps, packing
from studio.errors import StudioError
from tests.studio.attention import answer_files, map_files, picture_files

ORIGIN = map_files.provenance()
ARRAYS = map_files.arrays()
OLD = {
    "of a caption": (ARRAYS, ORIGIN, 0.004),
    "of an answer": (answer_files.arrays(), answer_files.provenance(), 3e-4),
    "of a picture": (
        picture_files.arrays() | {"tower": picture_files.tower()},
        picture_files.provenance(),
        3e-4,
    ),
}


@pytest.mark.parametrize("kind", OLD)
def test_an_old_map_is_read_whole_or_packed_under_one_digest(kind):
    arrays, origin, exact_to = OLD[kind]
    whole = map_files.old_file(arrays, origin)
    packed = map_files.old_packed(arrays, origin)
    for content, wanted in ((whole, 0.0), (packed, exact_to)):
        read = maps.read_map(content)
        assert read.digest == hashlib.sha256(whole).hexdigest()
        assert read.provenance.format == 1
        assert read.provenance.tokens == tuple(origin["tokens"])
        assert read.has_rollout == (kind == "of a caption")
        for name, part in arrays.items():
            difference = np.abs(getattr(read, name).astype(float) - part.astype(float))
            assert difference.max() <= wanted


@pytest.mark.parametrize("make", [map_files.old_packed, map_files.worker_file])
def test_a_map_leaves_the_project_as_numbers_for_other_programs(make):
    content = make(ARRAYS, ORIGIN)
    plain = packing.plain(content)
    numbers, kept = load(plain), maps.read_map(content)
    assert numbers["tuned"].dtype == np.float16
    assert np.array_equal(numbers["tuned"], kept.tuned)
    assert np.array_equal(maps.read_map(plain).base, kept.base)
    length = int.from_bytes(plain[:8], "little")
    words = json.loads(plain[8 : 8 + length])["__metadata__"]
    assert json.loads(words["provenance"])["text"] == map_files.TEXT


def test_damaged_bytes_are_refused_in_words():
    old = map_files.old_packed(ARRAYS, ORIGIN)
    new = map_files.map_file()
    torn = new[:-400] + bytes(400)
    for broken in (old[:-20], old[: len(packing.MARK)], packing.MARK + b"not zlib", torn):
        with pytest.raises(StudioError, match="damaged"):
            maps.read_map(broken)
