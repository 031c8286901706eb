"""The curves of the chosen run: one large, three small that swap with it, others laid over."""

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QVBoxLayout, QWidget

from studio.project.records import EvaluationRow
from studio.ui.runs import curve_groups
from studio.ui.runs.curve_feed import CurveFeed, Key, News, points_of
from studio.ui.runs.curve_groups import BY_KEY, CurveGroup
from studio.ui.runs.curves_head import CurvesHead
from studio.ui.widgets.buttons import make_button
from studio.ui.widgets.curve_data import CurveData
from studio.ui.widgets.curve_plot import CurvePlot
from studio.ui.widgets.curve_style import Best, Reference
from studio.ui.widgets.text import PlainLabel

NARROW = 720
NOTHING_YET = "Measured at the end of an epoch."


@dataclass(frozen=True)
class ShownRun:
    """A run whose curves are drawn: the chosen one or one laid over it."""

    run_id: int
    title: str
    colour: str
    epochs: int
    steps_per_epoch: int = 0
    has_labels: bool = True


class SmallPlot(QWidget):
    """A small plot under its title; the title opens the list of what can stand here."""

    swapped = Signal(str)
    replaced = Signal(str, str)

    def __init__(self, group: CurveGroup, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.group = group
        self.title = make_button(group.title, "ghost", size="bar", tooltip="Show another curve")
        self.title.clicked.connect(self._open_menu)
        self.plot = CurvePlot(compact=True)
        self.plot.clicked.connect(lambda: self.swapped.emit(self.group.key))
        self.plot.setCursor(Qt.CursorShape.PointingHandCursor)
        self.nothing = PlainLabel(NOTHING_YET, role="small", tone="text_3", wrap=True)
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.nothing.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 6, 6, 4)
        column.setSpacing(0)
        column.addWidget(self.title, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self.plot, 1)
        column.addWidget(self.nothing, 1)

    def show_whether_empty(self) -> None:
        """Words in place of axes without a curve."""
        empty = not self.plot.curve_keys()
        self.plot.setVisible(not empty)
        self.nothing.setVisible(empty)

    def show_group(self, group: CurveGroup) -> None:
        """Stand for another group."""
        self.group = group
        self.title.setText(group.title)

    def _open_menu(self) -> None:
        menu = QMenu(self)
        for group in curve_groups.GROUPS:
            if group.key != self.group.key:
                action = menu.addAction(group.title)
                action.setData(group.key)
        chosen = menu.exec(self.title.mapToGlobal(self.title.rect().bottomLeft()))
        if chosen is not None:
            self.replaced.emit(self.group.key, str(chosen.data()))


class CurvesPanel(QWidget):
    """Holds what was read of the followed curves and spreads it over its plots."""

    overlay_menu_wanted = Signal()
    values_wanted = Signal()
    csv_wanted = Signal()
    image_wanted = Signal()
    stop_wanted = Signal()

    def __init__(self, feed: CurveFeed, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._feed = feed
        self._data: dict[Key, CurveData] = {}
        self._run: ShownRun | None = None
        self._overlays: list[ShownRun] = []
        self._evaluations: list[EvaluationRow] = []
        self._references: list[Reference] = []
        self._best: EvaluationRow | None = None
        self._live = False
        self.main_group = BY_KEY["loss"]
        self._build()
        feed.arrived.connect(self._take)

    def _build(self) -> None:
        self.head = CurvesHead()
        self.head.overlay_wanted.connect(self.overlay_menu_wanted)
        self.head.scale_chosen.connect(self._set_logarithmic)
        self.head.values_wanted.connect(self.values_wanted)
        self.head.csv_wanted.connect(self.csv_wanted)
        self.head.image_wanted.connect(self.image_wanted)
        self.head.stop_wanted.connect(self.stop_wanted)
        self.head.shown_toggled.connect(self._toggle)
        self.head.solo_wanted.connect(self._solo)
        self.main = CurvePlot()
        self.main.setMinimumHeight(180)
        self.waiting = PlainLabel("", tone="text_3")
        self.waiting.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._row = QHBoxLayout()
        self._row.setContentsMargins(8, 0, 8, 0)
        self._row.setSpacing(0)
        self.small = [SmallPlot(BY_KEY[key]) for key in curve_groups.SMALL]
        for plot in self.small:
            plot.setMinimumHeight(140)
            plot.setMaximumHeight(190)
            plot.swapped.connect(self.swap)
            plot.replaced.connect(self.replace)
            self._row.addWidget(plot, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.head)
        column.addWidget(self.waiting, 1)
        column.addWidget(self.main, 1)
        column.addLayout(self._row)

    def sizeHint(self) -> QSize:
        return QSize(640, 560)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.small[2].setVisible(self.width() >= NARROW)

    # What is shown

    def show_run(self, run: ShownRun, overlays: list[ShownRun]) -> None:
        """Show a run and those over it; nothing is read again that is known."""
        if run == self._run and overlays == self._overlays:
            return
        if self._run is None or run.run_id != self._run.run_id:
            self.main.show_all()
            self._choose_small(run.has_labels)
        self._run, self._overlays = run, list(overlays)
        keys = [(shown.run_id, metric) for shown in [run, *overlays] for metric in _metrics()]
        self._data = {key: data for key, data in self._data.items() if key in set(keys)}
        self._draw_all()
        self._feed.follow(keys)

    def _choose_small(self, has_labels: bool) -> None:
        """Accuracy or perplexity in the first small place, unless another curve was put there."""
        keys = ("perplexity", "quality") if has_labels else ("quality", "perplexity")
        if self.main_group.key == keys[0]:
            self.main_group = BY_KEY[keys[1]]
        for place in self.small:
            if place.group.key == keys[0]:
                place.show_group(BY_KEY[keys[1]])

    def show_state(
        self,
        *,
        live: bool,
        waiting: str,
        evaluations: list[EvaluationRow],
        best: EvaluationRow | None,
        references: list[Reference],
        note: str,
    ) -> None:
        """Show what the run has come to: marks, reference lines and the sentence beside them."""
        self._evaluations, self._best, self._live = evaluations, best, live
        self._references = references
        self.waiting.setText(waiting)
        self.head.show_note(note, can_stop=live)
        self._show_waiting()
        self._decorate()

    def restart(self, run_id: int) -> None:
        """Forget a run's curves, as it went back to a checkpoint."""
        self._data = {key: data for key, data in self._data.items() if key[0] != run_id}
        self._feed.restart(run_id)

    def swap(self, key: str) -> None:
        """Make a small curve the large one, and the large one small."""
        place = next(plot for plot in self.small if plot.group.key == key)
        place.show_group(self.main_group)
        self.main_group = BY_KEY[key]
        self.main.show_all()
        self._draw_all()

    def replace(self, key: str, other: str) -> None:
        """Let another curve stand in a small one's place."""
        place = next(plot for plot in self.small if plot.group.key == key)
        if other == self.main_group.key:
            self.swap(key)
            return
        for plot in self.small:
            if plot.group.key == other:
                plot.show_group(place.group)
        place.show_group(BY_KEY[other])
        self._draw_all()

    def toggle_scale(self) -> None:
        """Linear to logarithmic and back."""
        self.head.toggle_scale()

    def points(self) -> dict[Key, CurveData]:
        """All that has been read of the shown runs."""
        return self._data

    # Drawing

    def _take(self, found: list[News]) -> None:
        grown: list[News] = []
        anew = False
        for news in found:
            if news.key in self._data and not news.anew:
                grown.append(news)
            else:
                self._data[news.key] = CurveData()
                anew = True
            self._data[news.key].append(*points_of(news.curve))
        self._show_waiting()
        if anew:
            self._draw_all()
            return
        for plot, group in self._plots():
            metrics = {line.metric for line in group.lines}
            for news in grown:
                key = _curve_key(news.key)
                if news.key[1] in metrics and key in plot.curve_keys():
                    plot.append(key, *points_of(news.curve))
        self._decorate()

    def _plots(self) -> list[tuple[CurvePlot, CurveGroup]]:
        return [(self.main, self.main_group), *((plot.plot, plot.group) for plot in self.small)]

    def _draw_all(self) -> None:
        for plot, group in self._plots():
            self._draw(plot, group)
        for small in self.small:
            small.show_whether_empty()
        self.head.show_group(self.main_group.title)
        shown = [self._run, *self._overlays] if self._run else []
        self.head.show_runs([(run.run_id, run.title, run.colour) for run in shown if run])
        self._show_waiting()
        self._decorate()

    def _draw(self, plot: CurvePlot, group: CurveGroup) -> None:
        for key in plot.curve_keys():
            plot.remove_curve(key)
        plot.write, plot.write_tick, plot.floor = group.write, group.write_tick, group.floor
        if self._run is None:
            return
        for place, run in enumerate(self._overlays):
            self._draw_overlay(plot, group, run, place)
        for line in group.lines:
            data = self._data.get((self._run.run_id, line.metric))
            if data is None or not data.count:
                continue
            key = _curve_key((self._run.run_id, line.metric))
            plot.set_curve(key, *data.points, curve_groups.own_style(line, self._run.colour))
            if line.mean:
                window = max(min(curve_groups.MEAN_STEPS, self._run.steps_per_epoch or 25), 2)
                style = curve_groups.mean_style(line, self._run.colour)
                plot.set_mean(f"mean {key}", key, window, style)

    def _draw_overlay(self, plot: CurvePlot, group: CurveGroup, run: ShownRun, place: int) -> None:
        line = next((line for line in group.lines if line.strong), group.lines[0])
        data = self._data.get((run.run_id, line.metric))
        if data is not None and data.count:
            style = curve_groups.overlay_style(run.title, run.colour, place)
            plot.set_curve(_curve_key((run.run_id, line.metric)), *data.points, style)

    def _decorate(self) -> None:
        if self._run is None:
            return
        for plot, group in self._plots():
            plot.set_end(float(self._run.epochs) if self._live else None)
            plot.set_references(self._references if group.majority else [])
            best = self._best_of(group)
            plot.set_bests([best] if best is not None else [])

    def _best_of(self, group: CurveGroup) -> Best | None:
        best, run = self._best, self._run
        if best is None or run is None or group.key not in ("loss", "quality"):
            return None
        value = best.loss if group.key == "loss" else best.accuracy
        if value is None or not np.isfinite(value):
            return None
        text = f"best, epoch {best.epoch}: {group.write(value)}"
        return Best(float(best.epoch), float(value), text, run.colour)

    def _show_waiting(self) -> None:
        run = self._run
        empty = run is None or not any(
            data.count for key, data in self._data.items() if key[0] == run.run_id
        )
        self.waiting.setVisible(empty)
        self.main.setVisible(not empty)
        for plot in self.small:
            plot.setVisible(not empty and (plot is not self.small[2] or self.width() >= NARROW))

    def _set_logarithmic(self, logarithmic: bool) -> None:
        self.main.set_logarithmic(logarithmic)

    def _toggle(self, run_id: int, shown: bool) -> None:
        for plot, _ in self._plots():
            for key in plot.curve_keys():
                if _run_of(key) == run_id:
                    plot.set_shown(key, shown)

    def _solo(self, run_id: int) -> None:
        for run in [self._run, *self._overlays]:
            if run is not None:
                self._toggle(run.run_id, run.run_id == run_id)


def _metrics() -> tuple[str, ...]:
    return curve_groups.ALL_METRICS


def _curve_key(key: Key) -> str:
    return f"{key[0]} {key[1]}"


def _run_of(curve_key: str) -> int:
    return int(curve_key.removeprefix("mean ").partition(" ")[0])
