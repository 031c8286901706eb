"""Scoring 5,000 captions with 5 references each: our times, beside pycocoevalcap's where it is."""

import importlib.util
import random
import statistics
import sys
import time
from collections.abc import Callable

import numpy as np

from workers.metrics.captions.bleu import bleu
from workers.metrics.captions.cider import cider
from workers.metrics.captions.meteor import meteor
from workers.metrics.captions.rouge import rouge_l
from workers.metrics.captions.tokens import words_of

IMAGES, REFERENCES, ROUNDS = 5_000, 5, 3
CIDER_LIMIT, OTHERS_LIMIT = 8.0, 5.0
VOCABULARY, LENGTHS = 6_000, (6, 16)

Captions = list[list[str]]
Groups = list[Captions]


def main() -> int:
    """Print seconds, ratios and the largest differences; 1 where a limit is missed.

    Each side takes what its own tokenizer hands over: lists of words here, joined texts there.
    """
    predictions, references = draw(random.Random(0))
    sys.stdout.write(f"{IMAGES:,} captions x {REFERENCES} references, medians of {ROUNDS}\n")
    texts = [" ".join(words) + "." for group in references for words in group]
    seconds = median_time(lambda: [words_of(text) for text in texts])
    words = sum(len(words) for group in references for words in group)
    sys.stdout.write(f"{'words':<10}{seconds:8.3f} s   {words / seconds / 1e6:.1f} M a second\n")
    ours = {
        "CIDEr-D": lambda: cider(predictions, references),
        "BLEU": lambda: bleu(predictions, references),
        "ROUGE-L": lambda: rouge_l(predictions, references),
        "METEOR": lambda: meteor(predictions, references),
    }
    theirs = reference_scorers(predictions, references)
    missed = False
    for name, function in ours.items():
        seconds = median_time(function)
        line = f"{name:<10}{seconds:8.3f} s"
        if name in theirs:
            ratio, difference = beside(function, theirs[name])
            wanted = CIDER_LIMIT if name == "CIDEr-D" else OTHERS_LIMIT
            missed |= ratio < wanted
            line += f"   {ratio:5.1f} x pycocoevalcap (at least {wanted:g}), apart {difference:.1e}"
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
    if not theirs:
        sys.stdout.write("pycocoevalcap is not installed: no ratios.\n")
    return int(missed)


def draw(chance: random.Random) -> tuple[Captions, Groups]:
    """Captions whose words are as unevenly used as those of a language; predictions are near."""
    words = [f"word{number}" for number in range(VOCABULARY)]
    weights = [1 / (number + 2) for number in range(VOCABULARY)]
    predictions, references = [], []
    for _ in range(IMAGES):
        theme = chance.choices(words, weights, k=LENGTHS[1])
        group = [varied(theme, words, weights, chance) for _ in range(REFERENCES + 1)]
        predictions.append(group[0])
        references.append(group[1:])
    return predictions, references


def varied(
    theme: list[str], words: list[str], weights: list[float], chance: random.Random
) -> list[str]:
    """The theme cut to a length, every third word another."""
    cut = theme[: chance.randint(*LENGTHS)]
    return [chance.choices(words, weights)[0] if chance.random() < 0.3 else word for word in cut]


def reference_scorers(
    predictions: Captions, references: Groups
) -> dict[str, Callable[[], np.ndarray]]:
    """The same metrics of pycocoevalcap, which the project does not install."""
    if importlib.util.find_spec("pycocoevalcap") is None:
        return {}
    from pycocoevalcap.bleu.bleu import Bleu
    from pycocoevalcap.cider.cider import Cider
    from pycocoevalcap.rouge.rouge import Rouge

    said = {index: [" ".join(words)] for index, words in enumerate(predictions)}
    meant = {index: [" ".join(words) for words in group] for index, group in enumerate(references)}
    return {
        "CIDEr-D": lambda: np.array(Cider().compute_score(meant, said)[1]),
        "BLEU": lambda: np.array(Bleu(4).compute_score(meant, said, verbose=0)[1]).T,
        "ROUGE-L": lambda: np.array(Rouge().compute_score(meant, said)[1]),
    }


def beside(ours: Callable[[], object], theirs: Callable[[], np.ndarray]) -> tuple[float, float]:
    """How many times as fast, in interleaved rounds, and how far the values are apart."""
    ratios = []
    for _ in range(ROUNDS):
        own, answer = timed(ours)
        other, expected = timed(theirs)
        ratios.append(other / own)
    values = getattr(answer, "samples", answer)
    return statistics.median(ratios), float(np.abs(values - expected).max())


def median_time(function: Callable[[], object]) -> float:
    return statistics.median(timed(function)[0] for _ in range(ROUNDS))


def timed(function: Callable[[], object]) -> tuple[float, object]:
    began = time.perf_counter()
    answer = function()
    return time.perf_counter() - began, answer


if __name__ == "__main__":
    sys.exit(main())
