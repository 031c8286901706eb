"""Curves over epochs: a few thousand points drawn whatever the history, with names at line ends."""

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QWidget

from studio.ui import fonts, theme
from studio.ui.tokens import Tokens
from studio.ui.widgets import curve_style
from studio.ui.widgets.curve_data import CurveData, Numbers, moving_mean
from studio.ui.widgets.curve_overlay import CurveOverlay, End
from studio.ui.widgets.curve_pens import mixed, pen_of
from studio.ui.widgets.curve_style import Best, CurveStyle, Reference, Write

MOST_POINTS = 4800
# Above so many points, or where points were left out, a pen is 1 px and hard-edged: thick or
# smooth ones cost four times as much.
LONG = 1500


class _Curve:
    """What is known of one curve, and the item that draws it."""

    def __init__(self, style: CurveStyle, item: pg.PlotCurveItem) -> None:
        self.style = style
        self.item = item
        self.data = CurveData()
        self.mean_of = ""  # the key of the curve whose moving mean this is
        self.window = 0


class CurvePlot(QWidget):
    """Curves by key. Drag zooms the x axis, a double click shows all, hovering reads values."""

    clicked = Signal()
    zoomed = Signal(bool)

    def __init__(self, *, compact: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.compact = compact
        self.write: Write = curve_style.write_number
        self.write_tick: Write = curve_style.write_tick
        self.x_unit = "epoch"
        self.floor: float | None = None
        self.ceiling: float | None = None
        self.references: list[Reference] = []
        self.bests: list[Best] = []
        self.end: float | None = None
        self.logarithmic = False
        self._zoom: tuple[float, float] | None = None
        self._curves: dict[str, _Curve] = {}
        self._hidden: set[str] = set()
        self._x_range = (0.0, 1.0)
        self._y_range = (0.0, 1.0)
        self._left = 32 if compact else 44
        self._right = 24
        self._build()
        theme.watch(self.refresh_later)

    def sizeHint(self) -> QSize:
        return QSize(240, 128) if self.compact else QSize(640, 360)

    def _build(self) -> None:
        self._view = pg.GraphicsView(self, useOpenGL=False)
        self._view.setBackground(None)
        self._box = pg.ViewBox(enableMenu=False, enableMouse=False, defaultPadding=0)
        self._box.disableAutoRange()
        self._view.setCentralItem(self._box)
        self._view.setFrameShape(self._view.Shape.NoFrame)
        self._view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._view.viewport().setAutoFillBackground(False)
        self._overlay = CurveOverlay(self)
        self._overlay.range_chosen.connect(self.zoom)
        self._overlay.all_wanted.connect(self.show_all)
        self._overlay.clicked.connect(self.clicked)
        self._later = QTimer(self, singleShot=True, interval=0)
        self._later.timeout.connect(self.redraw)

    # What is shown

    def set_curve(self, key: str, x: Numbers, y: Numbers, style: CurveStyle) -> None:
        """Show a curve, new or anew."""
        self.remove_curve(key)
        item = pg.PlotCurveItem(connect="finite")
        self._box.addItem(item, ignoreBounds=True)
        self._curves[key] = _Curve(style, item)
        self.append(key, x, y)

    def set_mean(self, key: str, of: str, window: int, style: CurveStyle) -> None:
        """Show the moving mean of another curve; it grows with that curve."""
        values = self._curves[of].data.points
        self.set_curve(key, values.x, moving_mean(values.y, window), style)
        self._curves[key].mean_of = of
        self._curves[key].window = window

    def append(self, key: str, x: Numbers, y: Numbers) -> None:
        """Add points behind a curve's last; drawn with the next turn of the event loop."""
        curve = self._curves[key]
        curve.data.append(x, y)
        for other in self._curves.values():
            if other.mean_of == key:
                known = curve.data.points.y[-(len(x) + other.window) :]
                other.data.append(x, moving_mean(known, other.window)[-len(x) :])
        self.refresh_later()

    def remove_curve(self, key: str) -> None:
        """Take a curve off; unknown keys are none."""
        curve = self._curves.pop(key, None)
        if curve is not None:
            self._box.removeItem(curve.item)
            self.refresh_later()

    def clear(self) -> None:
        """Take everything off."""
        for key in list(self._curves):
            self.remove_curve(key)
        self.references, self.bests, self.end, self._zoom = [], [], None, None
        self._hidden.clear()
        self.refresh_later()

    def curve_keys(self) -> list[str]:
        """The curves that there are, in the order they came."""
        return list(self._curves)

    def data(self, key: str) -> CurveData:
        """All points of a curve."""
        return self._curves[key].data

    def style_of(self, key: str) -> CurveStyle:
        """How a curve looks."""
        return self._curves[key].style

    def set_shown(self, key: str, shown: bool) -> None:
        """Switch a curve off or on again without forgetting it."""
        self._hidden.discard(key) if shown else self._hidden.add(key)
        self.refresh_later()

    def is_shown(self, key: str) -> bool:
        """Whether a curve is drawn."""
        return key not in self._hidden

    def set_references(self, references: Sequence[Reference]) -> None:
        """Replace the named horizontal lines."""
        self.references = list(references)
        self.refresh_later()

    def set_bests(self, bests: Sequence[Best]) -> None:
        """Mark the best points: one with a line down to the axis, several by words beside them."""
        self.bests = list(bests)
        self.refresh_later()

    def set_end(self, end: float | None) -> None:
        """Say where the run would end: what is not reached yet is shaded."""
        self.end = end
        self.refresh_later()

    def set_logarithmic(self, logarithmic: bool) -> None:
        """Choose the scale of y; values that have no logarithm are gaps."""
        self.logarithmic = logarithmic
        self.refresh_later()

    def zoom(self, left: float, right: float) -> None:
        """Show the stretch between two x."""
        self._zoom = (left, right)
        self.zoomed.emit(True)
        self.redraw()

    def show_all(self) -> None:
        """Show the whole history again."""
        self._zoom = None
        self.zoomed.emit(False)
        self.redraw()

    # Reading the drawing

    def plot_rect(self) -> QRectF:
        """Where the curves are, in this widget's coordinates."""
        left, top, right, bottom = self._margins()
        return QRectF(left, top, self.width() - left - right, self.height() - top - bottom)

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Where a point of the data lies in this widget; y as shown, after any logarithm."""
        rect = self.plot_rect()
        across = (x - self._x_range[0]) / (self._x_range[1] - self._x_range[0])
        up = (y - self._y_range[0]) / (self._y_range[1] - self._y_range[0])
        return rect.left() + across * rect.width(), rect.bottom() - up * rect.height()

    def x_at(self, pixel: float) -> float:
        """The x of the data under a pixel column."""
        rect = self.plot_rect()
        share = (pixel - rect.left()) / max(rect.width(), 1)
        return self._x_range[0] + share * (self._x_range[1] - self._x_range[0])

    def shown_value(self, value: float) -> float:
        """A value as it is drawn: itself or its logarithm."""
        if not self.logarithmic:
            return value
        return float(np.log10(value)) if value > 0 else float("nan")

    def ends(self) -> list[End]:
        """The right ends of the shown curves that are named."""
        found = []
        for key, curve in self._visible():
            points = curve.data.points
            known = np.flatnonzero(np.isfinite(points.y[-64:]))
            if curve.style.named and len(known):
                at = max(len(points.y) - 64, 0) + int(known[-1])
                found.append(End(key, curve.style, float(points.x[at]), float(points.y[at])))
        return found

    def values_at(self, x: float) -> list[tuple[CurveStyle, float, float]]:
        """Style, x and value of each named curve at the point nearest to an x."""
        rows = []
        for _, curve in self._visible():
            point = curve.data.value_at(x) if curve.style.named else None
            if point is not None:
                rows.append((curve.style, *point))
        return rows

    def dotted(self) -> list[tuple[CurveStyle, Numbers, Numbers]]:
        """Curves whose points are dots, where there are few enough to be told apart."""
        rows = []
        for _, curve in self._visible():
            if curve.style.dots and curve.data.count <= 200:
                points = curve.data.points
                rows.append((curve.style, points.x, self._drawn(points.y)))
        return rows

    def values_text(self) -> str:
        """The last values in words, for those who do not see the drawing."""
        return ", ".join(f"{end.style.name} {self.write(end.y)}" for end in self.ends())

    # Drawing

    def refresh_later(self) -> None:
        """Redraw once, however much changes until then."""
        if not self._later.isActive():
            self._later.start()

    def redraw(self) -> None:
        """Draw the points that the window can show."""
        self._later.stop()
        self._set_ranges()
        tokens = theme.current_tokens()
        limit = int(min(MOST_POINTS, max(2 * self.plot_rect().width(), 256)))
        for key, curve in self._curves.items():
            curve.item.setVisible(key not in self._hidden)
            if key in self._hidden:
                continue
            points = curve.data.visible(*self._x_range, limit)
            is_long = len(points.x) > LONG or len(points.x) < self._count_within(curve)
            curve.item.opts["antialias"] = not is_long
            curve.item.setPen(pen_of(curve.style, tokens, thin=is_long))
            self._fill(curve, tokens)
            curve.item.setData(points.x, self._drawn(points.y))
        self.setAccessibleDescription(self.values_text())
        self._overlay.update()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        tokens = theme.current_tokens()
        painter.fillRect(event.rect(), tokens.color("panel"))
        rect = self.plot_rect()
        self._paint_unreached(painter, rect, tokens)
        self._paint_grid(painter, rect, tokens)
        for reference in self.references:
            value = self.shown_value(reference.value)
            if not self._y_range[0] <= value <= self._y_range[1]:
                continue
            pen = QPen(tokens.color(reference.colour), 1)
            pen.setDashPattern(list(reference.dash))
            painter.setPen(pen)
            y = round(self.place(0, value)[1]) + 0.5
            painter.drawLine(QPointF(rect.left(), y), QPointF(rect.right(), y))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._overlay.setGeometry(self.rect())
        self._place_view()
        self.refresh_later()

    def y_ticks(self) -> list[float]:
        """Where the horizontal lines are, as drawn."""
        if self.logarithmic:
            return curve_style.log_ticks(*self._y_range)
        most = max(int(self.plot_rect().height() // (26 if self.compact else 38)), 2)
        return curve_style.ticks(*self._y_range, most)

    def _ticks_width(self) -> int:
        metrics = QFontMetricsF(fonts.role_font("tiny", tabular=True))
        marks = (10**value if self.logarithmic else value for value in self.y_ticks())
        widest = max(
            (metrics.horizontalAdvance(self.write_tick(mark)) for mark in marks), default=0
        )
        return max(int(widest) + 14, 30 if self.compact else 44)

    def _paint_unreached(self, painter: QPainter, rect: QRectF, tokens: Tokens) -> None:
        reached = self._reached()
        if self.end is None or reached is None or reached >= self.end or self.compact:
            return
        left = max(self.place(reached, 0)[0], rect.left())
        right = min(self.place(self.end, 0)[0], rect.right())
        if right > left:
            area = QRectF(left, rect.top(), right - left, rect.height())
            painter.fillRect(area, tokens.color("ground"))

    def _paint_grid(self, painter: QPainter, rect: QRectF, tokens: Tokens) -> None:
        painter.setFont(fonts.role_font("tiny", tabular=True))
        for value in self.y_ticks():
            y = round(self.place(0, value)[1]) + 0.5
            painter.setPen(QPen(tokens.color("line"), 1))
            painter.drawLine(QPointF(rect.left(), y), QPointF(rect.right(), y))
            painter.setPen(tokens.color("text_3"))
            number = 10**value if self.logarithmic else value
            box = QRectF(0, y - 9, rect.left() - 8, 18)
            painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
                             self.write_tick(number))  # fmt: skip
        painter.setPen(tokens.color("text_3"))
        most = max(int(rect.width() // (90 if self.compact else 120)), 1)
        marks = curve_style.ticks(*self._x_range, most)
        for value in marks:
            x = self.place(value, 0)[0]
            unit = f" {self.x_unit}" if value == marks[-1] and not self.compact else ""
            box = QRectF(x - 60, rect.bottom() + 4, 120, 16)
            painter.drawText(box, Qt.AlignmentFlag.AlignHCenter, f"{value:g}{unit}")

    def _margins(self) -> tuple[int, int, int, int]:
        if self.compact:
            return self._left, 8, 12, 22
        return self._left, 12, self._right, 26

    def _place_view(self) -> None:
        self._view.setGeometry(self.plot_rect().toRect())

    def _set_ranges(self) -> None:
        starts = [c.data.points.x[0] for _, c in self._visible() if c.data.count]
        ends = [c.data.points.x[-1] for _, c in self._visible() if c.data.count]
        left, right = min(starts, default=0.0), max(ends, default=1.0)
        left = min(left, 0.0) if left <= 1 else left
        right = max(right, self.end or right)
        self._x_range = self._zoom or (left, right if right > left else left + 1)
        self._y_range = self._y_bounds()
        self._left = self._ticks_width()
        self._right = max(int(self._overlay.names_width()), 24)
        self._place_view()
        self._box.setRange(
            xRange=self._x_range, yRange=self._y_range, padding=0, disableAutoRange=False
        )

    def _y_bounds(self) -> tuple[float, float]:
        extents = [c.data.extent_between(*self._x_range) for _, c in self._visible()]
        bounds = [bound for extent in extents if extent for bound in extent]
        bounds += [reference.value for reference in self.references]
        if self.logarithmic:
            bounds = [self.shown_value(bound) for bound in bounds if bound > 0]
        if not bounds:
            return (0.0, 1.0)
        low, high = min(bounds), max(bounds)
        margin = 0.06 * (high - low) or 0.05 * abs(high) or 0.5
        low, high = low - margin, high + margin
        if not self.logarithmic:
            low = max(low, self.floor) if self.floor is not None and not self._zoom else low
            low = self.floor if self.floor == 0 and not self._zoom else low
            high = min(high, self.ceiling) if self.ceiling is not None else high
        return low, high if high > low else low + 1

    def _fill(self, curve: _Curve, tokens: Tokens) -> None:
        if not curve.style.filled:
            return
        colour = mixed(tokens.color(curve.style.colour), tokens.color("panel"), 0.28)
        curve.item.setFillLevel(self._y_range[0])
        curve.item.setBrush(colour)

    def _drawn(self, values: Numbers) -> Numbers:
        if not self.logarithmic:
            return values
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(values > 0, np.log10(values), np.nan)

    def _count_within(self, curve: _Curve) -> int:
        x = curve.data.points.x
        left, right = self._x_range
        return int(np.searchsorted(x, right, "right") - np.searchsorted(x, left, "left"))

    def _reached(self) -> float | None:
        own = [c for _, c in self._visible() if c.data.count and not c.style.overlaid]
        return max((float(curve.data.points.x[-1]) for curve in own), default=None)

    def _visible(self) -> list[tuple[str, _Curve]]:
        return [(key, curve) for key, curve in self._curves.items() if key not in self._hidden]
