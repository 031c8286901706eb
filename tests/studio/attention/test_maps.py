"""Map files: read whole or refused in words; the digest is the identity; stale ones say so."""

import hashlib
import subprocess
import sys

import numpy as np
import pytest

from studio.attention import maps, words
from studio.errors import StudioError
from tests.studio.attention import map_files
from tests.studio.attention.map_files import TEXT, arrays, map_file, provenance


def test_a_file_is_read_with_its_provenance_and_digest():
    content = map_file()
    read = maps.read_map(content)
    assert (read.layers, read.heads, read.tokens) == (6, 4, 10)
    assert read.tuned == pytest.approx(arrays()["tuned"], abs=3e-4)
    assert read.base == pytest.approx(arrays()["base"], abs=3e-4)
    assert read.digest == hashlib.sha256(content).hexdigest()
    assert read.provenance.text == TEXT
    assert read.provenance.spans[2] == (2, 7)
    assert read.provenance.tuned_probabilities == (0.9, 0.1)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"garbage",
        b"\xff" * 64,
        map_file()[:-10],
        map_file(format=3),
        map_file(tokens=["a"]),
        map_file(arrays() | {"third": np.zeros((2, 2), np.float16)}),
        map_file({"base": arrays()["base"], "tuned": arrays()["tuned"][:, :, :3]}),
        map_files.old_file(
            {name: part.astype(int) for name, part in arrays().items()}, provenance()
        ),
        map_file(arrays() | {"base_rollout": arrays()["base"][0, 0, :3]}),
    ],
)
def test_a_damaged_or_foreign_file_is_refused_in_words(content):
    with pytest.raises(StudioError, match="attention map") as caught:
        maps.read_map(content)
    assert caught.value.advice == "Capture it again."


def test_a_caption_changed_after_the_capture_makes_the_map_stale():
    made = maps.read_provenance(provenance())
    assert not maps.is_stale(made, TEXT)
    assert maps.is_stale(made, TEXT + " ")


def test_sub_words_are_joined_in_the_letters_of_the_caption():
    found = words.words_of(maps.read_provenance(provenance()))
    assert [word.text for word in found] == [
        "[CLS]", "A", "motorcyclist", "turns", "左", "here", ".", "[SEP]",
    ]  # fmt: skip
    assert found[2].tokens == (2, 3, 4)
    assert found[2].pieces == ("motor", "cycl", "ist")
    assert [word.special for word in found] == [True, *[False] * 6, True]


def test_reading_needs_numpy_and_no_training_stack():
    code = (
        "import sys, studio.attention.maps, studio.attention.heatmap, studio.attention.reduce;"
        "print([name for name in ('torch', 'transformers', 'PySide6') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
