"""From all layers and heads to what is shown: one row of shares over the tokens."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from workers.contract.rollout import through


class Over(StrEnum):
    """Which layers are taken together."""

    LAYER = "layer"
    MEAN = "mean"
    ROLLOUT = "rollout"


@dataclass(frozen=True)
class Reduction:
    """How layers and heads become one matrix; `head` None is the mean of the heads.

    A mean is of the layers from `span`'s first to its last, None for all.
    """

    over: Over = Over.LAYER
    layer: int = 0
    head: int | None = None
    span: tuple[int, int] | None = None

    def layers(self, count: int) -> range:
        """The layers of a mean, of so many."""
        first, last = self.span or (0, count - 1)
        return range(min(first, count - 1), min(last, count - 1) + 1)


def reduce(weights: np.ndarray, reduction: Reduction) -> np.ndarray:
    """[layer, head, row, token] to [row, token] in single precision; rows sum to 1.

    A rollout needs the rows of all tokens.
    """
    match reduction.over:
        case Over.LAYER:
            return _heads(weights[reduction.layer : reduction.layer + 1], reduction.head)[0]
        case Over.MEAN:
            layers = reduction.layers(len(weights))
            return _heads(weights[layers.start : layers.stop], reduction.head).mean(axis=0)
        case Over.ROLLOUT:
            return rollout(_heads(weights, reduction.head))


def rollout(layers: np.ndarray) -> np.ndarray:
    """Attention multiplied through the layers, half of each layer passing straight on."""
    reached = np.eye(layers.shape[-1], dtype=np.float32)
    for layer in layers:
        reached = through(layer, reached, reached)
    return reached


def token_row(matrix: np.ndarray, rows: tuple[int, ...]) -> np.ndarray:
    """Where a word read from: the mean of its tokens' rows."""
    return matrix[list(rows)].mean(axis=0)


def without_special(row: np.ndarray, special: tuple[bool, ...]) -> np.ndarray:
    """Special tokens take nothing, the others share all; zeros where nothing else was read."""
    kept = np.where(special, 0.0, row).astype(np.float32)
    total = kept.sum()
    return kept / total if total > 0 else kept


def shares_of_largest(row: np.ndarray) -> np.ndarray:
    """Each value as a share of the largest; zeros stay zeros."""
    largest = row.max(initial=0.0)
    return row / largest if largest > 0 else np.zeros_like(row)


def word_shares(row: np.ndarray, words: list[tuple[int, ...]]) -> np.ndarray:
    """The share of each word: the sum over its tokens."""
    return np.array([row[list(tokens)].sum() for tokens in words], dtype=np.float32)


def difference(tuned: np.ndarray, base: np.ndarray) -> np.ndarray:
    """What the tuned model reads more (above zero) or less, scaled so that the largest is 1."""
    change = tuned - base
    largest = np.abs(change).max(initial=0.0)
    return change / largest if largest > 0 else np.zeros_like(change)


def each_layer(weights: np.ndarray, rows: tuple[int, ...], head: int | None) -> np.ndarray:
    """The row of a word in every layer: [layer, token]."""
    layers = weights if head is None else weights[:, head : head + 1]
    return layers[:, :, list(rows)].astype(np.float32).mean(axis=(1, 2))


def each_head(weights: np.ndarray, rows: tuple[int, ...], special: tuple[bool, ...]) -> np.ndarray:
    """How much of a word's attention stays on words, by layer and head."""
    reading = weights[:, :, list(rows)].astype(np.float32).mean(axis=2)
    return reading[..., ~np.array(special)].sum(axis=-1)


def entropy_bits(row: np.ndarray) -> float:
    """How spread a row is: 0 on one token, log2(n) over n alike."""
    shares = row[row > 0] / max(row.sum(), 1e-12)
    return float(-(shares * np.log2(shares)).sum())


def _heads(weights: np.ndarray, head: int | None) -> np.ndarray:
    if head is None:
        return weights.astype(np.float32).mean(axis=1)
    return weights[:, head].astype(np.float32)
