"""How good a classifier is on a split: counted by sample, with the batch conventions beside."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

CALIBRATION_BINS = 10

Floats = np.ndarray


@dataclass(frozen=True)
class PerSample:
    """Figures of each sample; confidence and margin are those of the given label."""

    losses: Floats
    confidences: Floats
    margins: Floats
    probabilities: Floats


@dataclass(frozen=True)
class Score:
    """A split measured; rows of `confusion` are true labels."""

    loss: float
    accuracy: float
    correct: int
    count: int
    majority_label: str
    majority_count: int
    confusion: tuple[tuple[int, ...], ...]
    metrics: dict[str, float]


def per_sample(logits: Floats, labels: Sequence[int]) -> PerSample:
    """Cross-entropy, probability and margin (logit less the largest other) for each sample."""
    given = np.asarray(labels, dtype=np.int64)
    rows = np.arange(len(given))
    values = np.asarray(logits, dtype=np.float64).reshape(len(given), -1)
    with np.errstate(invalid="ignore"):  # what is not a number stays so, and the caller looks
        return _figures(values, given, rows)


def _figures(values: Floats, given: Floats, rows: Floats) -> PerSample:
    shifted = values - values.max(axis=1, keepdims=True)
    log_total = np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    log_probabilities = shifted - log_total
    others = values.copy()
    others[rows, given] = -np.inf
    return PerSample(
        losses=-log_probabilities[rows, given],
        confidences=np.exp(log_probabilities[rows, given]),
        margins=values[rows, given] - others.max(axis=1),
        probabilities=np.exp(log_probabilities),
    )


def score(logits: Floats, labels: Sequence[int], names: Sequence[str], batch_size: int) -> Score:
    """Measure a split that has at least one sample; batches are cut in the order given."""
    given = np.asarray(labels, dtype=np.int64)
    figures = per_sample(logits, labels)
    predicted = figures.probabilities.argmax(axis=1)
    confusion = np.zeros((len(names), len(names)), dtype=np.int64)
    np.add.at(confusion, (given, predicted), 1)
    right = predicted == given
    majority = int(np.bincount(given, minlength=len(names)).argmax())
    metrics = _by_label(confusion, names)
    metrics["calibration_error"] = calibration_error(figures.probabilities, given)
    metrics |= batch_conventions(figures.losses, right, batch_size)
    return Score(
        loss=float(figures.losses.mean()),
        accuracy=float(right.mean()),
        correct=int(right.sum()),
        count=len(given),
        majority_label=names[majority],
        majority_count=int((given == majority).sum()),
        confusion=tuple(tuple(int(cell) for cell in row) for row in confusion),
        metrics=metrics,
    )


def batch_conventions(losses: Floats, right: Floats, batch_size: int) -> dict[str, float]:
    """The two aggregates over batches that published figures use instead of the sample mean."""
    starts = range(0, len(right), batch_size)
    return {
        "accuracy/mean_of_batches": float(
            np.mean([right[start : start + batch_size].mean() for start in starts])
        ),
        "loss/mean_of_batches": float(
            np.mean([losses[start : start + batch_size].mean() for start in starts])
        ),
        "accuracy/over_full_batches": float(right.sum() / (len(starts) * batch_size)),
    }


def calibration_error(probabilities: Floats, given: Floats) -> float:
    """Mean gap between confidence and accuracy over ten equal bins of confidence."""
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == given
    bins = np.minimum((confidence * CALIBRATION_BINS).astype(int), CALIBRATION_BINS - 1)
    total = np.bincount(bins, minlength=CALIBRATION_BINS)
    gap = np.bincount(bins, confidence - right, minlength=CALIBRATION_BINS)
    return float(np.abs(gap[total > 0]).sum() / len(given))


def _by_label(confusion: Floats, names: Sequence[str]) -> dict[str, float]:
    hits = confusion.diagonal().astype(float)
    true, said = confusion.sum(axis=1), confusion.sum(axis=0)
    recall = np.divide(hits, true, out=np.zeros_like(hits), where=true > 0)
    precision = np.divide(hits, said, out=np.zeros_like(hits), where=said > 0)
    total = true + said
    f1 = np.divide(2 * hits, total, out=np.zeros_like(hits), where=total > 0)
    met = total > 0
    metrics = {"f1/macro": float(f1[met].mean()) if met.any() else 0.0}
    for index, name in enumerate(names):
        metrics[f"f1/{name}"] = float(f1[index])
        metrics[f"recall/{name}"] = float(recall[index])
        metrics[f"precision/{name}"] = float(precision[index])
    return metrics
