"""Colours of shares, and the patch grid's geometry."""

import numpy as np
import pytest

from studio.attention import heatmap


@pytest.mark.parametrize("name", heatmap.NAMES)
def test_maps_follow_the_published_ones_and_grow_lighter(name):
    pyqtgraph = pytest.importorskip("pyqtgraph")
    shares = np.linspace(0, 1, 65)
    published = pyqtgraph.colormap.get(name).map(shares, mode="byte")[:, :3].astype(int)
    ours = heatmap.colours(shares, name).astype(int)
    assert np.abs(published - ours).max() <= 8
    lightness = ours @ np.array([0.2126, 0.7152, 0.0722])
    assert (np.diff(lightness) > -0.5).all()


def test_nothing_is_painted_where_nothing_was_read():
    painted = heatmap.paint(np.array([0.0, 0.05, 0.3, 1.0]), opacity=1.0)
    assert painted.shape == (4, 4)
    assert painted.dtype == np.uint8
    assert painted[0, 3] == painted[1, 3] == 0
    assert 0 < painted[2, 3] < painted[3, 3] == 255
    assert heatmap.paint(np.array([1.0]))[0, 3] == round(255 * heatmap.OPACITY)
    assert heatmap.paint(np.array([np.nan]))[0, 3] == 0


def test_a_difference_has_two_colours_and_none_at_zero():
    less, more = (1, 2, 3), (4, 5, 6)
    painted = heatmap.paint_difference(np.array([-1.0, 0.0, 0.4]), less, more)
    assert tuple(painted[0, :3]) == less
    assert tuple(painted[2, :3]) == more
    assert painted[1, 3] == 0
    assert painted[0, 3] == round(255 * heatmap.OPACITY)


def test_the_fade_is_smooth_between_its_ends():
    assert heatmap.fade(np.array([0.06, 0.31, 0.56])) == pytest.approx([0, 0.5, 1])
