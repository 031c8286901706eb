"""All metrics of captions beside references, of each image and of all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workers.metrics.captions.bleu import bleu_of
from workers.metrics.captions.cider import cider_of
from workers.metrics.captions.meteor import meteor
from workers.metrics.captions.repetition import repeats_itself
from workers.metrics.captions.rouge import rouge_l
from workers.metrics.captions.tables import ORDERS, count_grams
from workers.metrics.captions.tokens import words_of

BLEU_NAMES = tuple(f"Bleu_{order + 1}" for order in range(ORDERS))


@dataclass(frozen=True)
class CaptionScores:
    """Scores by metric; the order of the ids is that of every array."""

    ids: tuple[str, ...]
    corpus: Mapping[str, float]
    samples: Mapping[str, NDArray[np.float64]]
    empty: tuple[str, ...]  # captions without a word; they score 0 and are counted
    repeating: tuple[str, ...]  # captions that are loops


def score_captions(
    predictions: Mapping[str, str], references: Mapping[str, Sequence[str]]
) -> CaptionScores:
    """Score one caption an image; each predicted image needs at least one reference.

    How rare an n-gram is for CIDEr comes from the references of the predicted images alone.
    """
    ids = tuple(predictions)
    said = [words_of(caption) for caption in predictions.values()]
    meant = [[words_of(caption) for caption in references[one]] for one in ids]
    tables = count_grams(said, meant)
    blue = bleu_of(tables)
    samples = {
        "CIDEr": cider_of(tables),
        **dict(zip(BLEU_NAMES, blue.samples.T, strict=True)),
        "ROUGE_L": rouge_l(said, meant),
        "METEOR": meteor(said, meant),
    }
    means = {name: float(values.mean()) if ids else 0.0 for name, values in samples.items()}
    return CaptionScores(
        ids=ids,
        corpus=means | dict(zip(BLEU_NAMES, blue.corpus, strict=True)),
        samples=samples,
        empty=tuple(one for one, words in zip(ids, said, strict=True) if not words),
        repeating=tuple(one for one, words in zip(ids, said, strict=True) if repeats_itself(words)),
    )
