"""The painted widgets show and ask; they know no project."""

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt

from studio.ui.widgets.confusion_matrix import ConfusionMatrix, MatrixLabel
from studio.ui.widgets.curve_plot import MOST_POINTS, CurvePlot
from studio.ui.widgets.curve_style import (
    Best,
    CurveStyle,
    Reference,
    log_ticks,
    spread,
    ticks,
    write_number,
)
from studio.ui.widgets.interval_plot import Interval, IntervalPlot, write_points
from studio.ui.widgets.scatter_map import ScatterMap
from studio.ui.widgets.verdict_scale import ScaleValues, VerdictScale

LABELS = (
    MatrixLabel("dangerous", "dangerous", "triangle"),
    MatrixLabel("safe", "safe", "circle"),
)


@pytest.fixture
def plot(styled, qtbot):
    made = CurvePlot()
    qtbot.addWidget(made)
    made.resize(700, 320)
    made.show()
    return made


def test_a_long_curve_is_drawn_from_few_points_with_its_extrema(plot):
    values = np.zeros(500_000)
    values[321_000] = 7.0
    plot.set_curve("a", np.arange(500_000.0), values, CurveStyle("a", "plot-1", width=2.25))
    plot.redraw()
    x, y = plot._curves["a"].item.getData()
    assert len(x) <= MOST_POINTS + 16
    assert y.max() == 7.0
    assert plot._curves["a"].item.opts["pen"].widthF() == 1


def test_points_appended_are_drawn_and_their_mean_grows(plot, qtbot):
    plot.set_curve("a", np.arange(4.0), np.ones(4), CurveStyle("a", "plot-1"))
    plot.set_mean("m", "a", 2, CurveStyle("mean", "plot-1"))
    plot.append("a", np.array([4.0, 5.0]), np.array([3.0, 5.0]))
    assert plot.data("m").points.y.tolist() == [1, 1, 1, 1, 2, 4]
    qtbot.waitUntil(lambda: len(plot._curves["a"].item.getData()[0]) == 6)


def test_dragging_zooms_and_a_double_click_shows_all(plot, qtbot):
    plot.set_curve("a", np.arange(101.0), np.arange(101.0), CurveStyle("a", "plot-1"))
    plot.redraw()
    overlay, rect = plot._overlay, plot.plot_rect()
    left = QPointF(rect.left() + rect.width() * 0.25, rect.center().y()).toPoint()
    right = QPointF(rect.left() + rect.width() * 0.5, rect.center().y()).toPoint()
    qtbot.mousePress(overlay, Qt.MouseButton.LeftButton, pos=left)
    qtbot.mouseMove(overlay, right)
    qtbot.mouseRelease(overlay, Qt.MouseButton.LeftButton, pos=right)
    assert plot._x_range == pytest.approx((25, 50), abs=1)
    qtbot.mouseDClick(overlay, Qt.MouseButton.LeftButton, pos=left)
    assert plot._x_range == (0, 100)


def test_names_at_the_ends_do_not_lie_on_each_other(plot):
    for number in range(5):
        points = np.full(10, 1 + number / 1000)
        style = CurveStyle(f"run {number}", f"plot-{number + 1}")
        plot.set_curve(f"{number}", np.arange(10.0), points, style)
    plot.set_references([Reference("majority", 1.001)])
    plot.redraw()
    places = sorted(name.at.y() for name in plot._overlay.names())
    assert len(places) == 6
    assert min(np.diff(places)) >= 14.9


def test_a_logarithmic_scale_leaves_out_what_has_no_logarithm(plot):
    plot.set_curve("a", np.arange(4.0), np.array([1.0, 0.0, 100.0, np.nan]),
                   CurveStyle("a", "plot-1"))  # fmt: skip
    plot.set_logarithmic(True)
    plot.set_bests([Best(2, 100.0, "best", "plot-1")])
    plot.redraw()
    drawn = plot._curves["a"].item.getData()[1]
    assert drawn[0] == 0
    assert drawn[2] == 2
    assert np.isnan(drawn[1])
    assert not plot.grab().isNull()


def test_hovering_reads_the_values_of_each_named_curve(plot):
    plot.set_curve("a", np.arange(3.0), np.array([1.0, 2.0, 3.0]), CurveStyle("a", "plot-1"))
    plot.set_curve("b", np.arange(3.0), np.zeros(3), CurveStyle("b", "plot-2", named=False))
    assert [(s.name, x, y) for s, x, y in plot.values_at(1.2)] == [("a", 1.0, 2.0)]


def test_numbers_are_written_without_their_leading_zero():
    assert [write_number(value) for value in (0.549, -0.5, 2e-4, 1234.0)] == [
        ".549", "−.500", "2e-4", "1,234",
    ]  # fmt: skip
    assert ticks(0.0, 0.8, 5) == [0, 0.2, 0.4, 0.6, 0.8]
    assert ticks(1.0, 1.0, 5) == []
    assert log_ticks(0, 4) == [0, 1, 2, 3, 4]
    assert spread([10, 11, 12], 15, 0, 100) == [10, 25, 40]


def test_a_cell_of_the_matrix_asks_for_its_samples(styled, qtbot):
    matrix = ConfusionMatrix()
    qtbot.addWidget(matrix)
    matrix.resize(300, 130)
    matrix.show_matrix(LABELS, ((19, 14), (12, 54)))
    matrix.show()
    with qtbot.waitSignal(matrix.cell_chosen) as heard:
        place = matrix.cell_rect(0, 1).center().toPoint()
        qtbot.mouseClick(matrix, Qt.MouseButton.LeftButton, pos=place)
    assert heard.args == ["dangerous", "safe"]
    matrix.setFocus()
    with qtbot.waitSignal(matrix.cell_chosen) as heard:
        qtbot.keyClick(matrix, Qt.Key.Key_Down)
        qtbot.keyClick(matrix, Qt.Key.Key_Return)
    assert heard.args == ["safe", "safe"]
    assert "14 are dangerous, said safe" in matrix.accessibleDescription()


def test_a_point_of_the_map_opens_its_sample(styled, qtbot):
    chart = ScatterMap()
    qtbot.addWidget(chart)
    chart.resize(300, 166)
    chart.show()
    chart.show_points(
        np.array([7, 8]), np.array([0.1, 0.4]), np.array([0.1, 0.9]), np.array([True, False])
    )
    with qtbot.waitSignal(chart.point_chosen) as heard:
        place = chart.place_of(7).toPoint()
        qtbot.mouseClick(chart, Qt.MouseButton.LeftButton, pos=place)
    assert heard.args == [7]
    assert chart.point_at(QPointF(150, 20)) == -1


def test_the_verdict_scale_stretches_to_what_it_shows(styled, qtbot):
    scale = VerdictScale()
    qtbot.addWidget(scale)
    scale.show_values(ScaleValues(0.75, 0.65, 0.83, 0.667, 0.75, "seed S0a"))
    assert scale.bounds() == (0.45, 0.9)
    scale.show_values(ScaleValues(0.97, 0.3, 0.99, 0.5))
    low, high = scale.bounds()
    assert low < 0.3
    assert high >= 0.99
    assert not scale.grab().isNull()


def test_an_interval_that_holds_zero_may_be_chance(styled, qtbot):
    chart = IntervalPlot()
    qtbot.addWidget(chart)
    rows = [Interval("Accuracy", 8.1, 1.0, 15.0), Interval("F1 safe", 4.9, -1.0, 9.0)]
    chart.show_rows(rows)
    assert [row.may_be_chance for row in rows] == [False, True]
    assert chart.accessibleDescription().count("may be chance") == 1
    assert [write_points(value) for value in (8.1, -3.14, 0.0)] == ["+8.1", "−3.1", "0"]
