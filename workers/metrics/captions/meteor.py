"""METEOR of exact words and stems: without synonyms and paraphrases, which need word lists."""

from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from workers.metrics.captions.stemming import stem_of
from workers.metrics.captions.tables import Tokens, must_fit

NAME = "METEOR (exact+stem)"  # never METEOR alone: METEOR 1.5 gives other numbers
PRECISION_SHARE = 0.9  # of the denominator, so that recall decides
FRAGMENTS_COST, FRAGMENTS_POWER = 0.5, 3

Pairs = list[tuple[int, int]]


def meteor(
    predictions: Sequence[Tokens], references: Sequence[Sequence[Tokens]]
) -> NDArray[np.float64]:
    """A score from 0 to 1 an image, by the reference that fits best; the corpus has their mean.

    A caption equal to its reference stays below 1: its one chunk costs a little.
    """
    must_fit(predictions, references)
    scores = [
        max(_score(prediction, reference) for reference in group)
        for prediction, group in zip(predictions, references, strict=True)
    ]
    return np.array(scores, np.float64)


def _score(prediction: Tokens, reference: Tokens) -> float:
    pairs = _aligned(prediction, reference)
    if not pairs:
        return 0.0
    precision, recall = len(pairs) / len(prediction), len(pairs) / len(reference)
    weighed = PRECISION_SHARE * precision + (1 - PRECISION_SHARE) * recall
    penalty = FRAGMENTS_COST * (_chunks(pairs) / len(pairs)) ** FRAGMENTS_POWER
    return (1 - penalty) * precision * recall / weighed


def _aligned(prediction: Tokens, reference: Tokens) -> Pairs:
    """Places of equal words, then of equal stems among the rest; by place in the prediction."""
    said, meant = list(enumerate(prediction)), list(enumerate(reference))
    pairs, said, meant = _matched(said, meant)
    if said and meant:
        said = [(place, stem_of(word)) for place, word in said]
        meant = [(place, stem_of(word)) for place, word in meant]
        pairs += _matched(said, meant)[0]
    return sorted(pairs)


def _matched(
    said: list[tuple[int, str]], meant: list[tuple[int, str]]
) -> tuple[Pairs, list[tuple[int, str]], list[tuple[int, str]]]:
    """Pairs from the last word to the first, each with the last free one; and what is left."""
    free: defaultdict[str, list[int]] = defaultdict(list)
    for place, word in meant:
        free[word].append(place)
    pairs: Pairs = []
    left: list[tuple[int, str]] = []
    for place, word in reversed(said):
        if places := free.get(word):
            pairs.append((place, places.pop()))
        else:
            left.append((place, word))
    taken = {place for _, place in pairs}
    return pairs, left[::-1], [one for one in meant if one[0] not in taken]


def _chunks(pairs: Pairs) -> int:
    """Runs of words that stand side by side in both."""
    return 1 + sum((here + 1, there + 1) != after for (here, there), after in pairwise(pairs))
