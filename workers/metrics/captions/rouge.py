"""ROUGE-L as COCO computes it: the longest common subsequence, recall weighing more."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from workers.metrics.captions.tables import Tokens, must_fit

BETA = 1.2


def rouge_l(
    predictions: Sequence[Tokens], references: Sequence[Sequence[Tokens]]
) -> NDArray[np.float64]:
    """A score from 0 to 1 an image; the corpus has their mean.

    Precision and recall are the best over the references, each by itself.
    """
    must_fit(predictions, references)
    scores = map(_of_image, predictions, references)
    return np.fromiter(scores, np.float64, len(predictions))


def _of_image(prediction: Tokens, references: Sequence[Tokens]) -> float:
    places: dict[str, int] = {}
    for index, word in enumerate(prediction):
        places[word] = places.get(word, 0) | 1 << index
    precision = recall = 0.0
    for reference in references:
        common = _common(places, len(prediction), reference)
        if common:
            precision = max(precision, common / len(prediction))
            recall = max(recall, common / len(reference))
    if not precision:
        return 0.0
    return (1 + BETA**2) * precision * recall / (recall + BETA**2 * precision)


def _common(places: dict[str, int], length: int, reference: Tokens) -> int:
    """The length of the longest common subsequence.

    One bit a word of the prediction, cleared where the subsequence grows: a reference's word
    costs one addition, not a row of a table.
    """
    every = open_places = (1 << length) - 1
    for word in reference:
        if here := places.get(word):
            matched = open_places & here
            open_places = (open_places + matched) | (open_places - matched)
    return length - (open_places & every).bit_count()
