"""Which layer and head of a base model point best, where its folder says so."""

import pytest
from pydantic import ValidationError

from workers.contract.pointing_head import FILE, pointing_head


def test_the_examples_captioner_says_which_head_points_best():
    found = pointing_head("example-captioner")
    assert found is not None
    assert found.share / found.chance >= 3
    assert found.scenes >= 100


def test_other_models_say_nothing(tmp_path):
    assert pointing_head("minilm") is None
    assert pointing_head(str(tmp_path)) is None


def test_a_folder_of_ones_own_may_say_so_too(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / FILE).write_text(
        '{"layer": 2, "head": null, "scenes": 10, "words": 30, "share": 0.3, "chance": 0.1}'
    )
    found = pointing_head(str(tmp_path))
    assert found is not None
    assert (found.layer, found.head) == (2, None)
    (tmp_path / FILE).write_text('{"layer": 2}')
    with pytest.raises(ValidationError):
        pointing_head(str(tmp_path))
