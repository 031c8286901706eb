"""Eight curves of a million points: repaint and append, ours beside pyqtgraph's own ways.

`python tests/benchmarks/bench_curves.py [points]`; rounds are interleaved, medians printed.
"""

import os
import statistics
import sys
import time
from collections.abc import Callable

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
import pyqtgraph as pg
from PySide6.QtWidgets import QApplication, QWidget

from studio.ui import fonts, theme
from studio.ui.widgets.curve_data import CurveData
from studio.ui.widgets.curve_plot import CurvePlot
from studio.ui.widgets.curve_style import CurveStyle

CURVES = 8
NEW = 1000
ROUNDS = 9
SIZE = (1200, 420)


def main(arguments: list[str]) -> int:
    points = int(arguments[0]) if arguments else 1_000_000
    app = QApplication.instance() or QApplication([])
    fonts.load_fonts()
    theme.apply_theme(app, "dark")
    x = np.arange(points) / 1000.0
    random = np.random.default_rng(0)
    values = [np.exp(-x / x[-1]) + random.normal(0, 0.1, points) for _ in range(CURVES)]
    ours = make_ours(x, values)
    plain = make_theirs(x, values, reduced=False)
    reduced = make_theirs(x, values, reduced=True)
    app.processEvents()
    times = interleaved(
        {
            "ours: reduce and repaint": lambda: redraw_ours(ours),
            "ours: repaint only": lambda: paint(ours),
            "pyqtgraph, its peak mode: set and repaint": lambda: redraw_theirs(reduced, x, values),
            "pyqtgraph, its peak mode: repaint only": lambda: paint(reduced),
        }
    )
    times["pyqtgraph as it comes: repaint only"] = [timed(lambda: paint(plain)) for _ in range(3)]
    times[f"ours: append {NEW:,} points to one curve"] = time_appends(x, values[0])
    report(points, times)
    return 0


def make_ours(x: np.ndarray, values: list[np.ndarray]) -> CurvePlot:
    plot = CurvePlot()
    plot.resize(*SIZE)
    plot.show()
    for place, y in enumerate(values):
        plot.set_curve(f"{place}", x, y, CurveStyle(f"run {place}", f"plot-{place + 1}", 2.25))
    plot.redraw()
    return plot


def make_theirs(x: np.ndarray, values: list[np.ndarray], *, reduced: bool) -> pg.PlotWidget:
    plot = pg.PlotWidget()
    plot.resize(*SIZE)
    if reduced:
        plot.setDownsampling(auto=True, mode="peak")
        plot.setClipToView(True)
    for place, y in enumerate(values):
        plot.plot(x, y, pen=pg.mkPen(pg.intColor(place), width=1))
    plot.show()
    return plot


def redraw_ours(plot: CurvePlot) -> None:
    plot.redraw()
    paint(plot)


def redraw_theirs(plot: pg.PlotWidget, x: np.ndarray, values: list[np.ndarray]) -> None:
    for item, y in zip(plot.listDataItems(), values, strict=True):
        item.setData(x, y)
    paint(plot)


def paint(widget: QWidget) -> None:
    widget.grab()


def time_appends(x: np.ndarray, y: np.ndarray) -> list[float]:
    data = CurveData()
    data.append(x, y)
    found = []
    for number in range(200):
        new = x[-1] + (np.arange(NEW) + 1 + number * NEW) / 1000.0
        more = np.random.default_rng(number).normal(size=NEW)
        found.append(timed(lambda new=new, more=more: data.append(new, more)))
    return found


def interleaved(acts: dict[str, Callable[[], None]]) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {name: [] for name in acts}
    for act in acts.values():
        act()
    for _ in range(ROUNDS):
        for name, act in acts.items():
            times[name].append(timed(act))
    return times


def timed(act: Callable[[], None]) -> float:
    started = time.perf_counter()
    act()
    return 1000 * (time.perf_counter() - started)


def report(points: int, times: dict[str, list[float]]) -> None:
    print(f"{CURVES} curves of {points:,} points, {SIZE[0]} x {SIZE[1]}, median (largest) in ms")
    for name, found in times.items():
        print(f"  {statistics.median(found):10.2f} ({max(found):.2f})  {name}")
    ours = statistics.median(times["ours: reduce and repaint"])
    for name in times:
        if name.startswith("pyqtgraph"):
            print(f"  {statistics.median(times[name]) / ours:8.1f} x ours: {name}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
