"""How sure a difference is: the same samples drawn again and again, both runs measured on each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

RESAMPLES = 10_000
SAMPLES_AT_ONCE = 2_000_000
SEED = 42
BINS = 10

Measure = Callable[[np.ndarray], dict[str, np.ndarray]]


@dataclass(frozen=True)
class Outcome:
    """Parallel lists over the shared samples: the truth, and what either run said."""

    truths: Sequence[str]
    first: Sequence[str]
    second: Sequence[str]
    first_shares: Sequence[Mapping[str, float]]
    second_shares: Sequence[Mapping[str, float]]


@dataclass(frozen=True)
class Interval:
    """A metric of both runs, and the 95 % interval of second less first."""

    metric: str
    first: float
    second: float
    low: float
    high: float

    @property
    def difference(self) -> float:
        """Second less first."""
        return self.second - self.first

    @property
    def may_be_chance(self) -> bool:
        """Whether the interval includes no difference at all."""
        return self.low <= 0 <= self.high


def intervals(outcome: Outcome) -> tuple[Interval, ...]:
    """Accuracy first, then F1 and recall of each label, then the calibration error."""
    names = sorted({*outcome.truths, *outcome.first, *outcome.second})
    place = {name: index for index, name in enumerate(names)}
    truth, first, second = (
        np.array([place[name] for name in said])
        for said in (outcome.truths, outcome.first, outcome.second)
    )
    sure = [_confidences(shares) for shares in (outcome.first_shares, outcome.second_shares)]
    parts = [
        _measure(truth, said, own, names) for said, own in ((first, sure[0]), (second, sure[1]))
    ]
    everything = np.arange(len(truth))[None, :]
    whole = [{name: values[0] for name, values in part(everything).items()} for part in parts]
    gathered: dict[str, list[np.ndarray]] = {name: [] for name in whole[0]}
    random = np.random.default_rng(SEED)
    rows = max(1, min(RESAMPLES, SAMPLES_AT_ONCE // max(1, len(truth))))
    for start in range(0, RESAMPLES, rows):
        count = min(rows, RESAMPLES - start)
        drawn = random.integers(0, len(truth), (count, len(truth)))
        before, after = (part(drawn) for part in parts)
        for name in gathered:
            gathered[name].append(after[name] - before[name])
    return tuple(
        _interval(name, whole[0][name], whole[1][name], gathered[name]) for name in gathered
    )


def _interval(name: str, first: float, second: float, drawn: list[np.ndarray]) -> Interval:
    low, high = np.nanpercentile(np.concatenate(drawn), (2.5, 97.5))
    return Interval(name, float(first), float(second), float(low), float(high))


def _measure(truth: np.ndarray, said: np.ndarray, sure: np.ndarray, names: list[str]) -> Measure:
    """A function from drawn sample numbers [resample, n] to each metric of every resample."""
    right = truth == said

    def measure(drawn: np.ndarray) -> dict[str, np.ndarray]:
        values: dict[str, np.ndarray] = {"accuracy": right[drawn].mean(axis=1)}
        true_drawn, said_drawn = truth[drawn], said[drawn]
        for index, name in enumerate(names):
            is_true, is_said = true_drawn == index, said_drawn == index
            hits = (is_true & is_said).sum(axis=1)
            of_true, of_said = is_true.sum(axis=1), is_said.sum(axis=1)
            values[f"f1/{name}"] = 2 * hits / np.maximum(of_true + of_said, 1)
            values[f"recall/{name}"] = hits / np.maximum(of_true, 1)
        values["calibration_error"] = _calibration_error(sure[drawn], right[drawn])
        return values

    return measure


def _calibration_error(sure: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Expected calibration error with ten equal bins, for each row."""
    bins = np.minimum((sure * BINS).astype(np.int8), BINS - 1)
    total = np.zeros(len(sure))
    gap = sure - right
    for one in range(BINS):
        total += np.abs(np.where(bins == one, gap, 0.0).sum(axis=1))
    return total / sure.shape[1]


def _confidences(shares: Sequence[Mapping[str, float]]) -> np.ndarray:
    return np.array([max(row.values(), default=0.0) for row in shares])
