"""A curve drawn from few points shows what a curve of a million holds."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.ui.widgets.curve_data import CurveData, moving_mean


def made(values, parts=1):
    data = CurveData()
    x = np.arange(len(values), dtype=np.float64)
    for piece in np.array_split(np.arange(len(values)), parts):
        data.append(x[piece], values[piece])
    return data


def test_extrema_survive_downsampling_at_their_true_places():
    values = np.random.default_rng(0).normal(size=300_000)
    values[123_457], values[200_001] = 50.0, -60.0
    points = made(values, parts=37).visible(-np.inf, np.inf, 4800)
    assert len(points.x) <= 4900
    assert points.y[points.x == 123_457] == 50.0
    assert points.y[points.x == 200_001] == -60.0
    assert np.all(np.diff(points.x) >= 0)


@settings(max_examples=40, deadline=None)
@given(
    st.integers(1, 5000), st.integers(1, 40), st.integers(40, 400), st.floats(0, 1), st.floats(0, 1)
)
def test_extrema_of_any_window_are_those_of_its_points(count, parts, limit, one, other):
    values = np.random.default_rng(count).normal(size=count)
    left, right = sorted((one * count, other * count))
    points = made(values, parts).visible(left, right, limit)
    inside = values[int(np.ceil(left)) : int(np.floor(right)) + 1]
    if len(inside):
        assert points.y.min() <= inside.min()
        assert points.y.max() >= inside.max()
    assert set(points.y) <= set(values)


def test_what_is_no_number_is_a_gap_and_hides_no_extremum():
    values = np.ones(100_000)
    values[5_000:6_000] = np.nan
    values[70_000] = 9.0
    points = made(values).visible(-np.inf, np.inf, 1000)
    assert np.isnan(points.y).any()
    assert np.nanmax(points.y) == 9.0
    assert made(values).extent() == (1.0, 9.0)


def test_the_nearest_point_is_read():
    data = made(np.array([1.0, 4.0, 9.0]))
    assert data.value_at(1.4) == (1.0, 4.0)
    assert data.value_at(99.0) == (2.0, 9.0)
    assert CurveData().value_at(0.0) is None


def test_a_moving_mean_leaves_gaps_out():
    mean = moving_mean(np.array([1.0, np.nan, 3.0, 5.0]), 2)
    assert mean.tolist() == [1.0, 1.0, 3.0, 4.0]
