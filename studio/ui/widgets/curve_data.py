"""Points of one curve with a pyramid of extrema: a million of them draw as a few thousand."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Places = NDArray[np.int64]

# Each level keeps, of so many buckets below it, where the least and the largest value lie.
FACTOR = 4
# Buckets of the first level; smaller ones would cost memory and save no paint.
FIRST = 16


class Points(NamedTuple):
    """Places of a curve, in order; values that are not numbers are gaps."""

    x: Numbers
    y: Numbers


class _Level:
    """Least and largest place of every full bucket of `size` points."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.count = 0
        self.least: Places = np.empty(256, np.int64)
        self.largest: Places = np.empty(256, np.int64)

    def add(self, least: Places, largest: Places) -> None:
        end = self.count + len(least)
        self.least = _grown(self.least, end)
        self.largest = _grown(self.largest, end)
        self.least[self.count : end] = least
        self.largest[self.count : end] = largest
        self.count = end


class CurveData:
    """A growing curve; x never falls. Extrema come out of it exactly, at their true places."""

    def __init__(self) -> None:
        self.count = 0
        self._x: Numbers = np.empty(1024)
        self._y: Numbers = np.empty(1024)
        self._levels: list[_Level] = []

    @property
    def points(self) -> Points:
        """Every point, as views that must not be written to."""
        return Points(self._x[: self.count], self._y[: self.count])

    def append(self, x: Numbers, y: Numbers) -> None:
        """Add points behind the last; costs what the new points cost, not what there is."""
        end = self.count + len(x)
        self._x = _grown(self._x, end)
        self._y = _grown(self._y, end)
        self._x[self.count : end] = x
        self._y[self.count : end] = y
        self.count = end
        self._raise_levels()

    def extent(self) -> tuple[float, float] | None:
        """Least and largest value of all points; None without a number."""
        return self._extent_of(self.visible(-np.inf, np.inf, 512).y)

    def extent_between(self, left: float, right: float) -> tuple[float, float] | None:
        """Least and largest value between two x; None without a number."""
        return self._extent_of(self.visible(left, right, 512).y)

    def value_at(self, x: float) -> tuple[float, float] | None:
        """The point nearest to an x; None without points."""
        if not self.count:
            return None
        xs = self._x[: self.count]
        right = min(int(np.searchsorted(xs, x)), self.count - 1)
        left = max(right - 1, 0)
        nearest = left if abs(xs[left] - x) <= abs(xs[right] - x) else right
        return float(xs[nearest]), float(self._y[nearest])

    def visible(self, left: float, right: float, limit: int) -> Points:
        """At most about `limit` points between two x, and one beyond either side."""
        x, y = self.points
        first = max(int(np.searchsorted(x, left, "left")) - 1, 0)
        last = min(int(np.searchsorted(x, right, "right")) + 1, self.count)
        if last - first <= limit:
            return Points(x[first:last], y[first:last])
        level = next(
            (lv for lv in self._levels if 2 * (last - first) / lv.size <= limit), self._levels[-1]
        )
        return self._reduced(level, first, last)

    def _reduced(self, level: _Level, first: int, last: int) -> Points:
        begin = -(-first // level.size)
        end = max(min(last // level.size, level.count), begin)
        pairs = np.empty(2 * (end - begin), np.int64)
        np.minimum(level.least[begin:end], level.largest[begin:end], out=pairs[0::2])
        np.maximum(level.least[begin:end], level.largest[begin:end], out=pairs[1::2])
        head = self._extremes(first, min(begin * level.size, last))
        tail = self._extremes(max(end * level.size, first), last)
        places = np.concatenate([head, pairs, tail])
        return Points(self._x[places], self._y[places])

    def _extremes(self, first: int, last: int) -> Places:
        """First, least, largest and last place of a stretch shorter than a bucket."""
        if last <= first:
            return np.empty(0, np.int64)
        y = self._y[first:last]
        least = first + int(np.argmin(np.where(np.isnan(y), np.inf, y)))
        largest = first + int(np.argmax(np.where(np.isnan(y), -np.inf, y)))
        return np.unique(np.array([first, least, largest, last - 1], np.int64))

    def _raise_levels(self) -> None:
        if not self._levels:
            self._levels.append(_Level(FIRST))
        level = self._levels[0]
        done, full = level.count, self.count // FIRST
        if full > done:
            rows = self._y[done * FIRST : full * FIRST].reshape(-1, FIRST)
            start = np.arange(done, full) * FIRST
            level.add(
                start + np.argmin(np.where(np.isnan(rows), np.inf, rows), axis=1),
                start + np.argmax(np.where(np.isnan(rows), -np.inf, rows), axis=1),
            )
        below = level
        for index in range(1, 16):
            if below.count < FACTOR:
                return
            if index == len(self._levels):
                self._levels.append(_Level(below.size * FACTOR))
            below = self._raise_level(self._levels[index], below)

    def _raise_level(self, level: _Level, below: _Level) -> _Level:
        done, full = level.count, below.count // FACTOR
        if full > done:
            part = slice(done * FACTOR, full * FACTOR)
            least = below.least[part].reshape(-1, FACTOR)
            largest = below.largest[part].reshape(-1, FACTOR)
            low, high = self._y[least], self._y[largest]
            rows = np.arange(len(least))
            level.add(
                least[rows, np.argmin(np.where(np.isnan(low), np.inf, low), axis=1)],
                largest[rows, np.argmax(np.where(np.isnan(high), -np.inf, high), axis=1)],
            )
        return level

    @staticmethod
    def _extent_of(values: Numbers) -> tuple[float, float] | None:
        known = values[np.isfinite(values)]
        return (float(known.min()), float(known.max())) if len(known) else None


def moving_mean(values: Numbers, window: int) -> Numbers:
    """Mean of the last `window` values at each place, shorter at the start; gaps are left out."""
    known = np.isfinite(values)
    sums = np.concatenate([[0.0], np.cumsum(np.where(known, values, 0.0))])
    counts = np.concatenate([[0], np.cumsum(known)])
    ends = np.arange(1, len(values) + 1)
    starts = np.maximum(ends - window, 0)
    number = counts[ends] - counts[starts]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(number > 0, (sums[ends] - sums[starts]) / number, np.nan)


def _grown(array: np.ndarray, needed: int) -> np.ndarray:
    if needed <= len(array):
        return array
    larger = np.empty(max(2 * len(array), needed), array.dtype)
    larger[: len(array)] = array
    return larger
