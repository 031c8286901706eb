"""BLEU-1 to BLEU-4 as COCO computes them: no smoothing, the reference closest in length."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workers.metrics.captions.tables import ORDERS, Order, Tables, Tokens, count_grams

# Keep a ratio defined where a caption has no n-gram: nothing of nothing counts 1e-6.
TINY, SMALL = 1e-15, 1e-9
Values = NDArray[np.float64]
Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Bleu:
    """BLEU-1 to BLEU-4: of all captions pooled, and of each; the first is not the mean."""

    corpus: tuple[float, ...]
    samples: Values  # [image, order]


def bleu(predictions: Sequence[Tokens], references: Sequence[Sequence[Tokens]]) -> Bleu:
    """Score one prediction an image."""
    return bleu_of(count_grams(predictions, references))


def bleu_of(tables: Tables) -> Bleu:
    """The same of n-grams already counted."""
    if not tables.images:
        return Bleu((0.0,) * ORDERS, np.zeros((0, ORDERS)))
    right = np.stack([_right(order, tables) for order in tables.orders], axis=1)
    said = np.maximum(0, tables.predicted_lengths[:, None] - np.arange(ORDERS))
    closest = _closest_lengths(tables)
    pooled = _score(
        right.sum(axis=0, keepdims=True),
        said.sum(axis=0, keepdims=True),
        tables.predicted_lengths.sum(keepdims=True),
        closest.sum(keepdims=True),
    )
    samples = _score(right, said, tables.predicted_lengths, closest)
    return Bleu(tuple(float(value) for value in pooled[0]), samples)


def _right(order: Order, tables: Tables) -> Numbers:
    """N-grams of each prediction that a reference has, each as often as one reference has it."""
    referred, predicted = order.referred, order.predicted
    keys = tables.image[referred.caption] * order.different + referred.gram
    own = predicted.caption * order.different + predicted.gram
    place = np.minimum(np.searchsorted(own, keys), max(0, len(own) - 1))
    most = np.zeros(len(own), np.int64)
    if len(own):
        hit = own[place] == keys
        np.maximum.at(most, place[hit], referred.count[hit])
    clipped = np.minimum(most, predicted.count)
    return np.bincount(predicted.caption, clipped, tables.images).astype(np.int64)


def _closest_lengths(tables: Tables) -> Numbers:
    """Of each image: the length of the reference nearest to its prediction's, the shorter first."""
    lengths = tables.referred_lengths
    away = np.abs(lengths - tables.predicted_lengths[tables.image])
    best = np.lexsort((lengths, away, tables.image))
    firsts = np.searchsorted(tables.image, np.arange(tables.images))
    return lengths[best][firsts]


def _score(right: Numbers, said: Numbers, length: Numbers, closest: Numbers) -> Values:
    shares = np.cumprod((right + TINY) / (said + SMALL), axis=1)
    means = shares ** (1 / np.arange(1, ORDERS + 1))
    ratio = (length + TINY) / (closest + SMALL)
    return means * np.exp(np.minimum(0, 1 - 1 / ratio))[:, None]
