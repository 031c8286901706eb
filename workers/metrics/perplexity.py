"""Perplexity of given answers: the mean of the samples' own, with what one bad sample hides."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Perplexity:
    """A split's perplexities; `mean` is theirs, `pooled` is exp of the mean over all tokens."""

    mean: float
    median: float
    percentile_95: float
    pooled: float
    count: int
    tokens: int


def of_samples(sums: np.ndarray, tokens: np.ndarray) -> np.ndarray:
    """exp of each sample's mean loss, from its summed loss and its number of tokens."""
    with np.errstate(over="ignore"):
        return np.exp(np.asarray(sums, np.float64) / tokens)


def summarise(sums: np.ndarray, tokens: np.ndarray) -> Perplexity:
    """All figures of a split that has at least one sample; each has at least one token."""
    each = of_samples(sums, tokens)
    with np.errstate(over="ignore", invalid="ignore"):
        return Perplexity(
            mean=float(each.mean()),
            median=float(np.median(each)),
            percentile_95=float(np.percentile(each, 95)),
            pooled=float(np.exp(np.sum(sums, dtype=np.float64) / np.sum(tokens))),
            count=len(each),
            tokens=int(np.sum(tokens)),
        )
