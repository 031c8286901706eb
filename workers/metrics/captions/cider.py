"""CIDEr-D, which COCO calls CIDEr: likeness of n-grams weighted by how rare they are."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from workers.metrics.captions.tables import ORDERS, Counts, Order, Tables, Tokens, count_grams

SIGMA = 6.0  # how fast a difference in length costs
TOP = 10.0
Values = NDArray[np.float64]


def cider(
    predictions: Sequence[Tokens],
    references: Sequence[Sequence[Tokens]],
    *,
    rarity_alone: bool = False,
) -> Values:
    """A score from 0 to 10 an image; the corpus has their mean.

    How rare an n-gram is comes from the references given, so an image scored alone has 0: with
    `rarity_alone` every n-gram then weighs the same instead, as in scores segment by segment.
    """
    return cider_of(count_grams(predictions, references), rarity_alone=rarity_alone)


def cider_of(tables: Tables, *, rarity_alone: bool = False) -> Values:
    """The same of n-grams already counted."""
    if not tables.images:
        return np.zeros(0)
    alone = tables.images == 1 and rarity_alone
    images_log = 1.0 if alone else float(np.log(tables.images))
    likeness = np.zeros(len(tables.image))
    for order in tables.orders:
        likeness += _likeness(order, tables, images_log)
    likeness *= _length_penalty(tables) / ORDERS
    references = np.bincount(tables.image, minlength=tables.images)
    return TOP * np.bincount(tables.image, likeness, tables.images) / references


def _likeness(order: Order, tables: Tables, images_log: float) -> Values:
    """Of each reference to its prediction: the cosine, with no gain from saying a thing often."""
    image = tables.image[order.referred.caption]
    keys = image * order.different + order.referred.gram
    rarity = images_log - np.log(np.maximum(1, _document_counts(keys, order.different)))
    said = order.predicted.count * rarity[order.predicted.gram]
    meant = order.referred.count * rarity[order.referred.gram]
    found = _at(order.predicted, said, keys, order.different)
    shared = np.bincount(
        order.referred.caption, np.minimum(found, meant) * meant, len(tables.image)
    )
    lengths = _norms(order.predicted, said, tables.images)[tables.image]
    lengths *= _norms(order.referred, meant, len(tables.image))
    return np.divide(shared, lengths, out=np.zeros(len(shared)), where=lengths > 0)


def _document_counts(keys: NDArray[np.int64], different: int) -> NDArray[np.int64]:
    """In the references of how many images each n-gram stands."""
    ordered = np.sort(keys)  # np.unique would hash them, at eight times the cost
    once = ordered[np.diff(ordered, prepend=-1) > 0]
    return np.bincount(once % different, minlength=different)


def _at(counts: Counts, values: Values, keys: NDArray[np.int64], different: int) -> Values:
    """The value of each key's n-gram in the prediction of its image; 0 where it is not said."""
    own = counts.caption * different + counts.gram
    if not len(own):
        return np.zeros(len(keys))
    place = np.minimum(np.searchsorted(own, keys), len(own) - 1)
    return np.where(own[place] == keys, values[place], 0.0)


def _norms(counts: Counts, values: Values, captions: int) -> Values:
    return np.sqrt(np.bincount(counts.caption, values * values, captions))


def _length_penalty(tables: Tables) -> Values:
    """By the number of pairs of words, not of words: the scorer of COCO counts so."""
    predicted = np.maximum(0, tables.predicted_lengths - 1)[tables.image]
    difference = predicted - np.maximum(0, tables.referred_lengths - 1)
    return np.exp(-(difference**2) / (2 * SIGMA**2))
