"""Perplexities are the published ones, and written answers are read as a person would."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.metrics import perplexity
from workers.metrics.answers import read_leniently, read_strictly, shares

LABELS = ("dangerous", "safe", "unsure")


def test_the_published_vector():
    """Losses A = .5, 1, 1.5 and B = 2: the mean of the samples' own, not exp of the mean loss."""
    found = perplexity.summarise(np.array([3.0, 2.0]), np.array([3, 1]))
    assert found.mean == pytest.approx(5.0536689636948475, abs=1e-12)
    assert found.pooled == pytest.approx(3.4903429574618414, abs=1e-12)
    assert found.mean != pytest.approx(math.exp((1.0 + 2.0) / 2))
    assert (found.count, found.tokens) == (2, 4)


@given(st.lists(st.tuples(st.floats(0, 50), st.integers(1, 40)), min_size=1, max_size=30))
def test_the_median_and_the_tail_are_those_of_the_samples(rows):
    sums = np.array([loss * tokens for loss, tokens in rows])
    tokens = np.array([tokens for _, tokens in rows])
    found = perplexity.summarise(sums, tokens)
    each = np.exp([loss for loss, _ in rows])
    assert found.median == pytest.approx(np.median(each))
    assert found.percentile_95 == pytest.approx(np.percentile(each, 95))
    assert found.percentile_95 <= each.max() * (1 + 1e-9)


def test_a_hopeless_sample_is_infinite_and_hides_no_other():
    found = perplexity.summarise(np.array([1000.0, 1.0, 1.0]), np.array([1, 1, 1]))
    assert found.mean == math.inf
    assert found.median == pytest.approx(math.e)


@pytest.mark.parametrize(
    ("text", "strict", "lenient"),
    [
        ("safe", "safe", "safe"),
        (" “Safe.” ", "safe", "safe"),
        ("It is safe, not dangerous.", "", "safe"),
        ("unsafe", "", ""),
        ("unsafe, even dangerous", "", "dangerous"),
        ("safety first", "", ""),
        ("DANGEROUS!", "dangerous", "dangerous"),
        ("", "", ""),
        ("I am unsure", "", "unsure"),
    ],
)
def test_answers_read_as_labels(text, strict, lenient):
    assert read_strictly(text, LABELS) == strict
    assert read_leniently(text, LABELS) == lenient


def test_labels_without_spaces_stand_between_other_letters():
    assert read_leniently("这里很危险。", ("安全", "危险")) == "危险"
    assert read_leniently("not c++ but c", ("c", "c++")) == "c++"


def test_shares_of_the_three_readings():
    found = shares(["safe", "", ""], ["safe", "safe", ""], ["safe", "dangerous", "safe"])
    assert found == pytest.approx(
        {"text/strict": 1 / 3, "text/lenient": 1 / 3, "text/unparsed": 1 / 3}
    )
